/* SPDX-License-Identifier: Apache-2.0
 * component/storage/quality/test_control.c - control totals (NRL-10, DSP-7.4.5: completeness): what is stated is kept, judged when it is due,
 * and the difference is named. */
#include "quality_kit.h"

#define FROM  "2023-11-14"
#define UNTIL "2023-11-14"
/* moh.visits has no event time, so the period is of Kafka's timestamps. The middle of that day. */
#define AT  INT64_C(1699963200000000)
#define DAY INT64_C(86400000000)

static int64_t state_as(const struct sto_control_spec *spec, const char *agency,
                        struct sto_control_stated *stated, struct err *err)
{
    struct sto_conn *conn = sto_open(STO_ROLE_REGISTRY);
    *stated = (struct sto_control_stated){0};
    int rc = sto_control_state(conn, spec, agency, stated, err);
    sto_conn_close(&conn);
    return rc;
}

static struct sto_control_spec visits(const char *events, const char *keys, const char *checksum)
{
    return (struct sto_control_spec){.dataset = "moh.visits",
                                     .from = FROM,
                                     .until = UNTIL,
                                     .events = events,
                                     .keys = keys,
                                     .checksum = checksum,
                                     .grace_s = "0"};
}

static struct sto_control_stated put(struct sto_control_spec spec)
{
    struct err err = ERR_INIT;
    struct sto_control_stated stated;
    assert_ok((int)state_as(&spec, NULL, &stated, &err), err);
    return stated;
}

static void refused(struct sto_control_spec spec, const char *agency, const char *said)
{
    struct err err = ERR_INIT;
    struct sto_control_stated stated;
    assert_int_equal(state_as(&spec, agency, &stated, &err), -1);
    if (strstr(err.text, said) == NULL) {
        fail_msg("%s: %s", said, err.text);
    }
}

static void judge(void)
{
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_WATCH);
    assert_ok(sto_controls_turn(conn, &err), err);
    sto_conn_close(&conn);
}

/* As if its next judgement were due. */
static void judge_again(struct kit *kit)
{
    raw_run(kit->raw, "UPDATE nrc.control_judgement SET next_at = now() WHERE next_at IS NOT NULL");
    judge();
}

static const char *of(struct kit *kit, int64_t id, const char *what)
{
    char sql[400];
    snprintf(sql, sizeof(sql),
             "SELECT %s FROM nrc.control_total t JOIN nrc.control_judgement j ON j.control_id = "
             "t.id WHERE t.id = %lld",
             what, (long long)id);
    return raw_text(kit->raw, sql);
}

static void three_visits(struct kit *kit)
{
    kit_visit(kit, 0, 11, "a", AT);
    kit_visit(kit, 0, 12, "b", AT + 1);
    kit_visit(kit, 0, 11, "c", AT + 2);
    kit_visit(kit, 1, 13, "outside", AT + DAY);
    kit_visit(kit, 1, 14, "outside", AT - DAY);
    kit_commit(kit);
    kit_begin(kit);
}

/* sum of SHA-256("11") and SHA-256("12") modulo 2^256, by Python. */
#define SUM_11_12 "bb19ff588e28c6e6a34b1dc8daf6f6707c498f8072ce06436c464706b6c197d0"

static void what_was_sent_and_what_is_here_are_equal(void **state)
{
    struct kit *kit = *state;
    three_visits(kit);
    int64_t counted = put(visits("3", "2", NULL)).id;
    const char *checksum = SUM_11_12;
    assert_string_equal(of(kit, counted, "j.state"), "open");
    judge();
    assert_string_equal(of(kit, counted, "j.state"), "equal");
    assert_string_equal(of(kit, counted, "t.is_early"), "f");
    assert_string_equal(of(kit, counted, "encode(j.checksum, 'hex')"), checksum);
    int64_t summed = put(visits("3", "2", checksum)).id;
    judge();
    assert_string_equal(of(kit, summed, "j.state"), "equal");
    assert_string_equal(of(kit, counted, "j.state || ' ' || j.replaced_by"), "equal 2");
    int64_t more = put(visits("3", "3", NULL)).id;
    judge();
    assert_string_equal(of(kit, more, "j.state || ' ' || j.keys"), "different 2");
}

/* Lost rows that are made good by doubled ones are the same number of events: keys tell. */
static void equal_counts_hide_no_lost_key(void **state)
{
    struct kit *kit = *state;
    three_visits(kit);
    struct sto_control_spec spec = visits("3", NULL, NULL);
    spec.key_list = "[\"11\", \"12\", \"15\"]";
    int64_t id = put(spec).id;
    judge();
    assert_string_equal(
        of(kit, id,
           "j.state || ' ' || j.recorded || ' ' || j.missing_keys || ' ' || j.beyond_keys"),
        "different 3 1 0");
    assert_string_equal(
        raw_text(kit->raw,
                 "SELECT string_agg(side || ' ' || key, ', ') FROM nrc.control_difference"),
        "missing 15");
    assert_string_equal(of(kit, id, "j.lone_digest = sha256('15')"), "t");
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.control_different"), 1);
    /* The event comes late, and the statement is judged again. */
    kit_visit(kit, 2, 15, "late", AT);
    kit_commit(kit);
    judge_again(kit);
    assert_string_equal(of(kit, id, "j.state || ' ' || j.recorded"), "different 4");
    assert_int_equal(raw_int(kit->raw, "SELECT missing_events FROM nrc.control_different"), -1);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.control_difference"), 0);
}

static void keys_beyond_the_list_are_named(void **state)
{
    struct kit *kit = *state;
    three_visits(kit);
    struct sto_control_spec spec = visits(NULL, NULL, NULL);
    spec.key_list = "[\"16\"]";
    spec.digest_list =
        "[\"4fc82b26aecb47d2868c4efbe3581732a3e7cbcc6c2efb32062c08170a05eeb8\"]"; /* of 11 */
    int64_t id = put(spec).id;
    judge();
    assert_string_equal(of(kit, id, "j.state || ' ' || t.keys || ' ' || j.keys"), "different 2 2");
    assert_string_equal(
        raw_text(
            kit->raw,
            "SELECT string_agg(side || ' ' || key, ', ' ORDER BY key) FROM nrc.control_difference"),
        "beyond 12, missing 16");
}

/* With a checksum alone, and no list, one key too many is found. */
static void one_key_beyond_is_found_by_the_checksum_alone(void **state)
{
    struct kit *kit = *state;
    three_visits(kit);
    int64_t id =
        put(visits("3", "1", "4fc82b26aecb47d2868c4efbe3581732a3e7cbcc6c2efb32062c08170a05eeb8"))
            .id;
    judge();
    assert_string_equal(of(kit, id, "j.state"), "different");
    assert_string_equal(raw_text(kit->raw, "SELECT side || ' ' || key FROM nrc.control_difference"),
                        "beyond 12");
    /* Of how many more nobody can tell. */
    assert_string_equal(of(kit, id, "concat(j.missing_keys, j.beyond_keys)"), "");
}

/* sum of SHA-256("2000-01-12") and SHA-256("2000-01-13") modulo 2^256, by Python. */
#define SUM_OF_DAYS "b6d09ca7b6662f9778e2ea605cc07ab9c81430e86a2f6322d5bfce39ea7903ea"

static void a_keys_text_does_not_depend_on_the_session(void **state)
{
    struct kit *kit = *state;
    three_visits(kit);
    raw_run(
        kit->raw,
        "ALTER TABLE moh.visits_history ALTER visit TYPE date USING date '2000-01-01' + visit::int;"
        " UPDATE nrc.dataset_column SET type = 'date' WHERE dataset_id = 2 AND name = 'visit'");
    int64_t id = put(visits(NULL, "2", NULL)).id;
    raw_run(kit->raw, "SET datestyle = 'German, DMY'; SET timezone = 'Asia/Muscat'; SET "
                      "bytea_output = 'escape'; SET extra_float_digits = 0");
    raw_run(kit->raw, "SELECT nrc.judge_control(control_id) FROM nrc.control_judgement");
    assert_string_equal(of(kit, id, "j.state || ' ' || encode(j.checksum, 'hex')"),
                        "equal " SUM_OF_DAYS);
}

static void put_refused(struct kit *kit, int64_t kafka_ts_us)
{
    kit->quarantined[kit->batch.quarantined_count++] =
        (struct sto_quarantined){.dataset_id = 2,
                                 .progress = KIT_PARTITIONS,
                                 .kafka_ts_us = kafka_ts_us,
                                 .offset = kit_take_offset(kit, KIT_PARTITIONS),
                                 .reason = ERR_TRUNCATED,
                                 .path = "",
                                 .detail = "d"};
}

static void refused_events_count_as_received(void **state)
{
    struct kit *kit = *state;
    kit_visit(kit, 0, 11, "a", AT);
    put_refused(kit, AT);
    kit_commit(kit);
    int64_t id = put(visits("2", "1", NULL)).id;
    judge();
    assert_string_equal(of(kit, id, "j.state || ' ' || j.recorded || ' ' || j.quarantined"),
                        "equal 1 1");
    int64_t more = put(visits("3", NULL, NULL)).id;
    judge();
    assert_string_equal(of(kit, more, "j.state"), "different");
    assert_int_equal(raw_int(kit->raw, "SELECT missing_events FROM nrc.control_different"), 1);
    id = put(visits("2", "1", NULL)).id;
    /* Recorded after all, as a parked event is: it is not counted twice. */
    raw_run(kit->raw, "UPDATE nrc.quarantine SET status = 'replayed'");
    judge_again(kit);
    assert_string_equal(of(kit, id, "j.state || ' ' || j.recorded || ' ' || j.quarantined"),
                        "different 1 0");
}

static void a_period_has_its_first_moment_and_not_its_last(void **state)
{
    struct kit *kit = *state;
    kit_visit(kit, 0, 11, "first", AT - DAY / 2);
    kit_visit(kit, 0, 12, "after", AT + DAY / 2);
    put_refused(kit, AT - DAY / 2);
    put_refused(kit, AT + DAY / 2);
    kit_visit(kit, 1, 13, "newer", AT + 1);
    kit_commit(kit);
    kit_begin(kit);
    kit_visit(kit, 2, 13, "older", AT); /* stale, which is no duplicate */
    kit_commit(kit);
    int64_t id = put(visits("4", "2", NULL)).id;
    judge();
    assert_string_equal(
        of(kit, id, "j.state || ' ' || j.recorded || ' ' || j.quarantined || ' ' || j.duplicate"),
        "equal 3 1 0");
}

/* An event's time may lie ahead of its recording, by a day. */
static void an_event_that_comes_before_its_time_is_of_its_own_period(void **state)
{
    struct kit *kit = *state;
    char tomorrow[16];
    snprintf(tomorrow, sizeof(tomorrow), "%.10s",
             raw_text(kit->raw, "SELECT (now() AT TIME ZONE 'UTC')::date + 1"));
    int64_t at_us = raw_int(
        kit->raw, "SELECT extract(epoch FROM date_trunc('day', now(), 'UTC') + interval '25 hours')"
                  "::bigint * 1000000");
    kit_visit(kit, 0, 11, "ahead", at_us);
    put_refused(kit, at_us);
    kit_commit(kit);
    struct sto_control_spec spec = visits("2", NULL, NULL);
    spec.from = spec.until = tomorrow;
    int64_t id = put(spec).id;
    judge_again(kit);
    assert_string_equal(of(kit, id, "j.state || ' ' || j.recorded || ' ' || j.quarantined"),
                        "equal 1 1");
}

static void exempt_events_are_told_and_not_counted(void **state)
{
    struct kit *kit = *state;
    raw_run(
        kit->raw,
        "UPDATE nrc.dataset SET exempt_field = 'note', exempt_values = '{secret}' WHERE id = 2");
    kit_visit(kit, 0, 11, "a", AT);
    (void)kit_take_offset(kit, KIT_PARTITIONS);
    kit->progress[KIT_PARTITIONS].exempt = 1;
    kit_commit(kit);
    int64_t id = put(visits("2", NULL, NULL)).id;
    judge();
    assert_string_equal(of(kit, id, "j.state || ' ' || j.recorded || ' ' || j.exempt"),
                        "different 1 1");
}

static void statements_that_contradict_each_other_stay(void **state)
{
    struct kit *kit = *state;
    three_visits(kit);
    struct sto_control_stated first = put(visits("4", NULL, NULL));
    struct sto_control_stated again = put(visits("4", NULL, NULL));
    assert_true(first.is_new && !again.is_new && again.id == first.id);
    struct sto_control_stated second = put(visits("3", NULL, NULL));
    assert_int_equal(second.contradicts, first.id);
    judge();
    assert_string_equal(of(kit, first.id, "j.state || ' ' || t.events || ' ' || j.replaced_by"),
                        "contradicted 4 2");
    assert_string_equal(of(kit, second.id, "j.state"), "equal");
    /* One that says more of the same period takes the place of one that differs, and is not judged yet. */
    (void)put(visits("4", NULL, NULL));
    judge();
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.control_different"), 1);
    (void)put(visits("4", "2", NULL));
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.control_different"), 0);
    second = put(visits("3", NULL, NULL));
    /* And back: the newest counts. */
    assert_int_equal(put(visits("4", NULL, NULL)).contradicts, second.id);
    judge();
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.control_different"), 1);
    assert_int_equal(
        raw_int(kit->raw, "SELECT count(*) FROM nrc.audit WHERE what = 'control.stated'"), 6);
    assert_string_equal(raw_sqlstate(kit->raw, "UPDATE nrc.control_total SET events = 3"), "NRC04");
    assert_string_equal(raw_sqlstate(kit->raw, "DELETE FROM nrc.control_total"), "NRC04");
    assert_string_equal(raw_sqlstate(kit->raw, "DELETE FROM nrc.dataset WHERE id = 2"), "NRC04");
}

static void a_period_that_is_not_over_is_kept_and_told(void **state)
{
    struct kit *kit = *state;
    struct sto_control_spec spec = visits("3", NULL, NULL);
    spec.from = "2099-01-01";
    spec.until = "2099-01-31";
    int64_t id = put(spec).id;
    judge();
    assert_string_equal(of(kit, id, "j.state || ' ' || t.is_early || ' ' || (j.judged_at IS NULL)"),
                        "open true true");
}

static void grace_is_waited_for(void **state)
{
    struct kit *kit = *state;
    struct sto_control_spec spec = visits("0", NULL, NULL);
    spec.grace_s = NULL;
    int64_t id = put(spec).id;
    judge();
    assert_string_equal(of(kit, id, "j.state || ' ' || (j.due_at - t.stated_at)"), "open 01:00:00");
}

static void judgements_come_seldomer_and_end(void **state)
{
    struct kit *kit = *state;
    int64_t id = put(visits("0", NULL, NULL)).id;
    judge();
    assert_string_equal(of(kit, id, "j.next_at - j.judged_at"), "00:01:00");
    judge();
    assert_string_equal(of(kit, id, "j.judged"), "1");
    assert_string_equal(raw_text(kit->raw, "SELECT nrc.judge_control(1)"), "f");
    judge_again(kit);
    assert_string_equal(of(kit, id, "j.next_at - j.judged_at"), "00:02:00");
    raw_run(kit->raw, "UPDATE nrc.control_judgement SET judged = 30");
    judge_again(kit);
    assert_string_equal(of(kit, id, "j.next_at - j.judged_at"), "1 day");
    raw_run(kit->raw, "UPDATE nrc.control_judgement SET due_at = now() - interval '8 days'");
    judge_again(kit);
    assert_string_equal(of(kit, id, "j.next_at"), "");
}

static void one_that_cannot_be_judged_holds_up_no_other(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    PGconn *busy = raw_open();
    struct sto_control_spec births = visits("0", NULL, NULL);
    births.dataset = "moh.births";
    int64_t held = put(births).id;
    int64_t other = put(visits("0", NULL, NULL)).id;
    raw_run(busy, "BEGIN; SELECT FROM nrc.dataset WHERE id = 1 FOR UPDATE");
    struct sto_conn *conn = sto_open(STO_ROLE_WATCH);
    assert_int_equal(sto_controls_turn(conn, &err), -1);
    assert_int_equal(err.kind, ERR_KIND_RETRY);
    assert_string_equal(of(kit, held, "j.state || ' ' || j.failed || ' ' || (j.next_at > now())"),
                        "open 1 true");
    assert_string_equal(of(kit, other, "j.state || ' ' || j.failed"), "equal 0");
    PQfinish(busy);
    /* It is tried again ever more seldom; and one that is not due did not fail. */
    raw_run(kit->raw, "UPDATE nrc.control_judgement SET failed = 3, next_at = now();"
                      " SELECT nrc.control_failed(control_id) FROM nrc.control_judgement");
    assert_string_equal(
        of(kit, held, "j.failed || ' ' || (j.next_at - now() > interval '7 minutes')"), "4 true");
    raw_run(kit->raw, "SELECT nrc.control_failed(control_id) FROM nrc.control_judgement");
    assert_string_equal(of(kit, held, "j.failed"), "4");
    judge_again(kit);
    assert_string_equal(of(kit, held, "j.state || ' ' || j.failed"), "equal 0");
    sto_conn_close(&conn);
}

static void what_cannot_be_stated_is_refused_with_the_reason(void **state)
{
    (void)state;
    struct sto_control_spec spec = visits(NULL, NULL, NULL);
    refused(spec, NULL, "how many events, how many keys, or a checksum");
    spec.key_list = "[\"1\", 2]";
    refused(spec, NULL, "a list has keys as texts");
    spec.key_list = "[\"1\", \"1\"]";
    spec.keys = "2";
    refused(spec, NULL, "the list has 1 distinct keys");
    spec.key_list = NULL;
    spec.digest_list = "[\"abc\"]";
    refused(spec, NULL, "64 digits");
    refused(visits("-1", NULL, NULL), NULL, "whole number");
    refused(visits("", NULL, NULL), NULL, "whole number");
    refused(visits(NULL, "1e3", NULL), NULL, "whole number");
    refused(visits(NULL, NULL, "ABC"), NULL, "64 digits");
    refused(visits("1", NULL, NULL), "edu", "another agency's dataset");
    spec = visits("1", NULL, NULL);
    spec.until = "2023-11-13";
    refused(spec, NULL, "ends after it begins");
    spec.until = "2023-02-30";
    refused(spec, NULL, "does not exist");
    spec.until = "infinity";
    refused(spec, NULL, "YYYY-MM-DDTHH:MM");
    spec.until = NULL;
    refused(spec, NULL, "from a time until a time");
    spec = visits("1", NULL, NULL);
    spec.dataset = "moh.nothing";
    refused(spec, NULL, "there is no dataset moh.nothing");
    spec = visits("1", NULL, NULL);
    spec.grace_s = "99999999";
    refused(spec, NULL, "at most 40 days");
    spec.grace_s = "0";
    spec.statement_id = "";
    refused(spec, NULL, "1 to 400 bytes");
}

static void monitors_and_servers_see_no_key(void **state)
{
    struct kit *kit = *state;
    three_visits(kit);
    struct sto_control_spec spec = visits(NULL, NULL, NULL);
    spec.key_list = "[\"15\"]";
    (void)put(spec);
    judge();
    static const char *const roles[] = {"nrc_monitor", "nrc_registry", "nrc_ingest", "nrc_reader",
                                        "nrc_relay"};
    static const char *const tables[] = {"control_key", "control_difference"};
    for (size_t i = 0; i < COUNT_OF(roles) * COUNT_OF(tables); i++) {
        char sql[160];
        snprintf(sql, sizeof(sql), "SELECT has_any_column_privilege('%s', 'nrc.%s', 'SELECT')",
                 roles[i / 2], tables[i % 2]);
        assert_string_equal(raw_text(kit->raw, sql), "f");
    }
    assert_string_equal(
        raw_text(kit->raw,
                 "SELECT has_table_privilege('nrc_steward', 'nrc.control_difference', 'SELECT')"),
        "t");
    assert_int_equal(
        raw_int(
            kit->raw,
            "SELECT count(*) FROM nrc.audit WHERE after::text LIKE '%15%' AND what LIKE 'control%'"
            " AND after ? 'key'"),
        0);
}

static void many_keys_differ_and_a_thousand_are_kept(void **state)
{
    struct kit *kit = *state;
    three_visits(kit);
    struct sto_control_spec spec = visits(NULL, NULL, NULL);
    char list[16384];
    PGresult *res = PQexec(kit->raw, "SELECT jsonb_agg(v::text) FROM generate_series(100, 2099) v");
    snprintf(list, sizeof(list), "%s", PQgetvalue(res, 0, 0));
    PQclear(res);
    spec.key_list = list;
    int64_t id = put(spec).id;
    judge();
    assert_string_equal(of(kit, id, "j.missing_keys || ' ' || j.beyond_keys"), "2000 2");
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.control_difference"), 1002);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_sent_and_what_is_here_are_equal),
        TEST(equal_counts_hide_no_lost_key),
        TEST(keys_beyond_the_list_are_named),
        TEST(one_key_beyond_is_found_by_the_checksum_alone),
        TEST(a_keys_text_does_not_depend_on_the_session),
        TEST(refused_events_count_as_received),
        TEST(a_period_has_its_first_moment_and_not_its_last),
        TEST(an_event_that_comes_before_its_time_is_of_its_own_period),
        TEST(exempt_events_are_told_and_not_counted),
        TEST(statements_that_contradict_each_other_stay),
        TEST(a_period_that_is_not_over_is_kept_and_told),
        TEST(grace_is_waited_for),
        TEST(judgements_come_seldomer_and_end),
        TEST(one_that_cannot_be_judged_holds_up_no_other),
        TEST(what_cannot_be_stated_is_refused_with_the_reason),
        TEST(monitors_and_servers_see_no_key),
        TEST(many_keys_differ_and_a_thousand_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
