/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_vitals.c - what a lane publishes while it works, and whether the engine is called ready for it.
 *
 * Links verdict_kit.c fake_register.c
 * Wraps ing_source_look_at_end */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/http/probe.h"
#include "ingest/link.h"
#include "ingest/vitals.h"
#include "unit/ingest/fake_register.h"

enum { ACTIVE = 7, NOW = 1000000, LIMIT = 60000 };

/* ---- the judgement ---- */

static void the_engine_is_ready_or_says_why_not(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct ing_vital lanes[2];
        int64_t watched_ms;
        bool stopping;
        unsigned reasons;
        const char *line; /* in the text */
    } cases[] = {
        {"all is well", {{NOW - 200, 0, 0, 0, 0}, {NOW, 0, 0, 0, 0}}, NOW - 250, false, 0, ""},
        {"a busy lane, whose positions move",
         {{NOW, 90000, NOW - 900, 0, 0}, {NOW, 0, 0, 0, 0}},
         NOW,
         false,
         0,
         ""},
        {"one event, a moment old",
         {{NOW, 1, NOW - 5, 0, 0}, {NOW, 0, 0, 0, 0}},
         NOW,
         false,
         0,
         ""},
        {"waiting, just below the limit",
         {{NOW, 5, NOW - LIMIT + 1, 0, 0}, {NOW, 0, 0, 0, 0}},
         NOW,
         false,
         0,
         ""},
        {"waiting for the limit",
         {{NOW, 0, 0, 0, 0}, {NOW, 5, NOW - LIMIT, 0, 0}},
         NOW,
         false,
         ING_UNREADY_STANDS,
         "lane 1: 5 events wait, and no position has moved for 60 s"},
        {"one attempt that failed",
         {{NOW, 5, NOW - 100, NOW - 100, 0}, {NOW, 0, 0, 0, 0}},
         NOW,
         false,
         0,
         ""},
        {"every attempt fails",
         {{NOW, 5, NOW - 5000, NOW - 5000, 0}, {NOW, 0, 0, 0, 0}},
         NOW,
         false,
         ING_UNREADY_FAILING,
         "lane 0: the register has taken no commit for 5 s"},
        {"Kafka is away, and nothing waits",
         {{NOW, 0, 0, 0, NOW - 900000}, {NOW, 0, 0, 0, 1}},
         NOW,
         false,
         0,
         ""},
        {"a lane hangs",
         {{NOW - 30000, 0, 0, 0, 0}, {NOW, 0, 0, 0, 0}},
         NOW,
         false,
         ING_UNREADY_SILENT,
         "lane 0 has shown no life for 30 s"},
        {"a lane waits for a slow register",
         {{NOW - 29999, 9, NOW - 29999, 0, 0}, {NOW, 0, 0, 0, 0}},
         NOW,
         false,
         0,
         ""},
        {"the watchdog hangs",
         {{NOW, 0, 0, 0, 0}, {NOW, 0, 0, 0, 0}},
         NOW - 10000,
         false,
         ING_UNREADY_WATCHDOG,
         "nobody has watched the lanes for 10 s"},
        {"it drains",
         {{NOW, 3, NOW - 10, 0, 0}, {NOW, 0, 0, 0, 0}},
         NOW,
         true,
         ING_UNREADY_STOPPING,
         "the engine ends"},
        {"all at once",
         {{NOW - 90000, 2, NOW - 90000, NOW - 90000, 0}, {NOW - 90000, 0, 0, 0, 0}},
         NOW - 90000,
         true,
         ING_UNREADY_STOPPING | ING_UNREADY_WATCHDOG | ING_UNREADY_SILENT | ING_UNREADY_FAILING |
             ING_UNREADY_STANDS,
         "\nlane 0: 2 events wait, and no position has moved for 90 s\nlane 1 has shown no life "
         "for 90 s"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_readiness out = {0};
        const struct ing_health health = {.lanes = cases[i].lanes,
                                          .count = 2,
                                          .now_ms = NOW,
                                          .watched_ms = cases[i].watched_ms,
                                          .limit_ms = LIMIT,
                                          .stopping = cases[i].stopping};
        ing_health_judge(&health, &out);
        if (out.reasons != cases[i].reasons || strstr(out.text, cases[i].line) == NULL) {
            fail_msg("%s: %u, %s", cases[i].name, out.reasons, out.text);
        }
        assert_true((out.reasons == 0) == (out.text[0] == '\0'));
    }
}

static void many_lanes_that_hang_fit_the_text(void **state)
{
    (void)state;
    struct ing_vital lanes[64];
    struct http_readiness out = {0};
    for (size_t i = 0; i < COUNT_OF(lanes); i++) {
        lanes[i] = (struct ing_vital){
            .turned_ms = 1, .waiting = INT64_MAX, .stands_ms = 1, .failing_ms = 1};
    }
    const struct ing_health health = {.lanes = lanes,
                                      .count = COUNT_OF(lanes),
                                      .now_ms = INT64_MAX,
                                      .watched_ms = 1,
                                      .limit_ms = LIMIT};
    ing_health_judge(&health, &out);
    assert_true(strlen(out.text) < HTTP_READINESS_BYTES);
    assert_int_equal(out.reasons, 30);
}

/* ---- what a lane publishes ---- */

static int64_t known_end;
void __wrap_ing_source_look_at_end(struct ing_source *source, struct ing_part *part,
                                   int64_t now_ms);
void __wrap_ing_source_look_at_end(struct ing_source *source, struct ing_part *part, int64_t now_ms)
{
    (void)source;
    (void)now_ms;
    assert_false(ing_part_at_end(part)); /* nobody asks for what is known */
    part->known_end = known_end;
}

static struct ing_vital count(struct ing_lane *lane)
{
    fake.now_ms += 1000;
    ing_vitals_count(lane);
    return ing_vitals_read(&lane->vitals);
}

static void standing_is_counted_from_when_something_waits(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    known_end = 0;
    fake.now_ms = 50000;
    assert_int_equal(count(lane).stands_ms, 0);
    known_end = 3; /* in each of four partitions */
    struct ing_vital vital = count(lane);
    assert_int_equal(vital.waiting, 12);
    assert_int_equal(vital.stands_ms, 52000);
    assert_int_equal(count(lane).stands_ms, 52000);
    fake_put(lane, 1, 3, ACTIVE);
    fake_deliver(lane);
    vital = ing_vitals_read(&lane->vitals);
    assert_int_equal(vital.waiting, 9);
    assert_int_equal(vital.stands_ms, clock_mono_ms()); /* anew: one moved */
    fake_lane_free(lane);
}

static void what_is_not_known_does_not_wait(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    known_end = -1;
    fake.now_ms = 50000;
    assert_int_equal(count(lane).waiting, 0);
    known_end = 8;
    lane->parts[0]->end_offset =
        lane->parts[0]->expected; /* at its end: a transaction is open behind it */
    ing_part_move(lane->parts[1], ING_HALTED);
    ing_part_move(lane->parts[2], ING_FENCED);
    assert_int_equal(count(lane).waiting, 8);
    assert_int_equal(lane->vitals.partitions[ING_FLOWING], 2);
    assert_int_equal(lane->vitals.partitions[ING_HALTED], 1);
    assert_int_equal(lane->vitals.partitions[ING_FENCED], 1);
    fake_lane_free(lane);
}

/* A register that answers nothing fails no attempt for as long as its deadline: the batch waits nevertheless. */
static void a_batch_on_its_way_waits_before_it_is_counted(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    known_end = 0;
    fake.now_ms = 50000;
    assert_int_equal(count(lane).waiting, 0);
    fake_put(lane, 1, 3, ACTIVE);
    ing_vitals_deliver(lane);
    assert_int_equal(ing_vitals_read(&lane->vitals).waiting, 3);
    assert_int_equal(ing_vitals_read(&lane->vitals).stands_ms, 51000);
    fake_deliver(lane);
    assert_int_equal(ing_vitals_read(&lane->vitals).stands_ms, 0);
    fake_lane_free(lane);
}

/* A claim waits for a register that hangs, and fails for as long as its deadline lasts. */
static void a_register_that_does_not_answer_is_waited_for(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    struct err err = ERR_INIT;
    known_end = 0;
    fake.now_ms = 50000;
    assert_int_equal(count(lane).stands_ms, 0);
    fake.opens_slowly = true;
    ing_link_disconnect(lane);
    assert_int_equal(ing_link_connect(lane, &err), 0);
    assert_int_equal(ing_vitals_read(&lane->vitals).waiting, 1);
    assert_int_equal(ing_vitals_read(&lane->vitals).stands_ms, 51000);
    assert_int_equal(count(lane).stands_ms, 0); /* it has answered */
    fake_lane_free(lane);
}

static void attempts_fail_from_the_first_to_the_one_that_is_made(void **state)
{
    (void)state;
    static const enum err_kind kinds[] = {ERR_KIND_RETRY, ERR_KIND_IN_DOUBT};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct ing_lane *lane = fake_lane_new();
        fake.commits[0] = (struct fake_answer){.kind = kinds[i], .code = ERR_REGISTER_DOWN};
        fake.opens_to_fail = i == 1 ? 2 : 0;
        fake.now_ms = 50000;
        fake_put(lane, 1, 3, ACTIVE);
        fake_deliver(lane);
        assert_int_equal(ing_vitals_read(&lane->vitals).failing_ms, 0);
        fake_lane_free(lane);
    }
    struct ing_lane *lane = fake_lane_new();
    fake.commits[0] = (struct fake_answer){.kind = ERR_KIND_RETRY, .code = ERR_REGISTER_DOWN};
    fake.revoke_waits = true; /* the lane gives up after one */
    fake.now_ms = 50000;
    fake_put(lane, 1, 3, ACTIVE);
    fake_deliver(lane);
    assert_int_equal(ing_vitals_read(&lane->vitals).failing_ms, 50000);
    fake.now_ms = 60000;
    ing_vitals_attempt(lane, true);
    assert_int_equal(ing_vitals_read(&lane->vitals).failing_ms, 50000);
    fake_lane_free(lane);
}

static void a_lane_without_partitions_fails_at_nothing(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    const size_t parts = lane->part_count;
    fake.now_ms = 50000;
    ing_vitals_attempt(lane, true);
    assert_int_equal(count(lane).failing_ms, 50000);
    lane->part_count = 0; /* they are another's now */
    assert_int_equal(count(lane).failing_ms, 0);
    lane->part_count = parts;
    fake_lane_free(lane);
}

static uint64_t ages(const struct ing_lane *lane)
{
    uint64_t sum = 0;
    for (size_t i = 0; i <= METRIC_BOUNDS; i++) {
        sum += lane->event_age.buckets[i];
    }
    return sum;
}

static void an_event_has_an_age_when_it_has_a_time_of_the_past(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    const int64_t wall_ms = clock_wall_us() / 1000;
    fake_put(lane, 1, 6, ACTIVE);
    lane->batch.slots[0].message.ts_ms = wall_ms - 7200000;
    lane->batch.slots[1].message.ts_ms = wall_ms - 7200000;
    lane->batch.slots[2].message.ts_ms = wall_ms + 7200000;
    lane->batch.slots[3].message.ts_ms = -1;
    lane->batch.slots[4].message.ts_ms = wall_ms * 1000000; /* nanoseconds */
    lane->batch.slots[5].message.ts_ms = wall_ms - 1500;
    fake_deliver(lane);
    assert_int_equal(ages(lane), 3);
    assert_int_equal(lane->event_age.buckets[15], 2); /* up to a day */
    uint64_t commits = 0;
    for (size_t i = 0; i <= METRIC_BOUNDS; i++) {
        commits += lane->commit_duration.buckets[i];
    }
    assert_int_equal(commits, 1);
    fake_lane_free(lane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_engine_is_ready_or_says_why_not),
        cmocka_unit_test(many_lanes_that_hang_fit_the_text),
        cmocka_unit_test(standing_is_counted_from_when_something_waits),
        cmocka_unit_test(what_is_not_known_does_not_wait),
        cmocka_unit_test(a_batch_on_its_way_waits_before_it_is_counted),
        cmocka_unit_test(a_register_that_does_not_answer_is_waited_for),
        cmocka_unit_test(attempts_fail_from_the_first_to_the_one_that_is_made),
        cmocka_unit_test(a_lane_without_partitions_fails_at_nothing),
        cmocka_unit_test(an_event_has_an_age_when_it_has_a_time_of_the_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
