/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/rules/rule_value.h - what an expression is, as text, for tables of tests. */
#ifndef RULE_VALUE_H
#define RULE_VALUE_H

#include <stddef.h>

struct cel_settings_spec;

/* "true", {"int":"5"} (as cel_value_print writes values), "no_key" (the fault of an error), or "refused: " and why.
 * `x` is the text in the expression, in memory of its own that ends with it. Good until the next call. */
const char *rule_value(const char *expr, const char *x, size_t x_len);

/* The settings of the calls that follow; NULL: the defaults. */
void rule_settings(const struct cel_settings_spec *spec);

/* Seconds of processor time that the last call's run took. */
double rule_seconds(void);

struct rule_case {
    const char *expr;
    const char *value;
};

/* Fails the test for the first case with another value. */
void rule_cases(const struct rule_case *cases, size_t count);
#define RULE_CASES(cases) rule_cases(cases, sizeof(cases) / sizeof((cases)[0]))

#endif
