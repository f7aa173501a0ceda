/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/commit.h - one batch, one transaction, exactly once (ops/doc/delivery.md).
 *
 *   fence → look-up of keys with several versions → fold → merge → look-up of unapplied rows → history → quarantine → ledger, counters, signs of incidents → COMMIT
 *
 * This is the server's order; a step that depends on no answer of the one before travels with it.
 *
 * Nothing is retried here: the error's kind says what the caller does.
 *   RETRY     rolled back; the same batch again after a pause (ERR_REGISTER_DOWN, _TIMEOUT, _FULL, deadlock …).
 *             sqlstate 57014: with half of it
 *   POISON    rolled back; the server refuses a value: bisect (sqlstate says which of the short list)
 *   IN_DOUBT  the connection was lost inside COMMIT: sto_commit_resolve on a new one
 *   FENCED    rolled back; err->progress is the index into batch->progress of the first position that does not match
 *   FATAL     our bug, or a database that needs a migration; err->progress is -1, or the index into
 *             batch->progress of a position of the dataset whose tables it is about
 *
 * Thread: the lane that owns the connection. */
#ifndef STORAGE_COMMIT_COMMIT_H
#define STORAGE_COMMIT_COMMIT_H

#include "base/attr.h"
#include "base/err.h"
#include "storage/commit/batch.h"

struct sto_conn;

/* A connection's row types, statements, buffers and the fold's memory, reused from commit to commit.
 * One for a connection, as long as it lives; freed before it. */
struct sto_writer;

MUST_CHECK struct sto_writer *sto_writer_new(struct sto_conn *conn, struct err *err);
void sto_writer_free(struct sto_writer **taken);

/* How many sections a batch may have, so that the transactions of so many lanes fit into the server's lock
 * table (lock_room.h), by what the server said when the writer was made. At least 1. */
int sto_writer_sections_max(const struct sto_writer *writer, int lanes);

/* For tests and benches that write one of the two tables only. */
enum sto_tables { STO_BOTH = 0, STO_HISTORY_ONLY, STO_STATE_ONLY };
void sto_writer_set_tables(struct sto_writer *writer, enum sto_tables tables);

/* For tests and benches: the history of sections of more rows is COPYed, of others a statement's parameter. */
void sto_writer_set_rows_max(struct sto_writer *writer, size_t rows);

/* Likewise: rows of one merge. */
void sto_writer_set_chunk_rows(struct sto_writer *writer, size_t rows);

/* Time spent in each step of all batches so far, for metrics and benches: row i of *names and
 * *spent_us; how many. */
size_t sto_writer_times(const struct sto_writer *writer, const char *const **names,
                        const int64_t **spent_us);

MUST_CHECK int sto_commit(struct sto_writer *writer, struct sto_batch *batch, struct err *err);

/* After IN_DOUBT, on a new connection. 1: it was committed; 0: it was not, replay it; -1: failed, RETRY
 * when it is still in doubt (the old backend holds the row; ask again), FENCED when it is neither. */
MUST_CHECK int sto_commit_resolve(struct sto_conn *conn, const struct sto_batch *batch,
                                  struct err *err);

#endif
