/* SPDX-License-Identifier: Apache-2.0
 * base/cell_json.c - a cell as compact JSON, such that PostgreSQL's jsonb takes it.
 *
 * Nothing is rounded: integers and decimals keep every digit, doubles have the fewest digits
 * that read back. Dates and times are ISO 8601, with no fraction, three digits of it or six; where
 * ISO 8601 has no notation that PostgreSQL reads, they are PostgreSQL's: years beyond 9999 have more
 * digits, those before 1 end in " BC". So a date or time in the register's JSON can be cast back.
 * Infinities and NaN, which JSON has no number for, are strings. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/cell.h"
#include "base/clock.h"
#include "base/jsonw.h"

enum { MAX_LEVELS = 256, US_PER_SECOND = 1000000, LIMB = 1000000000 };

#define US_PER_DAY INT64_C(86400000000)

/* Answers whether the year is before 1: the text then ends in " BC". There is no year 0. */
static bool put_date(struct buf *out, int64_t days)
{
    int64_t year;
    int month;
    int day;
    clock_civil(days, &year, &month, &day);
    bool before_christ = year < 1;
    buf_printf(out, "%04" PRId64 "-%02d-%02d", before_christ ? 1 - year : year, month, day);
    return before_christ;
}

static void put_time(struct buf *out, int64_t us)
{
    int64_t seconds = us / US_PER_SECOND;
    int fraction = (int)(us % US_PER_SECOND);
    buf_printf(out, "%02d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60),
               (int)(seconds % 60));
    if (fraction % 1000 != 0) {
        buf_printf(out, ".%06d", fraction);
    } else if (fraction != 0) {
        buf_printf(out, ".%03d", fraction / 1000);
    }
}

static bool put_timestamp(struct buf *out, int64_t us)
{
    int64_t days = us / US_PER_DAY;
    int64_t rest = us % US_PER_DAY;
    if (rest < 0) {
        rest += US_PER_DAY;
        days--;
    }
    bool before_christ = put_date(out, days);
    buf_put_u8(out, 'T');
    put_time(out, rest);
    return before_christ;
}

static void put_number(struct buf *out, int64_t value, enum column_type type)
{
    switch (type) {
    case COLUMN_DATE:
    case COLUMN_TIME:
    case COLUMN_TIMESTAMPTZ:
    case COLUMN_TIMESTAMP: break;
    default: buf_printf(out, "%" PRId64, value); return;
    }
    bool before_christ = false;
    buf_put_u8(out, '"');
    if (type == COLUMN_DATE) {
        before_christ = put_date(out, value);
    } else if (type == COLUMN_TIME) {
        put_time(out, value);
    } else {
        before_christ = put_timestamp(out, value);
    }
    buf_put_str(out, type == COLUMN_TIMESTAMPTZ ? "Z" : "");
    buf_put_str(out, before_christ ? " BC\"" : "\"");
}

static void put_double(struct buf *out, double value)
{
    if (isfinite(value)) {
        struct jsonw w = jsonw_to(out);
        jsonw_double(&w, value);
    } else {
        buf_put_str(out, isnan(value) ? "\"NaN\"" : value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
    }
}

static void put_uuid(struct buf *out, const uint8_t *p)
{
    buf_put_u8(out, '"');
    for (int i = 0; i < 16; i++) {
        buf_printf(out, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", p[i]);
    }
    buf_put_u8(out, '"');
}

/* Appends the magnitude's decimal digits, at least one. limbs: room for len bytes, base 2^32,
 * most significant first. */
static void put_digits(struct buf *out, uint32_t *limbs, size_t count)
{
    size_t begin = out->len;
    size_t first = 0;
    do {
        uint64_t rest = 0;
        for (size_t i = first; i < count; i++) {
            uint64_t part = rest << 32 | limbs[i];
            limbs[i] = (uint32_t)(part / LIMB);
            rest = part % LIMB;
        }
        while (first < count && limbs[first] == 0) {
            first++;
        }
        for (int k = 0; k < 9 && (first < count || rest > 0 || out->len == begin); k++) {
            buf_put_u8(out, (uint8_t)('0' + rest % 10));
            rest /= 10;
        }
    } while (first < count);
    for (size_t a = begin, z = out->len; !buf_failed(out) && a + 1 < z;
         a++) { /* they are in reverse */
        uint8_t digit = out->data[a];
        out->data[a] = out->data[--z];
        out->data[z] = digit;
    }
}

/* Bytes of two's complement as the limbs of their magnitude. */
static void fill_limbs(uint32_t *limbs, size_t count, const uint8_t *p, uint32_t len, bool negative)
{
    uint32_t carry = negative;
    for (size_t i = 0; i < count; i++) {
        uint32_t limb = 0;
        for (size_t k = 0; k < 4; k++) {
            size_t back = i * 4 + k; /* from the last byte */
            uint8_t byte = back < len ? p[len - 1 - back] : negative ? 0xFF : 0;
            limb |= (uint32_t)byte << (8 * k);
        }
        limb = (negative ? ~limb : limb) + carry;
        carry = carry != 0 && limb == 0;
        limbs[count - 1 - i] = limb;
    }
}

static void put_scaled(struct buf *out, const uint8_t *digits, size_t len, size_t scale)
{
    size_t whole = len > scale ? len - scale : 0;
    if (whole == 0) {
        buf_put_u8(out, '0');
    }
    buf_put(out, digits, whole);
    if (scale > 0) {
        buf_put_u8(out, '.');
        for (size_t i = len; i < scale; i++) {
            buf_put_u8(out, '0');
        }
        buf_put(out, digits + whole, len - whole);
    }
}

static void put_decimal(struct buf *out, const struct cell *cell)
{
    uint32_t few[16]; /* 150 digits; more come from the buffer's own memory */
    size_t count = cell->len / 4 + 1;
    struct buf many = BUF_INIT;
    uint32_t *limbs = few;
    if (count > COUNT_OF(few)) {
        limbs = (uint32_t *)(void *)buf_reserve(&many, count * sizeof(*limbs));
    }
    if (limbs == NULL) {
        out->failed = true;
        return;
    }
    bool negative = cell->len > 0 && cell->p[0] >= 0x80;
    fill_limbs(limbs, count, cell->p, cell->len, negative);

    struct buf digits = BUF_INIT;
    put_digits(&digits, limbs, count);
    if (negative) {
        buf_put_u8(out, '-');
    }
    if (buf_failed(&digits)) {
        out->failed = true;
    } else {
        put_scaled(out, digits.data, digits.len, cell->scale);
    }
    buf_fini(&digits);
    buf_fini(&many);
}

static void put_scalar(struct buf *out, const struct cell *cell, enum column_type type)
{
    switch ((enum cell_type)cell->type) {
    case CELL_BOOL: buf_put_str(out, cell->i != 0 ? "true" : "false"); break;
    case CELL_I64: put_number(out, cell->i, type); break;
    case CELL_F64: put_double(out, cell->d); break;
    case CELL_BYTES:
        if (type == COLUMN_BYTEA) {
            buf_put_u8(out, '"');
            buf_put_base64(out, cell->p, cell->len);
            buf_put_u8(out, '"');
            break;
        }
        jsonw_quote(out, (const char *)cell->p, cell->len);
        break;
    case CELL_DECIMAL: put_decimal(out, cell); break;
    case CELL_UUID: put_uuid(out, cell->p); break;
    default: buf_put_str(out, "null"); break;
    }
}

/* A tape is one value; open containers are kept here, so depth costs no stack. */
static void put_tape(struct buf *out, const struct cell *tape, uint32_t len)
{
    struct {
        uint32_t end;
        char bracket;
    } open[MAX_LEVELS];
    int depth = 0;
    bool comma = false;
    for (uint32_t i = 0; i < len || depth > 0;) {
        if (depth > 0 && i >= open[depth - 1].end) {
            buf_put_u8(out, (uint8_t)open[--depth].bracket);
            comma = true;
            continue;
        }
        const struct cell *cell = &tape[i++];
        if (comma) {
            buf_put_u8(out, ',');
        }
        comma = true;
        if (cell->type == CELL_KEY) {
            jsonw_quote(out, (const char *)cell->p, cell->len);
            buf_put_u8(out, ':');
            comma = false;
        } else if (cell->type == CELL_OBJECT || cell->type == CELL_ARRAY) {
            if (depth == MAX_LEVELS) {
                out->failed = true;
                return;
            }
            bool object = cell->type == CELL_OBJECT;
            open[depth].end = i + cell->len;
            open[depth++].bracket = object ? '}' : ']';
            buf_put_u8(out, object ? '{' : '[');
            comma = false;
        } else {
            put_scalar(out, cell, (enum column_type)cell->column_type);
        }
    }
}

void cell_print_json(struct buf *out, const struct cell *cell, enum column_type type)
{
    if (cell->type == CELL_NESTED) {
        put_tape(out, cell->tape, cell->len);
    } else {
        put_scalar(out, cell, type);
    }
}
