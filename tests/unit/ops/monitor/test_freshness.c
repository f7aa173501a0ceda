/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/attr.h"
#include "base/utf8.h"
#include "ops/monitor/freshness.h"
#include "unit/ops/monitor/times.h"

static const struct ops_cadence stream = {.kind = OPS_CADENCE_CONTINUOUS};
static const struct ops_cadence by_nine = {.kind = OPS_CADENCE_DAILY, .minute_of_day = 540};
static const struct ops_cadence third_day = {
    .kind = OPS_CADENCE_MONTHLY, .n = 3, .minute_of_day = 720};

/* Texts are local times; NULL: not known; "never". */
struct case_of {
    const char *what;
    const struct ops_cadence *cadence;
    const char *now, *append, *event, *heartbeat, *waiting;
    enum ops_known is_behind, is_reachable;
    int64_t sent, arrived; /* sent 0: no counts */
    const char *counted;   /* NULL: with the heartbeat */
    const char *stop_from, *stop_until, *stop_announced, *caught_up;
    const char *state, *reason, *since, *limit;
};

static struct ops_calendar *calendar_with(const struct ops_days *holidays, size_t count)
{
    struct err err = ERR_INIT;
    struct ops_calendar *c = ops_calendar_new(
        &(struct ops_calendar_spec){
            .opens_min = 480, .closes_min = 840, .holidays = holidays, .holiday_count = count},
        &err);
    assert_non_null(c);
    return c;
}

static struct ops_when when(const struct ops_calendar *c, const char *text)
{
    if (text == NULL) {
        return (struct ops_when){.is = OPS_WHEN_UNKNOWN};
    }
    if (strcmp(text, "never") == 0) {
        return (struct ops_when){.is = OPS_WHEN_NEVER};
    }
    return (struct ops_when){.is = OPS_WHEN_AT, .at = at(c, text)};
}

static struct ops_verdict judge(const struct ops_calendar *c, const struct case_of *row)
{
    struct ops_verdict verdict;
    struct ops_outage stop = {0};
    if (row->stop_from != NULL) {
        stop.from = at(c, row->stop_from);
        stop.until = row->stop_until != NULL ? at(c, row->stop_until) : OPS_NEVER_S;
        stop.announced = row->stop_announced != NULL ? at(c, row->stop_announced) : 0;
        stop.caught_up = row->caught_up != NULL ? at(c, row->caught_up) : 0;
    }
    const struct ops_expectation expectation = {.cadence = *row->cadence,
                                                .latency_s = 1800,
                                                .heartbeat_s = 600,
                                                .commit_s = 120,
                                                .since = at(c, "2026-01-01 00:00"),
                                                .calendar = c};
    const char *counted = row->counted != NULL ? row->counted : row->heartbeat;
    const struct ops_facts facts = {.event = when(c, row->event),
                                    .append = when(c, row->append),
                                    .heartbeat = when(c, row->heartbeat),
                                    .waiting = when(c, row->waiting),
                                    .is_behind = row->is_behind,
                                    .is_reachable = row->is_reachable,
                                    .counted = when(c, row->sent > 0 ? counted : NULL),
                                    .said_sent = row->sent,
                                    .arrived = row->arrived,
                                    .outages = &stop,
                                    .outage_count = row->stop_from != NULL ? 1 : 0};
    ops_freshness_judge(&expectation, &facts, at(c, row->now), &verdict);
    assert_true(strlen(verdict.english) + 1 < sizeof(verdict.english) &&
                strlen(verdict.arabic) + 1 < sizeof(verdict.arabic));
    assert_true(utf8_is_text((const uint8_t *)verdict.arabic, strlen(verdict.arabic)));
    return verdict;
}

static void check(const struct ops_calendar *c, const struct case_of *row)
{
    const struct ops_verdict v = judge(c, row);
    if (strcmp(ops_state_token(v.state), row->state) != 0 ||
        strcmp(ops_reason_token(v.reason), row->reason) != 0 ||
        (row->since != NULL && v.since != at(c, row->since)) ||
        (row->limit != NULL &&
         v.limit != (strcmp(row->limit, "never") == 0 ? OPS_NEVER_S : at(c, row->limit)))) {
        fail_msg("%s: %s, %s, since %lld: %s", row->what, ops_state_token(v.state),
                 ops_reason_token(v.reason), (long long)v.since, v.english);
    }
}

static void check_all(const struct case_of *rows, size_t count)
{
    struct ops_calendar *c = calendar_with(NULL, 0);
    for (size_t i = 0; i < count; i++) {
        check(c, &rows[i]);
    }
    ops_calendar_free(&c);
}

/* NRL-8, NRL-10: late is what a working day makes late. 2026-03-05 is a Thursday; work is from 08:00 to 14:00. */
static void
silence_over_the_weekend_raises_nothing_and_on_a_working_day_within_its_limit(void **state)
{
    (void)state;
#define WEEKEND(at_, state_, reason_)                                                              \
    {                                                                                              \
        at_, &stream, at_, "2026-03-05 13:50", NULL, "never", .state = state_, .reason = reason_,  \
                                                              .limit = "2026-03-08 08:20"          \
    }
    static const struct case_of rows[] = {
        WEEKEND("2026-03-05 14:00", "fresh", "on_time"),
        WEEKEND("2026-03-06 00:00", "fresh", "on_time"),
        WEEKEND("2026-03-06 12:00", "fresh", "on_time"),
        WEEKEND("2026-03-07 23:59", "fresh", "on_time"),
        WEEKEND("2026-03-08 08:19", "fresh", "on_time"),
        WEEKEND("2026-03-08 08:20", "fresh", "on_time"),
        WEEKEND("2026-03-08 08:21", "late", "dead_source"),
        {"the same silence on a working day", &stream, "2026-03-04 10:31", "2026-03-04 10:00", NULL,
         "never", .state = "late", .reason = "dead_source", .since = "2026-03-04 10:30"},
        {"not yet", &stream, "2026-03-04 10:30", "2026-03-04 10:00", NULL, "never",
         .state = "fresh", .reason = "on_time", .since = "2026-03-04 10:00"},
        {"what was late on Thursday stays late on Friday", &stream, "2026-03-06 10:00",
         "2026-03-05 13:00", NULL, "never", .state = "late", .reason = "dead_source",
         .since = "2026-03-05 13:30"},
    };
    check_all(rows, COUNT_OF(rows));
}

static void five_silences_are_told_apart(void **state)
{
    (void)state;
    static const struct case_of rows[] = {
        {"quiet: alive, and nothing to send", &stream, "2026-03-04 11:00", "2026-03-04 10:00", NULL,
         "2026-03-04 10:55", .state = "quiet", .reason = "quiet_source"},
        {"dead: no sign of life", &stream, "2026-03-04 11:00", "2026-03-04 10:00", NULL,
         "2026-03-04 10:45", .state = "late", .reason = "dead_source"},
        {"broken: it says that it sent more", &stream, "2026-03-04 11:00", "2026-03-04 10:00", NULL,
         "2026-03-04 10:55", .sent = 11, .arrived = 10, .state = "late", .reason = "broken_path"},
        {"broken: the broker does not answer", &stream, "2026-03-04 11:00", "2026-03-04 10:00",
         NULL, "2026-03-04 10:55", .is_reachable = OPS_KNOWN_NO, .state = "late",
         .reason = "broken_path"},
        {"slow: it is in the log", &stream, "2026-03-04 11:00", "2026-03-04 10:00", NULL,
         "2026-03-04 10:55", "2026-03-04 10:55", .is_behind = OPS_KNOWN_YES, .state = "late",
         .reason = "slow_center", .since = "2026-03-04 10:57"},
        {"declared", &stream, "2026-03-04 11:00", "2026-03-04 10:00", NULL, "never",
         .stop_from = "2026-03-04 10:20", .stop_until = "2026-03-04 12:00", .state = "suspended",
         .reason = "declared_outage", .since = "2026-03-04 10:20"},
        {"no heartbeat was ever read", &stream, "2026-03-04 11:00", "2026-03-04 10:00",
         .state = "late", .reason = "no_cause"},
        {"a delivery that is due is not excused by life", &by_nine, "2026-03-04 09:31",
         "2026-03-03 09:00", NULL, "2026-03-04 09:30", .state = "late", .reason = "quiet_source"},
    };
    check_all(rows, COUNT_OF(rows));
}

static void the_center_is_slow_on_a_weekend_too(void **state)
{
    (void)state;
    static const struct case_of rows[] = {
        {"within its promise", &stream, "2026-03-06 10:02", "2026-03-06 10:00",
         .waiting = "2026-03-06 10:00", .is_behind = OPS_KNOWN_YES, .state = "fresh",
         .reason = "on_time"},
        {"behind it", &stream, "2026-03-06 10:03", "2026-03-06 10:00",
         .waiting = "2026-03-06 10:00", .is_behind = OPS_KNOWN_YES, .state = "late",
         .reason = "slow_center", .since = "2026-03-06 10:02"},
        {"all is committed", &stream, "2026-03-06 10:03", "2026-03-06 10:00",
         .waiting = "2026-03-06 10:00", .is_behind = OPS_KNOWN_NO, .state = "fresh",
         .reason = "on_time"},
    };
    check_all(rows, COUNT_OF(rows));
}

/* A contract with a cadence may give no time from the event to the arrival: the Center's own promise is that time, not none. */
static void without_a_latency_what_is_on_its_way_has_the_centers_time(void **state)
{
    (void)state;
    struct ops_calendar *c = calendar_with(NULL, 0);
    struct ops_verdict verdict;
    struct ops_expectation expectation = {
        .cadence = by_nine, .commit_s = 120, .since = at(c, "2026-01-01 00:00"), .calendar = c};
    const int64_t counted = at(c, "2026-03-04 10:00");
    const struct ops_facts facts = {.append = when(c, "2026-03-04 08:30"),
                                    .heartbeat = when(c, "2026-03-04 10:00"),
                                    .counted = when(c, "2026-03-04 10:00"),
                                    .said_sent = 5,
                                    .arrived = 4};
    ops_freshness_judge(&expectation, &facts, counted + 120, &verdict);
    assert_int_equal(verdict.state, OPS_STATE_FRESH);
    ops_freshness_judge(&expectation, &facts, counted + 121, &verdict);
    assert_int_equal(verdict.reason, OPS_REASON_BROKEN_PATH);
    expectation.commit_s = 0;
    ops_freshness_judge(&expectation, &facts, counted + 121, &verdict);
    assert_int_equal(verdict.state, OPS_STATE_FRESH);
    ops_calendar_free(&c);
}

static void what_was_sent_and_does_not_come_is_a_broken_path_while_other_data_flows(void **state)
{
    (void)state;
    static const struct case_of rows[] = {
        {"on its way", &stream, "2026-03-04 10:30", "2026-03-04 10:29", NULL, "2026-03-04 10:00",
         .sent = 5, .arrived = 4, .state = "fresh", .reason = "on_time"},
        {"lost", &stream, "2026-03-04 10:31", "2026-03-04 10:30", NULL, "2026-03-04 10:00",
         .sent = 5, .arrived = 4, .state = "late", .reason = "broken_path",
         .since = "2026-03-04 10:30"},
        {"lost, and each minute a heartbeat", &stream, "2026-03-04 10:31", "2026-03-04 10:30", NULL,
         "2026-03-04 10:31", .sent = 5, .arrived = 4, .counted = "2026-03-04 10:00",
         .state = "late", .reason = "broken_path", .since = "2026-03-04 10:30"},
        {"lost, and no heartbeat since", &stream, "2026-03-04 10:31", "2026-03-04 10:30", NULL,
         "never", .sent = 5, .arrived = 4, .counted = "2026-03-04 10:00", .state = "late",
         .reason = "broken_path"},
        {"it waits in the log", &stream, "2026-03-04 10:31", "2026-03-04 10:30", NULL,
         "2026-03-04 10:31", .waiting = "2026-03-04 10:30", .is_behind = OPS_KNOWN_YES, .sent = 5,
         .arrived = 4, .counted = "2026-03-04 10:00", .state = "fresh", .reason = "on_time"},
        {"what waits came later", &stream, "2026-03-04 10:32", "2026-03-04 10:30", NULL,
         "2026-03-04 10:31", .waiting = "2026-03-04 10:31", .is_behind = OPS_KNOWN_YES, .sent = 5,
         .arrived = 4, .counted = "2026-03-04 10:00", .state = "late", .reason = "broken_path"},
        {"nobody works meanwhile", &stream, "2026-03-08 08:15", "2026-03-05 13:59", NULL,
         "2026-03-08 08:15", .sent = 5, .arrived = 4, .counted = "2026-03-05 13:45",
         .state = "fresh", .reason = "on_time"},
        {"all is here, and it beats", &stream, "2026-03-04 11:00", "2026-03-04 10:00", NULL,
         "2026-03-04 10:59", .sent = 5, .arrived = 5, .counted = "2026-03-04 09:00",
         .state = "quiet", .reason = "quiet_source"},
        {"more than it counted", &stream, "2026-03-04 10:31", "2026-03-04 10:30", NULL,
         "2026-03-04 10:00", .sent = 5, .arrived = 6, .state = "fresh", .reason = "on_time"},
    };
    check_all(rows, COUNT_OF(rows));
}

/* Not 2,026 years late: an empty source is awaited from its contract's begin. What is not known is never fresh. */
static void what_never_came_is_awaited_and_what_is_unknown_is_never_fresh(void **state)
{
    (void)state;
    static const struct case_of rows[] = {
        {"first month", &third_day, "2026-01-04 10:00", "never", .state = "quiet",
         .reason = "awaited", .limit = "2026-01-05 12:30"},
        {"and then late", &third_day, "2026-01-05 12:31", "never", NULL, "never", .state = "late",
         .reason = "dead_source"},
        {"nothing is known", &stream, "2026-03-04 10:00", NULL, .state = "unknown",
         .reason = "no_facts"},
        {"nothing is known, for a reason", &stream, "2026-03-04 10:00", NULL,
         .is_reachable = OPS_KNOWN_NO, .state = "unknown", .reason = "broken_path"},
        {"nothing is known in a stop either", &stream, "2026-03-04 10:00", NULL,
         .stop_from = "2026-03-04 09:00", .state = "unknown", .reason = "no_facts"},
        {"data of tomorrow is not fresh today", &stream, "2026-03-04 10:00", "2026-03-05 10:00",
         .state = "unknown", .reason = "clock"},
        {"a clock that went back an hour", &stream, "2026-03-04 09:00", "2026-03-04 10:00",
         .state = "unknown", .reason = "clock"},
        {"a clock a little apart", &stream, "2026-03-04 09:56", "2026-03-04 10:00",
         .state = "fresh", .reason = "on_time"},
        {"a heartbeat of tomorrow is no life", &stream, "2026-03-04 11:00", "2026-03-04 10:00",
         NULL, "2026-03-05 10:00", .state = "late", .reason = "no_cause"},
        {"events of tomorrow do not make silence fresh", &stream, "2026-03-04 11:00",
         "2026-03-04 10:00", "2026-03-05 10:00", "never", .state = "late", .reason = "dead_source"},
    };
    check_all(rows, COUNT_OF(rows));
}

static void data_that_arrives_and_is_old_is_late(void **state)
{
    (void)state;
    static const struct case_of rows[] = {
        {"in time", &stream, "2026-03-04 10:01", "2026-03-04 10:00", "2026-03-04 09:30",
         .state = "fresh", .reason = "on_time"},
        {"old", &stream, "2026-03-04 10:01", "2026-03-04 10:00", "2026-03-04 09:29",
         .state = "late", .reason = "old_events", .since = "2026-03-04 09:59"},
        {"of before the weekend", &stream, "2026-03-08 08:11", "2026-03-08 08:10",
         "2026-03-05 13:50", .state = "fresh", .reason = "on_time"},
        {"a daily file has yesterday's events", &by_nine, "2026-03-04 09:01", "2026-03-04 09:00",
         "2026-03-03 08:00", .state = "fresh", .reason = "on_time"},
    };
    check_all(rows, COUNT_OF(rows));
}

static void a_delivery_has_its_own_time(void **state)
{
    (void)state;
    static const struct case_of rows[] = {
        {"Thursday's, on Friday", &by_nine, "2026-03-06 09:31", "2026-03-05 08:59",
         .state = "fresh", .reason = "on_time", .limit = "2026-03-08 09:30"},
        {"Sunday's did not come", &by_nine, "2026-03-08 09:31", "2026-03-05 08:59", .state = "late",
         .reason = "no_cause", .since = "2026-03-08 09:30"},
        {"late within the latency is not tomorrow's", &by_nine, "2026-03-04 09:31",
         "2026-03-03 09:20", .state = "late", .reason = "no_cause", .since = "2026-03-04 09:30"},
        {"behind the latency it is: it may be either's", &by_nine, "2026-03-04 09:31",
         "2026-03-03 09:31", .state = "fresh", .reason = "on_time", .limit = "2026-03-05 09:30"},
        {"exactly when due", &by_nine, "2026-03-03 10:00", "2026-03-03 09:00", .state = "fresh",
         .reason = "on_time", .limit = "2026-03-04 09:30"},
        {"month end on a weekend", &third_day, "2026-05-05 12:30", "2026-04-05 11:00",
         .state = "fresh", .reason = "on_time", .limit = "2026-05-05 12:30"},
        {"and its limit", &third_day, "2026-05-05 12:31", "2026-04-05 11:00", .state = "late",
         .reason = "no_cause"},
    };
    check_all(rows, COUNT_OF(rows));
}

/* NRL-7: a notice of stop quiets what it announces, and no more. */
static void a_notice_suspends_its_window_and_what_was_missed_is_awaited(void **state)
{
    (void)state;
#define STOP .stop_from = "2026-03-04 10:00", .stop_until = "2026-03-04 12:00"
    static const struct case_of rows[] = {
        {"begins in a silence that is not late", &stream, "2026-03-04 11:00", "2026-03-04 09:40",
         STOP, .state = "suspended", .reason = "declared_outage", .since = "2026-03-04 10:00"},
        {"begins in a silence that is late already", &stream, "2026-03-04 11:00",
         "2026-03-04 09:00", NULL, "never", STOP, .state = "late", .reason = "dead_source",
         .since = "2026-03-04 09:30"},
        {"was announced when it was late already", &stream, "2026-03-04 11:00", "2026-03-04 09:40",
         NULL, "never", STOP, .stop_announced = "2026-03-04 10:30", .state = "late",
         .reason = "dead_source", .since = "2026-03-04 10:10"},
        {"is over: time to catch up", &stream, "2026-03-04 12:00", "2026-03-04 09:40", STOP,
         .state = "catching_up", .reason = "catch_up", .since = "2026-03-04 12:00",
         .limit = "2026-03-04 12:30"},
        {"is over: by the declared time", &stream, "2026-03-04 13:00", "2026-03-04 09:40", STOP,
         .caught_up = "2026-03-04 13:30", .state = "catching_up", .reason = "catch_up",
         .limit = "2026-03-04 13:30"},
        {"nothing came", &stream, "2026-03-04 12:31", "2026-03-04 09:40", NULL, "2026-03-04 12:30",
         STOP, .state = "late", .reason = "catch_up_missed", .since = "2026-03-04 12:30"},
        {"nothing came, for nothing was missed", &stream, "2026-03-04 12:31", "2026-03-04 09:40",
         NULL, "2026-03-04 12:30", STOP, .sent = 7, .arrived = 7, .state = "quiet",
         .reason = "quiet_source"},
        {"it comes: old, as the stop was", &stream, "2026-03-04 12:20", "2026-03-04 12:19",
         "2026-03-04 10:30", STOP, .state = "catching_up", .reason = "catch_up"},
        {"it came in time", &stream, "2026-03-04 12:45", "2026-03-04 12:29", "2026-03-04 10:30",
         STOP, .state = "fresh", .reason = "on_time"},
        {"it comes too late", &stream, "2026-03-04 12:45", "2026-03-04 12:40", "2026-03-04 10:30",
         STOP, .state = "late", .reason = "catch_up_missed", .since = "2026-03-04 12:30"},
        {"new data has come: it is over", &stream, "2026-03-04 12:20", "2026-03-04 12:19",
         "2026-03-04 12:10", STOP, .state = "fresh", .reason = "on_time"},
        {"for good", &stream, "2026-04-01 10:00", "2026-03-04 09:40",
         .stop_from = "2026-03-04 10:00", .state = "suspended", .reason = "declared_outage",
         .limit = "never"},
        {"not begun", &stream, "2026-03-04 09:50", "2026-03-04 09:40", STOP, .state = "fresh",
         .reason = "on_time"},
        {"over long ago", &stream, "2026-03-08 09:00", "2026-03-08 08:00", NULL, "never", STOP,
         .state = "late", .reason = "dead_source", .since = "2026-03-08 08:30"},
    };
    check_all(rows, COUNT_OF(rows));
}

static void one_stop_may_follow_another(void **state)
{
    (void)state;
    struct ops_calendar *c = calendar_with(NULL, 0);
    const struct ops_outage stops[] = {
        {at(c, "2026-03-04 12:10"), at(c, "2026-03-04 13:00"), 0, 0},
        {at(c, "2026-03-04 10:00"), at(c, "2026-03-04 12:00"), 0, 0}};
    const struct ops_expectation e = {.cadence = stream, .latency_s = 1800, .calendar = c};
    const struct ops_facts facts = {
        .append = when(c, "2026-03-04 09:40"), .outages = stops, .outage_count = 2};
    struct ops_verdict v;
    ops_freshness_judge(&e, &facts, at(c, "2026-03-04 12:45"), &v);
    assert_int_equal(v.state, OPS_STATE_SUSPENDED);
    assert_int_equal(v.limit, at(c, "2026-03-04 13:30"));
    ops_freshness_judge(&e, &facts, at(c, "2026-03-04 13:31"), &v);
    assert_int_equal(v.reason, OPS_REASON_CATCH_UP_MISSED);
    ops_calendar_free(&c);
}

/* The same facts, judged again when the holiday is known. */
static void a_holiday_announced_afterwards_takes_a_lateness_back(void **state)
{
    (void)state;
    static const struct case_of late = {"before",
                                        &stream,
                                        "2026-03-08 10:00",
                                        "2026-03-05 13:50",
                                        .state = "late",
                                        .reason = "no_cause",
                                        .since = "2026-03-08 08:20"};
    static const struct case_of fresh = {"after",
                                         &stream,
                                         "2026-03-08 10:00",
                                         "2026-03-05 13:50",
                                         .state = "fresh",
                                         .reason = "on_time",
                                         .limit = "2026-03-09 08:20"};
    const struct ops_days sunday = {day_named("2026-03-08"), day_named("2026-03-08"), false};
    check_all(&late, 1);
    struct ops_calendar *c = calendar_with(&sunday, 1);
    check(c, &fresh);
    ops_calendar_free(&c);
}

/* Monday 2026-03-16 is estimated: Sunday, Monday and Tuesday raise nothing. Announced for Tuesday, Sunday does. */
static void an_estimated_day_and_its_neighbours_raise_nothing_and_a_moved_one_does(void **state)
{
    (void)state;
    struct ops_days day = {day_named("2026-03-16"), day_named("2026-03-16"), true};
    struct ops_calendar *c = calendar_with(&day, 1);
    struct case_of row = {"estimated",
                          &stream,
                          "2026-03-17 13:59",
                          "2026-03-12 13:50",
                          .state = "fresh",
                          .reason = "on_time",
                          .limit = "2026-03-18 08:20"};
    check(c, &row);
    assert_true(judge(c, &row).rests_on_estimate);
    row.now = "2026-03-18 08:21";
    row.state = "late";
    row.reason = "no_cause";
    check(c, &row);
    ops_calendar_free(&c);

    day = (struct ops_days){day_named("2026-03-17"), day_named("2026-03-17"), false};
    c = calendar_with(&day, 1);
    row.now = "2026-03-15 08:21";
    row.limit = "2026-03-15 08:20";
    check(c, &row);
    assert_false(judge(c, &row).rests_on_estimate);
    ops_calendar_free(&c);
}

static void a_verdict_says_so_in_both_languages(void **state)
{
    (void)state;
    struct ops_calendar *c = calendar_with(NULL, 0);
    const struct case_of row = {.what = "",
                                .cadence = &stream,
                                .now = "2026-03-04 11:00",
                                .append = "2026-03-04 10:00",
                                .heartbeat = "never"};
    const struct ops_verdict v = judge(c, &row);
    assert_string_equal(v.english, "The source sends nothing, and no sign of life. Last arrival: "
                                   "2026-03-04 10:00; limit: 2026-03-04 10:30.");
    /* The dates are isolated, or a terminal would turn them round. */
    assert_string_equal(v.arabic, "المصدر لا يرسل بيانات ولا إشارة حياة. آخر وصول: "
                                  "\u2066"
                                  "2026-03-04 10:00"
                                  "\u2069؛ الموعد الأقصى: "
                                  "\u2066"
                                  "2026-03-04 10:30"
                                  "\u2069.");
    const struct case_of old = {.what = "",
                                .cadence = &stream,
                                .now = "2026-03-04 10:01",
                                .append = "2026-03-04 10:00",
                                .event = "2026-01-08 09:29"};
    const struct ops_verdict aged = judge(c, &old);
    assert_string_equal(aged.english, "Data arrives, but it is older than allowed. Last arrival: "
                                      "2026-03-04 10:00; newest event: 2026-01-08 09:29.");
    assert_non_null(strstr(aged.arabic, "وقت أحدث حدث: \u2066"
                                        "2026-01-08 09:29"));
    ops_calendar_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            silence_over_the_weekend_raises_nothing_and_on_a_working_day_within_its_limit),
        cmocka_unit_test(five_silences_are_told_apart),
        cmocka_unit_test(the_center_is_slow_on_a_weekend_too),
        cmocka_unit_test(what_was_sent_and_does_not_come_is_a_broken_path_while_other_data_flows),
        cmocka_unit_test(without_a_latency_what_is_on_its_way_has_the_centers_time),
        cmocka_unit_test(what_never_came_is_awaited_and_what_is_unknown_is_never_fresh),
        cmocka_unit_test(data_that_arrives_and_is_old_is_late),
        cmocka_unit_test(a_delivery_has_its_own_time),
        cmocka_unit_test(a_notice_suspends_its_window_and_what_was_missed_is_awaited),
        cmocka_unit_test(one_stop_may_follow_another),
        cmocka_unit_test(a_holiday_announced_afterwards_takes_a_lateness_back),
        cmocka_unit_test(an_estimated_day_and_its_neighbours_raise_nothing_and_a_moved_one_does),
        cmocka_unit_test(a_verdict_says_so_in_both_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
