/* SPDX-License-Identifier: Apache-2.0
 * registry/json_body.c - reading a request's JSON.
 *
 * jansson checks UTF-8 and bounds nesting. U+0000 may stand in the schema's text alone, where the
 * schema parser refuses it with its place; elsewhere it could not be stored. */
#include "registry/json_body.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/http/http.h"
#include "registry/rule_set.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
}

static int bad_field(struct err *err, const char *name, const char *wanted)
{
    return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s must be %s", name, wanted);
}

/* A field that is there: not absent and not null. */
static const json_t *field(const json_t *body, const char *name)
{
    const json_t *value = json_object_get(body, name);
    return json_is_null(value) ? NULL : value;
}

/* A copy of a plain text; NULL with err set. */
static const char *text_of(const json_t *value, const char *name, struct arena *arena,
                           struct err *err)
{
    if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value)) {
        bad_field(err, name, "a text");
        return NULL;
    }
    const char *copy = arena_strdup(arena, json_string_value(value));
    if (copy == NULL) {
        no_memory(err);
    }
    return copy;
}

static int read_schema(const json_t *body, struct arena *arena, struct reg_body *out,
                       struct err *err)
{
    const json_t *schema = field(body, "schema");
    if (schema == NULL) {
        return 0;
    }
    if (!json_is_string(schema)) {
        return bad_field(err, "schema", "a text that holds the schema as JSON");
    }
    const char *text = json_string_value(schema);
    size_t len = json_string_length(schema);
    if (strspn(text, " \t\r\n") == len) {
        return 0; /* blank is none */
    }
    out->schema = arena_memdup(arena, text, len);
    out->schema_len = len;
    return out->schema != NULL ? 0 : no_memory(err);
}

static int read_type(const json_t *body, struct arena *arena, struct reg_body *out, struct err *err)
{
    const json_t *type = field(body, "schemaType");
    out->type = "AVRO";
    if (type == NULL) {
        return 0;
    }
    out->type = text_of(type, "schemaType", arena, err);
    if (out->type != NULL && out->type[0] == '\0') {
        out->type = "AVRO";
    }
    return out->type != NULL ? 0 : -1;
}

/* "12" for 12, as the readers of other registries take it. */
static bool read_digits(const json_t *text, json_int_t *out)
{
    const char *word = json_string_value(text);
    size_t len = json_string_length(text);
    size_t sign = word[0] == '-' ? 1 : 0;
    if (len <= sign || len > 10 || strspn(word + sign, "0123456789") != len - sign) {
        return false;
    }
    *out = strtoll(word, NULL, 10);
    return true;
}

static int read_number(const json_t *body, const char *name, int32_t otherwise, int32_t *out,
                       struct err *err)
{
    const json_t *value = field(body, name);
    *out = otherwise;
    if (value == NULL) {
        return 0;
    }
    json_int_t number = json_integer_value(value);
    if (json_is_string(value) ? !read_digits(value, &number) : !json_is_integer(value)) {
        number = INT64_MIN;
    }
    if (number < -1 || number > INT32_MAX) {
        return bad_field(err, name, "a whole number from -1 to 2147483647");
    }
    *out = (int32_t)number;
    return 0;
}

/* What asks us to write "confluent:tags" into the schema. A schema is stored as its agency sent it,
 * so such a request is refused: 200 would say that the tags are there. */
static int refuse_tags(const json_t *body, struct err *err)
{
    static const char *const names[] = {"schemaTagsToAdd", "schemaTagsToRemove",
                                        "propagateSchemaTags"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const json_t *value = field(body, names[i]);
        if (value != NULL && !json_is_false(value) &&
            !(json_is_array(value) && json_array_size(value) == 0)) {
            return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                           "%s is not followed here: write \"confluent:tags\" into the schema",
                           names[i]);
        }
    }
    return 0;
}

static int read_reference(const json_t *item, struct arena *arena, struct sto_reference *out,
                          struct err *err)
{
    const json_t *name = field(item, "name");
    const json_t *subject = field(item, "subject");
    if (name == NULL || subject == NULL || field(item, "version") == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                       "a reference must have name, subject and version");
    }
    out->name = text_of(name, "the name of a reference", arena, err);
    out->subject =
        out->name != NULL ? text_of(subject, "the subject of a reference", arena, err) : NULL;
    return out->subject == NULL ? -1 : read_number(item, "version", 0, &out->version, err);
}

static int read_references(const json_t *list, struct arena *arena, struct sto_reference **out,
                           size_t *count, struct err *err)
{
    *out = NULL;
    *count = 0;
    if (list == NULL) {
        return 0;
    }
    if (!json_is_array(list)) {
        return bad_field(err, "references", "an array");
    }
    size_t size = json_array_size(list);
    struct sto_reference *all = arena_calloc(arena, size, sizeof(*all));
    if (all == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < size; i++) {
        if (read_reference(json_array_get(list, i), arena, &all[i], err) != 0) {
            return -1;
        }
    }
    *out = all;
    *count = size;
    return 0;
}

/* ---- metadata and rule set ---- */

static json_t *bad_metadata(struct err *err, const char *why)
{
    err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "metadata %s", why);
    return NULL;
}

/* {"tag path": ["A", "B"]} */
static json_t *form_tags(const json_t *given)
{
    json_t *tags = json_object();
    bool failed = tags == NULL || (given != NULL && !json_is_object(given));
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)given, key, value)
    {
        if (!failed) {
            failed = json_object_set_new(tags, key, reg_json_string_set(value)) != 0;
        }
    }
    if (failed) {
        json_decref(tags);
        return NULL;
    }
    return tags;
}

static json_t *form_metadata(const json_t *given, struct err *err)
{
    if (!json_is_object(given)) {
        return bad_metadata(err, "is not an object");
    }
    json_t *tags = form_tags(field(given, "tags"));
    json_t *properties = reg_json_string_map(json_object_get(given, "properties"));
    json_t *sensitive = reg_json_string_set(json_object_get(given, "sensitive"));
    json_t *form = json_object();
    bool failed = tags == NULL || properties == NULL || sensitive == NULL || form == NULL;
    if (!failed && json_object_size(tags) > 0) {
        failed = json_object_set(form, "tags", tags) != 0;
    }
    if (!failed && json_object_size(properties) > 0) {
        failed = json_object_set(form, "properties", properties) != 0;
    }
    if (!failed && json_array_size(sensitive) > 0) {
        failed = json_object_set(form, "sensitive", sensitive) != 0;
    }
    json_decref(tags);
    json_decref(properties);
    json_decref(sensitive);
    if (failed) {
        json_decref(form);
        return bad_metadata(err, "has tags, properties or sensitive of another type");
    }
    return form;
}

typedef json_t *former(const json_t *given, struct err *err);

static int put_form(const json_t *given, former *form, struct arena *arena, const char **out,
                    struct err *err)
{
    *out = NULL;
    if (given == NULL) {
        return 0;
    }
    json_t *formed = form(given, err);
    if (formed == NULL) {
        return -1;
    }
    char *text = json_dumps(formed, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(formed);
    *out = text != NULL ? arena_strdup(arena, text) : NULL;
    free(text);
    return *out != NULL ? 0 : no_memory(err);
}

static int reform(const char *json, former *form, struct arena *arena, const char **out,
                  struct err *err)
{
    json_t *stored = json != NULL ? json_loads(json, 0, NULL) : NULL;
    if (json != NULL && stored == NULL) {
        return no_memory(err); /* jsonb wrote it */
    }
    int rc = put_form(stored, form, arena, out, err);
    json_decref(stored);
    return rc;
}

int reg_metadata_reform(const char *json, struct arena *arena, const char **out, struct err *err)
{
    return reform(json, form_metadata, arena, out, err);
}

int reg_rule_set_reform(const char *json, struct arena *arena, const char **out, struct err *err)
{
    return reform(json, reg_rule_set_form, arena, out, err);
}

const char *reg_metadata_property(const char *metadata, const char *name, struct arena *arena)
{
    json_t *all = metadata != NULL ? json_loads(metadata, 0, NULL) : NULL;
    const char *value =
        json_string_value(json_object_get(json_object_get(all, "properties"), name));
    const char *copy = value != NULL ? arena_strdup(arena, value) : NULL;
    json_decref(all);
    return copy;
}

/* ---- the whole ---- */

int reg_references_parse(const char *json, struct arena *arena, struct sto_reference **list,
                         size_t *count, struct err *err)
{
    json_t *stored = json != NULL ? json_loads(json, 0, NULL) : NULL;
    int rc = json != NULL && stored == NULL ? no_memory(err)
                                            : read_references(stored, arena, list, count, err);
    json_decref(stored);
    return rc;
}

static int read_body(const json_t *body, struct arena *arena, struct reg_body *out, struct err *err)
{
    if (read_schema(body, arena, out, err) != 0 || read_type(body, arena, out, err) != 0 ||
        read_number(body, "version", 0, &out->version, err) != 0 ||
        read_number(body, "id", -1, &out->id, err) != 0) {
        return -1;
    }
    if (strcmp(out->type, "AVRO") != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "Invalid schema type %.64s", out->type);
    }
    if (refuse_tags(body, err) != 0 ||
        read_references(field(body, "references"), arena, &out->references, &out->reference_count,
                        err) != 0) {
        return -1;
    }
    return put_form(field(body, "metadata"), form_metadata, arena, &out->metadata, err) != 0 ||
                   put_form(field(body, "ruleSet"), reg_rule_set_form, arena, &out->rule_set,
                            err) != 0
               ? -1
               : 0;
}

/* flags: JSON_ALLOW_NUL, or 0. */
static json_t *parse_object(const char *text, size_t len, size_t flags, struct err *err)
{
    json_error_t why;
    json_t *object = json_loadb(text, len, flags | JSON_REJECT_DUPLICATES, &why);
    if (object == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                "the body is not JSON: %.160s at line %d, column %d", why.text, why.line,
                why.column);
    } else if (!json_is_object(object)) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "the body is not a JSON object");
        json_decref(object);
        object = NULL;
    }
    return object;
}

json_t *reg_body_object(const struct http_request *req, struct err *err)
{
    size_t len;
    const char *text = http_body(req, &len);
    return parse_object(text, len, 0, err);
}

int reg_body_parse(const char *text, size_t len, struct arena *arena, struct reg_body *out,
                   struct err *err)
{
    *out = (struct reg_body){.id = -1};
    json_t *body = parse_object(text, len, JSON_ALLOW_NUL, err);
    int rc = body != NULL ? read_body(body, arena, out, err) : -1;
    json_decref(body);
    return rc;
}
