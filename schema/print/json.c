/* SPDX-License-Identifier: Apache-2.0
 * schema/print/json.c - JSON as Java's Jackson writes it, for the defaults and attributes of a
 * printed schema.
 *
 * Text is UTF-8 as it is; only what JSON demands is escaped. A number with a point or an exponent
 * is a double and printed as Java prints one: 1e10 is 1.0E10, 1.50 is 1.5. Java before 19 prints
 * some doubles with a digit too many (2.0E23 as 1.9999999999999998E23); the digits here are those
 * of Java since then. Failure is the buffer's. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/parse/default.h"
#include "schema/print/printer_priv.h"

/* From this many members on a hash table is used, so that a wide record's default takes linear
 * time. */
enum { MANY = 16 };

enum { MOST_DIGITS = 17, LEAST_EXPONENT = -3, MOST_EXPONENT = 7 };

void sch_print_string(const char *text, size_t len, struct buf *out)
{
    static const char names[] = "btnvfr"; /* U+0008 … U+000D; \v is no escape of JSON */
    buf_put_u8(out, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') {
            buf_put_u8(out, '\\');
            buf_put_u8(out, c);
        } else if (c >= 0x08 && c <= 0x0D && c != 0x0B) {
            buf_put_u8(out, '\\');
            buf_put_u8(out, (uint8_t)names[c - 0x08]);
        } else if (c < 0x20) {
            buf_printf(out, "\\u%04X", c);
        } else {
            buf_put_u8(out, c);
        }
    }
    buf_put_u8(out, '"');
}

/* "1.2340e+07" → the digits "1234" and the exponent 7. */
static int split(const char *text, char *digits)
{
    size_t count = 0;
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9') { /* whatever the locale's point is */
            digits[count++] = *at;
        }
    }
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    digits[count] = '\0';
    return (int)strtol(at + 1, NULL, 10);
}

static void put_number(bool negative, const char *digits, int exponent, struct buf *out)
{
    int count = (int)strlen(digits);
    if (negative) {
        buf_put_u8(out, '-');
    }
    if (exponent < LEAST_EXPONENT || exponent >= MOST_EXPONENT) {
        buf_printf(out, "%c.%sE%d", digits[0], count > 1 ? digits + 1 : "0", exponent);
        return;
    }
    if (exponent < 0) {
        buf_printf(out, "0.%.*s%s", -exponent - 1, "00000000", digits);
        return;
    }
    for (int i = 0; i <= exponent; i++) {
        buf_put_u8(out, (uint8_t)(i < count ? digits[i] : '0'));
    }
    buf_printf(out, ".%s", count > exponent + 1 ? digits + exponent + 1 : "0");
}

/* The fewest digits, but at least two: Java has 4.9E-324, not 5.0E-324. */
static void put_shortest(double v, bool single, struct buf *out)
{
    char text[40];
    char digits[MOST_DIGITS + 2] = "";
    if (v == 0) {
        buf_put_str(out, signbit(v) ? "-0.0" : "0.0");
        return;
    }
    for (int after_point = 1; after_point < MOST_DIGITS; after_point++) {
        snprintf(text, sizeof(text), "%.*e", after_point, fabs(v));
        if (single ? strtof(text, NULL) == (float)fabs(v) : strtod(text, NULL) == fabs(v)) {
            break;
        }
    }
    int exponent = split(text, digits);
    put_number(v < 0, digits, exponent, out);
}

struct ranked {
    const char *key;
    int rank;
    size_t place;
};

/* As Java compares strings: a character beyond U+FFFF is two surrogates, and those come before
 * U+E000. */
static int compare_utf16(const char *a, const char *b)
{
    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }
    unsigned char x = (unsigned char)*a;
    unsigned char y = (unsigned char)*b;
    if (x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0)) {
        return x >= 0xF0 ? -1 : 1;
    }
    return (int)x - (int)y;
}

static int by_place(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->rank != y->rank) {
        return x->rank < y->rank ? -1 : 1;
    }
    return x->place < y->place ? -1 : x->place > y->place;
}

static int by_key(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    return x->rank != y->rank ? (x->rank < y->rank ? -1 : 1) : compare_utf16(x->key, y->key);
}

const char **sch_print_keys(const json_t *object, bool sorted,
                            int (*rank)(const char *key, const void *context), const void *context,
                            size_t *count)
{
    size_t size = json_object_size(object);
    struct ranked *list = calloc(size + 1, sizeof(*list));
    const char **keys = calloc(size + 1, sizeof(*keys));
    const char *key;
    json_t *value;
    if (list == NULL || keys == NULL) {
        free(list);
        free(keys);
        return NULL;
    }
    *count = 0;
    json_object_foreach((json_t *)object, key, value)
    {
        int its = rank != NULL ? rank(key, context) : 0;
        if (its >= 0) {
            list[*count] = (struct ranked){key, its, *count};
            (*count)++;
        }
    }
    qsort(list, *count, sizeof(*list), sorted ? by_key : by_place);
    for (size_t i = 0; i < *count; i++) {
        keys[i] = list[i].key;
    }
    free(list);
    return keys;
}

/* type: NULL where only the JSON counts. */
static void put_value(const struct sch_type *type, const json_t *json, bool sorted,
                      struct buf *out);

/* The fields of a wide record by name, for an object of so many members; empty: the few are
 * searched one by one. So an array of small objects makes no tables. */
static bool fill_fields(const struct sch_type *type, size_t members, struct sch_nameset *fields)
{
    bool is_wide = type != NULL && type->kind == SCH_RECORD && members > MANY;
    for (size_t i = 0; is_wide && i < type->field_count; i++) {
        if (sch_nameset_put(fields, type->fields[i].name, &type->fields[i], NULL) < 0) {
            return false;
        }
    }
    return true;
}

static const struct sch_type *member_type(const struct sch_type *type,
                                          const struct sch_nameset *fields, const char *key)
{
    if (type == NULL || type->kind != SCH_RECORD) {
        return type != NULL ? type->items : NULL;
    }
    const struct sch_field *field =
        fields->count > 0 ? sch_nameset_get(fields, key) : sch_find_field(type, key);
    return field != NULL ? field->type : NULL;
}

static void put_object(const struct sch_type *type, const json_t *json, bool sorted,
                       struct buf *out)
{
    size_t count = 0;
    struct sch_nameset fields = {NULL, 0, 0};
    const char **keys = sch_print_keys(json, sorted, NULL, NULL, &count);
    if (keys == NULL || !fill_fields(type, count, &fields)) {
        out->failed = true;
        goto done;
    }
    buf_put_u8(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            buf_put_u8(out, ',');
        }
        sch_print_string(keys[i], strlen(keys[i]), out);
        buf_put_u8(out, ':');
        put_value(member_type(type, &fields, keys[i]), json_object_get(json, keys[i]), sorted, out);
    }
    buf_put_u8(out, '}');
done:
    sch_nameset_fini(&fields);
    free(keys);
}

static void put_array(const struct sch_type *type, const json_t *json, bool sorted, struct buf *out)
{
    buf_put_u8(out, '[');
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (i > 0) {
            buf_put_u8(out, ',');
        }
        put_value(type != NULL ? type->items : NULL, json_array_get(json, i), sorted, out);
    }
    buf_put_u8(out, ']');
}

static void put_value(const struct sch_type *type, const json_t *json, bool sorted, struct buf *out)
{
    if (type != NULL && type->kind == SCH_UNION) {
        type = sch_only_branch(type, json); /* no union stands in a union */
    }
    if (type != NULL && type->kind == SCH_DOUBLE && json_is_number(json)) {
        put_shortest(json_number_value(json), false, out);
        return;
    }
    if (type != NULL && type->kind == SCH_FLOAT && json_is_number(json)) {
        put_shortest((float)json_number_value(json), true, out);
        return;
    }
    switch (json_typeof(json)) {
    case JSON_OBJECT: put_object(type, json, sorted, out); break;
    case JSON_ARRAY: put_array(type, json, sorted, out); break;
    case JSON_STRING:
        sch_print_string(json_string_value(json), json_string_length(json), out);
        break;
    case JSON_INTEGER: buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(json)); break;
    case JSON_REAL: put_shortest(json_real_value(json), false, out); break;
    case JSON_TRUE: buf_put_str(out, "true"); break;
    case JSON_FALSE: buf_put_str(out, "false"); break;
    case JSON_NULL: buf_put_str(out, "null"); break;
    }
}

void sch_print_json(const json_t *json, bool sorted, struct buf *out)
{
    put_value(NULL, json, sorted, out);
}

/* A string that is the default of a float or double is printed as its number, as Java does. */
void sch_print_default(const struct sch_type *type, const json_t *json, bool normal,
                       struct buf *out)
{
    double v;
    if (!sch_is_float(type) || !sch_float_from_text(json, &v)) {
        put_value(normal ? type : NULL, json, normal, out);
    } else if (!isfinite(v)) {
        buf_put_str(out, isnan(v) ? "\"NaN\"" : v > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    } else if (normal && type->kind == SCH_FLOAT) {
        put_shortest((float)v, true, out);
    } else {
        put_shortest(v, false, out);
    }
}
