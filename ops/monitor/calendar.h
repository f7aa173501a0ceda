/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/calendar.h - when people work: a time zone, a working week, hours, holidays.
 *
 * Holidays are announced, not computed. A day is announced, by an instrument; or it is estimated, and may come a day earlier
 * or later. So of an estimated day, the day before it and the day after it nobody knows whether people work: they count as
 * no working time, and what rests on them says so (ops_calendar_is_unsure).
 *
 * Instants are seconds since 1970-01-01 UTC, days are counted from there; nothing reads a clock. Thread: any; a calendar never
 * changes. */
#ifndef OPS_MONITOR_CALENDAR_H
#define OPS_MONITOR_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

#define OPS_NEVER_S INT64_MAX /* an instant that does not come */

enum {
    OPS_WEEK_OMAN = 0x1F, /* bit 0 is Sunday: Sunday to Thursday */
    OPS_WEEK_ALL = 0x7F,
    DAY_MINUTES = 1440,
    OPS_HOLIDAYS_MAX = 4000,
    OPS_HOURS_MAX = 400
};

enum ops_day { DAY_WORKING, DAY_WEEKEND, DAY_HOLIDAY, DAY_UNSURE };

struct ops_days {
    int64_t first;
    int64_t last; /* it too */
    bool is_estimated;
};

/* Other hours from day to day, such as Ramadan's. Of two for one day the later in the list holds. */
struct ops_hours {
    int64_t first;
    int64_t last;
    int opens_min; /* minutes of the local day */
    int closes_min;
};

struct ops_calendar_spec {
    const char *zone; /* NULL: ZONE_CENTER */
    unsigned week;    /* 0: OPS_WEEK_OMAN */
    int opens_min;
    int closes_min; /* 0: both are, the whole day */
    const struct ops_hours *hours;
    size_t hours_count;
    const struct ops_days *holidays;
    size_t holiday_count;
};

struct ops_calendar;

/* Copies what the spec names. FATAL ERR_USAGE: a part is impossible, and which. */
MUST_CHECK struct ops_calendar *ops_calendar_new(const struct ops_calendar_spec *spec,
                                                 struct err *err);
void ops_calendar_free(struct ops_calendar **taken);

enum ops_day ops_calendar_day(const struct ops_calendar *calendar, int64_t day);
int64_t ops_calendar_local_day(const struct ops_calendar *calendar, int64_t instant, int *minute);
/* The day's local minute as an instant. */
int64_t ops_calendar_instant(const struct ops_calendar *calendar, int64_t day, int minute);
/* When work begins and ends on that day. false: on none that is sure. */
bool ops_calendar_window(const struct ops_calendar *calendar, int64_t day, int64_t *opens,
                         int64_t *closes);

bool ops_calendar_is_working(const struct ops_calendar *calendar, int64_t instant);
/* Working seconds between two instants; 0 if until is not later. */
int64_t ops_calendar_elapsed(const struct ops_calendar *calendar, int64_t from, int64_t until);
/* The first working instant at which `seconds` (0 or more) of working time have passed since `from`; OPS_NEVER_S: beyond
 * 2200. A limit that ends as work ends is one of the next begin: nothing passes while nobody works. */
int64_t ops_calendar_add(const struct ops_calendar *calendar, int64_t from, int64_t seconds);
/* Whether an estimated holiday makes a day unsure that would be a working day, from one instant to the other. */
bool ops_calendar_is_unsure(const struct ops_calendar *calendar, int64_t from, int64_t until);

/* The k-th working day of a month; -1: its last one. false: the month has not so many. */
bool ops_calendar_month_day(const struct ops_calendar *calendar, int64_t year, int month, int k,
                            int64_t *day);
int64_t ops_calendar_working_days(const struct ops_calendar *calendar, int64_t first,
                                  int64_t last); /* it too */

#endif
