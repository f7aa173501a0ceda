/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/functions_standard.h - the functions of cel-spec's standard library, and those that convert decimals.
 *
 * X(name, arguments, result, receiver, function): letters as in schema/rules/function.h; rows of one name together. */
#ifndef SCHEMA_RULES_FUNCTIONS_STANDARD_H
#define SCHEMA_RULES_FUNCTIONS_STANDARD_H

/* clang-format off */
#define CEL_STANDARD_FUNCTIONS(X) \
    X("size", "s", "i", false, cel_fn_size) \
    X("size", "s", "i", true, cel_fn_size) \
    X("size", "y", "i", false, cel_fn_size) \
    X("size", "y", "i", true, cel_fn_size) \
    X("size", "LA", "i", false, cel_fn_size) \
    X("size", "LA", "i", true, cel_fn_size) \
    X("size", "MAB", "i", false, cel_fn_size) \
    X("size", "MAB", "i", true, cel_fn_size) \
    X("contains", "ss", "b", true, cel_fn_contains) \
    X("endsWith", "ss", "b", true, cel_fn_ends_with) \
    X("startsWith", "ss", "b", true, cel_fn_starts_with) \
    X("matches", "ss", "b", true, cel_fn_matches) \
    X("matches", "ss", "b", false, cel_fn_matches) \
    X("int", "i", "i", false, cel_fn_int_of_int) \
    X("int", "u", "i", false, cel_fn_int_of_uint) \
    X("int", "d", "i", false, cel_fn_int_of_double) \
    X("int", "s", "i", false, cel_fn_int_of_string) \
    X("int", "t", "i", false, cel_fn_int_of_timestamp) \
    X("uint", "i", "u", false, cel_fn_uint_of_int) \
    X("uint", "u", "u", false, cel_fn_uint_of_uint) \
    X("uint", "d", "u", false, cel_fn_uint_of_double) \
    X("uint", "s", "u", false, cel_fn_uint_of_string) \
    X("double", "i", "d", false, cel_fn_double_of_int) \
    X("double", "u", "d", false, cel_fn_double_of_uint) \
    X("double", "d", "d", false, cel_fn_double_of_double) \
    X("double", "s", "d", false, cel_fn_double_of_string) \
    X("double", "c", "d", false, cel_fn_double_of_decimal) \
    X("string", "i", "s", false, cel_fn_string_of_int) \
    X("string", "u", "s", false, cel_fn_string_of_uint) \
    X("string", "d", "s", false, cel_fn_string_of_double) \
    X("string", "s", "s", false, cel_fn_string_of_string) \
    X("string", "y", "s", false, cel_fn_string_of_bytes) \
    X("string", "b", "s", false, cel_fn_string_of_bool) \
    X("string", "t", "s", false, cel_fn_string_of_timestamp) \
    X("string", "r", "s", false, cel_fn_string_of_duration) \
    X("string", "c", "s", false, cel_fn_string_of_decimal) \
    X("bytes", "s", "y", false, cel_fn_bytes_of_string) \
    X("bytes", "y", "y", false, cel_fn_bytes_of_bytes) \
    X("bool", "b", "b", false, cel_fn_bool_of_bool) \
    X("bool", "s", "b", false, cel_fn_bool_of_string) \
    X("timestamp", "s", "t", false, cel_fn_timestamp_of_string) \
    X("timestamp", "t", "t", false, cel_fn_timestamp_of_timestamp) \
    X("timestamp", "i", "t", false, cel_fn_timestamp_of_int) \
    X("duration", "s", "r", false, cel_fn_duration_of_string) \
    X("duration", "r", "r", false, cel_fn_duration_of_duration) \
    X("dyn", "A", "*", false, cel_fn_dyn) \
    X("type", "A", "YA", false, cel_fn_type_of) \
    X("getFullYear", "t", "i", true, cel_fn_get_full_year) \
    X("getFullYear", "ts", "i", true, cel_fn_get_full_year_in) \
    X("getMonth", "t", "i", true, cel_fn_get_month) \
    X("getMonth", "ts", "i", true, cel_fn_get_month_in) \
    X("getDayOfYear", "t", "i", true, cel_fn_get_day_of_year) \
    X("getDayOfYear", "ts", "i", true, cel_fn_get_day_of_year_in) \
    X("getDayOfMonth", "t", "i", true, cel_fn_get_day_of_month) \
    X("getDayOfMonth", "ts", "i", true, cel_fn_get_day_of_month_in) \
    X("getDate", "t", "i", true, cel_fn_get_date) \
    X("getDate", "ts", "i", true, cel_fn_get_date_in) \
    X("getDayOfWeek", "t", "i", true, cel_fn_get_day_of_week) \
    X("getDayOfWeek", "ts", "i", true, cel_fn_get_day_of_week_in) \
    X("getHours", "t", "i", true, cel_fn_get_hours) \
    X("getHours", "ts", "i", true, cel_fn_get_hours_in) \
    X("getHours", "r", "i", true, cel_fn_duration_hours) \
    X("getMinutes", "t", "i", true, cel_fn_get_minutes) \
    X("getMinutes", "ts", "i", true, cel_fn_get_minutes_in) \
    X("getMinutes", "r", "i", true, cel_fn_duration_minutes) \
    X("getSeconds", "t", "i", true, cel_fn_get_seconds) \
    X("getSeconds", "ts", "i", true, cel_fn_get_seconds_in) \
    X("getSeconds", "r", "i", true, cel_fn_duration_seconds) \
    X("getMilliseconds", "t", "i", true, cel_fn_get_milliseconds) \
    X("getMilliseconds", "ts", "i", true, cel_fn_get_milliseconds_in) \
    X("getMilliseconds", "r", "i", true, cel_fn_duration_milliseconds)

/* clang-format on */

#endif
