/* SPDX-License-Identifier: Apache-2.0
 * ingest/batch.h - messages on their way into one transaction: collected as *slots*, in the order of
 * arrival, with what is built of them.
 *
 * Ownership: the batch owns its messages; to drop a slot frees its message.
 * Thread: the lane. */
#ifndef INGEST_BATCH_H
#define INGEST_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingest/build.h"
#include "ingest/datasets.h"
#include "ingest/message.h"
#include "ingest/partition.h"

struct ing_batch {
    struct ing_slot *slots;
    size_t count;
    size_t cap;
    size_t bytes;       /* of the messages, with what librdkafka needs for each */
    int64_t started_ms; /* when its first slot came */
    struct ing_build build;
};

void ing_batch_init(struct ing_batch *batch, size_t arena_bytes);
void ing_batch_fini(struct ing_batch *batch);

/* The snapshot that slots are judged by from now on; only while the batch is empty. */
void ing_batch_use(struct ing_batch *batch, struct ing_datasets *datasets);

/* Takes the message. Without memory for it, build.no_memory is set. */
void ing_batch_add(struct ing_batch *batch, struct ing_part *part, struct ing_message *taken,
                   int64_t skipped);
void ing_batch_add_end(struct ing_batch *batch, struct ing_part *part, int64_t offset,
                       int64_t skipped);

/* Builds the first `count` slots, or all there are, anew: see ing_build_anew. */
void ing_batch_rebuild(struct ing_batch *batch, size_t count, struct ing_datasets *datasets,
                       bool final);

/* Forgets a partition's slots, or the first `count`, or all; frees their messages. The batch must
 * be built anew unless empty. */
void ing_batch_drop_part(struct ing_batch *batch, const struct ing_part *part);
void ing_batch_drop_first(struct ing_batch *batch, size_t count);
void ing_batch_drop(struct ing_batch *batch);

#endif
