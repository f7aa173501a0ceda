/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/registered.h - a registration told to a person or a program, or why it was refused. */
#ifndef OPS_CMD_REGISTERED_H
#define OPS_CMD_REGISTERED_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "registry/registration_command.h"

/* "moh.births: value structure version 1, schema id 7", and the same as members of an object. */
void ops_registered_put(const char *dataset, bool is_key, const struct reg_registered *done,
                        struct buf *line, struct jsonw *json);

/* All reasons go to the context, as err has room for the first few only. */
void ops_registered_reasons(const struct ops_context *context, const char *dataset,
                            const struct reg_registered *refused, struct err *err);

/* Prints both, as ops_say, and ends them. */
MUST_CHECK int ops_registered_say(const struct ops_context *context, struct buf *line,
                                  struct buf *json, struct err *err);

#endif
