/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/role.c - which types can play a role, and which values a field can have. */
#include "schema/plan/role.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/keyenc.h"
#include "schema/plan/columns.h"

enum { TYPE_BYTES = 96 };

/* `allowed` is `allows` in words, for messages. */
struct role {
    const char *name;
    bool (*allows)(const struct sch_type *);
    const char *allowed;
};

static bool is_time(const struct sch_type *type)
{
    return type->logical == SCH_DATE || type->logical == SCH_TIMESTAMP_MILLIS ||
           type->logical == SCH_TIMESTAMP_MICROS;
}

static bool is_order(const struct sch_type *type)
{
    bool number = type->kind == SCH_INT || type->kind == SCH_LONG;
    return (number && type->logical == SCH_LOGICAL_NONE) || is_time(type);
}

static bool is_key(const struct sch_type *type)
{
    struct column column = {.name = ""};
    bool nullable;
    sch_column_of(type, &column, &nullable);
    return keyenc_allows(column.type);
}

/* The types whose values have one notation: ingest/verdict.c compares them with the exempt values
 * byte by byte. A value of any other type could be written in another way and would not be exempt.
 */
static bool is_exempting(const struct sch_type *type)
{
    return type->logical == SCH_LOGICAL_NONE &&
           (type->kind == SCH_STRING || type->kind == SCH_ENUM || type->kind == SCH_BOOLEAN ||
            type->kind == SCH_INT || type->kind == SCH_LONG);
}

static const struct role key_role = {"key field", is_key,
                                     "string, enum, int, long, uuid, date, fixed or bytes"};
static const struct role order_role = {"order field", is_order, "int, long, date or a timestamp"};
static const struct role event_time_role = {"event-time field", is_time, "date or a timestamp"};
static const struct role exempt_role = {"field that exempts rows", is_exempting,
                                        "string, enum, boolean, int or long"};

static int check_field(const struct sch_roles *roles, const struct sch_type *row, const char *name,
                       const struct role *role, struct err *err)
{
    if (name == NULL) {
        return 0;
    }
    char found[TYPE_BYTES];
    const struct sch_field *field = sch_find_field(row, name);
    if (field == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                "the structure has no field %.64s, the %s of %s", name, role->name, roles->dataset);
    } else if (!role->allows(sch_bare_type(field->type))) {
        err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE, "%.64s, the %s of %s, must be %s, not %s",
                name, role->name, roles->dataset, role->allowed,
                sch_describe(sch_bare_type(field->type), found, sizeof(found)));
    } else {
        return 0;
    }
    err_path_prepend(err, name);
    return -1;
}

static bool is_symbol(const struct sch_type *type, const char *value)
{
    for (size_t i = 0; i < type->symbols.count; i++) {
        if (strcmp(type->symbols.items[i], value) == 0) {
            return true;
        }
    }
    return false;
}

/* A number as it prints: no zeros in front, no plus sign. */
static bool is_number(const struct sch_type *type, const char *value)
{
    char canonical[24];
    char *end = NULL;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    snprintf(canonical, sizeof(canonical), "%lld", number);
    return errno == 0 && strcmp(canonical, value) == 0 &&
           (type->kind == SCH_LONG || (number >= INT32_MIN && number <= INT32_MAX));
}

static bool can_occur(const struct sch_type *type, const char *value)
{
    switch (type->kind) {
    case SCH_ENUM: return is_symbol(type, value);
    case SCH_BOOLEAN: return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
    case SCH_INT:
    case SCH_LONG: return is_number(type, value);
    default: return true;
    }
}

/* Given a misspelt value, no row has it, and the rows that it means would be stored. Therefore it
 * is refused (NRL-2). */
static int check_exempt_values(const struct sch_roles *roles, const struct sch_type *row,
                               struct err *err)
{
    char found[TYPE_BYTES];
    if (roles->exempt_field == NULL) {
        return 0;
    }
    const struct sch_type *type = sch_bare_type(sch_find_field(row, roles->exempt_field)->type);
    for (size_t i = 0; i < roles->exempt_value_count; i++) {
        if (!can_occur(type, roles->exempt_values[i])) {
            err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                    "%.64s, the value that exempts rows of %s, cannot occur in %.64s, which is %s",
                    roles->exempt_values[i], roles->dataset, roles->exempt_field,
                    sch_describe(type, found, sizeof(found)));
            err_path_prepend(err, roles->exempt_field);
            return -1;
        }
    }
    return 0;
}

int sch_roles_check(const struct sch_roles *roles, const struct sch_type *row, struct err *err)
{
    for (size_t i = 0; i < roles->key_field_count; i++) {
        if (check_field(roles, row, roles->key_fields[i], &key_role, err) != 0) {
            return -1;
        }
    }
    if (check_field(roles, row, roles->order_field, &order_role, err) != 0 ||
        check_field(roles, row, roles->event_time_field, &event_time_role, err) != 0 ||
        check_field(roles, row, roles->exempt_field, &exempt_role, err) != 0) {
        return -1;
    }
    return check_exempt_values(roles, row, err);
}

/* The type of a key field in a key structure, or NULL. */
static const struct sch_type *key_type(const struct sch_type *key, const char *name)
{
    if (key->kind != SCH_RECORD) {
        return key;
    }
    const struct sch_field *field = sch_find_field(key, name);
    return field != NULL ? field->type : NULL;
}

int sch_roles_key_columns(const struct sch_roles *roles, const struct sch_type *key,
                          struct column *columns, struct err *err)
{
    for (size_t i = 0; i < roles->key_field_count; i++) {
        const char *name = roles->key_fields[i];
        const struct sch_type *type = key_type(key, name);
        bool nullable;
        if (type == NULL) {
            return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                           "the key structure has no field %.64s, a key field of %s", name,
                           roles->dataset);
        }
        sch_column_of(sch_bare_type(type), &columns[i], &nullable);
        columns[i].name = name;
        columns[i].field = name;
        if (!keyenc_allows(columns[i].type)) {
            char found[TYPE_BYTES];
            return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                           "%s cannot be the key field %.64s of %s",
                           sch_describe(type, found, sizeof(found)), name, roles->dataset);
        }
    }
    return 0;
}
