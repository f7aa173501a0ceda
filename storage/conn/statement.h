/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/statement.h - statements on a connection, for storage/ alone.
 *
 * Every wait goes through sto_flush and sto_next_result, so the deadline and on_wait hold
 * everywhere. */
#ifndef STORAGE_CONN_STATEMENT_H
#define STORAGE_CONN_STATEMENT_H

#include <libpq-fe.h>

#include "storage/conn/conn.h"

enum { STO_PREPARED_MAX = 32 };

struct sto_conn {
    PGconn *pg;
    struct sto_conn_options options; /* without its strings */
    int64_t opened_ms;
    int64_t waiting_since_ms; /* of the round trip or COPY under way; 0: none */
    int64_t on_wait_at_ms;    /* when on_wait was last called, or the wait began */
    const char *
        prepared[STO_PREPARED_MAX]; /* statements of sto_exec_prepared, by their texts' addresses */
    int prepared_count;
    char actor[STO_ACTOR_SIZE]; /* "": the login */
    bool broken;
};

/* Parameters, each text or binary, as PQsendQueryParams takes them. */
struct sto_params {
    int count;
    const Oid *types;          /* NULL: the server infers */
    const char *const *values; /* an entry NULL: SQL null */
    const int *lengths;        /* NULL when all are text */
    const int *formats;        /* NULL: all text */
    bool binary_result;
};

const char *sto_role_name(enum sto_role role); /* NULL: of none */
/* As sto_conn_act_as keeps it. */
void sto_actor_copy(char out[STO_ACTOR_SIZE], const char *actor);

/* One statement with text parameters; the last result, PGRES_COMMAND_OK or PGRES_TUPLES_OK, for the
 * caller to PQclear. NULL: failed, the error mapped by sto_map_error. A transaction block is left
 * for the caller to roll back. */
MUST_CHECK PGresult *sto_exec(struct sto_conn *conn, const char *sql, const char *const *values,
                              int count, struct err *err);
MUST_CHECK PGresult *sto_exec_params(struct sto_conn *conn, const char *sql,
                                     const struct sto_params *params, struct err *err);
/* As sto_exec, planned at its first use in a session; sql is a constant, known by its address. */
MUST_CHECK PGresult *sto_exec_prepared(struct sto_conn *conn, const char *sql,
                                       const char *const *values, int count, struct err *err);
/* A statement that the caller runs by its name. */
MUST_CHECK int sto_prepare(struct sto_conn *conn, const char *name, const char *sql,
                           struct err *err);
/* One or more statements without parameters or results. */
MUST_CHECK int sto_run(struct sto_conn *conn, const char *sql, struct err *err);
/* ROLLBACK if a transaction is open; if it fails, the connection is broken. Reports nothing: the caller is
 * reporting an error already. */
void sto_rollback(struct sto_conn *conn);

/* The building blocks. sto_wait_start opens the deadline's window, sto_wait_end closes it. */
void sto_wait_start(struct sto_conn *conn);
void sto_wait_end(struct sto_conn *conn);
/* Waits until the socket is ready for `events` of poll(). deadline_ms from sto_wait_start; 0: none. */
MUST_CHECK int sto_wait_socket(struct sto_conn *conn, short events, int deadline_ms,
                               struct err *err);
/* Until PQflush answers 0: non-blocking PQputCopyData buffers without bound otherwise. */
MUST_CHECK int sto_flush(struct sto_conn *conn, struct err *err);
/* The next PQgetResult, waited for; *result NULL at the end of a statement. */
MUST_CHECK int sto_next_result(struct sto_conn *conn, PGresult **result, struct err *err);
/* Waits for the results of the statement just sent, as sto_exec returns them; sent 0: it was not. */
MUST_CHECK PGresult *sto_answer(struct sto_conn *conn, int sent, struct err *err);

/* storage/conn/sqlstate.c: kind and code from a failed result's SQLSTATE, text from
 * its primary message (never DETAIL, which quotes values). Marks the connection broken when the
 * server ended it. Returns -1. */
int sto_map_error(struct sto_conn *conn, const PGresult *result, struct err *err);
/* For a connection that is gone: RETRY ERR_REGISTER_DOWN; marks it broken. Returns -1. */
int sto_lost(struct sto_conn *conn, struct err *err);
/* For a connection that could not be opened. Returns -1. */
int sto_map_connect_error(struct sto_conn *conn, struct err *err);

#endif
