/* SPDX-License-Identifier: Apache-2.0
 * ingest/fencing.h - counts how often each topic partition was fenced in the last minutes.
 *
 * The counts survive rebalances: given two engines that take a partition from each other, then each time
 * is a rebalance. Pure. Thread: the lane. */
#ifndef INGEST_FENCING_H
#define INGEST_FENCING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ING_FENCINGS_MAX = 64, ING_FENCED_ALARM_TIMES = 3, ING_FENCED_ALARM_MS = 10 * 60 * 1000 };

struct ing_fencing {
    uint64_t topic_hash;
    int64_t first_ms;
    int32_t partition;
    int times; /* 0: free */
};

/* Zeroed: none. Beyond ING_FENCINGS_MAX the oldest row is reused. */
struct ing_fencings {
    struct ing_fencing rows[ING_FENCINGS_MAX];
};

/* Counts one; true when it is the ING_FENCED_ALARM_TIMES-th within ING_FENCED_ALARM_MS. */
bool ing_fencings_alarm(struct ing_fencings *fencings, const char *topic, int32_t partition,
                        int64_t now_ms);

#endif
