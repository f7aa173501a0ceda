/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/merge.c - writes the newest versions to the state, and finds the effect of the others.
 *
 * Each section is one INSERT … SELECT … ON CONFLICT, whose guard is storage/commit/order.h, or several one
 * after the other: each has at most so many rows and bytes of them as its parameter (rows.c), so neither side
 * holds more than that, and the server works on one while the next is made. Keys ascend: the B-tree is walked
 * once, and two lanes lock rows in one order. If the count of merged rows is the count of staged rows, all
 * were applied. If it is smaller, the unapplied ones are looked up by primary key.
 *
 * A batch whose merges depend on no answer (no key has several versions) sends them with the fence. If the
 * fence then fails, they are rolled back like anything else. */
#include <stdlib.h>

#include "storage/commit/writer_priv.h"

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

/* How many of the rows from `first` on one statement takes. */
static size_t chunk_rows(const struct sto_writer *writer, const struct sto_fold *fold, size_t first)
{
    size_t bytes = 0;
    size_t rows = 0;
    while (rows < writer->chunk_rows && first + rows < fold->staged_count &&
           bytes < STO_PARAMETER_BYTES) {
        bytes += fold->section->events[fold->staged[first + rows].event].image_len;
        rows++;
    }
    return rows;
}

static int send_chunk(struct sto_writer *writer, size_t section, size_t first, size_t rows,
                      enum sto_statement which, struct err *err)
{
    const struct sto_target *target = writer->routes[section].target;
    const struct sto_fold *fold = &writer->folds[section];
    struct sto_param_list *list = &writer->params;
    sto_params_begin(list);
    sto_rows_open(&list->bytes, target, rows);
    for (size_t i = first; i < first + rows; i++) {
        const struct sto_event *event = &fold->section->events[fold->staged[i].event];
        sto_rows_put(&list->bytes, target, event, &fold->staged[i].order,
                     fold->progress[event->progress].position_id, event->content);
    }
    sto_param_end(list);
    return sto_params_end(list, err) != 0 ? -1 : sto_target_queue(writer, section, which, err);
}

/* The staged rows as the parameter of a statement, or of several. */
static int send_rows(struct sto_writer *writer, size_t section, enum sto_statement which,
                     struct err *err)
{
    struct sto_route *route = &writer->routes[section];
    const struct sto_fold *fold = &writer->folds[section];
    route->chunks = 0;
    for (size_t first = 0; first < fold->staged_count;) {
        const size_t rows = chunk_rows(writer, fold, first);
        if (send_chunk(writer, section, first, rows, which, err) != 0) {
            return -1;
        }
        route->chunks++;
        first += rows;
    }
    return 0;
}

/* Every staged row is looked up. */
static int find_by_rows(struct sto_writer *writer, size_t section, struct err *err)
{
    struct sto_fold *fold = &writer->folds[section];
    int found = 0;
    if (send_rows(writer, section, STO_UNAPPLIED, err) != 0 ||
        sto_pipe_run(&writer->pipe, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < writer->routes[section].chunks; i++) {
        PGresult *rows = sto_pipe_next(&writer->pipe, err);
        if (rows == NULL) {
            return -1;
        }
        found += PQntuples(rows);
        const int rc = read_unapplied(fold, rows, err);
        PQclear(rows);
        if (rc != 0) {
            return -1;
        }
    }
    return (size_t)found == fold->staged_count - fold->merged_count
               ? 0
               : miscounted(err, fold->staged_count - fold->merged_count, found);
}

/* The merge returned the applied rows, so fold->unapplied is known. */
static int find_by_keys(struct sto_writer *writer, size_t section, struct err *err)
{
    struct sto_fold *fold = &writer->folds[section];
    PGresult *rows = NULL;
    int rc = -1;
    if (sto_lookup_keys(writer, section, fold->unapplied, fold->unapplied_count, err) == 0 &&
        sto_pipe_run(&writer->pipe, err) == 0 &&
        (rows = sto_pipe_next(&writer->pipe, err)) != NULL) {
        rc = read_unapplied_current(fold, rows, err);
    }
    PQclear(rows);
    return rc;
}

/* The current versions of the keys of unapplied rows, in one round trip. */
static int find_unapplied(struct sto_writer *writer, size_t section, bool returning,
                          struct err *err)
{
    if (returning) {
        sto_fold_find_unapplied(&writer->folds[section]);
    }
    if (sto_pipe_open(&writer->pipe, writer->conn, err) != 0) {
        return -1;
    }
    int rc = returning ? find_by_keys(writer, section, err) : find_by_rows(writer, section, err);
    sto_pipe_close(&writer->pipe);
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
    fold->merged_count = 0;
    for (size_t i = 0; i < writer->routes[section].chunks; i++) {
        PGresult *result = sto_pipe_next(&writer->pipe, err);
        if (result == NULL) {
            return -1;
        }
        fold->merged_count += strtoull(PQcmdTuples(result), NULL, 10);
        const int rc = writer->routes[section].target->unapplied_expected > 0
                           ? read_applied(fold, result, err)
                           : 0;
        PQclear(result);
        if (rc != 0) {
            return -1;
        }
    }
    return 0;
}

int sto_merge_send(struct sto_writer *writer, struct err *err)
{
    for (size_t i = 0; i < writer->batch->section_count; i++) {
        if (writer->folds[i].staged_count == 0) {
            continue;
        }
        const bool returning = writer->routes[i].target->unapplied_expected > 0;
        if (send_rows(writer, i, returning ? STO_MERGE_RETURNING : STO_MERGE, err) != 0) {
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
        if (writer->folds[i].lookup_count > 0) {
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
