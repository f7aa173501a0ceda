/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/array.h - one-dimensional arrays in PostgreSQL's binary form, as statement parameters.
 *
 * An element has the form of a COPY field (int32 length, bytes), so a slice of an image is one. */
#ifndef STORAGE_CONN_ARRAY_H
#define STORAGE_CONN_ARRAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cell.h"
#include "storage/conn/oid.h"

static inline uint32_t sto_column_oid(enum column_type type)
{
    switch (type) {
    case COLUMN_TEXT: return STO_OID_TEXT;
    case COLUMN_BIGINT: return STO_OID_INT8;
    case COLUMN_DOUBLE: return STO_OID_FLOAT8;
    case COLUMN_BOOLEAN: return STO_OID_BOOL;
    case COLUMN_BYTEA: return STO_OID_BYTEA;
    case COLUMN_NUMERIC: return STO_OID_NUMERIC;
    case COLUMN_DATE: return STO_OID_DATE;
    case COLUMN_TIME: return STO_OID_TIME;
    case COLUMN_TIMESTAMPTZ: return STO_OID_TIMESTAMPTZ;
    case COLUMN_TIMESTAMP: return STO_OID_TIMESTAMP;
    case COLUMN_UUID: return STO_OID_UUID;
    case COLUMN_JSONB: return STO_OID_JSONB;
    }
    return 0;
}

/* Then exactly `count` elements follow. */
static inline void sto_array_open(struct buf *out, uint32_t element_oid, size_t count)
{
    buf_put_be32(out, count > 0 ? 1 : 0); /* dimensions */
    buf_put_be32(out, 0);                 /* no nulls */
    buf_put_be32(out, element_oid);
    if (count > 0) {
        buf_put_be32(out, (uint32_t)count);
        buf_put_be32(out, 1); /* the lower bound */
    }
}

static inline void sto_array_int8(struct buf *out, int64_t v)
{
    buf_put_be32(out, 8);
    buf_put_be64(out, (uint64_t)v);
}

static inline void sto_array_int4(struct buf *out, int32_t v)
{
    buf_put_be32(out, 4);
    buf_put_be32(out, (uint32_t)v);
}

#endif
