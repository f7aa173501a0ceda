/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/fn_time.c - arithmetic of times and durations, and the parts of a date. */
#include "base/clock.h"
#include "base/day.h"
#include "schema/rules/functions.h"
#include "schema/rules/print.h"
#include "schema/rules/time.h"

void cel_fn_add_timestamp_duration(struct cel_run *run, const struct cel_value *args,
                                   struct cel_value *out)
{
    (void)run;
    *out = cel_timestamp(args[0].i + args[1].i, (int64_t)cel_nanos(&args[0]) + cel_nanos(&args[1]));
}

void cel_fn_add_duration_timestamp(struct cel_run *run, const struct cel_value *args,
                                   struct cel_value *out)
{
    (void)run;
    *out = cel_timestamp(args[0].i + args[1].i, (int64_t)cel_nanos(&args[0]) + cel_nanos(&args[1]));
}

void cel_fn_add_duration(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = cel_duration(args[0].i + args[1].i, (int64_t)cel_nanos(&args[0]) + cel_nanos(&args[1]));
}

void cel_fn_subtract_timestamp(struct cel_run *run, const struct cel_value *args,
                               struct cel_value *out)
{
    (void)run;
    *out = cel_duration(args[0].i - args[1].i, (int64_t)cel_nanos(&args[0]) - cel_nanos(&args[1]));
}

void cel_fn_subtract_timestamp_duration(struct cel_run *run, const struct cel_value *args,
                                        struct cel_value *out)
{
    (void)run;
    *out = cel_timestamp(args[0].i - args[1].i, (int64_t)cel_nanos(&args[0]) - cel_nanos(&args[1]));
}

void cel_fn_subtract_duration(struct cel_run *run, const struct cel_value *args,
                              struct cel_value *out)
{
    (void)run;
    *out = cel_duration(args[0].i - args[1].i, (int64_t)cel_nanos(&args[0]) - cel_nanos(&args[1]));
}

/* ---- the parts of a date, in UTC or in the zone that is the second argument ---- */

struct date {
    int64_t days; /* since 1970-01-01 */
    int64_t year;
    int month;   /* 1 … 12 */
    int day;     /* 1 … 31 */
    int seconds; /* of the day */
    int millis;
};

/* args[1] is a zone where the signature has one: then *out is an ERROR if it is none, and false the answer. */
static bool date_of(const struct cel_value *args, bool zoned, struct date *date,
                    struct cel_value *out)
{
    int32_t offset = 0;
    if (zoned && !cel_zone_offset((const char *)args[1].p, args[1].len, args[0].i, &offset)) {
        *out = cel_error(CEL_BAD_ARGUMENT, "there is no such time zone");
        return false;
    }
    int64_t seconds = args[0].i + offset;
    date->days = seconds / 86400 - (seconds % 86400 < 0);
    date->seconds = (int)(seconds - date->days * 86400);
    date->millis = cel_nanos(&args[0]) / 1000000;
    clock_civil(date->days, &date->year, &date->month, &date->day);
    return true;
}

#define GETTER(name, part)                                                                         \
    static void name(const struct cel_value *args, bool zoned, struct cel_value *out)              \
    {                                                                                              \
        struct date date;                                                                          \
        if (date_of(args, zoned, &date, out)) {                                                    \
            *out = cel_int(part);                                                                  \
        }                                                                                          \
    }                                                                                              \
    void cel_fn_get_##name(struct cel_run *run, const struct cel_value *args,                      \
                           struct cel_value *out)                                                  \
    {                                                                                              \
        (void)run;                                                                                 \
        name(args, false, out);                                                                    \
    }                                                                                              \
    void cel_fn_get_##name##_in(struct cel_run *run, const struct cel_value *args,                 \
                                struct cel_value *out)                                             \
    {                                                                                              \
        (void)run;                                                                                 \
        name(args, true, out);                                                                     \
    }

GETTER(full_year, date.year)
GETTER(month, date.month - 1)
GETTER(date, date.day)
GETTER(day_of_month, date.day - 1)
GETTER(day_of_year, date.days - day_of(date.year, 1, 1))
GETTER(day_of_week, ((date.days + 4) % 7 + 7) % 7)
GETTER(hours, date.seconds / 3600)
GETTER(minutes, date.seconds / 60 % 60)
GETTER(seconds, date.seconds % 60)
GETTER(milliseconds, date.millis)

/* ---- durations: the whole of them in one unit; of milliseconds those within the second ---- */

void cel_fn_duration_hours(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    (void)run;
    *out = cel_int(args[0].i / 3600);
}

void cel_fn_duration_minutes(struct cel_run *run, const struct cel_value *args,
                             struct cel_value *out)
{
    (void)run;
    *out = cel_int(args[0].i / 60);
}

void cel_fn_duration_seconds(struct cel_run *run, const struct cel_value *args,
                             struct cel_value *out)
{
    (void)run;
    *out = cel_int(args[0].i);
}

void cel_fn_duration_milliseconds(struct cel_run *run, const struct cel_value *args,
                                  struct cel_value *out)
{
    (void)run;
    *out = cel_int(cel_nanos(&args[0]) / 1000000);
}
