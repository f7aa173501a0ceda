/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/pipe.c - see the header. Every way out leaves the connection either broken or out of
 * pipeline mode: a ROLLBACK is a simple query, which the mode does not allow. */
#include "storage/conn/pipe.h"

#include <string.h>

struct sto_preparing {
    size_t at; /* which of the statements queued */
    enum sto_preparation *state;
};

int sto_pipe_open(struct sto_pipe *pipe, struct sto_conn *conn, struct err *err)
{
    struct buf preparing = pipe->preparing;
    buf_reset(&preparing);
    *pipe = (struct sto_pipe){.conn = conn, .preparing = preparing};
    if (!PQenterPipelineMode(conn->pg)) {
        return sto_lost(conn, err);
    }
    pipe->open = true;
    sto_wait_start(conn);
    return 0;
}

int sto_pipe_prepared(struct sto_pipe *pipe, const char *prepared, const struct sto_params *params,
                      struct err *err)
{
    static const struct sto_params none = {.count = 0};
    params = params != NULL ? params : &none;
    if (!PQsendQueryPrepared(pipe->conn->pg, prepared, params->count, params->values,
                             params->lengths, params->formats, params->binary_result)) {
        return sto_lost(pipe->conn, err);
    }
    pipe->queued++;
    for (int i = 0; i < params->count && params->lengths != NULL; i++) {
        pipe->unsent_bytes += (size_t)params->lengths[i];
    }
    return pipe->unsent_bytes > STO_PIPE_BYTES ? sto_pipe_send(pipe, err) : 0;
}

int sto_pipe_prepare(struct sto_pipe *pipe, const char *name, const char *sql,
                     enum sto_preparation *state, struct err *err)
{
    const struct sto_preparing preparing = {.at = pipe->queued, .state = state};
    buf_put(&pipe->preparing, &preparing, sizeof(preparing));
    if (buf_failed(&pipe->preparing)) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory to prepare a statement");
    }
    if (!PQsendPrepare(pipe->conn->pg, name, sql, 0, NULL)) {
        return sto_lost(pipe->conn, err);
    }
    *state = STO_PREPARING;
    pipe->queued++;
    pipe->unsent_bytes += strlen(sql);
    return pipe->unsent_bytes > STO_PIPE_BYTES ? sto_pipe_send(pipe, err) : 0;
}

int sto_pipe_sql(struct sto_pipe *pipe, const char *sql, struct err *err)
{
    if (!PQsendQueryParams(pipe->conn->pg, sql, 0, NULL, NULL, NULL, NULL, 0)) {
        return sto_lost(pipe->conn, err);
    }
    pipe->queued++;
    return 0;
}

int sto_pipe_send(struct sto_pipe *pipe, struct err *err)
{
    pipe->unsent_bytes = 0;
    return sto_flush(pipe->conn, err);
}

int sto_pipe_run(struct sto_pipe *pipe, struct err *err)
{
    if (!PQpipelineSync(pipe->conn->pg)) {
        return sto_lost(pipe->conn, err);
    }
    pipe->ended = true;
    return sto_flush(pipe->conn, err);
}

/* The result of the statement whose turn it is, and the NULL behind it. */
static PGresult *take(struct sto_pipe *pipe, struct err *err)
{
    PGresult *result = NULL;
    PGresult *end = NULL;
    if (sto_next_result(pipe->conn, &result, err) != 0) {
        return NULL;
    }
    if (result == NULL) {
        (void)!err_set(err, ERR_KIND_FATAL, ERR_BUG, "a pipeline has no more results");
        return NULL;
    }
    pipe->answered++;
    const ExecStatusType status = PQresultStatus(result);
    const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    struct err later = ERR_INIT;
    if (!good) {
        sto_map_error(pipe->conn, result, err);
        PQclear(result);
        result = NULL;
    }
    if (sto_conn_usable(pipe->conn) &&
        sto_next_result(pipe->conn, &end, good ? err : &later) != 0) {
        PQclear(result);
        return NULL;
    }
    PQclear(end);
    return result;
}

/* Takes the result of what prepares a statement, if its turn is now. 0: another's turn. -1: it failed. */
static int take_preparing(struct sto_pipe *pipe, struct err *err)
{
    const struct sto_preparing *list = (const void *)pipe->preparing.data;
    const size_t count = pipe->preparing.len / sizeof(*list);
    if (pipe->prepared == count || list[pipe->prepared].at != pipe->answered) {
        return 0;
    }
    enum sto_preparation *state = list[pipe->prepared++].state;
    PGresult *result = take(pipe, err);
    *state = result != NULL ? STO_PREPARED : STO_UNPREPARED;
    PQclear(result);
    return result != NULL ? 1 : -1;
}

PGresult *sto_pipe_next(struct sto_pipe *pipe, struct err *err)
{
    int taken;
    while ((taken = take_preparing(pipe, err)) > 0) {
    }
    return taken == 0 ? take(pipe, err) : NULL;
}

int sto_pipe_done(struct sto_pipe *pipe, struct err *err)
{
    PGresult *result = sto_pipe_next(pipe, err);
    if (result == NULL) {
        return -1;
    }
    PQclear(result);
    return 0;
}

/* The results that are left, then the sync's own. */
static void read_to_sync(struct sto_pipe *pipe)
{
    struct err ignored = ERR_INIT;
    while (pipe->answered < pipe->queued && sto_conn_usable(pipe->conn)) {
        const size_t before = pipe->answered;
        if (take_preparing(pipe, &ignored) == 0) {
            PQclear(take(pipe, &ignored));
        }
        if (pipe->answered == before) {
            return; /* lost */
        }
    }
    for (bool synced = false; !synced && sto_conn_usable(pipe->conn);) {
        PGresult *result = NULL;
        if (sto_next_result(pipe->conn, &result, &ignored) != 0) {
            return;
        }
        synced = result != NULL && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        PQclear(result);
    }
}

void sto_pipe_close(struct sto_pipe *pipe)
{
    if (!pipe->open) {
        return;
    }
    struct sto_conn *conn = pipe->conn;
    struct err ignored = ERR_INIT;
    if (sto_conn_usable(conn) && (pipe->ended || sto_pipe_run(pipe, &ignored) == 0)) {
        read_to_sync(pipe);
    }
    if (sto_conn_usable(conn) && !PQexitPipelineMode(conn->pg)) {
        sto_lost(conn, &ignored);
    }
    sto_wait_end(conn);
    pipe->open = false;
}

void sto_pipe_fini(struct sto_pipe *pipe)
{
    sto_pipe_close(pipe);
    buf_fini(&pipe->preparing);
}
