/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/commit/lock_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* PostgreSQL's defaults: 64 × 100. */
enum { DEFAULT_LOCKS = 6400 };

static void lanes_share_the_room(void **state)
{
    (void)state;
    const struct sto_leaves small = {.leaves = 1, .datasets = 5000};
    const int one = sto_lock_room(DEFAULT_LOCKS, 1, &small, 1);
    const int two = sto_lock_room(DEFAULT_LOCKS, 2, &small, 1);
    assert_int_equal(one, (4800 - 40) / 8);
    assert_int_equal(two, (2400 - 40) / 8);
}

static void the_widest_datasets_may_meet_in_one_batch(void **state)
{
    (void)state;
    const struct sto_leaves mixed[] = {{.leaves = 64, .datasets = 10},
                                       {.leaves = 1, .datasets = 5000}};
    assert_int_equal(sto_lock_room(DEFAULT_LOCKS, 2, mixed, 2), 10 + (2360 - 10 * 134) / 8);
    const struct sto_leaves wide = {.leaves = 64, .datasets = 1000};
    assert_int_equal(sto_lock_room(DEFAULT_LOCKS, 2, &wide, 1), 2360 / 134);
}

static void datasets_declared_later_count_as_usual_ones(void **state)
{
    (void)state;
    const struct sto_leaves few = {.leaves = 1, .datasets = 10};
    assert_int_equal(sto_lock_room(DEFAULT_LOCKS, 2, &few, 1), 10 + (2360 - 80) / 22);
    assert_int_equal(sto_lock_room(DEFAULT_LOCKS, 2, NULL, 0), 2360 / 22);
}

static void there_is_always_room_for_one(void **state)
{
    (void)state;
    const struct sto_leaves wide = {.leaves = 1024, .datasets = 3};
    assert_int_equal(sto_lock_room(1000, 8, &wide, 1), 1);
    assert_int_equal(sto_lock_room(0, 0, &wide, 1), 1);
    assert_int_equal(sto_lock_room(INT64_MAX, 1, &wide, 1), INT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_share_the_room),
        cmocka_unit_test(the_widest_datasets_may_meet_in_one_batch),
        cmocka_unit_test(datasets_declared_later_count_as_usual_ones),
        cmocka_unit_test(there_is_always_room_for_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
