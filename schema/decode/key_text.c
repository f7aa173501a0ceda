/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/key_text.c - one key field from its text: a decimal number, a UUID, a date, or the
 * text itself. */
#include "schema/decode/key_text_priv.h"

#include "base/utf8.h"
#include "schema/decode/read_priv.h"

static int refuse(const struct column *column, enum err_code code, const char *why, struct err *err)
{
    err_set(err, ERR_KIND_POISON, code, "the key field is not %s", why);
    err_path_prepend(err, column->field);
    return -1;
}

enum number { NUMBER_OK = 0, NUMBER_MALFORMED, NUMBER_OUT_OF_RANGE };

/* -?[0-9]+ */
static enum number parse_number(const uint8_t *text, size_t len, int64_t *value)
{
    bool negative = len > 0 && text[0] == '-';
    size_t at = negative;
    enum number result = at < len ? NUMBER_OK : NUMBER_MALFORMED;
    int64_t sum = 0; /* kept negative, which reaches further */
    for (; at < len; at++) {
        int digit = text[at] - '0';
        if (digit < 0 || digit > 9) {
            return NUMBER_MALFORMED;
        }
        if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_sub_overflow(sum, digit, &sum)) {
            result = NUMBER_OUT_OF_RANGE;
            sum = 0;
        }
    }
    if (!negative && sum == INT64_MIN) {
        return NUMBER_OUT_OF_RANGE;
    }
    *value = negative ? sum : -sum;
    return result;
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days since 1970-01-01 of a day of the Gregorian calendar, year 1 or later. */
static int64_t days_since_epoch(int64_t year, int64_t month, int64_t day)
{
    static const int16_t days_before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t past = year - 1;
    int64_t days = past * 365 + past / 4 - past / 100 + past / 400;
    return days + days_before[month - 1] + (month > 2 && is_leap(year)) + day - 1 - 719162;
}

/* YYYY-MM-DD */
static bool parse_date(const uint8_t *text, size_t len, int64_t parts[3])
{
    static const char format[] = "YYYY-MM-DD";
    int64_t sums[3] = {0, 0, 0};
    int part = 0;
    if (len != sizeof(format) - 1) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (format[i] == '-') {
            if (text[i] != '-') {
                return false;
            }
            part++;
        } else if (text[i] < '0' || text[i] > '9') {
            return false;
        } else {
            sums[part] = sums[part] * 10 + (text[i] - '0');
        }
    }
    memcpy(parts, sums, sizeof(sums));
    return true;
}

static bool is_day(const int64_t parts[3])
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (parts[0] < 1 || parts[1] < 1 || parts[1] > 12 || parts[2] < 1) {
        return false;
    }
    return parts[2] <= lengths[parts[1] - 1] + (parts[1] == 2 && is_leap(parts[0]));
}

static int read_number(const struct column *column, const uint8_t *text, size_t len,
                       struct cell *cell, struct err *err)
{
    switch (parse_number(text, len, &cell->i)) {
    case NUMBER_OK: break;
    case NUMBER_MALFORMED: return refuse(column, ERR_KEY_FORMAT, "a decimal number", err);
    case NUMBER_OUT_OF_RANGE: return refuse(column, ERR_BAD_NUMBER, "a number of 64 bits", err);
    }
    cell->type = CELL_I64;
    return 0;
}

static int read_date(const struct column *column, const uint8_t *text, size_t len,
                     struct cell *cell, struct err *err)
{
    int64_t parts[3];
    if (!parse_date(text, len, parts)) {
        return refuse(column, ERR_KEY_FORMAT, "a date YYYY-MM-DD", err);
    }
    if (!is_day(parts)) {
        return refuse(column, ERR_BAD_TIME, "a day of the calendar", err);
    }
    cell->type = CELL_I64;
    cell->i = days_since_epoch(parts[0], parts[1], parts[2]);
    return 0;
}

static int read_uuid(const struct column *column, const uint8_t *text, size_t len,
                     struct arena *arena, struct cell *cell, struct err *err)
{
    uint8_t *uuid = arena_alloc(arena, 16);
    if (uuid == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a key");
    }
    if (!sch_uuid_parse(text, len, uuid)) {
        return refuse(column, ERR_BAD_UUID, "a UUID", err);
    }
    cell->type = CELL_UUID;
    cell->len = 16;
    cell->p = uuid;
    return 0;
}

int sch_key_text(const struct column *column, const uint8_t *text, size_t len, struct arena *arena,
                 struct cell *cell, struct err *err)
{
    *cell = (struct cell){.column_type = (uint8_t)column->type};
    switch (column->type) {
    case COLUMN_BIGINT: return read_number(column, text, len, cell, err);
    case COLUMN_DATE: return read_date(column, text, len, cell, err);
    case COLUMN_UUID: return read_uuid(column, text, len, arena, cell, err);
    case COLUMN_TEXT: break;
    default: return refuse(column, ERR_KEY_FORMAT, "of a type that text can be read as", err);
    }
    if (len > UINT32_MAX || !utf8_is_text(text, len)) {
        return refuse(column, ERR_BAD_TEXT, "UTF-8 text without U+0000", err);
    }
    cell->type = CELL_BYTES;
    cell->len = (uint32_t)len;
    cell->p = text;
    return 0;
}

bool sch_hex_parse(const char *text, size_t len, uint8_t *out)
{
    if (len % 2 != 0) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) {
            return false;
        }
        out[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 : out[i / 2] | digit);
    }
    return true;
}
