/* SPDX-License-Identifier: Apache-2.0
 * schema/key.c - keys that carry no structure (text, long, JSON), and the plans of those that do.
 *
 * Whatever the notation, the cells come out as the value's own fields would, so that the two can
 * be compared. A text key is read in the notation of its column; a JSON key is one scalar, or an
 * object with exactly the key fields. */
#include "schema/key.h"

#include <endian.h>
#include <jansson.h>
#include <string.h>

#include "base/keyenc.h"
#include "base/utf8.h"
#include "schema/key_text.h"
#include "schema/plan_compile.h"

static const char *const format_names[] = {
    [SCH_KEY_AUTO] = "auto", [SCH_KEY_TEXT] = "text", [SCH_KEY_AVRO] = "avro",
    [SCH_KEY_JSON] = "json", [SCH_KEY_LONG] = "long",
};

const char *sch_key_format_name(enum sch_key_format format)
{
    return format_names[format];
}

int sch_key_format_parse(const char *name, enum sch_key_format *format, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(format_names); i++) {
        if (strcmp(name, format_names[i]) == 0) {
            *format = (enum sch_key_format)i;
            return 0;
        }
    }
    return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                   "\"%s\" is not a key format: auto, text, avro, json or long", name);
}

static const struct sch_type long_type = {.kind = SCH_LONG};
static const struct sch_type string_type = {.kind = SCH_STRING};
static const struct sch_type bytes_type = {.kind = SCH_BYTES};
static const struct sch_type uuid_type = {.kind = SCH_STRING, .logical = SCH_UUID};
static const struct sch_type date_type = {.kind = SCH_INT, .logical = SCH_DATE};

/* The type in which a column reads a key field written as w. Enums and fixed values have no type
 * that would serve them all, so they are read as they are. */
static const struct sch_type *reader_type(const struct sch_type *w, enum column_type type)
{
    for (size_t i = 0; w->kind == SCH_UNION && i < w->branch_count; i++) {
        if (w->branches[i]->kind != SCH_NULL) {
            w = w->branches[i];
        }
    }
    switch (type) {
    case COLUMN_TEXT: return w->kind == SCH_ENUM ? w : &string_type;
    case COLUMN_BYTEA: return w->kind == SCH_FIXED ? w : &bytes_type;
    case COLUMN_BIGINT: return &long_type;
    case COLUMN_UUID: return &uuid_type;
    case COLUMN_DATE: return &date_type;
    default: return NULL;
    }
}

static int fill_targets(const struct sch_type *root, const struct column *columns, size_t count,
                        struct sch_target *targets, struct sch_field *fields, struct err *err)
{
    bool record = root->kind == SCH_RECORD;
    if (record ? root->field_count != count : count != 1) {
        return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                       "the key structure has %zu fields, the dataset's key has %zu",
                       record ? root->field_count : 1, count);
    }
    for (size_t i = 0; i < count; i++) {
        const struct sch_field *written = record ? sch_find_field(root, columns[i].name) : NULL;
        if (record && written == NULL) {
            return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                           "the key structure has no field \"%s\"", columns[i].name);
        }
        fields[i].name = columns[i].name;
        fields[i].type =
            (struct sch_type *)reader_type(record ? written->type : root, columns[i].type);
        if (fields[i].type == NULL || !keyenc_allows(columns[i].type)) {
            return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                           "\"%s\" is %s, which no key can be", columns[i].name,
                           column_type_name(columns[i].type));
        }
        targets[i] = (struct sch_target){.column = columns[i], .field = &fields[i]};
    }
    return 0;
}

struct sch_plan *sch_key_plan_compile(struct sch_schema *key_schema, const struct column *columns,
                                      size_t count, struct err *err)
{
    struct arena scratch = ARENA_INIT;
    struct sch_target *targets = arena_calloc(&scratch, count + 1, sizeof(*targets));
    struct sch_field *fields = arena_calloc(&scratch, count + 1, sizeof(*fields));
    struct sch_plan *plan = NULL;
    const struct sch_type *root = sch_root(key_schema);
    if (targets == NULL || fields == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a key plan");
        goto out;
    }
    if (fill_targets(root, columns, count, targets, fields, err) != 0) {
        goto out;
    }
    struct sch_root_spec spec = {.root = root,
                                 .whole_root = root->kind != SCH_RECORD,
                                 .targets = targets,
                                 .target_count = count,
                                 .schemas = &key_schema,
                                 .schema_count = 1,
                                 .null_code = ERR_MISSING_KEY};
    plan = sch_compile_root(&spec, err);
out:
    arena_fini(&scratch);
    return plan;
}

static int bad_format(struct err *err, const char *name, const char *why)
{
    err_set(err, ERR_KIND_POISON, ERR_KEY_FORMAT, "%s", why);
    err_path_prepend(err, name);
    return -1;
}

static int read_long(const struct column *column, const uint8_t *bytes, size_t len,
                     struct cell *cell, struct err *err)
{
    uint64_t value;
    if (column->type != COLUMN_BIGINT || len != sizeof(value)) {
        return bad_format(err, column->name, "the key is not 8 bytes of a bigint field");
    }
    memcpy(&value, bytes, sizeof(value));
    *cell =
        (struct cell){.type = CELL_I64, .column_type = COLUMN_BIGINT, .i = (int64_t)be64toh(value)};
    return 0;
}

static int hex_bytes(const struct column *column, const char *text, size_t len, struct arena *arena,
                     struct cell *cell, struct err *err)
{
    uint8_t *bytes = arena_alloc(arena, len / 2);
    if (bytes == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a key");
    }
    if (!sch_hex_parse(text, len, bytes)) {
        return bad_format(err, column->name, "the key field is not hexadecimal");
    }
    *cell = (struct cell){
        .type = CELL_BYTES, .column_type = COLUMN_BYTEA, .len = (uint32_t)(len / 2), .p = bytes};
    return 0;
}

static int read_json_field(const struct column *column, const json_t *value, struct arena *arena,
                           struct cell *cell, struct err *err)
{
    if (json_is_null(value)) {
        err_set(err, ERR_KIND_POISON, ERR_MISSING_KEY, "the key field is null");
        err_path_prepend(err, column->name);
        return -1;
    }
    if (column->type == COLUMN_BIGINT) {
        if (!json_is_integer(value)) {
            return bad_format(err, column->name, "the key field is not an integer");
        }
        *cell = (struct cell){.type = CELL_I64,
                              .column_type = COLUMN_BIGINT,
                              .i = (int64_t)json_integer_value(value)};
        return 0;
    }
    if (!json_is_string(value)) {
        return bad_format(err, column->name, "the key field is not a string");
    }
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    if (column->type == COLUMN_BYTEA) {
        return hex_bytes(column, text, len, arena, cell, err);
    }
    const uint8_t *kept =
        arena_memdup(arena, text, len); /* jansson's copy goes with the document */
    if (kept == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a key");
    }
    return sch_key_text(column, kept, len, arena, cell, err);
}

static int read_json_root(const struct column *columns, size_t count, const json_t *root,
                          struct arena *arena, struct cell *cells, struct err *err)
{
    if (!json_is_object(root)) {
        if (count != 1) {
            return err_set(err, ERR_KIND_POISON, ERR_KEY_FORMAT,
                           "the key is not an object, and the dataset's key has %zu fields", count);
        }
        return read_json_field(&columns[0], root, arena, &cells[0], err);
    }
    if (json_object_size(root) != count) {
        return err_set(err, ERR_KIND_POISON, ERR_KEY_FORMAT,
                       "the key has %zu fields, the dataset's key has %zu", json_object_size(root),
                       count);
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(root, columns[i].name);
        if (value == NULL) {
            return bad_format(err, columns[i].name, "the key has no such field");
        }
        if (read_json_field(&columns[i], value, arena, &cells[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int read_json(const struct column *columns, size_t count, const uint8_t *bytes, size_t len,
                     struct arena *arena, struct cell *cells, struct err *err)
{
    json_error_t why;
    if (!sch_json_is_shallow(bytes, len)) {
        return err_set(err, ERR_KIND_POISON, ERR_KEY_FORMAT, "a key holds no nested values");
    }
    json_t *root =
        json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (root == NULL) {
        enum json_error_code cause = json_error_code(&why);
        enum err_code code = cause == json_error_numeric_overflow ? ERR_BAD_NUMBER
                             : cause == json_error_invalid_utf8 ||
                                     cause == json_error_null_character ||
                                     cause == json_error_null_byte_in_key
                                 ? ERR_BAD_TEXT
                                 : ERR_KEY_FORMAT;
        /* Not jansson's own words: they quote the key. */
        return err_set(err, ERR_KIND_POISON, code, "the key is not JSON, at byte %d", why.position);
    }
    int rc = read_json_root(columns, count, root, arena, cells, err);
    json_decref(root);
    return rc;
}

int sch_key_read(enum sch_key_format format, const struct column *columns, size_t count,
                 const uint8_t *bytes, size_t len, struct arena *arena, struct cell *cells,
                 struct err *err)
{
    if (bytes == NULL) {
        return err_set(err, ERR_KIND_POISON, ERR_MISSING_KEY, "the event has no key");
    }
    if (format == SCH_KEY_JSON) {
        return read_json(columns, count, bytes, len, arena, cells, err);
    }
    if (count != 1) {
        return err_set(err, ERR_KIND_POISON, ERR_KEY_FORMAT,
                       "a key of %zu fields cannot be read from %s", count, format_names[format]);
    }
    switch (format) {
    case SCH_KEY_AUTO:
    case SCH_KEY_TEXT: return sch_key_text(&columns[0], bytes, len, arena, &cells[0], err);
    case SCH_KEY_LONG: return read_long(&columns[0], bytes, len, &cells[0], err);
    default:
        return err_set(err, ERR_KIND_POISON, ERR_KEY_FORMAT, "the key's structure is not known");
    }
}
