/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/commit.c - a batch's transaction: two tables of steps, and what runs them.
 *
 * Each step of `steps` waits for the one before. What needs no answer but "done" stands in `tail`: all
 * of it is queued behind one another and sent with the COMMIT, then the answers are read in the same
 * order. A further table that a batch writes is one more row there. Most steps are a file of their own.
 * Before BEGIN the batch is checked and sorted, and the row types that this connection does not know yet
 * are asked for.
 *
 * Round trips, however many datasets: one for BEGIN, fence and merges; one for history and the rest of the
 * tail. One more when a key has several versions (it is looked up with the fence, and the merges wait for
 * that); one more when datasets are met for the first time. For each dataset with many rows two more, for its
 * history, and one more when its merge did not apply every row. Two more when there are quarantined events.
 *
 * What survives what:
 *   - killed, or the server gone, anywhere before COMMIT: the server rolls back, the position has
 *     not moved, the batch is replayed;
 *   - gone after COMMIT was sent: the outcome is not known. IN_DOUBT, and resolve.c reads the position;
 *   - another engine claimed a partition: the fence finds another epoch, nothing is written.
 *
 * Thread: the lane that owns the connection. */
#include "base/clock.h"
#include "base/failpoint.h"
#include "storage/commit/measure_priv.h"
#include "storage/commit/writer_priv.h"

static int fence(struct sto_writer *writer, struct err *err);
static int fold(struct sto_writer *writer, struct err *err);
static int merge(struct sto_writer *writer, struct err *err);
static int history(struct sto_writer *writer, struct err *err);

static const struct step {
    int (*run)(struct sto_writer *writer, struct err *err);
    enum failpoint then; /* FAILPOINT_COUNT: none */
} steps[] = {
    {fence, FP_AFTER_FENCE}, /* and BEGIN, and the look-ups */
    {fold, FAILPOINT_COUNT},
    {merge, FP_AFTER_MERGE},
    {history, FP_AFTER_HISTORY}, /* COPYs it, or opens the tail's pipe with it */
    {sto_quarantine, FP_AFTER_QUARANTINE},
    {sto_ledger_count, FAILPOINT_COUNT},
    {sto_measure_count, FAILPOINT_COUNT},
    {sto_signs_collect, FAILPOINT_COUNT},
};

static int queue_commit(struct sto_writer *writer, struct err *err);
static int read_commit(struct sto_writer *writer, struct err *err);

/* COPY is not allowed in a pipe, so the quarantine is no row here. */
static const struct tail_step {
    const char *name; /* "while …" in its errors */
    int (*queue)(struct sto_writer *writer, struct err *err);
    int (*read)(struct sto_writer *writer, struct err *err);
} tail[] = {
    {"writing history", NULL, sto_history_read}, /* already queued, by its step above */
    {"writing the ledger", sto_ledger_queue, sto_ledger_read},
    {"adding to the counters", sto_measure_queue, sto_measure_read},
    {"writing signs of incidents", sto_signs_queue, sto_signs_read},
    {"committing", queue_commit,
     read_commit}, /* the last: what failed before makes the server skip it */
};

/* As sto_writer_times returns them: preparing, each step, the tail. */
static const char *const time_names[] = {
    "prepare",    "fence", "fold",    "merge", "history",
    "quarantine", "count", "measure", "signs", "commit",
};
enum { TIME_PREPARE = 0, TIME_STEPS = 1, TIME_TAIL = TIME_STEPS + COUNT_OF(steps) };
_Static_assert(COUNT_OF(time_names) == TIME_TAIL + 1, "a time for each step");
_Static_assert(COUNT_OF(time_names) <= STO_MAX_STEPS, "room for each time");

size_t sto_writer_times(const struct sto_writer *writer, const char *const **names,
                        const int64_t **spent_us)
{
    *names = time_names;
    *spent_us = writer->spent_us;
    return COUNT_OF(time_names);
}

/* ---- before BEGIN ---- */

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

static int prepare(struct sto_writer *writer, struct err *err)
{
    if (sto_batch_check(writer->batch, err) != 0 ||
        sto_writer_reserve(writer, writer->batch, err) != 0) {
        return -1;
    }
    sort_sections(writer);
    return sto_targets_prepare(writer, err) != 0 ? -1 : sto_parked_prepare(writer, err);
}

/* ---- the steps ---- */

static void decide(struct sto_writer *writer)
{
    for (size_t s = 0; s < writer->batch->section_count && writer->tables != STO_HISTORY_ONLY;
         s++) {
        sto_fold_decide(&writer->folds[s]);
    }
}

/* BEGIN and fence, and with them what depends on no answer: the look-ups, or the merges. */
static int send_fence(struct sto_writer *writer, bool with_merges, struct err *err)
{
    static const char begin_sql[] = "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE";
    struct sto_pipe *pipe = &writer->pipe;
    if (sto_pipe_open(pipe, writer->conn, err) != 0 || sto_pipe_sql(pipe, begin_sql, err) != 0 ||
        sto_fence_send(writer, err) != 0 ||
        (with_merges ? sto_merge_send(writer, err) : sto_lookups_send(writer, err)) != 0) {
        return -1;
    }
    return sto_pipe_run(pipe, err);
}

static int fence(struct sto_writer *writer, struct err *err)
{
    const bool with_merges = writer->tables != STO_HISTORY_ONLY && sto_merge_is_independent(writer);
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
    int rc = sto_lookups_read(writer, err);
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

static int merge(struct sto_writer *writer, struct err *err)
{
    return writer->tables != STO_HISTORY_ONLY ? sto_merge(writer, err) : 0;
}

static int history(struct sto_writer *writer, struct err *err)
{
    return writer->tables != STO_STATE_ONLY ? sto_history(writer, err) : 0;
}

/* Whether a test makes this point fail; then it is as if the register had gone. */
static bool fails_at(enum failpoint fp, struct err *err)
{
    if (fp == FAILPOINT_COUNT || !failpoint_hit(fp)) {
        return false;
    }
    (void)!err_set(err, ERR_KIND_RETRY, ERR_REGISTER_DOWN, "failpoint %s", failpoint_name(fp));
    return true;
}

static int run_steps(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        int64_t start_us = clock_mono_us();
        int rc = steps[i].run(writer, err);
        writer->spent_us[TIME_STEPS + i] += clock_mono_us() - start_us;
        if (rc != 0 || fails_at(steps[i].then, err)) {
            return -1;
        }
    }
    return 0;
}

/* ---- the tail ---- */

static int queue_commit(struct sto_writer *writer, struct err *err)
{
    return fails_at(FP_BEFORE_COMMIT, err) ? -1 : sto_pipe_sql(&writer->pipe, "COMMIT", err);
}

/* An answer that is no COMMIT leaves doubt even when it is an error: a backend told to terminate
 * right after it committed says so instead. The connection counts as lost then. */
static int read_commit(struct sto_writer *writer, struct err *err)
{
    PGresult *result = sto_pipe_next(&writer->pipe, err);
    if (result == NULL) {
        writer->conn->broken = true;
        return -1;
    }
    int rc = 0;
    if (strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_BUG, "COMMIT was answered with %s",
                     PQcmdStatus(result));
    }
    PQclear(result);
    return rc;
}

/* The connection is of no more use: sto_commit_resolve asks on a new one, and waits there for this backend
 * to end. */
static int in_doubt(struct sto_writer *writer, const char *doing, struct err *err)
{
    writer->conn->broken = true;
    err->kind = ERR_KIND_IN_DOUBT;
    err->code = ERR_COMMIT_UNKNOWN;
    return err_add(err, "%s", doing);
}

static int queue_tail(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(tail); i++) {
        if (tail[i].queue != NULL && tail[i].queue(writer, err) != 0) {
            return err_add(err, "%s", tail[i].name);
        }
    }
    return 0;
}

static int read_tail(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(tail); i++) {
        if (tail[i].read(writer, err) != 0) {
            return sto_conn_usable(writer->conn) ? err_add(err, "%s", tail[i].name)
                                                 : in_doubt(writer, tail[i].name, err);
        }
    }
    return 0;
}

static int run_tail(struct sto_writer *writer, struct err *err)
{
    /* Open: the history is in it. */
    if (!writer->pipe.open && sto_pipe_open(&writer->pipe, writer->conn, err) != 0) {
        return -1;
    }
    if (queue_tail(writer, err) != 0) {
        return -1;
    }
    if (sto_pipe_run(&writer->pipe, err) != 0 || fails_at(FP_COMMIT_SENT, err)) {
        return in_doubt(writer, "committing", err);
    }
    return read_tail(writer, err);
}

/* ---- all of it ---- */

int sto_commit(struct sto_writer *writer, struct sto_batch *batch, struct err *err)
{
    int64_t start_us = clock_mono_us();
    writer->batch = batch;
    if (prepare(writer, err) != 0) {
        return sto_targets_failed(writer, err);
    }
    writer->spent_us[TIME_PREPARE] += clock_mono_us() - start_us;
    int rc = run_steps(writer, err);
    if (rc == 0) {
        start_us = clock_mono_us();
        rc = run_tail(writer, err);
        sto_pipe_close(&writer->pipe);
        writer->spent_us[TIME_TAIL] += clock_mono_us() - start_us;
    }
    if (rc != 0) {
        sto_pipe_close(&writer->pipe);
        writer->history_queued = false;
        sto_rollback(writer->conn);
        return sto_targets_failed(writer, err);
    }
    return rc;
}
