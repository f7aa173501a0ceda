/* SPDX-License-Identifier: Apache-2.0
 * What a committed batch leaves in the register. What failed ones leave: test_faults.c. */
#include "commit_kit.h"

#include "storage/conn/statement.h"
#include "storage/report/verify.h"

enum { BATCHES = 60, NAMES = 9, BRANCHES = 3, VISITS = 25 };

static uint64_t seed = 7;

static uint32_t rnd(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}

/* One event after the other, in the words of the design. */
struct model_row {
    bool there;
    char op;
    int64_t order;
    int64_t offset;
    int64_t ts;
    int32_t tp;
    bool by_arrival;
    int64_t content;
};

static bool is_later(const struct model_row *row, const struct sto_event *event, int32_t tp)
{
    return row->tp == tp ? event->offset > row->offset : event->kafka_ts_us >= row->ts;
}

/* The row has the event's order. */
static enum sto_effect model_tie(const struct model_row *row, const struct sto_event *event,
                                 int32_t tp)
{
    bool both_delete = event->op == 'd' && row->op == 'd';
    if (both_delete || (event->op == row->op && event->content == row->content)) {
        return STO_DUPLICATE;
    }
    return !row->by_arrival && is_later(row, event, tp) ? STO_APPLIED : STO_STALE;
}

static enum sto_effect model_take(struct model_row *row, const struct sto_event *event, int32_t tp,
                                  bool has_order)
{
    enum sto_effect effect = STO_APPLIED;
    int64_t order = event->order;
    if (has_order && event->by_arrival) {
        order = row->there ? row->order : INT64_MIN;
    } else if (row->there && has_order) {
        effect = event->order > row->order    ? STO_APPLIED
                 : event->order == row->order ? model_tie(row, event, tp)
                                              : STO_STALE;
    } else if (row->there) {
        effect = is_later(row, event, tp) ? STO_APPLIED : STO_STALE;
    }
    if (effect == STO_APPLIED) {
        *row = (struct model_row){.there = true,
                                  .op = event->op,
                                  .order = order,
                                  .offset = event->offset,
                                  .ts = event->kafka_ts_us,
                                  .tp = tp,
                                  .by_arrival = has_order && event->by_arrival,
                                  .content = event->content};
    }
    return effect;
}

static struct model_row births_model[NAMES][BRANCHES];
static struct model_row visits_model[VISITS];

static void add_random_birth(struct kit *kit)
{
    static const char *const names[] = {"Salim", "سالم", ""};
    char civil_no[32];
    uint32_t n = rnd(NAMES);
    uint32_t branch = rnd(BRANCHES);
    snprintf(civil_no, sizeof(civil_no), "OM-%u", n);
    uint32_t partition = rnd(KIT_PARTITIONS);
    bool tombstone = rnd(6) == 0;
    struct sto_event *event = kit_birth(kit, partition, civil_no, (int64_t)branch - 1,
                                        (int64_t)rnd(40) - 5, tombstone ? NULL : names[rnd(3)]);
    if (tombstone && rnd(2) == 0) {
        kit_set_own_order(event);
    }
    event->kafka_ts_us += rnd(50) * 1000;
    event->effect = (uint8_t)model_take(&births_model[n][branch], event,
                                        kit->progress[partition].position_id, true);
}

static void add_random_visit(struct kit *kit)
{
    uint32_t visit = rnd(VISITS);
    uint32_t partition = rnd(KIT_PARTITIONS);
    struct sto_event *event = kit_visit(kit, partition, (int64_t)visit, rnd(6) == 0 ? NULL : "note",
                                        INT64_C(1700000000000000) + rnd(50) * 1000);
    event->effect = (uint8_t)model_take(
        &visits_model[visit], event, kit->progress[KIT_PARTITIONS + partition].position_id, false);
}

static void assert_model_row(PGconn *raw, const struct model_row *row, const char *table,
                             const char *where)
{
    char sql[400];
    snprintf(sql, sizeof(sql),
             "SELECT concat_ws(' ', _op, _order, _offset, _topic_partition)"
             " FROM moh.%s_state WHERE %s",
             table, where);
    char expected[100] = "(none)";
    if (row->there) {
        snprintf(expected, sizeof(expected), "%c %lld %lld %d", row->op, (long long)row->order,
                 (long long)row->offset, row->tp);
    }
    assert_string_equal(raw_text(raw, sql), expected);
}

static void assert_state_is_the_models(PGconn *raw)
{
    char where[100];
    for (int n = 0; n < NAMES; n++) {
        for (int b = 0; b < BRANCHES; b++) {
            snprintf(where, sizeof(where), "civil_no = 'OM-%d' AND branch = %d", n, b - 1);
            assert_model_row(raw, &births_model[n][b], "births", where);
        }
    }
    for (int v = 0; v < VISITS; v++) {
        snprintf(where, sizeof(where), "visit = %d", v);
        assert_model_row(raw, &visits_model[v], "visits", where);
    }
}

static void assert_history_has(PGconn *raw, const char *table, const struct sto_event *event,
                               enum sto_effect effect, int32_t tp)
{
    static const char letters[] = {[STO_APPLIED] = 'a', [STO_DUPLICATE] = 'd', [STO_STALE] = 's'};
    char sql[300];
    char expected[8];
    snprintf(sql, sizeof(sql),
             "SELECT string_agg(_op::text || _effect::text, ',') FROM moh.%s_history"
             " WHERE _topic_partition = %d AND _offset = %lld",
             table, tp, (long long)event->offset);
    snprintf(expected, sizeof(expected), "%c%c", event->op, letters[effect]);
    assert_string_equal(raw_text(raw, sql), expected);
}

static void assert_effects(struct kit *kit, const struct sto_section *section, const char *table,
                           const uint8_t *expected)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct sto_event *event = &section->events[i];
        assert_int_equal(event->effect, expected[i]);
        assert_history_has(kit->raw, table, event, expected[i],
                           kit->progress[event->progress].position_id);
    }
}

static void assert_no_ledger_faults(void)
{
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_MONITOR);
    struct sto_grid *grid = sto_ledger_verify(conn, NULL, NULL, &err);
    if (grid == NULL) {
        fail_msg("ledger faults: %s", err.text);
    }
    for (size_t i = 0; i < grid->rows * grid->cols; i++) {
        print_error("ledger fault: %s\n", grid->values[i] != NULL ? grid->values[i] : "");
    }
    assert_int_equal(grid->rows, 0);
    sto_grid_free(&grid);
    sto_conn_close(&conn);
}

static void random_batches_leave_what_one_event_at_a_time_would(void **state)
{
    struct kit *kit = *state;
    memset(births_model, 0, sizeof(births_model));
    memset(visits_model, 0, sizeof(visits_model));
    for (int b = 0; b < BATCHES; b++) {
        uint8_t expected[2][KIT_EVENTS];
        kit_begin(kit);
        uint32_t births = rnd(b % 3 == 0 ? 200 : 6);
        uint32_t visits = rnd(b % 4 == 0 ? 200 : 6);
        for (uint32_t i = 0; i < births; i++) {
            add_random_birth(kit);
        }
        for (uint32_t i = 0; i < visits; i++) {
            add_random_visit(kit);
        }
        for (int s = 0; s < 2; s++) {
            for (size_t i = 0; i < kit->sections[s].count; i++) {
                expected[s][i] = kit->sections[s].events[i].effect;
                kit->sections[s].events[i].effect = 99;
            }
        }
        kit_commit(kit);
        assert_effects(kit, &kit->sections[0], "births", expected[0]);
        assert_effects(kit, &kit->sections[1], "visits", expected[1]);
    }
    assert_state_is_the_models(kit->raw);
    assert_no_ledger_faults();
    assert_int_equal(
        raw_int(kit->raw, "SELECT count(*) FROM moh.births_state WHERE _order IS NULL"), 0);
}

static void single_versions_learn_from_the_merge_that_they_lost(void **state)
{
    struct kit *kit = *state;
    kit_birth(kit, 0, "A", 1, 10, "first");
    kit_birth(kit, 0, "B", 1, 10, "first");
    kit_birth(kit, 0, "C", 1, 10, "first");
    kit_commit(kit);
    kit_begin(kit);
    kit_birth(kit, 1, "A", 1, 10, "first");
    kit_birth(kit, 1, "B", 1, 9, "late");
    kit_birth(kit, 1, "C", 1, 11, "newer");
    kit_commit(kit);
    assert_int_equal(kit->births_events[0].effect, STO_DUPLICATE);
    assert_int_equal(kit->births_events[1].effect, STO_STALE);
    assert_int_equal(kit->births_events[2].effect, STO_APPLIED);
    assert_int_equal(kit->progress[1].applied, 1);
    assert_int_equal(kit->progress[1].duplicate, 1);
    assert_int_equal(kit->progress[1].stale, 1);
    assert_string_equal(
        raw_text(kit->raw, "SELECT string_agg(name, ' ' ORDER BY civil_no) FROM moh.births_state"),
        "first first newer");
    assert_string_equal(raw_text(kit->raw, "SELECT string_agg(_effect::text, '' ORDER BY _offset)"
                                           " FROM moh.births_history WHERE _topic_partition = 2"),
                        "dsa");
}

/* An order in whole seconds: both updates of one second reach the state, in one batch and in two,
 * and what is sent twice is told from them. */
static void two_updates_of_one_order_are_both_applied(void **state)
{
    struct kit *kit = *state;
    kit_birth(kit, 0, "A", 1, 10, "first");
    kit_birth(kit, 0, "A", 1, 10, "second");
    kit_birth(kit, 0, "A", 1, 10, "second");
    kit_birth(kit, 0, "B", 1, 10, "first");
    kit_commit(kit);
    const uint8_t together[] = {STO_APPLIED, STO_APPLIED, STO_DUPLICATE, STO_APPLIED};
    assert_effects(kit, &kit->sections[0], "births", together);
    kit_begin(kit);
    kit_birth(kit, 0, "B", 1, 10, "second");
    kit_birth(kit, 0, "A", 1, 10, "second");
    kit_birth(kit, 1, "C", 1, 10, "later");
    kit_commit(kit);
    const uint8_t apart[] = {STO_APPLIED, STO_DUPLICATE, STO_APPLIED};
    assert_effects(kit, &kit->sections[0], "births", apart);
    kit_begin(kit);
    struct sto_event *earlier = kit_birth(kit, 2, "C", 1, 10, "earlier, by Kafka's clock");
    earlier->kafka_ts_us -= 1000;
    kit_commit(kit);
    assert_int_equal(earlier->effect, STO_STALE);
    assert_string_equal(
        raw_text(kit->raw, "SELECT string_agg(name, ',' ORDER BY civil_no) FROM moh.births"),
        "second,second,later");
    assert_no_ledger_faults();
}

static void a_delete_of_an_unseen_key_is_remembered(void **state)
{
    struct kit *kit = *state;
    struct sto_event *event = kit_birth(kit, 0, "A", 1, 50, NULL);
    kit_set_own_order(event);
    kit_birth(kit, 0, "B", 1, 0, NULL);
    kit_commit(kit);
    kit_begin(kit);
    kit_birth(kit, 0, "A", 1, 49, "late");
    kit_birth(kit, 0, "B", 1, INT64_MIN + 1, "any order is greater than none");
    kit_commit(kit);
    assert_int_equal(kit->births_events[0].effect, STO_STALE);
    assert_int_equal(kit->births_events[1].effect, STO_APPLIED);
    assert_string_equal(raw_text(kit->raw, "SELECT string_agg(civil_no || _op::text, ' ' ORDER BY"
                                           " civil_no) FROM moh.births_state"),
                        "Ad Bu");
    assert_string_equal(raw_text(kit->raw, "SELECT string_agg(civil_no, ' ') FROM moh.births"),
                        "B");
    assert_string_equal(raw_text(kit->raw, "SELECT (name IS NULL AND fee IS NULL)::text FROM"
                                           " moh.births_state WHERE civil_no = 'A'"),
                        "true");
    assert_int_equal(
        raw_int(kit->raw, "SELECT count(*) FROM moh.births_history WHERE _order IS NULL"), 1);
    assert_int_equal(
        raw_int(kit->raw, "SELECT count(*) FROM moh.births_history WHERE _schema_id IS NULL"), 2);
}

/* A steward moved the position back: the state already has this very event, from this very
 * offset. */
static void an_event_read_a_second_time_is_a_duplicate(void **state)
{
    struct kit *kit = *state;
    for (int round = 0; round < 3; round++) {
        raw_run(kit->raw, "UPDATE nrc.position SET next_offset = 0");
        for (int i = 0; i < KIT_PROGRESS; i++) {
            kit->progress[i].next = 0;
        }
        kit_begin(kit);
        kit_birth(kit, 0, "A", 1, 10, "x");
        kit_birth(kit, 0, "B", 1, 10 + round, "x");
        kit_visit(kit, 0, 1, "x", INT64_C(1700000000000000));
        kit_commit(kit);
        assert_int_equal(kit->births_events[0].effect, round == 0 ? STO_APPLIED : STO_DUPLICATE);
        assert_int_equal(kit->births_events[1].effect, STO_APPLIED);
        assert_int_equal(kit->visits_events[0].effect, round == 0 ? STO_APPLIED : STO_DUPLICATE);
    }
}

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
    assert_no_ledger_faults();
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
    assert_no_ledger_faults();
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
static void a_new_column_version_gets_its_own_stage(void **state)
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
    assert_no_ledger_faults();
}

/* Small batches delete what they staged, many of them renew the stage. A row left there would
 * meet its key again. */
static void a_stage_is_empty_after_every_batch(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    char sql[64];
    for (int b = 0; b < 8; b++) {
        kit_begin(kit);
        for (int i = 0; i < KIT_EVENTS - 1; i++) {
            char civil_no[16];
            snprintf(civil_no, sizeof(civil_no), "%d", i);
            kit_birth(kit, 0, civil_no, 1, b, "x");
        }
        kit_commit(kit);
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM pg_temp._nrc_stage_%d_1",
                 kit->births.dataset_id);
        PGresult *left = sto_exec(kit->conn, sql, NULL, 0, &err);
        assert_non_null(left);
        assert_string_equal(PQgetvalue(left, 0, 0), "0");
        PQclear(left);
    }
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM moh.births_state"), KIT_EVENTS - 1);
    assert_int_equal(kit->progress[0].applied, KIT_EVENTS - 1);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        COMMIT_TEST(random_batches_leave_what_one_event_at_a_time_would),
        COMMIT_TEST(single_versions_learn_from_the_merge_that_they_lost),
        COMMIT_TEST(two_updates_of_one_order_are_both_applied),
        COMMIT_TEST(a_delete_of_an_unseen_key_is_remembered),
        COMMIT_TEST(an_event_read_a_second_time_is_a_duplicate),
        COMMIT_TEST(every_row_of_a_batch_has_the_transactions_time),
        COMMIT_TEST(the_quarantine_keeps_events_whole),
        COMMIT_TEST(a_withheld_event_leaves_no_byte),
        COMMIT_TEST(skipped_offsets_move_the_position_and_keep_its_last_record),
        COMMIT_TEST(one_table_alone_when_told_so),
        COMMIT_TEST(a_new_column_version_gets_its_own_stage),
        COMMIT_TEST(a_batch_for_columns_of_before_writes_nothing),
        COMMIT_TEST(a_stage_is_empty_after_every_batch),
        COMMIT_TEST(a_column_of_every_type_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
