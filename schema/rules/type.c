/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/type.c - types, their names, and what Avro's types are to a rule. */
#include "schema/rules/type.h"

#include <string.h>

static const struct cel_type simple[] = {
    {.kind = CEL_TYPE_DYN},      {.kind = CEL_TYPE_NULL},   {.kind = CEL_TYPE_BOOL},
    {.kind = CEL_TYPE_INT},      {.kind = CEL_TYPE_UINT},   {.kind = CEL_TYPE_DOUBLE},
    {.kind = CEL_TYPE_STRING},   {.kind = CEL_TYPE_BYTES},  {.kind = CEL_TYPE_TIMESTAMP},
    {.kind = CEL_TYPE_DURATION}, {.kind = CEL_TYPE_DECIMAL}};

static const struct cel_type any_list = {.kind = CEL_TYPE_LIST, .params = {&simple[CEL_TYPE_DYN]}};
static const struct cel_type any_map = {.kind = CEL_TYPE_MAP,
                                        .params = {&simple[CEL_TYPE_DYN], &simple[CEL_TYPE_DYN]}};
static const struct cel_type any_type = {.kind = CEL_TYPE_TYPE};
static const struct cel_type any_record = {.kind = CEL_TYPE_RECORD};

/* The names that identifiers have, in the order of `simple`. */
static const char *const names[] = {"dyn",
                                    "null_type",
                                    "bool",
                                    "int",
                                    "uint",
                                    "double",
                                    "string",
                                    "bytes",
                                    "google.protobuf.Timestamp",
                                    "google.protobuf.Duration",
                                    "decimal"};

const struct cel_type *cel_type_simple(enum cel_type_kind kind)
{
    return &simple[kind <= CEL_TYPE_DECIMAL ? kind : CEL_TYPE_DYN];
}

static const struct cel_type *make(struct arena *arena, enum cel_type_kind kind,
                                   const struct cel_type *first, const struct cel_type *second)
{
    struct cel_type *type = arena_calloc(arena, 1, sizeof(*type));
    if (type != NULL) {
        type->kind = kind;
        type->params[0] = first;
        type->params[1] = second;
    }
    return type;
}

const struct cel_type *cel_type_list(struct arena *arena, const struct cel_type *items)
{
    return items != NULL ? make(arena, CEL_TYPE_LIST, items, NULL) : NULL;
}

const struct cel_type *cel_type_map(struct arena *arena, const struct cel_type *keys,
                                    const struct cel_type *values)
{
    return keys != NULL && values != NULL ? make(arena, CEL_TYPE_MAP, keys, values) : NULL;
}

const struct cel_type *cel_type_nullable(struct arena *arena, const struct cel_type *of)
{
    if (of == NULL || of->kind == CEL_TYPE_DYN || of->kind == CEL_TYPE_NULL) {
        return of;
    }
    return make(arena, CEL_TYPE_NULLABLE, of, NULL);
}

const struct cel_type *cel_type_type(struct arena *arena, const struct cel_type *of)
{
    return of != NULL ? make(arena, CEL_TYPE_TYPE, of, NULL) : NULL;
}

/* ---- Avro ---- */

static enum cel_type_kind scalar_of(const struct sch_type *type)
{
    switch (type->logical) {
    case SCH_DECIMAL: return CEL_TYPE_DECIMAL;
    case SCH_UUID: return CEL_TYPE_STRING;
    case SCH_DATE:
    case SCH_TIMESTAMP_MILLIS:
    case SCH_TIMESTAMP_MICROS:
    case SCH_LOCAL_TIMESTAMP_MILLIS:
    case SCH_LOCAL_TIMESTAMP_MICROS: return CEL_TYPE_TIMESTAMP;
    case SCH_TIME_MILLIS:
    case SCH_TIME_MICROS: return CEL_TYPE_DURATION;
    case SCH_DURATION:
    case SCH_LOGICAL_NONE: break;
    }
    switch (type->kind) {
    case SCH_NULL: return CEL_TYPE_NULL;
    case SCH_BOOLEAN: return CEL_TYPE_BOOL;
    case SCH_INT:
    case SCH_LONG: return CEL_TYPE_INT;
    case SCH_FLOAT:
    case SCH_DOUBLE: return CEL_TYPE_DOUBLE;
    case SCH_BYTES:
    case SCH_FIXED: return CEL_TYPE_BYTES;
    case SCH_STRING:
    case SCH_ENUM: return CEL_TYPE_STRING;
    default: return CEL_TYPE_DYN;
    }
}

static const struct cel_type *union_type(struct arena *arena, const struct sch_type *type)
{
    const struct sch_type *value = NULL;
    size_t values = 0;
    for (size_t i = 0; i < type->branch_count; i++) {
        if (type->branches[i]->kind != SCH_NULL) {
            value = type->branches[i];
            values++;
        }
    }
    if (values == 0) {
        return cel_type_simple(type->branch_count > 0 ? CEL_TYPE_NULL : CEL_TYPE_DYN);
    }
    if (values > 1) {
        return cel_type_simple(CEL_TYPE_DYN);
    }
    const struct cel_type *of = cel_type_of_avro(arena, value);
    return type->branch_count > 1 ? cel_type_nullable(arena, of) : of;
}

/* Recursion ends at records, which are types of their own: a structure is at most SCH_MAX_DEPTH deep. */
const struct cel_type *cel_type_of_avro(struct arena *arena, const struct sch_type *type)
{
    if (type->kind == SCH_UNION) {
        return union_type(arena, type);
    }
    if (type->kind == SCH_ARRAY) {
        return cel_type_list(arena, cel_type_of_avro(arena, type->items));
    }
    if (type->kind == SCH_MAP) {
        return cel_type_map(arena, cel_type_simple(CEL_TYPE_STRING),
                            cel_type_of_avro(arena, type->items));
    }
    if (type->kind == SCH_RECORD) {
        struct cel_type *record = arena_calloc(arena, 1, sizeof(*record));
        if (record != NULL) {
            record->kind = CEL_TYPE_RECORD;
            record->avro = type;
        }
        return record;
    }
    return cel_type_simple(scalar_of(type));
}

/* ---- names ---- */

void cel_type_print(struct buf *out, const struct cel_type *type)
{
    switch (type->kind) {
    case CEL_TYPE_LIST:
        buf_put_str(out, "list(");
        cel_type_print(out, type->params[0]);
        buf_put_str(out, ")");
        return;
    case CEL_TYPE_MAP:
        buf_put_str(out, "map(");
        cel_type_print(out, type->params[0]);
        buf_put_str(out, ", ");
        cel_type_print(out, type->params[1]);
        buf_put_str(out, ")");
        return;
    case CEL_TYPE_TYPE:
        buf_put_str(out, "type(");
        cel_type_print(out, type->params[0] != NULL ? type->params[0] : &simple[CEL_TYPE_DYN]);
        buf_put_str(out, ")");
        return;
    case CEL_TYPE_NULLABLE:
        cel_type_print(out, type->params[0]);
        buf_put_str(out, " or null");
        return;
    case CEL_TYPE_RECORD:
        buf_put_str(out, type->avro != NULL ? type->avro->name : "record");
        return;
    case CEL_TYPE_PARAM: buf_put_str(out, "any type"); return;
    default: buf_put_str(out, names[type->kind]);
    }
}

const char *cel_type_name(const struct cel_type *type)
{
    static const char *const built[] = {"list", "map", "record", "type", "nullable", "any type"};
    return type->kind < CEL_TYPE_LIST ? names[type->kind] : built[type->kind - CEL_TYPE_LIST];
}

const struct cel_type *cel_type_named(const char *name, size_t len)
{
    for (size_t i = 1; i < sizeof(names) / sizeof(names[0]);
         i++) { /* dyn is a function, no type that has a name */
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0) {
            return &simple[i];
        }
    }
    return len == 4 && memcmp(name, "list", 4) == 0   ? &any_list
           : len == 3 && memcmp(name, "map", 3) == 0  ? &any_map
           : len == 4 && memcmp(name, "type", 4) == 0 ? &any_type
                                                      : NULL;
}

const struct cel_type *cel_type_of_value(const struct cel_value *value)
{
    static const enum cel_type_kind kinds[] = {
        [CEL_NULL] = CEL_TYPE_NULL,         [CEL_BOOL] = CEL_TYPE_BOOL,
        [CEL_INT] = CEL_TYPE_INT,           [CEL_UINT] = CEL_TYPE_UINT,
        [CEL_DOUBLE] = CEL_TYPE_DOUBLE,     [CEL_STRING] = CEL_TYPE_STRING,
        [CEL_BYTES] = CEL_TYPE_BYTES,       [CEL_TIMESTAMP] = CEL_TYPE_TIMESTAMP,
        [CEL_DURATION] = CEL_TYPE_DURATION, [CEL_DECIMAL] = CEL_TYPE_DECIMAL};
    switch (value->kind) {
    case CEL_LIST: return &any_list;
    case CEL_MAP: return &any_map;
    case CEL_RECORD: return &any_record;
    case CEL_TYPE: return &any_type;
    default:
        return value->kind <= CEL_DECIMAL ? cel_type_simple(kinds[value->kind])
                                          : cel_type_simple(CEL_TYPE_DYN);
    }
}
