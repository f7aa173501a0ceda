/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/role.h - the fields to which a dataset's declaration gives a role, checked against a
 * structure: key, order, event time, exemption.
 *
 * Needs no register. Every failure is FATAL ERR_INCOMPATIBLE. */
#ifndef SCHEMA_PLAN_ROLE_H
#define SCHEMA_PLAN_ROLE_H

#include <stddef.h>

#include "base/attr.h"
#include "base/cell.h"
#include "base/err.h"
#include "schema/model/model.h"

/* All of it is borrowed. */
struct sch_roles {
    const char *dataset; /* its full name, for messages */
    const char *const *key_fields;
    size_t key_field_count;
    const char *order_field;      /* NULL: none */
    const char *event_time_field; /* NULL: none */
    const char *exempt_field;     /* NULL: none */
    const char *const *exempt_values;
    size_t exempt_value_count;
};

/* row: the record of a value structure. It must have each of the fields, with a type that can play
 * the role; null beside the type is allowed. Each value that exempts rows must be one that the
 * field can have. On failure err->path is the field's name. */
MUST_CHECK int sch_roles_check(const struct sch_roles *roles, const struct sch_type *row,
                               struct err *err);

/* The columns that a key structure would make of the key fields: it is checked against these as
 * long as no value structure has made the dataset's columns. key: the root of the key structure, a
 * record with the key fields or the one key field itself. columns: key_field_count; their names are
 * those of `roles`. */
MUST_CHECK int sch_roles_key_columns(const struct sch_roles *roles, const struct sch_type *key,
                                     struct column *columns, struct err *err);

#endif
