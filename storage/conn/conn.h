/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/conn.h - one connection to the register.
 *
 * The socket is non-blocking; every call here waits in poll() in slices, calls `on_wait` between
 * them, and gives up at the deadline: a stopped backend still answers TCP probes, and neither
 * statement_timeout nor PQcancel helps against it.
 *
 * Thread: the one that opened it. */
#ifndef STORAGE_CONN_CONN_H
#define STORAGE_CONN_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

/* Group roles that migrations create. A session takes one at its start, as by SET ROLE, so the DSN's login
 * only has to be a member. */
enum sto_role {
    STO_ROLE_NONE = 0,
    STO_ROLE_INGEST,
    STO_ROLE_REGISTRY,
    STO_ROLE_STEWARD,
    STO_ROLE_MONITOR,
    STO_ROLE_READER,
    STO_ROLE_RELAY,
    STO_ROLE_WATCH,
    STO_ROLE_DESK
};

struct sto_conn_options {
    const char *dsn; /* a libpq connection string or URI; borrowed for the call */
    enum sto_role role;
    const char *application_name; /* shown in pg_stat_activity */
    const char *actor; /* as sto_conn_act_as, from the start and without its round trip; NULL */
    int connect_timeout_ms;
    int statement_timeout_ms; /* the server's own; 0: none */
    int deadline_ms;          /* ours, for one round trip or COPY; 0: none */
    /* Called about once a wait_slice_ms while waiting for the server, and never from another
     * thread. Non-zero: abandon the wait; the connection is then broken and the call fails with
     * RETRY (IN_DOUBT inside COMMIT). */
    int (*on_wait)(void *arg);
    void *on_wait_arg;
    int wait_slice_ms; /* 0: 1000 */
};

struct sto_conn; /* body in statement.h: storage/ only */

/* RETRY ERR_REGISTER_DOWN / ERR_REGISTER_TIMEOUT; FATAL ERR_CONFIG (a DSN that cannot be parsed,
 * a refused login, a server or an encoding that no register can be in). */
MUST_CHECK struct sto_conn *sto_conn_open(const struct sto_conn_options *options, struct err *err);
/* The check of sto_conn_open: of the server's version, as libpq numbers it (150004 is 15.4), and of the
 * database's encoding, by its name. FATAL ERR_CONFIG. */
MUST_CHECK int sto_server_check(int version, const char *encoding, struct err *err);
void sto_conn_close(struct sto_conn **taken);

/* False when it is broken; then only sto_conn_close is left. */
bool sto_conn_usable(const struct sto_conn *conn);
/* For a connection that was idle: also notices that the server has closed it. One poll, no round trip. */
bool sto_conn_still_usable(struct sto_conn *conn);
int64_t
sto_conn_opened_ms(const struct sto_conn *conn); /* monotonic: connections are recycled hourly */
int sto_conn_backend_pid(const struct sto_conn *conn);
/* Through a socket of this host's file system. */
bool sto_conn_is_local(const struct sto_conn *conn);

/* What this session changes from here on is recorded as this person's or account's (nrc.audit). One round trip, none
 * when it is so already. Longer names are cut. Outside a transaction. */
enum { STO_ACTOR_SIZE = 64 };
MUST_CHECK int sto_conn_act_as(struct sto_conn *conn, const char *actor, struct err *err);

/* For code that waits for notifications; -1 when broken. */
int sto_conn_socket(const struct sto_conn *conn);

#endif
