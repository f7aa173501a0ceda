/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/decimal_priv.h - what the files of decimals share: magnitudes, without a look at sign or scale. */
#ifndef SCHEMA_RULES_DECIMAL_PRIV_H
#define SCHEMA_RULES_DECIMAL_PRIV_H

#include "schema/rules/decimal.h"

#define WORD UINT32_C(1000000000)
enum { WORD_DIGITS = 9 };

/* d × factor + carry; factor and carry at most 2^32. */
void decimal_multiply_small(struct cel_decimal *d, uint64_t factor, uint64_t carry);

/* d / 10^digits, its scale the less; *first is the first digit that is gone, *rest whether others were not zero. */
void decimal_drop(struct cel_decimal *d, uint32_t digits, uint32_t *first, bool *rest);

void decimal_trim(struct cel_decimal *d);          /* no zero on top, no sign of zero */
bool decimal_allowed(const struct cel_decimal *d); /* digits and scale within their bounds */
bool decimal_shift(struct cel_decimal *d,
                   uint32_t digits); /* × 10^digits, scale + digits; false: no room */
uint32_t decimal_divide_small(struct cel_decimal *d,
                              uint64_t divisor); /* the remainder; divisor at most 2^32 */
bool decimal_align(struct cel_decimal *a,
                   struct cel_decimal *b); /* both to the greater scale; false: no room */
void decimal_add_one(struct cel_decimal *d);
int decimal_compare_magnitudes(const struct cel_decimal *a, const struct cel_decimal *b);

/* a ≥ b */
void decimal_subtract_magnitudes(const struct cel_decimal *a, const struct cel_decimal *b,
                                 struct cel_decimal *out);

/* Whole quotient and remainder of magnitudes; b is not zero. false: no room. */
bool decimal_quotient(const struct cel_decimal *a, const struct cel_decimal *b,
                      struct cel_decimal *quotient, struct cel_decimal *remainder);

#endif
