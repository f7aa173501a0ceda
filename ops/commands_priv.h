/* SPDX-License-Identifier: Apache-2.0
 * ops/commands_priv.h - the tables of commands, one of each subject (commands_*.c), in the order of the documents. */
#ifndef OPS_COMMANDS_PRIV_H
#define OPS_COMMANDS_PRIV_H

#include "ops/cli/command.h"

struct ops_command_part {
    const struct ops_command *rows;
    size_t count;
};

extern const struct ops_command_part ops_commands_of_source;
extern const struct ops_command_part ops_commands_of_structure;
extern const struct ops_command_part ops_commands_of_notice;
extern const struct ops_command_part ops_commands_of_notification;
extern const struct ops_command_part ops_commands_of_flow;
extern const struct ops_command_part ops_commands_of_quality;
extern const struct ops_command_part ops_commands_of_incident;
extern const struct ops_command_part ops_commands_of_account;

#endif
