/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/decimal_bytes.c - decimals from the bytes of a value and back: big-endian two's complement, four bytes at a time.
 *
 * The work grows with the square of the bytes, as the base changes: from 2^32 to 10^9. cel_decimal_units says what it costs. */
#include "schema/rules/decimal_priv.h"
#include "schema/rules/decimal_small.h"

enum { SMALL_BYTES = 8, CHUNK_BYTES = 4, BYTES_A_UNIT_SQUARED = 64, WORDS_A_UNIT_SQUARED = 8 };

#define CHUNK (UINT64_C(1) << 32)

uint64_t cel_decimal_units(const struct cel_value *value)
{
    uint64_t len = value->len;
    return len <= SMALL_BYTES ? 0 : 1 + len * len / BYTES_A_UNIT_SQUARED;
}

void cel_decimal_of_uint(uint64_t u, struct cel_decimal *out)
{
    *out = (struct cel_decimal){.scale = 0};
    for (; u > 0; u /= WORD) {
        out->words[out->count++] = (uint32_t)(u % WORD);
    }
}

void cel_decimal_of_int(int64_t i, struct cel_decimal *out)
{
    cel_decimal_of_uint(i < 0 ? -(uint64_t)i : (uint64_t)i, out);
    out->negative = i < 0;
}

bool cel_decimal_read(const struct cel_value *value, struct cel_decimal *out)
{
    if (value->len <= SMALL_BYTES) {
        cel_decimal_of_int(decimal_small(value), out);
        out->scale = value->scale;
        return true;
    }
    const uint8_t *p = value->p;
    const uint8_t *end = p + value->len;
    uint8_t sign = *p >= 0x80 ? 0xFF : 0;
    while (end - p > 1 && *p == sign) {
        p++;
    }
    if (end - p > CEL_DECIMAL_DIGITS / 2) { /* 2.4 digits a byte */
        return false;
    }
    *out = (struct cel_decimal){.scale = value->scale};
    const uint8_t *next = p + (end - p) % CHUNK_BYTES; /* the first chunk has what is left over */
    for (; p < end; next += CHUNK_BYTES) {
        uint32_t chunk = 0;
        while (p < next) {
            chunk = chunk << 8 | (uint8_t)(*p++ ^ sign);
        }
        decimal_multiply_small(out, CHUNK, chunk);
    }
    if (sign != 0) { /* -x is ~x + 1 */
        decimal_add_one(out);
    }
    out->negative = sign != 0;
    decimal_trim(out);
    return decimal_allowed(out);
}

/* Puts the magnitude, which it uses up, before `end`; the first byte written. */
static uint8_t *put_magnitude(struct cel_decimal *d, bool negative, uint8_t *end)
{
    uint64_t carry = 1; /* of a negative number: ~x + 1 */
    do {
        uint32_t chunk = d->count > 0 ? decimal_divide_small(d, CHUNK) : 0;
        if (negative) {
            carry += (uint32_t)~chunk;
            chunk = (uint32_t)carry;
            carry >>= 32;
        }
        for (int i = 0; i < CHUNK_BYTES; i++) {
            *--end = (uint8_t)(chunk >> 8 * i);
        }
    } while (d->count > 0);
    return end;
}

static struct cel_value too_many(void)
{
    return cel_error(CEL_OVERFLOW, "the decimal has more than 1000 digits");
}

void cel_decimal_write(struct cel_run *run, const struct cel_decimal *from, struct cel_value *out)
{
    struct cel_decimal d = *from;
    if ((d.scale < 0 && !decimal_shift(&d, (uint32_t)-d.scale)) || !decimal_allowed(&d)) {
        *out = too_many();
        return;
    }
    size_t room = ((size_t)d.count + 2) * CHUNK_BYTES; /* 9 digits are less than 4 bytes */
    uint8_t *p = cel_run_charge(run, (uint64_t)d.count * d.count / WORDS_A_UNIT_SQUARED, out)
                     ? cel_run_alloc(run, room, out)
                     : NULL;
    if (p == NULL) {
        return;
    }
    uint8_t *end = p + room;
    uint8_t sign = from->negative ? 0xFF : 0;
    p = put_magnitude(&d, from->negative, end);
    *--p = sign;
    while (end - p > 1 && p[0] == sign && (p[1] ^ sign) < 0x80) {
        p++;
    }
    *out = cel_bytes(CEL_DECIMAL, p, (size_t)(end - p));
    out->scale = (uint16_t)d.scale;
}
