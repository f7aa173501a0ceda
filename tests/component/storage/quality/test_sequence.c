/* SPDX-License-Identifier: Apache-2.0
 * component/storage/quality/test_sequence.c - the agency's own sequence (NRL-10, DSP-7.4.5: completeness): gaps are opened, age, close by
 * late arrival, and stay bounded; nothing that commits late is passed over. */
#include "quality_kit.h"

static void a_number_that_did_not_come_is_a_gap_until_it_comes(void **state)
{
    struct kit *kit = *state;
    contract(kit, 1, "branch", "");
    batch(kit, 0, "VALUES (5), (6), (9), (9), (12)");
    turn();
    assert_string_equal(gaps(kit, true), "7-8 10-11");
    batch(kit, 1, "VALUES (8), (10), (11)");
    turn();
    assert_string_equal(gaps(kit, true), "7-7");
    assert_string_equal(gaps(kit, false), "8-8 10-11");
    batch(kit, 2, "VALUES (7)");
    turn();
    assert_string_equal(gaps(kit, true), "");
    assert_string_equal(gaps(kit, false), "7-7 8-8 10-11");
    assert_string_equal(raw_text(kit->raw, "SELECT seen FROM nrc.sequence"), "{[5,13)}");
}

static void what_is_left_of_a_gap_keeps_its_age(void **state)
{
    struct kit *kit = *state;
    contract(kit, 1, "branch", "");
    batch(kit, 0, "VALUES (1), (10)");
    turn();
    raw_run(kit->raw, "UPDATE nrc.sequence_gap SET opened_at = opened_at - interval '3 days'");
    batch(kit, 0, "VALUES (4), (5), (20)");
    turn();
    assert_string_equal(gaps(kit, true), "2-3 6-9 11-19");
    assert_int_equal(
        raw_int(
            kit->raw,
            "SELECT count(*) FROM nrc.sequence_gap WHERE opened_at < now() - interval '2 days'"),
        3);
    assert_int_equal(
        raw_int(
            kit->raw,
            "SELECT count(*) FROM nrc.sequence_gap WHERE closed_at - opened_at > interval '2 days'"
            " AND from_number = 4 AND to_number = 5"),
        1);
}

/* The age is that of the first event behind the gap, not that of the turn that notices it. */
static void a_gap_is_as_old_as_the_event_that_shows_it(void **state)
{
    struct kit *kit = *state;
    contract(kit, 1, "branch", "1");
    batch(kit, 0, "VALUES (2)");
    batch(kit, 0, "VALUES (5)");
    batch(kit, 0, "VALUES (4)");
    turn();
    assert_string_equal(gaps(kit, true), "1-1 3-3");
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.sequence_gap g JOIN "
                                       "moh.births_history h ON h._recorded_at = g.opened_at"
                                       " WHERE (g.from_number, h.branch) IN ((1, 2), (3, 5))"),
                     2);
}

static void numbers_begin_where_the_contract_says(void **state)
{
    struct kit *kit = *state;
    contract(kit, 1, "branch", "-2");
    batch(kit, 0, "VALUES (-9), (0), (2)");
    turn();
    assert_string_equal(gaps(kit, true), "-2--1 1-1");
}

static void without_a_begin_a_lower_number_moves_it(void **state)
{
    struct kit *kit = *state;
    contract(kit, 1, "branch", "");
    batch(kit, 0, "VALUES (10)");
    turn();
    batch(kit, 1, "VALUES (6)");
    turn();
    assert_string_equal(gaps(kit, true), "7-9");
}

/* Given a batch that began first and commits last, when a turn comes between, then its numbers are not passed over. */
static void a_batch_that_commits_late_is_not_passed_over(void **state)
{
    struct kit *kit = *state;
    PGconn *late = raw_open();
    contract(kit, 1, "branch", "");
    raw_run(late, "BEGIN");
    batch_in(late, 1, "VALUES (2), (3)");
    batch(kit, 0, "VALUES (1), (4)");
    turn();
    assert_string_equal(gaps(kit, true), "2-3");
    batch(kit, 0, "VALUES (5)");
    turn();
    raw_run(late, "COMMIT");
    turn();
    assert_string_equal(gaps(kit, true), "");
    PQfinish(late);
}

static bool step(PGconn *raw, int most)
{
    char sql[80];
    snprintf(sql, sizeof(sql), "SELECT nrc.sequence_step(1, %d)::int", most);
    return raw_int(raw, sql) != 0;
}

/* Given a server whose clock was set back by a day between two batches of a partition, then both are taken, in whichever steps. */
static void a_clock_that_was_set_back_hides_nothing(void **state)
{
    struct kit *kit = *state;
    contract(kit, 1, "branch", "");
    batch(kit, 0, "VALUES (1)");
    batch(kit, 0, "VALUES (4)");
    turn();
    batch(kit, 0, "VALUES (2)");
    raw_run(kit->raw, "UPDATE nrc.ledger SET recorded_at = recorded_at - interval '3 hours' WHERE "
                      "from_offset = 2;"
                      " UPDATE moh.births_history SET _recorded_at = _recorded_at - interval '3 "
                      "hours' WHERE _offset = 2");
    turn();
    assert_string_equal(gaps(kit, true), "3-3");
    /* And all of it at once, read in the order of offsets. */
    batch(kit, 0, "VALUES (6)");
    contract(kit, 2, "branch", "0");
    turn();
    assert_string_equal(gaps(kit, true), "0-0 3-3 5-5");
    contract(kit, 3, "branch", "-1");
    while (step(kit->raw, 1)) {
    }
    assert_string_equal(gaps(kit, true), "-1-0 3-3 5-5");
}

static void a_long_history_is_read_in_steps(void **state)
{
    struct kit *kit = *state;
    char sql[100];
    contract(kit, 1, "branch", "1");
    for (int i = 0; i < 30; i++) {
        snprintf(sql, sizeof(sql), "SELECT generate_series(%d, %d) - 1", i * 100 + 2,
                 i * 100 + 100);
        batch(kit, i % 3, sql);
    }
    int steps = 1;
    int64_t before = 0;
    while (step(kit->raw, 250)) {
        int64_t seen =
            raw_int(kit->raw, "SELECT nrc.multirange_size(seen)::bigint FROM nrc.sequence");
        assert_true(seen > before && seen <= before + 400);
        before = seen;
        steps++;
    }
    assert_in_range(steps, 10, 12);
    assert_int_equal(
        raw_int(kit->raw, "SELECT count(*) FROM nrc.sequence_gap WHERE closed_at IS NULL"), 29);
    assert_int_equal(
        raw_int(kit->raw, "SELECT nrc.multirange_size(seen)::bigint FROM nrc.sequence"), 2970);
    assert_false(step(kit->raw, 250));
}

static void a_step_that_is_killed_leaves_nothing_and_is_made_again(void **state)
{
    struct kit *kit = *state;
    PGconn *killed = raw_open();
    contract(kit, 1, "branch", "");
    batch(kit, 0, "VALUES (1), (3)");
    raw_run(killed, "BEGIN");
    assert_false(step(killed, 100));
    /* Meanwhile another monitor does nothing of it. */
    assert_false(step(kit->raw, 100));
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.sequence"), 0);
    PQfinish(killed);
    turn();
    assert_string_equal(gaps(kit, true), "2-2");
}

static void a_source_that_counts_by_two_is_cut_off(void **state)
{
    struct kit *kit = *state;
    contract(kit, 1, "branch", "");
    batch(kit, 0, "SELECT generate_series(2, 40000, 2)");
    turn();
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.sequence_gap"), 10000);
    assert_int_equal(raw_int(kit->raw, "SELECT too_many_from FROM nrc.sequence"), 20003);
    assert_int_equal(raw_int(kit->raw, "SELECT highest FROM nrc.sequence"), 40000);
    /* Below it all stays exact; above it nothing is kept. */
    batch(kit, 1, "VALUES (3), (20003), (30001), (50000)");
    turn();
    assert_int_equal(
        raw_int(kit->raw, "SELECT count(*) FROM nrc.sequence_gap WHERE closed_at IS NULL"), 9999);
    assert_int_equal(raw_int(kit->raw, "SELECT highest FROM nrc.sequence"), 50000);
    assert_int_equal(raw_int(kit->raw, "SELECT upper(seen) FROM nrc.sequence"), 20003);
    assert_true(raw_int(kit->raw, "SELECT pg_column_size(s) FROM nrc.sequence s") < 400000);
    /* The way out: a contract that begins later. */
    contract(kit, 2, "branch", "39998");
    batch(kit, 0, "SELECT generate_series(40001, 49999)");
    turn();
    assert_string_equal(gaps(kit, true), "39999-39999");
    assert_int_equal(
        raw_int(kit->raw, "SELECT count(*) FROM nrc.sequence WHERE too_many_from IS NULL"), 1);
    assert_int_equal(
        raw_int(kit->raw, "SELECT count(*) FROM nrc.sequence_gap WHERE ended = 'contract'"), 9999);
}

static void closed_gaps_are_bounded_too(void **state)
{
    struct kit *kit = *state;
    contract(kit, 1, "branch", "");
    batch(kit, 0, "SELECT generate_series(2, 16000, 2)");
    turn();
    batch(kit, 0, "SELECT generate_series(3, 15999, 2)");
    turn();
    batch(kit, 0, "SELECT generate_series(16002, 24000, 2)");
    turn();
    batch(kit, 0, "SELECT generate_series(16001, 23999, 2)");
    turn();
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.sequence_gap"), 10000);
    assert_string_equal(gaps(kit, true), "");
}

static void numbers_at_the_ends_and_none_at_all(void **state)
{
    struct kit *kit = *state;
    contract(kit, 1, "branch", "");
    batch(kit, 0,
          "VALUES (9223372036854775807), (9223372036854775806), (-9223372036854775808), (NULL)");
    turn();
    assert_string_equal(gaps(kit, true), "-9223372036854775807-9223372036854775805");
    assert_int_equal(raw_int(kit->raw, "SELECT unnumbered FROM nrc.sequence"), 2);
    assert_int_equal(raw_int(kit->raw, "SELECT highest FROM nrc.sequence"), INT64_MAX - 1);
    batch(kit, 0, "VALUES (NULL)");
    turn();
    assert_int_equal(raw_int(kit->raw, "SELECT unnumbered FROM nrc.sequence"), 3);
    assert_string_equal(
        raw_text(kit->raw,
                 "SELECT (to_number::numeric - from_number + 1)::text FROM nrc.sequence_gap"),
        "18446744073709551613");
}

/* Events that were parked, and are recorded later in a row of the ledger that has no range of its own; two at a time, the second of which
 * began first and commits last. */
static void replay_in(PGconn *raw, int64_t number, int offset)
{
    char sql[700];
    snprintf(sql, sizeof(sql),
             "INSERT INTO moh.births_history (_recorded_at, _offset, _topic_partition, _op, "
             "_effect, civil_no, branch)"
             " VALUES (now(), %d, 1, 'u', 'a', 'x', %lld);"
             " INSERT INTO nrc.ledger (recorded_at, position_id, dataset_id, kind, epoch, "
             "from_offset, next_offset, received, skipped,"
             " applied, duplicate, stale, quarantined, exempt) VALUES (now(), 1, 1, 'replay', 0, "
             "%d, %d, 1, 0, 1, 0, 0, 0, 0)",
             offset, (long long)number, offset, offset + 1);
    raw_run(raw, sql);
}

static void events_that_were_parked_close_their_gap(void **state)
{
    struct kit *kit = *state;
    PGconn *late = raw_open();
    contract(kit, 1, "branch", "");
    batch(kit, 0, "VALUES (1), (4)");
    turn();
    raw_run(late, "BEGIN");
    replay_in(late, 3, 0);
    raw_run(kit->raw, "BEGIN");
    replay_in(kit->raw, 2, 0);
    raw_run(kit->raw, "COMMIT");
    turn();
    assert_string_equal(gaps(kit, true), "3-3");
    raw_run(late, "COMMIT");
    turn();
    assert_string_equal(gaps(kit, true), "");
    PQfinish(late);
    /* It took two hours. */
    batch(kit, 0, "VALUES (6)");
    turn();
    replay_in(kit->raw, 5, 1);
    raw_run(kit->raw,
            "UPDATE nrc.ledger SET recorded_at = recorded_at - interval '2 hours' WHERE kind = "
            "'replay' AND from_offset = 1; UPDATE moh.births_history SET _recorded_at = "
            "_recorded_at - interval '2 hours' WHERE branch = 5");
    turn();
    assert_string_equal(gaps(kit, true), "");
}

/* Its offset lies in the range that a step takes, and its time between that of two batches of it. */
static void a_parked_event_without_a_number_is_counted_once(void **state)
{
    struct kit *kit = *state;
    contract(kit, 1, "branch", "");
    batch(kit, 0, "VALUES (1), (2)");
    replay_in(kit->raw, 7, 0);
    raw_run(kit->raw, "UPDATE moh.births_history SET branch = NULL WHERE branch = 7");
    batch(kit, 0, "VALUES (3)");
    turn();
    assert_int_equal(raw_int(kit->raw, "SELECT unnumbered FROM nrc.sequence"), 1);
    assert_int_equal(raw_int(kit->raw, "SELECT highest FROM nrc.sequence"), 3);
    turn();
    assert_int_equal(raw_int(kit->raw, "SELECT unnumbered FROM nrc.sequence"), 1);
    assert_string_equal(raw_text(kit->raw, "SELECT seen FROM nrc.sequence"), "{[1,4)}");
    /* And so when all is read anew. */
    contract(kit, 2, "branch", "2");
    turn();
    assert_int_equal(raw_int(kit->raw, "SELECT unnumbered FROM nrc.sequence"), 1);
}

/* Old months of the ledger are gone: the turn says so and goes on. */
static void what_the_ledger_has_no_more_is_told(void **state)
{
    struct kit *kit = *state;
    contract(kit, 1, "branch", "");
    batch(kit, 0, "VALUES (1), (2)");
    batch(kit, 0, "VALUES (5), (7)");
    raw_run(kit->raw, "DELETE FROM nrc.ledger WHERE from_offset = 0");
    turn();
    assert_string_equal(gaps(kit, true), "6-6");
    assert_int_equal(raw_int(kit->raw, "SELECT unread FROM nrc.sequence"), 2);
    /* In the middle of what a step reads. */
    batch(kit, 0, "VALUES (8)");
    batch(kit, 0, "VALUES (9)");
    batch(kit, 0, "VALUES (10)");
    raw_run(kit->raw, "DELETE FROM nrc.ledger WHERE from_offset = 5");
    turn();
    assert_string_equal(gaps(kit, true), "6-6 9-9");
    assert_int_equal(raw_int(kit->raw, "SELECT unread FROM nrc.sequence"), 3);
    raw_run(kit->raw, "DELETE FROM nrc.ledger");
    raw_run(kit->raw, "UPDATE nrc.position SET next_offset = next_offset + 3 WHERE id = 1");
    turn();
    turn();
    assert_int_equal(raw_int(kit->raw, "SELECT unread FROM nrc.sequence"), 6);
}

static void a_contract_that_names_no_sequence_stops_it(void **state)
{
    struct kit *kit = *state;
    contract(kit, 1, "branch", "");
    batch(kit, 0, "VALUES (1), (3)");
    turn();
    contract(kit, 2, "", "");
    batch(kit, 0, "VALUES (5)");
    turn();
    assert_string_equal(gaps(kit, true), "2-2");
    assert_string_equal(raw_text(kit->raw, "SELECT state FROM nrc.sequence"), "stopped");
    contract(kit, 3, "branch", "");
    turn();
    assert_string_equal(gaps(kit, true), "2-2 4-4");
    contract(kit, 4, "name", "");
    turn();
    assert_string_equal(raw_text(kit->raw, "SELECT state FROM nrc.sequence"), "no_column");
}

/* moh.visits has the number as its whole key, so a refused event of it is known by its number. */
static void a_quarantined_event_is_told_in_its_gap_where_its_number_is_its_key(void **state)
{
    struct kit *kit = *state;
    static const uint8_t key[] = {'1', '2'};
    raw_run(kit->raw, "UPDATE nrc.dataset SET key_format = 'text' WHERE id = 2");
    raw_run(
        kit->raw,
        "INSERT INTO nrc.contract (dataset_id, version, version_parts, status, text, sha256, "
        "contract)"
        " VALUES (2, '1', '{1}', 'active', 'v', sha256('v'), '{\"sequence_field\": \"visit\"}')");
    kit_visit(kit, 0, 11, "a", 1);
    kit_visit(kit, 0, 14, "b", 1);
    kit->quarantined[0] = (struct sto_quarantined){.dataset_id = 2,
                                                   .progress = KIT_PARTITIONS,
                                                   .offset = kit_take_offset(kit, KIT_PARTITIONS),
                                                   .reason = ERR_TRUNCATED,
                                                   .path = "",
                                                   .detail = "d",
                                                   .key = key,
                                                   .key_len = sizeof(key)};
    kit->batch.quarantined_count = 1;
    kit_commit(kit);
    turn();
    assert_string_equal(gaps(kit, true), "12-13");
    assert_string_equal(raw_text(kit->raw, "SELECT quarantined FROM nrc.sequence"), "{[12,13)}");
    /* The first of its range. */
    static const uint8_t other[] = {'1', '3'};
    kit_begin(kit);
    kit->quarantined[0].progress = KIT_PARTITIONS + 1;
    kit->quarantined[0].offset = kit_take_offset(kit, KIT_PARTITIONS + 1);
    kit->quarantined[0].key = other;
    kit->batch.quarantined_count = 1;
    kit_commit(kit);
    turn();
    assert_string_equal(raw_text(kit->raw, "SELECT quarantined FROM nrc.sequence"), "{[12,14)}");
    kit_begin(kit);
    kit_visit(kit, 1, 12, "a", 1);
    kit_commit(kit);
    turn();
    assert_string_equal(raw_text(kit->raw, "SELECT quarantined FROM nrc.sequence"), "{[13,14)}");
    kit_assert_no_ledger_faults();
}

/* What is no number, or none for certain, is one of which nobody can tell. */
static void the_number_of_a_quarantined_events_key_is_read_by_its_format(void **state)
{
    struct kit *kit = *state;
    static const struct {
        const char *key, *format, *number;
    } rows[] = {{"12", "text", "12"},
                {"-3", "json", "-3"},
                {"123456789012345678", "text", "123456789012345678"},
                {"1234567890123456789", "text", ""},
                {"1e3", "text", ""},
                {"", "text", ""},
                {"\\x000000000000000c", "long", "12"},
                {"\\xfffffffffffffffd", "long", "-3"},
                {"\\x0000000c", "long", ""},
                {"\\x0000000c", "int", "12"},
                {"\\xfffffffd", "int", "-3"},
                {"\\x000000000000000c", "int", ""},
                {"12", "avro", ""}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char sql[160];
        snprintf(sql, sizeof(sql), "SELECT nrc.sequence_key('%s', '%s')", rows[i].key,
                 rows[i].format);
        assert_string_equal(raw_text(kit->raw, sql), rows[i].number);
    }
}

static void one_datasets_error_holds_up_no_other(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    PGconn *busy = raw_open();
    contract(kit, 1, "branch", "");
    raw_run(
        kit->raw,
        "INSERT INTO nrc.contract (dataset_id, version, version_parts, status, text, sha256, "
        "contract)"
        " VALUES (2, '1', '{1}', 'active', 'v', sha256('v'), '{\"sequence_field\": \"visit\"}')");
    kit_visit(kit, 0, 11, "a", 1);
    kit_visit(kit, 0, 14, "b", 1);
    kit_commit(kit);
    raw_run(busy, "BEGIN; SELECT FROM nrc.dataset WHERE id = 1 FOR UPDATE");
    struct sto_conn *conn = sto_open(STO_ROLE_WATCH);
    assert_int_equal(sto_sequences_turn(conn, &err), -1);
    assert_int_equal(err.kind, ERR_KIND_RETRY);
    assert_non_null(strstr(err.text, "the sequence of dataset 1"));
    assert_string_equal(gaps(kit, true), "12-13");
    assert_int_equal(raw_int(kit->raw, "SELECT failed FROM nrc.sequence WHERE dataset_id = 1"), 1);
    /* Each had its turn: the next begins with the one that waited longer. */
    assert_int_equal(
        raw_int(kit->raw, "SELECT count(*) FROM nrc.sequence WHERE isfinite(turned_at)"), 2);
    PQfinish(busy);
    err_reset(&err);
    assert_ok(sto_sequences_turn(conn, &err), err);
    assert_int_equal(raw_int(kit->raw, "SELECT failed FROM nrc.sequence WHERE dataset_id = 1"), 0);
    sto_conn_close(&conn);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_number_that_did_not_come_is_a_gap_until_it_comes),
        TEST(what_is_left_of_a_gap_keeps_its_age),
        TEST(a_gap_is_as_old_as_the_event_that_shows_it),
        TEST(numbers_begin_where_the_contract_says),
        TEST(without_a_begin_a_lower_number_moves_it),
        TEST(a_batch_that_commits_late_is_not_passed_over),
        TEST(a_clock_that_was_set_back_hides_nothing),
        TEST(a_long_history_is_read_in_steps),
        TEST(a_step_that_is_killed_leaves_nothing_and_is_made_again),
        TEST(a_source_that_counts_by_two_is_cut_off),
        TEST(closed_gaps_are_bounded_too),
        TEST(numbers_at_the_ends_and_none_at_all),
        TEST(events_that_were_parked_close_their_gap),
        TEST(a_parked_event_without_a_number_is_counted_once),
        TEST(what_the_ledger_has_no_more_is_told),
        TEST(a_contract_that_names_no_sequence_stops_it),
        TEST(a_quarantined_event_is_told_in_its_gap_where_its_number_is_its_key),
        TEST(the_number_of_a_quarantined_events_key_is_read_by_its_format),
        TEST(one_datasets_error_holds_up_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
