/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/decimal.c - exact decimal numbers: comparing, adding, multiplying, rounding.
 *
 * Numbers are words of nine decimal digits, the lowest first, so that a change of scale and a text are cheap. Two numbers of
 * CEL_DECIMAL_DIGITS each can be brought to one scale, and multiplied, within CEL_DECIMAL_WORDS.
 *
 * Neighbours: decimal_bytes.c, decimal_text.c, decimal_divide.c; decimal_small.c does ordinary amounts without words. */
#include <string.h>

#include "schema/rules/decimal_priv.h"
#include "schema/rules/decimal_small.h"

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

void decimal_multiply_small(struct cel_decimal *d, uint64_t factor, uint64_t carry)
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
    decimal_multiply_small(d, powers[digits % WORD_DIGITS], 0);
    memmove(d->words + words, d->words, d->count * sizeof(d->words[0]));
    memset(d->words, 0, words * sizeof(d->words[0]));
    d->count += words;
    return true;
}

/* Both to the greater scale. */
bool decimal_align(struct cel_decimal *a, struct cel_decimal *b)
{
    return a->scale < b->scale ? decimal_shift(a, (uint32_t)(b->scale - a->scale))
                               : decimal_shift(b, (uint32_t)(a->scale - b->scale));
}

void decimal_drop(struct cel_decimal *d, uint32_t digits, uint32_t *first, bool *rest)
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
    decimal_drop(out, (uint32_t)(a->scale - scale), &first, &rest);
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
    if (!decimal_align(&x, &y)) {
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
