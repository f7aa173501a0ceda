/* SPDX-License-Identifier: Apache-2.0
 * schema/sample/scalar.c - see the header. */
#include <stdio.h>
#include <string.h>

#include "schema/rules/time.h"
#include "schema/sample/scalar_priv.h"

enum { MAX_DIGITS = 1000, MAX_BYTES = 420 };

void scalar_put_long(struct buf *out, int64_t value)
{
    uint64_t raw = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
    for (; raw >= 0x80; raw >>= 7) {
        buf_put_u8(out, (uint8_t)(raw | 0x80));
    }
    buf_put_u8(out, (uint8_t)raw);
}

void scalar_put_bytes(struct buf *out, const void *bytes, size_t len)
{
    scalar_put_long(out, (int64_t)len);
    buf_put(out, bytes, len);
}

/* ---- decimals ---- */

/* The digits of a number without its point, with zeros up to the scale; 0: it is none, or is not exact at that scale. */
static size_t digits_of(const char *text, int scale, char digits[MAX_DIGITS])
{
    size_t count = 0;
    int behind = -1; /* digits behind the point; -1: before it */
    for (const char *p = text + (*text == '-'); *p != '\0'; p++) {
        if (*p == '.' && behind < 0) {
            behind = 0;
        } else if (*p < '0' || *p > '9' || count == MAX_DIGITS) {
            return 0;
        } else if (behind == scale) {
            if (*p != '0') {
                return 0;
            }
        } else {
            digits[count++] = *p;
            behind += behind >= 0;
        }
    }
    for (int i = behind < 0 ? 0 : behind; i < scale; i++) {
        if (count == MAX_DIGITS) {
            return 0;
        }
        digits[count++] = '0';
    }
    return count;
}

/* Big-endian two's complement, into the end of the room: how many bytes. */
static size_t number_bytes(const char *digits, size_t count, bool negative, uint8_t room[MAX_BYTES])
{
    memset(room, 0, MAX_BYTES);
    for (size_t i = 0; i < count; i++) {
        uint32_t carry = (uint32_t)(digits[i] - '0');
        for (size_t k = MAX_BYTES; k-- > 0;) {
            carry += (uint32_t)room[k] * 10;
            room[k] = (uint8_t)carry;
            carry >>= 8;
        }
    }
    for (size_t k = MAX_BYTES, one = 1; negative && k-- > 0;) {
        one += (uint8_t)~room[k];
        room[k] = (uint8_t)one;
        one >>= 8;
    }
    uint8_t sign = room[0] >= 0x80 ? 0xFF : 0;
    size_t from = 0;
    while (from < MAX_BYTES - 1 && room[from] == sign && (room[from + 1] >= 0x80) == (sign != 0)) {
        from++;
    }
    return MAX_BYTES - from;
}

static bool put_decimal(struct buf *out, const struct sch_type *type, const json_t *json)
{
    char digits[MAX_DIGITS];
    char number[64];
    uint8_t room[MAX_BYTES];
    const char *text = json_string_value(json);
    if (text == NULL && json_is_number(json)) {
        if (json_is_integer(json)) {
            snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(json));
        } else {
            snprintf(number, sizeof(number), "%.15g", json_real_value(json));
        }
        text = number;
    }
    size_t count = text != NULL ? digits_of(text, type->scale, digits) : 0;
    if (count == 0) {
        return false;
    }
    size_t len = number_bytes(digits, count, *text == '-', room);
    if (type->kind != SCH_FIXED) {
        scalar_put_bytes(out, room + MAX_BYTES - len, len);
        return true;
    }
    if (len > type->size || type->size > MAX_BYTES) {
        return false;
    }
    buf_put(out, room + MAX_BYTES - type->size, type->size); /* the bytes before are the sign's */
    return true;
}

/* ---- times ---- */

/* Text of ISO 8601 as units since 1970 or since midnight. before, behind: what makes a timestamp of it. */
static bool read_time(const json_t *json, const char *before, const char *behind, int64_t a_second,
                      int64_t *out)
{
    char text[128];
    const char *given = json_string_value(json);
    if (given == NULL ||
        snprintf(text, sizeof(text), "%s%s%s", before, given, behind) >= (int)sizeof(text)) {
        return false;
    }
    const struct cel_value time = cel_parse_timestamp(text, strlen(text));
    if (time.kind != CEL_TIMESTAMP) {
        return false;
    }
    int64_t each = a_second > 0 ? 1000000000 / a_second : 1;
    *out = a_second == 0 ? time.i / 86400 : time.i * a_second + cel_nanos(&time) / each;
    return true;
}

static bool logical_number(const struct sch_type *type, const json_t *json, int64_t *out)
{
    switch (type->logical) {
    case SCH_DATE: return read_time(json, "", "T00:00:00Z", 0, out);
    case SCH_TIME_MILLIS: return read_time(json, "1970-01-01T", "Z", 1000, out);
    case SCH_TIME_MICROS: return read_time(json, "1970-01-01T", "Z", 1000000, out);
    case SCH_TIMESTAMP_MILLIS: return read_time(json, "", "", 1000, out);
    case SCH_TIMESTAMP_MICROS: return read_time(json, "", "", 1000000, out);
    case SCH_LOCAL_TIMESTAMP_MILLIS: return read_time(json, "", "Z", 1000, out);
    case SCH_LOCAL_TIMESTAMP_MICROS: return read_time(json, "", "Z", 1000000, out);
    default: return false;
    }
}

/* ---- the rest ---- */

static bool put_whole(struct buf *out, const struct sch_type *type, const json_t *json)
{
    int64_t value = json_integer_value(json);
    if (!json_is_integer(json) && !logical_number(type, json, &value)) {
        return false;
    }
    if (type->kind == SCH_INT && (value < INT32_MIN || value > INT32_MAX)) {
        return false;
    }
    scalar_put_long(out, value);
    return true;
}

static bool put_real(struct buf *out, const struct sch_type *type, const json_t *json)
{
    if (!json_is_number(json)) {
        return false;
    }
    double d = json_number_value(json);
    float f = (float)d;
    uint8_t bytes[8];
    size_t len = type->kind == SCH_FLOAT ? sizeof(f) : sizeof(d);
    uint64_t raw = 0;
    memcpy(&raw, type->kind == SCH_FLOAT ? (const void *)&f : (const void *)&d, len);
    raw = htole64(raw);
    memcpy(bytes, &raw, sizeof(raw));
    buf_put(out, bytes, len);
    return true;
}

/* Each character of the text is a byte (Avro 1.11, "JSON Encoding"). */
static bool put_binary(struct buf *out, const struct sch_type *type, const json_t *json)
{
    const char *text = json_string_value(json);
    struct buf bytes = BUF_INIT;
    bool good = text != NULL;
    for (size_t i = 0; good && i < json_string_length(json); i++) {
        uint8_t c = (uint8_t)text[i];
        good = c < 0xC4;
        buf_put_u8(&bytes, c < 0x80 ? c : (uint8_t)((c & 3) << 6 | ((uint8_t)text[i + 1] & 0x3F)));
        i += c >= 0x80;
    }
    good = good && (type->kind != SCH_FIXED || bytes.len == type->size);
    if (good && type->kind != SCH_FIXED) {
        scalar_put_long(out, (int64_t)bytes.len);
    }
    if (good) {
        buf_put(out, bytes.data, bytes.len);
    }
    buf_fini(&bytes);
    return good;
}

static bool put_symbol(struct buf *out, const struct sch_type *type, const json_t *json)
{
    const char *text = json_string_value(json);
    for (size_t i = 0; text != NULL && i < type->symbols.count; i++) {
        if (strcmp(type->symbols.items[i], text) == 0) {
            scalar_put_long(out, (int64_t)i);
            return true;
        }
    }
    return false;
}

bool scalar_put(struct buf *out, const struct sch_type *type, const json_t *json)
{
    if (type->logical == SCH_DECIMAL) {
        return put_decimal(out, type, json);
    }
    switch (type->kind) {
    case SCH_NULL: return json == NULL || json_is_null(json);
    case SCH_BOOLEAN: buf_put_u8(out, json_is_true(json)); return json_is_boolean(json);
    case SCH_INT:
    case SCH_LONG: return put_whole(out, type, json);
    case SCH_FLOAT:
    case SCH_DOUBLE: return put_real(out, type, json);
    case SCH_BYTES:
    case SCH_FIXED: return put_binary(out, type, json);
    case SCH_STRING:
        if (json_is_string(json)) {
            scalar_put_bytes(out, json_string_value(json), json_string_length(json));
        }
        return json_is_string(json);
    case SCH_ENUM: return put_symbol(out, type, json);
    default: return false;
    }
}
