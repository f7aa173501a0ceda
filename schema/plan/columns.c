/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/columns.c - see the header for the mapping.
 *
 * A wider field must not rewrite a table, so int and long share a column type, and so do float and
 * double. A decimal of more digits than numeric takes is plain bytes or fixed here
 * (schema/parse/logical.c), and its column is bytea. A union of one branch, or of two with neither
 * null, is a wide union. */
#include "schema/plan/columns.h"

#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "base/utf8.h"

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

/* As much of the field's name as leaves `room` bytes, "_" and 8 digits of the hash of the whole. */
static void shorten(const char *field, size_t room, char out[SCH_COLUMN_NAME_BYTES])
{
    enum { TAIL_BYTES = 9 }; /* "_" and 8 digits */
    uint8_t hash[SHA256_BYTES];
    if (sha256_bytes(field, strlen(field), hash) != 0) {
        out[0] = '\0';
        return;
    }
    bool is_ours = strncmp(field, COLUMN_NAME_OURS, strlen(COLUMN_NAME_OURS)) == 0;
    size_t kept = utf8_cut(field, COLUMN_NAME_MAX_BYTES - TAIL_BYTES - is_ours - room);
    snprintf(out, SCH_COLUMN_NAME_BYTES, "%s%.*s_%02x%02x%02x%02x", is_ours ? "f" : "", (int)kept,
             field, hash[0], hash[1], hash[2], hash[3]);
}

void sch_column_name(const char *field, char out[SCH_COLUMN_NAME_BYTES])
{
    if (column_name_is_free(field)) {
        snprintf(out, SCH_COLUMN_NAME_BYTES, "%s", field);
    } else {
        shorten(field, 0, out);
    }
}

void sch_column_name_of(const char *field, int number, char out[SCH_COLUMN_NAME_BYTES])
{
    char tail[12] = "";
    if (number > 1) {
        snprintf(tail, sizeof(tail), "#%d", number);
    }
    sch_column_name(field, out);
    if (strlen(out) + strlen(tail) > COLUMN_NAME_MAX_BYTES) {
        shorten(field, strlen(tail), out);
    }
    size_t len = strlen(out);
    if (len > 0) {
        snprintf(out + len, SCH_COLUMN_NAME_BYTES - len, "%s", tail);
    }
}
