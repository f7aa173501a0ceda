/* SPDX-License-Identifier: Apache-2.0
 * base/day.h - days of the Gregorian calendar, counted from 1970-01-01. base/clock.h has the way back. */
#ifndef BASE_DAY_H
#define BASE_DAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DAY_S = 86400 };

/* Of whom calendars judge: 1970-01-01 to 2200-12-31. */
#define DAY_FIRST ((int64_t)0)
#define DAY_LAST  ((int64_t)84370)

int64_t day_of(int64_t year, int month, int day); /* month 1 to 12 */
int day_weekday(int64_t day);                     /* 0: Sunday */
int day_month_length(int64_t year, int month);
int64_t day_at(int64_t seconds,
               int64_t *rest); /* the day of a local time; rest: its seconds in it, may be NULL */

/* YYYY-MM-DD, or YYYYMMDD if `compact`: `len` bytes that are a day of the range above. */
bool day_parse(const char *text, size_t len, bool compact, int64_t *day);
enum { DAY_SIZE = 16 };
void day_print(int64_t day, char out[DAY_SIZE]);

#endif
