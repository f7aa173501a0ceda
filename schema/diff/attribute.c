/* SPDX-License-Identifier: Apache-2.0
 * schema/diff/attribute.c - what a text says beside the model: documentation, other attributes, aliases,
 * defaults as written. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "schema/diff/differ_priv.h"
#include "schema/model/names.h"

enum { SHOWN_BYTES = 120 };

/* What other functions compare. */
static const char *const of_a_field[] = {"name", "type", "default", "aliases", NULL};
static const char *const of_a_type[] = {"type",   "name",    "namespace", "fields",  "items",
                                        "values", "symbols", "size",      "aliases", NULL};
static const char *const of_a_logical_type[] = {"logicalType", "precision", "scale", NULL};

/* "doc: the mother's name", as JSON where it is no text; NULL: has no such attribute. */
static const char *print(struct sch_differ *d, const char *key, const json_t *value,
                         struct buf *out)
{
    if (value == NULL) {
        return NULL;
    }
    buf_put(out, key, utf8_cut(key, SHOWN_BYTES));
    buf_put_str(out, ": ");
    const char *text = json_string_value(value);
    char *json = text == NULL ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (text == NULL && json == NULL) {
        sch_diff_fail(d, ERR_NO_MEMORY, "no memory to compare structures");
    }
    text = text != NULL ? text : json != NULL ? json : "";
    buf_put(out, text, utf8_cut(text, SHOWN_BYTES));
    free(json);
    return buf_cstr(out);
}

static void find_attribute(struct sch_differ *d, const struct sch_place *at, const char *key,
                           const json_t *before, const json_t *after)
{
    struct buf was = BUF_INIT;
    struct buf is = BUF_INIT;
    const char *was_text = print(d, key, before, &was);
    const char *is_text = print(d, key, after, &is);
    sch_find(d, at, SCH_DOCUMENTATION_CHANGED, was_text, is_text);
    buf_fini(&was);
    buf_fini(&is);
}

/* Every attribute that is not among the words of the two lists (the second may be NULL). */
static void diff_objects(struct sch_differ *d, const struct sch_place *at, const json_t *before,
                         const json_t *after, const char *const *words, const char *const *more)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)after, key, value)
    {
        const json_t *old = json_object_get(before, key);
        if (!sch_source_is_among(key, words) && (more == NULL || !sch_source_is_among(key, more)) &&
            (old == NULL || !json_equal(old, value))) {
            find_attribute(d, at, key, old, value);
        }
    }
    json_object_foreach((json_t *)before, key, value)
    {
        if (!sch_source_is_among(key, words) && (more == NULL || !sch_source_is_among(key, more)) &&
            json_object_get(after, key) == NULL) {
            find_attribute(d, at, key, value, NULL);
        }
    }
}

void sch_diff_type_attributes(struct sch_differ *d, const struct sch_place *at,
                              struct sch_side before, struct sch_side after)
{
    /* A logical type that Avro does not know is an attribute like others. */
    bool is_known = after.type->logical != SCH_LOGICAL_NONE;
    static const char *const of_an_enum[] = {"default", NULL};
    const char *const *more = is_known                       ? of_a_logical_type
                              : after.type->kind == SCH_ENUM ? of_an_enum
                                                             : NULL;
    diff_objects(d, at, before.json, after.json, of_a_type, more);
}

void sch_diff_field_attributes(struct sch_differ *d, const struct sch_place *at,
                               const json_t *before, const json_t *after)
{
    diff_objects(d, at, before, after, of_a_field, NULL);
}

static bool are_names_same(const struct sch_names *before, const struct sch_names *after)
{
    if (before->count != after->count) {
        return false;
    }
    for (size_t i = 0; i < before->count; i++) {
        if (strcmp(before->items[i], after->items[i]) != 0) {
            return false;
        }
    }
    return true;
}

static const char *print_names(const struct sch_names *names, struct buf *out)
{
    buf_put_str(out, "aliases: ");
    return sch_names_list(names, NULL, SHOWN_BYTES, out) > 0 ? buf_cstr(out) : NULL;
}

void sch_diff_aliases(struct sch_differ *d, const struct sch_place *at,
                      const struct sch_names *before, const struct sch_names *after)
{
    struct buf was = BUF_INIT;
    struct buf is = BUF_INIT;
    if (sch_diff_spend(d, before->count + after->count) && !are_names_same(before, after)) {
        const char *was_text = print_names(before, &was);
        const char *is_text = print_names(after, &is);
        sch_find(d, at, SCH_DOCUMENTATION_CHANGED, was_text, is_text);
    }
    buf_fini(&was);
    buf_fini(&is);
}

/* ---- defaults ---- */

static bool are_defaults_same(const struct sch_field *before, const json_t *before_json,
                              const struct sch_field *after, const json_t *after_json)
{
    return json_equal(before_json, after_json) || /* a union's branches may have moved */
           (before->type->kind == after->type->kind && before->default_len == after->default_len &&
            memcmp(before->default_bytes, after->default_bytes, after->default_len) == 0);
}

void sch_diff_defaults(struct sch_differ *d, const struct sch_place *at,
                       const struct sch_field *before, const json_t *before_json,
                       const struct sch_field *after, const json_t *after_json)
{
    bool had = before->default_bytes != NULL;
    bool has = after->default_bytes != NULL;
    const json_t *was = json_object_get(before_json, "default");
    const json_t *is = json_object_get(after_json, "default");
    if (!had && !has) {
        return;
    }
    if (had && has && are_defaults_same(before, was, after, is)) {
        return;
    }
    struct buf was_room = BUF_INIT;
    struct buf is_room = BUF_INIT;
    const char *was_text = print(d, "default", had ? was : NULL, &was_room);
    const char *is_text = print(d, "default", has ? is : NULL, &is_room);
    sch_find(d, at,
             !had   ? SCH_DEFAULT_ADDED
             : !has ? SCH_DEFAULT_REMOVED
                    : SCH_DEFAULT_CHANGED,
             was_text, is_text);
    buf_fini(&was_room);
    buf_fini(&is_room);
}
