/* SPDX-License-Identifier: Apache-2.0
 * ingest/batch.h - messages on their way into one transaction.
 *
 * A batch is its *slots*: the messages in arrival order, and the ends of partitions met between
 * them. Everything else (rows, quarantine, progress) is *built* from the slots, one by one as they
 * arrive, or all anew when something changed: the catalogue, a refused event, a lost partition, a
 * smaller limit.
 *
 * Ownership: the batch owns its messages and one arena; ing_batch_drop releases both.
 * Thread: the lane. */
#ifndef INGEST_BATCH_H
#define INGEST_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "ingest/datasets.h"
#include "ingest/partition.h"
#include "ingest/unknown.h"
#include "ingest/verdict.h"
#include "storage/commit/batch.h"

struct ing_slot {
    struct ing_part *part;
    struct ing_message message; /* native and value NULL with is_end: no record */
    int64_t offset;             /* the record's; for an end, the offset the position moves to */
    int64_t skipped;            /* offsets before it that held nothing */
    struct err *refused;        /* the register refused it: quarantine */
    bool is_end;
};

struct ing_section {
    const struct ing_dataset *dataset;
    struct sto_event *events;
    size_t count;
    size_t cap;
};

struct ing_batch {
    struct ing_slot *slots;
    size_t count;
    size_t cap;
    size_t bytes;       /* of the messages, with what librdkafka needs for each */
    int64_t started_ms; /* when its first slot came */

    /* Built from the first `built` slots. */
    size_t built;
    struct ing_datasets *datasets;
    bool final;                   /* unknown ids were asked for */
    bool asks;                    /* some slot has an id that the snapshot does not know */
    struct ing_part *broken_part; /* NULL, or the first whose events the environment cannot judge */
    struct err broken;
    struct arena arena;
    size_t arena_bytes; /* with so much in the arena the batch should be delivered */
    struct ing_judge judge;
    struct ing_unknown unknown;
    struct ing_section *sections;
    size_t section_count;
    size_t section_cap;
    struct sto_quarantined *quarantined;
    size_t quarantined_count;
    size_t quarantined_cap;
    struct ing_part **parts; /* by progress index */
    struct sto_progress *progress;
    size_t progress_count;
    size_t progress_cap;

    struct sto_section *out_sections;
    size_t out_section_cap;
    struct sto_batch out; /* valid after ing_batch_seal */
    bool no_memory;       /* sticky: a list could not grow; the batch must be dropped */
};

void ing_batch_init(struct ing_batch *batch, size_t arena_bytes);
void ing_batch_fini(struct ing_batch *batch);

/* The snapshot that slots are judged by from now on; only while the batch is empty. */
void ing_batch_use(struct ing_batch *batch, struct ing_datasets *datasets);

/* Takes the message. */
void ing_batch_add(struct ing_batch *batch, struct ing_part *part, struct ing_message *taken,
                   int64_t skipped);
void ing_batch_add_end(struct ing_batch *batch, struct ing_part *part, int64_t offset,
                       int64_t skipped);

/* Judges the first `count` slots anew, by `datasets`. final: see ing_hearing. */
void ing_batch_build(struct ing_batch *batch, size_t count, struct ing_datasets *datasets,
                     bool final);

/* `out` points to what was built. */
void ing_batch_seal(struct ing_batch *batch);

/* Forgets a partition's slots, or the first `count`, or all; frees their messages. The batch must
 * be built anew unless empty. */
void ing_batch_drop_part(struct ing_batch *batch, const struct ing_part *part);
void ing_batch_drop_first(struct ing_batch *batch, size_t count);
void ing_batch_drop(struct ing_batch *batch);

#endif
