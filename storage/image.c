/* SPDX-License-Identifier: Apache-2.0
 * storage/image.c - a row of cells as the fields of PostgreSQL's COPY BINARY format.
 *
 * Run by the lane for each accepted event, as soon as its verdict is known, so that an event's
 * values are encoded once: state and history copy the bytes. Network order; dates and times count
 * from 2000-01-01; numeric is base-10000 digits, most significant first.
 *
 * Ranges are the decoder's business (base/cell.h). Failure (no memory) is the buffer's, and sticky.
 */
#include "storage/batch.h"

#include "storage/numeric.h"
#include "storage/order.h"

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

void sto_image_put(struct buf *out, const struct sto_table *table, const struct cell *cells,
                   bool is_delete)
{
    for (size_t c = 0; c < table->column_count; c++) {
        const struct cell *cell = &cells[c];
        if (cell->type == CELL_NULL || cell->type == CELL_UNCHANGED ||
            (is_delete && !is_key(table, c))) {
            put_null(out);
        } else {
            put_field(out, cell, table->columns[c].type);
        }
    }
}
