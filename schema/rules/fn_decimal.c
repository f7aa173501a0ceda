/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/fn_decimal.c - decimals in rules: Confluent's decimal(x) and decimals.*, and the operators, which mean the same.
 *
 * A quotient and a root have 38 digits, rounded half up; everything else is exact. Results have the scales of Java's
 * BigDecimal, but none below zero: string(decimal("1e3") * decimal("0.5")) is "500.0" here and "500" there. */
#include <math.h>

#include "schema/rules/decimal.h"
#include "schema/rules/decimal_small.h"
#include "schema/rules/functions.h"
#include "schema/rules/print.h"
#include "schema/rules/time.h"

static struct cel_value too_many(void)
{
    return cel_error(CEL_OVERFLOW, "the decimal has more than 1000 digits");
}

/* ---- making ---- */

static bool read_text(struct cel_run *run, const void *p, uint32_t len, struct cel_decimal *decimal,
                      struct cel_value *out)
{
    if (!cel_run_charge(run, 1 + len / 4, out)) {
        return false;
    }
    int read = cel_decimal_of_text(p, len, decimal);
    *out = read == -2 ? too_many() : cel_error(CEL_BAD_ARGUMENT, "the text is no decimal number");
    return read == 0;
}

static void of_text(struct cel_run *run, const struct cel_value *text, struct cel_value *out)
{
    struct cel_decimal decimal;
    if (!decimal_small_of_text(run, text->p, text->len, out) &&
        read_text(run, text->p, text->len, &decimal, out)) {
        cel_decimal_write(run, &decimal, out);
    }
}

/* The digits that a person would see: 0.1 is 0.1. As Java writes doubles, with a digit behind the point at least: 1.0. */
static void of_double(struct cel_run *run, double d, struct cel_value *out)
{
    struct cel_decimal decimal;
    char text[CEL_PRINT_BYTES];
    if (!cel_run_charge(run, CEL_DOUBLE_UNITS, out) ||
        !read_text(run, text, (uint32_t)cel_print_double(d, text), &decimal, out)) {
        return;
    }
    bool plain = d == 0 || (fabs(d) >= 1e-3 && fabs(d) < 1e7);
    if (plain ? decimal.scale < 1 : cel_decimal_precision(&decimal) < 2) {
        (void)cel_decimal_round(&decimal, plain ? 1 : decimal.scale + 1, CEL_DOWN, &decimal);
    }
    cel_decimal_write(run, &decimal, out);
}

void cel_fn_decimal(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    struct cel_decimal decimal;
    switch (args[0].kind) {
    case CEL_DECIMAL: *out = args[0]; return;
    case CEL_INT: decimal_small_of_int(run, args[0].i, out); return;
    case CEL_UINT:
        cel_decimal_of_uint(args[0].u, &decimal);
        cel_decimal_write(run, &decimal, out);
        return;
    case CEL_DOUBLE: of_double(run, args[0].d, out); return;
    case CEL_STRING: of_text(run, &args[0], out); return;
    default: *out = cel_error(CEL_NO_OVERLOAD, "decimal() is of a string, a number or a decimal");
    }
}

void cel_fn_decimal_of_bytes(struct cel_run *run, const struct cel_value *args,
                             struct cel_value *out)
{
    struct cel_decimal decimal;
    struct cel_value raw = args[0];
    raw.kind = CEL_DECIMAL;
    raw.scale = 0;
    if (!cel_run_charge(run, cel_decimal_units(&raw), out)) {
        return;
    }
    if (args[1].i < -CEL_DECIMAL_DIGITS || args[1].i > CEL_DECIMAL_DIGITS ||
        !cel_decimal_read(&raw, &decimal)) {
        *out = too_many();
        return;
    }
    decimal.scale = (int32_t)args[1].i;
    cel_decimal_write(run, &decimal, out);
}

/* ---- comparing ---- */

static bool pay_for_both(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    return cel_run_charge(run, cel_decimal_units(&args[0]) + cel_decimal_units(&args[1]), out);
}

#define COMPARISON(name, sign)                                                                     \
    void cel_fn_decimals_##name(struct cel_run *run, const struct cel_value *args,                 \
                                struct cel_value *out)                                             \
    {                                                                                              \
        if (pay_for_both(run, args, out)) {                                                        \
            *out = cel_bool(cel_decimal_compare(&args[0], &args[1]) sign 0);                       \
        }                                                                                          \
    }

COMPARISON(eq, ==)
COMPARISON(lt, <)
COMPARISON(le, <=)
COMPARISON(gt, >)
COMPARISON(ge, >=)

void cel_fn_decimals_greatest(struct cel_run *run, const struct cel_value *args,
                              struct cel_value *out)
{
    if (pay_for_both(run, args, out)) {
        *out = cel_decimal_compare(&args[0], &args[1]) >= 0 ? args[0] : args[1];
    }
}

void cel_fn_decimals_least(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    if (pay_for_both(run, args, out)) {
        *out = cel_decimal_compare(&args[0], &args[1]) <= 0 ? args[0] : args[1];
    }
}

/* ---- computing ---- */

typedef bool operation(const struct cel_decimal *a, const struct cel_decimal *b,
                       struct cel_decimal *out);

static void compute(struct cel_run *run, const struct cel_value *args, operation *how, bool divides,
                    struct cel_value *out)
{
    struct cel_decimal a;
    struct cel_decimal b;
    struct cel_decimal result;
    if (!pay_for_both(run, args, out)) {
        return;
    }
    if (!cel_decimal_read(&args[0], &a) || !cel_decimal_read(&args[1], &b)) {
        *out = too_many();
        return;
    }
    if (divides && b.count == 0) {
        *out = cel_error(CEL_DIVISION, "division by zero");
        return;
    }
    uint64_t units = (divides ? 96 : 16) + (uint64_t)a.count * b.count / 8;
    if (!cel_run_charge(run, units, out)) {
        return;
    }
    if (!how(&a, &b, &result)) {
        *out = too_many();
        return;
    }
    cel_decimal_write(run, &result, out);
}

#define OPERATION(name, how, divides)                                                              \
    void cel_fn_decimals_##name(struct cel_run *run, const struct cel_value *args,                 \
                                struct cel_value *out)                                             \
    {                                                                                              \
        compute(run, args, how, divides, out);                                                     \
    }

OPERATION(div, cel_decimal_divide, true)
OPERATION(mod, cel_decimal_modulo, true)

void cel_fn_decimals_add(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    if (!decimal_small_sum(run, &args[0], &args[1], 1, out)) {
        compute(run, args, cel_decimal_add, false, out);
    }
}

void cel_fn_decimals_sub(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    if (!decimal_small_sum(run, &args[0], &args[1], -1, out)) {
        compute(run, args, cel_decimal_subtract, false, out);
    }
}

void cel_fn_decimals_mul(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    if (!decimal_small_product(run, &args[0], &args[1], out)) {
        compute(run, args, cel_decimal_multiply, false, out);
    }
}

static bool read_one(struct cel_run *run, const struct cel_value *value,
                     struct cel_decimal *decimal, struct cel_value *out)
{
    if (!cel_run_charge(run, 8 + cel_decimal_units(value), out)) {
        return false;
    }
    if (!cel_decimal_read(value, decimal)) {
        *out = too_many();
        return false;
    }
    return true;
}

void cel_fn_decimals_sqrt(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    struct cel_decimal a;
    struct cel_decimal root;
    if (!read_one(run, &args[0], &a, out) ||
        !cel_run_charge(run, 200 + (uint64_t)a.count * a.count, out)) {
        return;
    }
    if (a.negative) {
        *out = cel_error(CEL_BAD_ARGUMENT, "a negative number has no square root");
    } else if (!cel_decimal_sqrt(&a, &root)) {
        *out = too_many();
    } else {
        cel_decimal_write(run, &root, out);
    }
}

void cel_fn_decimals_neg(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    struct cel_decimal a;
    if (read_one(run, &args[0], &a, out)) {
        a.negative = !a.negative && a.count > 0;
        cel_decimal_write(run, &a, out);
    }
}

void cel_fn_decimals_abs(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    struct cel_decimal a;
    if (read_one(run, &args[0], &a, out)) {
        a.negative = false;
        cel_decimal_write(run, &a, out);
    }
}

void cel_fn_decimals_sign(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    struct cel_decimal a;
    if (read_one(run, &args[0], &a, out)) {
        *out = cel_int(a.negative ? -1 : a.count > 0);
    }
}

/* keeps: a number with no more digits behind its point stays as it is, and gets no zeros. */
static void rounded(struct cel_run *run, const struct cel_value *args, int64_t scale,
                    enum cel_rounding rounding, bool keeps, struct cel_value *out)
{
    struct cel_decimal a;
    struct cel_decimal result;
    if (keeps && scale >= args[0].scale && scale <= INT32_MAX) {
        *out = args[0];
        return;
    }
    if (!read_one(run, &args[0], &a, out)) {
        return;
    }
    if (scale < -CEL_DECIMAL_DIGITS && scale >= INT32_MIN) {
        scale = -CEL_DECIMAL_DIGITS; /* no number has so many digits: zero */
        a.count = 0;
    }
    if (scale < -CEL_DECIMAL_DIGITS || scale > CEL_DECIMAL_DIGITS ||
        !cel_decimal_round(&a, (int32_t)scale, rounding, &result)) {
        *out = too_many();
        return;
    }
    cel_decimal_write(run, &result, out);
}

#define ROUNDING(name, scale, how, keeps)                                                          \
    void cel_fn_decimals_##name(struct cel_run *run, const struct cel_value *args,                 \
                                struct cel_value *out)                                             \
    {                                                                                              \
        rounded(run, args, scale, how, keeps, out);                                                \
    }

ROUNDING(round, 0, CEL_HALF_UP, false)
ROUNDING(round_to, args[1].i, CEL_HALF_UP, false)
ROUNDING(trunc, 0, CEL_DOWN, true)
ROUNDING(trunc_to, args[1].i, CEL_DOWN, true)
ROUNDING(floor, 0, CEL_FLOOR, false)
ROUNDING(ceil, 0, CEL_CEILING, false)

/* ---- Confluent's timestamp.of ---- */

void cel_fn_timestamp_of(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    if (args[0].kind == CEL_TIMESTAMP) {
        *out = args[0];
    } else if (args[0].kind == CEL_STRING) {
        cel_fn_timestamp_of_string(run, args, out);
    } else {
        *out = cel_error(CEL_NO_OVERLOAD,
                         "timestamp.of() is of a timestamp or text; a number needs its unit");
    }
}

void cel_fn_timestamp_of_unit(struct cel_run *run, const struct cel_value *args,
                              struct cel_value *out)
{
    static const struct {
        const char *name;
        int64_t a_second;
    } units[] = {{"seconds", 1}, {"millis", 1000}, {"micros", 1000000}, {"nanos", 1000000000}};
    (void)run;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strlen(units[i].name) == args[1].len &&
            memcmp(units[i].name, args[1].p, args[1].len) == 0) {
            int64_t each = units[i].a_second;
            *out = cel_timestamp(args[0].i / each, args[0].i % each * (1000000000 / each));
            return;
        }
    }
    *out = cel_error(CEL_BAD_ARGUMENT, "the unit is seconds, millis, micros or nanos");
}
