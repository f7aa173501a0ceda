/* SPDX-License-Identifier: Apache-2.0
 * schema/diff/misfit_scalar.c - whether a scalar becomes one of another type with nothing lost. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "schema/diff/misfit_priv.h"

enum { NUMBER_SIZE = 1200, EXACT_DIGITS = 15 };

/* ---- numbers ---- */

/* Digits of a number, without zeros at either end that say nothing. */
struct number {
    char digits[NUMBER_SIZE];
    int count;
    int whole; /* digits before the point; negative: zeros after it come first */
    bool negative;
};

/* false: no finite number, or one with too many digits. */
static bool read_number(const char *text, size_t len, struct number *out)
{
    const char *end = text + len;
    *out = (struct number){.count = 0};
    bool seen = false;
    bool point = false;
    if (text < end && (*text == '-' || *text == '+')) {
        out->negative = *text++ == '-';
    }
    for (; text < end && (isdigit((unsigned char)*text) || (*text == '.' && !point)); text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        seen = true;
        if (out->count == 0 && *text == '0') {
            out->whole -= point;
            continue;
        }
        if (out->count == NUMBER_SIZE) {
            return false;
        }
        out->digits[out->count++] = *text;
        out->whole += !point;
    }
    if (seen && text < end && (*text == 'e' || *text == 'E')) {
        char *stop;
        char exponent[16] = "";
        size_t size = (size_t)(end - text) - 1;
        if (size == 0 || size >= sizeof(exponent) || isspace((unsigned char)text[1])) {
            return false;
        }
        memcpy(exponent, text + 1, size);
        long shift = strtol(exponent, &stop, 10);
        if (*stop != '\0' || shift > 100000 || shift < -100000) {
            return false;
        }
        out->whole += (int)shift;
        text = end;
    }
    while (out->count > 0 && out->digits[out->count - 1] == '0') {
        out->count--;
    }
    out->whole = out->count > 0 ? out->whole : 0;
    return seen && text == end;
}

static int fraction_digits(const struct number *n)
{
    return n->count > n->whole ? n->count - n->whole : 0;
}

static enum sch_misfit to_decimal(const struct number *n, int precision, int scale)
{
    if (n->whole > precision - scale) {
        return SCH_MISFIT_RANGE;
    }
    return fraction_digits(n) > scale ? SCH_MISFIT_DIGITS : SCH_FITS;
}

/* false: a fraction, or beyond 64 bits. */
static bool to_int64(const struct number *n, int64_t *out)
{
    uint64_t value = 0;
    if (fraction_digits(n) > 0 || n->whole > 19) {
        return false;
    }
    for (int i = 0; i < n->whole; i++) {
        value = value * 10 + (i < n->count ? (uint64_t)(n->digits[i] - '0') : 0);
    }
    if (value > (uint64_t)INT64_MAX + n->negative) {
        return false;
    }
    *out = n->negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static enum sch_misfit to_integer(const struct number *n, bool is_long)
{
    int64_t value;
    if (fraction_digits(n) > 0) {
        return SCH_MISFIT_DIGITS;
    }
    bool fits = to_int64(n, &value) && (is_long || (value >= INT32_MIN && value <= INT32_MAX));
    return fits ? SCH_FITS : SCH_MISFIT_RANGE;
}

static double to_double(const char *text, size_t len)
{
    char room[NUMBER_SIZE + 32];
    size_t size = len < sizeof(room) ? len : sizeof(room) - 1;
    memcpy(room, text, size);
    room[size] = '\0';
    return strtod(room, NULL);
}

/* An integer is exact when it comes back; a decimal when a double keeps as many digits. */
static enum sch_misfit to_floating(const struct sch_type *older, bool is_double, const char *text,
                                   size_t len)
{
    struct number n;
    int64_t integer;
    if (!read_number(text, len, &n)) {
        bool is_special = (len == 3 && memcmp(text, "NaN", 3) == 0) ||
                          (len >= 8 && memcmp(text + len - 8, "Infinity", 8) == 0);
        return is_special ? SCH_FITS : SCH_MISFIT_TYPE;
    }
    double value = to_double(text, len);
    if (isinf(value) || (!is_double && isinf((float)value))) {
        return SCH_MISFIT_RANGE;
    }
    double kept = is_double ? value : (double)(float)value;
    if (to_int64(&n, &integer)) {
        return fabs(kept) < 9223372036854775808.0 && (int64_t)kept == integer ? SCH_FITS
                                                                              : SCH_MISFIT_DIGITS;
    }
    bool was_floating = older->kind == SCH_FLOAT || older->kind == SCH_DOUBLE;
    bool is_exact = is_double ? was_floating || n.count <= EXACT_DIGITS : kept == value;
    return is_exact ? SCH_FITS : SCH_MISFIT_DIGITS;
}

/* ---- dates, times, UUIDs ---- */

/* 9 a digit, anything else itself; T also a space. */
static bool is_like(const char *text, size_t len, const char *form)
{
    if (len != strlen(form)) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        bool ok = form[i] == '9'   ? isdigit((unsigned char)text[i]) != 0
                  : form[i] == 'T' ? text[i] == 'T' || text[i] == ' '
                                   : text[i] == form[i];
        if (!ok) {
            return false;
        }
    }
    return true;
}

static int two(const char *text)
{
    return (text[0] - '0') * 10 + text[1] - '0';
}

static bool is_date(const char *text, size_t len)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!is_like(text, len, "9999-99-99")) {
        return false;
    }
    int year = two(text) * 100 + two(text + 2);
    int month = two(text + 5);
    int day = two(text + 8);
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
           (month != 2 || day < 29 || is_leap);
}

/* HH:MM:SS and digits of a fraction; *digits: how many, without zeros at the end. */
static bool is_time(const char *text, size_t len, int *digits)
{
    *digits = 0;
    if (len < 8 || !is_like(text, 8, "99:99:99") || two(text) > 23 || two(text + 3) > 59 ||
        two(text + 6) > 59 || (len > 8 && (text[8] != '.' || len == 9))) {
        return false;
    }
    for (size_t i = 9; i < len; i++) {
        if (!isdigit((unsigned char)text[i])) {
            return false;
        }
        *digits = text[i] != '0' ? (int)i - 8 : *digits;
    }
    return true;
}

/* Date and time, with a zone of UTC where the type has one. */
static bool is_timestamp(const char *text, size_t len, bool has_zone, int *digits)
{
    static const char *const zones[] = {"Z", "+00", "+00:00"};
    size_t zone = 0;
    for (size_t i = 0; i < COUNT_OF(zones) && has_zone; i++) {
        size_t size = strlen(zones[i]);
        if (len > size && memcmp(text + len - size, zones[i], size) == 0) {
            zone = size;
        }
    }
    return len > 11 && (zone > 0) == has_zone && is_date(text, 10) &&
           (text[10] == 'T' || text[10] == ' ') && is_time(text + 11, len - 11 - zone, digits);
}

static bool is_uuid(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i])) {
            return false;
        }
    }
    return len == 36;
}

/* ---- bytes ---- */

static int hex(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static int base64(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

static void put_bytes(const char *text, size_t len, struct buf *out)
{
    if (len >= 2 && memcmp(text, "\\x", 2) == 0) {
        for (size_t i = 2; i + 1 < len; i += 2) {
            buf_put_u8(out, (uint8_t)(hex(text[i]) << 4 | hex(text[i + 1])));
        }
        return;
    }
    unsigned bits = 0;
    int count = 0;
    for (size_t i = 0; i < len && base64(text[i]) >= 0; i++) {
        bits = bits << 6 | (unsigned)base64(text[i]);
        count += 6;
        if (count >= 8) {
            count -= 8;
            buf_put_u8(out, (uint8_t)(bits >> count));
        }
    }
}

/* size 0: as text; else as so many bytes. */
static enum sch_misfit of_bytes(const char *text, size_t len, uint32_t size)
{
    struct buf bytes = BUF_INIT;
    put_bytes(text, len, &bytes);
    enum sch_misfit misfit = SCH_FITS;
    if (size > 0) {
        misfit = bytes.len == size ? SCH_FITS : SCH_MISFIT_SIZE;
    } else if (bytes.len > 0 && !utf8_is_text(bytes.data, bytes.len)) {
        misfit = SCH_MISFIT_TYPE;
    }
    buf_fini(&bytes);
    return misfit;
}

/* ---- types ---- */

static bool is_bytes(const struct sch_type *type)
{
    return (type->kind == SCH_BYTES || type->kind == SCH_FIXED) && type->logical != SCH_DECIMAL &&
           type->logical != SCH_UUID;
}

static bool is_text(const struct sch_type *type)
{
    return type->kind == SCH_ENUM || (type->kind == SCH_STRING && type->logical != SCH_UUID);
}

static bool is_number(const struct sch_type *type)
{
    bool is_plain = type->logical == SCH_LOGICAL_NONE;
    return type->logical == SCH_DECIMAL || type->kind == SCH_FLOAT || type->kind == SCH_DOUBLE ||
           (is_plain && (type->kind == SCH_INT || type->kind == SCH_LONG));
}

static enum sch_misfit to_number(const struct sch_type *older, const struct sch_type *newer,
                                 const char *text, size_t len)
{
    struct number n;
    if (!is_number(older) && !is_text(older)) {
        return SCH_MISFIT_NONE;
    }
    if (newer->kind == SCH_FLOAT || newer->kind == SCH_DOUBLE) {
        return to_floating(older, newer->kind == SCH_DOUBLE, text, len);
    }
    if (!read_number(text, len, &n)) {
        return SCH_MISFIT_TYPE;
    }
    return newer->logical == SCH_DECIMAL ? to_decimal(&n, newer->precision, newer->scale)
                                         : to_integer(&n, newer->kind == SCH_LONG);
}

static enum sch_misfit to_symbol(const struct sch_type *older, const struct sch_type *newer,
                                 const char *text, size_t len)
{
    if (!is_text(older)) {
        return SCH_MISFIT_NONE;
    }
    for (size_t i = 0; i < newer->symbols.count; i++) {
        const char *symbol = newer->symbols.items[i];
        if (strlen(symbol) == len && memcmp(symbol, text, len) == 0) {
            return SCH_FITS;
        }
    }
    /* Avro 1.11, "Schema Resolution": the default is for symbols that the reader does not know. */
    return older->kind == SCH_ENUM && newer->default_symbol >= 0 ? SCH_FITS : SCH_MISFIT_SYMBOL;
}

/* What a date or time is, whatever its unit. */
enum when { NO_TIME, DATE, TIME, TIMESTAMP, LOCAL_TIMESTAMP };

static enum when when_of(const struct sch_type *type)
{
    switch (type->logical) {
    case SCH_DATE: return DATE;
    case SCH_TIME_MILLIS:
    case SCH_TIME_MICROS: return TIME;
    case SCH_TIMESTAMP_MILLIS:
    case SCH_TIMESTAMP_MICROS: return TIMESTAMP;
    case SCH_LOCAL_TIMESTAMP_MILLIS:
    case SCH_LOCAL_TIMESTAMP_MICROS: return LOCAL_TIMESTAMP;
    default: return NO_TIME;
    }
}

static bool is_millis(const struct sch_type *type)
{
    return type->logical == SCH_TIME_MILLIS || type->logical == SCH_TIMESTAMP_MILLIS ||
           type->logical == SCH_LOCAL_TIMESTAMP_MILLIS;
}

/* Digits of the second's fraction, in any of PostgreSQL's forms. */
static int second_digits(const char *text, size_t len)
{
    const char *point = memchr(text, '.', len);
    int digits = 0;
    for (const char *c = point != NULL ? point + 1 : text + len;
         c < text + len && isdigit((unsigned char)*c); c++) {
        digits = *c != '0' ? (int)(c - point) : digits;
    }
    return digits;
}

static enum sch_misfit to_when(const struct sch_type *older, const struct sch_type *newer,
                               const char *text, size_t len)
{
    enum when when = when_of(newer);
    int digits = 0;
    if (is_text(older)) {
        bool reads = when == DATE   ? is_date(text, len)
                     : when == TIME ? is_time(text, len, &digits)
                                    : is_timestamp(text, len, when == TIMESTAMP, &digits);
        if (!reads) {
            return SCH_MISFIT_TYPE;
        }
    } else if (when_of(older) == when) {
        digits = second_digits(text, len);
    } else {
        return SCH_MISFIT_NONE;
    }
    return digits > (is_millis(newer) ? 3 : 6) ? SCH_MISFIT_DIGITS : SCH_FITS;
}

enum sch_misfit sch_scalar_misfit(const struct sch_type *older, const struct sch_type *newer,
                                  const char *text, size_t len)
{
    if (when_of(newer) != NO_TIME) {
        return to_when(older, newer, text, len);
    }
    if (is_number(newer)) {
        return to_number(older, newer, text, len);
    }
    if (newer->logical == SCH_UUID) {
        bool reads = older->logical == SCH_UUID || is_uuid(text, len);
        return older->logical != SCH_UUID && !is_text(older) ? SCH_MISFIT_NONE
               : reads                                       ? SCH_FITS
                                                             : SCH_MISFIT_TYPE;
    }
    switch (newer->kind) {
    case SCH_ENUM: return to_symbol(older, newer, text, len);
    case SCH_STRING: return is_bytes(older) ? of_bytes(text, len, 0) : SCH_FITS;
    case SCH_BYTES: return is_bytes(older) || is_text(older) ? SCH_FITS : SCH_MISFIT_NONE;
    case SCH_FIXED: return is_bytes(older) ? of_bytes(text, len, newer->size) : SCH_MISFIT_NONE;
    case SCH_BOOLEAN:
        if (is_text(older)) {
            bool reads = (len == 4 && memcmp(text, "true", 4) == 0) ||
                         (len == 5 && memcmp(text, "false", 5) == 0);
            return reads ? SCH_FITS : SCH_MISFIT_TYPE;
        }
        return older->kind == SCH_BOOLEAN ? SCH_FITS : SCH_MISFIT_NONE;
    default: return SCH_MISFIT_NONE;
    }
}
