/* SPDX-License-Identifier: Apache-2.0
 * ingest/ack.c - see the header.
 *
 * Nothing here is needed for exactness: a crash between COMMIT and here is a restart from the
 * register's positions. */
#include "ingest/ack.h"

#include "base/clock.h"
#include "storage/incident.h"

enum { REOPEN_MS = 60 * 1000 };

static void count(struct metric_set *metrics, const struct sto_progress *progress)
{
    metric_add(metrics, METRIC_RECEIVED, (uint64_t)progress->received);
    metric_add(metrics, METRIC_SKIPPED, (uint64_t)progress->skipped);
    metric_add(metrics, METRIC_EXEMPT, (uint64_t)progress->exempt);
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

/* Reasons that mean that agency and Center do not agree on a structure: somebody must act, beyond
 * the events. */
static bool needs_incident(enum err_code reason)
{
    return reason == ERR_UNKNOWN_STRUCTURE || reason == ERR_FOREIGN_STRUCTURE ||
           reason == ERR_STRUCTURE_PENDING || reason == ERR_STRUCTURE_RETIRED ||
           reason == ERR_BAD_FRAME;
}

/* Whether this lane opened the same one within the last minute: broken events come in thousands. */
static bool opened_lately(struct ing_lane *lane, const struct sto_quarantined *row)
{
    int64_t now_ms = clock_mono_ms();
    struct ing_opened *oldest = &lane->opened[0];
    for (size_t i = 0; i < COUNT_OF(lane->opened); i++) {
        struct ing_opened *opened = &lane->opened[i];
        if (opened->dataset_id == row->dataset_id && opened->reason == row->reason &&
            now_ms - opened->at_ms < REOPEN_MS) {
            return true;
        }
        if (opened->at_ms < oldest->at_ms) {
            oldest = opened;
        }
    }
    *oldest = (struct ing_opened){row->dataset_id, row->reason, now_ms};
    return false;
}

static void open_incidents(struct ing_lane *lane)
{
    for (size_t i = 0; i < lane->batch.quarantined_count; i++) {
        const struct sto_quarantined *row = &lane->batch.quarantined[i];
        if (!needs_incident(row->reason) || opened_lately(lane, row)) {
            continue;
        }
        const struct sto_incident incident = {
            .kind = err_token(row->reason),
            .dataset_id = row->dataset_id,
            .detail = err_sentence(row->reason),
        };
        if (!ing_lane_tell(lane, &incident)) {
            return;
        }
    }
}

void ing_ack(struct ing_lane *lane)
{
    struct ing_batch *batch = &lane->batch;
    for (size_t i = 0; i < batch->progress_count; i++) {
        count(&lane->metrics, &batch->progress[i]);
        move_position(batch->parts[i], &batch->progress[i]);
        ing_source_tell(lane->source, batch->parts[i], batch->progress[i].next);
    }
    metric_add(&lane->metrics, METRIC_BATCHES, 1);
    open_incidents(lane);
    ing_batch_drop_first(batch, batch->built);
}
