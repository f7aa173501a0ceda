/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/conn.c - waiting for PostgreSQL, always with an end.
 *
 * Every wait of storage/ is sto_wait_socket: poll() in slices, on_wait between them, an end at the
 * deadline. A connection whose wait was given up is broken for good: a later answer of the server would be
 * taken for that of another statement. Thread: the one that opened the connection. open.c opens it. */
#include "storage/conn/conn.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "storage/conn/statement.h"

enum { DEFAULT_SLICE_MS = 1000 };

void sto_wait_start(struct sto_conn *conn)
{
    conn->waiting_since_ms = clock_mono_ms();
    conn->on_wait_at_ms = conn->waiting_since_ms;
}

void sto_wait_end(struct sto_conn *conn)
{
    conn->waiting_since_ms = 0;
}

static int give_up(struct sto_conn *conn, struct err *err, const char *why)
{
    conn->broken = true;
    return err_set(err, ERR_KIND_RETRY, ERR_REGISTER_TIMEOUT, "%s", why);
}

/* Calls on_wait when a slice has passed since the last call, also when the socket was always ready: a lane
 * must not lose its group membership by a long COPY that flows. */
static int serve_on_wait(struct sto_conn *conn, int64_t now_ms, int slice_ms, struct err *err)
{
    if (conn->options.on_wait == NULL || now_ms - conn->on_wait_at_ms < slice_ms) {
        return 0;
    }
    conn->on_wait_at_ms = now_ms;
    if (conn->options.on_wait(conn->options.on_wait_arg) != 0) {
        return give_up(conn, err, "the wait for PostgreSQL was abandoned");
    }
    return 0;
}

int sto_wait_socket(struct sto_conn *conn, short events, int deadline_ms, struct err *err)
{
    int slice_ms = conn->options.wait_slice_ms > 0 ? conn->options.wait_slice_ms : DEFAULT_SLICE_MS;
    for (;;) {
        int64_t now_ms = clock_mono_ms();
        if (deadline_ms > 0 && now_ms - conn->waiting_since_ms >= deadline_ms) {
            return give_up(conn, err, "PostgreSQL did not answer before the deadline");
        }
        if (serve_on_wait(conn, now_ms, slice_ms, err) != 0) {
            return -1;
        }
        int64_t timeout_ms = conn->on_wait_at_ms + slice_ms - now_ms;
        if (timeout_ms < 1 || timeout_ms > slice_ms) {
            timeout_ms = slice_ms;
        }
        int64_t left_ms = conn->waiting_since_ms + deadline_ms - now_ms;
        if (deadline_ms > 0 && left_ms < timeout_ms) {
            timeout_ms = left_ms;
        }
        struct pollfd fd = {.fd = PQsocket(conn->pg), .events = events};
        int n = poll(&fd, 1, (int)timeout_ms);
        if (n > 0) {
            return 0; /* an error on the socket too: libpq reports it */
        }
        if (n < 0 && errno != EINTR) {
            return sto_lost(conn, err);
        }
    }
}

int sto_flush(struct sto_conn *conn, struct err *err)
{
    for (;;) {
        int more = PQflush(conn->pg);
        if (more == 0) {
            return 0;
        }
        /* The server may not read before we read: take its answers, notices and errors included. */
        if (more < 0 ||
            sto_wait_socket(conn, POLLIN | POLLOUT, conn->options.deadline_ms, err) != 0 ||
            PQconsumeInput(conn->pg) == 0) {
            return conn->broken ? -1 : sto_lost(conn, err);
        }
    }
}

int sto_next_result(struct sto_conn *conn, PGresult **result, struct err *err)
{
    *result = NULL;
    if (sto_flush(conn, err) != 0) {
        return -1;
    }
    while (PQisBusy(conn->pg) != 0) {
        if (sto_wait_socket(conn, POLLIN, conn->options.deadline_ms, err) != 0) {
            return -1;
        }
        if (PQconsumeInput(conn->pg) == 0 && PQisBusy(conn->pg) != 0) {
            return sto_lost(conn, err);
        }
    }
    *result = PQgetResult(conn->pg);
    return 0;
}

/* Whether the statement succeeded. Only rows or an acknowledgement are expected here. */
static bool is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

/* Reads all results of the statement; returns the last good one, or NULL with the first error. */
static PGresult *collect(struct sto_conn *conn, struct err *err)
{
    PGresult *last = NULL;
    bool failed = false;
    for (;;) {
        PGresult *result;
        struct err lost = ERR_INIT;
        if (sto_next_result(conn, &result, &lost) != 0) {
            if (!failed) {
                *err = lost;
            }
            failed = true;
            break;
        }
        if (result == NULL) {
            break;
        }
        PQclear(last);
        last = result;
        if (!is_good(result)) {
            if (!failed) {
                sto_map_error(conn, result, err);
            }
            failed = true;
            ExecStatusType status = PQresultStatus(result);
            if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
                conn->broken = true; /* COPY has functions of its own; here it would never end */
            }
            if (conn->broken) {
                break;
            }
        }
    }
    if (failed) {
        PQclear(last);
        return NULL;
    }
    if (last == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_BUG, "a statement had no result");
    }
    return last;
}

PGresult *sto_answer(struct sto_conn *conn, int sent, struct err *err)
{
    if (sent == 0) {
        sto_lost(conn, err);
        return NULL;
    }
    sto_wait_start(conn);
    PGresult *result = collect(conn, err);
    sto_wait_end(conn);
    return result;
}

PGresult *sto_exec_params(struct sto_conn *conn, const char *sql, const struct sto_params *params,
                          struct err *err)
{
    if (conn->broken) {
        sto_lost(conn, err);
        return NULL;
    }
    int sent = PQsendQueryParams(conn->pg, sql, params->count, params->types, params->values,
                                 params->lengths, params->formats, params->binary_result ? 1 : 0);
    return sto_answer(conn, sent, err);
}

PGresult *sto_exec(struct sto_conn *conn, const char *sql, const char *const *values, int count,
                   struct err *err)
{
    const struct sto_params params = {.count = count, .values = values};
    return sto_exec_params(conn, sql, &params, err);
}

int sto_run(struct sto_conn *conn, const char *sql, struct err *err)
{
    if (conn->broken) {
        return sto_lost(conn, err);
    }
    PGresult *result = sto_answer(conn, PQsendQuery(conn->pg, sql), err);
    if (result == NULL) {
        return -1;
    }
    PQclear(result);
    return 0;
}

void sto_rollback(struct sto_conn *conn)
{
    if (conn->broken || PQtransactionStatus(conn->pg) == PQTRANS_IDLE) {
        return;
    }
    struct err ignored = ERR_INIT;
    /* PQTRANS_ACTIVE: results of another statement are still on their way. */
    if (PQtransactionStatus(conn->pg) == PQTRANS_ACTIVE ||
        sto_run(conn, "ROLLBACK", &ignored) != 0) {
        conn->broken = true;
    }
}

bool sto_conn_usable(const struct sto_conn *conn)
{
    return !conn->broken && PQstatus(conn->pg) == CONNECTION_OK;
}

/* Reads what the server sent before it closed the connection; then the end of the stream shows. */
bool sto_conn_still_usable(struct sto_conn *conn)
{
    struct pollfd fd = {.fd = PQsocket(conn->pg), .events = POLLIN};
    if (sto_conn_usable(conn) && poll(&fd, 1, 0) > 0) {
        char byte;
        conn->broken = PQconsumeInput(conn->pg) == 0 || PQstatus(conn->pg) != CONNECTION_OK ||
                       recv(fd.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    }
    return sto_conn_usable(conn);
}

int64_t sto_conn_opened_ms(const struct sto_conn *conn)
{
    return conn->opened_ms;
}

int sto_conn_backend_pid(const struct sto_conn *conn)
{
    return PQbackendPID(conn->pg);
}

bool sto_conn_is_local(const struct sto_conn *conn)
{
    const char *host = PQhost(conn->pg);
    return host != NULL && (*host == '/' || *host == '@');
}

int sto_conn_socket(const struct sto_conn *conn)
{
    return conn->broken ? -1 : PQsocket(conn->pg);
}

void sto_actor_copy(char out[STO_ACTOR_SIZE], const char *actor)
{
    snprintf(out, STO_ACTOR_SIZE, "%s", actor != NULL ? actor : "");
    utf8_mend(out); /* it may be cut */
}

int sto_conn_act_as(struct sto_conn *conn, const char *actor, struct err *err)
{
    char name[STO_ACTOR_SIZE];
    const char *const values[] = {name};
    sto_actor_copy(name, actor);
    if (strcmp(name, conn->actor) == 0) {
        return 0;
    }
    PGresult *res = sto_exec(conn, "SELECT set_config('nrc.actor', $1, false)", values, 1, err);
    if (res == NULL) {
        return -1;
    }
    PQclear(res);
    memcpy(conn->actor, name, sizeof(name));
    return 0;
}
