/* SPDX-License-Identifier: Apache-2.0
 * base/day.c - see the header. */
#include "base/day.h"

#include <stdio.h>

#include "base/clock.h"

/* The count of days to 1 March of a year that begins there: a leap day is then the last of its year. */
int64_t day_of(int64_t year, int month, int day)
{
    const int64_t y = year - (month <= 2);
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t in_era = y - era * 400;
    const int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

int day_weekday(int64_t day)
{
    return (int)(((day + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

int day_month_length(int64_t year, int month)
{
    return (int)(day_of(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1) -
                 day_of(year, month, 1));
}

int64_t day_at(int64_t seconds, int64_t *rest)
{
    int64_t day = seconds / DAY_S;
    day -= day * DAY_S > seconds;
    if (rest != NULL) {
        *rest = seconds - day * DAY_S;
    }
    return day;
}

static bool digits(const char *at, size_t count, int *out)
{
    *out = 0;
    for (size_t i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return false;
        }
        *out = *out * 10 + (at[i] - '0');
    }
    return true;
}

bool day_parse(const char *text, size_t len, bool compact, int64_t *day)
{
    const size_t sign = compact ? 0 : 1;
    int year;
    int month;
    int of_month;
    if (len != 8 + 2 * sign || !digits(text, 4, &year) || !digits(text + 4 + sign, 2, &month) ||
        !digits(text + 6 + 2 * sign, 2, &of_month) ||
        (!compact && (text[4] != '-' || text[7] != '-')) || month < 1 || month > 12 ||
        of_month < 1 || of_month > day_month_length(year, month)) {
        return false;
    }
    *day = day_of(year, month, of_month);
    return *day >= DAY_FIRST && *day <= DAY_LAST;
}

void day_print(int64_t day, char out[DAY_SIZE])
{
    int64_t year;
    int month;
    int of_month;
    clock_civil(day, &year, &month, &of_month);
    snprintf(out, DAY_SIZE, "%04d-%02d-%02d", (int)(year % 10000), month % 100, of_month % 100);
}
