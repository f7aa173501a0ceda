/* SPDX-License-Identifier: Apache-2.0
 * ingest/partition.h - one assigned topic partition: which offsets the lane wants, and which it
 * gets.
 *
 * Kafka's offsets rise but are not dense, and librdkafka 2.0.2 can lose or misplace messages around
 * an assignment, so each offset is checked against the one wanted. Pure: no
 * Kafka, no SQL; the lane acts on the answers. Thread: the lane. */
#ifndef INGEST_PARTITION_H
#define INGEST_PARTITION_H

#include <stdbool.h>
#include <stdint.h>

#include "ingest/message.h"
#include "ingest/stall.h"
#include "storage/catalogue/position.h"

/* X(id, name, what it means) */
#define ING_PART_STATE_TABLE(X)                                                                    \
    X(ING_UNCLAIMED, "unclaimed", "assigned; the position is not ours yet")                        \
    X(ING_VERIFYING, "verifying",                                                                  \
      "fetching from the last record taken, to see that it is the same")                           \
    X(ING_FLOWING, "flowing", "taking events")                                                     \
    X(ING_REREADING, "rereading", "fetching a hole once more before it is believed")               \
    X(ING_HALTED, "halted", "stopped until a steward resumes the position")                        \
    X(ING_FENCED, "fenced", "another engine has the position")                                     \
    X(ING_PAUSED, "paused", "its source is paused by a person")

enum ing_part_state {
#define X(id, name, meaning) id,
    ING_PART_STATE_TABLE(X)
#undef X
        ING_PART_STATE_COUNT
};

struct ing_part {
    char *topic;
    int32_t partition;
    int32_t dataset_id;
    enum ing_part_state state;
    struct sto_position position; /* as claimed */
    int64_t expected;             /* the next offset wanted */
    bool disturbed; /* its fetching was moved since its last message: a hole may be librdkafka's */
    bool stale_fetch;   /* what is still to come from the old fetch is dropped */
    bool recheck;       /* deliver, then claim and verify again */
    int genuine_holes;  /* confirmed by re-reading, one after the other */
    bool fetch_error;   /* the client gave an error for it since its last record or end */
    bool forbidden;     /* by that error */
    int64_t end_offset; /* where the end was met last; -1: nowhere yet */
    int64_t known_end;  /* the log's, as the client knew it at known_end_ms */
    int64_t known_end_ms;
    bool waits;      /* for its turn (turns.h): it is not fetched */
    bool resumes;    /* has waited; fetching starts again with the next assignment */
    int64_t turn_ms; /* when its last turn began; 0: it had none */
    char error[160]; /* the last error's text, also of a claim; "": none */
    struct ing_stall stall;
    int64_t retry_at_ms;  /* UNCLAIMED, HALTED, FENCED: not before */
    int64_t retry_ms;     /* the pause after the last claim that Kafka did not answer; 0: it did */
    int64_t rechecked_at; /* the offset it was sent to a recheck at last, */
    int rechecks;         /* and how often again without getting on */
    uint32_t progress;    /* its index in the batch being built, or ING_NO_PROGRESS */
    const void *native;   /* the topic's handle, as last found by name */
};

#define ING_NO_PROGRESS UINT32_MAX

enum ing_step {
    ING_STEP_TAKE,    /* `skipped` offsets before it held nothing */
    ING_STEP_DROP,    /* not wanted (again) */
    ING_STEP_REREAD,  /* a hole: fetch again from `expected` */
    ING_STEP_REPLACED /* another log than before: halt */
};

const char *ing_part_state_name(enum ing_part_state state);

/* The one place that changes `state`; an illegal move is our bug and aborts. */
void ing_part_move(struct ing_part *part, enum ing_part_state to);

/* Takes a claim's answer: VERIFYING, FLOWING or HALTED. log_start, log_end as Kafka has them now.
 * NULL when all is well, else why the partition must halt and in *kind the incident's kind. */
const char *ing_part_claimed(struct ing_part *part, const struct sto_position *position,
                             int64_t log_start, int64_t log_end, enum sto_incident_kind *kind);

/* Fetching starts again after a pause, in which the topic may have been deleted and made anew without
 * a fetch to notice: the last committed record is looked at again. What was taken since then comes
 * twice and is dropped. */
void ing_part_paused(struct ing_part *part);

/* Where fetching must start. */
int64_t ing_part_fetch_from(const struct ing_part *part);

enum ing_step ing_part_message(struct ing_part *part, const struct ing_message *message,
                               int64_t *skipped);

/* The end of the partition was reached: `offset` is the next one to be written. TAKE: the position
 * moves there. */
enum ing_step ing_part_eof(struct ing_part *part, int64_t offset, int64_t *skipped);

/* The client could not read what comes next, or not now. A hole that begins there is not believed: the
 * client may have left out what it could not read. True: it is news. */
bool ing_part_failed(struct ing_part *part, const char *text, bool forbidden);

/* It has all that its log lets it have. */
bool ing_part_at_end(const struct ing_part *part);

/* Events that it could take, as far as known_end says. At its end there is nothing, also when the log goes on: an open
 * transaction holds that back. */
int64_t ing_part_backlog(const struct ing_part *part);

/* Waits for a person, or for another engine to let go: nothing is wrong with its fetching. */
static inline bool ing_part_stands_aside(const struct ing_part *part)
{
    return part->state == ING_HALTED || part->state == ING_FENCED || part->state == ING_PAUSED;
}

#endif
