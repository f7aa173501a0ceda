/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/lag.c - see the header. */
#include "ops/monitor/lag.h"

#include <stdlib.h>

#include "base/attr.h"

enum { LOOKS_MIN = 3 /* fewer show no trend: a burst, or a topic that is a minute old */ };

/* The looks that the log's end is known of, since the log was last begun anew, and since when each tells the same story. */
struct window {
    struct ops_look looks[OPS_LOOKS_MAX];
    size_t count;
    size_t behind; /* the first of those at the end in which something waited; count: none */
};

static int64_t taken_from(const struct ops_look *look)
{
    return look->position >= 0 ? look->position : look->log_start;
}

static int64_t waiting(const struct ops_look *look)
{
    int64_t from = taken_from(look);
    return look->log_end > from ? look->log_end - from : 0;
}

static void take(struct window *w, const struct ops_lag_facts *facts)
{
    size_t first = facts->count > OPS_LOOKS_MAX ? facts->count - OPS_LOOKS_MAX : 0;
    w->count = 0;
    for (size_t i = first; i < facts->count; i++) {
        const struct ops_look *look = &facts->looks[i];
        if (look->log_end < 0 || look->log_start < 0) {
            continue;
        }
        if (w->count > 0 && (look->log_end < w->looks[w->count - 1].log_end ||
                             look->at <= w->looks[w->count - 1].at)) {
            w->count = 0; /* another log, or another clock */
        }
        w->looks[w->count++] = *look;
    }
    w->behind = w->count;
    while (w->behind > 0 && waiting(&w->looks[w->behind - 1]) > 0) {
        w->behind--;
    }
}

static const struct ops_look *newest(const struct window *w)
{
    return &w->looks[w->count - 1];
}

/* ---- the pace ---- */

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static double backlog(const struct ops_look *look)
{
    return (double)waiting(look);
}

static double log_start(const struct ops_look *look)
{
    return (double)look->log_start;
}

/* The median of the slopes between any two looks (Theil and Sen): no burst and no pause of a minute turns it. */
static double slope(const struct window *w, size_t first, double (*of)(const struct ops_look *look))
{
    double slopes[OPS_LOOKS_MAX * (OPS_LOOKS_MAX - 1) / 2];
    size_t count = 0;
    for (size_t i = first; i < w->count; i++) {
        for (size_t j = i + 1; j < w->count; j++) {
            slopes[count++] =
                (of(&w->looks[j]) - of(&w->looks[i])) / (double)(w->looks[j].at - w->looks[i].at);
        }
    }
    if (count == 0) {
        return 0;
    }
    qsort(slopes, count, sizeof(slopes[0]), by_value);
    return count % 2 == 1 ? slopes[count / 2] : (slopes[count / 2 - 1] + slopes[count / 2]) / 2;
}

static void judge_pace(const struct window *w, struct ops_lag *out)
{
    out->catch_up_s = -1;
    if (out->events == 0) {
        out->catch_up_s = 0;
    } else if (w->count - w->behind >= LOOKS_MIN) {
        out->change_per_s = slope(w, w->behind, backlog);
        out->trend = out->change_per_s > 0   ? OPS_TREND_GROWS
                     : out->change_per_s < 0 ? OPS_TREND_SHRINKS
                                             : OPS_TREND_STEADY;
        double left_s = (double)out->events / -out->change_per_s;
        out->catch_up_s = out->trend != OPS_TREND_SHRINKS || left_s > (double)INT32_MAX
                              ? OPS_NEVER_S
                              : (int64_t)left_s + 1;
    }
}

/* ---- since when the oldest waits ---- */

/* Between the last look that did not show it and the first that did; events came evenly meanwhile, as far as is known. */
static void judge_age(const struct window *w, struct ops_lag *out)
{
    int64_t oldest = taken_from(newest(w));
    size_t i = w->count;
    while (i > 0 && w->looks[i - 1].log_end > oldest) {
        i--;
    }
    if (i == w->count) {
        return; /* nothing waits */
    }
    int64_t now = newest(w)->at;
    if (i == 0) {
        out->is = OPS_LAG_IS_ESTIMATED;
        out->age_s = now - w->looks[0].at;
        return;
    }
    const struct ops_look *before = &w->looks[i - 1];
    const struct ops_look *after = &w->looks[i];
    double part = (double)(oldest - before->log_end) / (double)(after->log_end - before->log_end);
    out->age_s = now - before->at - (int64_t)(part * (double)(after->at - before->at));
}

static void judge_headroom(const struct window *w, int64_t retention_s, struct ops_lag *out)
{
    out->headroom_s = OPS_NEVER_S;
    if (out->events == 0) {
        return;
    }
    if (retention_s >= 0 && retention_s != OPS_NEVER_S) {
        out->headroom_s = retention_s > out->age_s ? retention_s - out->age_s : 0;
    }
    /* A log that is cut by its size loses events sooner than their age says. */
    double pace = slope(w, 0, log_start);
    double left_s = pace > 0 ? (double)(taken_from(newest(w)) - newest(w)->log_start) / pace : -1;
    if (left_s >= 0 && left_s < (double)INT32_MAX && (int64_t)left_s < out->headroom_s) {
        out->headroom_s = (int64_t)left_s;
    } else if (retention_s < 0 && out->headroom_s == OPS_NEVER_S) {
        out->headroom_s = -1;
    }
}

/* ---- the verdict ---- */

static bool went_back(const struct window *w)
{
    for (size_t i = 1; i < w->count; i++) {
        if (w->looks[i].position < w->looks[i - 1].position) {
            return true;
        }
    }
    return false;
}

/* For so many looks something has waited, and nothing was taken. */
static bool stands_still(const struct window *w, int64_t promise_s)
{
    size_t first = w->count - 1;
    while (first > w->behind && w->looks[first - 1].position == newest(w)->position) {
        first--;
    }
    return w->count - first >= LOOKS_MIN && newest(w)->at - w->looks[first].at > promise_s;
}

static enum ops_lag_verdict verdict(const struct window *w, const struct ops_lag_facts *facts,
                                    const struct ops_lag *found)
{
    if (found->events == 0) {
        return OPS_LAG_OK;
    }
    if (went_back(w)) {
        return OPS_LAG_REWIND;
    }
    if (stands_still(w, facts->promise_s)) {
        return facts->has_owner == OPS_KNOWN_NO ? OPS_LAG_STOP : OPS_LAG_STALL;
    }
    if (found->is == OPS_LAG_IS_KNOWN && found->age_s <= facts->promise_s) {
        return OPS_LAG_OK;
    }
    switch (found->trend) {
    case OPS_TREND_UNKNOWN: return w->behind > 0 ? OPS_LAG_OK : OPS_LAG_UNKNOWN;
    /* Too slow is not catching up: the log loses events first. */
    case OPS_TREND_SHRINKS:
        return found->headroom_s >= 0 && found->catch_up_s > found->headroom_s ? OPS_LAG_WARN
                                                                               : OPS_LAG_OK;
    default: return OPS_LAG_WARN;
    }
}

void ops_lag_judge(const struct ops_lag_facts *facts, struct ops_lag *out)
{
    struct window w = {.count = 0};
    *out = (struct ops_lag){.verdict = OPS_LAG_UNKNOWN,
                            .is = OPS_LAG_IS_UNKNOWN,
                            .events = -1,
                            .age_s = -1,
                            .catch_up_s = -1,
                            .headroom_s = -1};
    if (facts->count == 0) {
        return;
    }
    const struct ops_look *last = &facts->looks[facts->count - 1];
    if (last->log_end < 0 || last->log_start < 0) {
        return;
    }
    int64_t from = taken_from(last);
    if (from < last->log_start || from > last->log_end) {
        out->verdict = OPS_LAG_LOST;
        out->is = OPS_LAG_IS_LOST;
        out->events = from < last->log_start ? last->log_start - from : -1;
        out->headroom_s = 0;
        return;
    }
    take(&w, facts);
    out->is = OPS_LAG_IS_KNOWN;
    out->events = waiting(last);
    out->age_s = 0;
    judge_pace(&w, out);
    judge_age(&w, out);
    judge_headroom(&w, facts->retention_s, out);
    out->verdict = verdict(&w, facts, out);
}

/* ---- a source ---- */

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void ops_lag_add(struct ops_lag *all, const struct ops_lag *one)
{
    all->verdict = one->verdict > all->verdict ? one->verdict : all->verdict;
    all->is = one->is > all->is ? one->is : all->is;
    all->trend = one->trend > all->trend ? one->trend : all->trend;
    all->change_per_s += one->change_per_s;
    /* What is not known of one is not known of all. */
    all->events = all->events < 0 || one->events < 0 ? -1 : all->events + one->events;
    all->age_s = all->age_s < 0 || one->age_s < 0 ? -1 : greater(all->age_s, one->age_s);
    all->catch_up_s =
        all->catch_up_s < 0 || one->catch_up_s < 0 ? -1 : greater(all->catch_up_s, one->catch_up_s);
    all->headroom_s = all->headroom_s < 0 || one->headroom_s < 0 ? -1
                      : one->headroom_s < all->headroom_s        ? one->headroom_s
                                                                 : all->headroom_s;
}

/* ---- words ---- */

const char *ops_lag_verdict_token(enum ops_lag_verdict verdict)
{
    static const char *const tokens[] = {
#define X(id, token) token,
        OPS_LAG_VERDICT_TABLE(X)
#undef X
    };
    return tokens[verdict];
}

const char *ops_lag_is_token(enum ops_lag_is is)
{
    static const char *const tokens[] = {"known", "estimated", "unknown", "lost"};
    return tokens[is];
}

const char *ops_trend_token(enum ops_trend trend)
{
    static const char *const tokens[] = {"unknown", "shrinks", "steady", "grows"};
    return tokens[trend];
}
