/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/commit.c - a batch's transaction, step by step.
 *
 * The steps stand in the list below; each is a file of its own. Before BEGIN the batch is checked
 * and sorted, and stages and statements that this connection does not have yet are made.
 *
 * Round trips with one dataset, few rows: one for BEGIN, fence and merge; one for history, ledger
 * and COMMIT; one more when a key has several versions (its standing comes with the fence, and the
 * merge waits for it). Many rows: one for BEGIN, fence and standings; two for the stage; one for the
 * merge; two for history; one for ledger and COMMIT. Either way two more when there are
 * quarantined events; one more when some version lost.
 *
 * What survives what:
 *   - killed, or the server gone, anywhere before COMMIT: the server rolls back, the position has
 *     not moved, the batch is replayed;
 *   - gone after COMMIT was sent: nobody here knows. IN_DOUBT, and resolve.c reads the position;
 *   - another engine claimed a partition: the fence finds another epoch, nothing is written.
 *
 * Thread: the lane that owns the connection. */
#include <stdlib.h>
#include <zstd.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "storage/commit/writer_priv.h"

static int fence(struct sto_writer *writer, struct err *err);
static int fold(struct sto_writer *writer, struct err *err);
static int stage(struct sto_writer *writer, struct err *err);
static int merge(struct sto_writer *writer, struct err *err);
static int history(struct sto_writer *writer, struct err *err);

static const struct step {
    int (*run)(struct sto_writer *writer, struct err *err);
    enum failpoint then; /* FAILPOINT_COUNT: none */
} steps[] = {
    {fence, FP_AFTER_FENCE}, /* and BEGIN, and the standings */
    {fold, FAILPOINT_COUNT},
    {stage, FP_AFTER_STAGE},
    {merge, FP_AFTER_MERGE},
    {history, FP_AFTER_HISTORY},
    {sto_quarantine, FP_AFTER_QUARANTINE},
    {sto_ledger_count, FAILPOINT_COUNT},
    {sto_signs_collect, FAILPOINT_COUNT},
    /* end_transaction: ledger, signs, FP_BEFORE_COMMIT, COMMIT, FP_COMMIT_SENT */
};

/* What sto_writer_times tells: sorting and making ready, the steps, the end. */
static const char *const time_names[] = {
    "prepare", "fence",      "fold",  "stage", "merge",
    "history", "quarantine", "count", "signs", "commit",
};
enum { TIME_PREPARE = 0, TIME_STEPS = 1, TIME_COMMIT = TIME_STEPS + COUNT_OF(steps) };
_Static_assert(COUNT_OF(time_names) == TIME_COMMIT + 1, "a time for each step");
_Static_assert(COUNT_OF(time_names) <= STO_MAX_STEPS, "room for each time");

static const char begin_sql[] = "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE";

/* The stage is read as a whole and the state only by key: the planner needs no statistics to know
 * that, and those it has may be of a table that was empty. No plan depends on its parameters. */
static const char session_sql[] = "SET enable_seqscan = off; SET enable_hashjoin = off;"
                                  " SET enable_mergejoin = off; SET enable_bitmapscan = off;"
                                  " SET plan_cache_mode = force_generic_plan";

/* Measured: a parameter costs PostgreSQL 7 to 15 % less than a COPY and its stage up to here, and
 * nothing less at 20,000. */
enum { ROWS_MAX = 2000 };

struct sto_writer *sto_writer_new(struct sto_conn *conn, struct err *err)
{
    struct sto_writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL) {
        (void)!err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a writer");
        return NULL;
    }
    writer->conn = conn;
    writer->rows_max = ROWS_MAX;
    writer->zstd = ZSTD_createCCtx();
    if (writer->zstd == NULL || sto_copy_init(&writer->copy) != 0) {
        (void)!err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a writer");
        goto failed;
    }
    if (sto_run(conn, session_sql, err) != 0 || sto_fence_prepare(writer, err) != 0 ||
        sto_ledger_prepare(writer, err) != 0 || sto_signs_prepare(writer, err) != 0) {
        (void)!err_add(err, "preparing a connection for batches");
        goto failed;
    }
    return writer;
failed:
    sto_writer_free(&writer);
    return NULL;
}

void sto_writer_free(struct sto_writer **taken)
{
    struct sto_writer *writer = *taken;
    *taken = NULL;
    if (writer == NULL) {
        return;
    }
    buf_fini(&writer->cleaned);
    buf_fini(&writer->packed);
    buf_fini(&writer->signs);
    buf_fini(&writer->params.bytes);
    ZSTD_freeCCtx(writer->zstd);
    sto_copy_fini(&writer->copy);
    free(writer->works);
    free(writer->folds);
    sto_fold_space_fini(&writer->space);
    free(writer->targets);
    arena_fini(&writer->arena);
    free(writer);
}

void sto_writer_set_tables(struct sto_writer *writer, enum sto_tables tables)
{
    writer->tables = tables;
}

void sto_writer_set_rows_max(struct sto_writer *writer, size_t rows)
{
    writer->rows_max = rows;
}

size_t sto_writer_times(const struct sto_writer *writer, const char *const **names,
                        const int64_t **spent_us)
{
    *names = time_names;
    *spent_us = writer->spent_us;
    return COUNT_OF(time_names);
}

/* Our own rules, that the rest relies on. */
static int check_batch(const struct sto_batch *batch, struct err *err)
{
    for (size_t s = 0; s < batch->section_count; s++) {
        const struct sto_section *section = &batch->sections[s];
        if (s > 0 && batch->sections[s - 1].table->dataset_id >= section->table->dataset_id) {
            return err_set(err, ERR_KIND_FATAL, ERR_BUG, "sections are not by dataset id");
        }
        for (size_t i = 0; i < section->count; i++) {
            if (section->events[i].progress >= batch->progress_count) {
                return err_set(err, ERR_KIND_FATAL, ERR_BUG, "an event of no topic partition");
            }
        }
    }
    for (size_t i = 0; i < batch->quarantined_count; i++) {
        if (batch->quarantined[i].progress >= batch->progress_count) {
            return err_set(err, ERR_KIND_FATAL, ERR_BUG, "an event of no topic partition");
        }
    }
    return 0;
}

static int reserve(struct sto_writer *writer, struct err *err)
{
    const struct sto_batch *batch = writer->batch;
    size_t events = 0;
    for (size_t s = 0; s < batch->section_count; s++) {
        events += batch->sections[s].count;
    }
    if (batch->section_count > writer->section_capacity) {
        size_t capacity = batch->section_count * 2;
        free(writer->folds);
        free(writer->works);
        writer->folds = calloc(capacity, sizeof(*writer->folds));
        writer->works = calloc(capacity, sizeof(*writer->works));
        writer->section_capacity = writer->folds != NULL && writer->works != NULL ? capacity : 0;
    }
    if (batch->section_count > writer->section_capacity ||
        sto_fold_space_reserve(&writer->space, events) != 0) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a batch of %zu events",
                       events);
    }
    return 0;
}

static void sort_sections(struct sto_writer *writer)
{
    struct sto_batch *batch = writer->batch;
    size_t at = 0;
    for (size_t s = 0; s < batch->section_count; s++) {
        struct sto_section *section = &batch->sections[s];
        if (writer->tables == STO_HISTORY_ONLY) {
            writer->folds[s] = (struct sto_fold){.section = section};
            for (size_t i = 0; i < section->count; i++) {
                struct sto_event *event = &section->events[i];
                event->effect = event->only_if_held ? STO_EXEMPT : STO_APPLIED;
            }
        } else {
            sto_fold_sort(&writer->folds[s], &writer->space, at, section, batch->progress);
        }
        at += section->count;
    }
}

static void decide(struct sto_writer *writer)
{
    for (size_t s = 0; s < writer->batch->section_count && writer->tables != STO_HISTORY_ONLY;
         s++) {
        sto_fold_decide(&writer->folds[s]);
    }
}

/* BEGIN and fence, and with them what needs no answer first: the standings, or the merges. */
static int send_fence(struct sto_writer *writer, bool with_merges, struct err *err)
{
    struct sto_pipe *pipe = &writer->pipe;
    if (sto_pipe_open(pipe, writer->conn, err) != 0 || sto_pipe_sql(pipe, begin_sql, err) != 0 ||
        sto_fence_send(writer, err) != 0 ||
        (with_merges ? sto_merge_send(writer, err) : sto_standings_send(writer, err)) != 0) {
        return -1;
    }
    return sto_pipe_run(pipe, err);
}

static int fence(struct sto_writer *writer, struct err *err)
{
    const bool with_merges = writer->tables != STO_HISTORY_ONLY && sto_merge_needs_nothing(writer);
    if (with_merges) {
        decide(writer);
    }
    if (send_fence(writer, with_merges, err) != 0 || sto_pipe_done(&writer->pipe, err) != 0 ||
        sto_fence_read(writer, err) != 0) {
        return err_add(err, "fencing");
    }
    if (with_merges) {
        return 0; /* sto_merge reads the rest */
    }
    int rc = sto_standings_read(writer, err);
    sto_pipe_close(&writer->pipe);
    return rc == 0 ? 0 : err_add(err, "fencing");
}

static int fold(struct sto_writer *writer, struct err *err)
{
    (void)err;
    if (!writer->pipe.open) { /* else decided: the merges are under way */
        decide(writer);
    }
    return 0;
}

static int stage(struct sto_writer *writer, struct err *err)
{
    return writer->tables != STO_HISTORY_ONLY ? sto_stage(writer, err) : 0;
}

static int merge(struct sto_writer *writer, struct err *err)
{
    return writer->tables != STO_HISTORY_ONLY ? sto_merge(writer, err) : 0;
}

static int history(struct sto_writer *writer, struct err *err)
{
    return writer->tables != STO_STATE_ONLY ? sto_history(writer, err) : 0;
}

static int failed_on_purpose(struct err *err, enum failpoint fp)
{
    return err_set(err, ERR_KIND_RETRY, ERR_REGISTER_DOWN, "failpoint %s", failpoint_name(fp));
}

/* The connection is of no more use: who asks again must ask on a new one, and wait there for this
 * backend to end. */
static int in_doubt(struct sto_writer *writer, struct err *err)
{
    struct err ignored = ERR_INIT;
    sto_lost(writer->conn, &ignored);
    err->kind = ERR_KIND_IN_DOUBT;
    err->code = ERR_COMMIT_UNKNOWN;
    return err_add(err, "committing");
}

/* An answer that is no COMMIT leaves doubt even when it is an error: a backend told to terminate
 * right after it committed says so instead. */
static int read_commit(struct sto_writer *writer, struct err *err)
{
    PGresult *result = sto_pipe_next(&writer->pipe, err);
    if (result == NULL) {
        return in_doubt(writer, err);
    }
    int rc = 0;
    if (strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_BUG, "COMMIT was answered with %s",
                     PQcmdStatus(result));
    }
    PQclear(result);
    return rc;
}

/* Ledger, signs, emptied stages and COMMIT, in one round trip, perhaps behind the history. A statement that
 * fails makes the server skip the COMMIT. */
static int run_end(struct sto_writer *writer, struct err *err)
{
    struct sto_pipe *pipe = &writer->pipe;
    if (sto_ledger_send(writer, err) != 0 || sto_signs_send(writer, err) != 0 ||
        sto_stage_empty(writer, err) != 0) {
        return -1;
    }
    if (failpoint_hit(FP_BEFORE_COMMIT)) {
        return failed_on_purpose(err, FP_BEFORE_COMMIT);
    }
    if (sto_pipe_sql(pipe, "COMMIT", err) != 0) {
        return -1;
    }
    if (sto_pipe_run(pipe, err) != 0) {
        return in_doubt(writer, err);
    }
    if (failpoint_hit(FP_COMMIT_SENT)) {
        (void)!failed_on_purpose(err, FP_COMMIT_SENT);
        return in_doubt(writer, err);
    }
    if (sto_history_done(writer, err) != 0 || sto_pipe_done(pipe, err) != 0 ||
        sto_signs_done(writer, err) != 0 || sto_stage_emptied(writer, err) != 0) {
        return sto_conn_usable(writer->conn) ? -1 : in_doubt(writer, err);
    }
    return read_commit(writer, err);
}

static int end_transaction(struct sto_writer *writer, struct err *err)
{
    if (!writer->pipe.open && sto_pipe_open(&writer->pipe, writer->conn, err) != 0) {
        return -1;
    }
    int rc = run_end(writer, err);
    sto_pipe_close(&writer->pipe);
    return rc;
}

static int run_steps(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        int64_t start_us = clock_mono_us();
        int rc = steps[i].run(writer, err);
        writer->spent_us[TIME_STEPS + i] += clock_mono_us() - start_us;
        if (rc != 0) {
            return -1;
        }
        if (steps[i].then != FAILPOINT_COUNT && failpoint_hit(steps[i].then)) {
            return failed_on_purpose(err, steps[i].then);
        }
    }
    int64_t start_us = clock_mono_us();
    int rc = end_transaction(writer, err);
    writer->spent_us[TIME_COMMIT] += clock_mono_us() - start_us;
    return rc;
}

int sto_commit(struct sto_writer *writer, struct sto_batch *batch, struct err *err)
{
    const int64_t start_us = clock_mono_us();
    writer->batch = batch;
    if (check_batch(batch, err) != 0 || reserve(writer, err) != 0) {
        return -1;
    }
    sort_sections(writer);
    if (sto_targets_prepare(writer, err) != 0) {
        return -1;
    }
    writer->spent_us[TIME_PREPARE] += clock_mono_us() - start_us;
    int rc = run_steps(writer, err);
    if (rc != 0) {
        sto_pipe_close(&writer->pipe);
        writer->history_queued = false;
        sto_rollback(writer->conn);
        sto_stage_spoiled(writer);
    }
    return rc;
}
