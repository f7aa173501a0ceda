/* SPDX-License-Identifier: Apache-2.0
 * ops/cli/person.h - who runs a command, for what is recorded of it. */
#ifndef OPS_CLI_PERSON_H
#define OPS_CLI_PERSON_H

#include <stddef.h>

enum { OPS_PERSON_SIZE = 64 };

/* The user as the operating system names it, behind sudo too; the register adds the database login. Returns out. */
const char *ops_person(char *out, size_t size);

#endif
