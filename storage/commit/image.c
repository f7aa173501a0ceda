/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/image.c - a row of cells as the fields of PostgreSQL's COPY BINARY format.
 *
 * The lane encodes each accepted event once, as soon as its verdict is known: state and history copy the
 * bytes. Network order; dates and times count from 2000-01-01; numeric is base-10000 digits, most
 * significant first. The event's content is computed with it: two events with one order are compared by
 * it. The decoder checks ranges (base/cell.h). */
#include "storage/commit/batch.h"

#include "base/hash.h"
#include "storage/commit/numeric.h"
#include "storage/commit/order.h"

enum { PG_EPOCH_DAYS = 10957, JSONB_VERSION = 1 };

static void put_null(struct buf *out)
{
    buf_put_be32(out, UINT32_MAX);
}

static void put_4(struct buf *out, uint32_t v)
{
    uint8_t *to = buf_reserve(out, 8);
    if (to == NULL) {
        return;
    }
    const uint32_t words[2] = {htobe32(4), htobe32(v)};
    memcpy(to, words, sizeof(words));
    out->len += sizeof(words);
}

static void put_8(struct buf *out, uint64_t v)
{
    uint8_t *to = buf_reserve(out, 12);
    if (to == NULL) {
        return;
    }
    const uint32_t len = htobe32(8);
    v = htobe64(v);
    memcpy(to, &len, sizeof(len));
    memcpy(to + sizeof(len), &v, sizeof(v));
    out->len += 12;
}

static void put_bytes(struct buf *out, const uint8_t *bytes, uint32_t len)
{
    uint8_t *to = buf_reserve(out, sizeof(len) + (size_t)len);
    if (to == NULL) {
        return;
    }
    const uint32_t be_len = htobe32(len);
    memcpy(to, &be_len, sizeof(be_len));
    if (len > 0) {
        memcpy(to + sizeof(be_len), bytes, len);
    }
    out->len += sizeof(be_len) + len;
}

/* A field whose length is known only afterwards. */
static size_t open_field(struct buf *out)
{
    size_t at = out->len;
    put_null(out);
    return at;
}

static void close_field(struct buf *out, size_t at)
{
    if (!out->failed) {
        const uint32_t len = htobe32((uint32_t)(out->len - at - sizeof(len)));
        memcpy(out->data + at, &len, sizeof(len));
    }
}

static void put_jsonb(struct buf *out, const struct cell *cell)
{
    size_t at = open_field(out);
    buf_put_u8(out, JSONB_VERSION);
    cell_print_json(out, cell, COLUMN_JSONB);
    close_field(out, at);
}

static void put_double(struct buf *out, double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof(bits));
    put_8(out, bits);
}

static void put_field(struct buf *out, const struct cell *cell, enum column_type type)
{
    switch (type) {
    case COLUMN_TEXT:
    case COLUMN_BYTEA: put_bytes(out, cell->p, cell->len); break;
    case COLUMN_BIGINT:
    case COLUMN_TIME: put_8(out, (uint64_t)cell->i); break;
    case COLUMN_DOUBLE: put_double(out, cell->d); break;
    case COLUMN_BOOLEAN: {
        const uint8_t v = cell->i != 0;
        put_bytes(out, &v, 1);
        break;
    }
    case COLUMN_NUMERIC: {
        size_t at = open_field(out);
        sto_numeric_put(out, cell->p, cell->len, cell->scale);
        close_field(out, at);
        break;
    }
    case COLUMN_DATE: put_4(out, (uint32_t)(cell->i - PG_EPOCH_DAYS)); break;
    case COLUMN_TIMESTAMPTZ:
    case COLUMN_TIMESTAMP: put_8(out, (uint64_t)cell->i - (uint64_t)STO_PG_EPOCH_US); break;
    case COLUMN_UUID: put_bytes(out, cell->p, 16); break;
    case COLUMN_JSONB: put_jsonb(out, cell); break;
    }
}

static bool is_key(const struct sto_table *table, size_t column)
{
    for (size_t k = 0; k < table->key_count; k++) {
        if (table->key_columns[k] == column) {
            return true;
        }
    }
    return false;
}

/* ---- content ---- */

static uint64_t mix(uint64_t a, uint64_t b)
{
    const uint64_t both[2] = {a, b};
    return hash_bytes(both, sizeof(both), 0);
}

static uint64_t hash_scalar(const struct cell *cell)
{
    switch ((enum cell_type)cell->type) {
    case CELL_BYTES:
    case CELL_DECIMAL: return hash_bytes(cell->p, cell->len, cell->type);
    case CELL_UUID: return hash_bytes(cell->p, 16, cell->type);
    case CELL_BOOL:
    case CELL_I64:
    case CELL_F64: return hash_bytes(&cell->i, sizeof(cell->i), cell->type);
    default: return cell->type;
    }
}

/* The value at tape[*at]; *at moves behind it. The order of an object's members does not matter: a client
 * writes a map in the order of its hash table, and two structures may have the fields of a record in two
 * orders. The decoder limits the depth. */
static uint64_t hash_value(const struct cell *tape, uint32_t *at)
{
    const struct cell *cell = &tape[(*at)++];
    if (cell->type != CELL_OBJECT && cell->type != CELL_ARRAY) {
        return hash_scalar(cell);
    }
    const uint32_t end = *at + cell->len;
    uint64_t sum = cell->type;
    while (*at < end) {
        if (cell->type == CELL_OBJECT) {
            uint64_t name = hash_bytes(tape[*at].p, tape[*at].len, CELL_KEY);
            (*at)++;
            sum += mix(name, hash_value(tape, at));
        } else {
            sum = mix(sum, hash_value(tape, at));
        }
    }
    return mix(sum, cell->type);
}

/* The hash of the image's bytes from..to, combined with `before`. */
static uint64_t hash_image(const struct buf *image, size_t from, size_t to, uint64_t before)
{
    return image->failed || to <= from ? before : hash_bytes(image->data + from, to - from, before);
}

/* Appends the fields; returns their content. */
static uint64_t put_fields(struct buf *out, const struct sto_table *table, const struct cell *cells,
                           bool is_delete, bool counts)
{
    uint64_t content = 0;
    size_t from = out->len; /* the first byte that is not in the content yet */
    size_t to = out->len;   /* before the nulls at the end: columns may be added there */
    for (size_t c = 0; c < table->column_count; c++) {
        const struct cell *cell = &cells[c];
        if (cell->type == CELL_NULL || (is_delete && !is_key(table, c))) {
            put_null(out);
            continue;
        }
        const size_t begin = out->len;
        put_field(out, cell, table->columns[c].type);
        to = out->len;
        if (counts && cell->type == CELL_NESTED) {
            uint32_t at = 0;
            content = mix(hash_image(out, from, begin, content), hash_value(cell->tape, &at));
            from = out->len;
        }
    }
    return counts ? hash_image(out, from, to, content) : 0;
}

int sto_image_put(struct buf *out, const struct sto_table *table, const struct cell *cells,
                  bool is_delete, int64_t *content, struct err *err)
{
    for (size_t c = 0; c < table->column_count; c++) {
        if (cells[c].type == CELL_UNCHANGED) {
            return err_set(err, ERR_KIND_FATAL, ERR_BUG, "the column %s has no value to store",
                           table->columns[c].name);
        }
    }
    const bool counts = table->has_order && !is_delete;
    uint64_t said = put_fields(out, table, cells, is_delete, counts);
    if (buf_failed(out)) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for an event");
    }
    if (counts && said <= STO_CONTENT_DELETED_BY_ARRIVAL) {
        said += 2;
    }
    *content = (int64_t)said;
    return 0;
}
