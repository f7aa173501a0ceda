/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_fencing.c - when fences are so many that somebody must look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest/fencing.h"

static void the_third_fence_within_the_time_alarms_once(void **state)
{
    (void)state;
    struct ing_fencings fencings = {0};
    assert_false(ing_fencings_alarm(&fencings, "t", 0, 0));
    assert_false(ing_fencings_alarm(&fencings, "t", 0, 1000));
    assert_true(ing_fencings_alarm(&fencings, "t", 0, 2000));
    assert_false(ing_fencings_alarm(&fencings, "t", 0, 3000));
}

static void fences_far_apart_do_not_add_up(void **state)
{
    (void)state;
    struct ing_fencings fencings = {0};
    for (int64_t i = 0; i < 6; i++) {
        assert_false(ing_fencings_alarm(&fencings, "t", 0, i * (ING_FENCED_ALARM_MS * 2 / 3)));
    }
}

static void partitions_are_counted_apart(void **state)
{
    (void)state;
    struct ing_fencings fencings = {0};
    for (int32_t i = 0; i < 10; i++) {
        assert_false(ing_fencings_alarm(&fencings, "t", i, i));
        assert_false(ing_fencings_alarm(&fencings, "u", i, i));
    }
}

static void of_too_many_the_oldest_is_forgotten(void **state)
{
    (void)state;
    struct ing_fencings fencings = {0};
    for (int32_t i = 0; i <= ING_FENCINGS_MAX; i++) {
        assert_false(ing_fencings_alarm(&fencings, "t", i, i));
    }
    assert_false(ing_fencings_alarm(&fencings, "t", ING_FENCINGS_MAX, 100));
    assert_true(ing_fencings_alarm(&fencings, "t", ING_FENCINGS_MAX, 101));
    assert_false(ing_fencings_alarm(&fencings, "t", 0, 102));
    assert_false(ing_fencings_alarm(&fencings, "t", 0, 103));
    assert_true(ing_fencings_alarm(&fencings, "t", 0, 104));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_third_fence_within_the_time_alarms_once),
        cmocka_unit_test(fences_far_apart_do_not_add_up),
        cmocka_unit_test(partitions_are_counted_apart),
        cmocka_unit_test(of_too_many_the_oldest_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
