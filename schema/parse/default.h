/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/default.h - how a default's JSON is read, for the parser and the printer. */
#ifndef SCHEMA_PARSE_DEFAULT_H
#define SCHEMA_PARSE_DEFAULT_H

#include <jansson.h>
#include <stdbool.h>

#include "schema/model/model.h"

/* The one branch of a union whose values are of this kind of JSON; NULL: no branch, or more than
 * one. */
const struct sch_type *sch_only_branch(const struct sch_type *type, const json_t *json);

/* The number in a string that is the default of a float or double field; false: there is none. */
bool sch_float_from_text(const json_t *json, double *out);
static inline bool sch_is_float(const struct sch_type *type)
{
    return type->kind == SCH_FLOAT || type->kind == SCH_DOUBLE;
}

#endif
