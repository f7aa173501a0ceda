/* SPDX-License-Identifier: Apache-2.0
 * schema/columns.c - see the header for the mapping.
 *
 * Widening a field must not rewrite a table: int and long share a column type, and so do float and
 * double. A decimal of more digits than numeric takes never comes here: parse_logical.c leaves it
 * plain bytes or fixed, so its column is bytea. A union of one branch, or of two with neither null,
 * is a wide union. */
#include "schema/columns.h"

#include <string.h>

enum { COLUMN_NAME_MAX_BYTES = 63 };

/* First letters of the register's own columns (_event_time, _effect, _kafka_ts, _op, _order,
 * _offset, _recorded_at, _schema_id, _topic_partition), and of those that statements make beside
 * them (_unchanged). A new one begins with one of these letters, so that it cannot meet a business
 * column that is there already. */
static const char register_letters[] = "ekorstu";

/* PostgreSQL 15 refuses these in any table. */
static const char *const system_columns[] = {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"};

static const enum column_type plain_columns[] = {
    [SCH_NULL] = COLUMN_JSONB,  [SCH_BOOLEAN] = COLUMN_BOOLEAN, [SCH_INT] = COLUMN_BIGINT,
    [SCH_LONG] = COLUMN_BIGINT, [SCH_FLOAT] = COLUMN_DOUBLE,    [SCH_DOUBLE] = COLUMN_DOUBLE,
    [SCH_BYTES] = COLUMN_BYTEA, [SCH_STRING] = COLUMN_TEXT,     [SCH_RECORD] = COLUMN_JSONB,
    [SCH_ENUM] = COLUMN_TEXT,   [SCH_ARRAY] = COLUMN_JSONB,     [SCH_MAP] = COLUMN_JSONB,
    [SCH_UNION] = COLUMN_JSONB, [SCH_FIXED] = COLUMN_BYTEA,
};

static enum column_type column_type_of(const struct sch_type *type)
{
    switch (type->logical) {
    case SCH_DECIMAL: return COLUMN_NUMERIC;
    case SCH_UUID: return COLUMN_UUID;
    case SCH_DATE: return COLUMN_DATE;
    case SCH_TIME_MILLIS:
    case SCH_TIME_MICROS: return COLUMN_TIME;
    case SCH_TIMESTAMP_MILLIS:
    case SCH_TIMESTAMP_MICROS: return COLUMN_TIMESTAMPTZ;
    case SCH_LOCAL_TIMESTAMP_MILLIS:
    case SCH_LOCAL_TIMESTAMP_MICROS: return COLUMN_TIMESTAMP;
    case SCH_DURATION:
    case SCH_LOGICAL_NONE: break;
    }
    return plain_columns[type->kind];
}

const struct sch_type *sch_bare_type(const struct sch_type *type)
{
    if (type->kind == SCH_UNION && type->branch_count == 2) {
        if (type->branches[0]->kind == SCH_NULL) {
            return type->branches[1];
        }
        if (type->branches[1]->kind == SCH_NULL) {
            return type->branches[0];
        }
    }
    return type;
}

void sch_column_of(const struct sch_type *type, struct column *column, bool *nullable)
{
    *nullable = type->kind == SCH_NULL;
    for (size_t i = 0; i < type->branch_count; i++) {
        *nullable = *nullable || type->branches[i]->kind == SCH_NULL;
    }
    type = sch_bare_type(type);
    column->type = column_type_of(type);
    column->precision = type->logical == SCH_DECIMAL ? type->precision : 0;
    column->scale = type->logical == SCH_DECIMAL ? type->scale : 0;
}

int sch_check_column_name(const char *name, struct err *err)
{
    size_t len = strlen(name);
    if (len == 0 || len > COLUMN_NAME_MAX_BYTES) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                       "\"%.63s%s\" cannot be a column: a name has from 1 to %d bytes", name,
                       len > COLUMN_NAME_MAX_BYTES ? "…" : "", COLUMN_NAME_MAX_BYTES);
    }
    if (name[0] == '_' && name[1] != '\0' && strchr(register_letters, name[1]) != NULL) {
        return err_set(
            err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
            "\"%s\" cannot be a column: names that begin with \"_%c\" are the register's", name,
            name[1]);
    }
    for (size_t i = 0; i < COUNT_OF(system_columns); i++) {
        if (strcmp(name, system_columns[i]) == 0) {
            return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                           "\"%s\" cannot be a column: it is a system column of PostgreSQL", name);
        }
    }
    return 0;
}

void sch_column_name(const char *field, char out[SCH_COLUMN_NAME_BYTES])
{
    strncpy(out, field, SCH_COLUMN_NAME_BYTES - 1);
    out[SCH_COLUMN_NAME_BYTES - 1] = '\0';
}
