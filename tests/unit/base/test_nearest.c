/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "base/nearest.h"

static void each_edit_is_one_step(void **state)
{
    (void)state;
    assert_int_equal(nearest_distance("lanes", "lanes"), 0);
    assert_int_equal(nearest_distance("lane", "lanes"), 1);
    assert_int_equal(nearest_distance("lanes", "lane"), 1);
    assert_int_equal(nearest_distance("lanez", "lanes"), 1);
    assert_int_equal(nearest_distance("", "lanes"), 5);
    assert_int_equal(nearest_distance("lanes", ""), 5);
    assert_int_equal(nearest_distance("kitten", "sitting"), 3);
    assert_int_equal(nearest_distance("abc", "cab"), 2);
}

static void words_of_any_length_are_compared(void **state)
{
    (void)state;
    char a[1000];
    memset(a, 'a', sizeof(a));
    a[999] = '\0';
    assert_int_equal(nearest_distance(a, a), 0);
    assert_int_equal(nearest_distance(a, ""), 127);
    assert_int_equal(nearest_distance("", a), 127);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_edit_is_one_step),
        cmocka_unit_test(words_of_any_length_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
