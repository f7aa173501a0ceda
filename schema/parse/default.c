/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/default.c - field defaults, checked and encoded as Avro binary (Avro 1.11,
 * "Records": default).
 *
 * Defaults are encoded in a second pass, after all types. Given a default that leaves out a field
 * of a nested record, then that field's own default is used; the record may be one that is defined
 * around the default. Each default is encoded once. A default that needs itself is refused. Bytes
 * and fixed are code points 0 to 255.
 *
 * A union's default has the type of the first branch that it fits, as in Avro 1.12; in 1.11 only
 * the first branch counted. (Java chooses the branch by the kind of JSON alone, and reads 1.5 of
 * ["int","double"] as the int 1.) A value that does not fit one branch may fit the next. So an
 * encoder has three results: MATCH, MISMATCH, and -1: the whole schema is refused.
 *
 * Members of a record's default that are no fields are ignored, as in other implementations. */
#include <endian.h>
#include <math.h>
#include <string.h>

#include "schema/parse/parser_priv.h"

/* Stands in default_bytes while a default is being encoded. */
static const uint8_t in_progress[1];

enum { MATCH = 0, MISMATCH = 1 };

static int encode(struct sch_parser *p, const struct sch_type *type, const json_t *json,
                  const struct sch_place *at, struct buf *out);

static void put_long(struct buf *out, int64_t v)
{
    uint64_t bits = ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
    while (bits >= 0x80) {
        buf_put_u8(out, (uint8_t)(bits | 0x80));
        bits >>= 7;
    }
    buf_put_u8(out, (uint8_t)bits);
}

/* Sets the error, unless a union is trying its branches. */
static int mismatch(struct sch_parser *p, const struct sch_type *type, const struct sch_place *at,
                    const char *why)
{
    char text[80];
    if (!p->speculative) {
        sch_refuse(p, at, "the default does not fit %s%s", sch_describe(type, text, sizeof(text)),
                   why);
    }
    return MISMATCH;
}

static int encode_int(struct sch_parser *p, const struct sch_type *type, const json_t *json,
                      const struct sch_place *at, struct buf *out)
{
    if (!json_is_integer(json)) {
        return mismatch(p, type, at, ": it is not a whole number");
    }
    json_int_t v = json_integer_value(json);
    if (type->kind == SCH_INT && (v < INT32_MIN || v > INT32_MAX)) {
        return mismatch(p, type, at, ": it does not fit 32 bits");
    }
    put_long(out, v);
    return 0;
}

static int put_float(struct sch_parser *p, const struct sch_type *type, double v,
                     const struct sch_place *at, struct buf *out)
{
    if (type->kind == SCH_DOUBLE) {
        uint64_t bits;
        memcpy(&bits, &v, sizeof(bits));
        bits = htole64(bits);
        buf_put(out, &bits, sizeof(bits));
        return MATCH;
    }
    float single = (float)v;
    if (isfinite(v) && !isfinite(single)) {
        return mismatch(p, type, at, ": it is out of range");
    }
    uint32_t bits;
    memcpy(&bits, &single, sizeof(bits));
    bits = htole32(bits);
    buf_put(out, &bits, sizeof(bits));
    return MATCH;
}

static int encode_float(struct sch_parser *p, const struct sch_type *type, const json_t *json,
                        const struct sch_place *at, struct buf *out)
{
    if (!json_is_number(json)) {
        return mismatch(p, type, at, ": it is not a number");
    }
    return put_float(p, type, json_number_value(json), at, out);
}

/* UTF-8 that jansson has checked, as one byte for each code point. -1: a code point above 255. */
static int put_latin1(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x80) {
            if (c != 0xC2 && c != 0xC3) {
                return -1;
            }
            c = (unsigned char)((c & 0x03) << 6 | ((unsigned char)text[++i] & 0x3F));
        }
        buf_put_u8(out, c);
    }
    return 0;
}

static int encode_bytes(struct sch_parser *p, const struct sch_type *type, const json_t *json,
                        const struct sch_place *at, struct buf *out)
{
    const char *text = json_string_value(json);
    if (text == NULL) {
        return mismatch(p, type, at, ": it is not a string");
    }
    int rc = MATCH;
    struct buf bytes = BUF_INIT;
    if (put_latin1(&bytes, text, json_string_length(json)) != 0) {
        rc = mismatch(p, type, at, ": bytes are code points from 0 to 255");
    } else if (buf_failed(&bytes)) {
        rc = sch_no_memory(p);
    } else if (type->kind == SCH_FIXED && bytes.len != type->size) {
        rc = mismatch(p, type, at, ": it has another size");
    } else {
        if (type->kind == SCH_BYTES) {
            put_long(out, (int64_t)bytes.len);
        }
        buf_put(out, bytes.data, bytes.len);
    }
    buf_fini(&bytes);
    return rc;
}

static int encode_string(struct sch_parser *p, const struct sch_type *type, const json_t *json,
                         const struct sch_place *at, struct buf *out)
{
    if (!json_is_string(json)) {
        return mismatch(p, type, at, ": it is not a string");
    }
    if (strlen(json_string_value(json)) != json_string_length(json)) {
        return mismatch(p, type, at, ": the register keeps no U+0000 in text");
    }
    put_long(out, (int64_t)json_string_length(json));
    buf_put(out, json_string_value(json), json_string_length(json));
    return 0;
}

const char *sch_json_symbol(const json_t *json)
{
    const char *text = json_string_value(json);
    return text != NULL && strlen(text) == json_string_length(json) ? text : NULL;
}

static int encode_enum(struct sch_parser *p, const struct sch_type *type, const json_t *json,
                       const struct sch_place *at, struct buf *out)
{
    const char *symbol = sch_json_symbol(json);
    for (size_t i = 0; symbol != NULL && i < type->symbols.count; i++) {
        if (strcmp(type->symbols.items[i], symbol) == 0) {
            p->default_steps += i / 16;
            put_long(out, (int64_t)i);
            return 0;
        }
    }
    return mismatch(p, type, at, ": it is not one of its symbols");
}

static int encode_array(struct sch_parser *p, const struct sch_type *type, const json_t *json,
                        const struct sch_place *at, struct buf *out)
{
    if (!json_is_array(json)) {
        return mismatch(p, type, at, ": it is not an array");
    }
    size_t count = json_array_size(json);
    if (count > 0) {
        put_long(out, (int64_t)count);
    }
    for (size_t i = 0; i < count; i++) {
        struct sch_place here = sch_element(at, i);
        int rc = encode(p, type->items, json_array_get(json, i), &here, out);
        if (rc != MATCH) {
            return rc;
        }
    }
    put_long(out, 0);
    return MATCH;
}

static int encode_map(struct sch_parser *p, const struct sch_type *type, const json_t *json,
                      const struct sch_place *at, struct buf *out)
{
    if (!json_is_object(json)) {
        return mismatch(p, type, at, ": it is not an object");
    }
    if (json_object_size(json) > 0) {
        put_long(out, (int64_t)json_object_size(json));
    }
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)json, key, value)
    {
        struct sch_place here = sch_member(at, sch_shorten(p, key));
        put_long(out, (int64_t)strlen(key));
        buf_put_str(out, key);
        int rc = encode(p, type->items, value, &here, out);
        if (rc != MATCH) {
            return rc;
        }
    }
    put_long(out, 0);
    return MATCH;
}

static int keep_default(struct sch_parser *p, struct sch_field *field, const struct buf *out)
{
    uint8_t *bytes =
        sch_alloc(p, 1, out->len + 1); /* not NULL for a default without bytes either */
    if (bytes == NULL) {
        return -1;
    }
    if (out->len > 0) {
        memcpy(bytes, out->data, out->len);
    }
    field->default_bytes = bytes;
    field->default_len = out->len;
    return 0;
}

/* A string may hold the number (float.c). */
static int encode_own(struct sch_parser *p, const struct sch_type *type, const json_t *json,
                      const struct sch_place *at, struct buf *out)
{
    double v;
    bool is_spelt = sch_is_float(type) && sch_float_from_text(json, &v);
    return is_spelt ? put_float(p, type, v, at, out) : encode(p, type, json, at, out);
}

/* Encodes the field's own default, once. A bad one refuses the schema, also while a union tries
 * its branches. 1: the field has none. */
static int field_default(struct sch_parser *p, const struct sch_type *record, size_t index,
                         int depth)
{
    struct sch_field *field = &record->fields[index];
    const struct sch_source *source = &p->sources[record->number];
    const json_t *json = json_object_get(json_array_get(source->fields, index), "default");
    if (json == NULL) {
        return 1;
    }
    struct sch_place top = {.key = source->path, .space = "", .depth = depth};
    struct sch_place fields = sch_member(&top, "fields");
    struct sch_place element = sch_element(&fields, index);
    struct sch_place here = sch_member(&element, "default");
    if (field->default_bytes == in_progress) {
        return sch_refuse(p, &here, "the default needs itself");
    }
    if (field->default_bytes != NULL) {
        return 0;
    }
    field->default_bytes = in_progress;
    struct buf out = BUF_INIT;
    bool speculative = p->speculative;
    p->speculative = false;
    int rc = encode_own(p, field->type, json, &here, &out) == MATCH ? 0 : -1;
    p->speculative = speculative;
    if (rc == 0) {
        rc = buf_failed(&out) ? sch_no_memory(p) : keep_default(p, field, &out);
    }
    buf_fini(&out);
    return rc;
}

/* Given defaults of which each holds the one before twice, then a short schema would make
 * gigabytes. */
static int check_size(struct sch_parser *p, const struct sch_place *at, const struct buf *out)
{
    if (p->default_steps > SCH_MAX_DEFAULT_STEPS || out->len > SCH_MAX_DEFAULT_BYTES) {
        return sch_refuse(p, at, "the defaults are too large");
    }
    return 0;
}

static int encode_missing(struct sch_parser *p, const struct sch_type *type, size_t index,
                          const struct sch_place *at, struct buf *out)
{
    const struct sch_field *field = &type->fields[index];
    int rc = field_default(p, type, index, at->depth);
    if (rc == 0) {
        buf_put(out, field->default_bytes, field->default_len);
        return check_size(p, at, out);
    }
    if (rc > 0 && !p->speculative) {
        sch_refuse(p, at, "the default has no \"%s\", which has no default",
                   sch_shorten(p, field->name));
    }
    return rc > 0 ? MISMATCH : -1;
}

static int encode_record(struct sch_parser *p, const struct sch_type *type, const json_t *json,
                         const struct sch_place *at, struct buf *out)
{
    if (!json_is_object(json)) {
        return mismatch(p, type, at, ": it is not an object");
    }
    for (size_t i = 0; i < type->field_count; i++) {
        const struct sch_field *field = &type->fields[i];
        const json_t *value = json_object_get(json, field->name);
        struct sch_place here = sch_member(at, field->name);
        p->default_steps++;
        int rc = value != NULL ? encode(p, field->type, value, &here, out)
                               : encode_missing(p, type, i, at, out);
        if (rc != MATCH) {
            return rc;
        }
    }
    return MATCH;
}

/* The JSON type of the values of a kind. */
static json_type json_type_of(enum sch_kind kind)
{
    switch (kind) {
    case SCH_NULL: return JSON_NULL;
    case SCH_BOOLEAN: return JSON_TRUE;
    case SCH_INT:
    case SCH_LONG:
    case SCH_FLOAT:
    case SCH_DOUBLE: return JSON_INTEGER;
    case SCH_RECORD:
    case SCH_MAP: return JSON_OBJECT;
    case SCH_ARRAY: return JSON_ARRAY;
    default: return JSON_STRING;
    }
}

const struct sch_type *sch_only_branch(const struct sch_type *type, const json_t *json)
{
    const struct sch_type *only = NULL;
    json_type kind = json_is_number(json)    ? JSON_INTEGER
                     : json_is_boolean(json) ? JSON_TRUE
                                             : json_typeof(json);
    for (size_t i = 0; i < type->branch_count; i++) {
        if (json_type_of(type->branches[i]->kind) == kind) {
            if (only != NULL) {
                return NULL;
            }
            only = type->branches[i];
        }
    }
    return only;
}

static int encode_union(struct sch_parser *p, const struct sch_type *type, const json_t *json,
                        const struct sch_place *at, struct buf *out)
{
    size_t start = out->len;
    int rc = MISMATCH;
    bool speculative = p->speculative;
    p->speculative = true;
    for (size_t i = 0; rc == MISMATCH && i < type->branch_count; i++) {
        out->len = start;
        put_long(out, (int64_t)i);
        rc = encode(p, type->branches[i], json, at, out);
    }
    p->speculative = speculative;
    if (rc != MISMATCH) {
        return rc;
    }
    /* Given JSON that fits one branch alone, then that branch is encoded once more, for the path of
     * its error. */
    const struct sch_type *only = speculative ? NULL : sch_only_branch(type, json);
    return only != NULL ? encode(p, only, json, at, out)
                        : mismatch(p, type, at, ": no branch takes it");
}

static int encode_value(struct sch_parser *p, const struct sch_type *type, const json_t *json,
                        const struct sch_place *at, struct buf *out)
{
    switch (type->kind) {
    case SCH_NULL: return json_is_null(json) ? MATCH : mismatch(p, type, at, ": it is not null");
    case SCH_BOOLEAN:
        if (!json_is_boolean(json)) {
            return mismatch(p, type, at, ": it is neither true nor false");
        }
        buf_put_u8(out, json_is_true(json));
        return 0;
    case SCH_INT:
    case SCH_LONG: return encode_int(p, type, json, at, out);
    case SCH_FLOAT:
    case SCH_DOUBLE: return encode_float(p, type, json, at, out);
    case SCH_BYTES:
    case SCH_FIXED: return encode_bytes(p, type, json, at, out);
    case SCH_STRING: return encode_string(p, type, json, at, out);
    case SCH_ENUM: return encode_enum(p, type, json, at, out);
    case SCH_ARRAY: return encode_array(p, type, json, at, out);
    case SCH_MAP: return encode_map(p, type, json, at, out);
    case SCH_UNION: return encode_union(p, type, json, at, out);
    case SCH_RECORD: return encode_record(p, type, json, at, out);
    }
    return -1;
}

static int encode(struct sch_parser *p, const struct sch_type *type, const json_t *json,
                  const struct sch_place *at, struct buf *out)
{
    struct sch_place here = *at;
    here.depth++;
    if (here.depth > SCH_MAX_DEPTH + 1) {
        return sch_refuse(p, at, "the default is nested deeper than %d", SCH_MAX_DEPTH);
    }
    p->default_steps++;
    return check_size(p, at, out) == 0 ? encode_value(p, type, json, &here, out) : -1;
}

int sch_encode_defaults(struct sch_parser *p, uint32_t first)
{
    for (uint32_t n = first; n < p->schema->type_count; n++) {
        const struct sch_type *type = p->sources[n].type;
        for (size_t i = 0; i < type->field_count; i++) {
            if (field_default(p, type, i, 0) < 0) {
                return -1;
            }
        }
    }
    return 0;
}
