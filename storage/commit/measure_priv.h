/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/measure_priv.h - the counters' part of a commit; private to storage/commit. Thread: the connection's. */
#ifndef STORAGE_COMMIT_MEASURE_PRIV_H
#define STORAGE_COMMIT_MEASURE_PRIV_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "storage/commit/measure.h"
#include "storage/commit/minute.h"

struct sto_writer;

/* Of one topic partition; zeroed for each batch. */
struct sto_tally {
    uint32_t late[STO_LEG_COUNT][STO_LATENESS_BUCKETS];
    uint32_t reasons[ERR_CODE_COUNT];
    int64_t deletes;
};

/* Elements of two array parameters: keys and their counts, those of one row after the other's. */
struct sto_pairs {
    struct buf keys;
    struct buf counts;
    int32_t count;
};

/* A row of a statement. Where its pairs begin and end: from 1. */
struct sto_line {
    int32_t position_id;
    int32_t dataset_id;
    int64_t epoch;
    int64_t batches; /* of which the row is then */
    int64_t numbers[STO_MEASURE_NUMBERS];
    int32_t key_from;
    int32_t key_to;
    int32_t reason_from;
    int32_t reason_to;
};

struct sto_lines {
    struct sto_line *items;
    size_t count;
    struct sto_pairs keys;
    struct sto_pairs reasons;
};

struct sto_measuring {
    struct sto_tally *tallies; /* one a progress */
    size_t capacity;           /* of tallies and both lines */
    struct sto_lines added;    /* to rows that hold more, or are new */
    struct sto_lines set;
    struct sto_minutes minutes;
    int64_t numbers[STO_MEASURE_NUMBERS]; /* of the progress under way, as seen in the batch */
    struct sto_counts keys;
    struct sto_counts reasons;
};

/* measure_rows.c: memory and statements, as long as the writer lives. */
MUST_CHECK int sto_measure_prepare(struct sto_writer *writer, struct err *err);
void sto_measure_fini(struct sto_writer *writer);

/* measure.c: counts what depends on the register's answers, after the effects are known. */
MUST_CHECK int sto_measure_count(struct sto_writer *writer, struct err *err);
/* What the batch adds to a topic partition's row: measuring->numbers, keys, reasons. -1: no memory. */
MUST_CHECK int sto_measure_gather(struct sto_measuring *measuring,
                                  const struct sto_progress *progress,
                                  const struct sto_tally *tally);
/* measure_rows.c: in the tail, the rows. */
MUST_CHECK int sto_measure_queue(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_measure_read(struct sto_writer *writer, struct err *err);

#endif
