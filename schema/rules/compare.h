/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/compare.h - when values are equal, and which comes first. */
#ifndef SCHEMA_RULES_COMPARE_H
#define SCHEMA_RULES_COMPARE_H

#include "schema/rules/run.h"
#include "schema/rules/value.h"

enum { CEL_LONG_TEXT = 256 }; /* of fewer bytes a text is compared without paying for its length */

/* cel-spec, "Equality": numbers by their mathematical value whatever their types, NaN unequal to itself, values of
 * other types unequal; lists and maps deeply; a decimal equals a decimal of another scale and the same number. Where
 * one side holds an ERROR deep inside, that is the answer: hence a value (BOOL or ERROR). */
struct cel_value cel_equal(struct cel_run *run, const struct cel_value *a,
                           const struct cel_value *b);

/* What comparing the two costs beside the operation itself: long texts and long decimals cost more. */
uint64_t cel_compare_units(const struct cel_value *a, const struct cel_value *b);

/* -1, 0, 1; 2: unordered (a NaN); 3: these kinds have no order. Ordered are bool, int/uint/double among each other,
 * string and bytes (by bytes), timestamp, duration, decimal. Not charged. */
int cel_compare(const struct cel_value *a, const struct cel_value *b);

#endif
