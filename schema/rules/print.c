/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/print.c - numbers and times as text. */
#include "schema/rules/print.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"

/* ---- doubles ---- */

/* digits: of the number without its point; point: how many of them stand before it. */
static size_t lay_out(const char *digits, int count, int point, bool negative, char *out)
{
    char *p = out;
    if (negative) {
        *p++ = '-';
    }
    if (point - 1 < -4 || point - 1 >= 6) {
        *p++ = digits[0];
        if (count > 1) {
            *p++ = '.';
            memcpy(p, digits + 1, (size_t)count - 1);
            p += count - 1;
        }
        return (size_t)(p - out) +
               (size_t)sprintf(p, "e%c%02d", point > 0 ? '+' : '-', abs(point - 1));
    }
    if (point <= 0) {
        p += sprintf(p, "0.%.*s", -point, "0000");
    }
    for (int i = 0; i < count || i < point; i++) {
        if (i == point && i > 0) {
            *p++ = '.';
        }
        *p++ = (char)(i < count ? digits[i] : '0');
    }
    *p = '\0';
    return (size_t)(p - out);
}

size_t cel_print_double(double d, char *out)
{
    char text[40];
    char digits[24] = "";
    int count = 0;
    if (isnan(d) || isinf(d)) {
        return (size_t)sprintf(out, "%s", isnan(d) ? "NaN" : d > 0 ? "+Inf" : "-Inf");
    }
    for (int precision = 0; precision <= 16; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision, fabs(d));
        if (strtod(text, NULL) == fabs(d)) {
            break;
        }
    }
    for (const char *p = text; *p != 'e'; p++) {
        if (*p != '.') {
            digits[count++] = *p;
        }
    }
    int exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
    return lay_out(digits, count, exponent + 1, signbit(d) != 0, out);
}

/* ---- times ---- */

/* ".5", or nothing. */
static size_t print_fraction(uint32_t nanos, char *out)
{
    if (nanos == 0) {
        *out = '\0';
        return 0;
    }
    size_t len = (size_t)sprintf(out, ".%09" PRIu32, nanos);
    while (out[len - 1] == '0') {
        len--;
    }
    out[len] = '\0';
    return len;
}

size_t cel_print_timestamp(const struct cel_value *value, char *out)
{
    int64_t days = value->i / 86400 - (value->i % 86400 < 0);
    int rest = (int)(value->i - days * 86400);
    int64_t year;
    int month;
    int day;
    clock_civil(days, &year, &month, &day);
    size_t len = (size_t)sprintf(out, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d", year, month, day,
                                 rest / 3600, rest / 60 % 60, rest % 60);
    len += print_fraction((uint32_t)cel_nanos(value), out + len);
    return len + (size_t)sprintf(out + len, "Z");
}

size_t cel_print_duration(const struct cel_value *value, char *out)
{
    int32_t nanos = cel_nanos(value);
    bool negative = value->i < 0 || nanos < 0;
    uint64_t seconds = negative ? -(uint64_t)value->i : (uint64_t)value->i;
    size_t len = (size_t)sprintf(out, "%s%" PRIu64, negative ? "-" : "", seconds);
    len += print_fraction((uint32_t)(nanos < 0 ? -nanos : nanos), out + len);
    return len + (size_t)sprintf(out + len, "s");
}

/* ---- bytes ---- */

bool cel_is_utf8(const uint8_t *p, size_t len)
{
    size_t from = 0;
    for (size_t i = 0; i <= len; i++) {
        if (i == len || p[i] == 0) {
            if (!utf8_is_text(p + from, i - from)) {
                return false;
            }
            from = i + 1;
        }
    }
    return true;
}

void cel_print_base64(const uint8_t *p, size_t len, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        uint32_t bits = (uint32_t)p[i] << 16;
        bits |= i + 1 < len ? (uint32_t)p[i + 1] << 8 : 0;
        bits |= i + 2 < len ? (uint32_t)p[i + 2] : 0;
        *out++ = digits[bits >> 18 & 63];
        *out++ = digits[bits >> 12 & 63];
        *out++ = (char)(i + 1 < len ? digits[bits >> 6 & 63] : '=');
        *out++ = (char)(i + 2 < len ? digits[bits & 63] : '=');
    }
}
