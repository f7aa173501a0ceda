/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/default.h - what the printer must know of a default's JSON, as the parser reads it. */
#ifndef SCHEMA_PARSE_DEFAULT_H
#define SCHEMA_PARSE_DEFAULT_H

#include <jansson.h>
#include <stdbool.h>

#include "schema/model/model.h"

/* The branch of a union that a default can only be of, by its JSON alone; NULL: none, or several. */
const struct sch_type *sch_only_branch(const struct sch_type *type, const json_t *json);

/* The number that a text is as a field's own default. */
bool sch_float_from_text(const json_t *json, double *out);
static inline bool sch_is_float(const struct sch_type *type)
{
    return type->kind == SCH_FLOAT || type->kind == SCH_DOUBLE;
}

#endif
