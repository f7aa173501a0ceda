/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/pipe.h - several statements in one round trip (libpq's pipeline mode).
 *
 *   sto_pipe_open → sto_pipe_prepared … → sto_pipe_run → sto_pipe_next for each sent → sto_pipe_close
 *
 * After a failed statement the server skips the rest, so no statement has to check the one before. COPY is
 * not allowed here, though libpq lets it start.
 *
 * What is queued is sent as it grows: libpq's buffer holds at most STO_PIPE_BYTES and one statement. The
 * answers are taken in meanwhile, so neither side waits for the other with both sockets full.
 *
 * Thread: the lane that owns the connection. */
#ifndef STORAGE_CONN_PIPE_H
#define STORAGE_CONN_PIPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "storage/conn/statement.h"

enum { STO_PIPE_BYTES = 128 * 1024 };

struct sto_pipe {
    struct sto_conn *conn;
    bool open;
    bool ended;           /* the end of the queue is sent */
    size_t queued;        /* statements, those that prepare among them */
    size_t answered;      /* whose results were read */
    size_t unsent_bytes;  /* of parameters, at most */
    struct buf preparing; /* of struct sto_preparing, those that prepare; kept from pipe to pipe */
    size_t prepared;      /* of them, answered */
};

MUST_CHECK int sto_pipe_open(struct sto_pipe *pipe, struct sto_conn *conn, struct err *err);

/* Queues what prepares a statement. It has no result of its own to read: when its turn comes in
 * sto_pipe_next or sto_pipe_close, *state says whether the server took it. If not, the statement behind it
 * fails. `state` is borrowed until the pipe is closed. */
enum sto_preparation { STO_UNPREPARED = 0, STO_PREPARING, STO_PREPARED };
MUST_CHECK int sto_pipe_prepare(struct sto_pipe *pipe, const char *name, const char *sql,
                                enum sto_preparation *state, struct err *err);

/* Queues a statement: `prepared` by name, or SQL text. params NULL: none. Nothing is waited for. */
MUST_CHECK int sto_pipe_prepared(struct sto_pipe *pipe, const char *prepared,
                                 const struct sto_params *params, struct err *err);
MUST_CHECK int sto_pipe_sql(struct sto_pipe *pipe, const char *sql, struct err *err);

/* Sends what is queued; the server starts with it, and more may be queued. */
MUST_CHECK int sto_pipe_send(struct sto_pipe *pipe, struct err *err);

/* Ends the queue and sends it. */
MUST_CHECK int sto_pipe_run(struct sto_pipe *pipe, struct err *err);

/* The result of the next statement, for the caller to PQclear; NULL: it failed. */
MUST_CHECK PGresult *sto_pipe_next(struct sto_pipe *pipe, struct err *err);
/* The same when the result has nothing of interest. */
MUST_CHECK int sto_pipe_done(struct sto_pipe *pipe, struct err *err);

/* Reads the results that are left and leaves pipeline mode. Safe on a pipe that never opened. */
void sto_pipe_close(struct sto_pipe *pipe);

/* Closes, and frees the memory that pipes share. */
void sto_pipe_fini(struct sto_pipe *pipe);

#endif
