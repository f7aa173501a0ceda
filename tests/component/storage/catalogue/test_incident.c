/* SPDX-License-Identifier: Apache-2.0
 * component/storage/catalogue/test_incident.c - one thing that is wrong is one incident, whoever tells it: it counts what it
 * saw, closes when its cause is gone, and is the same one when it comes back within a day. */
#include "commit_kit.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingest/news.h"
#include "storage/catalogue/incident.h"

static struct sto_incident wrong_of(struct kit *kit, enum sto_incident_kind kind)
{
    return (struct sto_incident){
        .kind = kind, .dataset_id = kit->births.dataset_id, .detail = "as it was seen"};
}

static void see(struct kit *kit, const struct sto_incident *incident)
{
    struct err err = ERR_INIT;
    assert_ok(sto_incident_open(kit->conn, incident, &err), err);
}

static void see_kind(struct kit *kit, enum sto_incident_kind kind)
{
    const struct sto_incident incident = wrong_of(kit, kind);
    see(kit, &incident);
}

static void tend(struct kit *kit)
{
    struct err err = ERR_INIT;
    assert_ok(sto_incident_tend(kit->conn, &err), err);
}

/* All that the register has was so much earlier. */
static void pass(struct kit *kit, const char *time)
{
    char sql[512];
    snprintf(
        sql, sizeof(sql),
        "UPDATE nrc.incident SET opened_at = opened_at - interval '%1$s',"
        " last_seen_at = last_seen_at - interval '%1$s',"
        " closed_at = closed_at - interval '%1$s';"
        " UPDATE nrc.position SET good_at = good_at - interval '%1$s',"
        " claimed_at = claimed_at - interval '%1$s', updated_at = updated_at - interval '%1$s';"
        " UPDATE nrc.incident_sign SET at = at - interval '%1$s'",
        time);
    raw_run(kit->raw, sql);
}

static int64_t count_of(struct kit *kit, const char *which)
{
    char sql[256];
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM nrc.incident WHERE %s", which);
    return raw_int(kit->raw, sql);
}

static int64_t open_ones(struct kit *kit)
{
    return count_of(kit, "closed_at IS NULL");
}

/* "good_event" of the one that was closed last. */
static const char *why(struct kit *kit)
{
    return raw_text(kit->raw,
                    "SELECT closed_why FROM nrc.incident ORDER BY closed_at DESC NULLS LAST"
                    " LIMIT 1");
}

static const char *history(struct kit *kit)
{
    return raw_text(kit->raw, "SELECT string_agg(what, ' ' ORDER BY at, ctid) FROM"
                              " nrc.incident_event");
}

/* ---- opening ---- */

static void what_is_seen_again_is_counted(void **state)
{
    struct kit *kit = *state;
    see_kind(kit, STO_INCIDENT_TOPIC_MISSING);
    pass(kit, "1 hour");
    see_kind(kit, STO_INCIDENT_TOPIC_MISSING);
    assert_int_equal(count_of(kit, "count = 2 AND last_seen_at > now() - interval '1 minute'"
                                   " AND opened_at < now() - interval '59 minutes'"),
                     1);
    assert_int_equal(open_ones(kit), 1);
}

static void one_that_comes_back_within_a_day_is_the_same(void **state)
{
    struct kit *kit = *state;
    see_kind(kit, STO_INCIDENT_TOPIC_MISSING);
    raw_run(kit->raw, "UPDATE nrc.incident SET closed_at = now(), closed_why = 'topic_read'");
    pass(kit, "23 hours");
    see_kind(kit, STO_INCIDENT_TOPIC_MISSING);
    assert_int_equal(count_of(kit, "count = 2 AND reopened = 1 AND closed_at IS NULL"), 1);
    assert_string_equal(history(kit), "opened reopened");
    raw_run(kit->raw, "UPDATE nrc.incident SET closed_at = now(), closed_why = 'topic_read'");
    pass(kit, "25 hours");
    see_kind(kit, STO_INCIDENT_TOPIC_MISSING);
    assert_int_equal(count_of(kit, "true"), 2);
    assert_int_equal(count_of(kit, "count = 1 AND reopened = 0 AND closed_at IS NULL"), 1);
}

struct witness {
    struct sto_conn *conn;
    const struct sto_incident *incident;
    struct err err;
};

static void *witness(void *arg)
{
    struct witness *w = arg;
    return sto_incident_open(w->conn, w->incident, &w->err) == 0 ? w : NULL;
}

static void those_who_see_it_at_once_open_one(void **state)
{
    struct kit *kit = *state;
    const struct sto_incident incident = wrong_of(kit, STO_INCIDENT_TOPIC_MISSING);
    struct witness witnesses[6];
    pthread_t threads[COUNT_OF(witnesses)];
    for (size_t i = 0; i < COUNT_OF(witnesses); i++) {
        witnesses[i] = (struct witness){sto_open(STO_ROLE_INGEST), &incident, ERR_INIT};
        assert_int_equal(pthread_create(&threads[i], NULL, witness, &witnesses[i]), 0);
    }
    for (size_t i = 0; i < COUNT_OF(witnesses); i++) {
        void *answer = NULL;
        assert_int_equal(pthread_join(threads[i], &answer), 0);
        if (answer == NULL) {
            fail_msg("%s", witnesses[i].err.text);
        }
        sto_conn_close(&witnesses[i].conn);
    }
    assert_int_equal(count_of(kit, "count = 6"), 1);
}

static void owners_are_told_apart(void **state)
{
    struct kit *kit = *state;
    struct sto_incident one = {
        .kind = STO_INCIDENT_KAFKA_TROUBLE, .engine = "e1", .detail = "no broker"};
    see(kit, &one);
    one.engine = "e2";
    see(kit, &one);
    struct sto_incident two = wrong_of(kit, STO_INCIDENT_FENCED_OFTEN);
    two.position_id = kit->progress[0].position_id;
    see(kit, &two);
    two.position_id = kit->progress[1].position_id;
    see(kit, &two);
    assert_int_equal(open_ones(kit), 4);
}

/* ---- what lanes say, by way of the watcher ---- */

static void news_that_could_not_be_told_are_told_later_with_their_age(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct ing_news *news = ing_news_new();
    struct sto_incident incident = wrong_of(kit, STO_INCIDENT_TOPIC_MISSING);
    ing_news_open(news, &incident);
    ing_news_open(news, &incident); /* before anybody listened: once */
    incident.kind = STO_INCIDENT_KAFKA_TROUBLE;
    incident.dataset_id = 0;
    incident.engine = "e1";
    ing_news_open(news, &incident);
    ing_news_end(news, STO_CLOSES_KAFKA_ANSWERS, "e1", 0);
    struct sto_conn *gone = sto_open(STO_ROLE_INGEST);
    char sql[96];
    snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d)", sto_conn_backend_pid(gone));
    raw_run(kit->raw, sql);
    const int64_t until_ms = clock_mono_ms() + 1100;
    while (clock_mono_ms() < until_ms) {
    }
    assert_int_equal(ing_news_deliver(news, gone, &err), -1);
    sto_conn_close(&gone);
    assert_true(ing_news_waiting(news));
    assert_ok(ing_news_deliver(news, kit->conn, &err), err);
    assert_false(ing_news_waiting(news));
    assert_int_equal(count_of(kit, "kind = 'topic_missing' AND count = 1 AND closed_at IS NULL AND"
                                   " last_seen_at < now() - interval '1 second'"),
                     1);
    assert_int_equal(count_of(kit, "kind = 'kafka_trouble' AND closed_why = 'kafka_answers'"), 1);
    ing_news_free(&news);
}

static void of_more_news_than_fit_the_first_are_kept(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct ing_news *news = ing_news_new();
    struct sto_incident incident = wrong_of(kit, STO_INCIDENT_PARTITION_WAITS);
    log_set_level(LOG_ERROR);
    for (int32_t position = 1; position <= 500; position++) {
        incident.position_id = position;
        ing_news_open(news, &incident);
    }
    log_set_level(LOG_INFO);
    assert_ok(ing_news_deliver(news, kit->conn, &err), err);
    assert_true(open_ones(kit) >= 32);
    assert_int_equal(count_of(kit, "position_id = 1"), 1);
    ing_news_free(&news);
}

/* A text that is no UTF-8 stands for all that no second attempt would change. */
static void news_that_the_register_refuses_keeps_no_other_waiting(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct ing_news *news = ing_news_new();
    struct sto_incident incident = wrong_of(kit, STO_INCIDENT_TOPIC_MISSING);
    incident.detail = "\xff";
    ing_news_open(news, &incident);
    incident = wrong_of(kit, STO_INCIDENT_PARTITION_WAITS);
    ing_news_open(news, &incident);
    log_set_level(LOG_ERROR);
    assert_ok(ing_news_deliver(news, kit->conn, &err), err);
    log_set_level(LOG_INFO);
    assert_false(ing_news_waiting(news));
    assert_int_equal(open_ones(kit), 1);
    assert_int_equal(count_of(kit, "kind = 'partition_waits'"), 1);
    ing_news_free(&news);
}

/* ---- what batches say ---- */

/* An event of births that is refused, at the partition's next offset. */
static void add_bad(struct kit *kit, uint32_t partition, enum err_code reason)
{
    kit->quarantined[kit->batch.quarantined_count++] =
        (struct sto_quarantined){.dataset_id = kit->births.dataset_id,
                                 .progress = partition,
                                 .offset = kit_take_offset(kit, partition),
                                 .reason = reason,
                                 .path = "",
                                 .detail = "it says why"};
}

static void add_good(struct kit *kit, uint32_t partition)
{
    static int64_t seq;
    kit_birth(kit, partition, "A", 1, ++seq, "x");
}

static void end_batch(struct kit *kit)
{
    kit_commit(kit);
    kit_begin(kit);
}

static void a_batchs_signs_are_one_incident_for_each_kind(void **state)
{
    struct kit *kit = *state;
    for (uint32_t i = 0; i < 5; i++) {
        add_bad(kit, i % 2, ERR_BAD_FRAME);
        add_bad(kit, 2, ERR_UNKNOWN_STRUCTURE);
        add_bad(kit, 0, ERR_TRUNCATED); /* the event's own affair */
    }
    end_batch(kit);
    add_bad(kit, 0, ERR_BAD_FRAME);
    end_batch(kit);
    tend(kit);
    assert_string_equal(raw_text(kit->raw,
                                 "SELECT string_agg(kind || ' ' || count, ', ' ORDER BY kind) FROM"
                                 " nrc.incident WHERE closed_at IS NULL"),
                        "bad_frame 6, unknown_structure 5");
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.incident_sign"), 0);
}

/* A lane that has not committed its sign yet, and one that tends: neither keeps another's batch waiting. */
static void lanes_that_see_the_same_do_not_wait_for_each_other(void **state)
{
    struct kit *kit = *state;
    see_kind(kit, STO_INCIDENT_BAD_FRAME);
    raw_run(kit->raw,
            "BEGIN; INSERT INTO nrc.incident_sign (kind, closes, dataset_id, detail, seen,"
            " at_least) SELECT kind, closes, dataset_id, 'x', 1, 1 FROM nrc.incident;"
            " SELECT nrc.tend_incidents(); SELECT FROM nrc.incident FOR UPDATE");
    add_bad(kit, 0, ERR_BAD_FRAME);
    end_batch(kit); /* would run into its deadline */
    tend(kit);      /* is left to the one who is at it */
    raw_run(kit->raw, "COMMIT");
    tend(kit);
    assert_int_equal(count_of(kit, "count = 3"), 1);
}

static void refusals_are_counted_over_an_hour_and_not_by_batch(void **state)
{
    struct kit *kit = *state;
    for (int i = 0; i < 10; i++) {
        add_bad(kit, 0, ERR_REGISTER_REFUSED);
        end_batch(kit);
        tend(kit);
    }
    assert_int_equal(open_ones(kit), 0);
    pass(kit, "61 minutes");
    for (int i = 0; i < 10; i++) {
        add_bad(kit, 0, ERR_REGISTER_REFUSED);
    }
    end_batch(kit);
    tend(kit);
    assert_int_equal(open_ones(kit), 0);
    add_bad(kit, 1, ERR_REGISTER_REFUSED);
    end_batch(kit);
    tend(kit);
    assert_int_equal(count_of(kit, "kind = 'refusals' AND count = 11 AND closed_at IS NULL"), 1);
    add_bad(kit, 1, ERR_REGISTER_REFUSED);
    end_batch(kit);
    tend(kit);
    assert_int_equal(count_of(kit, "count = 12 AND closed_at IS NULL"), 1);
    pass(kit, "61 minutes");
    tend(kit);
    assert_string_equal(why(kit), "refusals_subside");
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.incident_sign"), 0);
}

/* ---- ending ---- */

static void a_good_event_after_the_bad_one_ends_it(void **state)
{
    struct kit *kit = *state;
    add_good(kit, 0);
    add_bad(kit, 0, ERR_BAD_FRAME);
    end_batch(kit);
    pass(kit, "1 minute");
    tend(kit);
    assert_int_equal(open_ones(kit), 1); /* the good one came before */
    kit->progress[0].skipped = 1;
    kit->progress[0].next++; /* a batch of nothing is no good event */
    end_batch(kit);
    tend(kit);
    assert_int_equal(open_ones(kit), 1);
    add_good(kit, 1);
    end_batch(kit);
    tend(kit);
    assert_int_equal(open_ones(kit), 0);
    assert_string_equal(why(kit), "good_event");
    assert_string_equal(history(kit), "opened closed");
}

static void good_events_of_the_same_batch_end_it_too(void **state)
{
    struct kit *kit = *state;
    add_bad(kit, 0, ERR_BAD_FRAME);
    add_good(kit, 0);
    end_batch(kit);
    tend(kit);
    assert_int_equal(open_ones(kit), 1); /* it may come again in a moment */
    pass(kit, "3 seconds");
    tend(kit);
    assert_int_equal(open_ones(kit), 0);
}

/* A producer that sends one bad event among thousands of good ones, over and over. */
static void one_that_keeps_coming_back_stays_open_ever_longer(void **state)
{
    struct kit *kit = *state;
    static const char *const quiet_s[] = {"3 seconds", "9 seconds", "33 seconds"};
    for (size_t i = 0; i < COUNT_OF(quiet_s); i++) {
        add_bad(kit, 0, ERR_BAD_FRAME);
        add_good(kit, 0);
        end_batch(kit);
        tend(kit);
        if (i > 0) {
            pass(kit, quiet_s[i - 1]);
            tend(kit);
        }
        assert_int_equal(open_ones(kit), 1);
        pass(kit, quiet_s[i]);
        tend(kit);
        assert_int_equal(open_ones(kit), 0);
    }
    assert_int_equal(count_of(kit, "reopened = 2 AND count = 3"), 1);
}

static void another_datasets_good_event_ends_nothing(void **state)
{
    struct kit *kit = *state;
    add_bad(kit, 0, ERR_BAD_FRAME);
    kit_visit(kit, 0, 1, "note", INT64_C(1700000000000000));
    end_batch(kit);
    tend(kit);
    pass(kit, "1 day");
    tend(kit);
    assert_int_equal(open_ones(kit), 1);
}

static void a_missing_topic_ends_when_it_is_claimed(void **state)
{
    struct kit *kit = *state;
    pass(kit, "1 minute");
    see_kind(kit, STO_INCIDENT_TOPIC_MISSING);
    pass(kit, "1 minute");
    tend(kit);
    assert_int_equal(open_ones(kit), 1);
    kit_claim(kit);
    tend(kit);
    assert_string_equal(why(kit), "topic_read");
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
    pass(kit, "1 hour");
    tend(kit);
    assert_int_equal(open_ones(kit), 1);
    snprintf(id, sizeof(id), "%s", raw_text(kit->raw, "SELECT id FROM nrc.incident"));
    assert_err(sto_incident_close(steward, id, "I do not like it", &err), err, ERR_KIND_FATAL,
               ERR_REFUSED); /* the partition would wait with nobody told */
    assert_ok(sto_position_resume(steward, "moh.births", 0, "lost", 5, &err), err);
    assert_string_equal(why(kit), "resumed");
    assert_string_equal(raw_text(kit->raw,
                                 "SELECT detail || ' ' || (by_login = session_user)::text FROM"
                                 " nrc.incident_event WHERE what = 'closed'"),
                        "lost true");
    sto_conn_close(&steward);
}

static void a_partition_that_waited_ends_when_it_flows(void **state)
{
    struct kit *kit = *state;
    struct sto_incident waits = wrong_of(kit, STO_INCIDENT_PARTITION_WAITS);
    waits.position_id = kit->progress[0].position_id;
    pass(kit, "1 minute");
    see(kit, &waits);
    pass(kit, "1 minute");
    tend(kit);
    assert_int_equal(open_ones(kit), 1);
    add_good(kit, 0);
    end_batch(kit);
    tend(kit);
    assert_string_equal(why(kit), "partition_flows");
}

static void fencing_ends_when_one_engine_keeps_the_partition(void **state)
{
    struct kit *kit = *state;
    struct sto_incident fenced = wrong_of(kit, STO_INCIDENT_FENCED_OFTEN);
    fenced.position_id = kit->progress[0].position_id;
    see(kit, &fenced);
    pass(kit, "9 minutes");
    tend(kit);
    assert_int_equal(open_ones(kit), 1);
    pass(kit, "2 minutes");
    tend(kit);
    assert_string_equal(why(kit), "partition_settled");
}

static void what_an_engine_ended_of_ends_with_that_engine_alone(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct sto_incident failed = {
        .kind = STO_INCIDENT_ENGINE_FAILED, .engine = "e1", .detail = "it ended"};
    see(kit, &failed);
    failed.engine = "e2";
    see(kit, &failed);
    assert_ok(sto_incident_end(kit->conn, STO_CLOSES_ENGINE_RUNS, "e1", 0, &err), err);
    assert_int_equal(count_of(kit, "engine = 'e2' AND closed_at IS NULL"), 1);
    assert_int_equal(open_ones(kit), 1);
    assert_string_equal(why(kit), "engine_runs");
}

static void what_is_of_a_dataset_that_is_gone_ends(void **state)
{
    struct kit *kit = *state;
    struct sto_incident orphan = wrong_of(kit, STO_INCIDENT_PARTITIONS_ADDED);
    orphan.dataset_id = 77777;
    see(kit, &orphan);
    tend(kit);
    assert_string_equal(why(kit), "gone");
}

static void a_steward_closes_one_with_a_reason(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct sto_conn *steward = sto_open(STO_ROLE_STEWARD);
    see_kind(kit, STO_INCIDENT_PARTITIONS_ADDED);
    pass(kit, "1 day");
    tend(kit);
    assert_int_equal(open_ones(kit), 1);
    char id[32];
    snprintf(id, sizeof(id), "%s", raw_text(kit->raw, "SELECT id FROM nrc.incident"));
    assert_ok(sto_incident_close(steward, id, "keys were not moved", &err), err);
    assert_string_equal(why(kit), "person");
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_seen_again_is_counted),
        TEST(one_that_comes_back_within_a_day_is_the_same),
        TEST(those_who_see_it_at_once_open_one),
        TEST(owners_are_told_apart),
        TEST(news_that_could_not_be_told_are_told_later_with_their_age),
        TEST(of_more_news_than_fit_the_first_are_kept),
        TEST(news_that_the_register_refuses_keeps_no_other_waiting),
        TEST(a_batchs_signs_are_one_incident_for_each_kind),
        TEST(lanes_that_see_the_same_do_not_wait_for_each_other),
        TEST(refusals_are_counted_over_an_hour_and_not_by_batch),
        TEST(a_good_event_after_the_bad_one_ends_it),
        TEST(good_events_of_the_same_batch_end_it_too),
        TEST(one_that_keeps_coming_back_stays_open_ever_longer),
        TEST(another_datasets_good_event_ends_nothing),
        TEST(a_missing_topic_ends_when_it_is_claimed),
        TEST(a_halt_ends_by_its_resumption_and_says_whose),
        TEST(a_partition_that_waited_ends_when_it_flows),
        TEST(fencing_ends_when_one_engine_keeps_the_partition),
        TEST(what_an_engine_ended_of_ends_with_that_engine_alone),
        TEST(what_is_of_a_dataset_that_is_gone_ends),
        TEST(a_steward_closes_one_with_a_reason),
        TEST(only_stewards_close_and_only_engines_open),
        TEST(the_register_knows_each_ending_that_it_judges),
    };
    return cmocka_run_group_tests_name("incident", tests, NULL, NULL);
}
