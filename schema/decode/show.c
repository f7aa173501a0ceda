/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/show.c - see the header.
 *
 * A walk over the structure, in step with the bytes: it is for one event that a person looks at, not for the events' way
 * (schema/decode/decode.c). Every value writes at least a byte, so the limit of the output also ends a structure that holds itself
 * without a byte between, and lists of a billion nothings. */
#include "schema/decode/show.h"

#include <math.h>

#include "base/cell.h"
#include "base/jsonw.h"
#include "schema/decode/read_priv.h"

enum { MAX_LEVELS = 60 }; /* of JSON: base/jsonw.h has 64 */

struct walk {
    const struct sch_show *how;
    const uint8_t *begin;
    const uint8_t *at;
    const uint8_t *end;
    struct jsonw w;
    struct buf path;
    enum err_code fault;
};

static void walk_value(struct walk *walk, const struct sch_type *type);

static void stop(struct walk *walk, enum err_code fault)
{
    if (walk->fault == ERR_NONE) {
        walk->fault = fault;
    }
}

static bool has_stopped(struct walk *walk)
{
    if (walk->w.out->len > walk->how->most_bytes || walk->w.depth >= MAX_LEVELS) {
        stop(walk, walk->w.depth >= MAX_LEVELS ? ERR_TOO_DEEP : ERR_TOO_LARGE);
    }
    return walk->fault != ERR_NONE || buf_failed(walk->w.out);
}

/* ---- scalars ---- */

static bool take_long(struct walk *walk, int64_t *value)
{
    const uint8_t *next = read_long(walk->at, walk->end, value);
    if (next == NULL) {
        stop(walk, sch_varint_fault(walk->at, walk->end));
        return false;
    }
    walk->at = next;
    return true;
}

/* So many bytes that follow. */
static const uint8_t *take_fixed(struct walk *walk, size_t len)
{
    if ((size_t)(walk->end - walk->at) < len) {
        stop(walk, ERR_TRUNCATED);
        return NULL;
    }
    const uint8_t *bytes = walk->at;
    walk->at += len;
    return bytes;
}

/* Bytes with their length in front, or so many as a fixed has. */
static const uint8_t *take_bytes(struct walk *walk, const struct sch_type *type, uint32_t *len)
{
    *len = type->size;
    if (type->kind == SCH_FIXED) {
        return take_fixed(walk, *len);
    }
    const uint8_t *bytes = read_length(walk->at, walk->end, len);
    if (bytes == NULL) {
        stop(walk, sch_length_fault(walk->at, walk->end));
        return NULL;
    }
    walk->at = bytes + *len;
    return bytes;
}

/* A value that was written whole and ends in a quote ends in "…" now. */
static void mark_cut(struct walk *walk)
{
    if (!buf_failed(walk->w.out)) {
        walk->w.out->len--;
        buf_put_str(walk->w.out, "…\"");
    }
}

static void put_cell(struct walk *walk, const struct cell *cell, enum column_type type)
{
    struct buf text = BUF_INIT;
    cell_print_json(&text, cell, type);
    jsonw_raw(&walk->w, buf_cstr(&text));
    walk->w.out->failed = walk->w.out->failed || buf_failed(&text);
    buf_fini(&text);
}

static size_t letter_bytes(const uint8_t *p, size_t left)
{
    for (size_t len = 1; len <= 4 && len <= left; len++) {
        if (utf8_is_text(p, len)) {
            return len;
        }
    }
    return 0;
}

/* U+0000 and bytes that are no letter become U+FFFD. */
static void put_text(struct walk *walk, const uint8_t *p, size_t len)
{
    const size_t shown = len < SCH_SHOWN_TEXT_BYTES ? len : SCH_SHOWN_TEXT_BYTES;
    struct buf clean = BUF_INIT;
    for (size_t i = 0; i < shown;) {
        size_t letter = letter_bytes(p + i, len - i);
        if (letter > 0) {
            buf_put(&clean, p + i, letter);
            i += letter;
        } else {
            buf_put_str(&clean, "\xEF\xBF\xBD");
            i++;
        }
    }
    jsonw_str_n(&walk->w, (const char *)clean.data, clean.len);
    walk->w.out->failed = walk->w.out->failed || buf_failed(&clean);
    buf_fini(&clean);
    if (shown < len) {
        mark_cut(walk);
    }
}

static void put_bytes_shown(struct walk *walk, const uint8_t *p, uint32_t len)
{
    const uint32_t shown = len < SCH_SHOWN_TEXT_BYTES ? len : SCH_SHOWN_TEXT_BYTES;
    put_cell(walk, &(struct cell){.type = CELL_BYTES, .p = p, .len = shown}, COLUMN_BYTEA);
    if (shown < len) {
        mark_cut(walk);
    }
}

static void walk_bytes(struct walk *walk, const struct sch_type *type)
{
    uint32_t len;
    const uint8_t *p = take_bytes(walk, type, &len);
    if (p == NULL) {
        jsonw_null(&walk->w);
    } else if (type->logical == SCH_DECIMAL && len > 0 && len <= SCH_SHOWN_TEXT_BYTES) {
        put_cell(walk,
                 &(struct cell){
                     .type = CELL_DECIMAL, .p = p, .len = len, .scale = (uint16_t)type->scale},
                 COLUMN_NUMERIC);
    } else if (type->logical == SCH_UUID && type->kind == SCH_FIXED && len == 16) {
        put_cell(walk, &(struct cell){.type = CELL_UUID, .p = p}, COLUMN_UUID);
    } else if (type->kind == SCH_STRING) {
        put_text(walk, p, len);
    } else {
        put_bytes_shown(walk, p, len);
    }
}

/* What a whole number is: of a time, in microseconds. False: it is a number and nothing else, or out of range. */
static bool time_of(enum sch_logical logical, int64_t *value, enum column_type *type)
{
    static const struct {
        enum sch_logical logical;
        enum column_type type;
        int64_t factor;
        int64_t least;
        int64_t most;
    } times[] = {
        {SCH_DATE, COLUMN_DATE, 1, CELL_DATE_MIN_DAYS, CELL_DATE_MAX_DAYS},
        {SCH_TIME_MILLIS, COLUMN_TIME, 1000, 0, CELL_TIME_MAX_US},
        {SCH_TIME_MICROS, COLUMN_TIME, 1, 0, CELL_TIME_MAX_US},
        {SCH_TIMESTAMP_MILLIS, COLUMN_TIMESTAMPTZ, 1000, CELL_TIMESTAMP_MIN_US,
         CELL_TIMESTAMP_MAX_US},
        {SCH_TIMESTAMP_MICROS, COLUMN_TIMESTAMPTZ, 1, CELL_TIMESTAMP_MIN_US, CELL_TIMESTAMP_MAX_US},
        {SCH_LOCAL_TIMESTAMP_MILLIS, COLUMN_TIMESTAMP, 1000, CELL_TIMESTAMP_MIN_US,
         CELL_TIMESTAMP_MAX_US},
        {SCH_LOCAL_TIMESTAMP_MICROS, COLUMN_TIMESTAMP, 1, CELL_TIMESTAMP_MIN_US,
         CELL_TIMESTAMP_MAX_US},
    };
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        if (times[i].logical == logical && *value >= times[i].least / times[i].factor &&
            *value <= times[i].most / times[i].factor) {
            *value *= times[i].factor;
            *type = times[i].type;
            return true;
        }
    }
    return false;
}

static void walk_number(struct walk *walk, const struct sch_type *type)
{
    enum column_type shown = COLUMN_BIGINT;
    int64_t value;
    if (!take_long(walk, &value)) {
        jsonw_null(&walk->w);
    } else if (time_of(type->logical, &value, &shown)) {
        put_cell(walk, &(struct cell){.type = CELL_I64, .i = value}, shown);
    } else {
        jsonw_int(&walk->w, value);
    }
}

static void walk_float(struct walk *walk, const struct sch_type *type)
{
    const bool is_double = type->kind == SCH_DOUBLE;
    const uint8_t *p = take_fixed(walk, is_double ? sizeof(double) : sizeof(float));
    uint64_t bits = 0;
    double value = NAN;
    if (p == NULL) {
        jsonw_null(&walk->w);
        return;
    }
    if (is_double) {
        memcpy(&bits, p, sizeof(bits));
        bits = le64toh(bits);
        memcpy(&value, &bits, sizeof(value));
    } else {
        uint32_t few;
        float small;
        memcpy(&few, p, sizeof(few));
        few = le32toh(few);
        memcpy(&small, &few, sizeof(small));
        value = (double)small;
    }
    put_cell(walk, &(struct cell){.type = CELL_F64, .d = value}, COLUMN_DOUBLE);
}

static void walk_boolean(struct walk *walk)
{
    const uint8_t *p = take_fixed(walk, 1);
    if (p != NULL && *p > 1) {
        walk->at = p;
        stop(walk, ERR_BAD_BOOLEAN);
    }
    if (p == NULL || walk->fault != ERR_NONE) {
        jsonw_null(&walk->w);
    } else {
        jsonw_bool(&walk->w, *p == 1);
    }
}

static void walk_enum(struct walk *walk, const struct sch_type *type)
{
    const uint8_t *p = walk->at;
    int64_t index = 0;
    if (take_long(walk, &index) && (index < 0 || (uint64_t)index >= type->symbols.count)) {
        walk->at = p;
        stop(walk, ERR_BAD_ENUM);
    }
    jsonw_str(&walk->w, walk->fault == ERR_NONE ? type->symbols.items[index] : NULL);
}

/* ---- what has others in it ---- */

/* Given a hidden field, then it is read as any other, and what was written of it is taken back. */
static void walk_field(struct walk *walk, const struct sch_field *field)
{
    const size_t path_len = walk->path.len;
    jsonw_key(&walk->w, field->name);
    const struct jsonw before = walk->w;
    const size_t len = walk->w.out->len;
    buf_put_u8(&walk->path, '/');
    buf_put_str(&walk->path, field->name);
    walk_value(walk, field->type);
    if (walk->how->hides != NULL && walk->how->hides(walk->how->arg, buf_cstr(&walk->path)) &&
        !buf_failed(walk->w.out)) {
        walk->w = before;
        walk->w.out->len = len;
        jsonw_null(&walk->w);
    }
    walk->path.len = path_len;
}

static void walk_record(struct walk *walk, const struct sch_type *type)
{
    jsonw_open(&walk->w, '{');
    for (size_t i = 0; i < type->field_count && !has_stopped(walk); i++) {
        walk_field(walk, &type->fields[i]);
    }
    jsonw_close(&walk->w, '}');
}

/* False: the list ends here, or cannot be read. */
static bool take_block(struct walk *walk, uint64_t *count)
{
    const uint8_t *p = walk->at;
    int64_t items;
    int64_t size;
    if (!take_long(walk, &items) || items == 0) {
        return false;
    }
    if (items < 0 && (!take_long(walk, &size) || items == INT64_MIN)) {
        walk->at = p;
        stop(walk, ERR_BAD_LENGTH);
        return false;
    }
    *count = (uint64_t)(items < 0 ? -items : items);
    return true;
}

static void walk_item(struct walk *walk, const struct sch_type *type)
{
    static const struct sch_type text = {.kind = SCH_STRING};
    uint32_t len;
    if (type->kind == SCH_MAP) {
        const uint8_t *key = take_bytes(walk, &text, &len);
        if (key == NULL) {
            return;
        }
        struct jsonw *w = &walk->w;
        put_text(walk, key, len);
        buf_put_u8(w->out, ':');
        w->after_key = true;
    }
    walk_value(walk, type->items);
}

static void walk_items(struct walk *walk, const struct sch_type *type)
{
    const bool is_map = type->kind == SCH_MAP;
    uint64_t count;
    jsonw_open(&walk->w, is_map ? '{' : '[');
    while (!has_stopped(walk) && take_block(walk, &count)) {
        for (uint64_t i = 0; i < count && !has_stopped(walk); i++) {
            walk_item(walk, type);
        }
    }
    jsonw_close(&walk->w, is_map ? '}' : ']');
}

static const char *branch_name(const struct sch_type *type)
{
    static const char *const names[] = {
        [SCH_BOOLEAN] = "boolean", [SCH_INT] = "int",       [SCH_LONG] = "long",
        [SCH_FLOAT] = "float",     [SCH_DOUBLE] = "double", [SCH_BYTES] = "bytes",
        [SCH_STRING] = "string",   [SCH_ARRAY] = "array",   [SCH_MAP] = "map"};
    return type->name != NULL ? type->name : names[type->kind];
}

static void walk_union(struct walk *walk, const struct sch_type *type)
{
    const uint8_t *p = walk->at;
    int64_t index = 0;
    size_t values = 0;
    for (size_t i = 0; i < type->branch_count; i++) {
        values += type->branches[i]->kind != SCH_NULL;
    }
    if (take_long(walk, &index) && (index < 0 || (uint64_t)index >= type->branch_count)) {
        walk->at = p;
        stop(walk, ERR_BAD_BRANCH);
    }
    const struct sch_type *branch = walk->fault == ERR_NONE ? type->branches[index] : NULL;
    if (branch == NULL || branch->kind == SCH_NULL) {
        jsonw_null(&walk->w);
    } else if (values < 2) {
        walk_value(walk, branch);
    } else {
        jsonw_open(&walk->w, '{');
        jsonw_key(&walk->w, branch_name(branch));
        walk_value(walk, branch);
        jsonw_close(&walk->w, '}');
    }
}

static void walk_value(struct walk *walk, const struct sch_type *type)
{
    if (has_stopped(walk)) {
        jsonw_null(&walk->w);
        return;
    }
    switch (type->kind) {
    case SCH_NULL: jsonw_null(&walk->w); break;
    case SCH_BOOLEAN: walk_boolean(walk); break;
    case SCH_INT:
    case SCH_LONG: walk_number(walk, type); break;
    case SCH_FLOAT:
    case SCH_DOUBLE: walk_float(walk, type); break;
    case SCH_BYTES:
    case SCH_STRING:
    case SCH_FIXED: walk_bytes(walk, type); break;
    case SCH_ENUM: walk_enum(walk, type); break;
    case SCH_RECORD: walk_record(walk, type); break;
    case SCH_ARRAY:
    case SCH_MAP: walk_items(walk, type); break;
    case SCH_UNION: walk_union(walk, type); break;
    }
}

void sch_show(const struct sch_schema *schema, const uint8_t *bytes, size_t len,
              const struct sch_show *how, struct buf *out, struct sch_shown *shown)
{
    static const uint8_t none[1];
    const uint8_t *begin = bytes != NULL ? bytes : none;
    struct walk walk = {.how = how,
                        .begin = begin,
                        .at = begin,
                        .end = begin + len,
                        .w = jsonw_to(out),
                        .path = BUF_INIT,
                        .fault = ERR_NONE};
    walk_value(&walk, sch_root(schema));
    if (walk.at < walk.end) {
        stop(&walk, ERR_TRAILING_BYTES);
    }
    *shown = (struct sch_shown){.fault = walk.fault, .ends_at = (size_t)(walk.at - walk.begin)};
    out->failed = out->failed || buf_failed(&walk.path);
    buf_fini(&walk.path);
}
