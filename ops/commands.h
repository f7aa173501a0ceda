/* SPDX-License-Identifier: Apache-2.0
 * ops/commands.h - every command of nrc. */
#ifndef OPS_COMMANDS_H
#define OPS_COMMANDS_H

#include "ops/cli/command.h"

const struct ops_language *ops_language(void);

#endif
