/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/calendar.c - see the header. Every question goes day by day: the days of a contract's limit are few. */
#include "ops/monitor/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/day.h"
#include "base/zone.h"

struct ops_calendar {
    struct zone *zone;
    unsigned week;
    int opens_min;
    int closes_min;
    struct ops_hours *hours;
    size_t hours_count;
    uint8_t *marks; /* of each day from DAY_FIRST to DAY_LAST: an enum ops_day, without the week */
};

/* ---- making one ---- */

static int wrong(struct err *err, const char *text)
{
    return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "%s", text);
}

static bool is_range(int64_t first, int64_t last)
{
    return first >= DAY_FIRST && last <= DAY_LAST && first <= last;
}

static bool are_hours(int opens_min, int closes_min)
{
    return opens_min >= 0 && closes_min <= DAY_MINUTES && opens_min < closes_min;
}

static int check(const struct ops_calendar_spec *spec, struct err *err)
{
    const bool whole_day = spec->opens_min == 0 && spec->closes_min == 0;
    if (spec->week > OPS_WEEK_ALL) {
        return wrong(err, "a week has seven days");
    }
    if (!whole_day && !are_hours(spec->opens_min, spec->closes_min)) {
        return wrong(err, "work ends after it begins, on the same day");
    }
    if (spec->hours_count > OPS_HOURS_MAX || spec->holiday_count > OPS_HOLIDAYS_MAX) {
        return wrong(err, "a calendar has at most 400 ranges of hours and 4,000 holidays");
    }
    for (size_t i = 0; i < spec->hours_count; i++) {
        const struct ops_hours *h = &spec->hours[i];
        if (!is_range(h->first, h->last) || !are_hours(h->opens_min, h->closes_min)) {
            return wrong(err,
                         "hours hold from a day to a later one, and work ends after it begins");
        }
    }
    for (size_t i = 0; i < spec->holiday_count; i++) {
        if (!is_range(spec->holidays[i].first, spec->holidays[i].last)) {
            return wrong(err, "a holiday ends before it begins, or is not between 1970 and 2200");
        }
    }
    return 0;
}

/* An announced day is sure, also next to an estimated one: announced days come last. */
static void mark(struct ops_calendar *calendar, const struct ops_calendar_spec *spec)
{
    for (int announced = 0; announced <= 1; announced++) {
        for (size_t i = 0; i < spec->holiday_count; i++) {
            const struct ops_days *h = &spec->holidays[i];
            const int around = h->is_estimated ? 1 : 0;
            for (int64_t day = h->first - around;
                 h->is_estimated != (announced == 1) && day <= h->last + around; day++) {
                if (is_range(day, day)) {
                    calendar->marks[day] = (uint8_t)(h->is_estimated ? DAY_UNSURE : DAY_HOLIDAY);
                }
            }
        }
    }
}

struct ops_calendar *ops_calendar_new(const struct ops_calendar_spec *spec, struct err *err)
{
    if (check(spec, err) != 0) {
        return NULL;
    }
    struct ops_calendar *calendar = calloc(1, sizeof(*calendar));
    if (calendar != NULL) {
        const bool whole_day = spec->opens_min == 0 && spec->closes_min == 0;
        calendar->week = spec->week != 0 ? spec->week : OPS_WEEK_OMAN;
        calendar->opens_min = spec->opens_min;
        calendar->closes_min = whole_day ? DAY_MINUTES : spec->closes_min;
        calendar->hours = calloc(spec->hours_count + 1, sizeof(*calendar->hours));
        calendar->marks = calloc((size_t)DAY_LAST + 1, 1);
    }
    if (calendar == NULL || calendar->hours == NULL || calendar->marks == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a calendar");
        ops_calendar_free(&calendar);
        return NULL;
    }
    if (spec->hours_count > 0) {
        memcpy(calendar->hours, spec->hours, spec->hours_count * sizeof(*calendar->hours));
    }
    calendar->hours_count = spec->hours_count;
    mark(calendar, spec);
    calendar->zone = zone_open(spec->zone != NULL ? spec->zone : ZONE_CENTER, err);
    if (calendar->zone == NULL) {
        ops_calendar_free(&calendar);
    }
    return calendar;
}

void ops_calendar_free(struct ops_calendar **taken)
{
    struct ops_calendar *calendar = *taken;
    *taken = NULL;
    if (calendar != NULL) {
        zone_free(&calendar->zone);
        free(calendar->hours);
        free(calendar->marks);
        free(calendar);
    }
}

/* ---- days ---- */

static bool in_week(const struct ops_calendar *calendar, int64_t day)
{
    return (calendar->week >> day_weekday(day) & 1) != 0;
}

enum ops_day ops_calendar_day(const struct ops_calendar *calendar, int64_t day)
{
    if (!in_week(calendar, day)) {
        return DAY_WEEKEND;
    }
    return is_range(day, day) ? (enum ops_day)calendar->marks[day] : DAY_WORKING;
}

int64_t ops_calendar_working_days(const struct ops_calendar *calendar, int64_t first, int64_t last)
{
    int64_t count = 0;
    for (int64_t day = first > DAY_FIRST ? first : DAY_FIRST; day <= last && day <= DAY_LAST;
         day++) {
        count += ops_calendar_day(calendar, day) == DAY_WORKING;
    }
    return count;
}

bool ops_calendar_month_day(const struct ops_calendar *calendar, int64_t year, int month, int k,
                            int64_t *day)
{
    const int length = day_month_length(year, month);
    const int64_t first = day_of(year, month, 1);
    const int step = k < 0 ? -1 : 1;
    int left = k * step;
    *day = k < 0 ? first + length - 1 : first;
    for (int i = 0; i < length; i++, *day += step) {
        left -= ops_calendar_day(calendar, *day) == DAY_WORKING;
        if (left == 0) {
            return k != 0;
        }
    }
    return false;
}

/* ---- instants ---- */

/* Within the calendar's days, so that no sum of instants overflows. */
static int64_t clamped(int64_t instant)
{
    const int64_t least = DAY_FIRST * DAY_S;
    const int64_t most = (DAY_LAST + 1) * DAY_S;
    return instant < least ? least : instant > most ? most : instant;
}

int64_t ops_calendar_local_day(const struct ops_calendar *calendar, int64_t instant, int *minute)
{
    int64_t rest;
    const int64_t day = day_at(zone_local(calendar->zone, clamped(instant)), &rest);
    if (minute != NULL) {
        *minute = (int)(rest / 60);
    }
    return day;
}

int64_t ops_calendar_instant(const struct ops_calendar *calendar, int64_t day, int minute)
{
    return zone_instant(calendar->zone, day * DAY_S + (int64_t)minute * 60, false);
}

bool ops_calendar_window(const struct ops_calendar *calendar, int64_t day, int64_t *opens,
                         int64_t *closes)
{
    int from = calendar->opens_min;
    int until = calendar->closes_min;
    for (size_t i = calendar->hours_count; i > 0; i--) {
        const struct ops_hours *h = &calendar->hours[i - 1];
        if (day >= h->first && day <= h->last) {
            from = h->opens_min;
            until = h->closes_min;
            break;
        }
    }
    *opens = zone_instant(calendar->zone, day * DAY_S + (int64_t)from * 60, false);
    /* Midnight is the next day's begin, so that days that last the whole day do not overlap. */
    *closes = zone_instant(calendar->zone, day * DAY_S + (int64_t)until * 60, until != DAY_MINUTES);
    return ops_calendar_day(calendar, day) == DAY_WORKING && *opens < *closes;
}

bool ops_calendar_is_working(const struct ops_calendar *calendar, int64_t instant)
{
    int64_t opens;
    int64_t closes;
    const int64_t day = ops_calendar_local_day(calendar, instant, NULL);
    return ops_calendar_window(calendar, day, &opens, &closes) && instant >= opens &&
           instant < closes;
}

int64_t ops_calendar_elapsed(const struct ops_calendar *calendar, int64_t from, int64_t until)
{
    int64_t sum = 0;
    from = clamped(from);
    until = clamped(until);
    const int64_t last = ops_calendar_local_day(calendar, until, NULL);
    for (int64_t day = ops_calendar_local_day(calendar, from, NULL); from < until && day <= last;
         day++) {
        int64_t opens;
        int64_t closes;
        if (ops_calendar_window(calendar, day, &opens, &closes)) {
            const int64_t begin = opens > from ? opens : from;
            const int64_t end = closes < until ? closes : until;
            sum += end > begin ? end - begin : 0;
        }
    }
    return sum;
}

int64_t ops_calendar_add(const struct ops_calendar *calendar, int64_t from, int64_t seconds)
{
    from = clamped(from);
    for (int64_t day = ops_calendar_local_day(calendar, from, NULL); day <= DAY_LAST; day++) {
        int64_t opens;
        int64_t closes;
        if (!ops_calendar_window(calendar, day, &opens, &closes) || closes <= from) {
            continue;
        }
        const int64_t begin = opens > from ? opens : from;
        if (seconds < closes - begin) {
            return begin + seconds;
        }
        seconds -= closes - begin;
    }
    return OPS_NEVER_S;
}

bool ops_calendar_is_unsure(const struct ops_calendar *calendar, int64_t from, int64_t until)
{
    const int64_t last = ops_calendar_local_day(calendar, until, NULL);
    for (int64_t day = ops_calendar_local_day(calendar, from, NULL); day <= last; day++) {
        if (ops_calendar_day(calendar, day) == DAY_UNSURE) {
            return true;
        }
    }
    return false;
}
