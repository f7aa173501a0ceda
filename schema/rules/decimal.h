/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/decimal.h - exact decimal numbers: an integer of up to CEL_DECIMAL_DIGITS digits and a scale.
 *
 * A decimal value's bytes are big-endian two's complement, as Avro has them; their scale is 0 … CEL_DECIMAL_DIGITS. To compute,
 * they become a struct cel_decimal: a sign and words of nine digits. Thread: any. */
#ifndef SCHEMA_RULES_DECIMAL_H
#define SCHEMA_RULES_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "schema/rules/run.h"
#include "schema/rules/value.h"

enum { CEL_DECIMAL_DIGITS = 1000, CEL_DECIMAL_WORDS = 260 };

/* The number is ± Σ words[i] × 10^(9 i) × 10^(-scale); the scale may be negative while one computes. No word above
 * count is set; zero has no words and no sign. */
struct cel_decimal {
    bool negative;
    int32_t scale;
    uint32_t count;
    uint32_t words[CEL_DECIMAL_WORDS];
};

/* -1, 0, 1, whatever the scales. Not charged: cel_decimal_units of both is what it costs. */
int cel_decimal_compare(const struct cel_value *a, const struct cel_value *b);

/* What reading a value costs: nothing for ordinary amounts, and the square of the bytes for long ones. */
uint64_t cel_decimal_units(const struct cel_value *value);

/* false: more digits than there may be. Not charged. */
bool cel_decimal_read(const struct cel_value *value, struct cel_decimal *out);
void cel_decimal_of_int(int64_t i, struct cel_decimal *out);
void cel_decimal_of_uint(uint64_t u, struct cel_decimal *out);

/* "-12.50", "1e3" (Java's BigDecimal takes the same texts). 0; -1: no number; -2: too many digits. */
int cel_decimal_of_text(const uint8_t *p, uint32_t len, struct cel_decimal *out);

/* A value in the run's arena; ERROR CEL_OVERFLOW: too many digits. A negative scale becomes zeros. */
void cel_decimal_write(struct cel_run *run, const struct cel_decimal *from, struct cel_value *out);

/* Plain digits, no exponent; at least 1 + CEL_DECIMAL_DIGITS * 2 bytes of room. The length. */
uint32_t cel_decimal_print(const struct cel_decimal *from, char *out);

uint32_t cel_decimal_precision(const struct cel_decimal *of); /* digits; of zero 1 */

/* The results have the scales of Java's BigDecimal. false: too many digits. */
bool cel_decimal_add(const struct cel_decimal *a, const struct cel_decimal *b,
                     struct cel_decimal *out);
bool cel_decimal_subtract(const struct cel_decimal *a, const struct cel_decimal *b,
                          struct cel_decimal *out);
bool cel_decimal_multiply(const struct cel_decimal *a, const struct cel_decimal *b,
                          struct cel_decimal *out);

enum cel_rounding { CEL_HALF_UP = 0, CEL_DOWN, CEL_FLOOR, CEL_CEILING };

/* To so many digits behind the point (before it: negative). */
bool cel_decimal_round(const struct cel_decimal *a, int32_t scale, enum cel_rounding rounding,
                       struct cel_decimal *out);

/* To 38 digits, half up; an exact quotient without the zeros that the scales do not ask for. b is not zero. */
bool cel_decimal_divide(const struct cel_decimal *a, const struct cel_decimal *b,
                        struct cel_decimal *out);

/* The remainder has the sign of a. b is not zero. */
bool cel_decimal_modulo(const struct cel_decimal *a, const struct cel_decimal *b,
                        struct cel_decimal *out);

/* To 38 digits, half up, without last zeros down to half of a's scale. a is not negative. */
bool cel_decimal_sqrt(const struct cel_decimal *a, struct cel_decimal *out);

#endif
