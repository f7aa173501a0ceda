/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/fn_math.c - the math extension of cel-spec. */
#include <math.h>

#include "schema/rules/compare.h"
#include "schema/rules/functions.h"

static bool is_number(const struct cel_value *value)
{
    return value->kind == CEL_INT || value->kind == CEL_UINT || value->kind == CEL_DOUBLE;
}

static struct cel_value no_number(void)
{
    return cel_error(CEL_NO_OVERLOAD, "the argument is no number");
}

static void extreme(struct cel_run *run, const struct cel_value *list, int wanted,
                    struct cel_value *out)
{
    struct cel_walk walk;
    struct cel_value key;
    struct cel_value item;
    bool any = false;
    cel_walk_begin(&walk, list);
    while (cel_walk_next(&walk, run, &key, &item)) {
        if (!is_number(&item)) {
            *out = item.kind == CEL_ERROR ? item : no_number();
            return;
        }
        int order = any ? cel_compare(&item, out) : wanted;
        if (order == 2) {
            *out = cel_error(CEL_BAD_ARGUMENT, "NaN is neither greater nor less than a number");
            return;
        }
        *out = order == wanted ? item : *out;
        any = true;
    }
    if (!any) {
        *out = cel_error(CEL_BAD_ARGUMENT, "the list is empty");
    }
}

static void of_arguments(struct cel_run *run, const struct cel_value *args, uint32_t count,
                         int wanted, struct cel_value *out)
{
    if (count == 1 && args[0].kind == CEL_LIST) {
        if (cel_run_charge(run, cel_size(&args[0]), out)) {
            extreme(run, &args[0], wanted, out);
        }
        return;
    }
    const struct cel_value list = cel_items(CEL_LIST, args, count);
    extreme(run, &list, wanted, out);
}

#define EXTREME(count)                                                                             \
    void cel_fn_math_greatest_##count(struct cel_run *run, const struct cel_value *args,           \
                                      struct cel_value *out)                                       \
    {                                                                                              \
        of_arguments(run, args, count, 1, out);                                                    \
    }                                                                                              \
    void cel_fn_math_least_##count(struct cel_run *run, const struct cel_value *args,              \
                                   struct cel_value *out)                                          \
    {                                                                                              \
        of_arguments(run, args, count, -1, out);                                                   \
    }

EXTREME(1)
EXTREME(2)

#define COMPUTED(name, what)                                                                       \
    void cel_fn_math_##name(struct cel_run *run, const struct cel_value *args,                     \
                            struct cel_value *out)                                                 \
    {                                                                                              \
        (void)run;                                                                                 \
        *out = what;                                                                               \
    }

COMPUTED(ceil, cel_double(ceil(args[0].d)))
COMPUTED(floor, cel_double(floor(args[0].d)))
COMPUTED(round, cel_double(round(args[0].d)))
COMPUTED(trunc, cel_double(trunc(args[0].d)))
COMPUTED(is_nan, cel_bool(isnan(args[0].d)))
COMPUTED(is_inf, cel_bool(isinf(args[0].d)))
COMPUTED(is_finite, cel_bool(isfinite(args[0].d)))

void cel_fn_math_abs(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = args[0].kind == CEL_UINT     ? args[0]
           : args[0].kind == CEL_DOUBLE ? cel_double(fabs(args[0].d))
           : args[0].i == INT64_MIN     ? cel_error(CEL_OVERFLOW, "the result is out of range")
                                        : cel_int(args[0].i < 0 ? -args[0].i : args[0].i);
}

void cel_fn_math_sign(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    double d = args[0].d;
    *out = args[0].kind == CEL_UINT     ? cel_uint(args[0].u > 0)
           : args[0].kind == CEL_DOUBLE ? cel_double(isnan(d) ? d
                                                     : d > 0  ? 1
                                                     : d < 0  ? -1
                                                              : 0)
                                        : cel_int((args[0].i > 0) - (args[0].i < 0));
}

void cel_fn_math_sqrt(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = cel_double(sqrt(args[0].kind == CEL_DOUBLE ? args[0].d
                           : args[0].kind == CEL_UINT ? (double)args[0].u
                                                      : (double)args[0].i));
}

/* ---- bits: those of an int are those of its two's complement ---- */

static struct cel_value bits(const struct cel_value *like, uint64_t u)
{
    return like->kind == CEL_UINT ? cel_uint(u) : cel_int((int64_t)u);
}

COMPUTED(bit_and, bits(args, args[0].u &args[1].u))
COMPUTED(bit_or, bits(args, args[0].u | args[1].u))
COMPUTED(bit_xor, bits(args, args[0].u ^ args[1].u))
COMPUTED(bit_not, bits(args, ~args[0].u))

static struct cel_value shifted(const struct cel_value *args, bool left)
{
    if (args[1].i < 0) {
        return cel_error(CEL_BAD_ARGUMENT, "a shift is not negative");
    }
    if (args[1].i > 63) {
        return bits(args, 0);
    }
    return bits(args, left ? args[0].u << args[1].i : args[0].u >> args[1].i);
}

COMPUTED(shift_left, shifted(args, true))
COMPUTED(shift_right, shifted(args, false))
