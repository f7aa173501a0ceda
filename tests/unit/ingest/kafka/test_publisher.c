/* SPDX-License-Identifier: Apache-2.0
 * unit/ingest/kafka/test_publisher.c - messages keep their order whatever brokers answer, and a client is freed at once though none
 * answers: against librdkafka's own mock of a cluster. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/conf.h"
#include "ingest/kafka/publisher.h"

enum { MESSAGES = 60, LONG_MS = 30000, PRODUCE_REQUEST = 0 };

struct room {
    rd_kafka_t *rk; /* the mock's */
    rd_kafka_mock_cluster_t *cluster;
    struct conf *conf;
    struct ing_publisher *publisher;
    struct ing_report reports[MESSAGES]; /* by tag */
    size_t reported;
    char why[200];
    struct err err;
};

static int setup(void **state)
{
    char text[256];
    struct room *room = calloc(1, sizeof(*room));
    room->err = (struct err)ERR_INIT;
    room->rk = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text, sizeof(text));
    assert_non_null(room->rk);
    rd_kafka_set_log_level(room->rk, 0);
    room->cluster = rd_kafka_mock_cluster_new(room->rk, 1);
    assert_non_null(room->cluster);
    assert_int_equal(rd_kafka_mock_topic_create(room->cluster, "nrc.t", 4, 1), 0);
    setenv("NRC_KAFKA_BOOTSTRAP", rd_kafka_mock_cluster_bootstraps(room->cluster), 1);
    room->conf = conf_load(NULL, &room->err);
    assert_non_null(room->conf);
    room->publisher = ing_publisher_new(room->conf, &room->err);
    assert_non_null(room->publisher);
    *state = room;
    return 0;
}

static int teardown(void **state)
{
    struct room *room = *state;
    ing_publisher_free(&room->publisher);
    conf_free(&room->conf);
    rd_kafka_mock_cluster_destroy(room->cluster);
    rd_kafka_destroy(room->rk);
    free(room);
    return 0;
}

static void send_one(struct room *room, size_t tag, const char *key)
{
    static const struct ing_header headers[] = {{"ce_id", "1"},
                                                {"content-type", "application/avro"}};
    const struct ing_message message = {.topic = "nrc.t",
                                        .key = key,
                                        .value = "value",
                                        .value_len = 5,
                                        .headers = headers,
                                        .header_count = 2,
                                        .tag = tag};
    assert_int_equal(ing_publisher_send(room->publisher, &message, &room->err), 0);
}

static void take(const struct ing_report *report, void *arg)
{
    struct room *room = arg;
    room->reports[report->tag] = *report;
    room->reported++;
    if (!report->is_taken) {
        snprintf(room->why, sizeof(room->why), "%s", report->why);
    }
}

/* The descriptor alone wakes it. */
static void wait_for(struct room *room, size_t count)
{
    int64_t until_ms = clock_mono_ms() + LONG_MS;
    while (room->reported < count && clock_mono_ms() < until_ms) {
        struct pollfd fd = {.fd = ing_publisher_fd(room->publisher), .events = POLLIN};
        (void)poll(&fd, 1, LONG_MS);
        ing_publisher_poll(room->publisher, take, room);
    }
    assert_int_equal(room->reported, count);
}

static void free_at_once(struct room *room)
{
    int64_t from_ms = clock_mono_ms();
    ing_publisher_free(&room->publisher);
    assert_true(clock_mono_ms() - from_ms < 3000);
}

static void assert_in_order(const struct room *room, int keys)
{
    for (int i = keys; i < MESSAGES; i++) {
        const struct ing_report *before = &room->reports[i - keys];
        const struct ing_report *report = &room->reports[i];
        assert_true(report->is_taken);
        assert_int_equal(report->partition, before->partition);
        assert_true(report->offset > before->offset);
    }
}

static void each_is_reported_and_a_key_keeps_its_order(void **state)
{
    static const char *const keys[] = {"moh", "edu", "notice/1"};
    struct room *room = *state;
    for (size_t i = 0; i < MESSAGES; i++) {
        send_one(room, i, keys[i % 3]);
    }
    wait_for(room, MESSAGES);
    assert_in_order(room, 3);
}

static void errors_that_pass_are_outlasted_in_order(void **state)
{
    struct room *room = *state;
    rd_kafka_mock_push_request_errors(
        room->cluster, PRODUCE_REQUEST, 3, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
    for (size_t i = 0; i < MESSAGES; i++) {
        send_one(room, i, "moh");
    }
    wait_for(room, MESSAGES);
    assert_in_order(room, 1);
}

static void a_refusal_is_reported_with_a_sentence(void **state)
{
    struct room *room = *state;
    rd_kafka_mock_push_request_errors(room->cluster, PRODUCE_REQUEST, 1,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    send_one(room, 0, "moh");
    wait_for(room, 1);
    assert_false(room->reports[0].is_taken);
    assert_string_equal(room->why, "Kafka does not let the relay write to the topic");
}

static void a_broker_that_does_not_answer_keeps_nobody_from_freeing(void **state)
{
    struct room *room = *state;
    send_one(room, 0, "moh");
    wait_for(room, 1);
    rd_kafka_mock_broker_set_rtt(room->cluster, 1, LONG_MS);
    for (size_t i = 1; i < MESSAGES; i++) {
        send_one(room, i, "moh");
    }
    struct pollfd fd = {.fd = ing_publisher_fd(room->publisher), .events = POLLIN};
    (void)poll(&fd, 1, 300); /* they are in flight by then, or they are not: both are freed */
    ing_publisher_poll(room->publisher, take, room);
    assert_int_equal(room->reported, 1);
    free_at_once(room);
}

static void a_cluster_that_is_away_is_told_of_and_no_message_given_up(void **state)
{
    struct room *room = *state;
    rd_kafka_mock_broker_set_down(room->cluster, 1);
    send_one(room, 0, "moh");
    int64_t until_ms = clock_mono_ms() + LONG_MS;
    while (*ing_publisher_trouble(room->publisher) == '\0' && clock_mono_ms() < until_ms) {
        struct pollfd fd = {.fd = ing_publisher_fd(room->publisher), .events = POLLIN};
        (void)poll(&fd, 1, LONG_MS);
        ing_publisher_poll(room->publisher, take, room);
    }
    assert_string_not_equal(ing_publisher_trouble(room->publisher), "");
    assert_int_equal(room->reported, 0);
    rd_kafka_mock_broker_set_up(room->cluster, 1);
    wait_for(room, 1);
    assert_true(room->reports[0].is_taken);
    rd_kafka_mock_broker_set_down(room->cluster, 1);
    send_one(room, 1, "moh");
    free_at_once(room);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_is_reported_and_a_key_keeps_its_order),
        TEST(errors_that_pass_are_outlasted_in_order),
        TEST(a_refusal_is_reported_with_a_sentence),
        TEST(a_broker_that_does_not_answer_keeps_nobody_from_freeing),
        TEST(a_cluster_that_is_away_is_told_of_and_no_message_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
