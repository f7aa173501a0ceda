/* SPDX-License-Identifier: Apache-2.0
 * component/storage/commit/test_chunks.c - how many statements a section's rows take: by their number, and by their bytes. */
#include "commit_kit.h"

#include "storage/conn/statement.h"

/* How often this connection has run statements of that name. */
static int64_t runs_of(struct kit *kit, const char *name)
{
    char like[64];
    const char *const values[] = {like};
    struct err err = ERR_INIT;
    snprintf(like, sizeof(like), "nrc_%s_%%", name);
    PGresult *rows = sto_exec(kit->conn,
                              "SELECT coalesce(sum(generic_plans + custom_plans), 0)::int8"
                              " FROM pg_prepared_statements WHERE name LIKE $1",
                              values, COUNT_OF(values), &err);
    if (rows == NULL) {
        fail_msg("%s", err.text);
    }
    const int64_t runs = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);
    PQclear(rows);
    return runs;
}

/* More rows than one merge takes, and with them a section of one; then some of them, and later all, are not applied. */
static void many_rows_are_merged_by_several_statements(void **state)
{
    struct kit *kit = *state;
    sto_writer_set_chunk_rows(kit->writer, 1500);
    for (int b = 0; b < 3; b++) {
        kit_begin(kit);
        for (int i = 0; i < KIT_EVENTS - 1; i++) {
            char civil_no[16];
            snprintf(civil_no, sizeof(civil_no), "%d", i);
            kit_birth(kit, 0, civil_no, 1, b < 2 || i % 2 == 0 ? b : 0, "x");
        }
        kit_visit(kit, 0, 1, "note", INT64_C(1700000000000000));
        kit_commit(kit);
        assert_int_equal(runs_of(kit, "merge"), 4 * (b + 1));
        assert_int_equal(runs_of(kit, "unapplied"), b == 2 ? 3 : 0);
    }
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_state"), KIT_EVENTS - 1);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_state WHERE _order = 2"),
                     KIT_EVENTS / 2);
    assert_int_equal(kit->progress[0].applied, KIT_EVENTS / 2);
    assert_int_equal(kit->progress[0].stale, KIT_EVENTS / 2 - 1);
    kit_assert_no_ledger_faults();
}

/* A parameter holds 512 KiB, and the row that crosses that: wide rows are merged by several statements before they
 * are many, and their history is COPYed. */
static void wide_rows_are_too_much_for_one_parameter(void **state)
{
    enum { LETTERS = 100 * 1024 };
    static const struct {
        int rows;
        int merges;
        int histories;
    } cases[] = {{5, 1, 1}, {6, 1, 0}, {7, 2, 0}, {13, 3, 0}, {1, 1, 1}};
    struct kit *kit = *state;
    static char wide[LETTERS + 1];
    memset(wide, 'w', LETTERS);
    int64_t merges = 0;
    int64_t histories = 0;
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        kit_begin(kit);
        for (int i = 0; i < cases[c].rows; i++) {
            kit_birth(kit, 0, "A", i, (int64_t)c, wide);
        }
        kit_commit(kit);
        assert_int_equal(runs_of(kit, "merge"), merges += cases[c].merges);
        assert_int_equal(runs_of(kit, "history"), histories += cases[c].histories);
    }
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_state"), 13);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_history"), 32);
    kit_assert_no_ledger_faults();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COMMIT_TEST_AS(many_rows_are_merged_by_several_statements, kit_setup, "rows"),
        COMMIT_TEST_AS(wide_rows_are_too_much_for_one_parameter, kit_setup, "rows"),
    };
    return cmocka_run_group_tests_name("chunks", tests, NULL, NULL);
}
