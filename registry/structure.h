/* SPDX-License-Identifier: Apache-2.0
 * registry/structure.h - registering a structure: the one way, for `nrc structure register` and
 * the HTTP registry.
 *
 * Parses the text, derives the dataset's columns (those it has, then new fields in their order),
 * checks key, order and event-time fields, compiles the plan of every active structure against
 * the new columns (so what was readable stays readable), and stores structure, columns and
 * tables in one transaction. */
#ifndef REGISTRY_STRUCTURE_H
#define REGISTRY_STRUCTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

struct reg_registered {
    int32_t schema_id;
    int32_t version;
};

/* FATAL ERR_NOT_FOUND (dataset), ERR_BAD_SCHEMA, ERR_INCOMPATIBLE (with the field's path); RETRY
 * as storage/admin.h says. */
MUST_CHECK int reg_structure_register(struct sto_conn *conn, const char *dataset, bool is_key,
                                      const char *text, size_t len, struct reg_registered *out,
                                      struct err *err);

#endif
