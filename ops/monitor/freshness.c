/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/freshness.c - the judgement, in this order: what is not known; what the Center owes; what left the source and
 * did not come; the limit of the silence, which an announced stop moves; and then whose fault the silence is. */
#include "ops/monitor/freshness.h"

#include <stdio.h>

#include "base/day.h"
#include "ops/monitor/calendar.h"

enum { CLOCK_SLACK_S = 300, TIME_SIZE = 40 };

struct judging {
    const struct ops_expectation *e;
    const struct ops_facts *f;
    int64_t now;
    int64_t from; /* silent since then: the last arrival, or the contract's begin */
    struct ops_verdict *out;
};

static bool say(struct judging *j, enum ops_state state, enum ops_reason reason, int64_t since)
{
    j->out->state = state;
    j->out->reason = reason;
    j->out->since = since;
    return true;
}

static bool is_at(const struct ops_when *when)
{
    return when->is == OPS_WHEN_AT;
}

static bool has_slots(const struct ops_expectation *e)
{
    return e->cadence.kind != OPS_CADENCE_CONTINUOUS && e->cadence.kind != OPS_CADENCE_MINUTES;
}

/* ---- limits ---- */

/* Working seconds between two arrivals of a stream. */
static int64_t allowed(const struct ops_expectation *e)
{
    return e->latency_s + (e->cadence.kind == OPS_CADENCE_MINUTES ? e->cadence.n * (int64_t)60 : 0);
}

/* has_arrived: at `from`, which meets the slot that it is in; the limit is the next one's. */
static int64_t slot_limit(const struct ops_expectation *e, int64_t from, bool has_arrived)
{
    struct ops_slot slot;
    bool found = ops_cadence_next(&e->cadence, e->calendar, e->latency_s, from, &slot);
    if (found && has_arrived && from > slot.opens) {
        found = ops_cadence_next(&e->cadence, e->calendar, e->latency_s, slot.due + 1, &slot);
    }
    return found ? slot.limit : OPS_NEVER_S;
}

static int64_t limit_after(const struct ops_expectation *e, int64_t from, bool has_arrived)
{
    if (has_slots(e)) {
        return slot_limit(e, from, has_arrived);
    }
    return allowed(e) > 0 ? ops_calendar_add(e->calendar, from, allowed(e)) : OPS_NEVER_S;
}

/* ---- announced stops ---- */

static int64_t begin_of(const struct ops_outage *o)
{
    return o->from > o->announced ? o->from : o->announced;
}

static int64_t caught_up_by(const struct judging *j, const struct ops_outage *o)
{
    if (o->until == OPS_NEVER_S || o->caught_up > o->until) {
        return o->until == OPS_NEVER_S ? OPS_NEVER_S : o->caught_up;
    }
    return limit_after(j->e, o->until, false);
}

/* A stop moves the limit of a silence that was not late before it began. One stop may follow another in any order. */
static int64_t moved_limit(const struct judging *j, int64_t limit)
{
    for (size_t pass = 0; pass < j->f->outage_count; pass++) {
        const int64_t was = limit;
        for (size_t i = 0; i < j->f->outage_count; i++) {
            const struct ops_outage *o = &j->f->outages[i];
            if (o->until > j->from && begin_of(o) < o->until && begin_of(o) <= limit) {
                const int64_t by = caught_up_by(j, o);
                limit = by > limit ? by : limit;
            }
        }
        if (limit == was) {
            break;
        }
    }
    return limit;
}

static const struct ops_outage *outage_in_force(const struct judging *j)
{
    for (size_t i = 0; i < j->f->outage_count; i++) {
        const struct ops_outage *o = &j->f->outages[i];
        if (begin_of(o) <= j->now && j->now < o->until) {
            return o;
        }
    }
    return NULL;
}

/* The last stop that is over and ended behind `instant`. */
static const struct ops_outage *outage_behind(const struct judging *j, int64_t instant)
{
    const struct ops_outage *last = NULL;
    for (size_t i = 0; i < j->f->outage_count; i++) {
        const struct ops_outage *o = &j->f->outages[i];
        if (begin_of(o) < o->until && o->until <= j->now && o->until > instant &&
            (last == NULL || o->until > last->until)) {
            last = o;
        }
    }
    return last;
}

/* ---- the steps: true when one has decided ---- */

static bool judge_unknown(struct judging *j)
{
    const struct ops_when *append = &j->f->append;
    if (append->is == OPS_WHEN_UNKNOWN) {
        return say(j, OPS_STATE_UNKNOWN,
                   j->f->is_reachable == OPS_KNOWN_NO ? OPS_REASON_BROKEN_PATH
                                                      : OPS_REASON_NO_FACTS,
                   j->now);
    }
    if (is_at(append) && append->at > j->now + CLOCK_SLACK_S) {
        return say(j, OPS_STATE_UNKNOWN, OPS_REASON_CLOCK, j->now);
    }
    return false;
}

/* The Center works always: its own promise knows no calendar. */
static bool judge_center(struct judging *j)
{
    const struct ops_facts *f = j->f;
    const int64_t promise = j->e->commit_s > 0 ? j->e->commit_s : j->e->latency_s;
    const struct ops_when *begin = is_at(&f->waiting) ? &f->waiting : &f->commit;
    if (f->is_behind != OPS_KNOWN_YES || promise <= 0 || !is_at(begin) ||
        j->now - promise <= begin->at) {
        return false;
    }
    return say(j, OPS_STATE_LATE, OPS_REASON_SLOW_CENTER, begin->at + promise);
}

static bool is_short(const struct ops_facts *f)
{
    return is_at(&f->counted) && f->said_sent > f->arrived;
}

/* What the source counted has had the time that the contract gives, or else the Center's own. Not by the last heartbeat: one that
 * comes each minute would begin that time anew, for ever. Given events that have waited in the log since before that time was over,
 * then they may be those that are missing, and the path is whole. */
static bool judge_path(struct judging *j)
{
    const struct ops_facts *f = j->f;
    const int64_t patience = j->e->latency_s > 0 ? j->e->latency_s : j->e->commit_s;
    if (!is_short(f) || patience <= 0) {
        return false;
    }
    const int64_t by = ops_calendar_add(j->e->calendar, f->counted.at, patience);
    const bool waits = f->is_behind == OPS_KNOWN_YES && is_at(&f->waiting) && f->waiting.at <= by;
    return j->now > by && !waits && outage_in_force(j) == NULL &&
           say(j, OPS_STATE_LATE, OPS_REASON_BROKEN_PATH, by);
}

/* Data that arrives and is old: what a stop held back may be, until it is to be caught up. */
static bool judge_age(struct judging *j)
{
    const struct ops_facts *f = j->f;
    if (has_slots(j->e) || allowed(j->e) == 0 || !is_at(&f->event) || !is_at(&f->append) ||
        ops_calendar_elapsed(j->e->calendar, f->event.at, f->append.at) <= allowed(j->e)) {
        return false;
    }
    const struct ops_outage *over = outage_behind(j, f->event.at);
    if (outage_in_force(j) != NULL) {
        return false;
    }
    if (over == NULL) {
        return say(j, OPS_STATE_LATE, OPS_REASON_OLD_EVENTS,
                   ops_calendar_add(j->e->calendar, f->event.at, allowed(j->e)));
    }
    const int64_t by = caught_up_by(j, over);
    if (f->append.at > by) {
        return say(j, OPS_STATE_LATE, OPS_REASON_CATCH_UP_MISSED, by);
    }
    return j->now <= by && say(j, OPS_STATE_CATCHING_UP, OPS_REASON_CATCH_UP, over->until);
}

static bool judge_in_time(struct judging *j)
{
    const struct ops_outage *now = outage_in_force(j);
    const struct ops_outage *over = outage_behind(j, j->from);
    if (j->now > j->out->limit) {
        return false;
    }
    if (now != NULL) {
        return say(j, OPS_STATE_SUSPENDED, OPS_REASON_DECLARED_OUTAGE, begin_of(now));
    }
    if (over != NULL) {
        return say(j, OPS_STATE_CATCHING_UP, OPS_REASON_CATCH_UP, over->until);
    }
    return is_at(&j->f->append) ? say(j, OPS_STATE_FRESH, OPS_REASON_ON_TIME, j->from)
                                : say(j, OPS_STATE_QUIET, OPS_REASON_AWAITED, j->from);
}

static enum ops_reason cause(const struct judging *j)
{
    const struct ops_facts *f = j->f;
    const bool beats =
        is_at(&f->heartbeat) && f->heartbeat.at <= j->now + CLOCK_SLACK_S && j->e->heartbeat_s > 0;
    const bool is_alive =
        beats && ops_calendar_elapsed(j->e->calendar, f->heartbeat.at, j->now) <= j->e->heartbeat_s;
    const bool sent_all = is_alive && is_at(&f->counted) && !is_short(f);
    if (f->is_reachable == OPS_KNOWN_NO) {
        return OPS_REASON_BROKEN_PATH;
    }
    if (f->is_behind == OPS_KNOWN_YES) {
        return OPS_REASON_SLOW_CENTER;
    }
    if (is_short(f)) {
        return OPS_REASON_BROKEN_PATH;
    }
    if (outage_behind(j, j->from) != NULL && !sent_all) {
        return OPS_REASON_CATCH_UP_MISSED;
    }
    if (is_alive) {
        return OPS_REASON_QUIET_SOURCE;
    }
    return j->e->heartbeat_s > 0 && (beats || f->heartbeat.is == OPS_WHEN_NEVER)
               ? OPS_REASON_DEAD_SOURCE
               : OPS_REASON_NO_CAUSE;
}

/* A stream may have nothing to send; what is expected at its time may not. */
static void judge_silence(struct judging *j)
{
    const enum ops_reason reason = cause(j);
    const bool is_quiet =
        reason == OPS_REASON_QUIET_SOURCE && j->e->cadence.kind == OPS_CADENCE_CONTINUOUS;
    say(j, is_quiet ? OPS_STATE_QUIET : OPS_STATE_LATE, reason, j->out->limit);
}

/* ---- the sentence ---- */

/* isolated: in Arabic text, which would turn the date round. */
static void print_time(const struct ops_calendar *calendar, int64_t instant, const char *never,
                       bool isolated, char out[TIME_SIZE])
{
    char day[DAY_SIZE];
    int minute;
    if (instant == OPS_NEVER_S) {
        snprintf(out, TIME_SIZE, "%s", never);
        return;
    }
    day_print(ops_calendar_local_day(calendar, instant, &minute), day);
    snprintf(out, TIME_SIZE, "%s%s %02d:%02d%s", isolated ? "\u2066" : "", day, minute / 60,
             minute % 60, isolated ? "\u2069" : "");
}

static void explain(struct judging *j)
{
    static const char *const english[] = {
#define X(id, token, en, ar) [id] = (en),
        OPS_REASON_TABLE(X)
#undef X
    };
    static const char *const arabic[] = {
#define X(id, token, en, ar) [id] = (ar),
        OPS_REASON_TABLE(X)
#undef X
    };
    const struct ops_calendar *calendar = j->e->calendar;
    const int64_t last = is_at(&j->f->append) ? j->f->append.at : OPS_NEVER_S;
    struct ops_verdict *out = j->out;
    char at[TIME_SIZE];
    char by[TIME_SIZE];
    /* The limit is one of silence; of what arrives too old, its own time says more. */
    const bool is_old = out->reason == OPS_REASON_OLD_EVENTS;
    const int64_t other = is_old ? j->f->event.at : out->limit;
    print_time(calendar, last, out->state == OPS_STATE_UNKNOWN ? "unknown" : "never", false, at);
    print_time(calendar, other, "none", false, by);
    snprintf(out->english, sizeof(out->english), "%s Last arrival: %s; %s: %s.",
             english[out->reason], at, is_old ? "newest event" : "limit", by);
    print_time(calendar, last, out->state == OPS_STATE_UNKNOWN ? "غير معروف" : "لا يوجد", true, at);
    print_time(calendar, other, "لا يوجد", true, by);
    snprintf(out->arabic, sizeof(out->arabic), "%s آخر وصول: %s؛ %s: %s.", arabic[out->reason], at,
             is_old ? "وقت أحدث حدث" : "الموعد الأقصى", by);
}

void ops_freshness_judge(const struct ops_expectation *expectation, const struct ops_facts *facts,
                         int64_t now, struct ops_verdict *out)
{
    const bool arrived = is_at(&facts->append) && facts->append.at > expectation->since;
    struct judging j = {.e = expectation,
                        .f = facts,
                        .now = now,
                        .from = arrived ? facts->append.at : expectation->since,
                        .out = out};
    *out = (struct ops_verdict){.limit = OPS_NEVER_S};
    if (!judge_unknown(&j)) {
        out->limit = moved_limit(&j, limit_after(expectation, j.from, arrived));
        if (!judge_center(&j) && !judge_path(&j) && !judge_age(&j) && !judge_in_time(&j)) {
            judge_silence(&j);
        }
        const int64_t until = out->limit != OPS_NEVER_S && out->limit > now ? out->limit : now;
        out->rests_on_estimate = ops_calendar_is_unsure(expectation->calendar, j.from, until);
    }
    explain(&j);
}

const char *ops_state_token(enum ops_state state)
{
    static const char *const tokens[] = {
#define X(id, token, en, ar) [id] = (token),
        OPS_STATE_TABLE(X)
#undef X
    };
    return tokens[state];
}

const char *ops_reason_token(enum ops_reason reason)
{
    static const char *const tokens[] = {
#define X(id, token, en, ar) [id] = (token),
        OPS_REASON_TABLE(X)
#undef X
    };
    return tokens[reason];
}
