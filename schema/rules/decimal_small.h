/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/decimal_small.h - decimals of at most eight bytes, which need no words (decimal_small.c).
 *
 * false: the numbers are others, or the text is not of this simple form; nothing is done then. */
#ifndef SCHEMA_RULES_DECIMAL_SMALL_H
#define SCHEMA_RULES_DECIMAL_SMALL_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/rules/run.h"
#include "schema/rules/value.h"

int64_t decimal_small(const struct cel_value *value);
bool decimal_small_compare(const struct cel_value *a, const struct cel_value *b, int *order);

/* a + b, or a - b where the sign is negative. */
bool decimal_small_sum(struct cel_run *run, const struct cel_value *a, const struct cel_value *b,
                       int sign, struct cel_value *out);
bool decimal_small_product(struct cel_run *run, const struct cel_value *a,
                           const struct cel_value *b, struct cel_value *out);

void decimal_small_of_int(struct cel_run *run, int64_t i, struct cel_value *out);

/* "-12.50": at most 18 digits and no exponent. */
bool decimal_small_of_text(struct cel_run *run, const uint8_t *p, uint32_t len,
                           struct cel_value *out);

#endif
