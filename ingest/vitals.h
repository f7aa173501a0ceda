/* SPDX-License-Identifier: Apache-2.0
 * ingest/vitals.h - a lane's signs of life, published for those that watch the engine, and the judgement of them.
 *
 * A probe must not wait for Kafka, the register or a lane: so each lane writes these numbers as it goes, and whoever asks
 * reads them. Thread: the lane writes; any reads. */
#ifndef INGEST_VITALS_H
#define INGEST_VITALS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingest/partition.h"

struct http_readiness;
struct ing_lane;

/* Zeroed, and turned_ms set, before the lane's thread starts. Milliseconds of the monotonic clock; 0: never, or not now. */
struct ing_vitals {
    _Atomic int64_t turned_ms;  /* it last showed life */
    _Atomic int64_t waiting;    /* offsets that it could take and has not committed */
    _Atomic int64_t stands_ms;  /* since when events wait and no position of the lane moves */
    _Atomic int64_t failing_ms; /* since when each attempt at the register has failed */
    _Atomic int64_t trouble_ms; /* since when Kafka gives errors and nothing else */
    _Atomic int64_t partitions[ING_PART_STATE_COUNT];
    int64_t counted_ms; /* the lane's own: when the partitions were looked at last */
};

/* ---- the lane ---- */

/* Once a second, between batches: what waits, and how its partitions are. */
void ing_vitals_count(struct ing_lane *lane);
/* A batch is on its way: it waits from now on, whatever was counted before. */
void ing_vitals_deliver(struct ing_lane *lane);
/* The register keeps the lane waiting, whatever it was asked: until it answers, nothing can be taken. */
void ing_vitals_ask(struct ing_lane *lane);
/* Positions moved: a commit was made. */
void ing_vitals_moved(struct ing_lane *lane);
/* What became of an attempt at the register. */
void ing_vitals_attempt(struct ing_lane *lane, bool failed);

/* ---- the judgement ---- */

/* One lane's, as read. */
struct ing_vital {
    int64_t turned_ms;
    int64_t waiting;
    int64_t stands_ms;
    int64_t failing_ms;
    int64_t trouble_ms;
};
struct ing_vital ing_vitals_read(const struct ing_vitals *vitals);

struct ing_health {
    const struct ing_vital *lanes;
    size_t count;
    int64_t now_ms;
    int64_t watched_ms; /* when the thread that watches the lanes last did */
    int64_t limit_ms;   /* [ingest] stuck_halt_ms */
    bool stopping;
};

enum ing_unready {
    ING_UNREADY_STOPPING = 1,
    ING_UNREADY_SILENT = 2, /* a lane shows no life */
    ING_UNREADY_WATCHDOG = 4,
    ING_UNREADY_FAILING = 8, /* the register takes no commit */
    ING_UNREADY_STANDS = 16  /* positions do not move while events wait */
};

/* Whether the engine does its work. Pure. Of a lane all partitions must stand: one source that cannot be read is halted, or
 * has its incident (ingest/stall.h), and no new start of the engine mends it. A Kafka that is away is no reason either: what
 * waits is not known then, and it is the same for every engine. */
void ing_health_judge(const struct ing_health *health, struct http_readiness *out);

#endif
