/* SPDX-License-Identifier: Apache-2.0
 * component/storage/report/test_server.c - what nrc doctor is told of the server's sizes, against the server's own words. */
#include "births.h"

#include "storage/report/report.h"

static int build(void **state)
{
    (void)births_room_new(state);
    (void)births_build();
    return 0;
}

/* As a login in no role sees it. */
static const char *server(const char *column, char out[64])
{
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_NONE);
    struct sto_grid *grid = sto_report(conn, STO_REPORT_SERVER, NULL, 0, &err);
    assert_non_null(grid);
    assert_int_equal(grid->rows, 1);
    const char *value = sto_grid_get(grid, 0, column);
    snprintf(out, 64, "%s", value != NULL ? value : "none");
    sto_grid_free(&grid);
    sto_conn_close(&conn);
    return out;
}

static void assert_server(struct births_room *room, const char *column, const char *sql)
{
    char found[64];
    const char *expected = raw_text(room->raw, sql);
    if (strcmp(server(column, found), expected) != 0) {
        fail_msg("%s: %s, expected %s", column, found, expected);
    }
}

static void its_settings_are_in_bytes_and_seconds(void **state)
{
    struct births_room *room = *state;
    assert_server(room, "shared_buffers",
                  "SELECT setting::int8 * 8192 FROM pg_settings WHERE name = 'shared_buffers'");
    assert_server(room, "max_wal_size",
                  "SELECT setting::int8 * 1048576 FROM pg_settings WHERE name = 'max_wal_size'");
    assert_server(room, "checkpoint_s",
                  "SELECT setting FROM pg_settings WHERE name = 'checkpoint_timeout'");
    assert_server(room, "wal_level", "SELECT setting FROM pg_settings WHERE name = 'wal_level'");
    assert_server(room, "lock_slots",
                  "SELECT sum(setting::int) FROM pg_settings WHERE name IN ('max_connections',"
                  " 'max_prepared_transactions')");
}

static void states_are_counted_with_their_leaves_and_keys(void **state)
{
    struct births_room *room = *state;
    assert_server(room, "datasets", "SELECT count(*) FROM nrc.dataset WHERE column_version > 0");
    assert_server(room, "leaves",
                  "SELECT count(*) FROM pg_partition_tree('moh.births_state') WHERE isleaf");
    raw_run(room->raw, "INSERT INTO moh.births_state (civil_no, seq, _op, _recorded_at,"
                       " _topic_partition, _offset, _content) SELECT n::text, n, 'c', now(), 1, n,"
                       " 2 FROM generate_series(1, 2000) n");
    raw_run(room->raw, "VACUUM (ANALYZE) moh.births_state");
    assert_server(room, "state_bytes",
                  "SELECT sum(pg_relation_size(t.relid) + pg_relation_size(x.indexrelid))::int8"
                  " FROM pg_partition_tree('moh.births_state') t JOIN pg_index x"
                  " ON x.indrelid = t.relid WHERE t.isleaf");
    assert_true(raw_int(room->raw, "SELECT pg_relation_size('moh.births_state_p0')") > 0);
}

static void a_slot_that_nobody_reads_is_named(void **state)
{
    struct births_room *room = *state;
    char found[64];
    assert_string_equal(server("slot", found), "none");
    raw_run(room->raw, "SELECT pg_create_physical_replication_slot('sizes_without_wal')");
    assert_string_equal(server("slot", found), "none"); /* it keeps nothing */
    raw_run(room->raw, "SELECT pg_create_physical_replication_slot('sizes_unread', true)");
    server("slot", found);
    raw_run(room->raw, "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                       " WHERE slot_name LIKE 'sizes%'");
    assert_string_equal(found, "sizes_unread");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, build, births_room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(its_settings_are_in_bytes_and_seconds),
        TEST(states_are_counted_with_their_leaves_and_keys),
        TEST(a_slot_that_nobody_reads_is_named),
    };
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
