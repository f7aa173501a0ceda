/* SPDX-License-Identifier: Apache-2.0
 * registry/case_json.c - see the header. */
#include "registry/case_json.h"

#include <endian.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/reason_text.h"
#include "schema/decode/frame.h"
#include "schema/decode/show.h"
#include "schema/parse/parse.h"
#include "storage/report/case.h"
#include "storage/report/json.h"

enum { KEY_JSON_BYTES = 64 * 1024 };

/* What is needed of the row beside the columns that are printed as they stand. */
struct view {
    const struct sto_case *shown;
    bool sees_all;
    const char *key_format;
    const char *order_field;
    const char *structure; /* JSON; NULL: it is not known */
    const char *structure_text;
    const char *key_structure;
    const char *key_text;
    const char *schema_id;
    const char *raw_bytes;
    json_t *key_fields; /* names */
    json_t *classes;    /* {path: classification}; NULL: there is no contract */
    json_t *redacted;   /* {path: null}, in the order in which they were met */
    bool failed;
};

static void fini(struct view *v)
{
    json_decref(v->key_fields);
    json_decref(v->classes);
    json_decref(v->redacted);
}

static json_t *load(const char *text)
{
    return text != NULL ? json_loads(text, 0, NULL) : NULL;
}

static int init(struct view *v, const struct sto_case *shown, struct err *err)
{
    const struct sto_grid *grid = shown->grid;
    const char *fields = sto_grid_get(grid, 0, "key_fields");
    const char *classes = sto_grid_get(grid, 0, "classes");
    *v = (struct view){
        .shown = shown,
        .sees_all = strcmp(sto_grid_get(grid, 0, "sees_all"), "true") == 0,
        .key_format = sto_grid_get(grid, 0, "key_format"),
        .order_field = sto_grid_get(grid, 0, "order_field"),
        .structure = sto_grid_get(grid, 0, "structure"),
        .structure_text = sto_grid_get(grid, 0, "structure_text"),
        .key_structure = sto_grid_get(grid, 0, "key_structure"),
        .key_text = sto_grid_get(grid, 0, "key_text"),
        .schema_id = sto_grid_get(grid, 0, "schema_id"),
        .raw_bytes = sto_grid_get(grid, 0, "raw_bytes"),
        .key_fields = load(fields),
        .classes = load(classes),
        .redacted = json_object(),
    };
    bool failed = v->redacted == NULL || (fields != NULL && v->key_fields == NULL) ||
                  (classes != NULL && v->classes == NULL);
    return failed ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for an event") : 0;
}

/* ---- what is redacted ---- */

static bool is_key_or_order(const struct view *v, const char *field)
{
    size_t i;
    json_t *name;
    json_array_foreach(v->key_fields, i, name)
    {
        if (strcmp(json_string_value(name), field) == 0) {
            return true;
        }
    }
    return v->order_field != NULL && strcmp(v->order_field, field) == 0;
}

/* A field within another one that says nothing of itself is as that one is. */
static bool may_be_seen(const struct view *v, const char *path)
{
    static const char *const open[] = {"public", "internal", "restricted"};
    const char *said = json_string_value(json_object_get(v->classes, path));
    for (size_t i = 0; said != NULL && i < COUNT_OF(open); i++) {
        if (strcmp(said, open[i]) == 0) {
            return true;
        }
    }
    return said == NULL && (strchr(path + 1, '/') != NULL || is_key_or_order(v, path + 1));
}

static bool hides(void *arg, const char *path)
{
    struct view *v = arg;
    if (v->sees_all || may_be_seen(v, path)) {
        return false;
    }
    v->failed = v->failed || json_object_set_new(v->redacted, path, json_null()) != 0;
    return true;
}

static bool hides_key(struct view *v)
{
    size_t i;
    json_t *name;
    bool any = false;
    json_array_foreach(v->key_fields, i, name)
    {
        char path[256];
        snprintf(path, sizeof(path), "/%s", json_string_value(name));
        any = hides(v, path) || any;
    }
    return any;
}

/* ---- decoded ---- */

static void set_fault(struct reg_decoded *out, int64_t at, const char *fault)
{
    out->ends_at_byte = at;
    out->fault = fault;
}

/* text: the structure's. frame: so many bytes stand before the Avro ones, and are counted. */
static void decode_avro(struct view *v, const char *text, const uint8_t *bytes, size_t len,
                        size_t frame, struct reg_decoded *out)
{
    const struct sch_show how = {.most_bytes = REG_CASE_JSON_BYTES, .hides = hides, .arg = v};
    struct sch_shown shown;
    struct err err = ERR_INIT;
    struct sch_schema *schema = sch_parse(text, strlen(text), &err);
    if (schema == NULL) {
        snprintf(out->text, sizeof(out->text), "%s", err.text);
        set_fault(out, 0, out->text);
        return;
    }
    sch_show(schema, bytes + frame, len - frame, &how, &out->json, &shown);
    if (shown.fault != ERR_NONE) {
        set_fault(out, (int64_t)(frame + shown.ends_at), err_sentence(shown.fault));
    }
    /* What is no record has no path. */
    if (sch_root(schema)->kind != SCH_RECORD && bytes == v->shown->key && hides_key(v)) {
        buf_reset(&out->json);
    }
    sch_schema_unref(&schema);
}

/* A frame with this id stands before the bytes; else a header had it. */
static size_t frame_bytes(const uint8_t *bytes, size_t len, const char *schema_id)
{
    struct sch_frame frame;
    struct err err = ERR_INIT;
    return sch_frame_read(bytes, len, NULL, 0, &frame, &err) == 0 &&
                   (schema_id == NULL || strtol(schema_id, NULL, 10) == frame.schema_id)
               ? SCH_FRAME_BYTES
               : 0;
}

/* {"civil_no": …} of a key that is no frame. NULL: it is not of its format. For free(). */
static char *plain_key(const struct view *v)
{
    const uint8_t *key = v->shown->key;
    const size_t len = v->shown->key_len;
    const char *field = json_string_value(json_array_get(v->key_fields, 0));
    json_t *value = NULL;
    if (strcmp(v->key_format, "json") == 0) {
        value = len <= KEY_JSON_BYTES ? json_loadb((const char *)key, len,
                                                   JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL)
                                      : NULL;
    } else if (strcmp(v->key_format, "long") == 0 && len == sizeof(int64_t)) {
        uint64_t be;
        memcpy(&be, key, sizeof(be));
        value = json_integer((json_int_t)be64toh(be));
    } else if (strcmp(v->key_format, "int") == 0 && len == sizeof(int32_t)) {
        uint32_t be;
        memcpy(&be, key, sizeof(be));
        value = json_integer((int32_t)be32toh(be));
    } else if (strcmp(v->key_format, "text") == 0 || strcmp(v->key_format, "auto") == 0) {
        value = json_stringn((const char *)key, len); /* NULL: it is no UTF-8 */
    }
    json_t *object = value == NULL || json_is_object(value) || field == NULL
                         ? value
                         : json_pack("{s:o}", field, value);
    char *text = json_dumps(object, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(object);
    return text;
}

static void decode_key(struct view *v, struct reg_decoded *out)
{
    const struct sto_case *c = v->shown;
    out->structure = v->key_structure;
    if (c->key == NULL || v->key_format == NULL) {
        return;
    }
    if (v->key_text != NULL) {
        decode_avro(v, v->key_text, c->key, c->key_len, frame_bytes(c->key, c->key_len, NULL), out);
        return;
    }
    char *text = plain_key(v);
    if (text == NULL) {
        set_fault(out, 0, err_sentence(ERR_KEY_FORMAT));
    } else if (!hides_key(v)) {
        buf_put_str(&out->json, text);
    }
    free(text);
}

static void decode_value(struct view *v, struct reg_decoded *out)
{
    const struct sto_case *c = v->shown;
    out->structure = v->structure;
    if (c->payload != NULL && v->structure_text == NULL) {
        set_fault(out, 0, err_sentence(ERR_UNKNOWN_STRUCTURE));
    } else if (c->payload != NULL) {
        decode_avro(v, v->structure_text, c->payload, c->payload_len,
                    frame_bytes(c->payload, c->payload_len, v->schema_id), out);
    }
}

static int decode(struct view *v, const struct sto_case *shown, struct reg_decoded *key,
                  struct reg_decoded *value, struct err *err)
{
    const struct reg_decoded nothing = {.json = BUF_INIT, .ends_at_byte = -1};
    *key = *value = nothing;
    if (init(v, shown, err) != 0) {
        return -1;
    }
    decode_key(v, key);
    decode_value(v, value);
    return v->failed || buf_failed(&key->json) || buf_failed(&value->json)
               ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for an event")
               : 0;
}

int reg_case_decode(const struct sto_case *shown, struct reg_decoded *key,
                    struct reg_decoded *value, struct err *err)
{
    struct view v;
    int rc = decode(&v, shown, key, value, err);
    fini(&v);
    return rc;
}

/* ---- JSON ---- */

static void put_decoded(struct jsonw *w, const char *name, struct reg_decoded *d)
{
    jsonw_key(w, name);
    jsonw_open(w, '{');
    jsonw_key(w, "structure");
    jsonw_raw(w, d->structure != NULL ? d->structure : "null");
    jsonw_key(w, "json");
    jsonw_raw(w, d->json.len > 0 ? buf_cstr(&d->json) : "null");
    jsonw_key(w, "ends_at_byte");
    if (d->ends_at_byte >= 0) {
        jsonw_int(w, d->ends_at_byte);
    } else {
        jsonw_null(w);
    }
    jsonw_text(w, "fault", d->fault);
    jsonw_close(w, '}');
}

/* Where decoding did not get to the end; raw bytes show everything. */
static void put_hex(const struct view *v, bool is_whole, struct jsonw *w)
{
    static const char digits[] = "0123456789abcdef";
    const struct sto_case *c = v->shown;
    const size_t len = c->payload_len < REG_CASE_HEX_BYTES ? c->payload_len : REG_CASE_HEX_BYTES;
    char *hex = v->sees_all && !is_whole && c->payload != NULL ? malloc(2 * len + 1) : NULL;
    for (size_t i = 0; hex != NULL && i < len; i++) {
        hex[2 * i] = digits[c->payload[i] >> 4];
        hex[2 * i + 1] = digits[c->payload[i] & 15];
    }
    jsonw_key(w, "hex");
    if (hex != NULL) {
        jsonw_str_n(w, hex, 2 * len);
    } else {
        jsonw_null(w);
    }
    free(hex);
}

static void put_redacted(const struct view *v, struct jsonw *w)
{
    const char *path;
    json_t *none;
    jsonw_key(w, "redacted");
    jsonw_open(w, '[');
    json_object_foreach(v->redacted, path, none)
    {
        jsonw_str(w, path);
    }
    jsonw_close(w, ']');
}

static void put_row(const struct sto_case *shown, struct jsonw *w)
{
    struct sto_grid *grid = shown->grid;
    const char *reason = sto_grid_get(grid, 0, "reason");
    sto_grid_cut_before(grid, "sees_all");
    sto_grid_json_members(grid, 0, w);
    jsonw_text(w, "sentence", reg_reason_text(reason));
    jsonw_text(w, "sentence_ar", reg_reason_text_ar(reason));
}

int reg_case_json(struct sto_case *shown, struct jsonw *w, struct err *err)
{
    struct view v;
    struct reg_decoded key;
    struct reg_decoded value;
    int rc = decode(&v, shown, &key, &value, err);
    if (rc == 0) {
        put_row(shown, w);
        put_decoded(w, "key", &key);
        put_decoded(w, "value", &value);
        put_hex(&v, value.fault == NULL, w);
        put_redacted(&v, w);
        rc = buf_failed(w->out)
                 ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for an event")
                 : 0;
    }
    buf_fini(&key.json);
    buf_fini(&value.json);
    fini(&v);
    return rc;
}
