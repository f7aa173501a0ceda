/* SPDX-License-Identifier: Apache-2.0
 * base/cell.h - typed values, the one currency between schema/ and storage/.
 *
 * A row is an array of cells, one a column. A cell is 16 bytes and owns nothing: bytes are
 * borrowed from the Kafka message or from the batch's arena, and are good until the batch ends.
 *
 * A nested value (record, array, map, wide union) is a *tape*: `len` cells in a row, in document
 * order. An OBJECT cell is followed by KEY, value, KEY, value …; an ARRAY cell by its values;
 * `len` of OBJECT and ARRAY is the number of cells that follow and belong to it, so that a
 * reader can skip it. */
#ifndef BASE_CELL_H
#define BASE_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum cell_type {
    CELL_NULL = 0,
    CELL_UNCHANGED, /* the source did not send the value: keep what the register has */
    CELL_BOOL,      /* i: 0 or 1 */
    CELL_I64,       /* i: a number; or days or microseconds since 1970-01-01, or since midnight */
    CELL_F64,       /* d */
    CELL_BYTES,     /* p, len: UTF-8 text without U+0000, or bytes: the column's type says which */
    CELL_DECIMAL,   /* p, len: big-endian two's complement unscaled value; the scale is `scale` */
    CELL_UUID,      /* p: 16 bytes */
    CELL_NESTED,    /* tape, len: cells on the tape */
    CELL_OBJECT,    /* on a tape only */
    CELL_ARRAY,     /* on a tape only */
    CELL_KEY        /* on a tape only: p, len: UTF-8 */
};

/* What a value is in the register; a column has one, and so has a scalar on a tape
 * (cell.column_type), where it decides how JSON shows it. */
enum column_type {
    COLUMN_TEXT = 0,
    COLUMN_BIGINT,
    COLUMN_DOUBLE,
    COLUMN_BOOLEAN,
    COLUMN_BYTEA,
    COLUMN_NUMERIC,
    COLUMN_DATE,
    COLUMN_TIME,        /* microseconds since midnight */
    COLUMN_TIMESTAMPTZ, /* microseconds since 1970-01-01 UTC */
    COLUMN_TIMESTAMP,   /* microseconds since 1970-01-01, no zone */
    COLUMN_UUID,
    COLUMN_JSONB
};

struct cell {
    uint8_t type;        /* enum cell_type */
    uint8_t column_type; /* enum column_type; on a tape only */
    uint16_t scale;      /* CELL_DECIMAL only */
    uint32_t len;
    union {
        int64_t i;
        double d;
        const uint8_t *p;
        const struct cell *tape;
    };
};

/* How many cells the value takes on its tape. */
static inline uint32_t cell_span(const struct cell *cell)
{
    return cell->type == CELL_OBJECT || cell->type == CELL_ARRAY ? cell->len + 1 : 1;
}

/* A column of a dataset's tables. */
struct column {
    const char *name; /* in the register's tables */
    enum column_type type;
    int precision;     /* numeric only */
    int scale;         /* numeric only */
    const char *field; /* in the Avro schema: most often the same */
    const char *shown; /* by which readers know it now: not yet `name`, or no more; NULL: by none */
};

const char *column_type_name(enum column_type type); /* the SQL name: "timestamptz" … */
bool column_type_parse(const char *name, enum column_type *type);

/* Ranges that PostgreSQL 15 stores; validation refuses any other value. */
#define CELL_DATE_MIN_DAYS    INT64_C(-2440588)            /* 4714-11-24 BC */
#define CELL_DATE_MAX_DAYS    INT64_C(2145042905)          /* 5874897-12-31 */
#define CELL_TIMESTAMP_MIN_US INT64_C(-210866803200000000) /* 4714-11-24 BC */
#define CELL_TIMESTAMP_MAX_US INT64_C(9223371331199999999) /* 294247-01-01 */
#define CELL_TIME_MAX_US      INT64_C(86400000000)         /* 24:00:00 */

/* Prints a value as JSON: numbers exact, dates and times ISO 8601, bytes base64, decimals as
 * numbers. */
void cell_print_json(struct buf *out, const struct cell *cell, enum column_type type);

#endif
