/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/decimal.c - exact decimal numbers: reading, writing, adding, multiplying, rounding.
 *
 * Numbers are words of nine decimal digits, the lowest first, so that a change of scale and a text are cheap. Two numbers of
 * CEL_DECIMAL_DIGITS each can be brought to one scale, and multiplied, within CEL_DECIMAL_WORDS.
 *
 * Neighbours: decimal_divide.c, decimal_text.c, fn_decimal.c. */
#include "schema/rules/decimal_priv.h"

#include <string.h>

static const uint32_t powers[] = {1,      10,      100,      1000,      10000,
                                  100000, 1000000, 10000000, 100000000, WORD};

void decimal_trim(struct cel_decimal *d)
{
    while (d->count > 0 && d->words[d->count - 1] == 0) {
        d->count--;
    }
    d->negative = d->negative && d->count > 0;
}

uint32_t cel_decimal_precision(const struct cel_decimal *of)
{
    if (of->count == 0) {
        return 1;
    }
    uint32_t digits = (of->count - 1) * WORD_DIGITS;
    for (uint32_t top = of->words[of->count - 1]; top > 0; top /= 10) {
        digits++;
    }
    return digits;
}

bool decimal_allowed(const struct cel_decimal *d)
{
    return cel_decimal_precision(d) <= CEL_DECIMAL_DIGITS && d->scale <= CEL_DECIMAL_DIGITS &&
           d->scale >= -CEL_DECIMAL_DIGITS;
}

/* d × factor + carry, factor and carry at most 2^32. */
static void multiply_small(struct cel_decimal *d, uint64_t factor, uint64_t carry)
{
    for (uint32_t i = 0; i < d->count; i++) {
        carry += d->words[i] * factor;
        d->words[i] = (uint32_t)(carry % WORD);
        carry /= WORD;
    }
    while (carry > 0 && d->count < CEL_DECIMAL_WORDS) {
        d->words[d->count++] = (uint32_t)(carry % WORD);
        carry /= WORD;
    }
}

uint32_t decimal_divide_small(struct cel_decimal *d, uint64_t divisor)
{
    uint64_t rest = 0;
    for (uint32_t i = d->count; i-- > 0;) {
        rest = rest * WORD + d->words[i];
        d->words[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    decimal_trim(d);
    return (uint32_t)rest;
}

/* ---- in and out ---- */

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

static int64_t small_of(const struct cel_value *value)
{
    int64_t small = value->len > 0 && value->p[0] >= 0x80 ? -1 : 0;
    for (uint32_t i = 0; i < value->len; i++) {
        small = (int64_t)((uint64_t)small << 8 | value->p[i]);
    }
    return small;
}

bool cel_decimal_read(const struct cel_value *value, struct cel_decimal *out)
{
    if (value->len <= 8) {
        cel_decimal_of_int(small_of(value), out);
        out->scale = value->scale;
        return true;
    }
    if (value->len > CEL_DECIMAL_DIGITS / 2) { /* 2.4 digits a byte */
        return false;
    }
    bool negative = value->p[0] >= 0x80;
    *out = (struct cel_decimal){.scale = value->scale};
    for (uint32_t i = 0; i < value->len; i++) {
        multiply_small(out, 256, negative ? (uint8_t)~value->p[i] : value->p[i]);
    }
    if (negative) {
        multiply_small(out, 1, 1); /* -x is ~x + 1 */
        if (out->count == 0) {
            out->words[out->count++] = 1;
        }
    }
    out->negative = negative;
    decimal_trim(out);
    return decimal_allowed(out);
}

void cel_decimal_write(struct cel_run *run, const struct cel_decimal *from, struct cel_value *out)
{
    struct cel_decimal d = *from;
    if ((d.scale < 0 && !decimal_shift(&d, (uint32_t)-d.scale)) || !decimal_allowed(&d) ||
        !cel_run_charge(run, 1 + d.count, out)) {
        *out = d.scale > CEL_DECIMAL_DIGITS || !decimal_allowed(&d)
                   ? cel_error(CEL_OVERFLOW, "the decimal has more than 1000 digits")
                   : *out;
        return;
    }
    int32_t scale = d.scale < 0 ? 0 : d.scale;
    size_t room = (size_t)d.count * 4 + 2;
    uint8_t *p = cel_run_alloc(run, room, out);
    if (p == NULL) {
        return;
    }
    size_t at = room;
    uint32_t borrow = 1; /* of a negative number: ~x + 1 */
    do {
        uint32_t byte = d.count > 0 ? decimal_divide_small(&d, 256) : 0;
        if (from->negative) {
            byte = (uint8_t)~byte + borrow;
            borrow = byte >> 8;
        }
        p[--at] = (uint8_t)byte;
    } while (d.count > 0);
    if ((p[at] >= 0x80) != from->negative) {
        p[--at] = from->negative ? 0xFF : 0;
    }
    *out = cel_bytes(CEL_DECIMAL, p + at, room - at);
    out->scale = (uint16_t)scale;
}

/* ---- scales ---- */

bool decimal_shift(struct cel_decimal *d, uint32_t digits)
{
    d->scale += (int32_t)digits;
    if (d->count == 0 || digits == 0) {
        return true;
    }
    uint32_t words = digits / WORD_DIGITS;
    if (d->count + words + 1 > CEL_DECIMAL_WORDS) {
        return false;
    }
    multiply_small(d, powers[digits % WORD_DIGITS], 0);
    memmove(d->words + words, d->words, d->count * sizeof(d->words[0]));
    memset(d->words, 0, words * sizeof(d->words[0]));
    d->count += words;
    return true;
}

/* Both to the greater scale. */
static bool align(struct cel_decimal *a, struct cel_decimal *b)
{
    return a->scale < b->scale ? decimal_shift(a, (uint32_t)(b->scale - a->scale))
                               : decimal_shift(b, (uint32_t)(a->scale - b->scale));
}

/* d / 10^digits, whose digits are gone; *first is the first of them, *rest whether others are not zero. */
static void drop(struct cel_decimal *d, uint32_t digits, uint32_t *first, bool *rest)
{
    *first = 0;
    *rest = false;
    d->scale -= (int32_t)digits;
    uint32_t words = digits / WORD_DIGITS;
    if (words >= d->count) {
        *rest = d->count > 0;
        if (words == d->count && digits % WORD_DIGITS == 0 && d->count > 0) {
            *first = d->words[d->count - 1] / powers[WORD_DIGITS - 1];
            *rest = d->words[d->count - 1] % powers[WORD_DIGITS - 1] != 0;
            for (uint32_t i = 0; i + 1 < d->count; i++) {
                *rest = *rest || d->words[i] != 0;
            }
        }
        d->count = 0;
        return;
    }
    for (uint32_t i = 0; i + 1 < words; i++) {
        *rest = *rest || d->words[i] != 0;
    }
    uint32_t last = words > 0 ? d->words[words - 1] : 0; /* the highest word that goes whole */
    memmove(d->words, d->words + words, (d->count - words) * sizeof(d->words[0]));
    d->count -= words;
    uint32_t part = digits % WORD_DIGITS;
    if (part == 0) {
        *first = last / powers[WORD_DIGITS - 1];
        *rest = *rest || last % powers[WORD_DIGITS - 1] != 0;
    } else {
        uint32_t gone = decimal_divide_small(d, powers[part]);
        *first = gone / powers[part - 1];
        *rest = *rest || last != 0 || gone % powers[part - 1] != 0;
    }
    while (d->count > 0 && d->words[d->count - 1] == 0) {
        d->count--;
    }
}

bool cel_decimal_round(const struct cel_decimal *a, int32_t scale, enum cel_rounding rounding,
                       struct cel_decimal *out)
{
    uint32_t first;
    bool rest;
    *out = *a;
    if (scale > CEL_DECIMAL_DIGITS || scale < -CEL_DECIMAL_DIGITS) {
        return false;
    }
    if (a->scale <= scale) {
        return decimal_shift(out, (uint32_t)(scale - a->scale)) && decimal_allowed(out);
    }
    bool negative = a->negative;
    drop(out, (uint32_t)(a->scale - scale), &first, &rest);
    bool inexact = first != 0 || rest;
    bool away = rounding == CEL_HALF_UP   ? first >= 5
                : rounding == CEL_FLOOR   ? inexact && negative
                : rounding == CEL_CEILING ? inexact && !negative
                                          : false;
    if (away) {
        decimal_add_one(out);
    }
    out->negative = negative && out->count > 0;
    return decimal_allowed(out);
}

void decimal_add_one(struct cel_decimal *d)
{
    for (uint32_t i = 0; i < d->count; i++) {
        if (++d->words[i] < WORD) {
            return;
        }
        d->words[i] = 0;
    }
    d->words[d->count++] = 1;
}

/* ---- comparison, sums, products ---- */

int decimal_compare_magnitudes(const struct cel_decimal *a, const struct cel_decimal *b)
{
    if (a->count != b->count) {
        return a->count < b->count ? -1 : 1;
    }
    for (uint32_t i = a->count; i-- > 0;) {
        if (a->words[i] != b->words[i]) {
            return a->words[i] < b->words[i] ? -1 : 1;
        }
    }
    return 0;
}

int cel_decimal_compare(const struct cel_value *a, const struct cel_value *b)
{
    if (a->scale == b->scale && a->len <= 8 && b->len <= 8) {
        int64_t x = small_of(a);
        int64_t y = small_of(b);
        return x < y ? -1 : x > y;
    }
    struct cel_decimal x;
    struct cel_decimal y;
    if (!cel_decimal_read(a, &x) || !cel_decimal_read(b, &y) || !align(&x, &y)) {
        return 2; /* cannot be: the decoder lets no such number pass */
    }
    if (x.negative != y.negative) {
        return x.negative ? -1 : 1;
    }
    int order = decimal_compare_magnitudes(&x, &y);
    return x.negative ? -order : order;
}

static void add_magnitudes(const struct cel_decimal *a, const struct cel_decimal *b,
                           struct cel_decimal *out)
{
    uint32_t carry = 0;
    uint32_t count = a->count > b->count ? a->count : b->count;
    for (uint32_t i = 0; i < count; i++) {
        carry += (i < a->count ? a->words[i] : 0) + (i < b->count ? b->words[i] : 0);
        out->words[i] = carry % WORD;
        carry /= WORD;
    }
    out->count = count;
    if (carry > 0) {
        out->words[out->count++] = carry;
    }
}

void decimal_subtract_magnitudes(const struct cel_decimal *a, const struct cel_decimal *b,
                                 struct cel_decimal *out)
{
    int64_t borrow = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        int64_t word = (int64_t)a->words[i] - (i < b->count ? b->words[i] : 0) - borrow;
        borrow = word < 0;
        out->words[i] = (uint32_t)(word + (borrow ? WORD : 0));
    }
    out->count = a->count;
    out->negative = false;
    decimal_trim(out);
}

static bool sum(const struct cel_decimal *a, const struct cel_decimal *b, bool b_negative,
                struct cel_decimal *out)
{
    struct cel_decimal x = *a;
    struct cel_decimal y = *b;
    if (!align(&x, &y)) {
        return false;
    }
    out->scale = x.scale;
    if (x.negative == b_negative) {
        add_magnitudes(&x, &y, out);
        out->negative = x.negative;
    } else if (decimal_compare_magnitudes(&x, &y) >= 0) {
        decimal_subtract_magnitudes(&x, &y, out);
        out->negative = x.negative;
    } else {
        decimal_subtract_magnitudes(&y, &x, out);
        out->negative = b_negative;
    }
    decimal_trim(out);
    return decimal_allowed(out);
}

bool cel_decimal_add(const struct cel_decimal *a, const struct cel_decimal *b,
                     struct cel_decimal *out)
{
    return sum(a, b, b->negative, out);
}

bool cel_decimal_subtract(const struct cel_decimal *a, const struct cel_decimal *b,
                          struct cel_decimal *out)
{
    return sum(a, b, b->count > 0 && !b->negative, out);
}

bool cel_decimal_multiply(const struct cel_decimal *a, const struct cel_decimal *b,
                          struct cel_decimal *out)
{
    if (a->count + b->count > CEL_DECIMAL_WORDS) {
        return false;
    }
    memset(out->words, 0, (a->count + b->count) * sizeof(out->words[0]));
    for (uint32_t i = 0; i < a->count; i++) {
        uint64_t carry = 0;
        for (uint32_t j = 0; j < b->count || carry > 0; j++) {
            carry += out->words[i + j] + (uint64_t)a->words[i] * (j < b->count ? b->words[j] : 0);
            out->words[i + j] = (uint32_t)(carry % WORD);
            carry /= WORD;
        }
    }
    out->count = a->count + b->count;
    out->scale = a->scale + b->scale;
    out->negative = a->negative != b->negative;
    decimal_trim(out);
    return decimal_allowed(out);
}
