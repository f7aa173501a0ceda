/* SPDX-License-Identifier: Apache-2.0
 * base/column_name.c - see the header. Names are quoted wherever they stand, so a keyword is one
 * like any other, and case counts.
 *
 * The list never grows: a name that is free today may be an agency's column tomorrow. A new column of
 * the register's begins with COLUMN_NAME_OURS. */
#include "base/column_name.h"

#include <stddef.h>
#include <string.h>

#include "base/attr.h"

static const char *const taken[] = {
    /* of PostgreSQL, in every table */
    "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid",
    /* of the register: storage/migrations/0005_tables.sql, storage/commit/row.h */
    "_op", "_order", "_event_time", "_recorded_at", "_schema_id", "_topic_partition", "_offset",
    "_kafka_ts", "_effect", "_content", "_unchanged"};

bool column_name_is_free(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > COLUMN_NAME_MAX_BYTES ||
        strncmp(name, COLUMN_NAME_OURS, strlen(COLUMN_NAME_OURS)) == 0) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        if (strcmp(name, taken[i]) == 0) {
            return false;
        }
    }
    return true;
}
