/* SPDX-License-Identifier: Apache-2.0
 * schema/sample/json_event.c - JSON into Avro's binary encoding, led by the structure.
 *
 * Recursion is as deep as the structure and the JSON are: both are bounded when they are read. */
#include "schema/sample/json_event.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "schema/sample/scalar_priv.h"

static int put(struct buf *out, const struct sch_type *type, const json_t *json, struct err *err);

static int unexpected(struct err *err, const struct sch_type *type, const json_t *json)
{
    static const char *const kinds[] = {"an object", "an array", "text",  "a whole number",
                                        "a number",  "true",     "false", "null"};
    char name[160];
    return err_set(err, ERR_KIND_POISON, ERR_BAD_EVENT, "expected %s, this is %s",
                   sch_describe(type, name, sizeof(name)),
                   json == NULL ? "left out" : kinds[json_typeof(json)]);
}

/* ---- unions ---- */

/* As Avro's JSON encoding names a branch. */
static const char *branch_name(const struct sch_type *branch)
{
    static const char *const names[] = {
        [SCH_NULL] = "null",   [SCH_BOOLEAN] = "boolean", [SCH_INT] = "int",
        [SCH_LONG] = "long",   [SCH_FLOAT] = "float",     [SCH_DOUBLE] = "double",
        [SCH_BYTES] = "bytes", [SCH_STRING] = "string",   [SCH_ARRAY] = "array",
        [SCH_MAP] = "map"};
    return branch->name != NULL ? branch->name : names[branch->kind];
}

/* The branch that a tag names, and what stands behind it; NULL: the value is not tagged. */
static const struct sch_type *tagged(const struct sch_type *type, const json_t **json,
                                     size_t *index)
{
    void *member = json_is_object(*json) && json_object_size(*json) == 1
                       ? json_object_iter((json_t *)*json)
                       : NULL;
    for (size_t i = 0; member != NULL && i < type->branch_count; i++) {
        if (strcmp(json_object_iter_key(member), branch_name(type->branches[i])) == 0) {
            *index = i;
            *json = json_object_iter_value(member);
            return type->branches[i];
        }
    }
    return NULL;
}

static int put_branch(struct buf *out, const struct sch_type *type, size_t index,
                      const json_t *json, struct err *err)
{
    scalar_put_long(out, (int64_t)index);
    return put(out, type->branches[index], json, err);
}

static int put_union(struct buf *out, const struct sch_type *type, const json_t *json,
                     struct err *err)
{
    size_t index;
    const json_t *value = json;
    const size_t before = out->len;
    if (tagged(type, &value, &index) != NULL) {
        return put_branch(out, type, index, value, err);
    }
    for (size_t i = 0; i < type->branch_count; i++) {
        struct err refused = ERR_INIT;
        bool is_null = type->branches[i]->kind == SCH_NULL;
        if (is_null != (json == NULL || json_is_null(json))) {
            continue;
        }
        if (put_branch(out, type, i, json, &refused) == 0) {
            return 0;
        }
        out->len = before;
        *err = refused;
    }
    return err->text[0] != '\0' ? -1 : unexpected(err, type, json);
}

/* ---- what holds others ---- */

static int put_record(struct buf *out, const struct sch_type *type, const json_t *json,
                      struct err *err)
{
    if (!json_is_object(json)) {
        return unexpected(err, type, json);
    }
    const char *name;
    json_t *ignored;
    json_object_foreach((json_t *)json, name, ignored)
    {
        if (sch_find_field(type, name) == NULL) {
            err_set(err, ERR_KIND_POISON, ERR_BAD_EVENT, "the structure has no such field");
            err_path_prepend(err, name);
            return -1;
        }
    }
    for (size_t i = 0; i < type->field_count; i++) {
        if (put(out, type->fields[i].type, json_object_get(json, type->fields[i].name), err) < 0) {
            err_path_prepend(err, type->fields[i].name);
            return -1;
        }
    }
    return 0;
}

static int put_array(struct buf *out, const struct sch_type *type, const json_t *json,
                     struct err *err)
{
    if (!json_is_array(json)) {
        return unexpected(err, type, json);
    }
    if (json_array_size(json) > 0) {
        scalar_put_long(out, (int64_t)json_array_size(json));
    }
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (put(out, type->items, json_array_get(json, i), err) < 0) {
            char number[24];
            snprintf(number, sizeof(number), "%zu", i);
            err_path_prepend(err, number);
            return -1;
        }
    }
    buf_put_u8(out, 0);
    return 0;
}

static int put_map(struct buf *out, const struct sch_type *type, const json_t *json,
                   struct err *err)
{
    const char *key;
    json_t *value;
    if (!json_is_object(json)) {
        return unexpected(err, type, json);
    }
    if (json_object_size(json) > 0) {
        scalar_put_long(out, (int64_t)json_object_size(json));
    }
    json_object_foreach((json_t *)json, key, value)
    {
        scalar_put_bytes(out, key, strlen(key));
        if (put(out, type->items, value, err) < 0) {
            err_path_prepend(err, key);
            return -1;
        }
    }
    buf_put_u8(out, 0);
    return 0;
}

static int put(struct buf *out, const struct sch_type *type, const json_t *json, struct err *err)
{
    switch (type->kind) {
    case SCH_UNION: return put_union(out, type, json, err);
    case SCH_RECORD: return put_record(out, type, json, err);
    case SCH_ARRAY: return put_array(out, type, json, err);
    case SCH_MAP: return put_map(out, type, json, err);
    default: return scalar_put(out, type, json) ? 0 : unexpected(err, type, json);
    }
}

int sch_json_event(const struct sch_schema *schema, const char *json, size_t len, struct buf *out,
                   struct err *err)
{
    json_error_t where;
    json_t *parsed = json_loadb(json, len, JSON_REJECT_DUPLICATES, &where);
    if (parsed == NULL) {
        return err_set(err, ERR_KIND_POISON, ERR_BAD_EVENT, "not JSON: %s, column %d", where.text,
                       where.column);
    }
    int rc = put(out, sch_root(schema), parsed, err);
    json_decref(parsed);
    return rc == 0 && buf_failed(out)
               ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for an event")
               : rc;
}
