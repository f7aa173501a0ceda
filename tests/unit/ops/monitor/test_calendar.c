/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/attr.h"
#include "unit/ops/monitor/times.h"

enum { HOUR = 3600 };

static struct ops_calendar *calendar_of(const struct ops_calendar_spec *spec)
{
    struct err err = ERR_INIT;
    struct ops_calendar *calendar = ops_calendar_new(spec, &err);
    if (calendar == NULL) {
        fail_msg("%s", err.text);
    }
    return calendar;
}

static void weekends_in_oman_are_friday_and_saturday(void **state)
{
    (void)state;
    struct ops_calendar *c = calendar_of(&(struct ops_calendar_spec){.zone = NULL});
    static const bool works[] = {true, true,  true, true,
                                 true, false, false}; /* from Sunday 2026-03-08 */
    for (int i = 0; i < 7; i++) {
        assert_int_equal(ops_calendar_day(c, day_named("2026-03-08") + i) == DAY_WORKING, works[i]);
    }
    assert_true(ops_calendar_is_working(c, at(c, "2026-03-05 23:59")));
    assert_false(ops_calendar_is_working(c, at(c, "2026-03-06 00:00")));
    assert_false(ops_calendar_is_working(c, at(c, "2026-03-07 23:59")));
    assert_true(ops_calendar_is_working(c, at(c, "2026-03-08 00:00")));
    assert_int_equal(at(c, "2026-03-08 00:00"), 1772913600 - 0); /* 2026-03-07 20:00 UTC */
    ops_calendar_free(&c);
}

static void working_time_stands_still_at_night_on_weekends_and_holidays(void **state)
{
    (void)state;
    const struct ops_days holidays[] = {{day_named("2026-03-09"), day_named("2026-03-10"), false}};
    struct ops_calendar *c = calendar_of(&(struct ops_calendar_spec){
        .opens_min = 480, .closes_min = 840, .holidays = holidays, .holiday_count = 1});
    static const struct {
        const char *from, *until;
        int64_t minutes;
    } rows[] = {
        {"2026-03-05 09:00", "2026-03-05 10:30", 90},
        {"2026-03-05 13:00", "2026-03-08 09:00", 120}, /* Thursday to Sunday */
        {"2026-03-05 14:00", "2026-03-08 08:00", 0},   /* both ends at rest */
        {"2026-03-06 10:00", "2026-03-07 10:00", 0},
        {"2026-03-08 13:59", "2026-03-11 08:01", 2}, /* over the holidays */
        {"2026-03-08 07:59", "2026-03-08 08:00", 0},
        {"2026-03-08 10:00", "2026-03-08 09:00", 0}, /* the other way round */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const int64_t from = at(c, rows[i].from);
        const int64_t got = ops_calendar_elapsed(c, from, at(c, rows[i].until));
        if (got != rows[i].minutes * 60) {
            fail_msg("%s to %s: %lld s", rows[i].from, rows[i].until, (long long)got);
        }
    }
    assert_int_equal(ops_calendar_add(c, at(c, "2026-03-05 13:00"), HOUR - 60),
                     at(c, "2026-03-05 13:59"));
    assert_int_equal(ops_calendar_add(c, at(c, "2026-03-05 13:00"), HOUR),
                     at(c, "2026-03-08 08:00"));
    assert_int_equal(ops_calendar_add(c, at(c, "2026-03-08 13:30"), HOUR),
                     at(c, "2026-03-11 08:30"));
    assert_int_equal(ops_calendar_add(c, at(c, "2026-03-06 10:00"), 0), at(c, "2026-03-08 08:00"));
    ops_calendar_free(&c);
}

/* What is added has elapsed, at every begin and over every night. */
static void what_is_added_has_elapsed(void **state)
{
    (void)state;
    static const char *const zones[] = {"Asia/Muscat", "Europe/Berlin", "Africa/Cairo"};
    const struct ops_hours ramadan = {day_named("2026-02-18"), day_named("2026-03-19"), 540, 780};
    for (size_t z = 0; z < COUNT_OF(zones); z++) {
        struct ops_calendar *c =
            calendar_of(&(struct ops_calendar_spec){.zone = zones[z],
                                                    .week = z == 0 ? 0 : OPS_WEEK_ALL,
                                                    .opens_min = z == 0 ? 450 : 0,
                                                    .closes_min = z == 0 ? 870 : 0,
                                                    .hours = &ramadan,
                                                    .hours_count = z == 0 ? 1 : 0});
        int64_t from = at(c, "2026-02-10 00:00");
        for (int i = 0; i < 4000; i++, from += 7177) {
            const int64_t seconds = (int64_t)i * 61 % 200000;
            const int64_t then = ops_calendar_add(c, from, seconds);
            assert_int_equal(ops_calendar_elapsed(c, from, then), seconds);
            assert_true(ops_calendar_is_working(c, then));
        }
        ops_calendar_free(&c);
    }
}

static void ramadan_has_its_own_hours(void **state)
{
    (void)state;
    const struct ops_hours hours[] = {{day_named("2026-02-18"), day_named("2026-03-19"), 540, 780},
                                      {day_named("2026-03-01"), day_named("2026-03-01"), 600, 660}};
    struct ops_calendar *c = calendar_of(&(struct ops_calendar_spec){
        .opens_min = 450, .closes_min = 870, .hours = hours, .hours_count = 2});
    assert_true(ops_calendar_is_working(c, at(c, "2026-02-17 14:29")));
    assert_false(ops_calendar_is_working(c, at(c, "2026-02-18 08:59")));
    assert_true(ops_calendar_is_working(c, at(c, "2026-02-18 09:00")));
    assert_false(ops_calendar_is_working(c, at(c, "2026-02-18 13:00")));
    assert_false(ops_calendar_is_working(c, at(c, "2026-03-01 09:30"))); /* the later in the list */
    assert_true(ops_calendar_is_working(c, at(c, "2026-03-22 07:30")));
    assert_int_equal(ops_calendar_elapsed(c, at(c, "2026-02-17 14:00"), at(c, "2026-02-18 10:00")),
                     5400);
    ops_calendar_free(&c);
}

/* An estimated day and its neighbours are no working time; an announced one beside them is sure. */
static void what_is_estimated_is_unsure(void **state)
{
    (void)state;
    struct ops_days holidays[] = {{day_named("2026-03-16"), day_named("2026-03-16"), true},
                                  {day_named("2026-03-17"), day_named("2026-03-17"), false}};
    struct ops_calendar *c = calendar_of(
        &(struct ops_calendar_spec){.holidays = holidays, .holiday_count = COUNT_OF(holidays)});
    static const enum ops_day want[] = {DAY_UNSURE, DAY_UNSURE, DAY_HOLIDAY, DAY_WORKING};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ops_calendar_day(c, day_named("2026-03-15") + i), want[i]);
    }
    assert_false(ops_calendar_is_working(c, at(c, "2026-03-15 10:00")));
    assert_true(ops_calendar_is_unsure(c, at(c, "2026-03-12 10:00"), at(c, "2026-03-15 00:00")));
    assert_false(ops_calendar_is_unsure(c, at(c, "2026-03-12 10:00"), at(c, "2026-03-14 23:59")));
    assert_false(ops_calendar_is_unsure(c, at(c, "2026-03-17 00:00"), at(c, "2026-03-30 00:00")));
    ops_calendar_free(&c);
}

static void the_nth_working_day_of_a_month_passes_over_weekends(void **state)
{
    (void)state;
    const struct ops_days new_year = {day_named("2026-01-15"), day_named("2026-01-15"), false};
    struct ops_calendar *c =
        calendar_of(&(struct ops_calendar_spec){.holidays = &new_year, .holiday_count = 1});
    static const struct {
        int year, month, k;
        const char *want;
    } rows[] = {
        {2026, 5, 1, "2026-05-03"},  /* the first is a Friday */
        {2026, 1, 3, "2026-01-05"},  /* Thursday, Sunday, Monday */
        {2026, 1, 11, "2026-01-18"}, /* behind the holiday */
        {2026, 1, -1, "2026-01-29"}, /* the month ends on a Saturday */
        {2024, 2, -1, "2024-02-29"}, /* a leap year's Thursday */
        {2023, 2, -1, "2023-02-28"}, {2100, 2, -1, "2100-02-28"}, {2026, 12, -1, "2026-12-31"},
        {2026, 2, 20, "2026-02-26"}, {2026, 2, 21, NULL},         {2026, 2, 0, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t day;
        bool found = ops_calendar_month_day(c, rows[i].year, rows[i].month, rows[i].k, &day);
        if (found != (rows[i].want != NULL) || (found && day != day_named(rows[i].want))) {
            fail_msg("row %zu", i);
        }
    }
    ops_calendar_free(&c);
}

/* "Nine hours after midnight" is not nine o'clock on the day when clocks change. */
static void a_day_on_which_clocks_change_is_shorter_or_longer(void **state)
{
    (void)state;
    struct ops_calendar *berlin =
        calendar_of(&(struct ops_calendar_spec){.zone = "Europe/Berlin", .week = OPS_WEEK_ALL});
    static const struct {
        const char *from, *until;
        int hours;
    } rows[] = {
        {"2026-03-29 00:00", "2026-03-30 00:00", 23}, {"2026-10-25 00:00", "2026-10-26 00:00", 25},
        {"2026-03-29 00:00", "2026-03-29 09:00", 8},  {"2026-10-25 00:00", "2026-10-25 09:00", 10},
        {"2040-03-25 00:00", "2040-03-26 00:00", 23}, /* by the footer's rule */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(
            ops_calendar_elapsed(berlin, at(berlin, rows[i].from), at(berlin, rows[i].until)),
            rows[i].hours * HOUR);
    }
    /* 02:30 is skipped in March: work that begins then begins with the skip. */
    assert_int_equal(at(berlin, "2026-03-29 02:30"), at(berlin, "2026-03-29 03:00"));
    ops_calendar_free(&berlin);
}

/* In Cairo clocks change at midnight: that day begins at one. */
static void a_day_may_begin_at_one(void **state)
{
    (void)state;
    struct ops_calendar *cairo =
        calendar_of(&(struct ops_calendar_spec){.zone = "Africa/Cairo", .week = OPS_WEEK_ALL});
    assert_int_equal(at(cairo, "2026-04-24 00:00"), at(cairo, "2026-04-24 01:00"));
    assert_int_equal(
        ops_calendar_elapsed(cairo, at(cairo, "2026-04-23 00:00"), at(cairo, "2026-04-25 00:00")),
        47 * HOUR);
    assert_int_equal(
        ops_calendar_elapsed(cairo, at(cairo, "2026-10-29 00:00"), at(cairo, "2026-10-30 00:00")),
        25 * HOUR);
    ops_calendar_free(&cairo);
}

/* Work that ends at a time that clocks show twice ends with the second; a day that begins with one, with the first. */
static void a_time_that_clocks_show_twice_counts_once(void **state)
{
    (void)state;
    struct ops_calendar *berlin = calendar_of(&(struct ops_calendar_spec){
        .zone = "Europe/Berlin", .week = OPS_WEEK_ALL, .opens_min = 60, .closes_min = 150});
    assert_int_equal(ops_calendar_elapsed(berlin, at(berlin, "2026-10-25 00:00"),
                                          at(berlin, "2026-10-25 12:00")),
                     150 * 60);
    ops_calendar_free(&berlin);
    struct ops_calendar *havana =
        calendar_of(&(struct ops_calendar_spec){.zone = "America/Havana", .week = OPS_WEEK_ALL});
    assert_int_equal(ops_calendar_elapsed(havana, at(havana, "2026-10-31 00:00"),
                                          at(havana, "2026-11-02 00:00")),
                     49 * HOUR);
    ops_calendar_free(&havana);
}

static void an_impossible_calendar_is_refused(void **state)
{
    (void)state;
    const struct ops_days backwards = {10, 9, false};
    const struct ops_hours none = {10, 10, 600, 600};
    const struct {
        struct ops_calendar_spec spec;
        const char *want;
    } rows[] = {
        {{.zone = "Asia/Maskat"}, "there is no time zone Asia/Maskat"},
        {{.zone = "../passwd"}, "no name of a time zone"},
        {{.zone = "/etc/passwd"}, "no name of a time zone"},
        {{.zone = ""}, "no name of a time zone"},
        {{.zone = "Asia"}, "not a time zone's file"},
        {{.zone = "zone.tab"}, "no name of a time zone"},
        {{.zone = "leapseconds"}, "not a time zone's file"},
        {{.week = 0x80}, "seven days"},
        {{.opens_min = 840, .closes_min = 480}, "ends after it begins"},
        {{.opens_min = 0, .closes_min = 1441}, "ends after it begins"},
        {{.hours = &none, .hours_count = 1}, "ends after it begins"},
        {{.holidays = &backwards, .holiday_count = 1}, "ends before it begins"},
        {{.holidays = &backwards, .holiday_count = OPS_HOLIDAYS_MAX + 1}, "at most"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = ERR_INIT;
        struct ops_calendar *calendar = ops_calendar_new(&rows[i].spec, &err);
        if (calendar != NULL || strstr(err.text, rows[i].want) == NULL) {
            fail_msg("row %zu: %s", i, err.text);
        }
    }
}

/* A fact from before the calendar, or from a broken clock, takes no time and overflows nothing. */
static void instants_without_sense_are_bounded(void **state)
{
    (void)state;
    struct ops_calendar *c = calendar_of(&(struct ops_calendar_spec){.zone = "Europe/Berlin"});
    assert_int_equal(ops_calendar_elapsed(c, INT64_MAX, INT64_MAX), 0);
    assert_int_equal(ops_calendar_elapsed(c, INT64_MAX, INT64_MIN), 0);
    assert_true(ops_calendar_elapsed(c, INT64_MIN, INT64_MAX) > 0);
    assert_int_equal(ops_calendar_add(c, INT64_MAX, 1), OPS_NEVER_S);
    assert_int_equal(ops_calendar_add(c, 0, INT64_MAX), OPS_NEVER_S);
    assert_true(ops_calendar_add(c, INT64_MIN, 1) < 10 * DAY_S);
    ops_calendar_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weekends_in_oman_are_friday_and_saturday),
        cmocka_unit_test(working_time_stands_still_at_night_on_weekends_and_holidays),
        cmocka_unit_test(what_is_added_has_elapsed),
        cmocka_unit_test(ramadan_has_its_own_hours),
        cmocka_unit_test(what_is_estimated_is_unsure),
        cmocka_unit_test(the_nth_working_day_of_a_month_passes_over_weekends),
        cmocka_unit_test(a_day_on_which_clocks_change_is_shorter_or_longer),
        cmocka_unit_test(a_day_may_begin_at_one),
        cmocka_unit_test(a_time_that_clocks_show_twice_counts_once),
        cmocka_unit_test(an_impossible_calendar_is_refused),
        cmocka_unit_test(instants_without_sense_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
