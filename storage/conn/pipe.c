/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/pipe.c - see the header. Every way out leaves the connection either broken or out of
 * pipeline mode: a ROLLBACK is a simple query, which the mode does not allow. */
#include "storage/conn/pipe.h"

int sto_pipe_open(struct sto_pipe *pipe, struct sto_conn *conn, struct err *err)
{
    *pipe = (struct sto_pipe){.conn = conn};
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
    return 0;
}

int sto_pipe_sql(struct sto_pipe *pipe, const char *sql, struct err *err)
{
    if (!PQsendQueryParams(pipe->conn->pg, sql, 0, NULL, NULL, NULL, NULL, 0)) {
        return sto_lost(pipe->conn, err);
    }
    return 0;
}

int sto_pipe_send(struct sto_pipe *pipe, struct err *err)
{
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

PGresult *sto_pipe_next(struct sto_pipe *pipe, struct err *err)
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
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        sto_map_error(pipe->conn, result, err);
        PQclear(result);
        return NULL;
    }
    if (sto_next_result(pipe->conn, &end, err) != 0) {
        PQclear(result);
        return NULL;
    }
    PQclear(end); /* NULL: between two statements */
    return result;
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

/* The sync's own result comes after a NULL for each statement that is left. */
static void read_to_sync(struct sto_conn *conn)
{
    struct err ignored = ERR_INIT;
    bool synced = false;
    while (!synced) {
        PGresult *result = NULL;
        if (sto_next_result(conn, &result, &ignored) != 0) {
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
        read_to_sync(conn);
    }
    if (sto_conn_usable(conn) && !PQexitPipelineMode(conn->pg)) {
        sto_lost(conn, &ignored);
    }
    sto_wait_end(conn);
    pipe->open = false;
}
