/* SPDX-License-Identifier: Apache-2.0
 * component/storage/catalogue/test_incident_end.c - an incident closes when its cause is gone, and not before. */
#include "incident_kit.h"

static void a_good_event_after_the_bad_one_ends_it(void **state)
{
    struct kit *kit = *state;
    kit_add_good(kit, 0);
    kit_add_bad(kit, 0, ERR_BAD_FRAME);
    kit_end_batch(kit);
    incident_make_older(kit, "1 minute");
    incident_tend(kit);
    assert_int_equal(incident_open_count(kit), 1); /* the good one came before */
    kit->progress[0].skipped = 1;
    kit->progress[0].next++; /* a batch of nothing is no good event */
    kit_end_batch(kit);
    incident_tend(kit);
    assert_int_equal(incident_open_count(kit), 1);
    kit_add_good(kit, 1);
    kit_end_batch(kit);
    incident_tend(kit);
    assert_int_equal(incident_open_count(kit), 0);
    assert_string_equal(incident_closed_why(kit), "good_event");
    assert_string_equal(incident_history(kit), "opened closed");
}

static void good_events_of_the_same_batch_end_it_too(void **state)
{
    struct kit *kit = *state;
    kit_add_bad(kit, 0, ERR_BAD_FRAME);
    kit_add_good(kit, 0);
    kit_end_batch(kit);
    incident_tend(kit);
    assert_int_equal(incident_open_count(kit), 1); /* it may come again in a moment */
    incident_make_older(kit, "3 seconds");
    incident_tend(kit);
    assert_int_equal(incident_open_count(kit), 0);
}

/* A producer that sends one bad event among thousands of good ones, over and over. */
static void one_that_keeps_coming_back_stays_open_ever_longer(void **state)
{
    struct kit *kit = *state;
    static const char *const quiet_s[] = {"3 seconds", "9 seconds", "33 seconds"};
    for (size_t i = 0; i < COUNT_OF(quiet_s); i++) {
        kit_add_bad(kit, 0, ERR_BAD_FRAME);
        kit_add_good(kit, 0);
        kit_end_batch(kit);
        incident_tend(kit);
        if (i > 0) {
            incident_make_older(kit, quiet_s[i - 1]);
            incident_tend(kit);
        }
        assert_int_equal(incident_open_count(kit), 1);
        incident_make_older(kit, quiet_s[i]);
        incident_tend(kit);
        assert_int_equal(incident_open_count(kit), 0);
    }
    assert_int_equal(incident_count(kit, "reopened = 2 AND count = 3"), 1);
}

static void another_datasets_good_event_ends_nothing(void **state)
{
    struct kit *kit = *state;
    kit_add_bad(kit, 0, ERR_BAD_FRAME);
    kit_visit(kit, 0, 1, "note", INT64_C(1700000000000000));
    kit_end_batch(kit);
    incident_tend(kit);
    incident_make_older(kit, "1 day");
    incident_tend(kit);
    assert_int_equal(incident_open_count(kit), 1);
}

static void a_missing_topic_ends_when_it_is_claimed(void **state)
{
    struct kit *kit = *state;
    incident_make_older(kit, "1 minute");
    incident_see_kind(kit, STO_INCIDENT_TOPIC_MISSING);
    incident_make_older(kit, "1 minute");
    incident_tend(kit);
    assert_int_equal(incident_open_count(kit), 1);
    kit_claim(kit);
    incident_tend(kit);
    assert_string_equal(incident_closed_why(kit), "topic_read");
}

static void a_halt_ends_by_its_resumption_and_says_whose(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct sto_conn *steward = sto_open(STO_ROLE_STEWARD);
    const struct sto_progress *p = &kit->progress[0];
    char id[32];
    assert_ok(sto_position_halt(kit->conn, p->position_id, p->epoch, STO_INCIDENT_UNREADABLE,
                                "offset 0 cannot be read", &err),
              err);
    incident_make_older(kit, "1 hour");
    incident_tend(kit);
    assert_int_equal(incident_open_count(kit), 1);
    snprintf(id, sizeof(id), "%.20s", raw_text(kit->raw, "SELECT id FROM nrc.incident"));
    assert_err(sto_incident_close(steward, id, "I do not like it", &err), err, ERR_KIND_FATAL,
               ERR_REFUSED); /* the partition would wait with nobody told */
    assert_ok(sto_position_resume(steward, "moh.births", 0, "lost", 5, &err), err);
    assert_string_equal(incident_closed_why(kit), "resumed");
    assert_string_equal(raw_text(kit->raw,
                                 "SELECT detail || ' ' || (by_login = session_user)::text FROM"
                                 " nrc.incident_event WHERE what = 'closed'"),
                        "lost true");
    sto_conn_close(&steward);
}

static void a_partition_that_waited_ends_when_it_flows(void **state)
{
    struct kit *kit = *state;
    struct sto_incident waits = incident_of(kit, STO_INCIDENT_PARTITION_WAITS);
    waits.position_id = kit->progress[0].position_id;
    incident_make_older(kit, "1 minute");
    incident_see(kit, &waits);
    incident_make_older(kit, "1 minute");
    incident_tend(kit);
    assert_int_equal(incident_open_count(kit), 1);
    kit_add_good(kit, 0);
    kit_end_batch(kit);
    incident_tend(kit);
    assert_string_equal(incident_closed_why(kit), "partition_flows");
}

static void fencing_ends_when_one_engine_keeps_the_partition(void **state)
{
    struct kit *kit = *state;
    struct sto_incident fenced = incident_of(kit, STO_INCIDENT_FENCED_OFTEN);
    fenced.position_id = kit->progress[0].position_id;
    incident_see(kit, &fenced);
    incident_make_older(kit, "9 minutes");
    incident_tend(kit);
    assert_int_equal(incident_open_count(kit), 1);
    incident_make_older(kit, "2 minutes");
    incident_tend(kit);
    assert_string_equal(incident_closed_why(kit), "partition_settled");
}

static void what_an_engine_ended_of_ends_with_that_engine_alone(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct sto_incident failed = {
        .kind = STO_INCIDENT_ENGINE_FAILED, .engine = "e1", .detail = "it ended"};
    incident_see(kit, &failed);
    failed.engine = "e2";
    incident_see(kit, &failed);
    assert_ok(sto_incident_end(kit->conn, STO_CLOSES_ENGINE_RUNS, "e1", 0, &err), err);
    assert_int_equal(incident_count(kit, "engine = 'e2' AND closed_at IS NULL"), 1);
    assert_int_equal(incident_open_count(kit), 1);
    assert_string_equal(incident_closed_why(kit), "engine_runs");
}

static void what_is_of_a_dataset_that_is_gone_ends(void **state)
{
    struct kit *kit = *state;
    struct sto_incident orphan = incident_of(kit, STO_INCIDENT_PARTITIONS_ADDED);
    orphan.dataset_id = 77777;
    incident_see(kit, &orphan);
    incident_tend(kit);
    assert_string_equal(incident_closed_why(kit), "gone");
}

static void a_steward_closes_one_with_a_reason(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct sto_conn *steward = sto_open(STO_ROLE_STEWARD);
    incident_see_kind(kit, STO_INCIDENT_PARTITIONS_ADDED);
    incident_make_older(kit, "1 day");
    incident_tend(kit);
    assert_int_equal(incident_open_count(kit), 1);
    char id[32];
    snprintf(id, sizeof(id), "%.20s", raw_text(kit->raw, "SELECT id FROM nrc.incident"));
    assert_ok(sto_incident_close(steward, id, "keys were not moved", &err), err);
    assert_string_equal(incident_closed_why(kit), "person");
    assert_string_equal(raw_text(kit->raw, "SELECT detail FROM nrc.incident_event"
                                           " WHERE what = 'closed' AND by_login IS NOT NULL"),
                        "keys were not moved");
    assert_err(sto_incident_close(steward, id, "again", &err), err, ERR_KIND_FATAL, ERR_REFUSED);
    assert_err(sto_incident_close(steward, "99", "x", &err), err, ERR_KIND_FATAL, ERR_NOT_FOUND);
    sto_conn_close(&steward);
}

static void only_stewards_close_and_only_engines_open(void **state)
{
    static const struct {
        const char *role;
        const char *sql;
        const char *sqlstate;
    } rows[] = {
        {"nrc_monitor", "SELECT FROM nrc.incident, nrc.incident_event", ""},
        {"nrc_monitor", "SELECT nrc.tend_incidents()", ""},
        {"nrc_monitor", "SELECT nrc.close_incident(1, 'x')", "42501"},
        {"nrc_monitor", "SELECT nrc.see_incident('k','c',1,1,'e','d',1,now())", "42501"},
        {"nrc_steward", "SELECT nrc.see_incident('k','c',1,1,'e','d',1,now())", "42501"},
        {"nrc_steward", "SELECT nrc.close_incident(1, 'x')", "NRC02"},
        {"nrc_ingest", "SELECT nrc.close_incident(1, 'x')", "42501"},
        {"nrc_ingest", "DELETE FROM nrc.incident_sign", "42501"},
        {"nrc_ingest", "UPDATE nrc.incident SET closed_at = NULL", "42501"},
        {"nrc_ingest", "SELECT nrc.end_incident(1, 'x', 'x', 'x')", "42501"},
        {"nrc_reader", "SELECT FROM nrc.incident", "42501"},
    };
    struct kit *kit = *state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char sql[64];
        snprintf(sql, sizeof(sql), "SET ROLE %s", rows[i].role);
        raw_run(kit->raw, sql);
        const char *sqlstate = raw_sqlstate(kit->raw, rows[i].sql);
        if (strcmp(sqlstate, rows[i].sqlstate) != 0) {
            fail_msg("%s: %s: %s", rows[i].role, rows[i].sql, sqlstate);
        }
        raw_run(kit->raw, "RESET ROLE");
    }
}

/* A token that the table has and the register has not would never end. */
static void the_register_knows_each_ending_that_it_judges(void **state)
{
    static const enum sto_closes judged[] = {
        STO_CLOSES_GOOD_EVENT, STO_CLOSES_TOPIC_READ, STO_CLOSES_PARTITION_FLOWS,
        STO_CLOSES_PARTITION_SETTLED, STO_CLOSES_REFUSALS_SUBSIDE};
    struct kit *kit = *state;
    for (size_t i = 0; i < COUNT_OF(judged); i++) {
        char sql[256];
        snprintf(sql, sizeof(sql),
                 "SELECT (prosrc LIKE '%%WHEN ''%s'' THEN%%')::int FROM pg_proc"
                 " WHERE proname = 'incident_ending'",
                 sto_closes_token(judged[i]));
        assert_int_equal(raw_int(kit->raw, sql), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        INCIDENT_TEST(a_good_event_after_the_bad_one_ends_it),
        INCIDENT_TEST(good_events_of_the_same_batch_end_it_too),
        INCIDENT_TEST(one_that_keeps_coming_back_stays_open_ever_longer),
        INCIDENT_TEST(another_datasets_good_event_ends_nothing),
        INCIDENT_TEST(a_missing_topic_ends_when_it_is_claimed),
        INCIDENT_TEST(a_halt_ends_by_its_resumption_and_says_whose),
        INCIDENT_TEST(a_partition_that_waited_ends_when_it_flows),
        INCIDENT_TEST(fencing_ends_when_one_engine_keeps_the_partition),
        INCIDENT_TEST(what_an_engine_ended_of_ends_with_that_engine_alone),
        INCIDENT_TEST(what_is_of_a_dataset_that_is_gone_ends),
        INCIDENT_TEST(a_steward_closes_one_with_a_reason),
        INCIDENT_TEST(only_stewards_close_and_only_engines_open),
        INCIDENT_TEST(the_register_knows_each_ending_that_it_judges),
    };
    return cmocka_run_group_tests_name("incident_end", tests, NULL, NULL);
}
