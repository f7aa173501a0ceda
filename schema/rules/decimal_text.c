/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/decimal_text.c - decimals from text and as text. */
#include <stdio.h>
#include <string.h>

#include "schema/rules/decimal_priv.h"

enum { NO_NUMBER = -1, TOO_MANY = -2, MAX_TEXT = 4 * CEL_DECIMAL_DIGITS };

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* The digits with the point left out; *scale is how many stood behind it. */
static int read_digits(const uint8_t *p, const uint8_t *end, char *digits, uint32_t *count,
                       int32_t *scale, const uint8_t **rest)
{
    bool point = false;
    bool any = false;
    *count = 0;
    *scale = 0;
    for (; p < end && (is_digit(*p) || (*p == '.' && !point)); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        any = true;
        *scale += point;
        if (*count > 0 || *p != '0') {
            if (*count >= CEL_DECIMAL_DIGITS) {
                return TOO_MANY;
            }
            digits[(*count)++] = (char)*p;
        }
    }
    *rest = p;
    return any ? 0 : NO_NUMBER;
}

static int read_exponent(const uint8_t *p, const uint8_t *end, int32_t *exponent)
{
    *exponent = 0;
    if (p == end) {
        return 0;
    }
    if (*p != 'e' && *p != 'E') {
        return NO_NUMBER;
    }
    p++;
    bool negative = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');
    if (p == end) {
        return NO_NUMBER;
    }
    for (; p < end; p++) {
        if (!is_digit(*p)) {
            return NO_NUMBER;
        }
        *exponent = *exponent > MAX_TEXT ? *exponent : *exponent * 10 + (*p - '0');
    }
    *exponent = negative ? -*exponent : *exponent;
    return 0;
}

int cel_decimal_of_text(const uint8_t *p, uint32_t len, struct cel_decimal *out)
{
    char digits[CEL_DECIMAL_DIGITS];
    const uint8_t *end = p + len;
    uint32_t count;
    int32_t scale;
    int32_t exponent;
    if (len == 0 || len > MAX_TEXT) {
        return len == 0 ? NO_NUMBER : TOO_MANY;
    }
    bool negative = *p == '-';
    p += *p == '-' || *p == '+';
    int read = read_digits(p, end, digits, &count, &scale, &p);
    if (read != 0 || (read = read_exponent(p, end, &exponent)) != 0) {
        return read;
    }
    *out = (struct cel_decimal){.scale = scale - exponent};
    for (uint32_t at = count; at > 0;) {
        uint32_t take = at < WORD_DIGITS ? at : WORD_DIGITS;
        uint32_t word = 0;
        for (uint32_t i = at - take; i < at; i++) {
            word = word * 10 + (uint32_t)(digits[i] - '0');
        }
        out->words[out->count++] = word;
        at -= take;
    }
    out->negative = negative && out->count > 0;
    out->scale = out->count == 0 && out->scale < 0 ? 0 : out->scale;
    return decimal_allowed(out) ? 0 : TOO_MANY;
}

uint32_t cel_decimal_print(const struct cel_decimal *from, char *out)
{
    char digits[CEL_DECIMAL_WORDS * WORD_DIGITS + 1] = "0";
    size_t count =
        from->count > 0 ? (size_t)sprintf(digits, "%u", from->words[from->count - 1]) : 1;
    for (uint32_t i = from->count > 0 ? from->count - 1 : 0; i-- > 0;) {
        count += (size_t)sprintf(digits + count, "%09u", from->words[i]);
    }
    char *p = out;
    if (from->negative) {
        *p++ = '-';
    }
    int64_t whole = (int64_t)count - from->scale; /* digits before the point */
    if (whole <= 0) {
        *p++ = '0';
    }
    for (int64_t i = whole < 0 ? whole : 0; i < (int64_t)count; i++) {
        if (i == whole) {
            *p++ = '.';
        }
        *p++ = (char)(i < 0 ? '0' : digits[i]);
    }
    for (int32_t zeros = from->scale; zeros < 0 && from->count > 0; zeros++) {
        *p++ = '0';
    }
    *p = '\0';
    return (uint32_t)(p - out);
}
