/* SPDX-License-Identifier: Apache-2.0
 * unit/ops/relay/test_rejects.c - agencies under way at once: one that never answers takes no other's turn, and ends no
 * other's batch. Kafka and the register are tables here.
 *
 * Wraps ing_publisher_new ing_publisher_free ing_publisher_send ing_publisher_poll ing_publisher_fd ing_publisher_trouble
 * Wraps sto_reject_open sto_reject_claim_next sto_reject_record clock_mono_ms */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/conf.h"
#include "ingest/kafka/publisher.h"
#include "ops/relay/batch.h"
#include "ops/relay/rejects.h"
#include "storage/notify/reject.h"

enum { AGENCIES = 30, TIMEOUT_MS = 20000 };

static struct agency {
    char topic[16];
    size_t waiting;
    bool is_claimed;
    bool is_silent; /* Kafka never says anything of it */
    int attempts;
    int64_t due_at_ms;
    int batches;
    char why[300];
} agencies[AGENCIES];
static int64_t now_ms;
static int clients;
static int most_clients;

/* ---- Kafka: a client reports everything at once, or nothing ever ---- */

struct ing_publisher {
    size_t tags[OPS_BATCH_MOST];
    size_t count;
    bool is_silent;
};

struct ing_publisher *__wrap_ing_publisher_new(const struct conf *conf, struct err *err);
struct ing_publisher *__wrap_ing_publisher_new(const struct conf *conf, struct err *err)
{
    (void)conf;
    (void)err;
    clients++;
    most_clients = clients > most_clients ? clients : most_clients;
    return calloc(1, sizeof(struct ing_publisher));
}

void __wrap_ing_publisher_free(struct ing_publisher **taken);
void __wrap_ing_publisher_free(struct ing_publisher **taken)
{
    clients -= *taken != NULL;
    free(*taken);
    *taken = NULL;
}

static struct agency *agency_of(const char *topic)
{
    for (size_t i = 0; i < AGENCIES; i++) {
        if (strcmp(agencies[i].topic, topic) == 0) {
            return &agencies[i];
        }
    }
    fail_msg("no agency has %s", topic);
    return NULL;
}

int __wrap_ing_publisher_send(struct ing_publisher *publisher, const struct ing_message *message,
                              struct err *err);
int __wrap_ing_publisher_send(struct ing_publisher *publisher, const struct ing_message *message,
                              struct err *err)
{
    (void)err;
    assert_true(publisher->count == 0 ||
                publisher->is_silent == agency_of(message->topic)->is_silent);
    publisher->is_silent = agency_of(message->topic)->is_silent;
    publisher->tags[publisher->count++] = message->tag;
    return 0;
}

void __wrap_ing_publisher_poll(struct ing_publisher *publisher,
                               void (*tell)(const struct ing_report *report, void *arg), void *arg);
void __wrap_ing_publisher_poll(struct ing_publisher *publisher,
                               void (*tell)(const struct ing_report *report, void *arg), void *arg)
{
    for (size_t i = 0; i < publisher->count && !publisher->is_silent; i++) {
        const struct ing_report report = {.tag = publisher->tags[i], .is_taken = true};
        tell(&report, arg);
    }
    publisher->count = publisher->is_silent ? publisher->count : 0;
}

int __wrap_ing_publisher_fd(const struct ing_publisher *publisher);
int __wrap_ing_publisher_fd(const struct ing_publisher *publisher)
{
    return publisher != NULL ? 7 : -1;
}

const char *__wrap_ing_publisher_trouble(const struct ing_publisher *publisher);
const char *__wrap_ing_publisher_trouble(const struct ing_publisher *publisher)
{
    (void)publisher;
    return "";
}

int64_t __wrap_clock_mono_ms(void);
int64_t __wrap_clock_mono_ms(void)
{
    return now_ms;
}

/* ---- the register ---- */

int __wrap_sto_reject_open(struct sto_conn *conn, struct sto_topic_structure *out, struct err *err);
int __wrap_sto_reject_open(struct sto_conn *conn, struct sto_topic_structure *out, struct err *err)
{
    (void)conn;
    (void)err;
    out->schema_id = 1;
    out->text =
        strdup("{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"reason\",\"type\":"
               "\"string\"}]}");
    return 0;
}

/* Sound ones first, and whoever has been due for longest. */
static bool comes_before(const struct agency *a, const struct agency *b)
{
    bool a_failing = a->attempts > 0;
    bool b_failing = b->attempts > 0;
    return a_failing != b_failing ? b_failing : a->due_at_ms < b->due_at_ms;
}

static struct agency *due(bool also_failing)
{
    struct agency *found = NULL;
    for (size_t i = 0; i < AGENCIES; i++) {
        struct agency *a = &agencies[i];
        bool may = a->waiting > 0 && !a->is_claimed && a->due_at_ms <= now_ms &&
                   (a->attempts == 0 || also_failing);
        if (may && (found == NULL || comes_before(a, found))) {
            found = a;
        }
    }
    return found;
}

int __wrap_sto_reject_claim_next(struct sto_conn *conn, const struct sto_reject_options *options,
                                 struct sto_reject_claim *out, struct err *err);
int __wrap_sto_reject_claim_next(struct sto_conn *conn, const struct sto_reject_options *options,
                                 struct sto_reject_claim *out, struct err *err)
{
    struct agency *a = due(options->also_failing);
    (void)conn;
    (void)err;
    *out = (struct sto_reject_claim){.arena = ARENA_INIT};
    if (a == NULL) {
        return 0;
    }
    a->is_claimed = true;
    a->batches++;
    out->agency_id = (int32_t)(a - agencies);
    out->topic = a->topic;
    out->attempts = a->attempts;
    out->count = a->attempts > 0 ? 1 : a->waiting;
    out->list = arena_calloc(&out->arena, out->count, sizeof(*out->list));
    for (size_t i = 0; i < out->count; i++) {
        out->list[i] = (struct sto_reject){.guid = "g",
                                           .at = "t",
                                           .dataset = "d",
                                           .reason = "no_such_reason",
                                           .path = "",
                                           .event = "{}",
                                           .failures = "[]"};
    }
    return 0;
}

int __wrap_sto_reject_record(struct sto_conn *conn, const struct sto_reject_claim *claim,
                             const struct sto_topic_outcome *outcome, bool *held, struct err *err);
int __wrap_sto_reject_record(struct sto_conn *conn, const struct sto_reject_claim *claim,
                             const struct sto_topic_outcome *outcome, bool *held, struct err *err)
{
    struct agency *a = &agencies[claim->agency_id];
    (void)conn;
    (void)err;
    a->is_claimed = false;
    a->waiting -= outcome->taken_count;
    a->attempts = outcome->why != NULL ? a->attempts + 1 : 0;
    a->due_at_ms = outcome->why != NULL ? now_ms + outcome->wait_ms : 0;
    snprintf(a->why, sizeof(a->why), "%s", outcome->why != NULL ? outcome->why : "");
    *held = true;
    return 0;
}

/* ---- the tests ---- */

static struct conf conf;
static char yes[] = "yes";
static char url[] = "http://r/";

static int build(void **state)
{
    struct ops_rejects *rejects;
    struct err err = ERR_INIT;
    memset(agencies, 0, sizeof(agencies));
    now_ms = 1;
    most_clients = clients = 0;
    for (size_t i = 0; i < AGENCIES; i++) {
        snprintf(agencies[i].topic, sizeof(agencies[i].topic), "a%zu.rejected", i);
    }
    conf.relay.rejects = yes;
    conf.relay.timeout_ms = TIMEOUT_MS;
    conf.relay.retry_ms = 5000;
    conf.relay.give_up_ms = 259200000;
    conf.registry.public_url = url;
    assert_int_equal(ops_rejects_new(&conf, "r", &rejects, &err), 0);
    assert_int_equal(ops_rejects_open(rejects, NULL, &err), 0);
    *state = rejects;
    return 0;
}

static int end(void **state)
{
    struct ops_rejects *rejects = *state;
    ops_rejects_free(&rejects);
    assert_int_equal(clients, 0);
    return 0;
}

/* What a poll of the register brings: somebody may be due. */
static void turn(struct ops_rejects *rejects, int64_t after_ms)
{
    struct err err = ERR_INIT;
    now_ms += after_ms;
    assert_int_equal(ops_rejects_open(rejects, NULL, &err), 0);
    for (int i = 0; i < 4; i++) {
        ops_rejects_turn(rejects);
        assert_int_equal(ops_rejects_work(rejects, NULL, false, &err), 0);
    }
}

static void of_many_agencies_each_has_its_turn(void **state)
{
    for (size_t i = 0; i < AGENCIES; i++) {
        agencies[i].waiting = 3;
    }
    for (int i = 0; i < 4; i++) {
        turn(*state, 10);
    }
    for (size_t i = 0; i < AGENCIES; i++) {
        assert_int_equal(agencies[i].waiting, 0);
        assert_int_equal(agencies[i].batches, 1);
    }
    assert_int_equal(ops_rejects_count(*state), 3 * AGENCIES);
    assert_int_equal(most_clients, OPS_REJECT_LANES);
    assert_true(ops_rejects_is_idle(*state));
    assert_false(ops_rejects_has_news(*state));
}

/* The worst: as many topics that never answer as there are clients twice over, for an hour. */
static void topics_that_never_answer_leave_the_others_their_clients(void **state)
{
    struct agency *sound = &agencies[AGENCIES - 1];
    for (size_t i = 0; i < 16; i++) {
        agencies[i].waiting = 5;
        agencies[i].is_silent = true;
    }
    /* Until each is known to fail, they hold all clients twice for the time limit. */
    for (int64_t ms = 0; ms <= 3 * TIMEOUT_MS; ms += 1000) {
        turn(*state, 1000);
    }
    for (size_t i = 0; i < 16; i++) {
        assert_true(agencies[i].attempts > 0);
        assert_int_equal(agencies[i].waiting, 5);
    }
    assert_non_null(strstr(agencies[0].why, "took nothing within 20000 ms"));
    for (int64_t ms = 0; ms < 3600 * 1000; ms += 1000) {
        sound->waiting++;
        turn(*state, 1000);
        assert_int_equal(sound->waiting, 0);
    }
    for (size_t i = 0; i < 16; i++) {
        assert_true(agencies[i].batches > 5); /* and each is tried again and again */
        agencies[i].is_silent = false;
    }
    for (int i = 0; i < 300; i++) {
        turn(*state, 1000);
    }
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(agencies[i].waiting, 0);
    }
}

static void a_relay_that_stops_records_what_is_under_way_and_claims_nothing(void **state)
{
    struct err err = ERR_INIT;
    agencies[0].waiting = agencies[1].waiting = 2;
    agencies[1].is_silent = true;
    assert_true(ops_rejects_has_news(*state));
    assert_int_equal(ops_rejects_work(*state, NULL, false, &err), 0);
    assert_false(ops_rejects_is_idle(*state));
    assert_int_equal(ops_rejects_fd(*state, 0), 7);
    assert_int_equal(ops_rejects_fd(*state, 7), -1);
    agencies[2].waiting = 1;
    ops_rejects_turn(*state);
    assert_int_equal(ops_rejects_work(*state, NULL, true, &err), 0);
    assert_int_equal(agencies[0].waiting, 0);
    assert_false(ops_rejects_is_idle(*state));
    now_ms += TIMEOUT_MS;
    ops_rejects_turn(*state);
    assert_int_equal(ops_rejects_work(*state, NULL, true, &err), 0);
    assert_true(ops_rejects_is_idle(*state));
    assert_int_equal(agencies[2].batches, 0);
}

static void nothing_is_published_unless_it_is_asked_for(void **state)
{
    char no[] = "no";
    struct ops_rejects *none = *state;
    struct err err = ERR_INIT;
    bool more = true;
    (void)state;
    conf.relay.rejects = no;
    assert_int_equal(ops_rejects_new(&conf, "r", &none, &err), 0);
    assert_null(none);
    assert_int_equal(ops_rejects_open(none, NULL, &err), 0);
    assert_int_equal(ops_rejects_queue(none, NULL, &more, &err), 0);
    assert_false(more);
    assert_int_equal(ops_rejects_tend(none, NULL, &err), 0);
    assert_int_equal(ops_rejects_work(none, NULL, false, &err), 0);
    ops_rejects_turn(none);
    assert_true(ops_rejects_is_idle(none));
    assert_false(ops_rejects_has_news(none));
    assert_int_equal(ops_rejects_fd(none, 0), -1);
    assert_int_equal(ops_rejects_count(none), 0);
    ops_rejects_free(&none);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, build, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(of_many_agencies_each_has_its_turn),
        TEST(topics_that_never_answer_leave_the_others_their_clients),
        TEST(a_relay_that_stops_records_what_is_under_way_and_claims_nothing),
        TEST(nothing_is_published_unless_it_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
