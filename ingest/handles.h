/* SPDX-License-Identifier: Apache-2.0
 * ingest/handles.h - a lane's partitions by the client's topic handle: a message finds its partition
 * without a look at any topic's name.
 *
 * A handle says who it is only as long as its topic is assigned (ingest/source.h), so the table is made
 * with the list of an assignment and forgotten with it. Pure. Thread: the lane. */
#ifndef INGEST_HANDLES_H
#define INGEST_HANDLES_H

#include <stddef.h>
#include <stdint.h>

struct ing_part;

struct ing_handle {
    const void *native;
    struct ing_part *part; /* borrowed; NULL: a free row */
    int32_t partition;
};

/* Zeroed: none, and none can be put. */
struct ing_handles {
    struct ing_handle *rows; /* open addressing */
    size_t cap;              /* a power of two, or 0 */
    size_t count;
};

/* Room for `count` partitions. Without memory there is none: each is then looked for by its name. */
void ing_handles_init(struct ing_handles *handles, size_t count);
void ing_handles_fini(struct ing_handles *handles);

/* NULL: it was not put. */
struct ing_part *ing_handles_find(const struct ing_handles *handles, const void *native,
                                  int32_t partition);

/* Once for each partition. */
void ing_handles_put(struct ing_handles *handles, const void *native, struct ing_part *part);

/* Forgets all, and keeps the room. */
void ing_handles_forget(struct ing_handles *handles);

#endif
