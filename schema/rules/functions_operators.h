/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/functions_operators.h - the overloads of cel-spec's operators, and of decimals'.
 *
 * X(name, arguments, result, receiver, function): letters as in schema/rules/function.h; rows of one name together. */
#ifndef SCHEMA_RULES_FUNCTIONS_OPERATORS_H
#define SCHEMA_RULES_FUNCTIONS_OPERATORS_H

/* clang-format off */
#define CEL_SYNTAX(X) \
    X("_&&_", "bb", "b", false, NULL) \
    X("_||_", "bb", "b", false, NULL) \
    X("_?_:_", "bAA", "A", false, NULL) \
    X("@not_strictly_false", "b", "b", false, NULL)

#define CEL_OPERATORS(X) \
    X("!_", "b", "b", false, cel_fn_logical_not) \
    X("-_", "i", "i", false, cel_fn_negate_int) \
    X("-_", "d", "d", false, cel_fn_negate_double) \
    X("-_", "c", "c", false, cel_fn_decimals_neg) \
    X("_+_", "ii", "i", false, cel_fn_add_int) \
    X("_+_", "uu", "u", false, cel_fn_add_uint) \
    X("_+_", "dd", "d", false, cel_fn_add_double) \
    X("_+_", "cc", "c", false, cel_fn_decimals_add) \
    X("_+_", "ss", "s", false, cel_fn_concat_string) \
    X("_+_", "yy", "y", false, cel_fn_concat_bytes) \
    X("_+_", "LALA", "LA", false, cel_fn_concat_list) \
    X("_+_", "tr", "t", false, cel_fn_add_timestamp_duration) \
    X("_+_", "rt", "t", false, cel_fn_add_duration_timestamp) \
    X("_+_", "rr", "r", false, cel_fn_add_duration) \
    X("_-_", "ii", "i", false, cel_fn_subtract_int) \
    X("_-_", "uu", "u", false, cel_fn_subtract_uint) \
    X("_-_", "dd", "d", false, cel_fn_subtract_double) \
    X("_-_", "cc", "c", false, cel_fn_decimals_sub) \
    X("_-_", "tt", "r", false, cel_fn_subtract_timestamp) \
    X("_-_", "tr", "t", false, cel_fn_subtract_timestamp_duration) \
    X("_-_", "rr", "r", false, cel_fn_subtract_duration) \
    X("_*_", "ii", "i", false, cel_fn_multiply_int) \
    X("_*_", "uu", "u", false, cel_fn_multiply_uint) \
    X("_*_", "dd", "d", false, cel_fn_multiply_double) \
    X("_*_", "cc", "c", false, cel_fn_decimals_mul) \
    X("_/_", "ii", "i", false, cel_fn_divide_int) \
    X("_/_", "uu", "u", false, cel_fn_divide_uint) \
    X("_/_", "dd", "d", false, cel_fn_divide_double) \
    X("_/_", "cc", "c", false, cel_fn_decimals_div) \
    X("_%_", "ii", "i", false, cel_fn_modulo_int) \
    X("_%_", "uu", "u", false, cel_fn_modulo_uint) \
    X("_%_", "cc", "c", false, cel_fn_decimals_mod) \
    X("_==_", "AA", "b", false, cel_fn_equals) \
    X("_!=_", "AA", "b", false, cel_fn_differs) \
    X("_<_", "bb", "b", false, cel_fn_less) \
    X("_<_", "ii", "b", false, cel_fn_less) \
    X("_<_", "uu", "b", false, cel_fn_less) \
    X("_<_", "dd", "b", false, cel_fn_less) \
    X("_<_", "iu", "b", false, cel_fn_less) \
    X("_<_", "id", "b", false, cel_fn_less) \
    X("_<_", "ui", "b", false, cel_fn_less) \
    X("_<_", "ud", "b", false, cel_fn_less) \
    X("_<_", "di", "b", false, cel_fn_less) \
    X("_<_", "du", "b", false, cel_fn_less) \
    X("_<_", "ss", "b", false, cel_fn_less) \
    X("_<_", "yy", "b", false, cel_fn_less) \
    X("_<_", "tt", "b", false, cel_fn_less) \
    X("_<_", "rr", "b", false, cel_fn_less) \
    X("_<_", "cc", "b", false, cel_fn_less) \
    X("_<=_", "bb", "b", false, cel_fn_less_equal) \
    X("_<=_", "ii", "b", false, cel_fn_less_equal) \
    X("_<=_", "uu", "b", false, cel_fn_less_equal) \
    X("_<=_", "dd", "b", false, cel_fn_less_equal) \
    X("_<=_", "iu", "b", false, cel_fn_less_equal) \
    X("_<=_", "id", "b", false, cel_fn_less_equal) \
    X("_<=_", "ui", "b", false, cel_fn_less_equal) \
    X("_<=_", "ud", "b", false, cel_fn_less_equal) \
    X("_<=_", "di", "b", false, cel_fn_less_equal) \
    X("_<=_", "du", "b", false, cel_fn_less_equal) \
    X("_<=_", "ss", "b", false, cel_fn_less_equal) \
    X("_<=_", "yy", "b", false, cel_fn_less_equal) \
    X("_<=_", "tt", "b", false, cel_fn_less_equal) \
    X("_<=_", "rr", "b", false, cel_fn_less_equal) \
    X("_<=_", "cc", "b", false, cel_fn_less_equal) \
    X("_>_", "bb", "b", false, cel_fn_greater) \
    X("_>_", "ii", "b", false, cel_fn_greater) \
    X("_>_", "uu", "b", false, cel_fn_greater) \
    X("_>_", "dd", "b", false, cel_fn_greater) \
    X("_>_", "iu", "b", false, cel_fn_greater) \
    X("_>_", "id", "b", false, cel_fn_greater) \
    X("_>_", "ui", "b", false, cel_fn_greater) \
    X("_>_", "ud", "b", false, cel_fn_greater) \
    X("_>_", "di", "b", false, cel_fn_greater) \
    X("_>_", "du", "b", false, cel_fn_greater) \
    X("_>_", "ss", "b", false, cel_fn_greater) \
    X("_>_", "yy", "b", false, cel_fn_greater) \
    X("_>_", "tt", "b", false, cel_fn_greater) \
    X("_>_", "rr", "b", false, cel_fn_greater) \
    X("_>_", "cc", "b", false, cel_fn_greater) \
    X("_>=_", "bb", "b", false, cel_fn_greater_equal) \
    X("_>=_", "ii", "b", false, cel_fn_greater_equal) \
    X("_>=_", "uu", "b", false, cel_fn_greater_equal) \
    X("_>=_", "dd", "b", false, cel_fn_greater_equal) \
    X("_>=_", "iu", "b", false, cel_fn_greater_equal) \
    X("_>=_", "id", "b", false, cel_fn_greater_equal) \
    X("_>=_", "ui", "b", false, cel_fn_greater_equal) \
    X("_>=_", "ud", "b", false, cel_fn_greater_equal) \
    X("_>=_", "di", "b", false, cel_fn_greater_equal) \
    X("_>=_", "du", "b", false, cel_fn_greater_equal) \
    X("_>=_", "ss", "b", false, cel_fn_greater_equal) \
    X("_>=_", "yy", "b", false, cel_fn_greater_equal) \
    X("_>=_", "tt", "b", false, cel_fn_greater_equal) \
    X("_>=_", "rr", "b", false, cel_fn_greater_equal) \
    X("_>=_", "cc", "b", false, cel_fn_greater_equal) \
    X("_[_]", "LAi", "A", false, cel_fn_index_list) \
    X("_[_]", "MABA", "B", false, cel_fn_index_map) \
    X("@in", "ALA", "b", false, cel_fn_in_list) \
    X("@in", "AMAB", "b", false, cel_fn_in_map) \
    X("@map_insert", "MABAB", "MAB", false, cel_fn_map_insert) \
    X("@map_insert", "MABMAB", "MAB", false, cel_fn_map_insert_all)

/* clang-format on */

#endif
