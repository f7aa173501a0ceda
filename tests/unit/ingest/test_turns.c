/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_turns.c - whose turn it is to be fetched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/attr.h"
#include "ingest/partition.h"
#include "ingest/turns.h"

enum { PARTS = 3 * ING_TURN_PARTS, BATCH = 1000, FAR = 100000 };

struct room {
    struct ing_part all[PARTS];
    struct ing_part *parts[PARTS];
    struct ing_turns turns;
    int64_t now_ms;
};

static int setup(void **state)
{
    static struct room room;
    static char topic[] = "t";
    memset(&room, 0, sizeof(room));
    room.now_ms = 1000;
    for (int i = 0; i < PARTS; i++) {
        room.all[i] = (struct ing_part){.topic = topic,
                                        .partition = i,
                                        .state = ING_FLOWING,
                                        .end_offset = -1,
                                        .known_end = FAR,
                                        .position = {.last_offset = 5, .last_ts_ms = PARTS - i}};
        room.parts[i] = &room.all[i];
    }
    *state = &room;
    return 0;
}

static bool take(struct room *room, size_t count, int64_t after_ms)
{
    room->now_ms += after_ms;
    return ing_turns_take(&room->turns, room->parts, count, BATCH, room->now_ms);
}

static int waiting(const struct room *room)
{
    int count = 0;
    for (int i = 0; i < PARTS; i++) {
        count += room->all[i].waits;
    }
    return count;
}

static void meet_end(struct ing_part *part)
{
    part->expected = part->end_offset = part->known_end;
}

static void of_many_far_behind_a_group_is_fetched_the_oldest_first(void **state)
{
    struct room *room = *state;
    assert_true(take(room, PARTS, 0));
    for (int i = 0; i < PARTS; i++) { /* the last ones have the oldest records */
        assert_true(room->all[i].waits == (i < PARTS - ING_TURN_PARTS));
    }
    assert_false(take(room, PARTS, ING_TURN_MS - 1));
}

static void each_has_its_turn_within_the_bound(void **state)
{
    struct room *room = *state;
    int turns[PARTS] = {0};
    for (int round = 0; round < PARTS / ING_TURN_PARTS; round++) {
        assert_true(take(room, PARTS, ING_TURN_MS));
        for (int i = 0; i < PARTS; i++) {
            turns[i] += !room->all[i].waits;
        }
    }
    for (int i = 0; i < PARTS; i++) {
        assert_int_equal(turns[i], 1);
    }
}

static void a_turn_ends_early_when_its_group_has_nothing_left(void **state)
{
    struct room *room = *state;
    assert_true(take(room, PARTS, 0));
    for (int i = PARTS - ING_TURN_PARTS; i < PARTS; i++) {
        meet_end(&room->all[i]);
    }
    assert_true(take(room, PARTS, 1));
    assert_int_equal(waiting(room), PARTS - 2 * ING_TURN_PARTS);
    assert_false(room->all[PARTS - 1].waits); /* at its end: always fetched */
}

static void what_is_not_far_behind_never_waits(void **state)
{
    struct room *room = *state;
    room->all[0].known_end = 10;
    meet_end(&room->all[1]);
    assert_true(take(room, PARTS, 0));
    assert_false(room->all[0].waits);
    assert_false(room->all[1].waits);
}

static void a_little_backlog_makes_nobody_wait(void **state)
{
    struct room *room = *state;
    for (int i = ING_TURN_PARTS; i < PARTS; i++) {
        room->all[i].known_end = 10;
    }
    assert_false(take(room, PARTS, 0)); /* one group is behind, and no more */
    setup(state);
    for (int i = 0; i < PARTS; i++) {
        room->all[i].known_end = 1001; /* all in less than some batches */
    }
    assert_false(ing_turns_take(&room->turns, room->parts, PARTS, 50000, 5000));
    assert_int_equal(waiting(room), 0);
}

static void few_partitions_take_no_turns(void **state)
{
    struct room *room = *state;
    assert_false(take(room, ING_TURN_PARTS, 0));
    assert_int_equal(waiting(room), 0);
}

static void when_the_backlog_is_gone_all_resume_and_are_looked_at_again(void **state)
{
    struct room *room = *state;
    assert_true(take(room, PARTS, 0));
    for (int i = ING_TURN_PARTS; i < PARTS; i++) {
        room->all[i].known_end = 0;
    }
    assert_true(take(room, PARTS, ING_TURN_MS));
    assert_int_equal(waiting(room), 0);
    /* a topic may have been made anew while nothing of it was fetched */
    assert_true(room->all[0].resumes);
    assert_false(room->all[PARTS - 1].resumes);
}

static void one_that_was_halted_while_it_waited_does_not_wait_for_ever(void **state)
{
    struct room *room = *state;
    assert_true(take(room, PARTS, 0));
    assert_true(room->all[0].waits);
    room->all[0].state = ING_HALTED;
    assert_true(take(room, PARTS, ING_TURN_MS));
    assert_false(room->all[0].waits);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(of_many_far_behind_a_group_is_fetched_the_oldest_first),
        TEST(each_has_its_turn_within_the_bound),
        TEST(a_turn_ends_early_when_its_group_has_nothing_left),
        TEST(what_is_not_far_behind_never_waits),
        TEST(a_little_backlog_makes_nobody_wait),
        TEST(few_partitions_take_no_turns),
        TEST(when_the_backlog_is_gone_all_resume_and_are_looked_at_again),
        TEST(one_that_was_halted_while_it_waited_does_not_wait_for_ever),
    };
    return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
