/* SPDX-License-Identifier: Apache-2.0
 * component/storage/commit/test_columns.c - the tables change between two batches of one connection, which
 * knows their row types and has prepared its statements. Nothing is written by columns of before, nothing
 * halts, and the next attempt is made on the same connection. */
#include "commit_kit.h"

static void change_columns(const struct kit *kit, uint8_t mark, const struct column *columns,
                           size_t count)
{
    const uint8_t sha256[32] = {mark};
    struct err err = ERR_INIT;
    int32_t id;
    int32_t version;
    struct sto_conn *conn = sto_open(STO_ROLE_REGISTRY);
    assert_ok(structure_add(conn, "moh.births-value", kit->births.dataset_id, sha256, columns,
                            count, &id, &version, &err),
              err);
    sto_conn_close(&conn);
}

static void assert_refused(struct kit *kit)
{
    struct err err = ERR_INIT;
    const int64_t rows = raw_int(kit->raw, "SELECT count(*) FROM moh.births_history");
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_RETRY,
               ERR_COLUMNS_CHANGED);
    assert_true(sto_conn_usable(kit->conn));
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_history"), rows);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_state"), 1);
}

/* As the catalogue says it now. */
static void take_columns(struct kit *kit, const struct column *columns, size_t count,
                         const struct cell *cells)
{
    kit->births.columns = columns;
    kit->births.column_count = count;
    kit->births.column_version++;
    kit_rewind(kit);
    kit_begin(kit);
    kit_add(kit, &kit->sections[0], cells, 'u', 0)->order = 2;
    kit_commit(kit);
    kit_assert_no_ledger_faults();
}

/* The record has a field less than the table has columns by now. */
static void a_column_added_meanwhile_is_asked_for(void **state)
{
    struct kit *kit = *state;
    static const struct column more[] = {
        {.name = "civil_no", .type = COLUMN_TEXT},
        {.name = "branch", .type = COLUMN_BIGINT},
        {.name = "name", .type = COLUMN_TEXT},
        {.name = "fee", .type = COLUMN_NUMERIC, .precision = 6, .scale = 2},
        {.name = "mother", .type = COLUMN_TEXT},
    };
    const struct cell cells[] = {kit_text("A"),
                                 {.type = CELL_I64, .i = 1},
                                 kit_text("x"),
                                 {.type = CELL_NULL},
                                 kit_text("Maryam")};
    kit_birth(kit, 0, "A", 1, 1, "x");
    kit_commit(kit);
    change_columns(kit, 9, more, COUNT_OF(more));
    kit_begin(kit);
    kit_birth(kit, 0, "A", 1, 2, "y");
    assert_refused(kit);
    take_columns(kit, more, COUNT_OF(more), cells);
    assert_string_equal(raw_text(kit->raw, "SELECT mother FROM moh.births_state"), "Maryam");
}

/* Two of one type: every record of before is a good record of the new row type. */
static void two_columns_that_swap_their_names_are_not_mixed_up(void **state)
{
    struct kit *kit = *state;
    static const struct column two[] = {
        {.name = "civil_no", .type = COLUMN_TEXT},
        {.name = "branch", .type = COLUMN_BIGINT},
        {.name = "name", .type = COLUMN_TEXT},
        {.name = "fee", .type = COLUMN_NUMERIC, .precision = 6, .scale = 2},
        {.name = "other", .type = COLUMN_TEXT},
    };
    static const struct column swapped[] = {
        {.name = "civil_no", .type = COLUMN_TEXT},
        {.name = "branch", .type = COLUMN_BIGINT},
        {.name = "other", .type = COLUMN_TEXT},
        {.name = "fee", .type = COLUMN_NUMERIC, .precision = 6, .scale = 2},
        {.name = "name", .type = COLUMN_TEXT},
    };
    const struct cell cells[] = {kit_text("A"),
                                 {.type = CELL_I64, .i = 1},
                                 kit_text("3rd"),
                                 {.type = CELL_NULL},
                                 kit_text("5th")};
    change_columns(kit, 9, two, COUNT_OF(two));
    take_columns(kit, two, COUNT_OF(two), cells);
    change_columns(kit, 10, swapped, COUNT_OF(swapped));
    kit_begin(kit);
    kit_add(kit, &kit->sections[0], cells, 'u', 0)->order = 3;
    assert_refused(kit);
    assert_string_equal(raw_text(kit->raw, "SELECT other || name FROM moh.births_state"), "3rd5th");
    take_columns(kit, swapped, COUNT_OF(swapped), cells);
    assert_string_equal(raw_text(kit->raw, "SELECT other || name FROM moh.births_state"), "3rd5th");
}

/* By an administrator's hand, which no version tells of: its column stays null. The connection's records
 * do not fit any more, and the next ones do. */
static void a_column_added_by_hand_fails_once_and_is_left_null(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    kit_birth(kit, 0, "A", 1, 1, "x");
    kit_commit(kit);
    raw_run(kit->raw, "ALTER TABLE moh.births_state ADD COLUMN theirs text DEFAULT 'none'");
    kit_begin(kit);
    kit_birth(kit, 0, "B", 1, 1, "x");
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_FATAL, ERR_REGISTER_SQL);
    assert_int_equal(err.progress, 0);
    kit_commit(kit);
    assert_string_equal(raw_text(kit->raw, "SELECT string_agg(theirs, ' ') FROM moh.births_state"),
                        "none none");
}

static void put_both(struct kit *kit)
{
    kit_begin(kit);
    kit_birth(kit, 0, "A", 1, 1, "x");
    kit_visit(kit, 0, 1, "note", INT64_C(1700000000000000));
}

/* A batch that fails at the first of two datasets: what the server has prepared stays prepared, and what it
 * skipped is not taken for prepared. */
static void a_first_touch_that_fails_half_way_is_made_whole_later(void **state)
{
    static const char *const tables[] = {"moh.births_state", "moh.births_history"};
    struct kit *kit = *state;
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        struct err err = ERR_INIT;
        char sql[128];
        snprintf(sql, sizeof(sql), "ALTER TABLE %s ADD CONSTRAINT refuses CHECK (false)",
                 tables[i]);
        raw_run(kit->raw, sql);
        put_both(kit);
        assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_FATAL,
                   ERR_REGISTER_SQL);
        assert_int_equal(err.progress, 0);
        snprintf(sql, sizeof(sql), "ALTER TABLE %s DROP CONSTRAINT refuses", tables[i]);
        raw_run(kit->raw, sql);
        kit_rewind(kit);
    }
    put_both(kit);
    kit_commit(kit);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.visits_history"), 1);
    kit_assert_no_ledger_faults();
}

/* The merges went with the fence, and nobody reads their answers. */
static void what_was_prepared_beside_a_fence_that_fails_is_known(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    put_both(kit);
    kit->progress[0].epoch--;
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_FENCED, ERR_STALE_EPOCH);
    kit->progress[0].epoch++;
    kit_commit(kit);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.visits_history"), 1);
    kit_assert_no_ledger_faults();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COMMIT_TEST(a_column_added_meanwhile_is_asked_for),
        COMMIT_TEST(two_columns_that_swap_their_names_are_not_mixed_up),
        COMMIT_TEST(a_column_added_by_hand_fails_once_and_is_left_null),
        COMMIT_TEST(a_first_touch_that_fails_half_way_is_made_whole_later),
        COMMIT_TEST(what_was_prepared_beside_a_fence_that_fails_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
