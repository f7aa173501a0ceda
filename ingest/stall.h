/* SPDX-License-Identifier: Apache-2.0
 * ingest/stall.h - which partitions do not go on, and why.
 *
 * The client says little: an error each 100 ms for a batch that it cannot decompress, one error ever for
 * rights that were taken away, none at all for a batch whose records are garbage. So a partition is judged
 * by what it does: one that takes nothing for [ingest] stuck_halt_ms, and is not at its end, is looked at
 * more closely (ingest/kafka/probe.h), by a reader of its own.
 *
 * Thread: the lane. */
#ifndef INGEST_STALL_H
#define INGEST_STALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ing_lane;
struct ing_part;

/* A partition's; zeroed: not looked at yet. */
struct ing_stall {
    int64_t offset;   /* where it stood when it was looked at last */
    int64_t since_ms; /* since when; 0: never looked at */
    int64_t next_ms;  /* not to be looked at more closely before */
    int tries;        /* closer looks that found nothing wrong, one after the other */
    int reports;      /* of what needs no closer look, one after the other */
    bool reported;    /* an incident is open for it */
};

enum ing_standing {
    ING_STANDS_WELL,
    ING_STANDS_HELD, /* at the end of what is committed, though the log goes on: by a transaction */
    ING_STANDS_STILL /* it takes nothing, and is not at its end */
};

/* One that the lane had to give away while it stood still. */
struct ing_left {
    char topic[256];
    int32_t partition;
    int32_t dataset_id;
    int32_t position_id;
    int64_t epoch;
    struct ing_stall stall;
    bool forbidden;
    char error[160];
};

enum { ING_LEFT_MAX = 64 };

/* A lane's; zeroed: all is well. */
struct ing_stalls {
    int64_t look_at_ms;                 /* the next look */
    int64_t probe_not_before_ms;        /* a probe found Kafka away */
    struct ing_left left[ING_LEFT_MAX]; /* of more, the later ones are forgotten */
    size_t left_count;
    int64_t trouble_since_ms; /* errors of no partition and nothing else; 0: none */
    int64_t trouble_last_ms;
    int64_t trouble_log_ms; /* it was logged */
    int64_t trouble_reported_ms;
    bool trouble_of_group; /* not of a broker: that brokers answer says nothing against it */
    bool trouble_ended;    /* its incident is closed */
    char trouble[200];
};

/* known_end: of its log, -1: unknown. Pure. */
enum ing_standing ing_stall_look(struct ing_part *part, int64_t known_end, int64_t now_ms,
                                 int64_t limit_ms);

/* Looks at each partition once a second, between batches. Halts one that cannot be read, and opens incidents
 * for those that wait. */
void ing_stall_serve(struct ing_lane *lane);

/* Before the lane's partitions are forgotten, and when it has new ones: how long one has stood still
 * outlives an assignment. */
void ing_stall_leave(struct ing_lane *lane);
void ing_stall_return(struct ing_lane *lane);

/* Kafka gave the group or the client an error that is of no partition. */
void ing_stall_trouble(struct ing_lane *lane, const char *text);

#endif
