/* SPDX-License-Identifier: Apache-2.0
 * component/storage/conn/test_conn.c - what a connection does when PostgreSQL refuses, stops, or goes away. */
#include "births.h"

#include <signal.h>

#include "base/clock.h"
#include "storage/conn/statement.h"

static int once(void **state)
{
    (void)state;
    register_reset();
    (void)births_build();
    return 0;
}

/* Waits for the server: how often, and from which time on it is to give up. */
struct watcher {
    int calls;
    int abandon_at;
};

static int watch(void *arg)
{
    struct watcher *w = arg;
    w->calls++;
    return w->abandon_at != 0 && w->calls >= w->abandon_at;
}

static struct sto_conn *open_watched(struct watcher *w, int deadline_ms)
{
    const struct sto_conn_options options = {.dsn = register_dsn(),
                                             .role = STO_ROLE_INGEST,
                                             .deadline_ms = deadline_ms,
                                             .on_wait = watch,
                                             .on_wait_arg = w,
                                             .wait_slice_ms = 100};
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_conn_open(&options, &err);
    if (conn == NULL) {
        fail_msg("%s", err.text);
    }
    return conn;
}

#define ACTOR "سالم \\ -c  work_mem='9MB' \"\t=,"

static void a_session_is_set_up_for_its_role(void **state)
{
    static const char *const settings[][2] = {
        {"role", "nrc_ingest"},
        {"jit", "off"},
        {"timezone", "UTC"},
        {"client_encoding", "UTF8"},
        {"statement_timeout", "7s"},
        {"search_path", "pg_catalog,pg_temp"},
        {"application_name", "nrc-x"},
        {"work_mem", "5MB"},
        {"idle_in_transaction_session_timeout", "15s"},
        {"nrc.actor", ACTOR},
    };
    (void)state;
    char dsn[1024];
    /* What the DSN asks for stays; where both speak, ours wins. */
    snprintf(dsn, sizeof(dsn), "%s options='-c work_mem=5MB -c jit=on'", register_dsn());
    const struct sto_conn_options options = {.dsn = dsn,
                                             .role = STO_ROLE_INGEST,
                                             .application_name = "nrc-x",
                                             .actor = ACTOR,
                                             .statement_timeout_ms = 7000};
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_conn_open(&options, &err);
    assert_non_null(conn);
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        PGresult *res = sto_exec(conn, "SELECT current_setting($1)", &settings[i][0], 1, &err);
        assert_non_null(res);
        assert_string_equal(PQgetvalue(res, 0, 0), settings[i][1]);
        PQclear(res);
    }
    assert_true(
        sto_conn_is_local(conn)); /* the test's server listens on a socket in its folder alone */
    sto_conn_close(&conn);
}

static int open_fails(const char *dsn, struct err *err)
{
    const struct sto_conn_options options = {.dsn = dsn, .connect_timeout_ms = 2000};
    struct sto_conn *conn = sto_conn_open(&options, err);
    if (conn == NULL) {
        return -1;
    }
    sto_conn_close(&conn);
    return 0;
}

static void a_dsn_that_is_none_is_a_configuration_error_and_not_repeated(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_err(open_fails("host=h password='hunter2 x=", &err), err, ERR_KIND_FATAL, ERR_CONFIG);
    assert_null(strstr(err.text, "hunter2"));
}

static void a_refused_login_is_a_configuration_error(void **state)
{
    (void)state;
    char dsn[1024];
    struct err err = ERR_INIT;
    snprintf(dsn, sizeof(dsn), "%s user=nrc_nobody_at_all", register_dsn());
    assert_err(open_fails(dsn, &err), err, ERR_KIND_FATAL, ERR_CONFIG);
    snprintf(dsn, sizeof(dsn), "%s dbname=nrc_no_such_database", register_dsn());
    assert_err(open_fails(dsn, &err), err, ERR_KIND_FATAL, ERR_CONFIG);
    assert_string_equal(err.sqlstate, "3D000");
}

/* Whoever would migrate it, serve it or write into it opens a session first. */
static void a_database_that_is_not_utf8_is_refused(void **state)
{
    static const char *const encodings[] = {"WIN1256", "SQL_ASCII", "LATIN1"};
    static const enum sto_role roles[] = {STO_ROLE_NONE, STO_ROLE_INGEST, STO_ROLE_REGISTRY,
                                          STO_ROLE_MONITOR};
    (void)state;
    PGconn *raw = raw_open();
    for (size_t i = 0; i < COUNT_OF(encodings); i++) {
        char sql[256];
        char dsn[1024];
        raw_run(raw, "DROP DATABASE IF EXISTS nrc_test_encoding WITH (FORCE)");
        snprintf(sql, sizeof(sql),
                 "CREATE DATABASE nrc_test_encoding TEMPLATE template0 LOCALE 'C' ENCODING '%s'",
                 encodings[i]);
        raw_run(raw, sql);
        snprintf(dsn, sizeof(dsn), "%s dbname=nrc_test_encoding", register_dsn());
        for (size_t r = 0; r < COUNT_OF(roles); r++) {
            const struct sto_conn_options options = {.dsn = dsn, .role = roles[r]};
            struct err err = ERR_INIT;
            struct sto_conn *conn = sto_conn_open(&options, &err);
            assert_null(conn);
            assert_int_equal(err.kind, ERR_KIND_FATAL);
            assert_int_equal(err.code, ERR_CONFIG);
            assert_non_null(strstr(err.text, encodings[i]));
        }
    }
    raw_run(raw, "DROP DATABASE nrc_test_encoding WITH (FORCE)");
    PQfinish(raw);
}

static void an_absent_server_is_tried_again(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_err(open_fails("host=/nonexistent port=1", &err), err, ERR_KIND_RETRY,
               ERR_REGISTER_DOWN);
    assert_err(open_fails("host=127.0.0.1 port=1", &err), err, ERR_KIND_RETRY, ERR_REGISTER_DOWN);
}

static void each_sqlstate_has_its_kind(void **state)
{
    static const struct {
        const char *sqlstate;
        enum err_kind kind;
        enum err_code code;
    } cases[] = {
        {"22001", ERR_KIND_POISON, ERR_REGISTER_REFUSED},
        {"22003", ERR_KIND_POISON, ERR_REGISTER_REFUSED},
        {"22007", ERR_KIND_POISON, ERR_REGISTER_REFUSED},
        {"22008", ERR_KIND_POISON, ERR_REGISTER_REFUSED},
        {"22021", ERR_KIND_POISON, ERR_REGISTER_REFUSED},
        {"22P02", ERR_KIND_POISON, ERR_REGISTER_REFUSED},
        {"22P05", ERR_KIND_POISON, ERR_REGISTER_REFUSED},
        {"23502", ERR_KIND_POISON, ERR_REGISTER_REFUSED},
        {"54000", ERR_KIND_POISON, ERR_REGISTER_REFUSED},
        {"54001", ERR_KIND_FATAL, ERR_REGISTER_SQL},
        {"22012", ERR_KIND_FATAL, ERR_REGISTER_SQL},
        {"22P03", ERR_KIND_FATAL, ERR_REGISTER_SQL},
        {"22P04", ERR_KIND_FATAL, ERR_REGISTER_SQL},
        {"21000", ERR_KIND_FATAL, ERR_REGISTER_SQL},
        {"23505", ERR_KIND_FATAL, ERR_REGISTER_SQL},
        {"42601", ERR_KIND_FATAL, ERR_REGISTER_SQL},
        {"42501", ERR_KIND_FATAL, ERR_REGISTER_SQL},
        {"23514", ERR_KIND_RETRY, ERR_REGISTER_SQL},
        {"57014", ERR_KIND_RETRY, ERR_REGISTER_TIMEOUT},
        {"40001", ERR_KIND_RETRY, ERR_REGISTER_BUSY},
        {"40P01", ERR_KIND_RETRY, ERR_REGISTER_BUSY},
        {"08P01", ERR_KIND_FATAL, ERR_REGISTER_SQL},
        {"55P03", ERR_KIND_RETRY, ERR_REGISTER_TIMEOUT},
        {"53100", ERR_KIND_RETRY, ERR_REGISTER_FULL},
        {"53200", ERR_KIND_RETRY, ERR_REGISTER_FULL},
        {"57P01", ERR_KIND_RETRY, ERR_REGISTER_DOWN},
        {"57P03", ERR_KIND_RETRY, ERR_REGISTER_DOWN},
        {"08006", ERR_KIND_RETRY, ERR_REGISTER_DOWN},
        {"58030", ERR_KIND_RETRY, ERR_REGISTER_DOWN},
        {"28000", ERR_KIND_FATAL, ERR_CONFIG},
        {"3D000", ERR_KIND_FATAL, ERR_CONFIG},
        {"XX000", ERR_KIND_FATAL, ERR_REGISTER_SQL},
    };
    (void)state;
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char sql[256];
        snprintf(sql, sizeof(sql),
                 "DO $$ BEGIN RAISE EXCEPTION 'the value is 42' USING ERRCODE = '%s'; END $$",
                 cases[i].sqlstate);
        assert_int_equal(sto_run(conn, sql, &err), -1);
        if (err.kind != cases[i].kind || err.code != cases[i].code) {
            fail_msg("%s: %s %s", cases[i].sqlstate, err_kind_name(err.kind), err_token(err.code));
        }
        assert_string_equal(err.sqlstate, cases[i].sqlstate);
        if (err.kind == ERR_KIND_POISON) {
            assert_null(strstr(err.text, "42")); /* the text goes to the quarantine */
        }
        assert_true(sto_conn_usable(conn));
    }
    sto_conn_close(&conn);
}

/* One SQLSTATE, and three things to do about it. */
static void a_wide_row_is_told_from_a_value_that_no_index_takes(void **state)
{
    static const struct {
        const char *sql;
        const char *says;
    } cases[] = {
        {"DO $$ BEGIN EXECUTE 'CREATE TEMP TABLE w (' || (SELECT string_agg('c' || i || ' bigint',"
         " ',') FROM generate_series(1, 1100) i) || ')'; EXECUTE 'INSERT INTO w VALUES (' ||"
         " (SELECT string_agg('1', ',') FROM generate_series(1, 1100)) || ')'; END $$",
         "the row is wider than a page"},
        {"CREATE TEMP TABLE i (t text PRIMARY KEY); INSERT INTO i SELECT string_agg(md5(n::text),"
         " '') FROM generate_series(1, 150) n",
         "larger than an index takes"},
        {"CREATE TEMP TABLE b (t text PRIMARY KEY); INSERT INTO b SELECT string_agg(md5(n::text),"
         " '') FROM generate_series(1, 600) n",
         "larger than an index takes"},
        {"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '54000'; END $$",
         "larger than PostgreSQL takes"},
    };
    (void)state;
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    assert_non_null(conn);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err = ERR_INIT;
        assert_err(sto_run(conn, cases[i].sql, &err), err, ERR_KIND_POISON, ERR_REGISTER_REFUSED);
        assert_string_equal(err.sqlstate, "54000");
        if (strstr(err.text, cases[i].says) == NULL) {
            fail_msg("%s", err.text);
        }
    }
    sto_conn_close(&conn);
}

static void a_missing_leaf_is_no_broken_check(void **state)
{
    (void)state;
    static const char row[] =
        "INSERT INTO nrc.ledger (recorded_at, position_id, dataset_id, kind, epoch,"
        " from_offset, next_offset, received, skipped, applied, duplicate, stale,"
        " quarantined, exempt) VALUES (%s, 1, 1, 'stream', 1, 0, 2, %d, 0, 2, 0, 0, 0, 0)";
    char sql[512];
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    snprintf(sql, sizeof(sql), row, "'2001-01-01'", 2);
    assert_err(sto_run(conn, sql, &err), err, ERR_KIND_RETRY, ERR_REGISTER_SQL);
    assert_string_equal(err.sqlstate, "23514");
    snprintf(sql, sizeof(sql), row, "now()", 1);
    assert_err(sto_run(conn, sql, &err), err, ERR_KIND_FATAL, ERR_REGISTER_SQL);
    assert_non_null(strstr(err.text, "ledger_"));
    sto_conn_close(&conn);
}

static void a_missing_table_of_ours_names_the_cure(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    assert_err(sto_run(conn, "SELECT FROM nrc.later_table", &err), err, ERR_KIND_FATAL,
               ERR_REGISTER_SQL);
    assert_non_null(strstr(err.text, "nrc db migrate"));
    sto_conn_close(&conn);
}

static void a_frozen_backend_is_given_up_at_the_deadline(void **state)
{
    (void)state;
    struct watcher w = {0};
    struct err err = ERR_INIT;
    struct sto_conn *conn = open_watched(&w, 1000);
    int pid = sto_conn_backend_pid(conn);
    w.calls = 0;
    assert_int_equal(kill(pid, SIGSTOP), 0);
    int64_t started_ms = clock_mono_ms();
    int status = sto_run(conn, "SELECT 1", &err);
    int64_t took_ms = clock_mono_ms() - started_ms;
    bool usable = sto_conn_usable(conn);
    int again = sto_run(conn, "SELECT 1", &(struct err)ERR_INIT);
    sto_conn_close(&conn); /* does not wait for the frozen backend either */
    int64_t closed_ms = clock_mono_ms() - started_ms;
    kill(pid, SIGCONT);
    assert_err(status, err, ERR_KIND_RETRY, ERR_REGISTER_TIMEOUT);
    assert_true(took_ms >= 1000);
    assert_true(closed_ms < 20000);
    assert_true(w.calls >= 2);
    assert_false(usable);
    assert_int_equal(again, -1);
}

static void a_wait_is_abandoned_when_on_wait_says_so(void **state)
{
    (void)state;
    struct watcher w = {.abandon_at = 3};
    struct err err = ERR_INIT;
    struct sto_conn *conn = open_watched(&w, 0);
    w.calls = 0;
    assert_err(sto_run(conn, "SELECT pg_sleep(60)", &err), err, ERR_KIND_RETRY,
               ERR_REGISTER_TIMEOUT);
    assert_int_equal(w.calls, 3);
    assert_false(sto_conn_usable(conn));
    sto_conn_close(&conn);
}

/* A statement without a deadline may take hours: those of a command that is gone would pile up. */
static void what_nobody_waits_for_ends_in_the_server_too(void **state)
{
    (void)state;
    static const char running[] =
        "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(3600)'";
    struct watcher w = {.abandon_at = 3};
    struct err err = ERR_INIT;
    PGconn *raw = raw_open();
    struct sto_conn *conn = open_watched(&w, 0);
    assert_int_not_equal(sto_run(conn, "SELECT pg_sleep(3600)", &err), 0);
    assert_int_equal(raw_int(raw, running), 1);
    sto_conn_close(&conn);
    int64_t until_ms = clock_mono_ms() + 20000;
    while (raw_int(raw, running) > 0 && clock_mono_ms() < until_ms) {
        raw_run(raw, "SELECT pg_sleep(0.05)");
    }
    assert_int_equal(raw_int(raw, running), 0);
    PQfinish(raw);
}

static void a_terminated_backend_is_tried_again_on_a_new_connection(void **state)
{
    (void)state;
    char sql[64];
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    PGconn *raw = raw_open();
    assert_ok(sto_run(conn, "BEGIN", &err), err);
    snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d, 10000)",
             sto_conn_backend_pid(conn));
    raw_run(raw, sql);
    assert_err(sto_run(conn, "SELECT 1", &err), err, ERR_KIND_RETRY, ERR_REGISTER_DOWN);
    assert_false(sto_conn_usable(conn));
    sto_rollback(conn);
    sto_conn_close(&conn);
    PQfinish(raw);
}

static void a_connection_that_was_ended_while_idle_is_known_to_be(void **state)
{
    (void)state;
    char sql[64];
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_REGISTRY);
    PGconn *raw = raw_open();
    assert_ok(sto_run(conn, "SELECT 1", &err), err);
    assert_true(sto_conn_still_usable(conn));
    snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d, 10000)",
             sto_conn_backend_pid(conn));
    raw_run(raw, sql);
    assert_true(sto_conn_usable(conn)); /* nobody has looked */
    assert_false(sto_conn_still_usable(conn));
    assert_false(sto_conn_usable(conn));
    sto_conn_close(&conn);
    PQfinish(raw);
}

static void after_a_failed_statement_rollback_makes_it_usable(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    assert_ok(sto_run(conn, "BEGIN", &err), err);
    assert_int_equal(sto_run(conn, "SELECT 1/0; SELECT 2", &err), -1);
    assert_string_equal(err.sqlstate, "22012");
    sto_rollback(conn);
    assert_true(sto_conn_usable(conn));
    assert_ok(sto_run(conn, "SELECT 1", &err), err);
    sto_conn_close(&conn);
}

static int planned(struct sto_conn *conn)
{
    struct err err = ERR_INIT;
    PGresult *res = sto_exec(conn, "SELECT count(*) FROM pg_prepared_statements", NULL, 0, &err);
    assert_ok(res == NULL, err);
    int count = (int)strtol(PQgetvalue(res, 0, 0), NULL, 10);
    PQclear(res);
    return count;
}

static void a_kept_statement_is_planned_once_and_outlives_a_rollback(void **state)
{
    static const char one[] = "SELECT 10 / $1::int";
    static const char other[] = "SELECT $1::int + 1";
    (void)state;
    struct err err = ERR_INIT;
    const char *const two[] = {"2"};
    const char *const zero[] = {"0"};
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    assert_ok(sto_run(conn, "BEGIN", &err), err);
    assert_null(sto_exec_prepared(conn, one, zero, 1, &err));
    assert_string_equal(err.sqlstate, "22012");
    sto_rollback(conn);
    for (int i = 0; i < 8; i++) { /* beyond the calls after which a plan may become generic */
        PGresult *res = sto_exec_prepared(conn, i % 2 == 0 ? one : other, two, 1, &err);
        assert_non_null(res);
        assert_string_equal(PQgetvalue(res, 0, 0), i % 2 == 0 ? "5" : "3");
        PQclear(res);
    }
    assert_int_equal(planned(conn), 2);
    sto_conn_close(&conn);
    conn = sto_open(STO_ROLE_INGEST);
    assert_int_equal(planned(conn), 0);
    sto_conn_close(&conn);
}

static void a_kept_statement_that_cannot_be_planned_is_tried_anew(void **state)
{
    static const char sql[] = "SELECT count(*) FROM pg_temp.later";
    (void)state;
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    assert_null(sto_exec_prepared(conn, sql, NULL, 0, &err));
    assert_string_equal(err.sqlstate, "42P01");
    assert_ok(sto_run(conn, "CREATE TEMP TABLE later (i int)", &err), err);
    PGresult *res = sto_exec_prepared(conn, sql, NULL, 0, &err);
    assert_non_null(res);
    PQclear(res);
    sto_conn_close(&conn);
}

static void a_copy_in_the_wrong_place_breaks_the_connection_and_does_not_hang(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    assert_err(sto_run(conn, "COPY (SELECT 1) TO STDOUT", &err), err, ERR_KIND_FATAL, ERR_BUG);
    assert_false(sto_conn_usable(conn));
    sto_conn_close(&conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_set_up_for_its_role),
        cmocka_unit_test(a_dsn_that_is_none_is_a_configuration_error_and_not_repeated),
        cmocka_unit_test(a_refused_login_is_a_configuration_error),
        cmocka_unit_test(a_database_that_is_not_utf8_is_refused),
        cmocka_unit_test(an_absent_server_is_tried_again),
        cmocka_unit_test(each_sqlstate_has_its_kind),
        cmocka_unit_test(a_wide_row_is_told_from_a_value_that_no_index_takes),
        cmocka_unit_test(a_missing_leaf_is_no_broken_check),
        cmocka_unit_test(a_missing_table_of_ours_names_the_cure),
        cmocka_unit_test(a_frozen_backend_is_given_up_at_the_deadline),
        cmocka_unit_test(a_wait_is_abandoned_when_on_wait_says_so),
        cmocka_unit_test(what_nobody_waits_for_ends_in_the_server_too),
        cmocka_unit_test(a_terminated_backend_is_tried_again_on_a_new_connection),
        cmocka_unit_test(a_connection_that_was_ended_while_idle_is_known_to_be),
        cmocka_unit_test(after_a_failed_statement_rollback_makes_it_usable),
        cmocka_unit_test(a_kept_statement_is_planned_once_and_outlives_a_rollback),
        cmocka_unit_test(a_kept_statement_that_cannot_be_planned_is_tried_anew),
        cmocka_unit_test(a_copy_in_the_wrong_place_breaks_the_connection_and_does_not_hang),
    };
    return cmocka_run_group_tests_name("conn", tests, once, NULL);
}
