/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/key.c - keys without a structure, and the plans of keys with one.
 *
 * In every notation the cells are the same as those of the value's fields, so that both can be
 * compared. A text key is read in the notation of its column (key_text.c), a JSON key as
 * key_json.c says. */
#include "schema/decode/key.h"

#include <string.h>

#include "base/keyenc.h"
#include "schema/decode/key_json_priv.h"
#include "schema/decode/key_text_priv.h"

static const char *const format_names[] = {
    [SCH_KEY_AUTO] = "auto", [SCH_KEY_TEXT] = "text", [SCH_KEY_AVRO] = "avro",
    [SCH_KEY_JSON] = "json", [SCH_KEY_LONG] = "long", [SCH_KEY_INT] = "int",
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
                   "\"%s\" is not a key format: auto, text, avro, json, long or int", name);
}

/* Which key column each field of a record is. */
static int pair_fields(const struct sch_type *root, const struct column *columns, size_t count,
                       int32_t *column_of, struct err *err)
{
    if (root->field_count != count) {
        return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                       "the key structure has %zu fields, the dataset's key has %zu",
                       root->field_count, count);
    }
    for (size_t i = 0; i < count; i++) {
        const struct sch_field *field = sch_find_field(root, columns[i].field);
        if (field == NULL) {
            return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                           "the key structure has no field \"%.100s\"", columns[i].field);
        }
        column_of[field - root->fields] = (int32_t)i;
    }
    return 0;
}

static int check_columns(const struct column *columns, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!keyenc_allows(columns[i].type)) {
            return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                           "\"%.100s\" is %s, which no key can be", columns[i].field,
                           column_type_name(columns[i].type));
        }
    }
    return 0;
}

struct sch_plan *sch_key_plan_compile(struct sch_schema *key_schema, const struct column *columns,
                                      size_t count, struct err *err)
{
    const struct sch_type *root = sch_root(key_schema);
    struct sch_plan_spec spec = {
        .structure = key_schema, .columns = columns, .column_count = count};
    if (check_columns(columns, count, err) != 0) {
        return NULL;
    }
    if (root->kind != SCH_RECORD) {
        if (count != 1) {
            err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                    "the key structure has 1 field, the dataset's key has %zu", count);
            return NULL;
        }
        return sch_plan_compile(&spec, err);
    }
    struct arena scratch = ARENA_INIT;
    int32_t *column_of = arena_calloc(&scratch, root->field_count + 1, sizeof(*column_of));
    struct sch_plan *plan = NULL;
    if (column_of == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a key plan");
    } else if (pair_fields(root, columns, count, column_of, err) == 0) {
        spec.column_of = column_of;
        plan = sch_plan_compile(&spec, err);
    }
    arena_fini(&scratch);
    return plan;
}

/* Big-endian, as Kafka's own serialisers of whole numbers write it. */
static int read_binary(const struct column *column, enum sch_key_format format,
                       const uint8_t *bytes, size_t len, struct cell *cell, struct err *err)
{
    size_t size = format == SCH_KEY_LONG ? sizeof(int64_t) : sizeof(int32_t);
    if (column->type != COLUMN_BIGINT || len != size) {
        err_set(err, ERR_KIND_POISON, ERR_KEY_FORMAT, "the key is not %zu bytes of a bigint field",
                size);
        err_path_prepend(err, column->field);
        return -1;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = value << 8 | bytes[i];
    }
    *cell = (struct cell){.type = CELL_I64,
                          .column_type = COLUMN_BIGINT,
                          .i = format == SCH_KEY_LONG ? (int64_t)value : (int32_t)value};
    return 0;
}

int sch_key_read(enum sch_key_format format, const struct column *columns, size_t count,
                 const uint8_t *bytes, size_t len, struct arena *arena, struct cell *cells,
                 struct err *err)
{
    if (bytes == NULL) {
        return err_set(err, ERR_KIND_POISON, ERR_MISSING_KEY, "the event has no key");
    }
    if (format == SCH_KEY_JSON) {
        return sch_key_json(columns, count, bytes, len, arena, cells, err);
    }
    if (count != 1) {
        return err_set(err, ERR_KIND_POISON, ERR_KEY_FORMAT,
                       "a key of %zu fields cannot be read from %s", count, format_names[format]);
    }
    switch (format) {
    case SCH_KEY_AUTO:
    case SCH_KEY_TEXT: return sch_key_text(&columns[0], bytes, len, arena, &cells[0], err);
    case SCH_KEY_LONG:
    case SCH_KEY_INT: return read_binary(&columns[0], format, bytes, len, &cells[0], err);
    default:
        return err_set(err, ERR_KIND_POISON, ERR_KEY_FORMAT, "the key's structure is not known");
    }
}
