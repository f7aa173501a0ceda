/* SPDX-License-Identifier: Apache-2.0
 * times.h - instants as the tests of calendars write them: "2026-03-05 08:30", local time of a calendar. */
#ifndef TESTS_UNIT_OPS_MONITOR_TIMES_H
#define TESTS_UNIT_OPS_MONITOR_TIMES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/day.h"
#include "ops/monitor/calendar.h"

static inline int64_t day_named(const char *text)
{
    int64_t day = -1;
    bool is_day = day_parse(text, 10, false, &day);
    if (!is_day) {
        abort();
    }
    return day;
}

/* The first of two, where a clock shows it twice. */
static inline int64_t at(const struct ops_calendar *calendar, const char *text)
{
    return ops_calendar_instant(calendar, day_named(text), atoi(text + 11) * 60 + atoi(text + 14));
}

#endif
