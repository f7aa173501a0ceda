/* SPDX-License-Identifier: Apache-2.0
 * schema/encode/encode.c - the document is parsed, a value of Avro-C's is filled with it, field by field, and written.
 *
 * Avro-C 1.11 forgets defaults and logical types; so what an absent member means, and what a time is, is decided here. It is
 * given nothing that comes from outside: neither the schema nor the document is a client's. */
#include "schema/encode/encode.h"

#include <avro.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "schema/encode/time_priv.h"

enum { FRAME_BYTES = 5 };

struct sch_encoder {
    avro_schema_t schema;
    avro_value_iface_t *class;
};

struct sch_encoder *sch_encoder_new(const char *schema, size_t len, struct err *err)
{
    struct sch_encoder *encoder = calloc(1, sizeof(*encoder));
    if (encoder == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for an encoder");
        return NULL;
    }
    if (avro_schema_from_json_length(schema, len, &encoder->schema) != 0) {
        encoder->schema = NULL;
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "Avro-C does not read the schema: %.300s",
                avro_strerror());
        sch_encoder_free(&encoder);
        return NULL;
    }
    encoder->class = avro_generic_class_from_schema(encoder->schema);
    if (encoder->class == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for an encoder");
        sch_encoder_free(&encoder);
    }
    return encoder;
}

void sch_encoder_free(struct sch_encoder **taken)
{
    struct sch_encoder *encoder = *taken;
    *taken = NULL;
    if (encoder != NULL) {
        if (encoder->class != NULL) {
            avro_value_iface_decref(encoder->class);
        }
        if (encoder->schema != NULL) {
            avro_schema_decref(encoder->schema);
        }
        free(encoder);
    }
}

/* ---- filling ---- */

static int fill(avro_value_t *to, const json_t *from, struct err *err);

static int misfit(const char *wanted, struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_BUG, "the document has no %s where the structure does",
                   wanted);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a value of Avro");
}

static int checked(int failed, struct err *err)
{
    return failed == 0 ? 0 : no_memory(err);
}

/* The first branch that is null, or that is not; -1: there is none. */
static int branch_of(avro_schema_t schema, bool is_null)
{
    size_t count = avro_schema_union_size(schema);
    for (size_t i = 0; i < count; i++) {
        if ((avro_typeof(avro_schema_union_branch(schema, (int)i)) == AVRO_NULL) == is_null) {
            return (int)i;
        }
    }
    return -1;
}

static int fill_union(avro_value_t *to, const json_t *from, struct err *err)
{
    avro_value_t branch;
    bool is_null = from == NULL || json_is_null(from);
    int number = branch_of(avro_value_get_schema(to), is_null);
    if (number < 0) {
        return misfit(is_null ? "value" : "null", err);
    }
    if (avro_value_set_branch(to, number, &branch) != 0) {
        return no_memory(err);
    }
    return fill(&branch, from, err);
}

static int fill_record(avro_value_t *to, const json_t *from, struct err *err)
{
    size_t count = 0;
    if (!json_is_object(from)) {
        return misfit("object", err);
    }
    (void)avro_value_get_size(to, &count);
    for (size_t i = 0; i < count; i++) {
        avro_value_t field;
        const char *name;
        if (avro_value_get_by_index(to, i, &field, &name) != 0) {
            return no_memory(err);
        }
        if (fill(&field, json_object_get(from, name), err) != 0) {
            err_path_prepend(err, name);
            return -1;
        }
    }
    return 0;
}

static int fill_array(avro_value_t *to, const json_t *from, struct err *err)
{
    if (from != NULL && !json_is_array(from)) {
        return misfit("array", err);
    }
    for (size_t i = 0; i < json_array_size(from); i++) {
        avro_value_t item;
        if (avro_value_append(to, &item, NULL) != 0) {
            return no_memory(err);
        }
        if (fill(&item, json_array_get(from, i), err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int fill_text(avro_value_t *to, const json_t *from, struct err *err)
{
    if (!json_is_string(from)) {
        return misfit("string", err);
    }
    /* Avro-C counts the NUL. Its parameter is not const, and it copies. */
    return checked(avro_value_set_string_len(to, (char *)json_string_value(from),
                                             json_string_length(from) + 1),
                   err);
}

static int fill_long(avro_value_t *to, const json_t *from, struct err *err)
{
    int64_t value;
    if (json_is_string(from) && sch_time_read(json_string_value(from), &value)) {
        return checked(avro_value_set_long(to, value), err);
    }
    return json_is_integer(from) ? checked(avro_value_set_long(to, json_integer_value(from)), err)
                                 : misfit("integer or time", err);
}

static int fill_int(avro_value_t *to, const json_t *from, struct err *err)
{
    json_int_t value = json_integer_value(from);
    return json_is_integer(from) && value >= INT32_MIN && value <= INT32_MAX
               ? checked(avro_value_set_int(to, (int32_t)value), err)
               : misfit("integer of 32 bits", err);
}

static int fill_boolean(avro_value_t *to, const json_t *from, struct err *err)
{
    return from == NULL || json_is_boolean(from)
               ? checked(avro_value_set_boolean(to, json_is_true(from)), err)
               : misfit("boolean", err);
}

static int fill(avro_value_t *to, const json_t *from, struct err *err)
{
    switch (avro_value_get_type(to)) {
    case AVRO_UNION: return fill_union(to, from, err);
    case AVRO_RECORD: return fill_record(to, from, err);
    case AVRO_ARRAY: return fill_array(to, from, err);
    case AVRO_STRING: return fill_text(to, from, err);
    case AVRO_INT32: return fill_int(to, from, err);
    case AVRO_INT64: return fill_long(to, from, err);
    case AVRO_BOOLEAN: return fill_boolean(to, from, err);
    case AVRO_NULL: return checked(avro_value_set_null(to), err);
    default:
        return err_set(err, ERR_KIND_FATAL, ERR_BUG, "the structure has a type that is not sent");
    }
}

/* ---- writing ---- */

static int write_framed(avro_value_t *value, int32_t schema_id, struct buf *out, struct err *err)
{
    const uint32_t id = (uint32_t)schema_id;
    const uint8_t frame[FRAME_BYTES] = {0, (uint8_t)(id >> 24), (uint8_t)(id >> 16),
                                        (uint8_t)(id >> 8), (uint8_t)id};
    size_t size = 0;
    size_t before = out->len;
    avro_writer_t writer = NULL;
    uint8_t *room =
        avro_value_sizeof(value, &size) == 0 ? buf_reserve(out, FRAME_BYTES + size) : NULL;
    if (room == NULL ||
        (writer = avro_writer_memory((char *)room + FRAME_BYTES, (int64_t)size)) == NULL) {
        return no_memory(err);
    }
    memcpy(room, frame, FRAME_BYTES);
    out->len = before + FRAME_BYTES + size;
    bool failed = avro_value_write(writer, value) != 0;
    avro_writer_free(writer);
    if (failed) {
        out->len = before;
        return err_set(err, ERR_KIND_FATAL, ERR_BUG, "Avro-C does not write the value: %.300s",
                       avro_strerror());
    }
    return 0;
}

int sch_encode(struct sch_encoder *encoder, int32_t schema_id, const char *json, struct buf *out,
               struct err *err)
{
    avro_value_t value;
    json_error_t where;
    json_t *document = json_loads(json, JSON_ALLOW_NUL, &where);
    if (document == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_BUG, "the document is no JSON: %.160s", where.text);
    }
    if (avro_generic_value_new(encoder->class, &value) != 0) {
        json_decref(document);
        return no_memory(err);
    }
    int rc = fill(&value, document, err);
    rc = rc == 0 ? write_framed(&value, schema_id, out, err) : -1;
    avro_value_decref(&value);
    json_decref(document);
    return rc;
}
