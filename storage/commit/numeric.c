/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/numeric.c - from a two's-complement integer and a scale to base-10000 digits.
 *
 * The decimal point must fall between two base-10000 digits, so the value is first multiplied by 10
 * until its scale is a multiple of four. Then digits come off the low end. Nearly every decimal
 * fits 64 bits; the others take the schoolbook way over 32-bit limbs. Never a double: a register
 * keeps 0.1 as 0.1. */
#include "storage/commit/numeric.h"

#include <stdbool.h>

enum {
    BASE = 10000,
    DIGIT_DECIMALS = 4,
    MAX_LIMBS = STO_NUMERIC_MAX_BYTES / 4 + 2,
    MAX_DIGITS = 300, /* of base 10000: 420 bytes are 1,012 decimals, the alignment adds three */
    SIGN_NEGATIVE = 0x4000
};

struct limbs {
    uint32_t v[MAX_LIMBS]; /* least significant first */
    unsigned count;
};

/* v = v × by + plus */
static void limbs_scale(struct limbs *n, uint32_t by, uint32_t plus)
{
    uint64_t carry = plus;
    for (unsigned i = 0; i < n->count; i++) {
        carry += (uint64_t)n->v[i] * by;
        n->v[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0) {
        n->v[n->count++] = (uint32_t)carry;
    }
}

static uint16_t limbs_take_digit(struct limbs *n)
{
    uint64_t rest = 0;
    for (unsigned i = n->count; i-- > 0;) {
        rest = rest << 32 | n->v[i];
        n->v[i] = (uint32_t)(rest / BASE);
        rest %= BASE;
    }
    while (n->count > 0 && n->v[n->count - 1] == 0) {
        n->count--;
    }
    return (uint16_t)rest;
}

/* The magnitude of the value; big-endian bytes, negative ones inverted plus one (no carry leaves
 * the last byte: the sign bit of a negative value is set, so the inverted bytes are not all ones).
 */
static void limbs_from_bytes(struct limbs *n, const uint8_t *bytes, uint32_t len, bool negative)
{
    n->count = (len + 3) / 4;
    memset(n->v, 0, sizeof(n->v));
    unsigned carry = negative;
    for (uint32_t i = 0; i < len; i++) {
        unsigned byte = bytes[len - 1 - i];
        byte = (negative ? byte ^ 0xFF : byte) + carry;
        carry = byte >> 8;
        n->v[i / 4] |= (uint32_t)(byte & 0xFF) << (8 * (i % 4));
    }
    while (n->count > 0 && n->v[n->count - 1] == 0) {
        n->count--;
    }
}

static const uint32_t powers[DIGIT_DECIMALS] = {1, 10, 100, 1000};

/* Digits least significant first; their count. */
static unsigned split(uint16_t *digits, const uint8_t *bytes, uint32_t len, bool negative,
                      uint32_t align)
{
    unsigned count = 0;
    if (len <= 8) {
        uint64_t v = negative ? UINT64_MAX : 0;
        for (uint32_t i = 0; i < len; i++) {
            v = v << 8 | bytes[i];
        }
        v = negative ? 0 - v : v;
        if (v <= UINT64_MAX / 1000) {
            for (v *= align; v != 0; v /= BASE) {
                digits[count++] = (uint16_t)(v % BASE);
            }
            return count;
        }
    }
    struct limbs n;
    limbs_from_bytes(&n, bytes, len, negative);
    limbs_scale(&n, align, 0);
    while (n.count > 0) {
        digits[count++] = limbs_take_digit(&n);
    }
    return count;
}

void sto_numeric_put(struct buf *out, const uint8_t *bytes, uint32_t len, uint16_t scale)
{
    bool negative = len > 0 && (bytes[0] & 0x80) != 0;
    const uint8_t filler = negative ? 0xFF : 0x00;
    while (len > 1 && bytes[0] == filler && ((bytes[1] ^ filler) & 0x80) == 0) {
        bytes++;
        len--;
    }
    if (len > STO_NUMERIC_MAX_BYTES) {
        out->failed = true;
        return;
    }
    const unsigned fraction = (scale + DIGIT_DECIMALS - 1U) / DIGIT_DECIMALS;
    uint16_t digits[MAX_DIGITS];
    unsigned count = split(digits, bytes, len, negative, powers[fraction * DIGIT_DECIMALS - scale]);
    int weight = (int)count - (int)fraction - 1;
    unsigned low = 0; /* trailing zeros are not sent */
    while (low < count && digits[low] == 0) {
        low++;
    }
    if (low == count) {
        weight = 0;
        negative = false;
    }
    buf_put_be16(out, (uint16_t)(count - low));
    buf_put_be16(out, (uint16_t)weight);
    buf_put_be16(out, negative ? SIGN_NEGATIVE : 0);
    buf_put_be16(out, scale);
    for (unsigned i = count; i-- > low;) {
        buf_put_be16(out, digits[i]);
    }
}
