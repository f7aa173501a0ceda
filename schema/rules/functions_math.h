/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/functions_math.h - cel-spec's math extension. The greatest and the least of three and more are those of a list (macro.c).
 *
 * X(name, arguments, result, receiver, function): letters as in schema/rules/function.h; rows of one name together. */
#ifndef SCHEMA_RULES_FUNCTIONS_MATH_H
#define SCHEMA_RULES_FUNCTIONS_MATH_H

/* clang-format off */
#define CEL_MATH_FUNCTIONS(X) \
    X("math.greatest", "i", "i", false, cel_fn_math_greatest_1) \
    X("math.greatest", "u", "u", false, cel_fn_math_greatest_1) \
    X("math.greatest", "d", "d", false, cel_fn_math_greatest_1) \
    X("math.greatest", "Li", "i", false, cel_fn_math_greatest_1) \
    X("math.greatest", "Lu", "u", false, cel_fn_math_greatest_1) \
    X("math.greatest", "Ld", "d", false, cel_fn_math_greatest_1) \
    X("math.greatest", "ii", "i", false, cel_fn_math_greatest_2) \
    X("math.greatest", "iu", "*", false, cel_fn_math_greatest_2) \
    X("math.greatest", "id", "*", false, cel_fn_math_greatest_2) \
    X("math.greatest", "ui", "*", false, cel_fn_math_greatest_2) \
    X("math.greatest", "uu", "u", false, cel_fn_math_greatest_2) \
    X("math.greatest", "ud", "*", false, cel_fn_math_greatest_2) \
    X("math.greatest", "di", "*", false, cel_fn_math_greatest_2) \
    X("math.greatest", "du", "*", false, cel_fn_math_greatest_2) \
    X("math.greatest", "dd", "d", false, cel_fn_math_greatest_2) \
    X("math.least", "i", "i", false, cel_fn_math_least_1) \
    X("math.least", "u", "u", false, cel_fn_math_least_1) \
    X("math.least", "d", "d", false, cel_fn_math_least_1) \
    X("math.least", "Li", "i", false, cel_fn_math_least_1) \
    X("math.least", "Lu", "u", false, cel_fn_math_least_1) \
    X("math.least", "Ld", "d", false, cel_fn_math_least_1) \
    X("math.least", "ii", "i", false, cel_fn_math_least_2) \
    X("math.least", "iu", "*", false, cel_fn_math_least_2) \
    X("math.least", "id", "*", false, cel_fn_math_least_2) \
    X("math.least", "ui", "*", false, cel_fn_math_least_2) \
    X("math.least", "uu", "u", false, cel_fn_math_least_2) \
    X("math.least", "ud", "*", false, cel_fn_math_least_2) \
    X("math.least", "di", "*", false, cel_fn_math_least_2) \
    X("math.least", "du", "*", false, cel_fn_math_least_2) \
    X("math.least", "dd", "d", false, cel_fn_math_least_2) \
    X("math.ceil", "d", "d", false, cel_fn_math_ceil) \
    X("math.floor", "d", "d", false, cel_fn_math_floor) \
    X("math.round", "d", "d", false, cel_fn_math_round) \
    X("math.trunc", "d", "d", false, cel_fn_math_trunc) \
    X("math.abs", "i", "i", false, cel_fn_math_abs) \
    X("math.abs", "u", "u", false, cel_fn_math_abs) \
    X("math.abs", "d", "d", false, cel_fn_math_abs) \
    X("math.sign", "i", "i", false, cel_fn_math_sign) \
    X("math.sign", "u", "u", false, cel_fn_math_sign) \
    X("math.sign", "d", "d", false, cel_fn_math_sign) \
    X("math.sqrt", "i", "d", false, cel_fn_math_sqrt) \
    X("math.sqrt", "u", "d", false, cel_fn_math_sqrt) \
    X("math.sqrt", "d", "d", false, cel_fn_math_sqrt) \
    X("math.isNaN", "d", "b", false, cel_fn_math_is_nan) \
    X("math.isInf", "d", "b", false, cel_fn_math_is_inf) \
    X("math.isFinite", "d", "b", false, cel_fn_math_is_finite) \
    X("math.bitAnd", "ii", "i", false, cel_fn_math_bit_and) \
    X("math.bitAnd", "uu", "u", false, cel_fn_math_bit_and) \
    X("math.bitOr", "ii", "i", false, cel_fn_math_bit_or) \
    X("math.bitOr", "uu", "u", false, cel_fn_math_bit_or) \
    X("math.bitXor", "ii", "i", false, cel_fn_math_bit_xor) \
    X("math.bitXor", "uu", "u", false, cel_fn_math_bit_xor) \
    X("math.bitNot", "i", "i", false, cel_fn_math_bit_not) \
    X("math.bitNot", "u", "u", false, cel_fn_math_bit_not) \
    X("math.bitShiftLeft", "ii", "i", false, cel_fn_math_shift_left) \
    X("math.bitShiftLeft", "ui", "u", false, cel_fn_math_shift_left) \
    X("math.bitShiftRight", "ii", "i", false, cel_fn_math_shift_right) \
    X("math.bitShiftRight", "ui", "u", false, cel_fn_math_shift_right)

/* clang-format on */

#endif
