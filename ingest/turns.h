/* SPDX-License-Identifier: Apache-2.0
 * ingest/turns.h - whose turn it is to be fetched, when more partitions are far behind than a lane can serve at once.
 *
 * A fetch that asks for hundreds of partitions is answered with the first few of them, and the next one nearly with the
 * same: the last would wait until the first ones are through. And a batch of a few rows of each of many datasets
 * costs the register more than one of many rows of few. So a group of them is fetched for a while, those first
 * that have waited longest, and the others wait. One waits at most ING_TURN_MS for each ING_TURN_PARTS that are
 * far behind. What is not far behind is always fetched. Thread: the lane. */
#ifndef INGEST_TURNS_H
#define INGEST_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ing_part;

enum {
    ING_TURN_MS = 5000,
    ING_TURN_PARTS = 64 /* one answer of the broker has room for each: ingest/kafka/client_conf.c */
};

/* A lane's; zeroed: nobody waits. */
struct ing_turns {
    int64_t until_ms; /* not looked at before */
    bool any_waits;
};

/* Between batches. True: other partitions are to be fetched than before (ing_part.waits). Uses the parts' known ends.
 * Memory that is out leaves all as it was. */
bool ing_turns_take(struct ing_turns *turns, struct ing_part *const *parts, size_t count,
                    int64_t batch_rows, int64_t now_ms);

#endif
