/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/attr.h"
#include "ops/monitor/lag.h"

/* A log that begins at 0. lag -1: the broker did not say. */
#define AT(seconds, taken, lag)                                                                    \
    {                                                                                              \
        (seconds), (taken), (lag) < 0 ? -1 : 0, (lag) < 0 ? -1 : (taken) + (lag)                   \
    }
#define LOOKS(...)                                                                                 \
    .looks = (const struct ops_look[]){__VA_ARGS__},                                               \
    .count = sizeof((const struct ops_look[]){__VA_ARGS__}) / sizeof(struct ops_look)

struct case_of {
    const char *what;
    const struct ops_look *looks;
    size_t count;
    enum ops_known has_owner;
    int64_t promise_s;
    const char *verdict;
};

static struct ops_lag judge(const struct case_of *row)
{
    struct ops_lag lag;
    const struct ops_lag_facts facts = {.looks = row->looks,
                                        .count = row->count,
                                        .has_owner = row->has_owner,
                                        .promise_s = row->promise_s,
                                        .retention_s = OPS_NEVER_S};
    ops_lag_judge(&facts, &lag);
    return lag;
}

static void each_is(const struct case_of *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct ops_lag lag = judge(&rows[i]);
        const char *found = ops_lag_verdict_token(lag.verdict);
        if (strcmp(found, rows[i].verdict) != 0) {
            fail_msg("%s: %s, not %s (%s, %lld events, %lld s)", rows[i].what, found,
                     rows[i].verdict, ops_trend_token(lag.trend), (long long)lag.events,
                     (long long)lag.age_s);
        }
    }
}

/* ---- Burrow's cases ---- */

/* Commits of Burrow's that show, 100 s one after the other, what a look shows. A second before: a look at what is committed
 * is made at set times, so one is made while nobody commits, too. */
#define GROWING(from, first)                                                                       \
    AT(100, from, first), AT(200, 2000, (first) + 50), AT(300, 3000, (first) + 100),               \
        AT(400, 4000, (first) + 150), AT(500, 5000, (first) + 200)
#define CAUGHT_UP                                                                                  \
    AT(629, 792748090, 0), AT(630, 792748091, 0), AT(631, 792748092, 0), AT(632, 792748093, 0)

/* The numbers of the table in core/internal/evaluator/caching_test.go, by its indices. The promise is 0: Burrow has none. In
 * these, it says OK and we do not, as a backlog that grows is never OK:
 *    0, 11  the lag was zero once, and has grown since (WARN)
 *    1      the same, and nothing was committed for 400 s (STOP; Burrow's limit is 400 s and it wants more)
 *    4      the lag was zero once, has grown since, and not one event was taken (STALL) */
static void burrows_cases_are_answered_as_burrow_does_or_more_strictly(void **state)
{
    (void)state;
    const struct case_of rows[] = {
        {"0", LOOKS(GROWING(1000, 0), AT(600, 5000, 200)), OPS_KNOWN_YES, 0, "warn"},
        {"1",
         LOOKS(GROWING(1000, 0), AT(600, 5000, 200), AT(700, 5000, 200), AT(800, 5000, 200),
               AT(900, 5000, 200)),
         OPS_KNOWN_NO, 0, "stop"},
        {"2",
         LOOKS(GROWING(1000, 0), AT(600, 5000, 200), AT(700, 5000, 200), AT(800, 5000, 200),
               AT(900, 5000, 200), AT(1000, 5000, 200)),
         OPS_KNOWN_NO, 0, "stop"},
        {"3",
         LOOKS(GROWING(1000, 50), AT(600, 5000, 250), AT(700, 5000, 250), AT(800, 5000, 250),
               AT(900, 5000, 250), AT(1000, 5000, 250)),
         OPS_KNOWN_NO, 0, "stop"},
        {"4",
         LOOKS(AT(100, 1000, 0), AT(200, 1000, 50), AT(300, 1000, 100), AT(400, 1000, 150),
               AT(500, 1000, 200), AT(600, 1000, 200)),
         OPS_KNOWN_YES, 0, "stall"},
        {"5",
         LOOKS(AT(100, 1000, 100), AT(200, 1000, 150), AT(300, 1000, 200), AT(400, 1000, 250),
               AT(500, 1000, 300), AT(600, 1000, 300)),
         OPS_KNOWN_YES, 0, "stall"},
        {"6",
         LOOKS(AT(100, 1000, 100), AT(200, 1000, 100), AT(300, 1000, 100), AT(400, 1000, 100),
               AT(500, 1000, 100), AT(600, 1000, 100)),
         OPS_KNOWN_YES, 0, "stall"},
        {"7",
         LOOKS(AT(100, 1000, 100), AT(200, 2000, 150), AT(300, 3000, 200), AT(400, 2000, 1250),
               AT(500, 4000, 300), AT(600, 4000, 300)),
         OPS_KNOWN_YES, 0, "rewind"},
        {"8", LOOKS(GROWING(1000, 50), AT(600, 5250, 0), AT(1000, 5250, 0)), OPS_KNOWN_NO, 0, "ok"},
        {"9",
         LOOKS(CAUGHT_UP, AT(646, 792748093, 407), AT(647, 792748093, 507), AT(648, 792748093, 707),
               AT(649, 792748093, 907), AT(650, 792748093, 931)),
         OPS_KNOWN_NO, 0, "stop"},
        {"10",
         LOOKS(CAUGHT_UP, AT(647, 792748093, 0), AT(648, 792748093, 0), AT(649, 792748093, 0),
               AT(650, 792748093, 1)),
         OPS_KNOWN_NO, 0, "ok"},
        {"11",
         LOOKS(AT(100, 1000, 0), AT(150, 1500, -1), AT(200, 2000, 50), AT(250, 2500, -1),
               AT(300, 3000, 100), AT(350, 3500, -1), AT(400, 4000, 150), AT(450, 4500, -1),
               AT(500, 5000, 200), AT(550, 5500, -1), AT(600, 5500, 200)),
         OPS_KNOWN_YES, 0, "warn"},
    };
    each_is(rows, COUNT_OF(rows));
}

/* ---- what users of lag monitors complain of ---- */

static void false_alarms_of_others_are_none(void **state)
{
    (void)state;
    const struct case_of rows[] = {
        {"trivial lag that grows: within the promise",
         LOOKS(AT(60, 1000, 11), AT(120, 1250, 40), AT(180, 1500, 80), AT(240, 1750, 145)),
         OPS_KNOWN_YES, 60, "ok"},
        {"a quiet topic, nobody reads it", LOOKS(AT(60, 7, 0), AT(120, 7, 0), AT(180, 7, 0)),
         OPS_KNOWN_NO, 60, "ok"},
        {"a topic that was created a minute ago, not claimed yet",
         LOOKS({60, -1, 0, 0}, {120, -1, 0, 900}), OPS_KNOWN_NO, 60, "ok"},
        {"the same, seen full at the first look", LOOKS({120, -1, 0, 900}), OPS_KNOWN_NO, 60,
         "unknown"},
        {"one look after a burst", LOOKS(AT(60, 10, 0), AT(120, 20, 100000)), OPS_KNOWN_YES, 60,
         "ok"},
        {"catching up after a night",
         LOOKS(AT(60, 0, 9000000), AT(120, 1000000, 8100000), AT(180, 2000000, 7200000),
               AT(240, 3000000, 6300000)),
         OPS_KNOWN_YES, 60, "ok"},
        {"the broker is away", LOOKS(AT(60, 10, 0), AT(120, 10, 0), AT(180, 10, -1)), OPS_KNOWN_YES,
         60, "unknown"},
        {"the broker was away",
         LOOKS(AT(60, 10, 0), AT(120, 10, -1), AT(180, 10, -1), AT(240, 10, 3)), OPS_KNOWN_YES, 60,
         "ok"},
        {"the topic was made anew and is read from its begin",
         LOOKS(AT(60, 5000, 100), AT(120, 5100, 100), {180, 40, 0, 40}, {240, 80, 0, 90}),
         OPS_KNOWN_YES, 60, "ok"},
    };
    each_is(rows, COUNT_OF(rows));
}

static void what_others_call_fine_is_not(void **state)
{
    (void)state;
    const struct case_of rows[] = {
        {"a backlog that grows, with one dip in it",
         LOOKS(AT(60, 1000000, 204894), AT(120, 1027000, 207963), AT(180, 1045000, 223394),
               AT(240, 1060000, 222000), AT(300, 1072000, 228876)),
         OPS_KNOWN_YES, 60, "warn"},
        {"a backlog of hours that stays as it is",
         LOOKS(AT(60, 1000, 90000), AT(120, 2000, 90000), AT(180, 3000, 90000)), OPS_KNOWN_YES, 60,
         "warn"},
        {"nobody commits any more, and events come",
         LOOKS(AT(60, 10, 0), AT(120, 10, 100), AT(180, 10, 200), AT(240, 10, 300)), OPS_KNOWN_NO,
         60, "stop"},
        {"an engine has it, and does not move",
         LOOKS(AT(60, 10, 0), AT(120, 10, 100), AT(180, 10, 200), AT(240, 10, 300)), OPS_KNOWN_YES,
         60, "stall"},
        {"nobody ever took it", LOOKS({60, -1, 0, 900}, {120, -1, 0, 900}, {180, -1, 0, 900}),
         OPS_KNOWN_NO, 60, "stop"},
        {"retention was faster", LOOKS({60, 10, 0, 900}, {120, 10, 500, 900}), OPS_KNOWN_YES, 60,
         "lost"},
        {"the log ends below the position", LOOKS(AT(60, 900, 0), {120, 900, 0, 20}), OPS_KNOWN_YES,
         60, "lost"},
    };
    each_is(rows, COUNT_OF(rows));
}

/* ---- the numbers ---- */

static void the_age_is_that_of_the_oldest_that_waits(void **state)
{
    (void)state;
    /* 100 came between 60 and 120, evenly: the 25th of them 15 s after the first look. */
    struct ops_lag lag = judge(&(struct case_of){
        LOOKS(AT(60, 0, 0), {120, 25, 0, 100}, {180, 25, 0, 100}), .has_owner = OPS_KNOWN_YES});
    assert_int_equal(lag.is, OPS_LAG_IS_KNOWN);
    assert_int_equal(lag.events, 75);
    assert_int_equal(lag.age_s, 180 - 75);
    /* A topic that was quiet for hours: only the last minute counts. */
    lag = judge(&(struct case_of){LOOKS(AT(60, 5, 0), AT(3600, 5, 0), AT(7200, 5, 1))});
    assert_in_range(lag.age_s, 0, 3600);
    assert_int_equal(lag.is, OPS_LAG_IS_KNOWN);
    /* It waited already when it was first looked at. */
    lag = judge(&(struct case_of){LOOKS(AT(60, 5, 10), AT(120, 5, 10))});
    assert_int_equal(lag.is, OPS_LAG_IS_ESTIMATED);
    assert_int_equal(lag.age_s, 60);
    lag = judge(&(struct case_of){LOOKS(AT(60, 5, 10), AT(120, 15, 0))});
    assert_int_equal(lag.age_s, 0);
    assert_int_equal(lag.catch_up_s, 0);
    assert_true(lag.headroom_s == OPS_NEVER_S);
}

static void unknown_and_lost_are_never_0(void **state)
{
    (void)state;
    struct ops_lag lag = judge(&(struct case_of){.what = "no look"});
    assert_int_equal(lag.is, OPS_LAG_IS_UNKNOWN);
    assert_int_equal(lag.events, -1);
    assert_int_equal(lag.age_s, -1);
    lag = judge(&(struct case_of){LOOKS(AT(60, 5, 0), AT(120, 5, -1))});
    assert_int_equal(lag.is, OPS_LAG_IS_UNKNOWN);
    assert_int_equal(lag.events, -1);
    lag = judge(&(struct case_of){LOOKS({60, 10, 500, 900})});
    assert_int_equal(lag.is, OPS_LAG_IS_LOST);
    assert_int_equal(lag.events, 490);
    lag = judge(&(struct case_of){LOOKS({60, 10, 0, 9})});
    assert_int_equal(lag.events, -1);
}

static void the_time_to_catch_up_is_by_the_trend(void **state)
{
    (void)state;
    struct ops_lag lag = judge(&(struct case_of){
        LOOKS(AT(60, 0, 9000), AT(120, 1000, 8400), AT(180, 2000, 7800), AT(240, 3000, 7200))});
    assert_int_equal(lag.trend, OPS_TREND_SHRINKS);
    assert_int_equal(lag.catch_up_s, 721); /* 10 a second less */
    lag = judge(&(struct case_of){LOOKS(AT(60, 0, 10), AT(120, 1, 11), AT(180, 2, 12))});
    assert_int_equal(lag.trend, OPS_TREND_GROWS);
    assert_true(lag.catch_up_s == OPS_NEVER_S);
    lag = judge(&(struct case_of){LOOKS(AT(60, 0, 10), AT(120, 1, 9))});
    assert_int_equal(lag.trend, OPS_TREND_UNKNOWN);
    assert_int_equal(lag.catch_up_s, -1);
}

static int64_t headroom(const struct ops_look *looks, size_t count, int64_t retention_s)
{
    struct ops_lag lag;
    ops_lag_judge(
        &(struct ops_lag_facts){.looks = looks, .count = count, .retention_s = retention_s}, &lag);
    return lag.headroom_s;
}

static void the_headroom_is_what_retention_leaves(void **state)
{
    (void)state;
    static const struct ops_look by_age[] = {AT(60, 0, 0), AT(120, 0, 60), AT(180, 0, 120)};
    static const struct ops_look by_size[] = {
        {60, 1000, 0, 2000}, {120, 1000, 300, 2300}, {180, 1000, 600, 2600}};
    assert_int_equal(headroom(by_age, COUNT_OF(by_age), 3600), 3600 - 120);
    assert_int_equal(headroom(by_age, COUNT_OF(by_age), 60), 0);
    assert_true(headroom(by_age, COUNT_OF(by_age), OPS_NEVER_S) == OPS_NEVER_S);
    assert_int_equal(headroom(by_age, COUNT_OF(by_age), -1), -1);
    assert_int_equal(headroom(by_size, COUNT_OF(by_size), OPS_NEVER_S), 80); /* 400 at 5 a second */
    assert_int_equal(headroom(by_size, COUNT_OF(by_size), -1), 80);
}

static void a_source_is_as_bad_as_its_worst_partition(void **state)
{
    (void)state;
    struct ops_lag all = OPS_LAG_NONE;
    const struct ops_lag fine = judge(&(struct case_of){LOOKS(AT(60, 5, 0))});
    const struct ops_lag slow = judge(&(struct case_of){
        LOOKS(AT(60, 0, 9000), AT(120, 1000, 8400), AT(180, 2000, 7800)), .promise_s = 30});
    const struct ops_lag unknown = judge(&(struct case_of){LOOKS(AT(60, 5, -1))});
    ops_lag_add(&all, &fine);
    ops_lag_add(&all, &slow);
    assert_int_equal(all.events, 7800);
    assert_int_equal(all.is, OPS_LAG_IS_ESTIMATED);
    assert_int_equal(all.catch_up_s, 781); /* of the slowest, not the sum */
    ops_lag_add(&all, &slow);
    assert_int_equal(all.catch_up_s, 781);
    ops_lag_add(&all, &unknown);
    assert_int_equal(all.events, -1);
    assert_int_equal(all.verdict, OPS_LAG_UNKNOWN);
}

/* More looks than a window has: the newest count. */
static void old_looks_are_not_heeded(void **state)
{
    (void)state;
    struct ops_look looks[OPS_LOOKS_MAX + 20];
    for (int i = 0; i < (int)COUNT_OF(looks); i++) {
        bool is_old = i < 20;
        looks[i] = (struct ops_look){60 * (i + 1), is_old ? 5000 : 100 * i, 0,
                                     is_old ? 5000 : 10000 + 100 * i};
    }
    struct ops_lag lag;
    ops_lag_judge(&(struct ops_lag_facts){.looks = looks, .count = COUNT_OF(looks)}, &lag);
    assert_int_equal(lag.verdict, OPS_LAG_WARN); /* and the position did not go back */
    assert_int_equal(lag.trend, OPS_TREND_STEADY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(burrows_cases_are_answered_as_burrow_does_or_more_strictly),
        cmocka_unit_test(false_alarms_of_others_are_none),
        cmocka_unit_test(what_others_call_fine_is_not),
        cmocka_unit_test(the_age_is_that_of_the_oldest_that_waits),
        cmocka_unit_test(unknown_and_lost_are_never_0),
        cmocka_unit_test(the_time_to_catch_up_is_by_the_trend),
        cmocka_unit_test(the_headroom_is_what_retention_leaves),
        cmocka_unit_test(a_source_is_as_bad_as_its_worst_partition),
        cmocka_unit_test(old_looks_are_not_heeded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
