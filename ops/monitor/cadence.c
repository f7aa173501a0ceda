/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/cadence.c - see the header. */
#include "ops/monitor/cadence.h"

#include "base/clock.h"
#include "base/day.h"
#include "ops/monitor/calendar.h"

enum { LOOK_AHEAD_DAYS = 800, FIRST_SUNDAY = 3 };

int ops_cadence_check(const struct ops_cadence *cadence, struct err *err)
{
    const int n = cadence->n;
    const bool at_time = cadence->minute_of_day >= 0 && cadence->minute_of_day <= DAY_MINUTES;
    const char *wrong = NULL;
    switch (cadence->kind) {
    case OPS_CADENCE_CONTINUOUS: break;
    case OPS_CADENCE_MINUTES:
        wrong = n < 1 || n > OPS_CADENCE_MINUTES_MAX ? "it is every 1 to 525,600 minutes" : NULL;
        break;
    case OPS_CADENCE_DAYS:
        wrong = n < 1 || n > OPS_CADENCE_DAYS_MAX ? "it is every 1 to 366 days" : NULL;
        break;
    case OPS_CADENCE_DAILY: wrong = at_time ? NULL : "the time of day is 00:00 to 24:00"; break;
    case OPS_CADENCE_MONTHLY:
        wrong = !at_time ? "the time of day is 00:00 to 24:00"
                : n == 0 || n < -23 || n > 23
                    ? "it is working day 1 to 23, or -1 to -23 from the end"
                    : NULL;
        break;
    default: wrong = "there is no such cadence"; break;
    }
    return wrong != NULL
               ? err_set(err, ERR_KIND_FATAL, ERR_USAGE, "a cadence is impossible: %s", wrong)
               : 0;
}

/* ---- slots ---- */

struct slots {
    const struct ops_cadence *cadence;
    const struct ops_calendar *calendar;
    int64_t latency_s;
    int64_t from;
    int64_t until;
    struct ops_slot *out;
    size_t most;
    size_t count;
    bool has_more;
    struct ops_slot former;
};

/* What arrives within a slot's latency is that slot's, so a late arrival does not meet the next one too; but where the next
 * is due by then, it meets that. */
static void put(struct slots *s, int64_t due)
{
    const int64_t opens = s->former.limit < due ? s->former.limit : s->former.due;
    const struct ops_slot slot = {opens, due, ops_calendar_add(s->calendar, due, s->latency_s)};
    s->former = slot;
    if (due < s->from || due >= s->until) {
        return;
    }
    if (s->count == s->most) {
        s->has_more = true;
        return;
    }
    s->out[s->count++] = slot;
}

/* Slots of n minutes within the day's hours; the last one ends as work ends. Steps go by instants: an hour that clocks skip
 * or repeat makes no slot of no length. */
static void put_minutes(struct slots *s, int64_t opens, int64_t closes)
{
    const int64_t step = (int64_t)s->cadence->n * 60;
    s->former.due = s->former.limit = opens;
    for (int64_t at = opens; at < closes && !s->has_more; at += step) {
        put(s, closes - at > step ? at + step : closes);
    }
}

/* Whether no later day of the same block is a working day. */
static bool is_last_of_block(const struct slots *s, int64_t day)
{
    const int n = s->cadence->n;
    const int64_t block = (day - FIRST_SUNDAY + (int64_t)n * 1000) / n;
    int64_t opens;
    int64_t closes;
    for (int64_t next = day + 1; (next - FIRST_SUNDAY + (int64_t)n * 1000) / n == block; next++) {
        if (ops_calendar_window(s->calendar, next, &opens, &closes)) {
            return false;
        }
    }
    return true;
}

static bool is_day_of_month(const struct slots *s, int64_t day)
{
    int64_t year;
    int month;
    int of_month;
    int64_t due_day;
    clock_civil(day, &year, &month, &of_month);
    return ops_calendar_month_day(s->calendar, year, month, s->cadence->n, &due_day) &&
           due_day == day;
}

static void put_day(struct slots *s, int64_t day)
{
    int64_t opens;
    int64_t closes;
    if (!ops_calendar_window(s->calendar, day, &opens, &closes)) {
        return;
    }
    switch (s->cadence->kind) {
    case OPS_CADENCE_MINUTES: put_minutes(s, opens, closes); break;
    case OPS_CADENCE_DAYS:
        if (is_last_of_block(s, day)) {
            put(s, closes);
        }
        break;
    case OPS_CADENCE_MONTHLY:
        if (!is_day_of_month(s, day)) {
            break;
        }
        put(s, ops_calendar_instant(s->calendar, day, s->cadence->minute_of_day));
        break;
    case OPS_CADENCE_DAILY:
        put(s, ops_calendar_instant(s->calendar, day, s->cadence->minute_of_day));
        break;
    case OPS_CADENCE_CONTINUOUS:
    default: break;
    }
}

/* How many days before the first slot its predecessor can lie: where the slot opens. */
static int64_t days_before(const struct ops_cadence *cadence)
{
    switch (cadence->kind) {
    case OPS_CADENCE_DAYS: return (int64_t)cadence->n * 2 + 21;
    case OPS_CADENCE_MONTHLY: return 70;
    default: return 21;
    }
}

static void walk(struct slots *s, int64_t last)
{
    int64_t day = ops_calendar_local_day(s->calendar, s->from, NULL);
    day -= days_before(s->cadence);
    day = day > DAY_FIRST ? day : DAY_FIRST;
    s->former.due = s->former.limit = ops_calendar_instant(s->calendar, day, 0);
    for (; day <= last && day <= DAY_LAST && !s->has_more; day++) {
        put_day(s, day);
    }
}

bool ops_cadence_slots(const struct ops_cadence *cadence, const struct ops_calendar *calendar,
                       int64_t latency_s, int64_t from, int64_t until, struct ops_slot *out,
                       size_t most, size_t *count)
{
    struct slots s = {.cadence = cadence,
                      .calendar = calendar,
                      .latency_s = latency_s,
                      .from = from,
                      .until = until,
                      .out = out,
                      .most = most};
    walk(&s, ops_calendar_local_day(calendar, until, NULL));
    *count = s.count;
    return !s.has_more;
}

bool ops_cadence_next(const struct ops_cadence *cadence, const struct ops_calendar *calendar,
                      int64_t latency_s, int64_t from, struct ops_slot *out)
{
    struct slots s = {.cadence = cadence,
                      .calendar = calendar,
                      .latency_s = latency_s,
                      .from = from,
                      .until = OPS_NEVER_S,
                      .out = out,
                      .most = 1};
    walk(&s, ops_calendar_local_day(calendar, from, NULL) + LOOK_AHEAD_DAYS);
    return s.count == 1;
}

/* ---- regularity ---- */

/* Spans of slots do not overlap. */
static size_t met(const struct ops_slot *slots, size_t slot_count, const int64_t *arrivals,
                  size_t arrival_count)
{
    size_t sum = 0;
    size_t next = 0;
    for (size_t i = 0; i < slot_count; i++) {
        while (next < arrival_count && arrivals[next] <= slots[i].opens) {
            next++;
        }
        sum += next < arrival_count && arrivals[next] <= slots[i].limit;
    }
    return sum;
}

/* Newton's way; a program that wants a square root alone needs no mathematics library for it. */
static double root_of(double square)
{
    double root = square > 1 ? square : 1;
    for (int i = 0; i < 200 && root * root > square * (1 + 1e-12); i++) {
        root = (root + square / root) / 2;
    }
    return square > 0 ? root : 0;
}

void ops_regularity_of(const struct ops_calendar *calendar, const struct ops_slot *slots,
                       size_t slot_count, const int64_t *arrivals, size_t arrival_count,
                       int64_t from, int64_t until, struct ops_regularity *out)
{
    double sum = 0;
    double squares = 0;
    int64_t former = from;
    *out = (struct ops_regularity){.slots = slot_count,
                                   .met = met(slots, slot_count, arrivals, arrival_count)};
    for (size_t i = 0; i <= arrival_count; i++) {
        const int64_t at = i < arrival_count ? arrivals[i] : until;
        const int64_t gap = ops_calendar_elapsed(calendar, former, at);
        out->longest_gap_s = gap > out->longest_gap_s ? gap : out->longest_gap_s;
        if (i > 0 && i < arrival_count) {
            sum += (double)gap;
            squares += (double)gap * (double)gap;
        }
        former = at;
    }
    if (arrival_count >= 3 && sum > 0) {
        const double count = (double)(arrival_count - 1);
        const double mean = sum / count;
        const double variance = squares / count - mean * mean;
        out->has_coefficient = true;
        out->coefficient = root_of(variance > 0 ? variance : 0) / mean;
    }
}
