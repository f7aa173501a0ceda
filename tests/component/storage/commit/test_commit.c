/* SPDX-License-Identifier: Apache-2.0
 * component/storage/commit/test_commit.c - the rows and tables of a committed batch. Effects: test_effects.c; batches that
 * fail: test_faults.c. */
#include "commit_kit.h"

#include "base/clock.h"

static void every_row_of_a_batch_has_the_transactions_time(void **state)
{
    struct kit *kit = *state;
    kit_birth(kit, 0, "A", 1, 1, "x");
    kit->quarantined[0] = (struct sto_quarantined){.dataset_id = kit->births.dataset_id,
                                                   .progress = 0,
                                                   .offset = kit_take_offset(kit, 0),
                                                   .kafka_ts_us = STO_NO_TIME,
                                                   .reason = ERR_TRUNCATED,
                                                   .detail = "x"};
    kit->batch.quarantined_count = 1;
    kit_commit(kit);
    assert_int_equal(raw_int(kit->raw,
                             "SELECT count(DISTINCT t) FROM (SELECT _recorded_at t FROM"
                             " moh.births_state UNION ALL SELECT _recorded_at FROM"
                             " moh.births_history UNION ALL SELECT recorded_at FROM"
                             " nrc.quarantine UNION ALL SELECT recorded_at FROM nrc.ledger) x"),
                     1);
    char sql[200];
    snprintf(
        sql, sizeof(sql),
        "SELECT (extract(epoch FROM _recorded_at) * 1000000 = %lld)::text FROM moh.births_state",
        (long long)kit->batch.recorded_at_us);
    assert_string_equal(raw_text(kit->raw, sql), "true");
}

static void the_quarantine_keeps_events_whole(void **state)
{
    struct kit *kit = *state;
    static const uint8_t payload[] = "payload with \0 a zero, long enough to compress compress "
                                     "compress compress compress compress";
    static const uint8_t headers[] = "\0\0\0\1h\xFF\xFF\xFF\xFF";
    kit->quarantined[0] = (struct sto_quarantined){
        .dataset_id = kit->births.dataset_id,
        .progress = 0,
        .offset = kit_take_offset(kit, 0),
        .kafka_ts_us = INT64_MIN + 1, /* a producer's broken clock must not stop the partition */
        .schema_id = 77,
        .reason = ERR_BAD_TEXT,
        .rule = "not \xD8 text",
        .path = "/\xD8\xA7\xD8", /* cut in the middle of a letter */
        .detail = "detail",
        .key = (const uint8_t *)"key",
        .key_len = 3,
        .payload = payload,
        .payload_len = sizeof(payload),
        .headers = headers,
        .headers_len = sizeof(headers) - 1};
    kit->quarantined[1] = kit->quarantined[0];
    kit->quarantined[1].offset = kit_take_offset(kit, 0);
    kit->quarantined[1].kafka_ts_us = INT64_MAX;
    kit->batch.quarantined_count = 2;
    kit_commit(kit);
    assert_int_equal(kit->progress[0].quarantined, 2);
    assert_string_equal(raw_text(kit->raw,
                                 "SELECT string_agg((kafka_ts AT TIME ZONE 'UTC')::date::text,"
                                 " ',' ORDER BY id) FROM nrc.quarantine"),
                        "4714-11-24 BC,294247-01-10");
    assert_string_equal(
        raw_text(kit->raw, "SELECT concat_ws('|', reason, rule, path, detail,"
                           " encode(key, 'escape'), encode(headers, 'hex'), schema_id,"
                           " payload_bytes, withheld, status) FROM nrc.quarantine"),
        "bad_text|not ? text|/\xD8\xA7?|detail|key|0000000168ffffffff|77|92|f|open");
    assert_int_equal(sizeof(payload), 92);
    struct err err = ERR_INIT;
    unsigned char *kept = NULL;
    size_t len = 0;
    struct sto_conn *conn = sto_open(STO_ROLE_STEWARD);
    const char *id = raw_text(kit->raw, "SELECT id FROM nrc.quarantine");
    assert_ok(sto_quarantine_payload(conn, id, &kept, &len, &err), err);
    assert_int_equal(len, sizeof(payload));
    assert_memory_equal(kept, payload, len);
    free(kept);
    sto_conn_close(&conn);
    kit_assert_no_ledger_faults();
}

static void a_withheld_event_leaves_no_byte(void **state)
{
    struct kit *kit = *state;
    kit->quarantined[0] = (struct sto_quarantined){.dataset_id = kit->births.dataset_id,
                                                   .progress = 1,
                                                   .offset = kit_take_offset(kit, 1),
                                                   .reason = ERR_TRUNCATED,
                                                   .path = "",
                                                   .detail = "the bytes end",
                                                   .key = (const uint8_t *)"SECRETKEY",
                                                   .key_len = 9,
                                                   .payload = (const uint8_t *)"SECRETPAYLOAD",
                                                   .payload_len = 13,
                                                   .headers = (const uint8_t *)"SECRETHEADER",
                                                   .headers_len = 12,
                                                   .withheld = true};
    kit->batch.quarantined_count = 1;
    kit_commit(kit);
    assert_string_equal(raw_text(kit->raw,
                                 "SELECT (withheld AND key IS NULL AND headers IS NULL AND"
                                 " payload IS NULL)::text FROM nrc.quarantine"),
                        "true");
    assert_string_equal(
        raw_text(kit->raw, "SELECT (q::text LIKE '%SECRET%')::text FROM nrc.quarantine q"),
        "false");
}

static void skipped_offsets_move_the_position_and_keep_its_last_record(void **state)
{
    struct kit *kit = *state;
    kit_birth(kit, 0, "A", 1, 1, "x");
    kit_commit(kit);
    kit_begin(kit);
    kit->progress[0].next += 5;
    kit->progress[0].skipped = 5;
    kit->progress[1].next += 1;
    kit->progress[1].received = 1;
    kit->progress[1].exempt = 1;
    kit->progress[1].last_offset = 0;
    kit->progress[1].last_hash = UINT64_MAX;
    kit_commit(kit);
    assert_string_equal(raw_text(kit->raw,
                                 "SELECT string_agg(concat_ws(' ', next_offset, last_offset,"
                                 " last_hash), ',' ORDER BY partition) FROM nrc.position"
                                 " WHERE topic = 'moh.births'"),
                        "6 0 7,1 0 -1,0 -1 0");
    assert_string_equal(raw_text(kit->raw, "SELECT concat_ws(' ', sum(received), sum(skipped),"
                                           " sum(exempt)) FROM nrc.ledger"),
                        "2 5 1");
    kit_assert_no_ledger_faults();
}

/* Each microsecond is one step's. */
static void the_steps_times_add_up_to_no_more_than_passed(void **state)
{
    struct kit *kit = *state;
    const char *const *names;
    const int64_t *spent_us;
    int64_t sum_us = 0;
    const int64_t start_us = clock_mono_us();
    kit_birth(kit, 0, "A", 1, 1, "x");
    kit_commit(kit);
    const int64_t passed_us = clock_mono_us() - start_us;
    const size_t count = sto_writer_times(kit->writer, &names, &spent_us);
    for (size_t i = 0; i < count; i++) {
        assert_true(spent_us[i] >= 0);
        sum_us += spent_us[i];
    }
    assert_in_range(sum_us, 1, passed_us);
}

static void one_table_alone_when_told_so(void **state)
{
    struct kit *kit = *state;
    sto_writer_set_tables(kit->writer, STO_HISTORY_ONLY);
    kit_birth(kit, 0, "A", 1, 2, "x");
    kit_birth(kit, 0, "A", 1, 1, "y");
    kit_commit(kit);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_state"), 0);
    assert_int_equal(
        raw_int(kit->raw, "SELECT count(*) FROM moh.births_history WHERE _effect = 'a'"), 2);
    sto_writer_set_tables(kit->writer, STO_STATE_ONLY);
    kit_begin(kit);
    kit_birth(kit, 0, "A", 1, 2, "x");
    kit_birth(kit, 0, "A", 1, 1, "y");
    kit_commit(kit);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_state"), 1);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_history"), 2);
    assert_int_equal(kit->births_events[1].effect, STO_STALE);
}

/* The catalogue is read again between two batches of one connection. */
static void a_new_column_version_gets_its_own_row_type(void **state)
{
    struct kit *kit = *state;
    static const struct column more[] = {
        {.name = "civil_no", .type = COLUMN_TEXT},
        {.name = "branch", .type = COLUMN_BIGINT},
        {.name = "name", .type = COLUMN_TEXT},
        {.name = "fee", .type = COLUMN_NUMERIC, .precision = 9, .scale = 2},
        {.name = "Mother \"s name", .type = COLUMN_TEXT},
    };
    const uint8_t sha256[32] = {9};
    struct err err = ERR_INIT;
    int32_t id;
    int32_t version;
    kit_birth(kit, 0, "A", 1, 1, "x");
    kit_commit(kit);
    struct sto_conn *conn = sto_open(STO_ROLE_REGISTRY);
    assert_ok(structure_add(conn, "moh.births-value", kit->births.dataset_id, sha256, more,
                            COUNT_OF(more), &id, &version, &err),
              err);
    sto_conn_close(&conn);
    kit->births.columns = more;
    kit->births.column_count = COUNT_OF(more);
    kit->births.column_version = 2;
    kit_begin(kit);
    const struct cell cells[] = {kit_text("A"),
                                 {.type = CELL_I64, .i = 1},
                                 kit_text("x"),
                                 {.type = CELL_NULL},
                                 kit_text("Maryam")};
    kit_add(kit, &kit->sections[0], cells, 'u', 0)->order = 2;
    kit_commit(kit);
    assert_string_equal(raw_text(kit->raw,
                                 "SELECT string_agg(coalesce(\"Mother \"\"s name\", '-'), ' '"
                                 " ORDER BY civil_no) FROM moh.births"),
                        "Maryam");
}

/* The register's columns are others than those that the batch was built for: a column a may be
 * another field's by now. */
static void a_batch_for_columns_of_before_writes_nothing(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    kit_birth(kit, 0, "A", 1, 1, "first");
    kit_visit(kit, 0, 5, "note", 0);
    raw_run(kit->raw, "UPDATE nrc.dataset SET column_version = column_version + 1"
                      " WHERE name = 'births'");
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_RETRY,
               ERR_COLUMNS_CHANGED);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_history"), 0);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.visits_state"), 0);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.ledger"), 0);
    kit->births.column_version++;
    kit_commit(kit);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_history"), 1);
    kit_assert_no_ledger_faults();
}

static const struct column kinds_columns[] = {
    {.name = "id", .type = COLUMN_UUID},
    {.name = "t", .type = COLUMN_TEXT},
    {.name = "i", .type = COLUMN_BIGINT},
    {.name = "d", .type = COLUMN_DOUBLE},
    {.name = "b", .type = COLUMN_BOOLEAN},
    {.name = "x", .type = COLUMN_BYTEA},
    {.name = "n", .type = COLUMN_NUMERIC, .precision = 20, .scale = 3},
    {.name = "day", .type = COLUMN_DATE},
    {.name = "clock", .type = COLUMN_TIME},
    {.name = "at", .type = COLUMN_TIMESTAMPTZ},
    {.name = "local", .type = COLUMN_TIMESTAMP},
    {.name = "j", .type = COLUMN_JSONB},
};

static void a_column_of_every_type_is_kept(void **state)
{
    struct kit *kit = *state;
    static const char *const keys[] = {"id"};
    static const uint16_t key_columns[] = {0};
    const struct cell tape[] = {{.type = CELL_ARRAY, .len = 1}, {.type = CELL_NULL}};
    const uint8_t n[] = {0x30, 0x39};
    const struct cell cells[] = {
        {.type = CELL_UUID, .p = (const uint8_t *)"0123456789abcdef"},
        kit_text("\xD8\xB3 a\tb"),
        {.type = CELL_I64, .i = INT64_MIN},
        {.type = CELL_F64, .d = 0.1},
        {.type = CELL_BOOL, .i = 1},
        {.type = CELL_BYTES, .len = 3, .p = (const uint8_t *)"\0\xFF\\"},
        {.type = CELL_DECIMAL, .p = n, .len = 2, .scale = 3},
        {.type = CELL_I64, .i = 20514},
        {.type = CELL_I64, .i = 34200000001},
        {.type = CELL_I64, .i = 1},
        {.type = CELL_I64, .i = -1},
        {.type = CELL_NESTED, .len = COUNT_OF(tape), .tape = tape},
    };
    static const char meant[] =
        "30313233-3435-3637-3839-616263646566|\xD8\xB3 a\tb|-9223372036854775808|0.1|t|\\x00ff5c|"
        "12.345|2026-03-02|09:30:00.000001|1970-01-01 00:00:00.000001|1969-12-31 23:59:59.999999|"
        "[null]";
    struct sto_conn *conn = sto_open(STO_ROLE_REGISTRY);
    const struct sto_table kinds = {
        .dataset_id =
            kit_dataset(conn, "kinds", keys, 1, NULL, kinds_columns, COUNT_OF(kinds_columns)),
        .column_version = 1,
        .agency = "moh",
        .name = "kinds",
        .columns = kinds_columns,
        .column_count = COUNT_OF(kinds_columns),
        .key_columns = key_columns,
        .key_count = 1};
    sto_conn_close(&conn);
    kit->sections[1].table = &kinds;
    kit_add(kit, &kit->sections[1], cells, 'u', KIT_PARTITIONS);
    kit_commit(kit);
    static const char *const tables[] = {"state", "history"};
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        char sql[200];
        snprintf(sql, sizeof(sql),
                 "SELECT concat_ws('|', id, t, i, d, b, x, n, day, clock, at AT TIME ZONE 'UTC',"
                 " local, j) FROM moh.kinds_%s",
                 tables[i]);
        assert_string_equal(raw_text(kit->raw, sql), meant);
    }
}

/* An incident that a good event ends is looked up by this time; the first offset of a log is one like others. */
static void the_position_remembers_when_its_last_event_was_good(void **state)
{
    struct kit *kit = *state;
    kit_birth(kit, 0, "A", 1, 1, "good");
    kit_commit(kit);
    assert_string_equal(
        raw_text(kit->raw, "SELECT string_agg(CASE WHEN good_at IS NULL THEN '-' ELSE 'good' END,"
                           " ' ' ORDER BY topic, partition) FROM nrc.position"),
        "good - - - - -");
    raw_run(kit->raw, "UPDATE nrc.position SET good_at = NULL");
    kit_begin(kit);
    kit_birth(kit, 0, "A", 1, 2, "good, and not the log's first");
    kit_commit(kit);
    assert_int_equal(raw_int(kit->raw, "SELECT count(good_at) FROM nrc.position"), 1);
}

/* A writer knows more tables than it has room for at first. */
static void a_writer_keeps_any_number_of_tables(void **state)
{
    enum { TABLES = 18 };
    static const char *const keys[] = {"visit"};
    static struct sto_table tables[TABLES];
    static char names[TABLES][8];
    struct kit *kit = *state;
    struct sto_conn *conn = sto_open(STO_ROLE_REGISTRY);
    for (int i = 0; i < TABLES; i++) {
        snprintf(names[i], sizeof(names[i]), "d%d", i);
        tables[i] = kit->visits;
        tables[i].name = names[i];
        tables[i].dataset_id =
            kit_dataset(conn, names[i], keys, 1, NULL, visits_columns, COUNT_OF(visits_columns));
    }
    sto_conn_close(&conn);
    for (int i = 0; i < 2 * TABLES; i++) {
        kit_begin(kit);
        kit->sections[1].table = &tables[i % TABLES];
        kit_visit(kit, 0, i, "note", INT64_C(1700000000000000));
        kit_commit(kit);
    }
    for (int i = 0; i < TABLES; i++) {
        char sql[64];
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM moh.d%d_state", i);
        assert_int_equal(raw_int(kit->raw, sql), 2);
    }
}

/* Two datasets of four leaves each are known; the server has its usual room. */
static void the_server_says_how_many_sections_have_room(void **state)
{
    struct kit *kit = *state;
    const int64_t locks =
        raw_int(kit->raw, "SELECT current_setting('max_locks_per_transaction')::int *"
                          " (current_setting('max_connections')::int +"
                          " current_setting('max_prepared_transactions')::int)");
    const int64_t room = locks / 4 * 3 / 2 - 40 - 2 * 14;
    assert_int_equal(sto_writer_sections_max(kit->writer, 2), 2 + room / 22);
    raw_run(kit->raw, "UPDATE nrc.dataset SET leaves = 256");
    kit_open_conn(kit, NULL);
    assert_int_equal(sto_writer_sections_max(kit->writer, 8), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COMMIT_TEST(every_row_of_a_batch_has_the_transactions_time),
        COMMIT_TEST(the_quarantine_keeps_events_whole),
        COMMIT_TEST(a_withheld_event_leaves_no_byte),
        COMMIT_TEST(skipped_offsets_move_the_position_and_keep_its_last_record),
        COMMIT_TEST(the_steps_times_add_up_to_no_more_than_passed),
        COMMIT_TEST(one_table_alone_when_told_so),
        COMMIT_TEST(a_new_column_version_gets_its_own_row_type),
        COMMIT_TEST(a_batch_for_columns_of_before_writes_nothing),
        COMMIT_TEST(a_column_of_every_type_is_kept),
        COMMIT_TEST(the_position_remembers_when_its_last_event_was_good),
        COMMIT_TEST_AS(the_server_says_how_many_sections_have_room, kit_setup, "rows"),
        COMMIT_TEST_AS(a_writer_keeps_any_number_of_tables, kit_setup, "rows"),
    };
    return cmocka_run_group_tests_name("commit", tests, NULL, NULL);
}
