/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_doubt.c - what the lane does when the connection is lost inside COMMIT: the position,
 * and nothing else, says whether the commit was made.
 *
 * Links verdict_kit.c fake_register.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/engine.h"
#include "ingest/link.h"
#include "unit/ingest/fake_register.h"

enum { ACTIVE = 7 };

static const struct fake_answer in_doubt = {.kind = ERR_KIND_IN_DOUBT, .code = ERR_REGISTER_DOWN};
static const struct fake_answer in_doubt_but_made = {
    .kind = ERR_KIND_IN_DOUBT, .code = ERR_REGISTER_DOWN, .made = true};

static void in_doubt_commit_that_was_made_is_not_replayed(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    fake.commits[0] = in_doubt_but_made;
    fake.resolves[0].made = true;
    fake_deliver(lane);
    assert_int_equal(fake.commit_count, 1);
    assert_int_equal(fake.open_count, 2); /* asked on a new connection */
    assert_int_equal(metric_get(&lane->metrics, METRIC_IN_DOUBT), 1);
    assert_rows(1, 3);
    assert_int_equal(lane->parts[0]->position.next_offset, 3);
    assert_false(lane->parts[0]->recheck);
    fake_lane_free(lane);
}

/* The first time at once; whatever cuts each COMMIT is not met as fast as we can connect. */
static void in_doubt_commit_that_was_not_made_is_replayed(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    fake.commits[0] = fake.commits[1] = in_doubt;
    fake_deliver(lane);
    assert_int_equal(fake.commit_count, 3);
    assert_int_equal(fake.resolve_count, 2);
    assert_int_equal(fake.tried_ms[1], fake.tried_ms[0]);
    assert_true(fake.tried_ms[2] >= fake.tried_ms[1] + 50);
    assert_rows(1, 3);
    fake_lane_free(lane);
}

static void doubt_that_stays_is_asked_again(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    fake.commits[0] = in_doubt_but_made;
    fake.resolves[0] = (struct fake_answer){.kind = ERR_KIND_RETRY, .code = ERR_REGISTER_TIMEOUT};
    fake.resolves[1] = in_doubt;
    fake.resolves[2].made = true;
    fake_deliver(lane);
    assert_int_equal(fake.commit_count, 1);
    assert_int_equal(fake.resolve_count, 3);
    assert_int_equal(fake.open_count, 4);
    assert_true(fake.now_ms >= fake.tried_ms[0] + 50 + 100);
    assert_rows(1, 3);
    fake_lane_free(lane);
}

/* Given a register that is away while a commit is in doubt, then it is asked when it is back, and nothing is
 * replayed before. */
static void doubt_waits_for_a_register_that_is_away(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    fake.commits[0] = in_doubt_but_made;
    fake.resolves[0].made = true;
    struct err err = ERR_INIT;
    assert_int_equal(ing_link_connect(lane, &err), 0);
    fake.opens_to_fail = 2;
    fake_deliver(lane);
    assert_int_equal(fake.commit_count, 1);
    assert_int_equal(fake.resolve_count, 1);
    assert_rows(1, 3);
    fake_lane_free(lane);
}

static void doubt_that_cannot_be_resolved_is_left_to_the_positions(void **state)
{
    (void)state;
    static const struct fake_answer answers[] = {
        {.kind = ERR_KIND_FENCED, .code = ERR_STALE_EPOCH},
        {.kind = ERR_KIND_RETRY, .code = ERR_REGISTER_TIMEOUT},
    };
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct ing_lane *lane = fake_lane_new();
        fake_put(lane, 1, 1, ACTIVE);
        fake_put(lane, 2, 1, ACTIVE);
        fake.commits[0] = in_doubt_but_made;
        fake.resolves[0] = answers[i];
        fake.revoke_waits = answers[i].kind == ERR_KIND_RETRY;
        fake_deliver(lane);
        assert_int_equal(fake.commit_count, 1);
        assert_int_equal(fake.resolve_count, 1);
        assert_abandoned(lane, 1);
        assert_abandoned(lane, 2);
        fake_lane_free(lane);
    }
}

static void a_fatal_answer_to_doubt_ends_the_lane(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    fake.commits[0] = in_doubt;
    fake.resolves[0] = (struct fake_answer){.kind = ERR_KIND_FATAL, .code = ERR_BUG};
    assert_int_equal(ing_engine_deliver(lane), -1);
    assert_int_equal(lane->fatal.code, ERR_BUG);
    fake_lane_free(lane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_doubt_commit_that_was_made_is_not_replayed),
        cmocka_unit_test(in_doubt_commit_that_was_not_made_is_replayed),
        cmocka_unit_test(doubt_that_stays_is_asked_again),
        cmocka_unit_test(doubt_waits_for_a_register_that_is_away),
        cmocka_unit_test(doubt_that_cannot_be_resolved_is_left_to_the_positions),
        cmocka_unit_test(a_fatal_answer_to_doubt_ends_the_lane),
    };
    return cmocka_run_group_tests_name("doubt", tests, NULL, NULL);
}
