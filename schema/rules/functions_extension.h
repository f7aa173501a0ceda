/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/functions_extension.h - cel-spec's extensions of strings, lists, sets and encoders, decimals and what else
 * Confluent's rules have, and what this country's records need:
 *
 *  isCivilNumber, isCommercialRegister, isPhone   the whole text (of an int: its digits) has the configured pattern
 *  isIban         country, length and check digits (ISO 13616), of the configured country; written without blanks or in fours
 *  isArabicText   letters of Arabic script, and beside them marks, digits, blanks and signs alone
 *  hasArabic      a letter of Arabic script
 *
 * Their digits are ASCII; in Arabic text those of both kinds may stand.
 *
 * X(name, arguments, result, receiver, function): letters as in schema/rules/function.h; rows of one name together. */
#ifndef SCHEMA_RULES_FUNCTIONS_EXTENSION_H
#define SCHEMA_RULES_FUNCTIONS_EXTENSION_H

/* clang-format off */
#define CEL_EXTENSION_FUNCTIONS(X) \
    X("charAt", "si", "s", true, cel_fn_char_at) \
    X("indexOf", "ss", "i", true, cel_fn_index_of) \
    X("indexOf", "ssi", "i", true, cel_fn_index_of_from) \
    X("lastIndexOf", "ss", "i", true, cel_fn_last_index_of) \
    X("lastIndexOf", "ssi", "i", true, cel_fn_last_index_of_from) \
    X("join", "Ls", "s", true, cel_fn_join) \
    X("join", "Lss", "s", true, cel_fn_join_with) \
    X("lowerAscii", "s", "s", true, cel_fn_lower_ascii) \
    X("upperAscii", "s", "s", true, cel_fn_upper_ascii) \
    X("replace", "sss", "s", true, cel_fn_replace) \
    X("replace", "sssi", "s", true, cel_fn_replace_some) \
    X("split", "ss", "Ls", true, cel_fn_split) \
    X("split", "ssi", "Ls", true, cel_fn_split_some) \
    X("substring", "si", "s", true, cel_fn_substring_from) \
    X("substring", "sii", "s", true, cel_fn_substring) \
    X("trim", "s", "s", true, cel_fn_trim) \
    X("reverse", "s", "s", true, cel_fn_reverse_string) \
    X("reverse", "LA", "LA", true, cel_fn_reverse_list) \
    X("strings.quote", "s", "s", false, cel_fn_quote) \
    X("format", "sL*", "s", true, cel_fn_format) \
    X("slice", "LAii", "LA", true, cel_fn_slice) \
    X("flatten", "LLA", "LA", true, cel_fn_flatten) \
    X("flatten", "L*i", "L*", true, cel_fn_flatten_to) \
    X("distinct", "LA", "LA", true, cel_fn_distinct) \
    X("sort", "LA", "LA", true, cel_fn_sort) \
    X("@sort_by", "LALB", "LA", false, cel_fn_sort_by) \
    X("lists.range", "i", "Li", false, cel_fn_range) \
    X("sets.contains", "LALA", "b", false, cel_fn_sets_contains) \
    X("sets.equivalent", "LALA", "b", false, cel_fn_sets_equivalent) \
    X("sets.intersects", "LALA", "b", false, cel_fn_sets_intersects) \
    X("base64.encode", "y", "s", false, cel_fn_base64_encode) \
    X("base64.decode", "s", "y", false, cel_fn_base64_decode) \
    X("decimal", "*", "c", false, cel_fn_decimal) \
    X("decimal", "yi", "c", false, cel_fn_decimal_of_bytes) \
    X("decimals.eq", "cc", "b", false, cel_fn_decimals_eq) \
    X("decimals.lt", "cc", "b", false, cel_fn_decimals_lt) \
    X("decimals.le", "cc", "b", false, cel_fn_decimals_le) \
    X("decimals.gt", "cc", "b", false, cel_fn_decimals_gt) \
    X("decimals.ge", "cc", "b", false, cel_fn_decimals_ge) \
    X("decimals.add", "cc", "c", false, cel_fn_decimals_add) \
    X("decimals.sub", "cc", "c", false, cel_fn_decimals_sub) \
    X("decimals.mul", "cc", "c", false, cel_fn_decimals_mul) \
    X("decimals.div", "cc", "c", false, cel_fn_decimals_div) \
    X("decimals.mod", "cc", "c", false, cel_fn_decimals_mod) \
    X("decimals.greatest", "cc", "c", false, cel_fn_decimals_greatest) \
    X("decimals.least", "cc", "c", false, cel_fn_decimals_least) \
    X("decimals.sqrt", "c", "c", false, cel_fn_decimals_sqrt) \
    X("decimals.neg", "c", "c", false, cel_fn_decimals_neg) \
    X("decimals.abs", "c", "c", false, cel_fn_decimals_abs) \
    X("decimals.floor", "c", "c", false, cel_fn_decimals_floor) \
    X("decimals.ceil", "c", "c", false, cel_fn_decimals_ceil) \
    X("decimals.sign", "c", "i", false, cel_fn_decimals_sign) \
    X("decimals.round", "c", "c", false, cel_fn_decimals_round) \
    X("decimals.round", "ci", "c", false, cel_fn_decimals_round_to) \
    X("decimals.trunc", "c", "c", false, cel_fn_decimals_trunc) \
    X("decimals.trunc", "ci", "c", false, cel_fn_decimals_trunc_to) \
    X("timestamp.of", "*", "t", false, cel_fn_timestamp_of) \
    X("timestamp.of", "is", "t", false, cel_fn_timestamp_of_unit) \
    X("isEmail", "s", "b", true, cel_fn_is_email) \
    X("isHostname", "s", "b", true, cel_fn_is_hostname) \
    X("isIpv4", "s", "b", true, cel_fn_is_ipv4) \
    X("isIpv6", "s", "b", true, cel_fn_is_ipv6) \
    X("isUri", "s", "b", true, cel_fn_is_uri) \
    X("isUriRef", "s", "b", true, cel_fn_is_uri_ref) \
    X("isUuid", "s", "b", true, cel_fn_is_uuid) \
    X("isCivilNumber", "s", "b", true, cel_fn_is_civil_number) \
    X("isCivilNumber", "i", "b", true, cel_fn_is_civil_number) \
    X("isCommercialRegister", "s", "b", true, cel_fn_is_commercial_register) \
    X("isCommercialRegister", "i", "b", true, cel_fn_is_commercial_register) \
    X("isPhone", "s", "b", true, cel_fn_is_phone) \
    X("isIban", "s", "b", true, cel_fn_is_iban) \
    X("isArabicText", "s", "b", true, cel_fn_is_arabic_text) \
    X("hasArabic", "s", "b", true, cel_fn_has_arabic)

/* clang-format on */

#endif
