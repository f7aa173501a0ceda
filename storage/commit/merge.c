/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/merge.c - the newest versions into the state, and what became of those that were not.
 *
 * One INSERT … SELECT … ON CONFLICT a section, whose guard is storage/commit/order.h. It reads many rows
 * from a stage that a binary COPY filled, few from its parameter (rows.c). Keys ascend, so that the
 * B-tree is walked once and two lanes lock rows in one order. As many rows as brought: all won.
 * Fewer: the losers are looked up by primary key.
 *
 * A batch that needs to know nothing before it merges (no key with several versions, nothing to
 * stage) sends its merges with the fence. Should the fence then not hold, they are rolled back like
 * anything else. */
#include <stdlib.h>

#include "storage/commit/row.h"
#include "storage/commit/writer_priv.h"

static void put_staged_row(struct sto_copy *copy, const struct sto_event *event,
                           const struct sto_staged *staged, int32_t topic_partition,
                           unsigned columns)
{
    uint8_t tail[STO_PROVENANCE_MAX_BYTES];
    uint8_t *end = sto_row_staged(tail, event, &staged->order, topic_partition);
    sto_copy_row(copy, columns);
    sto_copy_bytes(copy, event->image, event->image_len);
    sto_copy_bytes(copy, tail, (size_t)(end - tail));
}

static int stage_section(struct sto_writer *writer, const struct sto_fold *fold,
                         const struct sto_target *target, struct err *err)
{
    struct sto_copy *copy = &writer->copy;
    const struct sto_event *events = fold->section->events;
    if (sto_copy_open(copy, writer->conn, target->stage_copy_sql, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < fold->staged_count && !copy->failed; i++) {
        const struct sto_event *event = &events[fold->staged[i].event];
        put_staged_row(copy, event, &fold->staged[i], fold->progress[event->progress].position_id,
                       target->business_columns + STO_STAGE_COLUMNS);
    }
    return sto_copy_finish(copy, err);
}

/* Whether rows of the section stand in its stage. */
static bool is_staged(const struct sto_writer *writer, size_t section)
{
    return writer->folds[section].staged_count > 0 && !writer->works[section].as_rows;
}

int sto_stage(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        struct sto_fold *fold = &writer->folds[i];
        if (is_staged(writer, i) &&
            stage_section(writer, fold, writer->works[i].target, err) != 0) {
            return sto_section_failed(fold->section, "staging", err);
        }
    }
    return 0;
}

/* TRUNCATE gives the stage a new file and makes the merge be planned anew, which costs a small
 * batch more than its rows do; so few rows are deleted, and the file is renewed when dead ones have
 * gathered. */
enum { STAGE_DEAD_ROWS = 20000 };

static int send_empty(struct sto_writer *writer, struct sto_target *target, size_t rows,
                      struct err *err)
{
    target->dead_rows += rows;
    if (target->dead_rows > STAGE_DEAD_ROWS) {
        target->dead_rows = 0;
        return sto_pipe_sql(&writer->pipe, target->stage_truncate_sql, err);
    }
    return sto_pipe_prepared(&writer->pipe, target->names[STO_STAGE_DELETE], NULL, err);
}

int sto_stage_empty_queue(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        if (is_staged(writer, i) &&
            send_empty(writer, writer->works[i].target, writer->folds[i].staged_count, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int sto_stage_empty_read(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        if (is_staged(writer, i) && sto_pipe_done(&writer->pipe, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A rolled back COPY leaves its rows in the file, dead. */
void sto_stage_spoiled(struct sto_writer *writer)
{
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        if (is_staged(writer, i)) {
            writer->works[i].target->dead_rows = STAGE_DEAD_ROWS;
        }
    }
}

/* Who lost is learnt in one of two ways. Most batches have no loser, and then a plain merge's
 * count says so for nothing; if it is short, every staged row is looked up once. Where losers
 * were met, more are to come (a source that sends twice): for some batches the merge tells who
 * won, which costs a little always, and only the losers are looked up. */
enum { LOSERS_EXPECTED_BATCHES = 16 };

/* A key with several versions was to win: its row was not there when the fold began. */
static int overtaken(struct err *err)
{
    return err_set(err, ERR_KIND_RETRY, ERR_REGISTER_SQL,
                   "another lane wrote a key of the batch meanwhile");
}

static int miscounted(struct err *err, size_t expected, int found)
{
    return err_set(err, ERR_KIND_FATAL, ERR_BUG, "the merge left out %zu rows, found %d", expected,
                   found);
}

static int read_losers(struct sto_fold *fold, const PGresult *losers, struct err *err)
{
    if ((size_t)PQntuples(losers) != fold->staged_count - fold->merged_count) {
        return miscounted(err, fold->staged_count - fold->merged_count, PQntuples(losers));
    }
    for (int row = 0; row < PQntuples(losers); row++) {
        struct sto_standing state = sto_standing_of(losers, row, 2);
        if (sto_fold_lose(fold, sto_result_int4(losers, row, 0), sto_result_int8(losers, row, 1),
                          &state) != 0) {
            return overtaken(err);
        }
    }
    return 0;
}

static int read_winners(struct sto_fold *fold, const PGresult *winners, struct err *err)
{
    for (int row = 0; row < PQntuples(winners); row++) {
        if (sto_fold_won(fold, sto_result_int4(winners, row, 0),
                         sto_result_int8(winners, row, 1)) != 0) {
            return err_set(err, ERR_KIND_FATAL, ERR_BUG,
                           "the merge took a row that was not staged");
        }
    }
    sto_fold_find_losers(fold);
    return 0;
}

static int read_told_losers(struct sto_fold *fold, const PGresult *standings, struct err *err)
{
    if ((size_t)PQntuples(standings) != fold->losers_count) {
        return miscounted(err, fold->losers_count, PQntuples(standings));
    }
    for (int row = 0; row < PQntuples(standings); row++) {
        int64_t ordinal = sto_result_int8(standings, row, 0);
        struct sto_standing state = sto_standing_of(standings, row, 1);
        if (ordinal < 1 || (uint64_t)ordinal > fold->losers_count ||
            sto_fold_lose_nth(fold, (size_t)ordinal - 1, &state) != 0) {
            return overtaken(err);
        }
    }
    return 0;
}

/* A statement that reads what the section brings: its stage, or its parameter. */
static int send_rows_statement(struct sto_writer *writer, size_t section,
                               enum sto_statement of_stage, enum sto_statement of_rows,
                               struct err *err)
{
    const struct sto_work *work = &writer->works[section];
    const struct sto_fold *fold = &writer->folds[section];
    struct sto_param_list *list = &writer->params;
    sto_params_begin(list);
    if (work->as_rows) {
        sto_rows_open(&list->bytes, work->target, fold->staged_count);
        for (size_t i = 0; i < fold->staged_count; i++) {
            const struct sto_event *event = &fold->section->events[fold->staged[i].event];
            sto_rows_put(&list->bytes, work->target, event, &fold->staged[i].order,
                         fold->progress[event->progress].position_id, STO_NO_EFFECT);
        }
        sto_param_end(list);
    }
    if (sto_params_end(list, err) != 0) {
        return -1;
    }
    const char *name = work->target->names[work->as_rows ? of_rows : of_stage];
    return sto_pipe_prepared(&writer->pipe, name, &list->params, err);
}

/* The losers of a section, one round trip. `telling`: fold->losers are known, their effects are
 * not. */
static int find_losers(struct sto_writer *writer, size_t section, bool telling, struct err *err)
{
    struct sto_fold *fold = &writer->folds[section];
    struct sto_pipe *pipe = &writer->pipe;
    PGresult *found = NULL;
    if (sto_pipe_open(pipe, writer->conn, err) != 0) {
        return -1;
    }
    int rc = telling ? sto_standings_of(writer, section, fold->losers, fold->losers_count, err)
                     : send_rows_statement(writer, section, STO_LOSERS, STO_ROWS_LOSERS, err);
    if (rc == 0 && sto_pipe_run(pipe, err) == 0 && (found = sto_pipe_next(pipe, err)) != NULL) {
        rc = telling ? read_told_losers(fold, found, err) : read_losers(fold, found, err);
    } else {
        rc = -1;
    }
    PQclear(found);
    sto_pipe_close(pipe);
    return rc;
}

static int settle(struct sto_writer *writer, size_t section, struct err *err)
{
    struct sto_fold *fold = &writer->folds[section];
    struct sto_target *target = writer->works[section].target;
    const bool telling = target->losers_expected > 0;
    if (fold->merged_count == fold->staged_count) {
        target->losers_expected -= telling;
    } else {
        if (find_losers(writer, section, telling, err) != 0) {
            return -1;
        }
        target->losers_expected = LOSERS_EXPECTED_BATCHES;
    }
    sto_fold_win(fold);
    return 0;
}

static int read_merge(struct sto_writer *writer, size_t section, struct err *err)
{
    struct sto_fold *fold = &writer->folds[section];
    PGresult *result = sto_pipe_next(&writer->pipe, err);
    if (result == NULL) {
        return -1;
    }
    fold->merged_count = strtoull(PQcmdTuples(result), NULL, 10);
    int rc = 0;
    if (writer->works[section].target->losers_expected > 0 &&
        fold->merged_count < fold->staged_count) {
        rc = read_winners(fold, result, err);
    }
    PQclear(result);
    return rc;
}

int sto_merge_send(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        if (writer->folds[i].staged_count == 0) {
            continue;
        }
        const bool telling = writer->works[i].target->losers_expected > 0;
        if (send_rows_statement(writer, i, telling ? STO_MERGE_TELLING : STO_MERGE,
                                telling ? STO_ROWS_MERGE_TELLING : STO_ROWS_MERGE, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int read_merges(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        const struct sto_section *section = writer->folds[i].section;
        if (writer->folds[i].staged_count > 0 && read_merge(writer, i, err) != 0) {
            return sto_section_failed(section, "writing the state of", err);
        }
    }
    return 0;
}

/* All sections' merges in one round trip, which may be under way. */
static int run_merges(struct sto_writer *writer, struct err *err)
{
    int rc = 0;
    if (!writer->pipe.open) {
        rc = sto_pipe_open(&writer->pipe, writer->conn, err) != 0 ||
                     sto_merge_send(writer, err) != 0 || sto_pipe_run(&writer->pipe, err) != 0
                 ? -1
                 : 0;
    }
    if (rc == 0) {
        rc = read_merges(writer, err);
    }
    sto_pipe_close(&writer->pipe);
    return rc;
}

static bool brings_any(const struct sto_writer *writer)
{
    bool any = false;
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        any = any || writer->folds[i].staged_count > 0;
    }
    return any;
}

bool sto_merge_needs_nothing(const struct sto_writer *writer)
{
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        if (writer->folds[i].several_count > 0 ||
            (writer->works[i].target != NULL && !writer->works[i].as_rows)) {
            return false;
        }
    }
    return true;
}

int sto_merge(struct sto_writer *writer, struct err *err)
{
    if (!writer->pipe.open && !brings_any(writer)) {
        return 0;
    }
    if (run_merges(writer, err) != 0) {
        return err_add(err, "merging");
    }
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        struct sto_fold *fold = &writer->folds[i];
        if (fold->staged_count > 0 && settle(writer, i, err) != 0) {
            return sto_section_failed(fold->section, "settling", err);
        }
    }
    return 0;
}
