/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/writer_priv.h - what the parts of a commit share; private to them.
 * The parts, each a file; commit.c runs them in their order. Thread: the connection's. */
#ifndef STORAGE_COMMIT_WRITER_PRIV_H
#define STORAGE_COMMIT_WRITER_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "storage/catalogue/incident.h"
#include "storage/commit/batch.h"
#include "storage/commit/commit.h"
#include "storage/commit/fold.h"
#include "storage/commit/lock_room.h"
#include "storage/commit/params.h"
#include "storage/commit/target.h"
#include "storage/conn/copy.h"
#include "storage/conn/pipe.h"
#include "storage/conn/result.h"

enum { STO_PARAMETER_BYTES = 512 * 1024 }; /* of rows in one statement, about */

/* The way of a section's rows to the server. */
struct sto_route {
    struct sto_target *target; /* NULL: the section is empty */
    bool as_rows;              /* its history is the parameter of a statement, not COPYed */
    size_t chunks;             /* statements that are under way for it */
};

enum { STO_MAX_STEPS = 12 }; /* of commit.c, for their times */

/* The events of one kind that a batch has in one dataset. */
struct sto_sign {
    int32_t dataset_id;
    enum sto_incident_kind kind;
    int64_t seen;
    const char *detail; /* borrowed from the batch, or constant */
};

struct sto_writer {
    struct sto_conn *conn;
    enum sto_tables tables;
    int64_t server_locks; /* lock_room.h; and of all datasets */
    struct sto_leaves *by_leaves;
    size_t by_leaves_count;
    size_t rows_max;             /* the history of a section of more rows is COPYed */
    size_t chunk_rows;           /* rows of one statement at most */
    struct arena arena;          /* targets, as long as the writer lives */
    struct sto_target **targets; /* by dataset, then version */
    size_t target_count;
    size_t target_capacity;
    unsigned targets_made;
    struct sto_fold_space space;
    struct sto_fold *folds;   /* one a section */
    struct sto_route *routes; /* one a section */
    size_t section_capacity;
    struct sto_copy copy;
    struct sto_param_list params;
    struct buf sql; /* a statement's text, to be sent */
    struct ZSTD_CCtx_s *zstd;
    struct buf packed;  /* a compressed payload */
    struct buf cleaned; /* a text made fit for PostgreSQL */
    struct buf signs;   /* of struct sto_sign, the batch's */
    size_t sign_count;
    struct sto_measuring *measuring; /* measure_priv.h */
    struct sto_pipe pipe;            /* may stay open from one step to the next */
    bool history_queued;             /* in it */
    bool takes_parked;               /* the statement is prepared */
    struct sto_batch *batch;         /* under way */
    int64_t spent_us[STO_MAX_STEPS];
};

/* writer.c: room for the batch's events and sections. */
MUST_CHECK int sto_writer_reserve(struct sto_writer *writer, const struct sto_batch *batch,
                                  struct err *err);

/* batch.c: our own rules. FATAL ERR_BUG. */
MUST_CHECK int sto_batch_check(const struct sto_batch *batch, struct err *err);
/* Adds "while DOING the section's dataset", and to a FATAL error whose tables (commit.h). Returns -1. */
int sto_section_failed(const struct sto_section *section, const char *doing, struct err *err);

/* fence.c: the fence; lookup.c: the current versions of the keys in fold->lookups. One round trip. */
MUST_CHECK int sto_fence_prepare(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_fence_send(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_fence_read(struct sto_writer *writer, struct err *err);
/* Queues the look-up of the keys of some events of a section; one result, whose first column is the
 * ordinal. */
MUST_CHECK int sto_lookup_keys(struct sto_writer *writer, size_t section, const uint32_t *events,
                               size_t count, struct err *err);
MUST_CHECK int sto_lookups_send(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_lookups_read(struct sto_writer *writer, struct err *err);
/* parked.c: the same of a batch of parked events, and those that are refused after all. */
MUST_CHECK int sto_parked_prepare(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_parked_send(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_parked_read(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_parked_refuse(struct sto_writer *writer, struct err *err);

/* merge.c. */
MUST_CHECK int sto_merge(struct sto_writer *writer, struct err *err);
/* Whether the merges depend on no answer, so that they may go with the fence. Then sto_merge_send queues
 * them in the fence's pipe, and sto_merge only reads the answers. */
bool sto_merge_is_independent(const struct sto_writer *writer);
MUST_CHECK int sto_merge_send(struct sto_writer *writer, struct err *err);

/* history.c: COPYed, or queued in a pipe that it leaves open for the tail; then sto_history_read reads
 * what the pipe answers. */
MUST_CHECK int sto_history(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_history_read(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_quarantine(struct sto_writer *writer, struct err *err);

/* sign.c: which incidents the quarantined events are signs of; then, in the tail, the rows. */
MUST_CHECK int sto_signs_prepare(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_signs_collect(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_signs_queue(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_signs_read(struct sto_writer *writer, struct err *err);

/* ledger.c: counts into the batch's progress; then, in the tail, the rows. */
MUST_CHECK int sto_ledger_count(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_ledger_prepare(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_ledger_queue(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_ledger_read(struct sto_writer *writer, struct err *err);

/* Columns _order, _topic_partition, _offset, _kafka_ts, _content of a binary result, from `column`
 * on. */
struct sto_current sto_current_of_row(const PGresult *result, int row, int column);

#endif
