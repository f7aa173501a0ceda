/* SPDX-License-Identifier: Apache-2.0
 * component/storage/catalogue/test_incident.c - what opens an incident: one cause is one incident, from any engine; it is
 * counted, and opens again within a day. How it ends: test_incident_end.c. */
#include "incident_kit.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/log.h"
#include "ingest/news.h"

/* ---- opening ---- */

static void what_is_seen_again_is_counted(void **state)
{
    struct kit *kit = *state;
    incident_see_kind(kit, STO_INCIDENT_TOPIC_MISSING);
    incident_make_older(kit, "1 hour");
    incident_see_kind(kit, STO_INCIDENT_TOPIC_MISSING);
    assert_int_equal(incident_count(kit, "count = 2 AND last_seen_at > now() - interval '1 minute'"
                                         " AND opened_at < now() - interval '59 minutes'"),
                     1);
    assert_int_equal(incident_open_count(kit), 1);
}

static void one_that_comes_back_within_a_day_is_the_same(void **state)
{
    struct kit *kit = *state;
    incident_see_kind(kit, STO_INCIDENT_TOPIC_MISSING);
    raw_run(kit->raw, "UPDATE nrc.incident SET closed_at = now(), closed_why = 'topic_read'");
    incident_make_older(kit, "23 hours");
    incident_see_kind(kit, STO_INCIDENT_TOPIC_MISSING);
    assert_int_equal(incident_count(kit, "count = 2 AND reopened = 1 AND closed_at IS NULL"), 1);
    assert_string_equal(incident_history(kit), "opened reopened");
    raw_run(kit->raw, "UPDATE nrc.incident SET closed_at = now(), closed_why = 'topic_read'");
    incident_make_older(kit, "25 hours");
    incident_see_kind(kit, STO_INCIDENT_TOPIC_MISSING);
    assert_int_equal(incident_count(kit, "true"), 2);
    assert_int_equal(incident_count(kit, "count = 1 AND reopened = 0 AND closed_at IS NULL"), 1);
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
    const struct sto_incident incident = incident_of(kit, STO_INCIDENT_TOPIC_MISSING);
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
    assert_int_equal(incident_count(kit, "count = 6"), 1);
}

static void owners_are_told_apart(void **state)
{
    struct kit *kit = *state;
    struct sto_incident one = {
        .kind = STO_INCIDENT_KAFKA_TROUBLE, .engine = "e1", .detail = "no broker"};
    incident_see(kit, &one);
    one.engine = "e2";
    incident_see(kit, &one);
    struct sto_incident two = incident_of(kit, STO_INCIDENT_FENCED_OFTEN);
    two.position_id = kit->progress[0].position_id;
    incident_see(kit, &two);
    two.position_id = kit->progress[1].position_id;
    incident_see(kit, &two);
    assert_int_equal(incident_open_count(kit), 4);
}

/* ---- what lanes say, by way of the upkeep ---- */

static void news_that_could_not_be_told_are_told_later_with_their_age(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct ing_news *news = ing_news_new();
    struct sto_incident incident = incident_of(kit, STO_INCIDENT_TOPIC_MISSING);
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
    assert_int_equal(incident_count(kit,
                                    "kind = 'topic_missing' AND count = 1 AND closed_at IS NULL AND"
                                    " last_seen_at < now() - interval '1 second'"),
                     1);
    assert_int_equal(incident_count(kit, "kind = 'kafka_trouble' AND closed_why = 'kafka_answers'"),
                     1);
    ing_news_free(&news);
}

/* Given hundreds of topics that are missing, then each is told of once, at the start. */
static void news_of_hundreds_are_all_told(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct ing_news *news = ing_news_new();
    struct sto_incident incident = incident_of(kit, STO_INCIDENT_PARTITION_WAITS);
    for (int32_t position = 1; position <= 500; position++) {
        incident.position_id = position;
        ing_news_open(news, &incident);
    }
    assert_ok(ing_news_deliver(news, kit->conn, &err), err);
    assert_int_equal(incident_open_count(kit), 500);
    ing_news_free(&news);
}

/* A text that is no UTF-8 stands for all that no second attempt would change. */
static void news_that_the_register_refuses_keeps_no_other_waiting(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    struct ing_news *news = ing_news_new();
    struct sto_incident incident = incident_of(kit, STO_INCIDENT_TOPIC_MISSING);
    incident.detail = "\xff";
    ing_news_open(news, &incident);
    incident = incident_of(kit, STO_INCIDENT_PARTITION_WAITS);
    ing_news_open(news, &incident);
    log_set_level(LOG_ERROR);
    assert_ok(ing_news_deliver(news, kit->conn, &err), err);
    log_set_level(LOG_INFO);
    assert_false(ing_news_waiting(news));
    assert_int_equal(incident_open_count(kit), 1);
    assert_int_equal(incident_count(kit, "kind = 'partition_waits'"), 1);
    ing_news_free(&news);
}

/* ---- what batches say ---- */

static void a_batchs_signs_are_one_incident_for_each_kind(void **state)
{
    struct kit *kit = *state;
    for (uint32_t i = 0; i < 5; i++) {
        kit_add_bad(kit, i % 2, ERR_BAD_FRAME);
        kit_add_bad(kit, 2, ERR_UNKNOWN_STRUCTURE);
        kit_add_bad(kit, 0, ERR_TRUNCATED); /* the event's own affair */
    }
    kit_end_batch(kit);
    kit_add_bad(kit, 0, ERR_BAD_FRAME);
    kit_end_batch(kit);
    incident_tend(kit);
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
    incident_see_kind(kit, STO_INCIDENT_BAD_FRAME);
    raw_run(kit->raw,
            "BEGIN; INSERT INTO nrc.incident_sign (kind, closes, dataset_id, detail, seen,"
            " at_least) SELECT kind, closes, dataset_id, 'x', 1, 1 FROM nrc.incident;"
            " SELECT nrc.tend_incidents(); SELECT FROM nrc.incident FOR UPDATE");
    kit_add_bad(kit, 0, ERR_BAD_FRAME);
    kit_end_batch(kit); /* would run into its deadline */
    incident_tend(kit); /* is left to the one who is at it */
    raw_run(kit->raw, "COMMIT");
    incident_tend(kit);
    assert_int_equal(incident_count(kit, "count = 3"), 1);
}

static void refusals_are_counted_over_an_hour_and_not_by_batch(void **state)
{
    struct kit *kit = *state;
    for (int i = 0; i < 10; i++) {
        kit_add_bad(kit, 0, ERR_REGISTER_REFUSED);
        kit_end_batch(kit);
        incident_tend(kit);
    }
    assert_int_equal(incident_open_count(kit), 0);
    incident_make_older(kit, "61 minutes");
    for (int i = 0; i < 10; i++) {
        kit_add_bad(kit, 0, ERR_REGISTER_REFUSED);
    }
    kit_end_batch(kit);
    incident_tend(kit);
    assert_int_equal(incident_open_count(kit), 0);
    kit_add_bad(kit, 1, ERR_REGISTER_REFUSED);
    kit_end_batch(kit);
    incident_tend(kit);
    assert_int_equal(incident_count(kit, "kind = 'refusals' AND count = 11 AND closed_at IS NULL"),
                     1);
    kit_add_bad(kit, 1, ERR_REGISTER_REFUSED);
    kit_end_batch(kit);
    incident_tend(kit);
    assert_int_equal(incident_count(kit, "count = 12 AND closed_at IS NULL"), 1);
    incident_make_older(kit, "61 minutes");
    incident_tend(kit);
    assert_string_equal(incident_closed_why(kit), "refusals_subside");
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.incident_sign"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        INCIDENT_TEST(what_is_seen_again_is_counted),
        INCIDENT_TEST(one_that_comes_back_within_a_day_is_the_same),
        INCIDENT_TEST(those_who_see_it_at_once_open_one),
        INCIDENT_TEST(owners_are_told_apart),
        INCIDENT_TEST(news_that_could_not_be_told_are_told_later_with_their_age),
        INCIDENT_TEST(news_of_hundreds_are_all_told),
        INCIDENT_TEST(news_that_the_register_refuses_keeps_no_other_waiting),
        INCIDENT_TEST(a_batchs_signs_are_one_incident_for_each_kind),
        INCIDENT_TEST(lanes_that_see_the_same_do_not_wait_for_each_other),
        INCIDENT_TEST(refusals_are_counted_over_an_hour_and_not_by_batch),
    };
    return cmocka_run_group_tests_name("incident", tests, NULL, NULL);
}
