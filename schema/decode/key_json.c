/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/key_json.c - a JSON key: one scalar, an object with exactly the key fields, or
 * either of them in the envelope of Kafka Connect's JsonConverter.
 *
 * By default Connect writes a key as {"schema": …, "payload": …}. A payload has Connect's own
 * notation where JSON has none: bytes are base64, a date is the number of its day. An envelope is
 * an object with exactly these two members, unless they are the key fields. */
#include "schema/decode/key_json_priv.h"

#include <jansson.h>
#include <string.h>

#include "base/secret.h"
#include "schema/decode/key_text_priv.h"

/* Bounds before anything is parsed: room for a key of 1,024 bytes with a \\u for each of them, and
 * for the schema of 8 fields; and the depth of such a schema. */
enum { KEY_JSON_MAX_BYTES = 64 * 1024, KEY_JSON_MAX_DEPTH = 16 };

static int bad_format(struct err *err, const char *field, const char *why)
{
    err_set(err, ERR_KIND_POISON, ERR_KEY_FORMAT, "%s", why);
    err_path_prepend(err, field);
    return -1;
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a key");
}

static int read_bytes(const struct column *column, const char *text, size_t len, bool enveloped,
                      struct arena *arena, struct cell *cell, struct err *err)
{
    uint8_t *bytes = arena_alloc(arena, len + 1);
    if (bytes == NULL) {
        return no_memory(err);
    }
    long got = (long)(len / 2);
    if (enveloped) {
        got = secret_base64_decode(text, len, bytes, len + 1);
        if (got < 0) {
            return bad_format(err, column->field, "the key field is not base64");
        }
    } else if (!sch_hex_parse(text, len, bytes)) {
        return bad_format(err, column->field, "the key field is not hexadecimal");
    }
    *cell = (struct cell){
        .type = CELL_BYTES, .column_type = COLUMN_BYTEA, .len = (uint32_t)got, .p = bytes};
    return 0;
}

static int read_integer(const struct column *column, const json_t *value, struct cell *cell,
                        struct err *err)
{
    if (!json_is_integer(value)) {
        return bad_format(err, column->field, "the key field is not an integer");
    }
    *cell = (struct cell){.type = CELL_I64,
                          .column_type = (uint8_t)column->type,
                          .i = (int64_t)json_integer_value(value)};
    if (column->type == COLUMN_DATE &&
        (cell->i < CELL_DATE_MIN_DAYS || cell->i > CELL_DATE_MAX_DAYS)) {
        err_set(err, ERR_KIND_POISON, ERR_BAD_TIME, "the key field is beyond the register's dates");
        err_path_prepend(err, column->field);
        return -1;
    }
    return 0;
}

static int read_field(const struct column *column, const json_t *value, bool enveloped,
                      struct arena *arena, struct cell *cell, struct err *err)
{
    if (json_is_null(value)) {
        err_set(err, ERR_KIND_POISON, ERR_MISSING_KEY, "the key field is null");
        err_path_prepend(err, column->field);
        return -1;
    }
    if (column->type == COLUMN_BIGINT ||
        (column->type == COLUMN_DATE && enveloped && json_is_integer(value))) {
        return read_integer(column, value, cell, err);
    }
    if (!json_is_string(value)) {
        return bad_format(err, column->field, "the key field is not a string");
    }
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    if (column->type == COLUMN_BYTEA) {
        return read_bytes(column, text, len, enveloped, arena, cell, err);
    }
    /* jansson's copy is freed with the document. */
    const uint8_t *kept = arena_memdup(arena, text, len);
    return kept != NULL ? sch_key_text(column, kept, len, arena, cell, err) : no_memory(err);
}

static int read_key(const struct column *columns, size_t count, const json_t *key, bool enveloped,
                    struct arena *arena, struct cell *cells, struct err *err)
{
    if (!json_is_object(key)) {
        if (count != 1) {
            return err_set(err, ERR_KIND_POISON, ERR_KEY_FORMAT,
                           "the key is not an object, and the dataset's key has %zu fields", count);
        }
        return read_field(&columns[0], key, enveloped, arena, &cells[0], err);
    }
    if (json_object_size(key) != count) {
        return err_set(err, ERR_KIND_POISON, ERR_KEY_FORMAT,
                       "the key has %zu fields, the dataset's key has %zu", json_object_size(key),
                       count);
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(key, columns[i].field);
        if (value == NULL) {
            return bad_format(err, columns[i].field, "the key has no such field");
        }
        if (read_field(&columns[i], value, enveloped, arena, &cells[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static bool is_key_field(const struct column *columns, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(columns[i].field, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The payload of an envelope; NULL: the document is none. */
static const json_t *payload_of(const struct column *columns, size_t count, const json_t *document)
{
    const json_t *payload = json_object_get(document, "payload");
    bool enveloped = json_object_size(document) == 2 && payload != NULL &&
                     json_object_get(document, "schema") != NULL;
    bool key_has_both = count == 2 && is_key_field(columns, count, "schema") &&
                        is_key_field(columns, count, "payload");
    return enveloped && !key_has_both ? payload : NULL;
}

static bool is_too_deep(const uint8_t *text, size_t len)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < len && depth <= KEY_JSON_MAX_DEPTH; i++) {
        if (quoted && text[i] == '\\') {
            i++;
        } else if (quoted) {
            quoted = text[i] != '"';
        } else if (text[i] == '"') {
            quoted = true;
        } else if (text[i] == '[' || text[i] == '{') {
            depth++;
        } else if (text[i] == ']' || text[i] == '}') {
            depth--;
        }
    }
    return depth > KEY_JSON_MAX_DEPTH;
}

/* jansson's own message quotes the key. */
static int refuse_json(const json_error_t *why, struct err *err)
{
    enum json_error_code cause = json_error_code(why);
    enum err_code code = cause == json_error_numeric_overflow ? ERR_BAD_NUMBER
                         : cause == json_error_invalid_utf8 || cause == json_error_null_character ||
                                 cause == json_error_null_byte_in_key
                             ? ERR_BAD_TEXT
                             : ERR_KEY_FORMAT;
    return err_set(err, ERR_KIND_POISON, code, "the key is not JSON, at byte %d", why->position);
}

int sch_key_json(const struct column *columns, size_t count, const uint8_t *bytes, size_t len,
                 struct arena *arena, struct cell *cells, struct err *err)
{
    json_error_t why;
    if (len > KEY_JSON_MAX_BYTES) {
        return err_set(err, ERR_KIND_POISON, ERR_KEY_TOO_LONG,
                       "the JSON of the key is longer than %d bytes", KEY_JSON_MAX_BYTES);
    }
    if (is_too_deep(bytes, len)) {
        return err_set(err, ERR_KIND_POISON, ERR_KEY_FORMAT,
                       "the JSON of the key nests deeper than %d levels", KEY_JSON_MAX_DEPTH);
    }
    json_t *document =
        json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (document == NULL) {
        return refuse_json(&why, err);
    }
    const json_t *payload = payload_of(columns, count, document);
    int rc = read_key(columns, count, payload != NULL ? payload : document, payload != NULL, arena,
                      cells, err);
    json_decref(document);
    return rc;
}
