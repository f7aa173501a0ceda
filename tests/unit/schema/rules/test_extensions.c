/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/rules/test_extensions.c - strings, math, lists, sets, encoders: what the specification's tests leave open, and
 * that no function works for long without paying.
 *
 * Links rule_value.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rule_value.h"

static void positions_count_characters(void **state)
{
    (void)state;
    static const struct rule_case cases[] = {
        {"'محمد'.indexOf('م', 1)", "{\"int\":\"2\"}"},
        {"'x😀y'.charAt(1)", "{\"string\":\"😀\"}"},
        {"'x😀y'.substring(2)", "{\"string\":\"y\"}"},
        {"'x😀y'.reverse()", "{\"string\":\"y😀x\"}"},
        {"''.format([]).indexOf('')", "{\"int\":\"0\"}"},
        {"''.format([]).lastIndexOf('')", "{\"int\":\"0\"}"},
        {"''.format([]).replace('', 'x').trim() + ''.format([]).reverse()", "{\"string\":\"x\"}"},
        {"'abc'.lastIndexOf('abc', 3)", "{\"int\":\"0\"}"},
        {"'abc'.lastIndexOf('c', 4)", "no_key"},
        {"'abc'.charAt(3)", "{\"string\":\"\"}"},
        {"'abc'.charAt(4)", "no_key"},
        {"'abc'.charAt(-9223372036854775808)", "no_key"},
        {"'abc'.substring(2, 1)", "no_key"},
        {"''.split('')", "{\"list\":[]}"},
        {"'ab'.replace('', '-')", "{\"string\":\"-a-b-\"}"},
        {"'\u2003\u00a0م\u3000'.trim()", "{\"string\":\"م\"}"},
        {"['a', dyn(1)].join()", "no_overload"}};
    RULE_CASES(cases);
}

static void formats_are_checked(void **state)
{
    (void)state;
    static const struct rule_case cases[] = {
        {"'%s'.format([1e21])", "{\"string\":\"1000000000000000000000\"}"},
        {"'%d'.format([1.5e-7])", "{\"string\":\"0.00000015\"}"},
        {"'%s'.format([-0.0])", "{\"string\":\"-0\"}"},
        {"'%x'.format(['محمد'])", "{\"string\":\"d985d8add985d8af\"}"},
        {"'%X'.format([b'\\xff\\x0a'])", "{\"string\":\"FF0A\"}"},
        {"'%x'.format([-9223372036854775807 - 1])", "{\"string\":\"-8000000000000000\"}"},
        {"'%.0f'.format([2.5])", "{\"string\":\"2\"}"},
        {"'%.f'.format([2.5])", "bad_argument"},
        {"'%.101f'.format([2.5])", "bad_argument"},
        {"'%.99999999999999999999f'.format([2.5])", "bad_argument"},
        {"'%.2s'.format(['abc'])", "bad_argument"},
        {"'%'.format(['abc'])", "bad_argument"},
        {"'%.'.format(['abc'])", "bad_argument"},
        {"'%q'.format(['abc'])", "bad_argument"},
        {"'%5d'.format([1])", "bad_argument"},
        {"'%s %s'.format(['abc'])", "no_key"},
        {"'%s'.format([b'\\xff'])", "bad_utf8"},
        {"'%d'.format(['1'])", "no_overload"},
        {"'%s'.format([[{'b': 1, 'a': [null, 2.5]}]])",
         "{\"string\":\"[{a: [null, 2.5], b: 1}]\"}"}};
    RULE_CASES(cases);
}

static void numbers_and_lists(void **state)
{
    (void)state;
    static const struct rule_case cases[] = {
        {"math.greatest(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)", "{\"int\":\"10\"}"},
        {"math.least(1, -2.5, 3u)", "{\"double\":\"-2.5\"}"},
        {"math.greatest(1, 1.0, 1u)", "{\"int\":\"1\"}"},
        {"math.greatest(0.0/0.0, 1.0)", "bad_argument"},
        {"math.least([1.0, 0.0/0.0])", "bad_argument"},
        {"math.greatest(0.0/0.0)", "{\"double\":\"NaN\"}"},
        {"math.greatest([])", "bad_argument"},
        {"math.greatest(1, 'a', 2)", "no_overload"},
        {"math.greatest(1, 2, 3) == 'a'",
         "refused: line 1, column 24: the operator == does not take (int, string)"},
        {"math.abs(-9223372036854775807 - 1)", "overflow"},
        {"math.bitShiftRight(-1, 63)", "{\"int\":\"1\"}"},
        {"math.bitShiftLeft(1, 64)", "{\"int\":\"0\"}"},
        {"math.bitShiftLeft(1, -1)", "bad_argument"},
        {"[[1], [[2]]].flatten(100)", "{\"list\":[{\"int\":\"1\"},{\"int\":\"2\"}]}"},
        {"[[1]].flatten(-1)", "bad_argument"},
        {"[1, 2].flatten() == [1, 2]",
         "refused: line 1, column 7: flatten does not take (list(int))"},
        {"[1, 2].slice(1, 3)", "no_key"},
        {"[0.0/0.0, 1.0].sort()", "no_overload"},
        {"[1, dyn('a')].sort()", "no_overload"},
        {"lists.range(-1)", "bad_argument"},
        {"base64.decode('aGVsbG8')", "{\"bytes\":\"aGVsbG8=\"}"},
        {"base64.decode('a')", "bad_argument"},
        {"base64.decode('-_8=')", "bad_argument"},
        {"[1, 2].first() == 1", "refused: line 1, column 7: there is no function first"}};
    RULE_CASES(cases);
}

/* A million bytes and an expression that would work on them again and again: the limit of cost ends it. */
static void long_texts_are_paid_for(void **state)
{
    (void)state;
    static const char *const exprs[] = {
        "lists.range(300).all(i, x == x + '')",
        "lists.range(300).map(i, x).distinct().size() == 1",
        "lists.range(300).map(i, x).sort().size() == 300",
        "lists.range(20000).all(i, x <= x)",
        "lists.range(15000).all(i, x in [x])",
        "lists.range(15000).all(i, x == x)",
        "cel.bind(m, {x: 1}, lists.range(15000).all(i, x in m))",
        "lists.range(3000).all(i, {x + 'b': 1}[x] == 1)",
        "lists.range(3000).all(i, x.lastIndexOf(x) == 0)",
        "lists.range(3000).all(i, x.indexOf('b') == -1)",
        "lists.range(3000).all(i, x.replace('b', 'c') == x)",
        "lists.range(3000).all(i, x.split('').size() > 0)",
        "lists.range(3000).all(i, x.trim() == x)",
        "lists.range(3000).all(i, x.isArabicText() || x.isUri() || x.isEmail())",
        "lists.range(3000).all(i, x.isPhone() || true)",
        "lists.range(3000).all(i, '%x'.format([x]) != '')",
        "lists.range(3000).all(i, strings.quote(x) == x)",
        "lists.range(3000).all(i, x.matches('a*b'))",
        "lists.range(3000).all(i, base64.encode(bytes(x)) == '')",
        "lists.range(3000).all(i, decimal(x) == decimal(x))",
        "x.replace('', x)"};
    size_t len = 1000000;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, 'a', len);
    for (size_t i = 0; i < sizeof(exprs) / sizeof(exprs[0]); i++) {
        const char *value = rule_value(exprs[i], text, len);
        if (rule_seconds() > 0.3 || strncmp(value, "refused", 7) == 0) {
            fail_msg("%s: %s after %.3f s", exprs[i], value, rule_seconds());
        }
    }
    free(text);
}

static void long_decimals_are_paid_for(void **state)
{
    (void)state;
    static const char *const exprs[] = {
        "cel.bind(d, decimal(x), lists.range(90000).all(i, d == d))",
        "cel.bind(d, decimal(x), lists.range(9000).all(i, d >= -d))",
        "cel.bind(d, decimal(x), lists.range(9000).all(i, decimals.gt(d, -d)))",
        "cel.bind(d, decimal(x), lists.range(9000).all(i, d + d > d))",
        "cel.bind(d, decimal(x), lists.range(9000).all(i, d * decimal('0.1') < d))",
        "cel.bind(d, decimal(x), lists.range(9000).all(i, d / decimal('3') < d))",
        "cel.bind(d, decimal(x), lists.range(9000).all(i, d % decimal('3') < d))",
        "cel.bind(d, decimal(x), lists.range(9000).all(i, decimals.sqrt(d) < d))",
        "cel.bind(d, decimal(x), lists.range(9000).all(i, decimals.round(d, -5) < d))",
        "cel.bind(d, decimal(x), lists.range(9000).all(i, string(d) != ''))",
        "cel.bind(d, decimal(x), lists.range(9000).all(i, double(d) != 0.0))",
        "cel.bind(d, decimal(x), lists.range(9000).all(i, '%.5f'.format([d]) != ''))",
        "cel.bind(d, decimal(x), lists.range(900).map(i, d).sort() != [])",
        "cel.bind(d, decimal(x), lists.range(900).map(i, d).distinct() != [])"};
    char text[999];
    memset(text, '7', sizeof(text));
    for (size_t i = 0; i < sizeof(exprs) / sizeof(exprs[0]); i++) {
        const char *value = rule_value(exprs[i], text, sizeof(text));
        if (rule_seconds() > 0.3 || strncmp(value, "refused", 7) == 0) {
            fail_msg("%s: %s after %.3f s", exprs[i], value, rule_seconds());
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_count_characters), cmocka_unit_test(formats_are_checked),
        cmocka_unit_test(numbers_and_lists),          cmocka_unit_test(long_texts_are_paid_for),
        cmocka_unit_test(long_decimals_are_paid_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
