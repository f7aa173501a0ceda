/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/fn_format.c - "text".format(list) (cel-spec's strings extension): %s %d %f %e %b %o %x %X; decimals by %s %d %f.
 *
 * Text is put into pieces of the run's arena; all that is put is paid for first. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/rules/decimal.h"
#include "schema/rules/functions.h"
#include "schema/rules/print.h"
#include "schema/rules/type.h"

enum { MAX_PRECISION = 100, MAX_NESTING = 32, DECIMAL_BYTES = 2 * CEL_DECIMAL_DIGITS + 8 };

struct format {
    struct cel_run *run;
    uint8_t *p;
    size_t len;
    size_t cap;
    struct cel_value fault; /* an ERROR once something failed */
};

static void fail(struct format *f, enum cel_fault fault, const char *text)
{
    if (f->fault.kind != CEL_ERROR) {
        f->fault = cel_error(fault, text);
    }
}

static void put(struct format *f, const void *bytes, size_t len)
{
    if (f->fault.kind == CEL_ERROR || !cel_run_charge(f->run, len / 16, &f->fault)) {
        return;
    }
    if (f->cap - f->len < len) {
        size_t cap = (f->len + len) * 2 + 64;
        uint8_t *more = cel_run_alloc(f->run, cap, &f->fault);
        if (more == NULL) {
            return;
        }
        if (f->len > 0) {
            memcpy(more, f->p, f->len);
        }
        f->p = more;
        f->cap = cap;
    }
    if (len > 0) {
        memcpy(f->p + f->len, bytes, len);
        f->len += len;
    }
}

static void put_text(struct format *f, const char *text)
{
    put(f, text, strlen(text));
}

static const char *special(double d)
{
    return isnan(d) ? "NaN" : isinf(d) ? (d > 0 ? "Infinity" : "-Infinity") : NULL;
}

/* All digits of a double, without an exponent: string(1e21) is "1e+21", and here it is "1000000000000000000000". */
static void put_plain(struct format *f, double d)
{
    char shortest[CEL_PRINT_BYTES];
    char text[DECIMAL_BYTES];
    struct cel_decimal digits;
    if (special(d) != NULL) {
        put_text(f, special(d));
        return;
    }
    if (!cel_run_charge(f->run, CEL_DOUBLE_UNITS, &f->fault)) {
        return;
    }
    size_t len = cel_print_double(d, shortest);
    if (memchr(shortest, 'e', len) == NULL ||
        cel_decimal_of_text((const uint8_t *)shortest, (uint32_t)len, &digits) != 0) {
        put(f, shortest, len);
        return;
    }
    put(f, text, cel_decimal_print(&digits, text));
}

/* ---- %s ---- */

static void put_string(struct format *f, const struct cel_value *value, int level);

static void put_list(struct format *f, const struct cel_value *list, int level)
{
    struct cel_walk walk;
    struct cel_value key;
    struct cel_value item;
    put_text(f, "[");
    cel_walk_begin(&walk, list);
    for (bool first = true; f->fault.kind != CEL_ERROR && cel_walk_next(&walk, f->run, &key, &item);
         first = false) {
        put_text(f, first ? "" : ", ");
        put_string(f, &item, level + 1);
    }
    put_text(f, "]");
}

/* An entry's text, for the order of keys. */
struct entry {
    const uint8_t *key;
    size_t key_len;
    struct cel_value value;
};

static int by_key(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    size_t common = a->key_len < b->key_len ? a->key_len : b->key_len;
    int order = common > 0 ? memcmp(a->key, b->key, common) : 0;
    return order != 0 ? order : a->key_len < b->key_len ? -1 : a->key_len > b->key_len;
}

static void put_map(struct format *f, const struct cel_value *map, int level)
{
    struct cel_walk walk;
    struct cel_value key;
    size_t count = 0;
    size_t size = cel_size(map);
    struct entry *entries = cel_run_alloc(f->run, (size + 1) * sizeof(*entries), &f->fault);
    if (entries == NULL || !cel_run_charge(f->run, size * 4, &f->fault)) {
        return;
    }
    cel_walk_begin(&walk, map);
    while (f->fault.kind != CEL_ERROR && count < size &&
           cel_walk_next(&walk, f->run, &key, &entries[count].value)) {
        struct format text = {.run = f->run};
        put_string(&text, &key, level + 1);
        f->fault = text.fault.kind == CEL_ERROR ? text.fault : f->fault;
        entries[count].key = text.p;
        entries[count++].key_len = text.len;
    }
    qsort(entries, count, sizeof(entries[0]), by_key);
    put_text(f, "{");
    for (size_t i = 0; i < count && f->fault.kind != CEL_ERROR; i++) {
        put_text(f, i > 0 ? ", " : "");
        put(f, entries[i].key, entries[i].key_len);
        put_text(f, ": ");
        put_string(f, &entries[i].value, level + 1);
    }
    put_text(f, "}");
}

static void put_string(struct format *f, const struct cel_value *value, int level)
{
    struct cel_value text;
    if (level > MAX_NESTING) {
        fail(f, CEL_COST, "the value is nested too deep to be text");
        return;
    }
    switch (value->kind) {
    case CEL_NULL: put_text(f, "null"); return;
    case CEL_LIST: put_list(f, value, level); return;
    case CEL_MAP: put_map(f, value, level); return;
    case CEL_TYPE: put_text(f, cel_type_name(value->type)); return;
    case CEL_DOUBLE: put_plain(f, value->d); return;
    case CEL_STRING: text = *value; break;
    case CEL_BYTES: cel_fn_string_of_bytes(f->run, value, &text); break;
    case CEL_BOOL: cel_fn_string_of_bool(f->run, value, &text); break;
    case CEL_INT: cel_fn_string_of_int(f->run, value, &text); break;
    case CEL_UINT: cel_fn_string_of_uint(f->run, value, &text); break;
    case CEL_TIMESTAMP: cel_fn_string_of_timestamp(f->run, value, &text); break;
    case CEL_DURATION: cel_fn_string_of_duration(f->run, value, &text); break;
    case CEL_DECIMAL: cel_fn_string_of_decimal(f->run, value, &text); break;
    case CEL_ERROR: text = *value; break;
    default: fail(f, CEL_NO_OVERLOAD, "%s is not for records"); return;
    }
    if (text.kind == CEL_ERROR) {
        f->fault = text;
        return;
    }
    put(f, text.p, text.len);
}

/* ---- numbers ---- */

static void put_number(struct format *f, const struct cel_value *value)
{
    switch (value->kind) {
    case CEL_INT:
    case CEL_UINT:
    case CEL_DOUBLE:
    case CEL_DECIMAL: put_string(f, value, 0); return;
    default: fail(f, CEL_NO_OVERLOAD, "%d is for numbers");
    }
}

/* A decimal is rounded half up, as decimals.round does. */
static void put_decimal(struct format *f, const struct cel_value *value, int precision)
{
    char text[DECIMAL_BYTES];
    struct cel_decimal decimal;
    struct cel_decimal rounded;
    if (!cel_run_charge(f->run, 8 + cel_decimal_units(value), &f->fault)) {
        return;
    }
    if (!cel_decimal_read(value, &decimal) ||
        !cel_decimal_round(&decimal, precision, CEL_HALF_UP, &rounded)) {
        fail(f, CEL_OVERFLOW, "the decimal has more than 1000 digits");
        return;
    }
    put(f, text, cel_decimal_print(&rounded, text));
}

static void put_double(struct format *f, const struct cel_value *value, char verb, int precision)
{
    char text[MAX_PRECISION + 400];
    double d = value->d;
    if (value->kind == CEL_DECIMAL && verb == 'f') {
        put_decimal(f, value, precision);
        return;
    }
    if (value->kind == CEL_INT) {
        d = (double)value->i;
    } else if (value->kind == CEL_UINT) {
        d = (double)value->u;
    } else if (value->kind != CEL_DOUBLE) {
        fail(f, CEL_NO_OVERLOAD, "%f and %e are for numbers");
        return;
    }
    if (special(d) != NULL) {
        put_text(f, special(d));
        return;
    }
    snprintf(text, sizeof(text), verb == 'f' ? "%.*f" : "%.*e", precision, d);
    put_text(f, text);
}

static void put_in_base(struct format *f, const struct cel_value *value, unsigned base, bool upper)
{
    char text[68];
    size_t at = sizeof(text);
    bool negative = value->kind == CEL_INT && value->i < 0;
    uint64_t u = value->kind == CEL_BOOL ? value->b : negative ? -value->u : value->u;
    bool takes =
        value->kind == CEL_INT || value->kind == CEL_UINT || (value->kind == CEL_BOOL && base == 2);
    if (!takes) {
        fail(f, CEL_NO_OVERLOAD, "%b, %o and %x are for whole numbers");
        return;
    }
    do {
        text[--at] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[u % base];
        u /= base;
    } while (u > 0);
    if (negative) {
        text[--at] = '-';
    }
    put(f, text + at, sizeof(text) - at);
}

static void put_hex(struct format *f, const struct cel_value *value, bool upper)
{
    if (value->kind != CEL_STRING && value->kind != CEL_BYTES) {
        put_in_base(f, value, 16, upper);
        return;
    }
    if (!cel_run_charge(f->run, value->len / 16, &f->fault)) {
        return;
    }
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    for (uint32_t i = 0; i < value->len && f->fault.kind != CEL_ERROR; i++) {
        const char two[2] = {digits[value->p[i] >> 4], digits[value->p[i] & 15]};
        put(f, two, sizeof(two));
    }
}

/* ---- the text ---- */

static void put_verb(struct format *f, char verb, int precision, const struct cel_value *value)
{
    if (precision >= 0 && verb != 'f' && verb != 'e') {
        fail(f, CEL_BAD_ARGUMENT, "only %f and %e have a precision");
        return;
    }
    switch (verb) {
    case 's': put_string(f, value, 0); return;
    case 'd': put_number(f, value); return;
    case 'f':
    case 'e': put_double(f, value, verb, precision < 0 ? 6 : precision); return;
    case 'b': put_in_base(f, value, 2, false); return;
    case 'o': put_in_base(f, value, 8, false); return;
    case 'x':
    case 'X': put_hex(f, value, verb == 'X'); return;
    default: fail(f, CEL_BAD_ARGUMENT, "the format has a letter behind % that means nothing");
    }
}

/* ".3" behind a percent; -1: none is written. */
static int read_precision(struct format *f, const uint8_t **p, const uint8_t *end)
{
    int precision = 0;
    if (*p >= end || **p != '.') {
        return -1;
    }
    const uint8_t *digits = *p + 1;
    for ((*p)++; *p < end && **p >= '0' && **p <= '9' && precision <= MAX_PRECISION; (*p)++) {
        precision = precision * 10 + (**p - '0');
    }
    if (*p == digits || precision > MAX_PRECISION) {
        fail(f, CEL_BAD_ARGUMENT, "the precision behind %. is a number up to 100");
    }
    return precision;
}

void cel_fn_format(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    struct format f = {.run = run};
    const uint8_t *p = args[0].p;
    const uint8_t *end = p + args[0].len;
    struct cel_walk walk;
    struct cel_value key;
    struct cel_value value;
    cel_walk_begin(&walk, &args[1]);
    while (p < end && f.fault.kind != CEL_ERROR) {
        const uint8_t *percent = memchr(p, '%', (size_t)(end - p));
        put(&f, p, (size_t)((percent != NULL ? percent : end) - p));
        if (percent == NULL) {
            break;
        }
        p = percent + 1;
        if (p < end && *p == '%') {
            put(&f, p++, 1);
            continue;
        }
        int precision = read_precision(&f, &p, end);
        if (p >= end) {
            fail(&f, CEL_BAD_ARGUMENT, "the format ends behind a %");
        } else if (!cel_walk_next(&walk, run, &key, &value)) {
            fail(&f, CEL_NO_KEY, "the format wants more values than there are");
        } else {
            put_verb(&f, (char)*p++, precision, &value);
        }
    }
    *out = f.fault.kind == CEL_ERROR ? f.fault : cel_bytes(CEL_STRING, f.p, f.len);
}
