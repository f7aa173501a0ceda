/* SPDX-License-Identifier: Apache-2.0
 * schema/model/model.c - a schema's reference count, its parts, and its types in words. The parser
 * is schema/parse/parse.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "schema/model/body.h"

static const char *const kind_names[] = {
    [SCH_NULL] = "null",   [SCH_BOOLEAN] = "boolean", [SCH_INT] = "int",
    [SCH_LONG] = "long",   [SCH_FLOAT] = "float",     [SCH_DOUBLE] = "double",
    [SCH_BYTES] = "bytes", [SCH_STRING] = "string",   [SCH_RECORD] = "record",
    [SCH_ENUM] = "enum",   [SCH_ARRAY] = "array",     [SCH_MAP] = "map",
    [SCH_UNION] = "union", [SCH_FIXED] = "fixed",
};

static const char *const logical_names[] = {
    [SCH_LOGICAL_NONE] = "",
    [SCH_DECIMAL] = "decimal",
    [SCH_UUID] = "uuid",
    [SCH_DATE] = "date",
    [SCH_TIME_MILLIS] = "time-millis",
    [SCH_TIME_MICROS] = "time-micros",
    [SCH_TIMESTAMP_MILLIS] = "timestamp-millis",
    [SCH_TIMESTAMP_MICROS] = "timestamp-micros",
    [SCH_LOCAL_TIMESTAMP_MILLIS] = "local-timestamp-millis",
    [SCH_LOCAL_TIMESTAMP_MICROS] = "local-timestamp-micros",
    [SCH_DURATION] = "duration",
};

const char *sch_kind_name(enum sch_kind kind)
{
    return kind_names[kind];
}

struct sch_schema *sch_schema_ref(struct sch_schema *schema)
{
    atomic_fetch_add_explicit(&schema->refs, 1, memory_order_relaxed);
    return schema;
}

void sch_schema_unref(struct sch_schema **taken)
{
    struct sch_schema *schema = *taken;
    *taken = NULL;
    if (schema != NULL && atomic_fetch_sub_explicit(&schema->refs, 1, memory_order_acq_rel) == 1) {
        arena_fini(&schema->arena);
        free(schema);
    }
}

const struct sch_type *sch_root(const struct sch_schema *schema)
{
    return schema->root;
}

uint32_t sch_type_count(const struct sch_schema *schema)
{
    return schema->type_count;
}

const struct sch_field *sch_find_field(const struct sch_type *record, const char *name)
{
    for (size_t i = 0; i < record->field_count; i++) {
        if (strcmp(record->fields[i].name, name) == 0) {
            return &record->fields[i];
        }
    }
    return NULL;
}

/* Writes at out + used what fits; returns the bytes wanted so far, as snprintf counts. Stops at
 * named types, so a recursive schema ends. */
static size_t describe(const struct sch_type *type, char *out, size_t size, size_t used)
{
    char *to = used < size ? out + used : NULL;
    size_t room = used < size ? size - used : 0;
    if (type->kind == SCH_ARRAY || type->kind == SCH_MAP) {
        used += (size_t)snprintf(to, room, "%s of ", kind_names[type->kind]);
        return describe(type->items, out, size, used);
    }
    if (type->kind == SCH_UNION) {
        used += (size_t)snprintf(to, room, "union of %s", type->branch_count > 0 ? "" : "nothing");
        for (size_t i = 0; i < type->branch_count && used < size; i++) {
            if (i > 0) {
                used += (size_t)snprintf(out + used, size - used, ", ");
            }
            used = describe(type->branches[i], out, size, used);
        }
        return used;
    }
    if (type->logical == SCH_DECIMAL) {
        return used + (size_t)snprintf(to, room, "decimal(%d,%d)", type->precision, type->scale);
    }
    if (type->logical != SCH_LOGICAL_NONE) {
        return used + (size_t)snprintf(to, room, "%s", logical_names[type->logical]);
    }
    return used + (size_t)snprintf(to, room, "%s%s%s", kind_names[type->kind],
                                   type->name != NULL ? " " : "",
                                   type->name != NULL ? type->name : "");
}

const char *sch_describe(const struct sch_type *type, char *out, size_t size)
{
    if (size > 0) {
        out[0] = '\0';
        describe(type, out, size, 0);
        utf8_mend(out); /* it may be cut */
    }
    return out;
}

bool sch_promotes(enum sch_kind to, enum sch_kind from)
{
    switch (to) {
    case SCH_LONG: return from == SCH_INT;
    case SCH_FLOAT: return from == SCH_INT || from == SCH_LONG;
    case SCH_DOUBLE: return from == SCH_INT || from == SCH_LONG || from == SCH_FLOAT;
    case SCH_BYTES: return from == SCH_STRING;
    case SCH_STRING: return from == SCH_BYTES;
    default: return false;
    }
}
