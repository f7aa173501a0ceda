/* SPDX-License-Identifier: Apache-2.0
 * An offset is judged by what the broker answers, however long that takes: against librdkafka's own mock of a
 * cluster, with a batch that is larger than any response may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/kafka/probe.h"

enum {
    PATIENT_MS = 300 * 1000,
    SHORT_MS = 1000,
    SLOW_MS = 400, /* a connection and a fetch take longer than the search waits for silence */
    FROZEN_MS = 600 * 1000,
    LARGE_BYTES = 4000,
    BEFORE = 2,
    LARGE = 5, /* records of one batch: no response has room for it */
    BEHIND = 3
};

struct room {
    rd_kafka_t *rk; /* the mock's, and the producer */
    rd_kafka_mock_cluster_t *cluster;
    struct conf *conf;
    int rtt_ms; /* of the broker, from the first reading on */
    struct err err;
};

static void set(rd_kafka_conf_t *rk_conf, const char *name, const char *value)
{
    assert_int_equal(rd_kafka_conf_set(rk_conf, name, value, NULL, 0), RD_KAFKA_CONF_OK);
}

/* One batch: the linger is longer than this takes. */
static void send_batch(struct room *room, int count, size_t bytes)
{
    static char value[LARGE_BYTES];
    for (int i = 0; i < count; i++) {
        assert_int_equal(rd_kafka_producev(room->rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(0),
                                           RD_KAFKA_V_VALUE(value, bytes), RD_KAFKA_V_END),
                         0);
    }
    assert_int_equal(rd_kafka_flush(room->rk, PATIENT_MS), 0);
}

static int setup(void **state)
{
    static struct room room;
    char text[256];
    rd_kafka_conf_t *rk_conf = rd_kafka_conf_new();
    room = (struct room){.err = ERR_INIT};
    set(rk_conf, "test.mock.num.brokers", "1");
    set(rk_conf, "linger.ms", "200");
    set(rk_conf, "log_level", "0");
    room.rk = rd_kafka_new(RD_KAFKA_PRODUCER, rk_conf, text, sizeof(text));
    assert_non_null(room.rk);
    room.cluster = rd_kafka_handle_mock_cluster(room.rk);
    assert_non_null(room.cluster);
    assert_int_equal(rd_kafka_mock_topic_create(room.cluster, "t", 1, 1), 0);
    send_batch(&room, BEFORE, 1);
    send_batch(&room, LARGE, LARGE_BYTES);
    setenv("NRC_KAFKA_BOOTSTRAP", rd_kafka_mock_cluster_bootstraps(room.cluster), 1);
    setenv("NRC_KAFKA_MESSAGE_MAX_BYTES", "1000", 1);
    setenv("NRC_KAFKA_FETCH_MAX_BYTES", "2000", 1);
    setenv("NRC_KAFKA_RECEIVE_MESSAGE_MAX_BYTES", "3000", 1);
    room.conf = conf_load(NULL, &room.err);
    assert_non_null(room.conf);
    *state = &room;
    return 0;
}

static int teardown(void **state)
{
    struct room *room = *state;
    conf_free(&room->conf);
    rd_kafka_destroy(room->rk);
    return 0;
}

/* The log's end is told by now: only reading meets the broker's slowness. */
static bool goes_on(void *arg)
{
    struct room *room = arg;
    if (room->rtt_ms != 0) {
        assert_int_equal(rd_kafka_mock_broker_set_rtt(room->cluster, -1, room->rtt_ms), 0);
        room->rtt_ms = 0;
    }
    return true;
}

static struct ing_finding probe_from(struct room *room, int64_t from, int64_t budget_ms)
{
    struct ing_finding finding;
    const struct ing_probe probe = {.topic = "t",
                                    .partition = 0,
                                    .from = from,
                                    .budget_ms = budget_ms,
                                    .goes_on = goes_on,
                                    .arg = room,
                                    .finds_next = true};
    assert_int_equal(ing_probe_run(room->conf, &probe, &finding, &room->err), 0);
    return finding;
}

static void assert_left_out(const struct ing_finding *finding)
{
    assert_int_equal(finding->reading, ING_UNREADABLE);
    assert_non_null(strstr(finding->text, "receive.message.max.bytes"));
    assert_int_equal(finding->search, ING_READS);
    assert_int_equal(finding->readable_from, BEFORE + LARGE);
}

static void an_offset_before_the_batch_reads(void **state)
{
    struct ing_finding finding = probe_from(*state, 0, PATIENT_MS);
    assert_int_equal(finding.reading, ING_READS);
    assert_int_equal(finding.unreadable_to, -1);
}

static void the_end_of_the_batch_is_found(void **state)
{
    send_batch(*state, BEHIND, 1);
    for (int64_t from = BEFORE; from < BEFORE + LARGE; from++) {
        struct ing_finding finding = probe_from(*state, from, PATIENT_MS);
        assert_left_out(&finding);
    }
}

static void the_end_of_the_log_is_the_end_of_the_last_batch(void **state)
{
    struct ing_finding finding = probe_from(*state, BEFORE, PATIENT_MS);
    assert_left_out(&finding);
}

/* Given a busy machine, then a new connection takes longer than the silence of a bad batch. */
static void a_slow_broker_changes_no_verdict(void **state)
{
    struct room *room = *state;
    send_batch(room, BEHIND, 1);
    room->rtt_ms = SLOW_MS;
    struct ing_finding finding = probe_from(room, BEFORE, PATIENT_MS);
    assert_left_out(&finding);
}

/* The broker tells the log's ends, and answers no fetch any more. */
static void freeze_fetches(struct room *room)
{
    enum { FETCH = 1, REQUESTS = 16 };
    for (int i = 0; i < REQUESTS; i++) {
        assert_int_equal(rd_kafka_mock_broker_push_request_error_rtts(
                             room->cluster, 1, FETCH, 1, RD_KAFKA_RESP_ERR_NO_ERROR, FROZEN_MS),
                         RD_KAFKA_RESP_ERR_NO_ERROR);
    }
}

static void when_the_time_is_over_the_offset_is_unknown(void **state)
{
    struct room *room = *state;
    freeze_fetches(room);
    struct ing_finding finding = probe_from(room, 0, SHORT_MS);
    assert_int_equal(finding.reading, ING_NOT_TOLD);
    assert_int_equal(finding.readable_from, -1);
}

/* Given a broker that dies after it told the log's end, then its silence is not the batch's. */
static void a_broker_that_stops_answering_makes_nothing_unreadable(void **state)
{
    struct room *room = *state;
    freeze_fetches(room);
    struct ing_finding finding = probe_from(room, 0, PATIENT_MS);
    assert_int_equal(finding.reading, ING_AWAY);
    assert_non_null(strstr(finding.text, "no broker answers"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(an_offset_before_the_batch_reads),
        TEST(the_end_of_the_batch_is_found),
        TEST(the_end_of_the_log_is_the_end_of_the_last_batch),
        TEST(a_slow_broker_changes_no_verdict),
        TEST(when_the_time_is_over_the_offset_is_unknown),
        TEST(a_broker_that_stops_answering_makes_nothing_unreadable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
