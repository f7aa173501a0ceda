/* SPDX-License-Identifier: Apache-2.0
 * A consumer whose topics are idle sleeps in its fetches, and one in a stream lets the broker gather: against
 * librdkafka's own mock of a cluster, which shows that a running client takes the change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/attr.h"
#include "base/clock.h"
#include "ingest/kafka/client_conf.h"
#include "ingest/kafka/fetching.h"

enum {
    FETCH = 1, /* its number in Kafka's protocol */
    PATIENT_MS = 60 * 1000,
    WINDOW_MS = 100,
    QUIET_MS = 2000,
    LOOK_MS = 1000,
    ASLEEP_MOST =
        4 /* fetches that a client may send in LOOK_MS: 2, the one under way, one to spare */
};

struct room {
    rd_kafka_t *mock;
    rd_kafka_t *rk;
    struct conf *conf;
    struct ing_fetching fetching;
    int64_t now_ms; /* as the consumer is told */
    struct err err;
};

static atomic_int fetches;

static rd_kafka_resp_err_t on_request(rd_kafka_t *rk, int socket, const char *broker_name,
                                      int32_t broker, int16_t request, int16_t version,
                                      int32_t correlation, size_t bytes, void *opaque)
{
    (void)rk, (void)socket, (void)broker_name, (void)broker, (void)version, (void)correlation;
    (void)bytes, (void)opaque;
    if (request == FETCH) {
        atomic_fetch_add(&fetches, 1);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *rk_conf, void *opaque,
                                  char *text, size_t size)
{
    (void)rk_conf, (void)text, (void)size;
    return rd_kafka_interceptor_add_on_request_sent(rk, "test", on_request, opaque);
}

static void open_consumer(struct room *room)
{
    char text[256];
    room->conf = conf_load(NULL, &room->err);
    assert_non_null(room->conf);
    rd_kafka_conf_t *rk_conf = ing_kafka_consumer_conf(room->conf, 0, &room->err);
    assert_non_null(rk_conf);
    assert_int_equal(rd_kafka_conf_interceptor_add_on_new(rk_conf, "test", on_new, room), 0);
    room->rk = rd_kafka_new(RD_KAFKA_CONSUMER, rk_conf, text, sizeof(text));
    assert_non_null(room->rk);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = 0;
    assert_int_equal(rd_kafka_assign(room->rk, list), 0);
    rd_kafka_topic_partition_list_destroy(list);
    ing_fetching_init(&room->fetching, room->rk);
}

static int setup(void **state)
{
    static struct room room;
    char text[256];
    rd_kafka_conf_t *rk_conf = rd_kafka_conf_new();
    room = (struct room){.err = ERR_INIT};
    assert_int_equal(rd_kafka_conf_set(rk_conf, "test.mock.num.brokers", "1", NULL, 0),
                     RD_KAFKA_CONF_OK);
    room.mock = rd_kafka_new(RD_KAFKA_PRODUCER, rk_conf, text, sizeof(text));
    assert_non_null(room.mock);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(room.mock);
    assert_int_equal(rd_kafka_mock_topic_create(cluster, "t", 1, 1), 0);
    setenv("NRC_KAFKA_BOOTSTRAP", rd_kafka_mock_cluster_bootstraps(cluster), 1);
    open_consumer(&room);
    *state = &room;
    return 0;
}

static int teardown(void **state)
{
    struct room *room = *state;
    rd_kafka_consumer_close(room->rk);
    rd_kafka_destroy(room->rk);
    rd_kafka_destroy(room->mock);
    conf_free(&room->conf);
    return 0;
}

static void tell(struct room *room, size_t records, int windows)
{
    for (int i = 0; i < windows; i++) {
        room->now_ms += WINDOW_MS;
        ing_fetching_note(&room->fetching, records, room->now_ms);
    }
}

static void poll_until_fetches(struct room *room, int count)
{
    const int64_t until_ms = clock_mono_ms() + PATIENT_MS;
    atomic_store(&fetches, 0);
    while (atomic_load(&fetches) < count && clock_mono_ms() < until_ms) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(room->rk, 10);
        if (message != NULL) {
            rd_kafka_message_destroy(message);
        }
    }
    assert_true(atomic_load(&fetches) >= count);
}

static int fetches_in(struct room *room, int64_t look_ms)
{
    const int64_t until_ms = clock_mono_ms() + look_ms;
    atomic_store(&fetches, 0);
    while (clock_mono_ms() < until_ms) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(room->rk, 10);
        if (message != NULL) {
            rd_kafka_message_destroy(message);
        }
    }
    return atomic_load(&fetches);
}

static void assert_wait(struct room *room, const char *wait_ms)
{
    char value[32];
    size_t size = sizeof(value);
    assert_int_equal(rd_kafka_conf_get(rd_kafka_conf(room->rk), "fetch.wait.max.ms", value, &size),
                     0);
    assert_string_equal(value, wait_ms);
}

static void a_quiet_client_sleeps_and_a_busy_one_does_not(void **state)
{
    struct room *room = *state;
    poll_until_fetches(room, ASLEEP_MOST * 3); /* it begins awake */
    tell(room, 0, QUIET_MS / WINDOW_MS);
    assert_true(room->fetching.sleeps);
    poll_until_fetches(room, 1);
    assert_true(fetches_in(room, LOOK_MS) <= ASLEEP_MOST);
    tell(room, 1000, 1);
    assert_false(room->fetching.sleeps);
    poll_until_fetches(room, ASLEEP_MOST * 3);
}

static void some_records_a_second_do_not_wake_it(void **state)
{
    struct room *room = *state;
    tell(room, 0, QUIET_MS / WINDOW_MS);
    tell(room, 20, 30);
    assert_true(room->fetching.sleeps);
    /* and as many keep one awake that is */
    tell(room, 30, 1);
    assert_false(room->fetching.sleeps);
    tell(room, 20, 30);
    assert_false(room->fetching.sleeps);
}

/* Given a lane that commits for a second, then what it polls after that came in ten windows, not in one. */
static void a_long_window_counts_for_as_many(void **state)
{
    struct room *room = *state;
    tell(room, 0, QUIET_MS / WINDOW_MS);
    room->now_ms += 9 * WINDOW_MS;
    tell(room, 200, 1);
    assert_true(room->fetching.sleeps);
}

static void a_new_assignment_wakes_it(void **state)
{
    struct room *room = *state;
    tell(room, 0, QUIET_MS / WINDOW_MS);
    ing_fetching_begin(&room->fetching, 8, room->now_ms);
    assert_false(room->fetching.sleeps);
    assert_wait(room, "5");
    tell(room, 0, QUIET_MS / WINDOW_MS - 1);
    assert_false(room->fetching.sleeps);
    tell(room, 0, 1);
    assert_true(room->fetching.sleeps);
}

static void the_broker_gathers_longer_for_many_partitions(void **state)
{
    struct room *room = *state;
    ing_fetching_begin(&room->fetching, 320, room->now_ms);
    assert_wait(room, "10");
    tell(room, 0, QUIET_MS / WINDOW_MS);
    assert_wait(room, "820");
    tell(room, 1000, 1);
    assert_wait(room, "10");
    ing_fetching_begin(&room->fetching, 1000000, room->now_ms);
    assert_wait(room, "25");
    tell(room, 0, QUIET_MS / WINDOW_MS);
    assert_wait(room, "900");
}

static int setup_of_an_operator(void **state)
{
    setenv("NRC_KAFKA_FETCH_WAIT_MAX_MS", "20", 1);
    return setup(state);
}

static int teardown_of_an_operator(void **state)
{
    unsetenv("NRC_KAFKA_FETCH_WAIT_MAX_MS");
    return teardown(state);
}

static void what_an_operator_set_stays(void **state)
{
    struct room *room = *state;
    char value[32];
    size_t size = sizeof(value);
    tell(room, 0, QUIET_MS / WINDOW_MS);
    assert_false(room->fetching.sleeps);
    assert_int_equal(rd_kafka_conf_get(rd_kafka_conf(room->rk), "fetch.wait.max.ms", value, &size),
                     0);
    assert_string_equal(value, "20");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_quiet_client_sleeps_and_a_busy_one_does_not),
        TEST(some_records_a_second_do_not_wake_it),
        TEST(a_long_window_counts_for_as_many),
        TEST(a_new_assignment_wakes_it),
        TEST(the_broker_gathers_longer_for_many_partitions),
        cmocka_unit_test_setup_teardown(what_an_operator_set_stays, setup_of_an_operator,
                                        teardown_of_an_operator),
    };
    return cmocka_run_group_tests_name("fetching", tests, NULL, NULL);
}
