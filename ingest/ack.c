/* SPDX-License-Identifier: Apache-2.0
 * ingest/ack.c - see the header.
 *
 * Exactly-once does not need it: after a crash between COMMIT and here, the engine starts from the
 * register's positions. */
#include "ingest/ack.h"

#include "base/clock.h"

static void count(struct metric_set *metrics, const struct sto_progress *progress)
{
    metric_add(metrics, METRIC_RECEIVED, (uint64_t)progress->received);
    metric_add(metrics, METRIC_SKIPPED, (uint64_t)progress->skipped);
    metric_add(metrics, METRIC_EXEMPT, (uint64_t)progress->exempt_total);
    metric_add(metrics, METRIC_APPLIED, (uint64_t)progress->applied);
    metric_add(metrics, METRIC_DUPLICATE, (uint64_t)progress->duplicate);
    metric_add(metrics, METRIC_STALE, (uint64_t)progress->stale);
    metric_add(metrics, METRIC_QUARANTINED, (uint64_t)progress->quarantined);
}

static void move_position(struct ing_part *part, const struct sto_progress *progress)
{
    part->position.next_offset = progress->next;
    if (progress->last_offset >= 0) {
        part->position.last_offset = progress->last_offset;
        part->position.last_ts_ms = progress->last_ts_ms;
        part->position.last_hash = progress->last_hash;
    }
}

/* A timestamp that its producer set may be of any time; one of the future has no age. Neighbours often have the same. */
static void observe_ages(struct ing_lane *lane)
{
    const int64_t now_ms = clock_wall_us() / 1000;
    const struct ing_batch *batch = &lane->batch;
    for (size_t i = 0, next = 0; i < batch->build.count; i = next) {
        const int64_t ts_ms = batch->slots[i].message.ts_ms;
        uint64_t count = 0;
        for (next = i; next < batch->build.count && batch->slots[next].message.ts_ms == ts_ms;
             next++) {
            count += !batch->slots[next].is_end;
        }
        if (count > 0 && ts_ms >= 0 && ts_ms <= now_ms) {
            metric_observe(&lane->event_age, (uint64_t)(now_ms - ts_ms) * 1000, count);
        }
    }
}

void ing_ack(struct ing_lane *lane)
{
    struct ing_batch *batch = &lane->batch;
    for (size_t i = 0; i < batch->build.progress_count; i++) {
        count(&lane->metrics, &batch->build.progress[i]);
        move_position(batch->build.parts[i], &batch->build.progress[i]);
        ing_source_store_offset(lane->source, batch->build.parts[i], batch->build.progress[i].next);
    }
    metric_add(&lane->metrics, METRIC_BATCHES, 1);
    observe_ages(lane);
    ing_vitals_moved(lane);
    ing_batch_drop_first(batch, batch->build.count);
}
