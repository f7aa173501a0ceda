/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/open.c - opens a session with the engine's settings.
 *
 * The DSN has the server and the login. The rest is ours: the group role, time zone and encoding,
 * time-outs that end a session whose engine has died, and the few planner settings that keep a batch's
 * plan as it was measured. They are start-up options: they cost no round trip, and RESET does not undo
 * them. The server's version and encoding are checked here too, so nothing migrates, serves or writes
 * where the register cannot be. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "storage/conn/conn.h"
#include "storage/conn/statement.h"

enum { DEFAULT_CONNECT_MS = 10000, TCP_USER_TIMEOUT_MS = 30000, MAX_KEYWORDS = 12 };

/* The major versions of PostgreSQL that are tested. Before 15 no index has NULLS NOT DISTINCT. From 16 on a
 * login that creates a role may not take it, as the first migration does. */
enum { SERVER_OLDEST = 15, SERVER_NEWEST = 15 };

/* Every session's settings. A session that is left in a transaction (its engine is stopped, or cut off)
 * ends after 15 seconds: its locks would hold up the engine that takes over. */
static const char common_options[] =
    " -c jit=off -c timezone=UTC -c datestyle=ISO,YMD -c intervalstyle=iso_8601 -c bytea_output=hex"
    " -c client_min_messages=warning -c search_path=pg_catalog,pg_temp"
    " -c idle_in_transaction_session_timeout=15000";

/* A statement that may take hours ends soon after the command that waits for it. */
static const char patient_options[] = " -c client_connection_check_interval=2000";

/* A daemon has no use for notices, and libpq prints them by default. */
static void drop_notice(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

/* With a backslash before each byte the server takes it as it is: a name may have spaces and backslashes. */
static void put_actor(struct buf *out, const char *actor)
{
    buf_put_str(out, " -c nrc.actor=");
    for (; *actor != '\0'; actor++) {
        buf_put_u8(out, '\\');
        buf_put_u8(out, (uint8_t)*actor);
    }
}

/* The DSN's server options, and ours after them: the last of an option counts. -1: the DSN cannot be
 * parsed. */
static int put_options(struct buf *out, const struct sto_conn_options *options, const char *actor,
                       struct err *err)
{
    PQconninfoOption *parsed = PQconninfoParse(options->dsn, NULL);
    if (parsed == NULL) {
        /* libpq's own message quotes the DSN, which may hold a password. */
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "the DSN is neither a libpq connection string nor a URI");
    }
    for (const PQconninfoOption *o = parsed; o->keyword != NULL; o++) {
        if (strcmp(o->keyword, "options") == 0 && o->val != NULL) {
            buf_put_str(out, o->val);
        }
    }
    PQconninfoFree(parsed);
    buf_put_str(out, common_options);
    if (options->statement_timeout_ms > 0) {
        buf_printf(out, " -c statement_timeout=%d", options->statement_timeout_ms);
    }
    if (options->deadline_ms == 0) {
        buf_put_str(out, patient_options);
    }
    if (sto_role_name(options->role) != NULL) {
        buf_printf(out, " -c role=%s", sto_role_name(options->role));
    }
    if (*actor != '\0') {
        put_actor(out, actor);
    }
    return buf_failed(out) ? err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory") : 0;
}

static PGconn *start(const struct sto_conn_options *options, const char *server_options)
{
    char tcp_ms[16];
    snprintf(tcp_ms, sizeof(tcp_ms), "%d", TCP_USER_TIMEOUT_MS);
    const char *name = options->application_name != NULL ? options->application_name : "nrc";
    /* Keywords after dbname override those inside it. */
    const char *const pairs[MAX_KEYWORDS][2] = {
        {"dbname", options->dsn},    {"options", server_options},   {"application_name", name},
        {"client_encoding", "UTF8"}, {"gssencmode", "disable"},     {"tcp_user_timeout", tcp_ms},
        {"keepalives_idle", "30"},   {"keepalives_interval", "10"}, {"keepalives_count", "3"},
    };
    const char *keywords[MAX_KEYWORDS];
    const char *values[MAX_KEYWORDS];
    for (size_t i = 0; i < MAX_KEYWORDS; i++) {
        keywords[i] = pairs[i][0];
        values[i] = pairs[i][1];
    }
    return PQconnectStartParams(keywords, values, 1);
}

static int connect_loop(struct sto_conn *conn, struct err *err)
{
    int timeout_ms = conn->options.connect_timeout_ms;
    timeout_ms = timeout_ms > 0 ? timeout_ms : DEFAULT_CONNECT_MS;
    PostgresPollingStatusType step = PGRES_POLLING_WRITING;
    while (step != PGRES_POLLING_OK) {
        if (step == PGRES_POLLING_FAILED) {
            return sto_map_connect_error(conn, err);
        }
        if (PQsocket(conn->pg) >= 0 &&
            sto_wait_socket(conn, step == PGRES_POLLING_READING ? POLLIN : POLLOUT, timeout_ms,
                            err) != 0) {
            return err_add(err, "connecting");
        }
        step = PQconnectPoll(conn->pg);
    }
    return 0;
}

int sto_server_check(int version, const char *encoding, struct err *err)
{
    int major = version / 10000;
    if (major < SERVER_OLDEST || major > SERVER_NEWEST) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "the server is PostgreSQL %d, and this program supports %d to %d", major,
                       SERVER_OLDEST, SERVER_NEWEST);
    }
    /* Given WIN1256, which has Arabic letters, then migrations run, and the first name with a letter of
     * another script is refused in the middle of a batch. SQL_ASCII checks nothing. */
    if (encoding == NULL || strcmp(encoding, "UTF8") != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "the database's encoding is %s, and a register needs UTF8: create it with "
                       "CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8'",
                       encoding != NULL ? encoding : "unknown");
    }
    return 0;
}

struct sto_conn *sto_conn_open(const struct sto_conn_options *options, struct err *err)
{
    struct buf server_options = BUF_INIT;
    struct sto_conn *conn = calloc(1, sizeof(*conn));
    int status = -1;
    if (conn == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
        goto out;
    }
    conn->options = *options;
    conn->options.dsn = NULL;
    conn->options.application_name = NULL;
    conn->options.actor = NULL;
    sto_actor_copy(conn->actor, options->actor);
    if (put_options(&server_options, options, conn->actor, err) != 0) {
        goto out;
    }
    conn->pg = start(options, buf_cstr(&server_options));
    if (conn->pg == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
        goto out;
    }
    PQsetNoticeReceiver(conn->pg, drop_notice, NULL);
    /* Verbose, because only then libpq gives the SQLSTATE of a refused login; terse afterwards. */
    PQsetErrorVerbosity(conn->pg, PQERRORS_VERBOSE);
    sto_wait_start(conn);
    if (PQstatus(conn->pg) == CONNECTION_BAD) {
        sto_map_connect_error(conn, err);
        goto out;
    }
    if (connect_loop(conn, err) != 0) {
        goto out;
    }
    sto_wait_end(conn);
    if (sto_server_check(PQserverVersion(conn->pg), PQparameterStatus(conn->pg, "server_encoding"),
                         err) != 0) {
        goto out;
    }
    PQsetErrorVerbosity(conn->pg, PQERRORS_TERSE);
    PQsetErrorContextVisibility(conn->pg, PQSHOW_CONTEXT_NEVER);
    if (PQsetnonblocking(conn->pg, 1) != 0) {
        sto_lost(conn, err);
        goto out;
    }
    conn->opened_ms = clock_mono_ms();
    status = 0;
out:
    buf_fini(&server_options);
    if (status != 0) {
        sto_conn_close(&conn);
    }
    return conn;
}

void sto_conn_close(struct sto_conn **taken)
{
    struct sto_conn *conn = *taken;
    *taken = NULL;
    if (conn == NULL) {
        return;
    }
    PQfinish(conn->pg); /* the socket is non-blocking: a stopped server does not hold this up */
    free(conn);
}
