/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/batch.h - what one transaction writes, as plain data.
 *
 * ingest/ fills it, storage/commit/commit.c writes it. Everything is borrowed until sto_commit returns.
 *
 * An event's business columns are encoded once, when its verdict is known, as an *image*: for
 * each column in order the field of PostgreSQL's COPY BINARY format (int32 length or -1, then
 * bytes). State and history copy the image as it is. */
#ifndef STORAGE_COMMIT_BATCH_H
#define STORAGE_COMMIT_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cell.h"
#include "base/err.h"
#include "storage/catalogue/catalogue.h"

struct sto_measure; /* storage/commit/measure.h */

/* Whose clock gave an event its Kafka timestamp. */
enum sto_clock {
    STO_CLOCK_UNKNOWN = 0, /* there is none, or it is not known any more */
    STO_CLOCK_PRODUCER,    /* CreateTime: when it was captured */
    STO_CLOCK_BROKER       /* LogAppendTime: when it arrived */
};

enum sto_effect {
    STO_EFFECT_UNDECIDED = 0,
    STO_APPLIED,
    STO_DUPLICATE,
    STO_STALE,
    STO_EXEMPT /* only_if_held, and the state has no row: counted, kept nowhere (NRL-2) */
};

#define STO_NO_TIME       INT64_MIN /* an absent event time */
#define STO_ORDER_NOTHING INT64_MIN /* below every event's order: a declared order is never this */

/* The content of an event is one number: two events of a dataset that are equal in every business column
 * have equal content, and (but for a chance of one in 2^64) the other way round. It does not change when
 * columns are added. A delete has no columns: its content is one of these. */
enum { STO_CONTENT_DELETED = 0, STO_CONTENT_DELETED_BY_ARRIVAL = 1 };

/* An accepted event. */
struct sto_event {
    const uint8_t *image;
    const uint8_t *key; /* base/keyenc.h */
    uint32_t image_len;
    uint16_t key_len;
    char op;         /* 'c', 'u', 'd', 'r' */
    uint8_t effect;  /* enum sto_effect; written by sto_commit */
    bool is_parked;  /* it waited for its structure, and later events of its key may be recorded */
    bool by_arrival; /* a tombstone with no order of its own: it holds by arrival */
    bool only_if_held; /* a tombstone that may be an exempt key's: see storage/commit/fold.c */
    uint8_t clock;     /* enum sto_clock: of kafka_ts_us */
    uint32_t progress; /* index into the batch's progress: its topic partition */
    int32_t schema_id; /* 0: none (a tombstone) */
    int64_t order;     /* the declared order; without one the offset; ignored when by_arrival */
    int64_t content;   /* of a dataset with a declared order; else 0 */
    int64_t event_time_us;
    int64_t offset;
    int64_t kafka_ts_us;
};

/* The events of one dataset, in arrival order. */
struct sto_section {
    const struct sto_table *table;
    struct sto_event *events;
    size_t count;
};

struct sto_quarantined {
    int32_t dataset_id;
    uint32_t progress;
    int64_t offset;
    int64_t kafka_ts_us;
    int32_t schema_id; /* 0: unknown */
    enum err_code reason;
    const char *rule;       /* NULL: none */
    const char *path;       /* "" or "/address/city" */
    const char *detail;     /* the error's text; carries no value of the event */
    const char *failures;   /* JSON: every rule that does not hold; NULL: it is no rule's */
    const uint8_t *key;     /* raw, NULL: none */
    const uint8_t *payload; /* raw, NULL: none */
    const uint8_t *
        headers; /* count × (int32 name length, name, int32 value length or -1, value), network order */
    size_t key_len;
    size_t payload_len;
    size_t headers_len;
    int64_t parked_id; /* of the row that it has there already; 0: none */
    bool withheld;     /* the dataset has exempt rows (NRL-2): nothing of key, payload or headers */
};

/* What the batch does to one topic partition. */
struct sto_progress {
    const char *topic; /* fences lock in (topic, partition) order */
    int32_t partition;
    int32_t position_id;
    int32_t dataset_id;
    int64_t epoch;
    int64_t from; /* where the position must stand */
    int64_t next; /* where it will stand */
    int64_t received;
    int64_t skipped;     /* next - from = received + skipped */
    int64_t exempt;      /* by their own bytes */
    int64_t last_offset; /* of the last record received; -1: none in this batch */
    int64_t last_ts_ms;
    uint64_t last_hash;
    const struct sto_measure *measure; /* what was seen in its events; NULL: nothing */
    /* Written by sto_commit. */
    int64_t applied;
    int64_t duplicate;
    int64_t stale;
    int64_t quarantined;
    int64_t exempt_total; /* and those of effect STO_EXEMPT */
};

struct sto_batch {
    struct sto_section *sections; /* by dataset id */
    size_t section_count;
    struct sto_quarantined *quarantined;
    size_t quarantined_count;
    struct sto_progress *progress;
    size_t progress_count;
    const int64_t *parked; /* its events are these rows of the quarantine, and no positions move */
    size_t parked_count;   /* 0: its events come from topics */
    int64_t
        valid_until_us; /* its events were judged by the structures in force until then; 0: for ever */
    int64_t recorded_at_us; /* PostgreSQL's now(), since 1970-01-01 UTC; written by sto_commit */
};

/* Appends the image of a row; *content: the event's. A delete: key columns from cells, the others null; its
 * content is STO_CONTENT_DELETED. RETRY ERR_NO_MEMORY; FATAL ERR_BUG: a cell is CELL_UNCHANGED, which no
 * row can hold (the fold is to fill it, once an envelope makes one). */
MUST_CHECK int sto_image_put(struct buf *out, const struct sto_table *table,
                             const struct cell *cells, bool is_delete, int64_t *content,
                             struct err *err);

#endif
