/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/writer.c - a connection's writer: the settings of its session, the statements that all
 * batches share, and the memory that they reuse. */
#include <stdlib.h>
#include <zstd.h>

#include "storage/commit/measure_priv.h"
#include "storage/commit/writer_priv.h"

/* A parameter is read as a whole and the state only by key: the planner needs no statistics to know
 * that, and those it has may be of a table that was empty. No plan depends on its parameters. */
static const char session_sql[] = "SET enable_seqscan = off; SET enable_hashjoin = off;"
                                  " SET enable_mergejoin = off; SET enable_bitmapscan = off;"
                                  " SET plan_cache_mode = force_generic_plan";

/* Measured: a statement of 4,000 rows costs as little for each as one of 50,000, and is in memory for a while
 * only; a history of more rows is cheaper COPYed. */
enum { ROWS_MAX = 2000, CHUNK_ROWS = 4000 };

/* What lock_room.h wants to know. */
static int read_locks(struct sto_writer *writer, struct err *err)
{
    static const char sql[] = "SELECT current_setting('max_locks_per_transaction')::int8 *"
                              " (current_setting('max_connections')::int8 + "
                              "current_setting('max_prepared_transactions')::int8),"
                              " d.leaves, count(d.id) FROM (SELECT) AS one LEFT JOIN nrc.dataset d "
                              "ON d.column_version > 0"
                              " GROUP BY d.leaves ORDER BY d.leaves DESC NULLS LAST";
    PGresult *rows = sto_exec(writer->conn, sql, NULL, 0, err);
    if (rows == NULL) {
        return -1;
    }
    const size_t count = PQgetisnull(rows, 0, 1) ? 0 : (size_t)PQntuples(rows);
    writer->server_locks = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);
    writer->by_leaves = arena_calloc(&writer->arena, count + 1, sizeof(*writer->by_leaves));
    for (size_t i = 0; i < count && writer->by_leaves != NULL; i++) {
        writer->by_leaves[i] = (struct sto_leaves){
            .leaves = (int32_t)strtol(PQgetvalue(rows, (int)i, 1), NULL, 10),
            .datasets = strtoll(PQgetvalue(rows, (int)i, 2), NULL, 10),
        };
    }
    writer->by_leaves_count = count;
    PQclear(rows);
    return writer->by_leaves != NULL
               ? 0
               : err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a writer");
}

int sto_writer_sections_max(const struct sto_writer *writer, int lanes)
{
    return sto_lock_room(writer->server_locks, lanes, writer->by_leaves, writer->by_leaves_count);
}

struct sto_writer *sto_writer_new(struct sto_conn *conn, struct err *err)
{
    struct sto_writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL) {
        (void)!err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a writer");
        return NULL;
    }
    writer->conn = conn;
    writer->rows_max = ROWS_MAX;
    writer->chunk_rows = CHUNK_ROWS;
    writer->zstd = ZSTD_createCCtx();
    if (writer->zstd == NULL || sto_copy_init(&writer->copy) != 0) {
        (void)!err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a writer");
        goto failed;
    }
    if (sto_run(conn, session_sql, err) != 0 || sto_fence_prepare(writer, err) != 0 ||
        sto_targets_init(writer, err) != 0 || read_locks(writer, err) != 0 ||
        sto_ledger_prepare(writer, err) != 0 || sto_measure_prepare(writer, err) != 0 ||
        sto_signs_prepare(writer, err) != 0) {
        (void)err_add(err, "preparing a connection for batches");
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
    buf_fini(&writer->sql);
    sto_pipe_fini(&writer->pipe);
    ZSTD_freeCCtx(writer->zstd);
    sto_copy_fini(&writer->copy);
    sto_measure_fini(writer);
    free(writer->routes);
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

void sto_writer_set_chunk_rows(struct sto_writer *writer, size_t rows)
{
    writer->chunk_rows = rows;
}

int sto_writer_reserve(struct sto_writer *writer, const struct sto_batch *batch, struct err *err)
{
    size_t events = 0;
    for (size_t s = 0; s < batch->section_count; s++) {
        events += batch->sections[s].count;
    }
    if (batch->section_count > writer->section_capacity) {
        size_t capacity = batch->section_count * 2;
        free(writer->folds);
        free(writer->routes);
        writer->folds = calloc(capacity, sizeof(*writer->folds));
        writer->routes = calloc(capacity, sizeof(*writer->routes));
        writer->section_capacity = writer->folds != NULL && writer->routes != NULL ? capacity : 0;
    }
    if (batch->section_count > writer->section_capacity ||
        sto_fold_space_reserve(&writer->space, events) != 0) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a batch of %zu events",
                       events);
    }
    return 0;
}
