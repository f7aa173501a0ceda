/* SPDX-License-Identifier: Apache-2.0
 * What the registry's workers know of the register's absence: each has a connection of its own, the
 * verdict "away" is shared. */
#include "handler_kit.h"

#include "storage/conn/probe.h"

static const char nowhere[] = "host=/nonexistent connect_timeout=1";

/* The kit's own worker, and one beside it. */
static struct reg_worker second;

static int start(void **state)
{
    kit_start(state);
    struct err err = ERR_INIT;
    second = (struct reg_worker){.shared = &kit.shared, .cache = reg_cache_new(&err)};
    kit.app.answered = reg_worker_answered;
    return 0;
}

static int stop(void **state)
{
    sto_conn_close(&second.conn);
    reg_cache_free(&second.cache);
    return kit_stop(state);
}

static int disconnect(void **state)
{
    sto_conn_close(&kit.worker.conn);
    sto_conn_close(&second.conn);
    kit.shared.conn.dsn = register_dsn();
    atomic_store(&kit.shared.retry_at_ms, 0);
    return kit_empty(state);
}

static int ask(struct reg_worker *worker)
{
    struct http_request *req = http_request_make(HTTP_GET, "/subjects", NULL, 0);
    http_dispatch(&kit.app, worker, req);
    int status = http_status(req);
    http_request_free(&req);
    return status;
}

static void a_failed_try_spares_every_worker_the_next(void **state)
{
    (void)state;
    kit.shared.conn.dsn = nowhere;
    assert_int_equal(ask(&kit.worker), 500);
    kit.shared.conn.dsn = register_dsn();
    assert_int_equal(ask(&second), 500);
    assert_null(second.conn);
}

static void a_worker_that_is_served_by_an_old_connection_ends_the_absence_for_all(void **state)
{
    (void)state;
    assert_int_equal(ask(&kit.worker), 200);
    kit.shared.conn.dsn = nowhere;
    assert_int_equal(ask(&second), 500);
    kit.shared.conn.dsn = register_dsn();
    assert_int_equal(ask(&kit.worker), 200);
    assert_int_equal(ask(&second), 200);
}

static void a_connection_lost_under_way_ends_no_absence(void **state)
{
    (void)state;
    assert_int_equal(ask(&kit.worker), 200);
    kit.shared.conn.dsn = nowhere;
    assert_int_equal(ask(&second), 500);
    char kill[128];
    snprintf(kill, sizeof(kill), "SELECT pg_terminate_backend(%d, 10000)",
             sto_conn_backend_pid(kit.worker.conn));
    raw_run(kit.raw, kill);
    kit.shared.conn.dsn = register_dsn();
    assert_int_equal(ask(&kit.worker), 500);
    assert_int_equal(ask(&second), 500);
}

/* A row that another session holds must not stand for a write of ours. */
static void a_probe_writes_whoever_else_probes(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    raw_run(kit.raw, "BEGIN");
    raw_run(kit.raw, "DELETE FROM nrc.probe WHERE slot = pg_backend_pid() % 1024;"
                     " INSERT INTO nrc.probe VALUES (pg_backend_pid() % 1024, now())");
    struct sto_conn *conn = sto_conn_open(&kit.shared.conn, &err);
    assert_non_null(conn);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sto_probe(conn, &err), 0);
        char written[128];
        snprintf(written, sizeof(written),
                 "SELECT count(*) FROM nrc.probe WHERE slot = %d AND at > now() - interval '1 min'",
                 sto_conn_backend_pid(conn) % 1024);
        PGconn *other = raw_open();
        assert_int_equal(raw_int(other, written), 1);
        PQfinish(other);
    }
    raw_run(kit.raw, "ROLLBACK");
    sto_conn_close(&conn);
}

static void a_probe_of_a_register_that_takes_no_writes_fails(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char dsn[1024];
    snprintf(dsn, sizeof(dsn), "%s options='-c default_transaction_read_only=on'", register_dsn());
    kit.shared.conn.dsn = dsn;
    struct sto_conn *conn = sto_conn_open(&kit.shared.conn, &err);
    kit.shared.conn.dsn = register_dsn();
    assert_non_null(conn);
    assert_int_equal(sto_probe(conn, &err), -1);
    sto_conn_close(&conn);
}

#define TEST(name) cmocka_unit_test_setup(name, disconnect)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_probe_writes_whoever_else_probes),
        TEST(a_probe_of_a_register_that_takes_no_writes_fails),
        TEST(a_failed_try_spares_every_worker_the_next),
        TEST(a_worker_that_is_served_by_an_old_connection_ends_the_absence_for_all),
        TEST(a_connection_lost_under_way_ends_no_absence),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
