/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/float.c - the default of a float or double, written as a string.
 *
 * JSON has neither NaN nor infinities. So the Java implementation reads a string there, with
 * Double.valueOf: "NaN", "-Infinity", and any number in decimal or hexadecimal, with space around
 * it and a type's letter behind it. Only the own default of a float or double field is read so,
 * not a value inside a union, an array or a record. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "schema/parse/parser_priv.h"

/* Without space and control characters at both ends, as String.trim. */
static const char *trim(const char *text, size_t *len)
{
    while (*len > 0 && (unsigned char)text[*len - 1] <= ' ') {
        (*len)--;
    }
    while (*len > 0 && (unsigned char)*text <= ' ') {
        text++;
        (*len)--;
    }
    return text;
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(text, word, len) == 0;
}

/* Java refuses words, and hexadecimal without an exponent; strtod takes both. */
static bool read_digits(const char *text, size_t len, double *out)
{
    bool hexadecimal = len > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    char *end;
    if (len == 0 || strchr("0123456789.", *text) == NULL) {
        return false;
    }
    *out = strtod(text, &end);
    size_t read = (size_t)(end - text);
    if (hexadecimal && memchr(text, 'p', read) == NULL && memchr(text, 'P', read) == NULL) {
        return false;
    }
    bool typed = read + 1 == len && strchr("fFdD", *end) != NULL;
    return read > 0 && (read == len || typed);
}

bool sch_float_from_text(const json_t *json, double *out)
{
    size_t len = json_string_length(json);
    const char *text = json_is_string(json) ? trim(json_string_value(json), &len) : "";
    bool negative = len > 0 && *text == '-';
    if (negative || (len > 0 && *text == '+')) {
        text++;
        len--;
    }
    if (is_word(text, len, "NaN")) {
        *out = NAN;
        return true;
    }
    if (is_word(text, len, "Infinity")) {
        *out = negative ? -INFINITY : INFINITY;
        return true;
    }
    /* A number beyond a double is refused. It is not taken for an infinity. */
    if (!read_digits(text, len, out) || !isfinite(*out)) {
        return false;
    }
    *out = negative ? -*out : *out;
    return true;
}
