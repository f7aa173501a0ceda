/* SPDX-License-Identifier: Apache-2.0
 * component/storage/notify/test_outbox.c - notifications: fanned out whatever order commits come in, claimed by one relay
 * at a time, and what becomes of them. */
#include "outbox_kit.h"

#include <pthread.h>

#include "base/clock.h"

enum { LONG_MS = 60000, DAY_MS = 86400000 };

/* One claimed delivery, its texts left out; notification_id 0: none was due. */
static struct sto_claim claim_for(struct room *room, struct sto_conn *relay, int64_t lease_ms)
{
    const struct sto_claim_options options = {
        .relay = "r", .lease_ms = lease_ms, .most = 1, .most_failing = 1};
    struct sto_claims claims;
    assert_ok(sto_outbox_claim(relay, &options, &claims, &room->err), room->err);
    struct sto_claim claim = {0};
    if (claims.count > 0) {
        claim = claims.list[0];
    }
    sto_claims_fini(&claims);
    return claim;
}

static struct sto_claim claim(struct room *room)
{
    return claim_for(room, room->relay, LONG_MS);
}

static struct sto_outcome outcome_of(const struct sto_claim *claim, enum sto_delivered what)
{
    return (struct sto_outcome){.subscription_id = claim->subscription_id,
                                .claim = claim->claim,
                                .notification_id = claim->notification_id,
                                .what = what,
                                .status = what == STO_DELIVERED ? 200 : 500,
                                .error = what == STO_DELIVERED ? NULL : "it is broken"};
}

/* How many counted. */
static int record(struct room *room, struct sto_conn *relay, const struct sto_claim *claim,
                  enum sto_delivered what)
{
    const struct sto_outcome outcome = outcome_of(claim, what);
    int counted = -1;
    assert_ok(sto_outbox_record(relay, &outcome, 1, DAY_MS, &counted, &room->err), room->err);
    return counted;
}

static int64_t count(struct room *room, const char *state)
{
    char sql[128];
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM nrc.delivery WHERE state = '%s'", state);
    return raw_int(room->raw, sql);
}

/* A session for a transaction that stays open. If the test fails meanwhile, the next one does not wait for it. */
static PGconn *open_patient(void)
{
    PGconn *raw = raw_open();
    raw_run(raw, "SET idle_in_transaction_session_timeout = '20s'");
    return raw;
}

/* Until some session waits for a lock. */
static void wait_for_waiter(struct room *room)
{
    int64_t until_ms = clock_mono_ms() + 20000;
    while (raw_int(room->raw, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 0 &&
           clock_mono_ms() < until_ms) {
    }
}

/* ---- fan-out ---- */

static void a_transaction_that_commits_late_is_not_passed_over(void **state)
{
    struct room *room = *state;
    PGconn *slow = open_patient();
    outbox_subscribe(room, "s");
    raw_run(slow, "BEGIN");
    int64_t early = outbox_notify(slow);
    int64_t late = outbox_notify(room->raw);
    assert_true(early < late);
    assert_int_equal(outbox_fan_out(room), 1);
    struct sto_claim first = claim(room);
    assert_int_equal(first.notification_id, late);
    assert_int_equal(record(room, room->relay, &first, STO_DELIVERED), 1);
    raw_run(slow, "COMMIT");
    assert_int_equal(outbox_fan_out(room), 1);
    assert_int_equal(claim(room).notification_id, early);
    assert_int_equal(outbox_fan_out(room), 0);
    PQfinish(slow);
}

static void what_is_rolled_back_is_not_told(void **state)
{
    struct room *room = *state;
    outbox_subscribe(room, "s");
    raw_run(room->raw, "BEGIN");
    (void)outbox_notify(room->raw);
    raw_run(room->raw, "ROLLBACK");
    assert_int_equal(outbox_fan_out(room), 0);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.delivery"), 0);
}

struct recorder {
    struct room *room;
    struct sto_claim claim;
    int counted;
};

static void *record_in_thread(void *arg)
{
    struct recorder *recorder = arg;
    recorder->counted =
        record(recorder->room, recorder->room->other, &recorder->claim, STO_DELIVERED);
    return NULL;
}

/* Given a fan-out that is about to commit a second delivery, and a relay that records the first at that moment: it must
 * not find the subscription idle. */
static void a_delivery_that_arrives_while_the_last_is_recorded_is_due(void **state)
{
    struct room *room = *state;
    PGconn *fanning = open_patient();
    outbox_subscribe(room, "s");
    (void)outbox_notify(room->raw);
    assert_int_equal(outbox_fan_out(room), 1);
    struct recorder recorder = {.room = room, .claim = claim(room)};
    int64_t second = outbox_notify(room->raw);
    raw_run(fanning, "BEGIN; SELECT nrc.fan_out(9)");
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, record_in_thread, &recorder), 0);
    wait_for_waiter(room);
    raw_run(fanning, "COMMIT");
    pthread_join(thread, NULL);
    assert_int_equal(recorder.counted, 1);
    assert_int_equal(claim(room).notification_id, second);
    PQfinish(fanning);
}

static void *fan_out_in_thread(void *arg)
{
    (void)outbox_fan_out(arg);
    return NULL;
}

static void a_subscription_that_is_disabled_meanwhile_gets_nothing_that_waits(void **state)
{
    struct room *room = *state;
    PGconn *disabling = open_patient();
    pthread_t thread;
    outbox_subscribe(room, "s");
    (void)outbox_notify(room->raw);
    raw_run(disabling, "BEGIN; SELECT nrc.disable_subscription('s', 'it moves', NULL)");
    assert_int_equal(pthread_create(&thread, NULL, fan_out_in_thread, room), 0);
    wait_for_waiter(room);
    raw_run(disabling, "COMMIT");
    pthread_join(thread, NULL);
    PQfinish(disabling);
    assert_int_equal(count(room, "skipped"), 1);
    assert_int_equal(claim(room).notification_id, 0);
}

static void only_one_relay_fans_out_at_a_time(void **state)
{
    struct room *room = *state;
    PGconn *fanning = open_patient();
    outbox_subscribe(room, "s");
    (void)outbox_notify(room->raw);
    raw_run(fanning, "BEGIN; SELECT nrc.fan_out(9)");
    assert_int_equal(outbox_fan_out(room), 0);
    raw_run(fanning, "COMMIT");
    assert_int_equal(count(room, "waiting"), 1);
    PQfinish(fanning);
}

/* ---- claims ---- */

static void a_subscription_has_one_claim_and_its_order_is_kept(void **state)
{
    struct room *room = *state;
    outbox_subscribe(room, "s");
    int64_t first = outbox_notify(room->raw);
    int64_t second = outbox_notify(room->raw);
    assert_int_equal(outbox_fan_out(room), 2);
    struct sto_claim one = claim(room);
    assert_int_equal(one.notification_id, first);
    assert_int_equal(claim_for(room, room->other, LONG_MS).notification_id, 0);
    assert_int_equal(record(room, room->relay, &one, STO_DELIVERY_RETRY), 1);
    struct sto_claim again = claim_for(room, room->other, LONG_MS);
    assert_int_equal(again.notification_id, first); /* wait_ms is 0 */
    assert_true(again.is_failing);
    assert_int_equal(again.attempts, 1);
    assert_int_equal(record(room, room->other, &again, STO_DELIVERED), 1);
    assert_int_equal(claim(room).notification_id, second);
}

static void a_claim_that_is_over_counts_for_nothing(void **state)
{
    struct room *room = *state;
    outbox_subscribe(room, "s");
    (void)outbox_notify(room->raw);
    (void)outbox_fan_out(room);
    struct sto_claim frozen = claim_for(room, room->relay, 0);
    struct sto_claim taken = claim_for(room, room->other, LONG_MS);
    assert_int_equal(taken.notification_id, frozen.notification_id);
    assert_true(taken.claim != frozen.claim);
    assert_int_equal(record(room, room->relay, &frozen, STO_DELIVERY_GONE), 0);
    assert_int_equal(count(room, "waiting"), 1);
    assert_int_equal(record(room, room->other, &taken, STO_DELIVERED), 1);
    assert_int_equal(record(room, room->other, &taken, STO_DELIVERED), 0);
    assert_int_equal(count(room, "delivered"), 1);
}

static void those_that_fail_get_no_more_than_their_share(void **state)
{
    struct room *room = *state;
    outbox_subscribe(room, "a");
    outbox_subscribe(room, "b");
    outbox_subscribe(room, "c");
    (void)outbox_notify(room->raw);
    (void)outbox_fan_out(room);
    raw_run(room->raw, "UPDATE nrc.subscription_queue SET failing_since = now() WHERE"
                       " subscription_id > 1");
    const struct sto_claim_options options = {
        .relay = "r", .lease_ms = LONG_MS, .most = 9, .most_failing = 1};
    struct sto_claims claims;
    assert_ok(sto_outbox_claim(room->relay, &options, &claims, &room->err), room->err);
    assert_int_equal(claims.count, 2);
    assert_int_equal(claims.list[0].secret_count, 1);
    assert_memory_equal(claims.list[0].secrets[0], "whsec_", 6);
    sto_claims_fini(&claims);
}

struct racer {
    struct room *room;
    struct sto_conn *conn;
    int claimed;
};

static void *claim_until_none(void *arg)
{
    struct racer *racer = arg;
    while (raw_int(racer->room->raw, "SELECT 1") == 1) {
        struct sto_claim got = claim_for(racer->room, racer->conn, LONG_MS);
        if (got.notification_id == 0) {
            return NULL;
        }
        racer->claimed++;
        assert_int_equal(record(racer->room, racer->conn, &got, STO_DELIVERED), 1);
    }
    return NULL;
}

/* Each attempt would be counted. */
static void two_relays_that_race_deliver_each_once(void **state)
{
    struct room *room = *state;
    struct room rooms[2] = {*room, *room};
    struct racer racers[2] = {{.room = &rooms[0], .conn = room->relay},
                              {.room = &rooms[1], .conn = room->other}};
    pthread_t threads[2];
    outbox_subscribe(room, "a");
    outbox_subscribe(room, "b");
    raw_run(room->raw,
            "SELECT nrc.notify_of('notice.filed', 'notice/1', NULL, NULL, NULL, NULL, '{}')"
            " FROM generate_series(1, 100)");
    assert_int_equal(outbox_fan_out(room), 100);
    rooms[1].raw = raw_open();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, claim_until_none, &racers[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    PQfinish(rooms[1].raw);
    /* One that found none may have ended while the other still had one in hand. */
    struct racer last = {.room = room, .conn = room->relay};
    (void)claim_until_none(&last);
    assert_int_equal(racers[0].claimed + racers[1].claimed + last.claimed, 200);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.delivery WHERE attempts = 1 AND"
                                        " state = 'delivered'"),
                     200);
}

/* ---- failures ---- */

static void a_failure_waits_and_the_last_attempt_is_made_when_time_is_over(void **state)
{
    struct room *room = *state;
    outbox_subscribe(room, "s");
    (void)outbox_notify(room->raw);
    (void)outbox_fan_out(room);
    struct sto_claim got = claim(room);
    struct sto_outcome outcome = outcome_of(&got, STO_DELIVERY_RETRY);
    int counted;
    int64_t next_ms;
    outcome.wait_ms = 10000;
    assert_ok(sto_outbox_record(room->relay, &outcome, 1, DAY_MS, &counted, &room->err), room->err);
    assert_ok(sto_outbox_next_ms(room->relay, &next_ms, &room->err), room->err);
    assert_in_range(next_ms, 8000, 10000);
    raw_run(room->raw, "UPDATE nrc.subscription_queue SET due_at = now(), failing_since = now() -"
                       " interval '23 hours 59 minutes 59 seconds'");
    got = claim(room);
    outcome = outcome_of(&got, STO_DELIVERY_RETRY);
    outcome.wait_ms = DAY_MS;
    assert_ok(sto_outbox_record(room->relay, &outcome, 1, DAY_MS, &counted, &room->err), room->err);
    assert_ok(sto_outbox_next_ms(room->relay, &next_ms, &room->err), room->err);
    assert_in_range(next_ms, 0, 1000);
}

static void what_is_rejected_makes_room_for_the_next(void **state)
{
    struct room *room = *state;
    outbox_subscribe(room, "s");
    int64_t first = outbox_notify(room->raw);
    (void)outbox_notify(room->raw);
    (void)outbox_fan_out(room);
    struct sto_claim got = claim(room);
    assert_int_equal(got.notification_id, first);
    assert_int_equal(record(room, room->relay, &got, STO_DELIVERY_REJECTED), 1);
    assert_int_equal(count(room, "failed"), 1);
    got = claim(room);
    assert_int_not_equal(got.notification_id, first);
    assert_true(got.is_failing);
    /* Nothing but rejections, for as long as a subscription may fail. */
    raw_run(room->raw,
            "UPDATE nrc.subscription_queue SET failing_since = now() - interval '1 day'");
    assert_int_equal(record(room, room->relay, &got, STO_DELIVERY_REJECTED), 1);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.subscription WHERE disabled_at"
                                        " IS NOT NULL"),
                     1);
}

static void people_are_told_the_names_of_what_it_is_about(void **state)
{
    struct room *room = *state;
    raw_run(room->raw,
            "UPDATE nrc.agency SET name_ar = 'وزارة الصحة' WHERE code = 'moh';"
            " SELECT nrc.add_subscription('m', 'huda', 'mailto', 'mailto:a@b.example', NULL, NULL,"
            " NULL, NULL, NULL);"
            " SELECT nrc.see_incident('late', 'person', (SELECT id FROM nrc.dataset LIMIT 1), NULL,"
            " NULL, 'x', 1, now()); UPDATE nrc.incident_news SET due_at = now()");
    (void)outbox_fan_out(room);
    const struct sto_claim_options options = {
        .relay = "r", .lease_ms = LONG_MS, .most = 1, .most_failing = 1};
    struct sto_claims claims;
    assert_ok(sto_outbox_claim(room->relay, &options, &claims, &room->err), room->err);
    assert_int_equal(claims.count, 1);
    const struct sto_claim *got = &claims.list[0];
    assert_int_equal(got->way, STO_WAY_MAIL);
    assert_string_equal(got->url, "mailto:a@b.example");
    assert_int_equal(got->secret_count, 0);
    assert_string_equal(got->about.type_name, "A problem began");
    assert_string_equal(got->about.type_name_ar, "فتح بلاغ عن خلل");
    assert_string_equal(got->about.kind, "late");
    assert_string_equal(got->about.dataset, "moh.births");
    assert_string_equal(got->about.agency_name_ar, "وزارة الصحة");
    assert_string_equal(got->about.began_at, got->notification.at);
    assert_null(got->about.closed_why);
    sto_claims_fini(&claims);
}

static void a_subscription_that_fails_too_long_ends_with_an_incident(void **state)
{
    struct room *room = *state;
    outbox_subscribe(room, "s");
    (void)outbox_notify(room->raw);
    (void)outbox_notify(room->raw);
    (void)outbox_fan_out(room);
    struct sto_claim got = claim(room);
    assert_int_equal(record(room, room->relay, &got, STO_DELIVERY_RETRY), 1);
    raw_run(room->raw,
            "UPDATE nrc.subscription_queue SET failing_since = now() - interval '1 day'");
    got = claim(room);
    assert_int_equal(record(room, room->relay, &got, STO_DELIVERY_RETRY), 1);
    assert_int_equal(count(room, "failed"), 1);
    assert_int_equal(count(room, "skipped"), 1);
    assert_string_equal(
        raw_text(room->raw, "SELECT kind || ' ' || engine || ' ' || closes FROM nrc.incident"),
        "subscription_dead s subscription_enabled");
    assert_string_equal(raw_text(room->raw, "SELECT disabled_why FROM nrc.subscription"),
                        "no delivery for 24.0 hours: it is broken");
    assert_int_equal(outbox_fan_out(room), 1); /* the incident's; nobody is told */
    assert_int_equal(claim(room).notification_id, 0);
    raw_run(room->raw, "SELECT nrc.enable_subscription('s', true, NULL)");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.incident WHERE closed_why ="
                                        " 'subscription_enabled'"),
                     1);
    assert_int_equal(claim(room).notification_id, got.notification_id);
}

static void a_success_ends_the_time_of_failing(void **state)
{
    struct room *room = *state;
    outbox_subscribe(room, "s");
    (void)outbox_notify(room->raw);
    (void)outbox_fan_out(room);
    struct sto_claim got = claim(room);
    (void)record(room, room->relay, &got, STO_DELIVERY_RETRY);
    got = claim(room);
    (void)record(room, room->relay, &got, STO_DELIVERED);
    assert_int_equal(raw_int(room->raw,
                             "SELECT count(*) FROM nrc.subscription_queue WHERE"
                             " failing_since IS NULL AND due_at IS NULL AND claim IS NULL"),
                     1);
}

static void what_waits_for_nobody_is_not_claimed_again_and_again(void **state)
{
    struct room *room = *state;
    int64_t next_ms;
    outbox_subscribe(room, "s");
    raw_run(room->raw, "UPDATE nrc.subscription_queue SET due_at = now()");
    assert_int_equal(claim(room).notification_id, 0);
    assert_ok(sto_outbox_next_ms(room->relay, &next_ms, &room->err), room->err);
    assert_int_equal(next_ms, -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, outbox_build, room_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_transaction_that_commits_late_is_not_passed_over),
        TEST(what_is_rolled_back_is_not_told),
        TEST(a_delivery_that_arrives_while_the_last_is_recorded_is_due),
        TEST(a_subscription_that_is_disabled_meanwhile_gets_nothing_that_waits),
        TEST(only_one_relay_fans_out_at_a_time),
        TEST(a_subscription_has_one_claim_and_its_order_is_kept),
        TEST(a_claim_that_is_over_counts_for_nothing),
        TEST(those_that_fail_get_no_more_than_their_share),
        TEST(two_relays_that_race_deliver_each_once),
        TEST(a_failure_waits_and_the_last_attempt_is_made_when_time_is_over),
        TEST(what_is_rejected_makes_room_for_the_next),
        TEST(people_are_told_the_names_of_what_it_is_about),
        TEST(a_subscription_that_fails_too_long_ends_with_an_incident),
        TEST(a_success_ends_the_time_of_failing),
        TEST(what_waits_for_nobody_is_not_claimed_again_and_again),
    };
    return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
