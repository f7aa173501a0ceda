/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/fn_convert.c - from one kind to another (cel-spec, "Type Conversion"): what does not fit is an error. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "schema/rules/decimal.h"
#include "schema/rules/functions.h"
#include "schema/rules/print.h"
#include "schema/rules/time.h"
#include "schema/rules/type.h"

enum { NUMBER_BYTES = 400 }; /* of a text that may be a number: doubles have many digits at most */

static struct cel_value overflow(void)
{
    return cel_error(CEL_OVERFLOW, "the number is out of range");
}

static struct cel_value no_number(void)
{
    return cel_error(CEL_BAD_ARGUMENT, "the text is no such number");
}

/* The text with a NUL behind it; false: it is no number's. */
static bool number_text(const struct cel_value *value, char text[NUMBER_BYTES + 1])
{
    if (value->len == 0 || value->len > NUMBER_BYTES ||
        memchr(value->p, '\0', value->len) != NULL) {
        return false;
    }
    memcpy(text, value->p, value->len);
    text[value->len] = '\0';
    return true;
}

static bool all_digits(const char *text)
{
    return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* ---- int, uint ---- */

void cel_fn_int_of_int(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = args[0];
}

void cel_fn_int_of_uint(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = args[0].u > INT64_MAX ? overflow() : cel_int((int64_t)args[0].u);
}

/* The least int as a double is refused too, as by other implementations: what is rounded to it cannot be told apart. */
void cel_fn_int_of_double(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    double d = args[0].d;
    *out =
        d > -9223372036854775808.0 && d < 9223372036854775808.0 ? cel_int((int64_t)d) : overflow();
}

void cel_fn_int_of_string(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    char text[NUMBER_BYTES + 1];
    (void)run;
    if (!number_text(&args[0], text) || !all_digits(text + (text[0] == '-' || text[0] == '+'))) {
        *out = no_number();
        return;
    }
    errno = 0;
    int64_t i = strtoll(text, NULL, 10);
    *out = errno != 0 ? overflow() : cel_int(i);
}

void cel_fn_int_of_timestamp(struct cel_run *run, const struct cel_value *args,
                             struct cel_value *out)
{
    (void)run;
    *out = cel_int(args[0].i);
}

void cel_fn_uint_of_uint(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = args[0];
}

void cel_fn_uint_of_int(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = args[0].i < 0 ? overflow() : cel_uint((uint64_t)args[0].i);
}

void cel_fn_uint_of_double(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    double d = args[0].d;
    *out = d >= 0 && d < 18446744073709551616.0 ? cel_uint((uint64_t)d) : overflow();
}

void cel_fn_uint_of_string(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    char text[NUMBER_BYTES + 1];
    (void)run;
    if (!number_text(&args[0], text) || !all_digits(text)) {
        *out = no_number();
        return;
    }
    errno = 0;
    uint64_t u = strtoull(text, NULL, 10);
    *out = errno != 0 ? overflow() : cel_uint(u);
}

/* ---- double ---- */

void cel_fn_double_of_double(struct cel_run *run, const struct cel_value *args,
                             struct cel_value *out)
{
    (void)run;
    *out = args[0];
}

void cel_fn_double_of_int(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = cel_double((double)args[0].i);
}

void cel_fn_double_of_uint(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = cel_double((double)args[0].u);
}

static bool is_double_text(const char *text)
{
    static const char *const words[] = {"nan", "inf", "infinity"};
    const char *p = text + (*text == '-' || *text == '+');
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(p, words[i]) == 0) {
            return true;
        }
    }
    size_t whole = strspn(p, "0123456789");
    p += whole;
    size_t fraction = 0;
    if (*p == '.') {
        fraction = strspn(p + 1, "0123456789");
        p += 1 + fraction;
    }
    if (whole + fraction == 0) {
        return false;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        p += *p == '-' || *p == '+';
        return all_digits(p);
    }
    return *p == '\0';
}

void cel_fn_double_of_string(struct cel_run *run, const struct cel_value *args,
                             struct cel_value *out)
{
    char text[NUMBER_BYTES + 1];
    (void)run;
    if (!number_text(&args[0], text) || !is_double_text(text)) {
        *out = no_number();
        return;
    }
    double d = strtod(text, NULL);
    bool named = strpbrk(text, "iIaA") != NULL;
    *out = isinf(d) && !named ? overflow() : cel_double(d);
}

void cel_fn_double_of_decimal(struct cel_run *run, const struct cel_value *args,
                              struct cel_value *out)
{
    char text[2 * CEL_DECIMAL_DIGITS + 8];
    struct cel_decimal decimal;
    if (!cel_run_charge(run, 2 * cel_decimal_units(&args[0]), out)) {
        return;
    }
    if (!cel_decimal_read(&args[0], &decimal)) {
        *out = overflow();
        return;
    }
    cel_decimal_print(&decimal, text);
    *out = cel_double(strtod(text, NULL));
}

/* ---- bool ---- */

void cel_fn_bool_of_bool(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = args[0];
}

void cel_fn_bool_of_string(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    static const char *const words[] = {"1", "t", "T", "true",  "TRUE",  "True",
                                        "0", "f", "F", "false", "FALSE", "False"};
    (void)run;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i]) == args[0].len && memcmp(words[i], args[0].p, args[0].len) == 0) {
            *out = cel_bool(i < 6);
            return;
        }
    }
    *out = cel_error(CEL_BAD_ARGUMENT, "the text is neither true nor false");
}

/* ---- string, bytes ---- */

/* units: what it took to print it. */
static void give_text(struct cel_run *run, const char *text, size_t len, uint64_t units,
                      struct cel_value *out)
{
    char *copy = cel_run_charge(run, units, out) ? cel_run_alloc(run, len, out) : NULL;
    if (copy != NULL) {
        memcpy(copy, text, len);
        *out = cel_bytes(CEL_STRING, copy, len);
    }
}

void cel_fn_string_of_string(struct cel_run *run, const struct cel_value *args,
                             struct cel_value *out)
{
    (void)run;
    *out = args[0];
}

void cel_fn_string_of_int(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    char text[CEL_PRINT_BYTES];
    give_text(run, text, (size_t)snprintf(text, sizeof(text), "%" PRId64, args[0].i),
              CEL_PRINT_UNITS, out);
}

void cel_fn_string_of_uint(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    char text[CEL_PRINT_BYTES];
    give_text(run, text, (size_t)snprintf(text, sizeof(text), "%" PRIu64, args[0].u),
              CEL_PRINT_UNITS, out);
}

void cel_fn_string_of_double(struct cel_run *run, const struct cel_value *args,
                             struct cel_value *out)
{
    char text[CEL_PRINT_BYTES];
    give_text(run, text, cel_print_double(args[0].d, text), CEL_DOUBLE_UNITS, out);
}

void cel_fn_string_of_bool(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = args[0].b ? cel_bytes(CEL_STRING, "true", 4) : cel_bytes(CEL_STRING, "false", 5);
}

void cel_fn_string_of_bytes(struct cel_run *run, const struct cel_value *args,
                            struct cel_value *out)
{
    if (cel_run_charge(run, args[0].len / 16, out)) {
        *out = cel_is_utf8(args[0].p, args[0].len)
                   ? cel_bytes(CEL_STRING, args[0].p, args[0].len)
                   : cel_error(CEL_BAD_UTF8, "the bytes are not UTF-8");
    }
}

void cel_fn_string_of_timestamp(struct cel_run *run, const struct cel_value *args,
                                struct cel_value *out)
{
    char text[CEL_PRINT_BYTES];
    give_text(run, text, cel_print_timestamp(&args[0], text), CEL_PRINT_UNITS, out);
}

void cel_fn_string_of_duration(struct cel_run *run, const struct cel_value *args,
                               struct cel_value *out)
{
    char text[CEL_PRINT_BYTES];
    give_text(run, text, cel_print_duration(&args[0], text), CEL_PRINT_UNITS, out);
}

void cel_fn_string_of_decimal(struct cel_run *run, const struct cel_value *args,
                              struct cel_value *out)
{
    char text[2 * CEL_DECIMAL_DIGITS + 8];
    struct cel_decimal decimal;
    if (!cel_run_charge(run, cel_decimal_units(&args[0]), out)) {
        return;
    }
    if (!cel_decimal_read(&args[0], &decimal)) {
        *out = overflow();
        return;
    }
    give_text(run, text, cel_decimal_print(&decimal, text), 0, out);
}

void cel_fn_bytes_of_bytes(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = args[0];
}

void cel_fn_bytes_of_string(struct cel_run *run, const struct cel_value *args,
                            struct cel_value *out)
{
    (void)run;
    *out = cel_bytes(CEL_BYTES, args[0].p, args[0].len);
}

/* ---- times ---- */

void cel_fn_timestamp_of_timestamp(struct cel_run *run, const struct cel_value *args,
                                   struct cel_value *out)
{
    (void)run;
    *out = args[0];
}

void cel_fn_timestamp_of_int(struct cel_run *run, const struct cel_value *args,
                             struct cel_value *out)
{
    (void)run;
    *out = cel_timestamp(args[0].i, 0);
}

void cel_fn_timestamp_of_string(struct cel_run *run, const struct cel_value *args,
                                struct cel_value *out)
{
    if (cel_run_charge(run, CEL_PRINT_UNITS, out)) {
        *out = cel_parse_timestamp((const char *)args[0].p, args[0].len);
    }
}

void cel_fn_duration_of_duration(struct cel_run *run, const struct cel_value *args,
                                 struct cel_value *out)
{
    (void)run;
    *out = args[0];
}

void cel_fn_duration_of_string(struct cel_run *run, const struct cel_value *args,
                               struct cel_value *out)
{
    (void)run;
    *out = cel_parse_duration((const char *)args[0].p, args[0].len);
}

/* ---- types ---- */

void cel_fn_dyn(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = args[0];
}

void cel_fn_type_of(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = (struct cel_value){.kind = CEL_TYPE, .type = cel_type_of_value(&args[0])};
}
