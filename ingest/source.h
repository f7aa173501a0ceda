/* SPDX-License-Identifier: Apache-2.0
 * ingest/source.h - a lane's Kafka consumer.
 *
 * Fetching is moved in one way only: ing_source_assign hands librdkafka the whole list anew, each
 * partition with the offset it is wanted from. Rebalances are served by the polling thread and only
 * remembered; the lane answers them when its batch has ended.
 *
 * Thread: the lane. */
#ifndef INGEST_SOURCE_H
#define INGEST_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"
#include "ingest/message.h"
#include "ingest/partition.h"

struct ing_log_range;
struct ing_source; /* body in source_priv.h */

enum ing_incoming_kind {
    ING_IN_MESSAGE,   /* message: the receiver frees it */
    ING_IN_EOF,       /* offset: the end of the partition */
    ING_IN_RECHECK,   /* the partition must be claimed and verified again: offset out of range,
                        unknown topic */
    ING_IN_NO_TOPIC,  /* a subscribed topic, or an assigned partition, does not exist (any more) */
    ING_IN_FORBIDDEN, /* a subscribed topic, or an assigned partition, may not be read */
    ING_IN_TROUBLE    /* something that librdkafka itself retries; text says what */
};

struct ing_incoming {
    enum ing_incoming_kind kind;
    const char *topic;  /* until the next poll; NULL when it is about no topic */
    const void *native; /* the topic's handle: for messages the same pointer for the same topic, as
                           long as the topic is assigned; for the others it may be freed */
    int32_t partition;
    int64_t offset;
    struct ing_message message;
    char text[160];
};

MUST_CHECK struct ing_source *ing_source_open(const struct conf *conf, int lane, struct err *err);

/* Leaves the assignment; static members stay in the group until their session ends. */
void ing_source_close(struct ing_source **taken);

MUST_CHECK int ing_source_subscribe(struct ing_source *source, const char *const *topics,
                                    size_t count, struct err *err);

enum { ING_POLL_COUNT = 1000 };

/* True, and *err FATAL, once the client can do no more: ERR_FENCED_INSTANCE when another engine came
 * with our instance name, else ERR_KAFKA. */
bool ing_source_failed(const struct ing_source *source, struct err *err);

/* Up to ING_POLL_COUNT things that came (that many: there may be more at hand); waits wait_ms
 * for the first, for the rest not at all. */
size_t ing_source_poll(struct ing_source *source, int wait_ms, const struct ing_incoming **items);

/* Whether anything but errors came since it was last asked: records, ends, an assignment. */
bool ing_source_heard(struct ing_source *source);

/* What went wrong with brokers since it was last asked; NULL: nothing. */
const char *ing_source_trouble(struct ing_source *source);

/* Whether some broker answers now. */
bool ing_source_answers(struct ing_source *source, int timeout_ms);

/* Serves callbacks and heartbeats for up to wait_ms while everything is paused; messages that still
 * come are dropped (the offsets show it). */
void ing_source_idle(struct ing_source *source, int wait_ms);

/* What the group decided since it was last asked. */
enum ing_rebalance { ING_REBALANCE_NONE, ING_REBALANCE_ASSIGN, ING_REBALANCE_REVOKE };

struct ing_assigned {
    const char *topic;
    int32_t partition;
};

/* The answer is due: ing_source_assign or ing_source_unassign. *list is valid until then. */
enum ing_rebalance ing_source_rebalance(struct ing_source *source, const struct ing_assigned **list,
                                        size_t *count);
bool ing_source_revoke_waits(const struct ing_source *source);

/* All partitions that the group gave us: those that take events from where they want, the others
 * paused. RETRY ERR_KAFKA: the client did not take it; nothing is fetched, and the same is to be asked
 * again. */
MUST_CHECK int ing_source_assign(struct ing_source *source, struct ing_part *const *parts,
                                 size_t count, struct err *err);
MUST_CHECK int ing_source_unassign(struct ing_source *source, struct err *err);

/* Stops fetching; a new ing_source_assign starts it again. */
void ing_source_pause(struct ing_source *source);

/* Where logs begin and end, and how many partitions their topics have; those of one topic stand together. RETRY ERR_KAFKA: no
 * broker answers. Each broker has its time, and less when it did not answer before: what it does not tell is
 * shown by ing_source_range_known. */
enum ing_asking { ING_ASKED_FIRST, ING_ASKED_BEFORE };
MUST_CHECK int ing_source_log_ranges(struct ing_source *source, struct ing_log_range *ranges,
                                     size_t count, enum ing_asking asking, struct err *err);
/* -1: something of it is not known. RETRY ERR_KAFKA; FATAL ERR_TOPIC_MISSING, ERR_TOPIC_FORBIDDEN. */
MUST_CHECK int ing_source_range_known(const struct ing_log_range *range, struct err *err);

/* Where the log ended at the last fetch, into part->known_end, unless that was looked at a moment ago. No network. */
void ing_source_look_at_end(struct ing_source *source, struct ing_part *part, int64_t now_ms);

/* Remembers an offset for the group, and commits what is remembered: a courtesy to lag tools, never the
 * truth. */
void ing_source_store_offset(struct ing_source *source, const struct ing_part *part,
                             int64_t next_offset);
void ing_source_commit_offsets(struct ing_source *source, bool wait);

#endif
