/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/fn_arithmetic.c - numbers: what overflows is an error, never another number. */
#include <math.h>

#include "schema/rules/functions.h"

static struct cel_value overflow(void)
{
    return cel_error(CEL_OVERFLOW, "the result is out of range");
}

static struct cel_value by_zero(void)
{
    return cel_error(CEL_DIVISION, "division by zero");
}

void cel_fn_logical_not(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = cel_bool(!args[0].b);
}

void cel_fn_negate_int(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = args[0].i == INT64_MIN ? overflow() : cel_int(-args[0].i);
}

void cel_fn_negate_double(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = cel_double(-args[0].d);
}

#define INT_OPERATION(name, builtin)                                                               \
    void cel_fn_##name##_int(struct cel_run *run, const struct cel_value *args,                    \
                             struct cel_value *out)                                                \
    {                                                                                              \
        int64_t i;                                                                                 \
        (void)run;                                                                                 \
        *out = builtin(args[0].i, args[1].i, &i) ? overflow() : cel_int(i);                        \
    }                                                                                              \
    void cel_fn_##name##_uint(struct cel_run *run, const struct cel_value *args,                   \
                              struct cel_value *out)                                               \
    {                                                                                              \
        uint64_t u;                                                                                \
        (void)run;                                                                                 \
        *out = builtin(args[0].u, args[1].u, &u) ? overflow() : cel_uint(u);                       \
    }

INT_OPERATION(add, __builtin_add_overflow)
INT_OPERATION(subtract, __builtin_sub_overflow)
INT_OPERATION(multiply, __builtin_mul_overflow)

#define DOUBLE_OPERATION(name, sign)                                                               \
    void cel_fn_##name##_double(struct cel_run *run, const struct cel_value *args,                 \
                                struct cel_value *out)                                             \
    {                                                                                              \
        (void)run;                                                                                 \
        *out = cel_double(args[0].d sign args[1].d);                                               \
    }

DOUBLE_OPERATION(add, +)
DOUBLE_OPERATION(subtract, -)
DOUBLE_OPERATION(multiply, *)

/* IEEE 754: x / 0 is an infinity or NaN. */
__attribute__((no_sanitize("float-divide-by-zero"))) void
cel_fn_divide_double(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = cel_double(args[0].d / args[1].d);
}

void cel_fn_divide_int(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = args[1].i == 0                              ? by_zero()
           : args[0].i == INT64_MIN && args[1].i == -1 ? overflow()
                                                       : cel_int(args[0].i / args[1].i);
}

void cel_fn_divide_uint(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = args[1].u == 0 ? by_zero() : cel_uint(args[0].u / args[1].u);
}

void cel_fn_modulo_int(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = args[1].i == 0                              ? cel_error(CEL_DIVISION, "modulus by zero")
           : args[0].i == INT64_MIN && args[1].i == -1 ? overflow()
                                                       : cel_int(args[0].i % args[1].i);
}

void cel_fn_modulo_uint(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = args[1].u == 0 ? cel_error(CEL_DIVISION, "modulus by zero")
                          : cel_uint(args[0].u % args[1].u);
}
