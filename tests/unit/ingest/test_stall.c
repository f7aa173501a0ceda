/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_stall.c - which partitions stand still, by what they do alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/clock.h"
#include "ingest/lane.h"
#include "ingest/stall.h"

enum { LIMIT_MS = 60000, NOBODY_KNOWS = -1 };

/* Flowing, at `expected`, met the end at `end` (-1: not yet). */
static struct ing_part part_at(int64_t expected, int64_t end)
{
    static char topic[] = "t";
    return (struct ing_part){.topic = topic,
                             .state = ING_FLOWING,
                             .expected = expected,
                             .end_offset = end,
                             .position = {.id = 7, .epoch = 3}};
}

static enum ing_standing look(struct ing_part *part, int64_t known_end, int64_t at_ms)
{
    return ing_stall_look(part, known_end, at_ms, LIMIT_MS);
}

static void an_idle_partition_stands_well_for_ever(void **state)
{
    (void)state;
    struct ing_part part = part_at(9, 9);
    for (int64_t ms = 1; ms < 100 * (int64_t)LIMIT_MS; ms += 1000) {
        assert_int_equal(look(&part, ms % 3 == 0 ? NOBODY_KNOWS : 9, ms), ING_STANDS_WELL);
    }
}

static void one_that_takes_nothing_stands_still_when_the_time_is_over(void **state)
{
    (void)state;
    struct ing_part part = part_at(9, NOBODY_KNOWS);
    assert_int_equal(look(&part, NOBODY_KNOWS, 1000), ING_STANDS_WELL);
    assert_int_equal(look(&part, NOBODY_KNOWS, 1000 + LIMIT_MS - 1), ING_STANDS_WELL);
    assert_int_equal(look(&part, NOBODY_KNOWS, 1000 + LIMIT_MS), ING_STANDS_STILL);
    part.stall.next_ms = 1000 + 2 * LIMIT_MS; /* it was looked at */
    assert_int_equal(look(&part, NOBODY_KNOWS, 1001 + LIMIT_MS), ING_STANDS_WELL);
    part.expected++;
    assert_int_equal(look(&part, NOBODY_KNOWS, 1000 + 3 * LIMIT_MS), ING_STANDS_WELL);
    assert_int_equal(look(&part, NOBODY_KNOWS, 1000 + 4 * LIMIT_MS - 1), ING_STANDS_WELL);
    assert_int_equal(look(&part, NOBODY_KNOWS, 1000 + 4 * LIMIT_MS), ING_STANDS_STILL);
}

static void one_that_may_not_be_read_is_not_at_its_end_although_it_was(void **state)
{
    (void)state;
    struct ing_part part = part_at(9, 9);
    assert_int_equal(look(&part, 9, 1000), ING_STANDS_WELL);
    ing_part_failed(&part, "forbidden", true);
    assert_int_equal(look(&part, 9, 1001 + LIMIT_MS), ING_STANDS_STILL);
}

static void a_log_that_goes_on_behind_the_end_is_held_by_a_transaction(void **state)
{
    (void)state;
    struct ing_part part = part_at(9, 9);
    assert_int_equal(look(&part, 12, 1000), ING_STANDS_WELL);
    assert_int_equal(look(&part, 12, 1000 + LIMIT_MS), ING_STANDS_HELD);
}

static void one_that_stands_aside_is_not_looked_at(void **state)
{
    (void)state;
    static const enum ing_part_state states[] = {ING_HALTED, ING_FENCED, ING_PAUSED};
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        struct ing_part part = part_at(9, NOBODY_KNOWS);
        part.state = states[i];
        assert_int_equal(look(&part, NOBODY_KNOWS, 1), ING_STANDS_WELL);
        assert_int_equal(look(&part, NOBODY_KNOWS, 10 * (int64_t)LIMIT_MS), ING_STANDS_WELL);
    }
}

static void one_that_cannot_be_claimed_stands_still_too(void **state)
{
    (void)state;
    struct ing_part part = part_at(0, NOBODY_KNOWS);
    part.state = ING_UNCLAIMED;
    assert_int_equal(look(&part, NOBODY_KNOWS, 1), ING_STANDS_WELL);
    assert_int_equal(look(&part, NOBODY_KNOWS, 1 + LIMIT_MS), ING_STANDS_STILL);
}

/* A group that rebalances each minute must not start the clock anew each time. */
static void the_clock_outlives_an_assignment(void **state)
{
    (void)state;
    struct ing_lane lane = {0};
    struct ing_part bad = part_at(9, NOBODY_KNOWS);
    struct ing_part good = part_at(5, 5);
    struct ing_part *parts[] = {&good, &bad};
    bad.partition = 1;
    look(&bad, NOBODY_KNOWS, 1000);
    ing_part_failed(&bad, "unreadable", false);
    lane.parts = parts;
    lane.part_count = 2;
    ing_stall_leave(&lane);
    assert_int_equal(lane.stalls.left_count, 1); /* of one that is well there is nothing to keep */

    struct ing_part again = part_at(0, NOBODY_KNOWS);
    again.state = ING_UNCLAIMED;
    again.partition = 1;
    struct ing_part *returned[] = {&again};
    lane.parts = returned;
    lane.part_count = 1;
    ing_stall_return(&lane);
    assert_int_equal(lane.stalls.left_count, 0);
    again.expected = 9; /* as the claim says */
    again.state = ING_FLOWING;
    assert_int_equal(look(&again, NOBODY_KNOWS, 1000 + LIMIT_MS), ING_STANDS_STILL);

    ing_stall_leave(&lane);
    again.expected = 10; /* or somebody else has taken what was there */
    again.stall = (struct ing_stall){0};
    ing_stall_return(&lane);
    again.expected = 10;
    assert_int_equal(look(&again, NOBODY_KNOWS, 1000 + LIMIT_MS), ING_STANDS_WELL);
}

/* Given a partition that took events since it was looked at last, or that was never looked at. Then its
 * time begins where it stands, and now: it is not halted at once, nor at an offset that was taken. */
static void the_clock_begins_where_the_partition_stands(void **state)
{
    (void)state;
    static const int64_t looked_at_ms[] = {0, 1};
    for (size_t i = 0; i < COUNT_OF(looked_at_ms); i++) {
        struct ing_lane lane = {0};
        struct ing_part part = part_at(20, NOBODY_KNOWS);
        struct ing_part *parts[] = {&part};
        part.stall.since_ms = looked_at_ms[i];
        ing_part_failed(&part, "forbidden", true);
        lane.parts = parts;
        lane.part_count = 1;
        const int64_t before_ms = clock_mono_ms();
        ing_stall_leave(&lane);
        assert_int_equal(lane.stalls.left_count, 1);
        assert_int_equal(lane.stalls.left[0].stall.offset, 20);
        assert_true(lane.stalls.left[0].stall.since_ms >= before_ms);
    }
}

static void more_than_can_be_remembered_are_forgotten(void **state)
{
    (void)state;
    static struct ing_part parts[ING_LEFT_MAX + 8];
    struct ing_part *list[COUNT_OF(parts)];
    static struct ing_lane lane;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        parts[i] = part_at(9, NOBODY_KNOWS);
        parts[i].partition = (int32_t)i;
        ing_part_failed(&parts[i], "unreadable", false);
        list[i] = &parts[i];
    }
    lane.parts = list;
    lane.part_count = COUNT_OF(parts);
    ing_stall_leave(&lane);
    assert_int_equal(lane.stalls.left_count, ING_LEFT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_partition_stands_well_for_ever),
        cmocka_unit_test(one_that_takes_nothing_stands_still_when_the_time_is_over),
        cmocka_unit_test(one_that_may_not_be_read_is_not_at_its_end_although_it_was),
        cmocka_unit_test(a_log_that_goes_on_behind_the_end_is_held_by_a_transaction),
        cmocka_unit_test(one_that_stands_aside_is_not_looked_at),
        cmocka_unit_test(one_that_cannot_be_claimed_stands_still_too),
        cmocka_unit_test(the_clock_outlives_an_assignment),
        cmocka_unit_test(the_clock_begins_where_the_partition_stands),
        cmocka_unit_test(more_than_can_be_remembered_are_forgotten),
    };
    return cmocka_run_group_tests_name("stall", tests, NULL, NULL);
}
