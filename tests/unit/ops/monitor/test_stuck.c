/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "ops/monitor/stuck.h"

static void it_is_told_for_how_long_a_partition_has_stood_at_one_offset(void **state)
{
    struct ops_stuck stuck = {0};
    (void)state;
    assert_int_equal(ops_stuck_ms(&stuck, "moh", 0, 7, 100), 0);
    assert_int_equal(ops_stuck_ms(&stuck, "moh", 1, 7, 150), 0);
    assert_int_equal(ops_stuck_ms(&stuck, "rop", 0, 7, 160), 0);
    assert_int_equal(ops_stuck_ms(&stuck, "moh", 0, 7, 400), 300);
    assert_int_equal(ops_stuck_ms(&stuck, "moh", 0, 8, 500), 0);
    assert_int_equal(ops_stuck_ms(&stuck, "moh", 0, 8, 501), 1);
    assert_int_equal(ops_stuck_ms(&stuck, "moh", 1, 7, 501), 351);
    ops_stuck_forget(&stuck, "moh", 1);
    assert_int_equal(ops_stuck_ms(&stuck, "moh", 1, 7, 600), 0);
    ops_stuck_forget(&stuck, "nobody", 1);
    assert_int_equal(ops_stuck_ms(&stuck, "rop", 0, 7, 600), 440);
}

static void of_more_than_it_holds_nothing_is_known_until_one_goes_on(void **state)
{
    struct ops_stuck stuck = {0};
    (void)state;
    for (int32_t i = 0; i <= OPS_STUCK_MAX; i++) {
        assert_int_equal(ops_stuck_ms(&stuck, "moh", i, 0, 1), 0);
    }
    assert_int_equal(ops_stuck_ms(&stuck, "moh", OPS_STUCK_MAX, 0, 9), 0);
    assert_int_equal(ops_stuck_ms(&stuck, "moh", OPS_STUCK_MAX - 1, 0, 9), 8);
    ops_stuck_forget(&stuck, "moh", 0);
    assert_int_equal(ops_stuck_ms(&stuck, "moh", OPS_STUCK_MAX, 0, 10), 0);
    assert_int_equal(ops_stuck_ms(&stuck, "moh", OPS_STUCK_MAX, 0, 12), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_for_how_long_a_partition_has_stood_at_one_offset),
        cmocka_unit_test(of_more_than_it_holds_nothing_is_known_until_one_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
