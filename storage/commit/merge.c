/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/merge.c - writes the newest versions to the state, and finds the effect of the others.
 *
 * Each section is one INSERT … SELECT … ON CONFLICT, whose guard is storage/commit/order.h. It reads many
 * rows from a stage that a binary COPY filled, and few from its parameter (rows.c). Keys ascend: the
 * B-tree is walked once, and two lanes lock rows in one order. If the count of merged rows is the count
 * of staged rows, all were applied. If it is smaller, the unapplied ones are looked up by primary key.
 *
 * A batch whose merges depend on no answer (no key with several versions, nothing to stage) sends them
 * with the fence. If the fence then fails, they are rolled back like anything else. */
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
    return writer->folds[section].staged_count > 0 && !writer->routes[section].as_rows;
}

int sto_stage(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        struct sto_fold *fold = &writer->folds[i];
        if (is_staged(writer, i) &&
            stage_section(writer, fold, writer->routes[i].target, err) != 0) {
            return sto_section_failed(fold->section, "staging", err);
        }
    }
    return 0;
}

/* TRUNCATE gives the stage a new file, and the merge is then planned again: a small batch pays more for
 * that than for its rows. So few rows are deleted, and TRUNCATE runs when many are dead. */
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
            send_empty(writer, writer->routes[i].target, writer->folds[i].staged_count, err) != 0) {
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

/* A COPY that is rolled back leaves its rows in the file, dead. */
void sto_stage_rolled_back(struct sto_writer *writer)
{
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        if (is_staged(writer, i)) {
            writer->routes[i].target->dead_rows = STAGE_DEAD_ROWS;
        }
    }
}

/* There are two ways to find the unapplied rows. Most batches have none: the count of a plain merge
 * shows it at no cost, and if the count is short, every staged row is looked up. After a batch with
 * unapplied rows more are likely (a source that sends twice): for some batches the merge returns the
 * applied rows, which always costs a little, and only the others are looked up. */
enum { UNAPPLIED_EXPECTED_BATCHES = 16 };

/* The fold decided that the key's last version applies, but its row appeared after the fold began. */
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

static int read_unapplied(struct sto_fold *fold, const PGresult *rows, struct err *err)
{
    if ((size_t)PQntuples(rows) != fold->staged_count - fold->merged_count) {
        return miscounted(err, fold->staged_count - fold->merged_count, PQntuples(rows));
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        struct sto_current state = sto_current_of_row(rows, row, 2);
        if (sto_fold_set_unapplied(fold, sto_result_int4(rows, row, 0),
                                   sto_result_int8(rows, row, 1), &state) != 0) {
            return overtaken(err);
        }
    }
    return 0;
}

static int read_applied(struct sto_fold *fold, const PGresult *rows, struct err *err)
{
    for (int row = 0; row < PQntuples(rows); row++) {
        if (sto_fold_mark_applied(fold, sto_result_int4(rows, row, 0),
                                  sto_result_int8(rows, row, 1)) != 0) {
            return err_set(err, ERR_KIND_FATAL, ERR_BUG,
                           "the merge returned a row that was not staged");
        }
    }
    sto_fold_find_unapplied(fold);
    return 0;
}

static int read_unapplied_current(struct sto_fold *fold, const PGresult *rows, struct err *err)
{
    if ((size_t)PQntuples(rows) != fold->unapplied_count) {
        return miscounted(err, fold->unapplied_count, PQntuples(rows));
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        int64_t ordinal = sto_result_int8(rows, row, 0);
        struct sto_current state = sto_current_of_row(rows, row, 1);
        if (ordinal < 1 || (uint64_t)ordinal > fold->unapplied_count ||
            sto_fold_set_unapplied_nth(fold, (size_t)ordinal - 1, &state) != 0) {
            return overtaken(err);
        }
    }
    return 0;
}

/* A statement that reads the section's rows: from its stage, or from its parameter. */
static int send_rows_statement(struct sto_writer *writer, size_t section,
                               enum sto_statement of_stage, enum sto_statement of_rows,
                               struct err *err)
{
    const struct sto_route *route = &writer->routes[section];
    const struct sto_fold *fold = &writer->folds[section];
    struct sto_param_list *list = &writer->params;
    sto_params_begin(list);
    if (route->as_rows) {
        sto_rows_open(&list->bytes, route->target, fold->staged_count);
        for (size_t i = 0; i < fold->staged_count; i++) {
            const struct sto_event *event = &fold->section->events[fold->staged[i].event];
            sto_rows_put(&list->bytes, route->target, event, &fold->staged[i].order,
                         fold->progress[event->progress].position_id, STO_NO_EFFECT);
        }
        sto_param_end(list);
    }
    if (sto_params_end(list, err) != 0) {
        return -1;
    }
    const char *name = route->target->names[route->as_rows ? of_rows : of_stage];
    return sto_pipe_prepared(&writer->pipe, name, &list->params, err);
}

/* The current versions of the keys of unapplied rows, in one round trip. `returning`: the merge returned
 * the applied rows, so fold->unapplied is known. */
static int find_unapplied(struct sto_writer *writer, size_t section, bool returning,
                          struct err *err)
{
    struct sto_fold *fold = &writer->folds[section];
    struct sto_pipe *pipe = &writer->pipe;
    PGresult *found = NULL;
    if (sto_pipe_open(pipe, writer->conn, err) != 0) {
        return -1;
    }
    int rc = returning
                 ? sto_lookup_keys(writer, section, fold->unapplied, fold->unapplied_count, err)
                 : send_rows_statement(writer, section, STO_UNAPPLIED, STO_ROWS_UNAPPLIED, err);
    if (rc == 0 && sto_pipe_run(pipe, err) == 0 && (found = sto_pipe_next(pipe, err)) != NULL) {
        rc =
            returning ? read_unapplied_current(fold, found, err) : read_unapplied(fold, found, err);
    } else {
        rc = -1;
    }
    PQclear(found);
    sto_pipe_close(pipe);
    return rc;
}

static int decide_effects(struct sto_writer *writer, size_t section, struct err *err)
{
    struct sto_fold *fold = &writer->folds[section];
    struct sto_target *target = writer->routes[section].target;
    const bool returning = target->unapplied_expected > 0;
    if (fold->merged_count == fold->staged_count) {
        target->unapplied_expected -= returning;
    } else {
        if (find_unapplied(writer, section, returning, err) != 0) {
            return -1;
        }
        target->unapplied_expected = UNAPPLIED_EXPECTED_BATCHES;
    }
    sto_fold_apply_rest(fold);
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
    if (writer->routes[section].target->unapplied_expected > 0 &&
        fold->merged_count < fold->staged_count) {
        rc = read_applied(fold, result, err);
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
        const bool returning = writer->routes[i].target->unapplied_expected > 0;
        if (send_rows_statement(writer, i, returning ? STO_MERGE_RETURNING : STO_MERGE,
                                returning ? STO_ROWS_MERGE_RETURNING : STO_ROWS_MERGE, err) != 0) {
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

/* The merges of all sections in one round trip, which the fence may have begun. */
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

static bool has_staged(const struct sto_writer *writer)
{
    bool any = false;
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        any = any || writer->folds[i].staged_count > 0;
    }
    return any;
}

bool sto_merge_is_independent(const struct sto_writer *writer)
{
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        if (writer->folds[i].lookup_count > 0 ||
            (writer->routes[i].target != NULL && !writer->routes[i].as_rows)) {
            return false;
        }
    }
    return true;
}

int sto_merge(struct sto_writer *writer, struct err *err)
{
    if (!writer->pipe.open && !has_staged(writer)) {
        return 0;
    }
    if (run_merges(writer, err) != 0) {
        return err_add(err, "merging");
    }
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        struct sto_fold *fold = &writer->folds[i];
        if (fold->staged_count > 0 && decide_effects(writer, i, err) != 0) {
            return sto_section_failed(fold->section, "finding the unapplied rows of", err);
        }
    }
    return 0;
}
