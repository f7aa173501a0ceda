/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/decimal_divide.c - quotients, remainders and roots (Knuth, The Art of Computer Programming 2, 4.3.1, D). */
#include <string.h>

#include "schema/rules/decimal_priv.h"

enum { QUOTIENT_DIGITS = 38 };

/* One word of the quotient: rest holds divisor.count + 1 words from `at` on. Both are normalised. */
static uint32_t quotient_word(uint32_t *rest, const struct cel_decimal *divisor)
{
    uint32_t n = divisor->count;
    uint64_t top = (uint64_t)rest[n] * WORD + rest[n - 1];
    uint64_t guess = top / divisor->words[n - 1];
    uint64_t left = top % divisor->words[n - 1];
    uint64_t second = n > 1 ? divisor->words[n - 2] : 0;
    while (guess >= WORD || (n > 1 && guess * second > left * WORD + rest[n - 2])) {
        guess--;
        left += divisor->words[n - 1];
        if (left >= WORD) {
            break;
        }
    }
    int64_t borrow = 0;
    uint64_t carry = 0;
    for (uint32_t i = 0; i <= n; i++) {
        carry += guess * (i < n ? divisor->words[i] : 0);
        int64_t word = (int64_t)rest[i] - (int64_t)(carry % WORD) - borrow;
        carry /= WORD;
        borrow = word < 0;
        rest[i] = (uint32_t)(word + (borrow ? WORD : 0));
    }
    if (borrow) { /* one too many */
        uint32_t back = 0;
        guess--;
        for (uint32_t i = 0; i <= n; i++) {
            back += rest[i] + (i < n ? divisor->words[i] : 0);
            rest[i] = back % WORD;
            back /= WORD;
        }
    }
    return (uint32_t)guess;
}

static void scale_words(struct cel_decimal *d, uint32_t factor)
{
    uint64_t carry = 0;
    for (uint32_t i = 0; i < d->count; i++) {
        carry += (uint64_t)d->words[i] * factor;
        d->words[i] = (uint32_t)(carry % WORD);
        carry /= WORD;
    }
    if (carry > 0) {
        d->words[d->count++] = (uint32_t)carry;
    }
}

bool decimal_quotient(const struct cel_decimal *a, const struct cel_decimal *b,
                      struct cel_decimal *quotient, struct cel_decimal *remainder)
{
    struct cel_decimal divisor = *b;
    *quotient = (struct cel_decimal){.scale = 0};
    *remainder = *a;
    if (decimal_compare_magnitudes(a, b) < 0) {
        return true;
    }
    if (a->count + 2 > CEL_DECIMAL_WORDS) {
        return false;
    }
    uint32_t factor = WORD / (b->words[b->count - 1] + 1);
    scale_words(&divisor, factor);
    scale_words(remainder, factor);
    remainder->words[remainder->count] = 0;
    uint32_t steps = remainder->count - divisor.count + 1;
    for (uint32_t i = steps; i-- > 0;) {
        quotient->words[i] = quotient_word(remainder->words + i, &divisor);
    }
    quotient->count = steps;
    decimal_trim(quotient);
    decimal_trim(remainder);
    (void)decimal_divide_small(remainder, factor);
    return true;
}

/* To 38 digits, half up. false: something was lost by it. */
static bool to_precision(struct cel_decimal *d)
{
    uint32_t digits = cel_decimal_precision(d);
    uint32_t first;
    bool rest;
    if (digits <= QUOTIENT_DIGITS) {
        return true;
    }
    decimal_drop(d, digits - QUOTIENT_DIGITS, &first, &rest);
    if (first >= 5) {
        decimal_add_one(d);
    }
    if (cel_decimal_precision(d) > QUOTIENT_DIGITS) { /* 99.9 became 100.0 */
        (void)decimal_divide_small(d, 10);
        d->scale--;
    }
    return first == 0 && !rest;
}

/* Without the zeros behind the point that the wanted scale does not ask for. */
static void strip(struct cel_decimal *d, int32_t wanted)
{
    while (d->scale > wanted && d->count > 0 && d->words[0] % 10 == 0) {
        (void)decimal_divide_small(d, 10);
        d->scale--;
    }
    if (d->count == 0) {
        d->scale = wanted;
    }
}

bool cel_decimal_divide(const struct cel_decimal *a, const struct cel_decimal *b,
                        struct cel_decimal *out)
{
    struct cel_decimal numerator = *a;
    struct cel_decimal quotient;
    struct cel_decimal remainder;
    int32_t wanted = a->scale - b->scale;
    int32_t more =
        QUOTIENT_DIGITS + 3 + (int32_t)cel_decimal_precision(b) - (int32_t)cel_decimal_precision(a);
    if (more > 0 && !decimal_shift(&numerator, (uint32_t)more)) {
        return false;
    }
    if (!decimal_quotient(&numerator, b, &quotient, &remainder)) {
        return false;
    }
    quotient.scale = numerator.scale - b->scale;
    quotient.negative = quotient.count > 0 && a->negative != b->negative;
    if (to_precision(&quotient) && remainder.count == 0) {
        strip(&quotient, wanted);
    }
    *out = quotient;
    return decimal_allowed(out);
}

/* How many digits of the remainder Java leaves out: it takes from a the product of b and a quotient without its last zeros,
 * so that 31.0 % 0.3000 is 0.1, and 31 % 0.30 is 0.10. */
static uint32_t spared_digits(const struct cel_decimal *a, const struct cel_decimal *b,
                              struct cel_decimal *quotient)
{
    int32_t most = b->scale - a->scale;
    if (most > 0 && quotient->count > 0) {
        quotient->scale = most;
        strip(quotient, 0);
        most -= quotient->scale;
    }
    return most > 0 ? (uint32_t)most : 0;
}

bool cel_decimal_modulo(const struct cel_decimal *a, const struct cel_decimal *b,
                        struct cel_decimal *out)
{
    struct cel_decimal x = *a;
    struct cel_decimal y = *b;
    struct cel_decimal quotient;
    uint32_t first;
    bool rest;
    bool room = x.scale < y.scale ? decimal_shift(&x, (uint32_t)(y.scale - x.scale))
                                  : decimal_shift(&y, (uint32_t)(x.scale - y.scale));
    if (!room || !decimal_quotient(&x, &y, &quotient, out)) {
        return false;
    }
    out->scale = x.scale;
    decimal_drop(out, spared_digits(a, b, &quotient), &first, &rest);
    out->negative = a->negative && out->count > 0;
    return decimal_allowed(out);
}

/* The root of a whole number, rounded down (Newton's way, from above). */
static bool whole_root(const struct cel_decimal *n, struct cel_decimal *root)
{
    struct cel_decimal quotient;
    struct cel_decimal remainder;
    struct cel_decimal next;
    *root = (struct cel_decimal){.count = 1, .words = {1}};
    if (!decimal_shift(root, (cel_decimal_precision(n) + 1) / 2)) {
        return false;
    }
    root->scale = 0;
    for (;;) {
        if (!decimal_quotient(n, root, &quotient, &remainder)) {
            return false;
        }
        quotient.scale = 0;
        quotient.negative = false;
        (void)cel_decimal_add(root, &quotient, &next);
        (void)decimal_divide_small(&next, 2);
        if (decimal_compare_magnitudes(&next, root) >= 0) {
            return true;
        }
        *root = next;
    }
}

bool cel_decimal_sqrt(const struct cel_decimal *a, struct cel_decimal *out)
{
    struct cel_decimal n = *a;
    int32_t wanted = a->scale / 2;
    if (a->count == 0) {
        *out = *a;
        out->scale = wanted;
        return true;
    }
    int32_t more = 2 * (QUOTIENT_DIGITS + 2) - (int32_t)cel_decimal_precision(a);
    more = more < 0 ? 0 : more;
    more += (a->scale + more) % 2 != 0;
    if (!decimal_shift(&n, (uint32_t)more)) {
        return false;
    }
    int32_t scale = n.scale / 2;
    n.scale = 0;
    if (!whole_root(&n, out)) {
        return false;
    }
    out->scale = scale;
    (void)to_precision(out);
    strip(out, wanted);
    return decimal_allowed(out);
}
