/* SPDX-License-Identifier: Apache-2.0
 * component/storage/admin/test_many.c - hundreds of datasets in a server whose table of locks is nearly full.
 *
 * A statement that reads or makes all datasets' tables holds a lock on each of them and of their
 * indexes until it ends. So what goes over every dataset does so one at a time, and needs no more
 * room for locks than the largest dataset has. Here another session leaves just that. */
#include "database.h"

#include "storage/conn/statement.h"
#include "storage/report/report.h"
#include "storage/report/verify.h"

/* A dataset of one leaf of state has 12 tables and indexes, and 2 more with each leaf of history. */
enum { DATASETS = 320, AT_ONCE = 20, LOCKS_LEFT = 500 };

static PGconn *raw;
static PGconn *greedy;

/* As registration makes them, a few in each transaction. */
static void make_datasets(void)
{
    char sql[1024];
    raw_run(raw, "SET ROLE nrc_owner");
    raw_run(raw, "SELECT nrc.add_agency('moh', 'Health', NULL, 1, 'Records', 'Salim')");
    for (int first = 1; first <= DATASETS; first += AT_ONCE) {
        snprintf(sql, sizeof(sql),
                 "SELECT nrc.apply_columns(nrc.add_dataset('moh', 'd' || i, 't' || i, '[\"k\"]',"
                 " 'long', NULL, NULL, false, NULL, '[]', 1, NULL, NULL, NULL), "
                 "'[{\"name\":\"k\",\"type\":"
                 "\"bigint\"}]', false) FROM generate_series(%d, %d) i",
                 first, first + AT_ONCE - 1);
        raw_run(raw, sql);
    }
    raw_run(raw, "RESET ROLE");
}

/* Every lock that the server has room for, but LOCKS_LEFT. */
static void take_locks(void)
{
    char sql[256];
    int taken = 0;
    greedy = raw_open();
    do {
        snprintf(sql, sizeof(sql), "SELECT pg_advisory_lock(%d + i) FROM generate_series(1, 100) i",
                 taken);
        taken += 100;
    } while (strcmp(raw_sqlstate(greedy, sql), "53200") != 0);
    snprintf(sql, sizeof(sql), "SELECT pg_advisory_unlock(i) FROM generate_series(1, %d) i",
             LOCKS_LEFT);
    assert_true(taken > LOCKS_LEFT);
    raw_run(greedy, sql);
}

static int begin(void **state)
{
    (void)state;
    register_reset();
    raw = raw_open();
    make_datasets();
    take_locks();
    return 0;
}

/* One transaction cannot drop that many tables either. */
static int end(void **state)
{
    (void)state;
    char sql[512];
    raw_run(greedy, "SELECT pg_advisory_unlock_all()");
    PQfinish(greedy);
    for (int first = 1; first <= DATASETS; first += AT_ONCE) {
        snprintf(sql, sizeof(sql),
                 "DO $$ BEGIN FOR i IN %d .. %d LOOP EXECUTE format('DROP TABLE moh.%%I,"
                 " moh.%%I CASCADE', 'd' || i || '_state', 'd' || i || '_history');"
                 " END LOOP; END $$",
                 first, first + AT_ONCE - 1);
        raw_run(raw, sql);
    }
    PQfinish(raw);
    return 0;
}

static void all_that_is_recorded_is_verified(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    raw_run(raw, "INSERT INTO moh.d7_history (k, _op, _effect, _recorded_at, _topic_partition,"
                 " _offset) VALUES (1, 'c', 'a', now(), 99, 1);"
                 " INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions,"
                 " next_offset, first_offset, epoch, log_start) VALUES (320, 't320', 0, 1, 5, 0,"
                 " 1, 0)");
    struct sto_conn *conn = sto_open(STO_ROLE_MONITOR);
    struct sto_grid *faults = sto_ledger_verify(conn, NULL, NULL, &err);
    if (faults == NULL) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(faults->rows, 3);
    assert_string_equal(faults->values[0], "position_moved");
    assert_string_equal(faults->values[1], "moh.d320");
    assert_string_equal(faults->values[faults->cols], "history_unledgered");
    assert_string_equal(faults->values[faults->cols + 1], "moh.d7");
    assert_string_equal(faults->values[2 * faults->cols], "state_complete");
    sto_grid_free(&faults);
    sto_conn_close(&conn);
    raw_run(raw, "TRUNCATE moh.d7_history; DELETE FROM nrc.position");
}

static void a_dataset_without_its_tables_is_a_fault_and_the_others_are_verified(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    raw_run(raw, "ALTER TABLE moh.d5_history RENAME TO lost");
    struct sto_conn *conn = sto_open(STO_ROLE_MONITOR);
    struct sto_grid *faults = sto_ledger_verify(conn, NULL, NULL, &err);
    raw_run(raw, "ALTER TABLE moh.lost RENAME TO d5_history");
    if (faults == NULL) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(faults->rows, 1);
    assert_string_equal(faults->values[0], "tables_missing");
    assert_string_equal(faults->values[1], "moh.d5");
    sto_grid_free(&faults);
    sto_conn_close(&conn);
}

static void leaves_are_made_for_all(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    int made = 0;
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    assert_ok(sto_leaves_make(conn, 2, &made, &err), err);
    assert_int_equal(made, DATASETS + 2); /* and of ledger and quarantine */
    sto_conn_close(&conn);
}

/* Given tables of one dataset that are held by somebody, then the others have their leaves. */
static void a_table_that_is_held_keeps_no_other_from_its_leaves(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    int made = 0;
    PGconn *holder = raw_open();
    raw_run(holder, "BEGIN; LOCK TABLE moh.d3_history IN ACCESS EXCLUSIVE MODE");
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    int rc = sto_leaves_make(conn, 3, &made, &err);
    raw_run(holder, "COMMIT");
    PQfinish(holder);
    assert_err(rc, err, ERR_KIND_RETRY, ERR_REGISTER_TIMEOUT);
    assert_non_null(strstr(err.text, "moh.d3"));
    assert_int_equal(made, DATASETS + 1);
    assert_ok(sto_leaves_make(conn, 3, &made, &err), err);
    assert_int_equal(made, 1);
    sto_conn_close(&conn);
}

static void what_is_lacking_is_told_with_the_setting(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_NONE);
    assert_err(sto_run(conn,
                       "SELECT pg_advisory_lock(1000000 + i) FROM generate_series(1, 100000) i",
                       &err),
               err, ERR_KIND_RETRY, ERR_REGISTER_FULL);
    assert_string_equal(err.sqlstate, "53200");
    assert_non_null(strstr(err.text, "out of shared memory"));
    assert_non_null(strstr(err.text, "increase max_locks_per_transaction"));
    assert_int_not_equal(err.text[strlen(err.text) - 1], '.');
    sto_conn_close(&conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_recorded_is_verified),
        cmocka_unit_test(a_dataset_without_its_tables_is_a_fault_and_the_others_are_verified),
        cmocka_unit_test(leaves_are_made_for_all),
        cmocka_unit_test(a_table_that_is_held_keeps_no_other_from_its_leaves),
        cmocka_unit_test(what_is_lacking_is_told_with_the_setting),
    };
    return cmocka_run_group_tests_name("many", tests, begin, end);
}
