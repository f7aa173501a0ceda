/* SPDX-License-Identifier: Apache-2.0
 * Batches that do not commit, or nobody knows: what each leaves, and what the error says to do. */
#include "commit_kit.h"
#include "cut_proxy.h"

#include "storage/conn/statement.h"

static void make_batch(struct kit *kit)
{
    kit_birth(kit, 0, "A", 1, 1, "x");
    kit_birth(kit, 1, "A", 1, 2, "y");
    kit_birth(kit, 1, "B", 1, 1, "z");
    kit_visit(kit, 0, 1, "note", INT64_C(1700000000000000));
}

static void assert_nothing_is_written(struct kit *kit)
{
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_state"), 0);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_history"), 0);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.ledger"), 0);
    assert_int_equal(raw_int(kit->raw, "SELECT max(next_offset) FROM nrc.position"), 0);
}

static void assert_batch_is_written_once(struct kit *kit)
{
    assert_string_equal(raw_text(kit->raw,
                                 "SELECT string_agg(concat(civil_no, _order, _effect), ' ' ORDER BY"
                                 " _topic_partition, _offset) FROM moh.births_history"),
                        "A1a A2a B1a");
    assert_string_equal(raw_text(kit->raw, "SELECT string_agg(concat(civil_no, name), ' ' ORDER BY"
                                           " civil_no) FROM moh.births_state"),
                        "Ay Bz");
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.visits_history"), 1);
    assert_int_equal(raw_int(kit->raw, "SELECT sum(received) FROM nrc.ledger"), 4);
}

static struct sto_conn_options options_for(const char *dsn)
{
    return (struct sto_conn_options){
        .dsn = dsn, .role = STO_ROLE_INGEST, .application_name = "nrc test", .deadline_ms = 60000};
}

/* A commit over a proxy that cuts; then a new connection past it. */
static void commit_in_doubt(struct kit *kit, enum cut cut)
{
    struct cut_proxy proxy;
    struct err err = ERR_INIT;
    cut_proxy_start(&proxy, kit->raw);
    const struct sto_conn_options options = options_for(proxy.dsn);
    kit_open_conn(kit, &options);
    make_batch(kit);
    cut_proxy_arm(&proxy, cut);
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_IN_DOUBT,
               ERR_COMMIT_UNKNOWN);
    assert_false(sto_conn_usable(kit->conn));
    cut_proxy_stop(&proxy);
    kit_open_conn(kit, NULL);
}

static void a_lost_answer_is_resolved_as_committed(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    commit_in_doubt(kit, CUT_REPLY);
    assert_int_equal(sto_commit_resolve(kit->conn, &kit->batch, &err), 1);
    assert_batch_is_written_once(kit);
}

static void a_lost_commit_is_resolved_as_not_committed(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    commit_in_doubt(kit, CUT_REQUEST);
    assert_int_equal(sto_commit_resolve(kit->conn, &kit->batch, &err), 0);
    assert_nothing_is_written(kit);
    kit_commit(kit);
    assert_batch_is_written_once(kit);
}

static void a_claim_in_the_meantime_fences_the_doubt(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    commit_in_doubt(kit, CUT_REQUEST);
    raw_run(kit->raw, "UPDATE nrc.position SET epoch = epoch + 1 WHERE topic = 'moh.births' AND"
                      " partition = 2");
    assert_err(sto_commit_resolve(kit->conn, &kit->batch, &err), err, ERR_KIND_FENCED,
               ERR_STALE_EPOCH);
    assert_int_equal(err.progress, 2);
}

static void positions_half_way_are_neither(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    make_batch(kit);
    raw_run(kit->raw, "UPDATE nrc.position SET next_offset = 1 WHERE topic = 'moh.births' AND"
                      " partition = 0");
    assert_err(sto_commit_resolve(kit->conn, &kit->batch, &err), err, ERR_KIND_FENCED,
               ERR_STALE_EPOCH);
}

/* The old backend may still be inside COMMIT. */
static void a_locked_position_leaves_the_doubt(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    make_batch(kit);
    raw_run(kit->raw, "BEGIN");
    raw_run(kit->raw, "SELECT FROM nrc.position WHERE topic = 'moh.visits' FOR UPDATE");
    assert_err(sto_commit_resolve(kit->conn, &kit->batch, &err), err, ERR_KIND_RETRY,
               ERR_REGISTER_TIMEOUT);
    raw_run(kit->raw, "ROLLBACK");
    assert_int_equal(sto_commit_resolve(kit->conn, &kit->batch, &err), 0);
    kit_commit(kit);
    assert_int_equal(sto_commit_resolve(kit->conn, &kit->batch, &err), 1);
}

static void a_stale_epoch_writes_nothing(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    make_batch(kit);
    kit->quarantined[0] = (struct sto_quarantined){.dataset_id = kit->births.dataset_id,
                                                   .offset = kit_take_offset(kit, 0),
                                                   .reason = ERR_TRUNCATED};
    kit->batch.quarantined_count = 1;
    raw_run(kit->raw, "UPDATE nrc.position SET epoch = epoch + 1 WHERE topic = 'moh.births' AND"
                      " partition = 1");
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_FENCED, ERR_STALE_EPOCH);
    assert_int_equal(err.progress, 1);
    assert_nothing_is_written(kit);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.quarantine"), 0);

    /* The connection serves the partitions that are still ours. */
    kit->progress[1].epoch++;
    kit_commit(kit);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_history"), 3);
}

/* No key has several versions, so few rows are merged in the fence's own round trip. */
static void a_merge_that_went_with_a_fence_that_fails_is_undone(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    kit_birth(kit, 0, "A", 1, 1, "x");
    kit_birth(kit, 1, "B", 1, 1, "y");
    kit_visit(kit, 0, 1, "note", INT64_C(1700000000000000));
    raw_run(kit->raw, "UPDATE nrc.position SET epoch = epoch + 1 WHERE topic = 'moh.births' AND"
                      " partition = 1");
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_FENCED, ERR_STALE_EPOCH);
    assert_int_equal(err.progress, 1);
    assert_nothing_is_written(kit);
    kit->progress[1].epoch++;
    kit_commit(kit);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_history"), 2);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_state"), 2);
}

static void another_offset_writes_nothing(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    make_batch(kit);
    kit_commit(kit);
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_FENCED, ERR_STALE_EPOCH);
    assert_int_equal(err.progress, 0);
    assert_batch_is_written_once(kit);
}

static void a_table_that_is_not_there_fails_its_own_dataset(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct sto_table gone = kit->visits;
    gone.name = "nowhere";
    kit->sections[1].table = &gone;
    make_batch(kit);
    assert_int_equal(sto_commit(kit->writer, &kit->batch, &err), -1);
    assert_int_equal(err.kind, ERR_KIND_FATAL);
    assert_non_null(strstr(err.text, "nowhere"));
    assert_nothing_is_written(kit);
}

static void a_batch_that_does_not_balance_is_refused(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    make_batch(kit);
    kit->progress[0].received++;
    kit->progress[0].next++;
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_FATAL, ERR_BUG);
    kit->progress[0].received--;
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_FATAL, ERR_BUG);
    assert_nothing_is_written(kit);
    kit->progress[0].next--;
    kit_commit(kit);
    assert_batch_is_written_once(kit);
}

/* Each of them names a partition of the batch, the first and the last. */
static void a_quarantined_event_of_no_partition_is_refused(void **state)
{
    struct kit *kit = *state;
    make_batch(kit);
    for (size_t bad = 0; bad < 2; bad++) {
        struct err err = ERR_INIT;
        kit->batch.quarantined_count = 2;
        for (size_t i = 0; i < 2; i++) {
            kit->quarantined[i] = (struct sto_quarantined){.dataset_id = kit->births.dataset_id,
                                                           .progress = i == bad ? 99 : 0,
                                                           .reason = ERR_BAD_FRAME,
                                                           .path = "",
                                                           .detail = ""};
        }
        assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_FATAL, ERR_BUG);
        assert_nothing_is_written(kit);
    }
}

static void add_quarantined(struct kit *kit)
{
    kit->quarantined[0] = (struct sto_quarantined){.dataset_id = kit->births.dataset_id,
                                                   .offset = kit_take_offset(kit, 0),
                                                   .reason = ERR_BAD_FRAME,
                                                   .detail = "no frame"};
    kit->batch.quarantined_count = 1;
}

/* The tables that are written with the COMMIT: each refuses its rows once. */
static void a_step_of_the_tail_that_fails_leaves_nothing_and_is_named(void **state)
{
    static const struct {
        const char *table;
        const char *step;
        bool quarantines;
    } cases[] = {
        {"moh.births_history", "history", false},
        {"nrc.ledger", "while writing the ledger", false},
        {"nrc.incident_sign", "while writing signs of incidents", true},
    };
    struct kit *kit = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err = ERR_INIT;
        char sql[128];
        kit_begin(kit);
        make_batch(kit);
        if (cases[i].quarantines) {
            add_quarantined(kit);
        }
        snprintf(sql, sizeof(sql), "ALTER TABLE %s ADD CONSTRAINT refuses CHECK (false)",
                 cases[i].table);
        raw_run(kit->raw, sql);
        assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_FATAL,
                   ERR_REGISTER_SQL);
        assert_non_null(strstr(err.text, "constraint refuses is broken"));
        assert_non_null(strstr(err.text, cases[i].step));
        assert_nothing_is_written(kit);
        assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.quarantine"), 0);
        assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.incident_sign"), 0);
        snprintf(sql, sizeof(sql), "ALTER TABLE %s DROP CONSTRAINT refuses", cases[i].table);
        raw_run(kit->raw, sql);
        kit_rewind(kit);
    }
    kit_begin(kit);
    make_batch(kit);
    kit_commit(kit);
    assert_batch_is_written_once(kit);
}

/* The server refuses at COMMIT itself; the engine cannot tell that from a lost answer. */
static void a_commit_that_is_refused_leaves_nothing_and_is_in_doubt(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    raw_run(kit->raw, "CREATE FUNCTION nrc.refuses() RETURNS trigger LANGUAGE plpgsql AS"
                      " $$BEGIN RAISE 'refused at the end'; END$$");
    raw_run(kit->raw, "CREATE CONSTRAINT TRIGGER refuses AFTER INSERT ON nrc.ledger INITIALLY"
                      " DEFERRED FOR EACH ROW EXECUTE FUNCTION nrc.refuses()");
    make_batch(kit);
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_IN_DOUBT,
               ERR_COMMIT_UNKNOWN);
    assert_non_null(strstr(err.text, "refused at the end, while committing"));
    raw_run(kit->raw, "DROP TRIGGER refuses ON nrc.ledger");
    kit_open_conn(kit, NULL);
    assert_int_equal(sto_commit_resolve(kit->conn, &kit->batch, &err), 0);
    assert_nothing_is_written(kit);
    kit_commit(kit);
    assert_batch_is_written_once(kit);
}

static void a_refused_value_is_poison_and_the_rest_commits(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    const uint8_t fee[] = {0x7F, 0xFF, 0xFF, 0xFF}; /* over numeric(6,2) */
    const struct cell cells[] = {kit_text("C"),
                                 {.type = CELL_I64, .i = 1},
                                 kit_text("v"),
                                 {.type = CELL_DECIMAL, .p = fee, .len = 4, .scale = 2}};
    for (int tables = STO_BOTH; tables <= STO_STATE_ONLY; tables++) {
        kit_begin(kit);
        make_batch(kit);
        kit_add(kit, &kit->sections[0], cells, 'u', 0)->order = 1;
        sto_writer_set_tables(kit->writer, (enum sto_tables)tables);
        assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_POISON,
                   ERR_REGISTER_REFUSED);
        assert_string_equal(err.sqlstate, "22003");
        assert_nothing_is_written(kit);
        kit_rewind(kit);
    }
    kit_begin(kit);
    make_batch(kit);
    sto_writer_set_tables(kit->writer, STO_BOTH);
    kit_commit(kit);
    assert_batch_is_written_once(kit);
}

static void a_missing_leaf_is_made_and_the_batch_tried_again(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    int made;
    char sql[128];
    snprintf(sql, sizeof(sql), "DROP TABLE moh.births_history_%.16s",
             raw_text(kit->raw, "SELECT to_char(now() AT TIME ZONE 'UTC', '\"y\"YYYY\"m\"MM')"));
    raw_run(kit->raw, sql);
    make_batch(kit);
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_RETRY, ERR_REGISTER_SQL);
    assert_string_equal(err.sqlstate, "23514");
    assert_nothing_is_written(kit);
    assert_ok(sto_leaves_make(kit->conn, 1, &made, &err), err);
    assert_int_equal(made, 1);
    kit_commit(kit);
    assert_batch_is_written_once(kit);
}

/* A row of the batch's is held by another transaction, so the merge waits; and while it waits,
 * `then` runs once. */
struct waiting {
    PGconn *raw;
    const char *then;
    bool done;
    int answer;
};

static int while_waiting(void *arg)
{
    struct waiting *waiting = arg;
    if (!waiting->done &&
        raw_int(waiting->raw, "SELECT count(*) FROM pg_stat_activity WHERE application_name ="
                              " 'nrc held' AND wait_event_type = 'Lock'") > 0) {
        waiting->done = true;
        raw_run(waiting->raw, waiting->then);
        return waiting->answer;
    }
    return 0;
}

static void open_waiting(struct kit *kit, struct waiting *waiting)
{
    struct sto_conn_options options = options_for(register_dsn());
    options.application_name = "nrc held";
    options.on_wait = while_waiting;
    options.on_wait_arg = waiting;
    options.wait_slice_ms = 5;
    waiting->raw = kit->raw; /* a slow login waits too */
    kit_open_conn(kit, &options);
    raw_run(kit->raw, "BEGIN");
    raw_run(kit->raw, "INSERT INTO moh.births_state (civil_no, branch, _op, _order, _offset,"
                      " _topic_partition, _kafka_ts, _recorded_at, _content)"
                      " VALUES ('A', 1, 'u', 5, 0, 999, now(), now(), 2)");
}

static void a_backend_terminated_in_a_batch_changes_nothing(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct waiting waiting = {.then = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                      " WHERE application_name = 'nrc held'"};
    open_waiting(kit, &waiting);
    make_batch(kit);
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_RETRY, ERR_REGISTER_DOWN);
    assert_true(waiting.done);
    assert_false(sto_conn_usable(kit->conn));
    raw_run(kit->raw, "ROLLBACK");
    assert_nothing_is_written(kit);
    kit_open_conn(kit, NULL);
    kit_commit(kit);
    assert_batch_is_written_once(kit);
}

static void an_abandoned_wait_changes_nothing(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct waiting waiting = {.then = "SELECT 1", .answer = 1};
    open_waiting(kit, &waiting);
    make_batch(kit);
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_RETRY,
               ERR_REGISTER_TIMEOUT);
    raw_run(kit->raw, "ROLLBACK");
    kit_open_conn(kit, NULL);
    assert_nothing_is_written(kit);
    kit_commit(kit);
    assert_batch_is_written_once(kit);
}

static void a_cancelled_statement_is_tried_again(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct waiting waiting = {.then = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                                      " WHERE application_name = 'nrc held'"};
    open_waiting(kit, &waiting);
    make_batch(kit);
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_RETRY,
               ERR_REGISTER_TIMEOUT);
    assert_string_equal(err.sqlstate, "57014");
    raw_run(kit->raw, "ROLLBACK");
    kit_commit(kit);
    assert_batch_is_written_once(kit);
}

/* Another lane inserts the key between the fold's reading and the merge, with a greater order:
 * what the fold said of the two versions may be wrong, so nothing of it is kept. */
static void a_folded_key_written_meanwhile_is_folded_anew(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct waiting waiting = {.then = "COMMIT"};
    open_waiting(kit, &waiting);
    make_batch(kit);
    assert_err(sto_commit(kit->writer, &kit->batch, &err), err, ERR_KIND_RETRY, ERR_REGISTER_SQL);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_history"), 0);
    kit_commit(kit);
    assert_string_equal(raw_text(kit->raw,
                                 "SELECT string_agg(concat(civil_no, _order, _effect), ' ' ORDER BY"
                                 " _topic_partition, _offset) FROM moh.births_history"),
                        "A1s A2s B1a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COMMIT_TEST(a_lost_answer_is_resolved_as_committed),
        COMMIT_TEST(a_lost_commit_is_resolved_as_not_committed),
        COMMIT_TEST(a_claim_in_the_meantime_fences_the_doubt),
        COMMIT_TEST(positions_half_way_are_neither),
        COMMIT_TEST(a_locked_position_leaves_the_doubt),
        COMMIT_TEST(a_stale_epoch_writes_nothing),
        COMMIT_TEST(a_merge_that_went_with_a_fence_that_fails_is_undone),
        COMMIT_TEST(another_offset_writes_nothing),
        COMMIT_TEST(a_table_that_is_not_there_fails_its_own_dataset),
        COMMIT_TEST(a_batch_that_does_not_balance_is_refused),
        COMMIT_TEST(a_quarantined_event_of_no_partition_is_refused),
        COMMIT_TEST(a_step_of_the_tail_that_fails_leaves_nothing_and_is_named),
        COMMIT_TEST(a_commit_that_is_refused_leaves_nothing_and_is_in_doubt),
        COMMIT_TEST(a_refused_value_is_poison_and_the_rest_commits),
        COMMIT_TEST(a_missing_leaf_is_made_and_the_batch_tried_again),
        COMMIT_TEST(a_backend_terminated_in_a_batch_changes_nothing),
        COMMIT_TEST(an_abandoned_wait_changes_nothing),
        COMMIT_TEST(a_cancelled_statement_is_tried_again),
        COMMIT_TEST(a_folded_key_written_meanwhile_is_folded_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
