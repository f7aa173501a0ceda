/* SPDX-License-Identifier: Apache-2.0
 * ingest/vitals.c - see the header.
 *
 * Standing still is counted from when something waits. Given a topic that was quiet for a day, then an event comes, therefore
 * the lane has its limit from then on, and not from the last commit, which was yesterday. */
#include "ingest/vitals.h"

#include "base/clock.h"
#include "base/http/probe.h"
#include "ingest/lane.h"

enum {
    COUNT_EACH_MS = 1000,
    SILENT_MS = 30 * 1000,  /* a lane that waits for the register shows life every few seconds */
    WATCHED_MS = 10 * 1000, /* the watchdog looks four times a second */
    FAILING_MS = 5000       /* a serialisation failure or a fail-over may cost an attempt or two */
};

static int64_t get(const _Atomic int64_t *from)
{
    return atomic_load_explicit(from, memory_order_relaxed);
}

static void set(_Atomic int64_t *to, int64_t v)
{
    atomic_store_explicit(to, v, memory_order_relaxed);
}

/* ---- the lane ---- */

static int64_t waiting_of(const struct ing_lane *lane, struct ing_part *part, int64_t now_ms)
{
    if (!ing_part_at_end(part)) {
        ing_source_look_at_end(lane->source, part, now_ms);
    }
    return ing_part_backlog(part);
}

static void wait_for(struct ing_vitals *vitals, int64_t waiting, int64_t now_ms)
{
    set(&vitals->waiting, waiting);
    if (waiting == 0) {
        set(&vitals->stands_ms, 0);
    } else if (get(&vitals->stands_ms) == 0) {
        set(&vitals->stands_ms, now_ms);
    }
}

void ing_vitals_count(struct ing_lane *lane)
{
    struct ing_vitals *vitals = &lane->vitals;
    int64_t states[ING_PART_STATE_COUNT] = {0};
    int64_t waiting = (int64_t)lane->batch.count;
    const int64_t now_ms = clock_mono_ms();
    if (now_ms - vitals->counted_ms < COUNT_EACH_MS) {
        return;
    }
    vitals->counted_ms = now_ms;
    for (size_t i = 0; i < lane->part_count; i++) {
        states[lane->parts[i]->state]++;
        waiting += waiting_of(lane, lane->parts[i], now_ms);
    }
    for (size_t s = 0; s < ING_PART_STATE_COUNT; s++) {
        set(&vitals->partitions[s], states[s]);
    }
    set(&vitals->trouble_ms, lane->stalls.trouble_since_ms);
    if (lane->part_count == 0) {
        ing_vitals_attempt(lane, false); /* what could not be committed is another's to take */
    }
    wait_for(vitals, waiting, now_ms);
}

void ing_vitals_deliver(struct ing_lane *lane)
{
    int64_t waiting = get(&lane->vitals.waiting);
    int64_t count = (int64_t)lane->batch.count;
    wait_for(&lane->vitals, waiting > count ? waiting : count, clock_mono_ms());
}

/* Given a register that hangs, then a partition's claim waits for it as a batch does; and nobody knows yet what it holds. */
void ing_vitals_ask(struct ing_lane *lane)
{
    const int64_t waiting = get(&lane->vitals.waiting);
    wait_for(&lane->vitals, waiting > 0 ? waiting : 1, clock_mono_ms());
}

void ing_vitals_moved(struct ing_lane *lane)
{
    int64_t waiting = get(&lane->vitals.waiting) - (int64_t)lane->batch.build.count;
    set(&lane->vitals.stands_ms, 0);
    wait_for(&lane->vitals, waiting > 0 ? waiting : 0, clock_mono_ms());
}

void ing_vitals_attempt(struct ing_lane *lane, bool failed)
{
    struct ing_vitals *vitals = &lane->vitals;
    if (!failed) {
        set(&vitals->failing_ms, 0);
    } else if (get(&vitals->failing_ms) == 0) {
        set(&vitals->failing_ms, clock_mono_ms());
    }
}

/* ---- the judgement ---- */

struct ing_vital ing_vitals_read(const struct ing_vitals *vitals)
{
    return (struct ing_vital){.turned_ms = get(&vitals->turned_ms),
                              .waiting = get(&vitals->waiting),
                              .stands_ms = get(&vitals->stands_ms),
                              .failing_ms = get(&vitals->failing_ms),
                              .trouble_ms = get(&vitals->trouble_ms)};
}

static bool lasts(int64_t since_ms, int64_t now_ms, int64_t limit_ms)
{
    return since_ms != 0 && now_ms - since_ms >= limit_ms;
}

void ing_health_judge(const struct ing_health *health, struct http_readiness *out)
{
    const int64_t now_ms = health->now_ms;
    if (health->stopping) {
        http_not_ready(out, ING_UNREADY_STOPPING, "the engine ends");
    }
    if (lasts(health->watched_ms, now_ms, WATCHED_MS)) {
        http_not_ready(out, ING_UNREADY_WATCHDOG, "nobody has watched the lanes for %lld s",
                       (long long)(now_ms - health->watched_ms) / 1000);
    }
    for (size_t i = 0; i < health->count; i++) {
        const struct ing_vital *lane = &health->lanes[i];
        if (lasts(lane->turned_ms, now_ms, SILENT_MS)) {
            http_not_ready(out, ING_UNREADY_SILENT, "lane %zu has shown no life for %lld s", i,
                           (long long)(now_ms - lane->turned_ms) / 1000);
        }
        if (lasts(lane->failing_ms, now_ms, FAILING_MS)) {
            http_not_ready(out, ING_UNREADY_FAILING,
                           "lane %zu: the register has taken no commit for %lld s", i,
                           (long long)(now_ms - lane->failing_ms) / 1000);
        }
        if (lasts(lane->stands_ms, now_ms, health->limit_ms)) {
            http_not_ready(out, ING_UNREADY_STANDS,
                           "lane %zu: %lld events wait, and no position has moved for %lld s", i,
                           (long long)lane->waiting, (long long)(now_ms - lane->stands_ms) / 1000);
        }
    }
}
