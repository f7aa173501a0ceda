/* SPDX-License-Identifier: Apache-2.0
 * A COPY stream whose server stops, refuses or goes away. */
#include "database.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "storage/conn/copy.h"
#include "storage/conn/statement.h"

enum { ROW_BYTES = 1024 * 1024, DEADLINE_MS = 1500 };

static struct sto_conn *open_with_table(void)
{
    struct err err = ERR_INIT;
    const struct sto_conn_options options = {
        .dsn = register_dsn(), .application_name = "nrc copy", .deadline_ms = DEADLINE_MS};
    struct sto_conn *conn = sto_conn_open(&options, &err);
    if (conn == NULL) {
        fail_msg("sto_conn_open: %s", err.text);
    }
    assert_ok(sto_run(conn, "CREATE TEMP TABLE copied (n bigint, bytes bytea)", &err), err);
    return conn;
}

static const char copy_sql[] = "COPY copied FROM STDIN BINARY";

static size_t resident_bytes(void)
{
    unsigned long size;
    unsigned long resident;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%lu %lu", &size, &resident), 2); // NOLINT(cert-err34-c)
    fclose(f);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void put_big_row(struct sto_copy *copy, const uint8_t *bytes, int64_t n)
{
    sto_copy_row(copy, 2);
    sto_copy_int8(copy, n);
    sto_copy_field(copy, bytes, ROW_BYTES);
}

static void a_stopped_server_costs_no_memory_and_obeys_the_deadline(void **state)
{
    (void)state;
    struct sto_conn *conn = open_with_table();
    struct err err = ERR_INIT;
    struct sto_copy copy;
    uint8_t *bytes = malloc(ROW_BYTES);
    assert_non_null(bytes);
    memset(bytes, 'x', ROW_BYTES);
    assert_int_equal(sto_copy_init(&copy), 0);
    assert_ok(sto_copy_open(&copy, conn, copy_sql, &err), err);
    put_big_row(&copy, bytes, 0);
    size_t before = resident_bytes();
    int64_t start_ms = clock_mono_ms();
    assert_int_equal(kill(sto_conn_backend_pid(conn), SIGSTOP), 0);
    for (int i = 1; i < 512; i++) {
        put_big_row(&copy, bytes, i);
    }
    size_t after = resident_bytes();
    assert_err(sto_copy_finish(&copy, &err), err, ERR_KIND_RETRY, ERR_REGISTER_TIMEOUT);
    int64_t took_ms = clock_mono_ms() - start_ms;
    kill(sto_conn_backend_pid(conn), SIGCONT);
    assert_true(copy.failed);
    assert_false(sto_conn_usable(conn));
    assert_true(after < before + 16 * 1024 * 1024);
    assert_true(took_ms < 30000); /* its deadline, and what a loaded machine adds */
    sto_copy_fini(&copy);
    sto_conn_close(&conn);
    free(bytes);
}

/* Rows longer than the buffer, rows that end on its edge, and small ones between. */
static void rows_of_any_length_arrive_whole(void **state)
{
    (void)state;
    static const size_t lengths[] = {0,
                                     1,
                                     STO_COPY_BUFFER_BYTES - 40,
                                     STO_COPY_BUFFER_BYTES - 18,
                                     STO_COPY_BUFFER_BYTES,
                                     STO_COPY_BUFFER_BYTES + 1,
                                     3 * STO_COPY_BUFFER_BYTES + 77,
                                     5};
    struct sto_conn *conn = open_with_table();
    struct err err = ERR_INIT;
    struct sto_copy copy;
    uint8_t *bytes = malloc(ROW_BYTES);
    assert_non_null(bytes);
    assert_int_equal(sto_copy_init(&copy), 0);
    assert_ok(sto_copy_open(&copy, conn, copy_sql, &err), err);
    size_t total = 0;
    for (size_t i = 0; i < 200; i++) {
        size_t len = lengths[i % COUNT_OF(lengths)];
        memset(bytes, (int)i, len);
        sto_copy_row(&copy, 2);
        sto_copy_int8(&copy, (int64_t)i);
        sto_copy_field(&copy, bytes, len);
        total += len;
    }
    assert_ok(sto_copy_finish(&copy, &err), err);
    PGresult *result =
        sto_exec(conn,
                 "SELECT sum(length(bytes)), count(*) FILTER (WHERE length(bytes) = 0"
                 " OR bytes = decode(repeat(lpad(to_hex(n % 256), 2, '0'),"
                 " length(bytes)), 'hex')) FROM copied",
                 NULL, 0, &err);
    assert_non_null(result);
    assert_int_equal(strtoull(PQgetvalue(result, 0, 0), NULL, 10), total);
    assert_string_equal(PQgetvalue(result, 0, 1), "200");
    PQclear(result);
    sto_copy_fini(&copy);
    sto_conn_close(&conn);
    free(bytes);
}

static void a_refusal_in_the_middle_is_reported_at_the_end(void **state)
{
    (void)state;
    struct sto_conn *conn = open_with_table();
    struct err err = ERR_INIT;
    struct sto_copy copy;
    assert_int_equal(sto_copy_init(&copy), 0);
    assert_ok(sto_copy_open(&copy, conn, copy_sql, &err), err);
    for (int i = 0; i < 200000; i++) {
        sto_copy_row(&copy, 2);
        sto_copy_field(&copy, "123456789", i == 1000 ? 9 : 8);
        sto_copy_null(&copy);
    }
    assert_err(sto_copy_finish(&copy, &err), err, ERR_KIND_FATAL, ERR_REGISTER_SQL);
    assert_string_equal(err.sqlstate, "22P03");
    assert_true(sto_conn_usable(conn));

    /* The same stream again, in good order. */
    assert_ok(sto_copy_open(&copy, conn, copy_sql, &err), err);
    sto_copy_row(&copy, 2);
    sto_copy_int8(&copy, 1);
    sto_copy_null(&copy);
    assert_ok(sto_copy_finish(&copy, &err), err);
    sto_copy_fini(&copy);
    sto_conn_close(&conn);
}

static void an_abandoned_stream_leaves_the_connection_usable(void **state)
{
    (void)state;
    struct sto_conn *conn = open_with_table();
    struct err err = ERR_INIT;
    struct sto_copy copy;
    assert_int_equal(sto_copy_init(&copy), 0);
    assert_ok(sto_run(conn, "BEGIN", &err), err);
    assert_ok(sto_copy_open(&copy, conn, copy_sql, &err), err);
    sto_copy_row(&copy, 2);
    sto_copy_int8(&copy, 1);
    sto_copy_abandon(&copy);
    sto_rollback(conn);
    assert_true(sto_conn_usable(conn));
    assert_ok(sto_run(conn, "SELECT 1", &err), err);
    sto_copy_fini(&copy);
    sto_conn_close(&conn);
}

static void a_killed_server_is_a_lost_connection(void **state)
{
    (void)state;
    struct sto_conn *conn = open_with_table();
    PGconn *raw = raw_open();
    struct err err = ERR_INIT;
    struct sto_copy copy;
    char sql[64];
    assert_int_equal(sto_copy_init(&copy), 0);
    assert_ok(sto_copy_open(&copy, conn, copy_sql, &err), err);
    snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d, 5000)", sto_conn_backend_pid(conn));
    raw_run(raw, sql);
    for (int i = 0; i < 100000; i++) {
        sto_copy_row(&copy, 2);
        sto_copy_int8(&copy, i);
        sto_copy_null(&copy);
    }
    assert_err(sto_copy_finish(&copy, &err), err, ERR_KIND_RETRY, ERR_REGISTER_DOWN);
    assert_false(sto_conn_usable(conn));
    sto_copy_fini(&copy);
    sto_conn_close(&conn);
    PQfinish(raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stopped_server_costs_no_memory_and_obeys_the_deadline),
        cmocka_unit_test(rows_of_any_length_arrive_whole),
        cmocka_unit_test(a_refusal_in_the_middle_is_reported_at_the_end),
        cmocka_unit_test(an_abandoned_stream_leaves_the_connection_usable),
        cmocka_unit_test(a_killed_server_is_a_lost_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
