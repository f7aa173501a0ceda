/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/time.c - times and durations from text, and within their ranges. */
#include "schema/rules/time.h"
#include "base/day.h"

#include <string.h>

#include "schema/rules/print.h"

enum { NANOS = 1000000000 };

static struct cel_value out_of_range(void)
{
    return cel_error(CEL_OVERFLOW, "the time or duration is out of range");
}

struct cel_value cel_timestamp(int64_t seconds, int64_t nanos)
{
    int64_t carry = nanos / NANOS - (nanos % NANOS < 0);
    if (__builtin_add_overflow(seconds, carry, &seconds) || seconds < CEL_TIMESTAMP_MIN_S ||
        seconds > CEL_TIMESTAMP_MAX_S) {
        return out_of_range();
    }
    return cel_time(CEL_TIMESTAMP, seconds, (int32_t)(nanos - carry * NANOS));
}

struct cel_value cel_duration(int64_t seconds, int64_t nanos)
{
    if (__builtin_add_overflow(seconds, nanos / NANOS, &seconds)) {
        return out_of_range();
    }
    nanos %= NANOS;
    if (seconds > 0 && nanos < 0) {
        seconds--;
        nanos += NANOS;
    } else if (seconds < 0 && nanos > 0) {
        seconds++;
        nanos -= NANOS;
    }
    if (seconds < -CEL_DURATION_MAX_S || seconds > CEL_DURATION_MAX_S) {
        return out_of_range();
    }
    return cel_time(CEL_DURATION, seconds, (int32_t)nanos);
}

/* ---- timestamps ---- */

struct text {
    const char *p;
    const char *end;
    bool bad;
};

/* Exactly so many digits. */
static int digits(struct text *t, int count)
{
    int number = 0;
    for (int i = 0; i < count; i++) {
        if (t->p >= t->end || *t->p < '0' || *t->p > '9') {
            t->bad = true;
            return 0;
        }
        number = number * 10 + (*t->p++ - '0');
    }
    return number;
}

static void mark(struct text *t, const char *any)
{
    if (t->p >= t->end || strchr(any, *t->p) == NULL || *t->p == '\0') {
        t->bad = true;
    } else {
        t->p++;
    }
}

static int64_t fraction(struct text *t)
{
    int64_t nanos = 0;
    int count = 0;
    if (t->p >= t->end || *t->p != '.') {
        return 0;
    }
    for (t->p++; t->p < t->end && *t->p >= '0' && *t->p <= '9'; t->p++, count++) {
        nanos = count < 9 ? nanos * 10 + (*t->p - '0') : nanos;
    }
    t->bad = t->bad || count == 0;
    for (; count < 9; count++) {
        nanos *= 10;
    }
    return nanos;
}

static int zone(struct text *t)
{
    if (t->p < t->end && *t->p == 'Z') {
        t->p++;
        return 0;
    }
    int sign = t->p < t->end && *t->p == '-' ? -1 : 1;
    mark(t, "+-");
    int hours = digits(t, 2);
    mark(t, ":");
    int minutes = digits(t, 2);
    t->bad = t->bad || hours > 23 || minutes > 59;
    return sign * (hours * 3600 + minutes * 60);
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

struct cel_value cel_parse_timestamp(const char *p, size_t len)
{
    struct text t = {p, p + len, false};
    int year = digits(&t, 4);
    mark(&t, "-");
    int month = digits(&t, 2);
    mark(&t, "-");
    int day = digits(&t, 2);
    mark(&t, "T");
    int hour = digits(&t, 2);
    mark(&t, ":");
    int minute = digits(&t, 2);
    mark(&t, ":");
    int second = digits(&t, 2);
    int64_t nanos = fraction(&t);
    int east = zone(&t);
    if (t.bad || t.p != t.end || month < 1 || month > 12 || day < 1 || day > days_in(year, month) ||
        hour > 23 || minute > 59 || second > 59) {
        return cel_error(CEL_BAD_ARGUMENT,
                         "the text is no time as RFC 3339 writes it: 2024-02-29T12:00:00Z");
    }
    return cel_timestamp(day_of(year, month, day) * 86400 + (int64_t)hour * 3600 +
                             (int64_t)minute * 60 + second - east,
                         nanos);
}

/* ---- durations ---- */

static struct cel_value no_duration(void)
{
    return cel_error(CEL_BAD_ARGUMENT, "the text is no duration: 1h30m, 90s, 1.5s, 20ms");
}

/* The unit's nanoseconds; 0: none is here. */
static int64_t unit(struct text *t)
{
    static const struct {
        const char *name;
        int64_t nanos;
    } units[] = {{"ms", 1000000},
                 {"us", 1000},
                 {"µs", 1000},
                 {"μs", 1000},
                 {"ns", 1},
                 {"h", INT64_C(3600) * NANOS},
                 {"m", INT64_C(60) * NANOS},
                 {"s", NANOS}};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t len = strlen(units[i].name);
        if ((size_t)(t->end - t->p) >= len && memcmp(t->p, units[i].name, len) == 0) {
            t->p += len;
            return units[i].nanos;
        }
    }
    return 0;
}

/* One number and its unit: added in whole nanoseconds. */
static bool add_part(struct text *t, int64_t *seconds, int64_t *nanos)
{
    int64_t whole = 0;
    int64_t part = 0;
    int64_t scale = 1;
    bool any = false;
    for (; t->p < t->end && *t->p >= '0' && *t->p <= '9'; t->p++, any = true) {
        if (whole > CEL_DURATION_MAX_S * 10) {
            return false;
        }
        whole = whole * 10 + (*t->p - '0');
    }
    if (t->p < t->end && *t->p == '.') {
        for (t->p++; t->p < t->end && *t->p >= '0' && *t->p <= '9'; t->p++, any = true) {
            if (scale < INT64_C(1000000000000000)) {
                part = part * 10 + (*t->p - '0');
                scale *= 10;
            }
        }
    }
    int64_t each = any ? unit(t) : 0;
    if (each == 0) {
        return false;
    }
    /* whole × each, in seconds and nanos */
    int64_t per_second = each >= NANOS ? 1 : NANOS / each;
    *seconds += each >= NANOS ? whole * (each / NANOS) : whole / per_second;
    *nanos += each >= NANOS ? 0 : whole % per_second * each;
    __extension__ typedef __int128 wide;
    wide rest = (wide)part * each / scale;
    *seconds += (int64_t)(rest / NANOS);
    *nanos += (int64_t)(rest % NANOS);
    return *seconds <= CEL_DURATION_MAX_S * 10;
}

struct cel_value cel_parse_duration(const char *p, size_t len)
{
    struct text t = {p, p + len, false};
    int64_t seconds = 0;
    int64_t nanos = 0;
    bool negative = len > 0 && *p == '-';
    t.p += len > 0 && (*p == '-' || *p == '+');
    if (t.end - t.p == 1 && *t.p == '0') {
        return cel_duration(0, 0);
    }
    if (t.p == t.end) {
        return no_duration();
    }
    while (t.p < t.end) {
        if (!add_part(&t, &seconds, &nanos)) {
            return seconds > CEL_DURATION_MAX_S ? out_of_range() : no_duration();
        }
    }
    return negative ? cel_duration(-seconds, -nanos) : cel_duration(seconds, nanos);
}
