/* SPDX-License-Identifier: Apache-2.0
 * base/cell.c - names of column types.
 *
 * The names are PostgreSQL's own short ones, as they stand in DDL and in the catalogue. How a
 * cell looks as JSON is base/cell_json.c's. */
#include "base/cell.h"

#include <string.h>

static const char *const type_names[] = {
    [COLUMN_TEXT] = "text",
    [COLUMN_BIGINT] = "bigint",
    [COLUMN_DOUBLE] = "double precision",
    [COLUMN_BOOLEAN] = "boolean",
    [COLUMN_BYTEA] = "bytea",
    [COLUMN_NUMERIC] = "numeric",
    [COLUMN_DATE] = "date",
    [COLUMN_TIME] = "time",
    [COLUMN_TIMESTAMPTZ] = "timestamptz",
    [COLUMN_TIMESTAMP] = "timestamp",
    [COLUMN_UUID] = "uuid",
    [COLUMN_JSONB] = "jsonb",
};

const char *column_type_name(enum column_type type)
{
    return type_names[type];
}

bool column_type_parse(const char *name, enum column_type *type)
{
    for (size_t i = 0; i < COUNT_OF(type_names); i++) {
        if (strcmp(name, type_names[i]) == 0) {
            *type = (enum column_type)i;
            return true;
        }
    }
    return false;
}
