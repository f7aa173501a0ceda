/* SPDX-License-Identifier: Apache-2.0
 * base/keyenc.c - see the header for the format. */
#include "base/keyenc.h"

bool keyenc_allows(enum column_type type)
{
    switch (type) {
    case COLUMN_TEXT:
    case COLUMN_BIGINT:
    case COLUMN_DATE:
    case COLUMN_UUID:
    case COLUMN_BYTEA: return true;
    case COLUMN_DOUBLE:
    case COLUMN_BOOLEAN:
    case COLUMN_NUMERIC:
    case COLUMN_TIME:
    case COLUMN_TIMESTAMPTZ:
    case COLUMN_TIMESTAMP:
    case COLUMN_JSONB: return false;
    }
    return false;
}

static void put_escaped(struct buf *out, const uint8_t *bytes, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        buf_put_u8(out, bytes[i]);
        if (bytes[i] == 0x00) {
            buf_put_u8(out, 0xFF);
        }
    }
    buf_put_be16(out, 0);
}

void keyenc_put(struct buf *out, const struct cell *cell, enum column_type type, bool last)
{
    switch (type) {
    case COLUMN_BIGINT:
    case COLUMN_DATE: buf_put_be64(out, (uint64_t)cell->i ^ (UINT64_C(1) << 63)); break;
    case COLUMN_UUID: buf_put(out, cell->p, 16); break;
    default:
        if (last) {
            buf_put(out, cell->p, cell->len);
        } else {
            put_escaped(out, cell->p, cell->len);
        }
        break;
    }
}
