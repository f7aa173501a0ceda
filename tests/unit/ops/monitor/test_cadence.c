/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/attr.h"
#include "ops/monitor/cadence.h"
#include "unit/ops/monitor/times.h"

enum { ROOM = 400 };

static struct ops_calendar *calendar_in(const char *zone, unsigned week, int opens, int closes)
{
    struct err err = ERR_INIT;
    struct ops_calendar *calendar = ops_calendar_new(
        &(struct ops_calendar_spec){
            .zone = zone, .week = week, .opens_min = opens, .closes_min = closes},
        &err);
    assert_non_null(calendar);
    return calendar;
}

static size_t slots_of(const struct ops_calendar *c, struct ops_cadence cadence, int64_t latency_s,
                       const char *from, const char *until, struct ops_slot out[ROOM])
{
    size_t count;
    struct err err = ERR_INIT;
    assert_int_equal(ops_cadence_check(&cadence, &err), 0);
    assert_true(
        ops_cadence_slots(&cadence, c, latency_s, at(c, from), at(c, until), out, ROOM, &count));
    for (size_t i = 0; i < count; i++) {
        assert_true(out[i].opens < out[i].due && out[i].due <= out[i].limit);
        assert_true(i == 0 || out[i - 1].due <= out[i].opens);
    }
    return count;
}

/* Thursday's data is Thursday's: the next slot is Sunday's, and none is on the weekend. */
static void a_daily_delivery_is_due_on_working_days(void **state)
{
    (void)state;
    struct ops_slot s[ROOM];
    struct ops_calendar *c = calendar_in(NULL, 0, 480, 840);
    const struct ops_cadence daily = {.kind = OPS_CADENCE_DAILY, .minute_of_day = 480};
    assert_int_equal(slots_of(c, daily, 1800, "2026-03-05 00:00", "2026-03-10 00:00", s), 3);
    assert_int_equal(s[0].due, at(c, "2026-03-05 08:00"));
    assert_int_equal(s[0].opens, at(c, "2026-03-04 08:30")); /* late behind Wednesday's limit */
    assert_int_equal(s[0].limit, at(c, "2026-03-05 08:30"));
    assert_int_equal(s[1].due, at(c, "2026-03-08 08:00"));
    assert_int_equal(s[1].opens, s[0].limit);
    /* Due before work begins: the latency begins with work. */
    const struct ops_cadence early = {.kind = OPS_CADENCE_DAILY, .minute_of_day = 120};
    assert_int_equal(slots_of(c, early, 1800, "2026-03-08 00:00", "2026-03-09 00:00", s), 1);
    assert_int_equal(s[0].limit, at(c, "2026-03-08 08:30"));
    ops_calendar_free(&c);
}

static void a_local_time_stays_local_when_clocks_change(void **state)
{
    (void)state;
    struct ops_slot s[ROOM];
    struct ops_calendar *c = calendar_in("Europe/Berlin", OPS_WEEK_ALL, 0, 0);
    const struct ops_cadence at_two = {.kind = OPS_CADENCE_DAILY, .minute_of_day = 120};
    assert_int_equal(slots_of(c, at_two, 0, "2026-03-28 00:00", "2026-03-31 00:00", s), 3);
    assert_int_equal(s[1].due - s[0].due, 24 * 3600); /* 02:00 is skipped: at 03:00 */
    assert_int_equal(s[2].due - s[1].due, 23 * 3600);
    /* An hourly slot is an hour, also where a clock shows one hour twice or not at all. */
    const struct ops_cadence hourly = {.kind = OPS_CADENCE_MINUTES, .n = 60};
    assert_int_equal(slots_of(c, hourly, 0, "2026-10-25 00:01", "2026-10-26 00:01", s), 25);
    assert_int_equal(slots_of(c, hourly, 0, "2026-03-29 00:01", "2026-03-30 00:01", s), 23);
    for (size_t i = 0; i < 23; i++) {
        assert_int_equal(s[i].due - s[i].opens, 3600);
    }
    ops_calendar_free(&c);
}

static void slots_of_minutes_stay_within_the_hours(void **state)
{
    (void)state;
    struct ops_slot s[ROOM];
    struct ops_calendar *c = calendar_in(NULL, 0, 480, 840);
    const struct ops_cadence every = {.kind = OPS_CADENCE_MINUTES, .n = 100};
    assert_int_equal(slots_of(c, every, 0, "2026-03-05 00:00", "2026-03-09 00:00", s), 8);
    assert_int_equal(s[3].due, at(c, "2026-03-05 14:00")); /* the rest of the day */
    assert_int_equal(s[4].opens, at(c, "2026-03-08 08:00"));
    const struct ops_cadence longer = {.kind = OPS_CADENCE_MINUTES, .n = 1440};
    assert_int_equal(slots_of(c, longer, 0, "2026-03-05 00:00", "2026-03-09 00:00", s), 2);
    ops_calendar_free(&c);
}

static void a_week_is_due_by_its_last_working_day(void **state)
{
    (void)state;
    struct ops_slot s[ROOM];
    struct ops_calendar *c = calendar_in(NULL, 0, 480, 840);
    const struct ops_cadence weekly = {.kind = OPS_CADENCE_DAYS, .n = 7};
    assert_int_equal(slots_of(c, weekly, 0, "2026-03-01 00:00", "2026-03-16 00:00", s), 2);
    assert_int_equal(s[0].due, at(c, "2026-03-05 14:00"));
    assert_int_equal(s[1].due, at(c, "2026-03-12 14:00"));
    /* From another day on, they are the same slots. */
    assert_int_equal(slots_of(c, weekly, 0, "2026-03-06 00:00", "2026-03-16 00:00", s), 1);
    assert_int_equal(s[0].due, at(c, "2026-03-12 14:00"));
    ops_calendar_free(&c);
}

static void a_month_is_due_by_its_nth_working_day(void **state)
{
    (void)state;
    struct ops_slot s[ROOM];
    struct ops_calendar *c = calendar_in(NULL, 0, 480, 840);
    const struct ops_cadence third = {.kind = OPS_CADENCE_MONTHLY, .n = 3, .minute_of_day = 720};
    const struct ops_cadence last = {.kind = OPS_CADENCE_MONTHLY, .n = -1, .minute_of_day = 720};
    assert_int_equal(slots_of(c, third, 0, "2026-05-01 00:00", "2026-07-01 00:00", s), 2);
    assert_int_equal(s[0].due, at(c, "2026-05-05 12:00")); /* the first is a Friday */
    assert_int_equal(s[0].opens, at(c, "2026-04-05 12:00"));
    assert_int_equal(s[1].due, at(c, "2026-06-03 12:00"));
    assert_int_equal(slots_of(c, last, 0, "2026-01-01 00:00", "2026-02-01 00:00", s), 1);
    assert_int_equal(s[0].due, at(c, "2026-01-29 12:00")); /* the month ends on a Saturday */
    ops_calendar_free(&c);
}

static void more_slots_than_room_are_refused_and_a_stream_has_none(void **state)
{
    (void)state;
    struct ops_slot s[3];
    size_t count;
    struct ops_calendar *c = calendar_in(NULL, 0, 0, 0);
    const struct ops_cadence minutes = {.kind = OPS_CADENCE_MINUTES, .n = 1};
    const struct ops_cadence stream = {.kind = OPS_CADENCE_CONTINUOUS};
    assert_false(ops_cadence_slots(&minutes, c, 0, at(c, "2026-03-08 00:00"),
                                   at(c, "2026-03-09 00:00"), s, 3, &count));
    assert_int_equal(count, 3);
    assert_true(ops_cadence_slots(&stream, c, 0, 0, at(c, "2026-03-09 00:00"), s, 3, &count));
    assert_int_equal(count, 0);
    ops_calendar_free(&c);
}

static void an_impossible_cadence_is_refused(void **state)
{
    (void)state;
    static const struct ops_cadence rows[] = {
        {.kind = OPS_CADENCE_MINUTES, .n = 0},
        {.kind = OPS_CADENCE_MINUTES, .n = OPS_CADENCE_MINUTES_MAX + 1},
        {.kind = OPS_CADENCE_DAYS, .n = 367},
        {.kind = OPS_CADENCE_DAILY, .minute_of_day = 1441},
        {.kind = OPS_CADENCE_DAILY, .minute_of_day = -1},
        {.kind = OPS_CADENCE_MONTHLY, .n = 0},
        {.kind = OPS_CADENCE_MONTHLY, .n = 24},
        {.kind = OPS_CADENCE_MONTHLY, .n = 1, .minute_of_day = 2000},
        {.kind = (enum ops_cadence_kind)9},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = ERR_INIT;
        assert_int_equal(ops_cadence_check(&rows[i], &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
    }
}

static void regularity_is_scored_beside_speed(void **state)
{
    (void)state;
    struct ops_slot s[ROOM];
    struct ops_regularity r;
    struct ops_calendar *c = calendar_in(NULL, 0, 480, 840);
    const struct ops_cadence daily = {.kind = OPS_CADENCE_DAILY, .minute_of_day = 540};
    const int64_t from = at(c, "2026-03-08 00:00");
    const int64_t until = at(c, "2026-03-13 00:00");
    size_t count = slots_of(c, daily, 1800, "2026-03-08 00:00", "2026-03-13 00:00", s);
    assert_int_equal(count, 5);
    const int64_t as_a_clock[] = {at(c, "2026-03-08 09:00"), at(c, "2026-03-09 09:00"),
                                  at(c, "2026-03-10 09:00"), at(c, "2026-03-11 09:00"),
                                  at(c, "2026-03-12 09:00")};
    ops_regularity_of(c, s, count, as_a_clock, 5, from, until, &r);
    assert_int_equal(r.met, 5);
    assert_int_equal(r.longest_gap_s, 6 * 3600);
    assert_true(r.has_coefficient && r.coefficient < 1e-6);
    /* Five at once are as many, and meet one slot. */
    const int64_t at_once[] = {as_a_clock[0], as_a_clock[0], as_a_clock[0], as_a_clock[0],
                               as_a_clock[0]};
    ops_regularity_of(c, s, count, at_once, 5, from, until, &r);
    assert_int_equal(r.met, 1);
    assert_int_equal(r.longest_gap_s, 29 * 3600);
    assert_false(r.has_coefficient);
    /* Within the latency it is met; a minute behind it is not, and it is not the next one's. */
    const int64_t late[] = {at(c, "2026-03-08 09:30"), at(c, "2026-03-09 09:31")};
    ops_regularity_of(c, s, count, late, 2, from, until, &r);
    assert_int_equal(r.met, 2); /* Sunday's, and Tuesday's */
    ops_regularity_of(c, s, 2, late, 2, from, until, &r);
    assert_int_equal(r.met, 1);
    /* Uneven gaps: 6 h and 12 h. */
    const int64_t uneven[] = {as_a_clock[0], as_a_clock[1], as_a_clock[3]};
    ops_regularity_of(c, s, count, uneven, 3, from, until, &r);
    assert_true(r.coefficient > 0.33 && r.coefficient < 0.34);
    ops_regularity_of(c, s, count, NULL, 0, from, until, &r);
    assert_int_equal(r.met, 0);
    assert_int_equal(r.longest_gap_s, 30 * 3600);
    ops_calendar_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_daily_delivery_is_due_on_working_days),
        cmocka_unit_test(a_local_time_stays_local_when_clocks_change),
        cmocka_unit_test(slots_of_minutes_stay_within_the_hours),
        cmocka_unit_test(a_week_is_due_by_its_last_working_day),
        cmocka_unit_test(a_month_is_due_by_its_nth_working_day),
        cmocka_unit_test(more_slots_than_room_are_refused_and_a_stream_has_none),
        cmocka_unit_test(an_impossible_cadence_is_refused),
        cmocka_unit_test(regularity_is_scored_beside_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
