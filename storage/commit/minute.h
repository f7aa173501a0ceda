/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/minute.h - what the rows of the present minute hold, as far as one connection has written them alone; private
 * to the counters' part of a commit. Thread: the connection's.
 *
 * Adding to a row's arrays on the server costs three times as much as writing them. A lane that knows what a row holds writes
 * the sums. It knows that by the fence: where a position stands at the epoch and the offset that our last batch left, nobody
 * else has counted there since. So nothing has to be forgotten when a commit fails, or is in doubt: the next batch begins at
 * the offset that tells which of the two it was.
 *
 * Memory: 130 bytes and 16 for each count, of each topic partition that the connection has counted. */
#ifndef STORAGE_COMMIT_MINUTE_H
#define STORAGE_COMMIT_MINUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "storage/commit/batch.h"

/* received, applied, duplicate, stale, quarantined, exempt, deletes */
enum { STO_MEASURE_NUMBERS = 7 };

struct sto_count {
    int32_t key;
    int64_t n;
};

struct sto_counts {
    struct sto_count *items; /* keys ascend, each is there once */
    size_t count;
    size_t capacity;
};

/* Of one topic partition and minute. */
struct sto_minute {
    int32_t position_id;
    bool is_ours;  /* the row holds what is here, and nothing else */
    int64_t epoch; /* of the last batch, and where it left the position */
    int64_t next;
    int64_t start_us;
    int64_t batches; /* of which the row is */
    int64_t numbers[STO_MEASURE_NUMBERS];
    struct sto_counts keys;
    struct sto_counts reasons; /* by enum err_code */
};

struct sto_minutes {
    struct sto_minute *items; /* by position */
    size_t count;
    size_t capacity;
};

void sto_minutes_fini(struct sto_minutes *minutes);

/* NULL: nothing was counted there. Good until the next sto_minute_made. */
struct sto_minute *sto_minute_find(const struct sto_minutes *minutes, int32_t position_id);
/* Found, or made as not ours. NULL: no memory. */
struct sto_minute *sto_minute_made(struct sto_minutes *minutes, int32_t position_id);

/* Whether the row of a batch at that time, which continues there, is known. */
bool sto_minute_is_known(const struct sto_minute *minute, const struct sto_progress *progress,
                         int64_t recorded_at_us);
/* The batch's time and place; then sto_minute_is_known says it of the next. */
void sto_minute_move(struct sto_minute *minute, const struct sto_progress *progress,
                     int64_t recorded_at_us);

void sto_counts_fini(struct sto_counts *counts);
/* A key above the last one's. -1: no memory. */
MUST_CHECK int sto_counts_put(struct sto_counts *counts, int32_t key, int64_t n);
/* -1: no memory; then `to` is as before. */
MUST_CHECK int sto_counts_add(struct sto_counts *to, const struct sto_counts *more);

#endif
