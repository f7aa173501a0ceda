/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/dataset.h - what the commands of datasets share. */
#ifndef OPS_CMD_DATASET_H
#define OPS_CMD_DATASET_H

#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct arena;
struct ops_context;
struct reg_registered;
struct sto_conn;
struct sto_dataset_spec;

/* "moh.births" cut into agency and name, in place. FATAL ERR_USAGE. */
MUST_CHECK int ops_dataset_split_name(char *full, const char **agency, const char **name,
                                      struct err *err);

/* Adds it, and registers text as its first structure, both or neither; text NULL: it gets none, and of *out the id alone is set.
 * dataset: its full name. Every reason of a refusal goes to the context. Errors as sto_dataset_add and reg_dataset_declare. */
MUST_CHECK int ops_dataset_declare(const struct ops_context *context, struct sto_conn *conn,
                                   const char *dataset, const struct sto_dataset_spec *spec,
                                   const char *text, size_t len, struct arena *arena,
                                   struct reg_registered *out, struct err *err);

#endif
