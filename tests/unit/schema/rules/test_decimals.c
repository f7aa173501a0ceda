/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/rules/test_decimals.c - decimals in rules: what tests/oracle/decimal_oracle.py cannot ask of Java: our bounds,
 * operators, formats, and the refusals of the checker.
 *
 * Links rule_value.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rule_value.h"

static void decimals_are_exact(void **state)
{
    (void)state;
    static const struct rule_case cases[] = {
        {"decimal('0.1') + decimal('0.2') == decimal('0.3')", "true"},
        {"decimal(0.1) + decimal(0.2) == decimal(0.3)", "true"},
        {"decimal('1.0') == decimal('1.00')", "true"},
        {"decimal('1.0') != decimal('1.01')", "true"},
        {"decimal('0.000000000000000000000000001') > decimal('0')", "true"},
        {"decimal('9223372036854775807') + decimal('1')", "{\"decimal\":\"9223372036854775808\"}"},
        {"decimal('-9223372036854775808') - decimal('0.1')",
         "{\"decimal\":\"-9223372036854775808.1\"}"},
        {"decimal('9223372036854775807') * decimal('9223372036854775807')",
         "{\"decimal\":\"85070591730234615847396907784232501249\"}"},
        {"decimal('1') / decimal('3')",
         "{\"decimal\":\"0.33333333333333333333333333333333333333\"}"},
        {"decimal('-7') % decimal('3')", "{\"decimal\":\"-1\"}"},
        {"-decimal('1.50')", "{\"decimal\":\"-1.50\"}"},
        {"decimals.div(decimal('10.00'), decimal('4'))", "{\"decimal\":\"2.50\"}"},
        {"decimals.trunc(decimal('1.5'), 3)", "{\"decimal\":\"1.5\"}"},
        {"decimals.round(decimal('1.5'), 3)", "{\"decimal\":\"1.500\"}"},
        {"decimals.round(decimal('-2.5'))", "{\"decimal\":\"-3\"}"},
        {"decimals.round(decimal('1250'), -2)", "{\"decimal\":\"1300\"}"},
        {"decimal(b'\\x00\\xff', 2)", "{\"decimal\":\"2.55\"}"},
        {"decimal(b'', 2)", "{\"decimal\":\"0.00\"}"},
        {"decimal(18446744073709551615u)", "{\"decimal\":\"18446744073709551615\"}"},
        {"string(decimal('1e3') * decimal('0.5'))", "{\"string\":\"500.0\"}"},
        {"double(decimal('0.1')) == 0.1", "true"},
        {"[decimal('2'), decimal('10'), decimal('-1.5')].sort()[0]", "{\"decimal\":\"-1.5\"}"},
        {"decimal('2') in [decimal('1'), decimal('2.0')]", "true"},
        {"[decimal('1'), decimal('1.0')].distinct().size()", "{\"int\":\"1\"}"},
        {"type(decimal('1')) == type(decimal(2))", "true"}};
    RULE_CASES(cases);
}

static void decimals_are_formatted(void **state)
{
    (void)state;
    static const struct rule_case cases[] = {
        {"'%s %d'.format([decimal('1.50'), decimal('-0.001')])", "{\"string\":\"1.50 -0.001\"}"},
        {"'%.2f'.format([decimal('2.675')])", "{\"string\":\"2.68\"}"}, /* a double is less */
        {"'%.2f'.format([2.675])", "{\"string\":\"2.67\"}"},
        {"'%f'.format([decimal('12345678901234567890')])",
         "{\"string\":\"12345678901234567890.000000\"}"},
        {"'%e'.format([decimal('1')])", "no_overload"},
        {"'%x'.format([decimal('1')])", "no_overload"}};
    RULE_CASES(cases);
}

static void what_is_no_decimal_is_an_error(void **state)
{
    (void)state;
    static const struct rule_case cases[] = {
        {"decimal('١٢')", "bad_argument"}, /* digits are ASCII */
        {"decimal('1,5')", "bad_argument"},
        {"decimal('')", "bad_argument"},
        {"decimal(' 1')", "bad_argument"},
        {"decimal('1e')", "bad_argument"},
        {"decimal(0.0/0.0)", "bad_argument"},
        {"decimal(1.0/0.0)", "bad_argument"},
        {"decimal('1e1000')", "overflow"},
        {"decimal('1e-1001')", "overflow"},
        {"decimal('1e999') * decimal('10')", "overflow"},
        {"decimal('1e999') + decimal('1e-999')", "overflow"},
        {"decimal('1e-1000') / decimal('3')", "overflow"},
        {"decimal(b'\\x01', 1001)", "overflow"},
        {"decimal(b'\\x01', 4294967296)", "overflow"},
        {"decimals.round(decimal('1.23'), 4294967296)", "overflow"},
        {"decimals.trunc(decimal('1.23'), 4294967296)", "overflow"},
        {"decimal('1') / decimal('0.00')", "division"},
        {"decimal('1') % decimal('0')", "division"},
        {"decimals.sqrt(decimal('-1'))", "bad_argument"},
        {"decimal(true)", "no_overload"},
        {"decimal(null)", "no_overload"},
        {"decimal(b'\\x01')", "no_overload"},
        {"decimal('1') + 1",
         "refused: line 1, column 14: the operator + does not take (decimal, int)"},
        {"decimal('1') == 1",
         "refused: line 1, column 14: the operator == does not take (decimal, int)"},
        {"decimal('1') > 0.5",
         "refused: line 1, column 14: the operator > does not take (decimal, double)"},
        {"variants.parseJson('1')", "refused: line 1, column 1: there is no variable variants"}};
    RULE_CASES(cases);
}

static void times_are_made_of_numbers_with_their_unit(void **state)
{
    (void)state;
    static const struct rule_case cases[] = {
        {"timestamp.of(1709208000123, 'millis') == timestamp('2024-02-29T12:00:00.123Z')", "true"},
        {"timestamp.of(-1, 'millis') == timestamp('1969-12-31T23:59:59.999Z')", "true"},
        {"timestamp.of(-1, 'micros') == timestamp('1969-12-31T23:59:59.999999Z')", "true"},
        {"timestamp.of(-1, 'nanos') == timestamp('1969-12-31T23:59:59.999999999Z')", "true"},
        {"timestamp.of(-9223372036854775808, 'nanos') < timestamp(0)", "true"},
        {"timestamp.of(1709208000, 'seconds') == timestamp(1709208000)", "true"},
        {"timestamp.of('2024-02-29T16:00:00+04:00') == timestamp(1709208000)", "true"},
        {"timestamp.of(timestamp(5)) == timestamp(5)", "true"},
        {"timestamp.of(9223372036854775807, 'seconds')", "overflow"},
        {"timestamp.of(-9223372036854775808, 'millis')", "overflow"},
        {"timestamp.of(1, 'days')", "bad_argument"},
        {"timestamp.of(1, '')", "bad_argument"},
        {"timestamp.of(1)", "no_overload"},
        {"timestamp.of('yesterday')", "bad_argument"}};
    RULE_CASES(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_exact),
        cmocka_unit_test(decimals_are_formatted),
        cmocka_unit_test(what_is_no_decimal_is_an_error),
        cmocka_unit_test(times_are_made_of_numbers_with_their_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
