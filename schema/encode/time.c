/* SPDX-License-Identifier: Apache-2.0
 * schema/encode/time.c - see time_priv.h. */
#include "schema/encode/time_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

static bool read_number(const char **at, int digits, int least, int most, int *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)**at)) {
            return false;
        }
        *out = *out * 10 + (*(*at)++ - '0');
    }
    return *out >= least && *out <= most;
}

static bool read_mark(const char **at, char mark)
{
    return *(*at)++ == mark; /* at the end, nothing after it is read */
}

static bool read_date(const char **at, struct tm *tm)
{
    int year;
    int month;
    if (!read_number(at, 4, 1, 9999, &year) || !read_mark(at, '-') ||
        !read_number(at, 2, 1, 12, &month) || !read_mark(at, '-') ||
        !read_number(at, 2, 1, 31, &tm->tm_mday)) {
        return false;
    }
    tm->tm_year = year - 1900;
    tm->tm_mon = month - 1;
    return true;
}

static bool read_clock(const char **at, struct tm *tm)
{
    return read_number(at, 2, 0, 23, &tm->tm_hour) && read_mark(at, ':') &&
           read_number(at, 2, 0, 59, &tm->tm_min) && read_mark(at, ':') &&
           read_number(at, 2, 0, 59, &tm->tm_sec);
}

static bool read_fraction(const char **at, int64_t *us)
{
    *us = 0;
    if (**at != '.') {
        return true;
    }
    (*at)++;
    int digits = 0;
    for (; isdigit((unsigned char)**at) && digits < 6; digits++) {
        *us = *us * 10 + (*(*at)++ - '0');
    }
    for (int i = digits; i < 6; i++) {
        *us *= 10;
    }
    return digits > 0;
}

/* The text ends with it. */
static bool read_zone(const char *at, int64_t *offset_s)
{
    int hours;
    int minutes;
    const char sign = *at;
    *offset_s = 0;
    if (sign == 'Z') {
        return at[1] == '\0';
    }
    if (sign != '+' && sign != '-') {
        return false;
    }
    at++;
    if (!read_number(&at, 2, 0, 23, &hours) || !read_mark(&at, ':') ||
        !read_number(&at, 2, 0, 59, &minutes) || *at != '\0') {
        return false;
    }
    *offset_s = (int64_t)(sign == '-' ? -60 : 60) * (hours * 60 + minutes);
    return true;
}

bool sch_time_read(const char *text, int64_t *out_us)
{
    struct tm tm = {0};
    int64_t fraction_us;
    int64_t offset_s;
    const char *at = text;
    if (!read_date(&at, &tm) || !read_mark(&at, 'T') || !read_clock(&at, &tm) ||
        !read_fraction(&at, &fraction_us) || !read_zone(at, &offset_s)) {
        return false;
    }
    int day = tm.tm_mday;
    int64_t s = timegm(&tm); /* the 30th of February becomes a day of March */
    *out_us = (s - offset_s) * 1000000 + fraction_us;
    return tm.tm_mday == day;
}
