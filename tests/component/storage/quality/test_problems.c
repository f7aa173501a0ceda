/* SPDX-License-Identifier: Apache-2.0
 * component/storage/quality/test_problems.c - what is wrong with the quality of a source now, and the incidents it becomes (NRL-10).
 * The counters and verdicts it is told by are made by hand. The dataset is moh.births, whose id is 1. */
#include "births.h"

#include "storage/quality/problems.h"

static int build(void **state)
{
    struct births_room *room = births_room_new(state);
    room->dataset_id = births_build();
    room->conn = sto_open(STO_ROLE_WATCH);
    raw_run(room->raw, "SET timezone = 'UTC'");
    return 0;
}

/* rest: of its JSON. */
static void contract(struct births_room *room, int version, const char *status, const char *rest)
{
    char sql[1600];
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.contract (dataset_id, version, version_parts, status, text, sha256,"
             " contract, applied_at) VALUES (1, '%d', '{%d}', '%s', 'x', sha256('x'),"
             " '{\"relationships\": [], \"quality\": [], %s}', now() - interval '%d days')",
             version, version, status, rest, 90 - version);
    raw_run(room->raw, sql);
}

/* "about times", in order. */
static const char *told(struct births_room *room, const char *source)
{
    char sql[200];
    snprintf(sql, sizeof(sql),
             "SELECT coalesce(string_agg(about || ' ' || times, ', ' ORDER BY about), '')"
             " FROM nrc.%s() p",
             source);
    return raw_text(room->raw, sql);
}

/* In the last whole minute, and in no other; now() stands still in a transaction. */
static void rules_that_warn_are_told_by_the_last_whole_minute(void **state)
{
    struct births_room *room = *state;
    raw_run(
        room->raw,
        "BEGIN; INSERT INTO nrc.rule (dataset_id, origin, version, name, action) VALUES"
        " (1, 'contract', '1', 'warns', 'warn'), (1, 'contract', '1', 'counts', 'count'),"
        " (1, 'contract', '1', 'keeps out', 'quarantine'), (1, 'contract', '2', 'warns', 'warn')");
    raw_run(room->raw, "INSERT INTO nrc.measure_minute SELECT date_trunc('minute', now()) - m * "
                       "interval '1 minute',"
                       " p, 1, 'stream', false, 9, 9, 0, 0, 0, 0, 0, '{-4, -3, -2, -1, 65537}', "
                       "ARRAY[4, 3, 2, m, 99],"
                       " '{}', '{}' FROM (VALUES (0, 1), (1, 1), (1, 2), (2, 1)) v (m, p)");
    assert_string_equal(told(room, "rules_warned"), "warns 10");
    raw_run(room->raw, "ROLLBACK");
}

static void metrics_are_told_by_the_last_day_that_was_judged(void **state)
{
    struct births_room *room = *state;
    raw_run(
        room->raw,
        "INSERT INTO nrc.metric_judged VALUES (1, '2026-01-02');"
        "INSERT INTO nrc.metric_day (dataset_id, day, rule, version, severity, threshold, holds,"
        " why) VALUES (1, '2026-01-02', 'broken', '1', 'warning', 't', false, NULL),"
        " (1, '2026-01-02', 'counted', '1', 'info', 't', false, NULL),"
        " (1, '2026-01-02', 'kept', '1', 'warning', 't', true, NULL),"
        " (1, '2026-01-02', 'unknown', '1', 'warning', 't', NULL, 'why'),"
        " (1, '2026-01-01', 'of before', '1', 'warning', 't', false, NULL)");
    assert_string_equal(told(room, "metrics_missed"), "broken 1");
}

static void a_gap_is_told_when_it_is_an_hour_old(void **state)
{
    struct births_room *room = *state;
    raw_run(
        room->raw,
        "INSERT INTO nrc.sequence (dataset_id, field, state, seen, quarantined) VALUES"
        " (1, 'seq', 'counting', '{}', '{}');"
        "INSERT INTO nrc.sequence_gap (dataset_id, from_number, to_number, opened_at, closed_at,"
        " ended) VALUES (1, 1, 1, now() - interval '59 minutes', NULL, NULL),"
        " (1, 3, 3, now() - interval '2 hours', now(), 'arrived')");
    assert_string_equal(told(room, "sequences_broken"), "");
    raw_run(room->raw, "UPDATE nrc.sequence_gap SET opened_at = opened_at - interval '2 minutes'");
    assert_string_equal(told(room, "sequences_broken"), "seq 1");
    assert_non_null(
        strstr(raw_text(room->raw, "SELECT detail FROM nrc.sequences_broken()"), "1 gaps"));
}

static void statements_that_differ_are_told_until_another_takes_their_place(void **state)
{
    struct births_room *room = *state;
    raw_run(
        room->raw,
        "INSERT INTO nrc.control_total (dataset_id, from_time, until_time, events, has_list,"
        " grace_s, is_early) SELECT 1, '2026-01-01', '2026-01-02', 1, false, 0, false"
        " FROM generate_series(1, 3);"
        "INSERT INTO nrc.control_judgement (control_id, state, due_at, replaced_by) VALUES"
        " (1, 'different', now(), NULL), (2, 'equal', now(), NULL), (3, 'different', now(), 1)");
    assert_string_equal(told(room, "controls_differ"), "control 1 1");
}

static void references_are_told_beyond_their_grace_and_what_counts_alone_is_not(void **state)
{
    struct births_room *room = *state;
#define REFERENCE(name, severity)                                                                  \
    "{\"name\": \"" name "\", \"fields\": [\"name\"], \"to_dataset\": \"moh.births\","             \
    " \"to_fields\": [\"civil_no\"], \"severity\": \"" severity "\", \"grace_seconds\": 3600}"
    contract(room, 1, "active",
             "\"relationships\": [" REFERENCE("broken", "warning") "," REFERENCE(
                 "counted", "info") "," REFERENCE("in grace",
                                                  "warning") "," REFERENCE("whole", "warning") "]");
    raw_run(room->raw,
            "INSERT INTO nrc.reference (dataset_id, name, definition, looked_at, seen_at, whole_at,"
            " rows) SELECT dataset_id, name, definition, now(), now(), now(), 3 FROM"
            " nrc.reference_declared ORDER BY name;"
            "INSERT INTO nrc.reference_missing (reference_id, key_hash, refers_hash, key, refers,"
            " since, round) SELECT id, 'k', 'r', '[1]', '[2]', now() - CASE name WHEN 'in grace'"
            "  THEN interval '59 minutes' ELSE interval '61 minutes' END, 1 FROM nrc.reference"
            " WHERE name <> 'whole'");
    assert_string_equal(told(room, "references_broken"), "broken 1");
}

/* "kind engine how it ended", in order. */
static const char *incidents(struct births_room *room)
{
    return raw_text(room->raw,
                    "SELECT coalesce(string_agg(concat_ws(' ', kind, engine, closed_why),"
                    " ', ' ORDER BY kind, id), '') FROM nrc.incident");
}

static void tend(struct births_room *room, int problems)
{
    int found = -1;
    assert_ok(sto_problems_turn(room->conn, &found, &room->err), room->err);
    assert_int_equal(found, problems);
}

/* Given a problem of each kind, then each is an incident; one that is gone ends when it was not seen for an hour, and no other's. */
static void each_problem_is_an_incident_until_it_is_gone_for_an_hour(void **state)
{
    struct births_room *room = *state;
    metrics_are_told_by_the_last_day_that_was_judged(state);
    a_gap_is_told_when_it_is_an_hour_old(state);
    statements_that_differ_are_told_until_another_takes_their_place(state);
    references_are_told_beyond_their_grace_and_what_counts_alone_is_not(state);
    raw_run(room->raw, "SELECT nrc.see_incident('late', 'data_fresh', 1, NULL, NULL, 'x', 1,"
                       " now() - interval '2 hours')");
    /* That day stays the last one. */
    raw_run(room->raw, "UPDATE nrc.metric_judged SET day = '2999-01-01';"
                       " UPDATE nrc.metric_day SET day = '2999-01-01' WHERE day = '2026-01-02'");
    tend(room, 4);
    tend(room, 4);
    assert_string_equal(incidents(room), "control_differs control 1, late, metric_missed broken,"
                                         " reference_broken broken, sequence_broken seq");
    assert_int_equal(raw_int(room->raw, "SELECT sum(count) FROM nrc.incident WHERE kind <> 'late'"),
                     8);
    raw_run(room->raw,
            "DELETE FROM nrc.sequence_gap; UPDATE nrc.incident SET last_seen_at = now() -"
            " interval '59 minutes' WHERE kind = 'sequence_broken'");
    tend(room, 3);
    assert_null(strstr(incidents(room), "quality_holds"));
    raw_run(room->raw, "UPDATE nrc.incident SET last_seen_at = now() - interval '61 minutes'");
    tend(room, 3);
    assert_string_equal(incidents(room),
                        "control_differs control 1, late, metric_missed broken,"
                        " reference_broken broken, sequence_broken seq quality_holds");
}

/* A zone in which it is so many minutes after midnight. */
static void contract_where_it_is(struct births_room *room, int version, int minutes)
{
    char sql[300];
    char rest[100];
    snprintf(sql, sizeof(sql),
             "SELECT CASE WHEN o < '-12:00' THEN -o - interval '24 hours' ELSE -o END FROM"
             " (SELECT interval '%d minutes' - date_trunc('minute', now() AT TIME ZONE "
             "'UTC')::time AS o) z",
             minutes);
    snprintf(rest, sizeof(rest), "\"service\": {\"time_zone\": \"%.40s\"}",
             raw_text(room->raw, sql));
    contract(room, version, "active", rest);
}

#define DUE(what) "SELECT coalesce(string_agg((" what ")::text, ','), '') FROM nrc.metrics_due(9)"

static void
a_day_is_judged_once_a_quarter_of_an_hour_after_its_end_by_the_contracts_clock(void **state)
{
    struct births_room *room = *state;
    raw_run(room->raw, "BEGIN");
    contract(room, 1, "active", "\"service\": {}");
    assert_string_equal(raw_text(room->raw, DUE("since AT TIME ZONE 'Asia/Muscat' = day")), "true");
    assert_string_equal(raw_text(room->raw, DUE("until - since = '1 day' AND until <= now()")),
                        "true");
    contract_where_it_is(room, 2, 5);
    assert_string_equal(raw_text(room->raw, DUE("date_trunc('minute', now() - until)")),
                        "1 day 00:05:00");
    contract_where_it_is(room, 3, 16);
    assert_string_equal(raw_text(room->raw, DUE("date_trunc('minute', now() - until)")),
                        "00:16:00");
    raw_run(room->raw, "COMMIT");
    tend(room, 0);
    assert_string_equal(raw_text(room->raw, DUE("day")), "");
    /* Another monitor had begun it. */
    contract(room, 4, "active",
             "\"quality\": [{\"name\": \"some\", \"kind\": \"metric\", \"metric\":"
             " \"rowCount\", \"comparison\": \"mustBe\", \"threshold\": 0,"
             " \"severity\": \"warning\"}]");
    for (int i = 0; i < 2; i++) {
        raw_run(room->raw, "DELETE FROM nrc.metric_judged");
        tend(room, 0);
        assert_string_equal(raw_text(room->raw,
                                     "SELECT string_agg(concat_ws(' ', rule, version, holds), ',')"
                                     " FROM nrc.metric_day"),
                            "some 4 t");
    }
    raw_run(room->raw, "DELETE FROM nrc.metric_judged");
    contract(room, 5, "retired", "\"service\": {}");
    assert_string_equal(raw_text(room->raw, DUE("day")), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, build, births_room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rules_that_warn_are_told_by_the_last_whole_minute),
        TEST(metrics_are_told_by_the_last_day_that_was_judged),
        TEST(a_gap_is_told_when_it_is_an_hour_old),
        TEST(statements_that_differ_are_told_until_another_takes_their_place),
        TEST(references_are_told_beyond_their_grace_and_what_counts_alone_is_not),
        TEST(each_problem_is_an_incident_until_it_is_gone_for_an_hour),
        TEST(a_day_is_judged_once_a_quarter_of_an_hour_after_its_end_by_the_contracts_clock),
    };
    return cmocka_run_group_tests_name("problems", tests, NULL, NULL);
}
