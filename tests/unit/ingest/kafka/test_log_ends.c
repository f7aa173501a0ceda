/* SPDX-License-Identifier: Apache-2.0
 * What the brokers do not tell is not known, and hides nothing else: against librdkafka's own mock
 * of a cluster. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ingest/kafka/log_ends.h"

enum { TIMEOUT_MS = 60000, SHORT_MS = 1500 };

struct room {
    rd_kafka_t *rk; /* the mock's */
    rd_kafka_mock_cluster_t *cluster;
    struct conf *conf;
    struct ing_logs *logs;
    struct err err;
};

/* Topic "t": partition 0 is broker 1's, partition 1 broker 2's. */
static int setup(void **state)
{
    static struct room room;
    char text[256];
    room = (struct room){.err = ERR_INIT};
    room.rk = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text, sizeof(text));
    assert_non_null(room.rk);
    rd_kafka_set_log_level(room.rk, 0);
    room.cluster = rd_kafka_mock_cluster_new(room.rk, 2);
    assert_non_null(room.cluster);
    assert_int_equal(rd_kafka_mock_topic_create(room.cluster, "t", 2, 1), 0);
    assert_int_equal(rd_kafka_mock_partition_set_leader(room.cluster, "t", 0, 1), 0);
    assert_int_equal(rd_kafka_mock_partition_set_leader(room.cluster, "t", 1, 2), 0);
    setenv("NRC_KAFKA_BOOTSTRAP", rd_kafka_mock_cluster_bootstraps(room.cluster), 1);
    room.conf = conf_load(NULL, &room.err);
    assert_non_null(room.conf);
    room.logs = ing_logs_open(room.conf, &room.err);
    assert_non_null(room.logs);
    *state = &room;
    return 0;
}

static int teardown(void **state)
{
    struct room *room = *state;
    ing_logs_close(&room->logs);
    conf_free(&room->conf);
    if (room->cluster != NULL) {
        rd_kafka_mock_cluster_destroy(room->cluster);
    }
    rd_kafka_destroy(room->rk);
    return 0;
}

static void each_log_is_asked_for(void **state)
{
    struct room *room = *state;
    int32_t count = 0;
    struct ing_log_range ranges[] = {{.topic = "t", .partition = 0},
                                     {.topic = "t", .partition = 1}};
    assert_int_equal(ing_logs_partitions(room->logs, "t", TIMEOUT_MS, &count, &room->err), 0);
    assert_int_equal(count, 2);
    assert_int_equal(ing_logs_ranges(room->logs, ranges, 2, TIMEOUT_MS, &room->err), 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ranges[i].log_start, 0);
        assert_int_equal(ranges[i].log_end, 0);
    }
}

static void a_topic_that_is_missing_hides_no_other(void **state)
{
    struct room *room = *state;
    int32_t count = -1;
    struct ing_log_range ranges[] = {{.topic = "missing", .partition = 0},
                                     {.topic = "t", .partition = 0},
                                     {.topic = "t", .partition = 7}};
    /* The mock makes a topic that is asked for, unless it is told what to say. */
    rd_kafka_mock_topic_set_error(room->cluster, "missing",
                                  RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    assert_int_equal(ing_logs_partitions(room->logs, "missing", TIMEOUT_MS, &count, &room->err), 0);
    assert_int_equal(count, 0);
    assert_int_equal(ing_logs_ranges(room->logs, ranges, 3, TIMEOUT_MS, &room->err), 0);
    assert_int_equal(ranges[0].log_end, -1);
    assert_int_equal(ranges[0].code, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    assert_int_equal(ranges[1].log_end, 0);
    assert_int_equal(ranges[2].log_end, -1);
    assert_int_equal(ranges[2].partitions, 2);
    assert_int_equal(ranges[2].code, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
}

static void a_partition_without_a_leader_is_told_of_by_metadata_alone(void **state)
{
    struct room *room = *state;
    struct ing_log_range ranges[] = {{.topic = "t", .partition = 0},
                                     {.topic = "t", .partition = 1}};
    assert_int_equal(rd_kafka_mock_partition_set_leader(room->cluster, "t", 1, -1), 0);
    assert_int_equal(ing_logs_ranges(room->logs, ranges, 2, TIMEOUT_MS, &room->err), 0);
    assert_int_equal(ranges[0].log_end, 0);
    assert_int_equal(ranges[0].code, RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_int_equal(ranges[0].partitions, 2);
    assert_int_equal(ranges[1].log_end, -1);
    assert_int_equal(ranges[1].code, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE);
}

static void a_silent_broker_hides_no_other(void **state)
{
    struct room *room = *state;
    struct ing_log_range ranges[] = {{.topic = "t", .partition = 1},
                                     {.topic = "t", .partition = 0}};
    assert_int_equal(rd_kafka_mock_broker_set_down(room->cluster, 2), 0);
    assert_int_equal(ing_logs_ranges(room->logs, ranges, 2, TIMEOUT_MS, &room->err), 0);
    assert_int_equal(ranges[0].log_start, -1);
    assert_int_equal(ranges[0].log_end, -1);
    assert_int_equal(ranges[1].log_end, 0);
}

/* Given a broker that holds its connection and answers nothing, then another one is asked. */
static void a_frozen_broker_hides_no_other(void **state)
{
    struct room *room = *state;
    enum { FROZEN_MS = 600000, TIMES = 8 }; /* the client chooses by chance which broker it asks */
    struct ing_log_range ranges[] = {{.topic = "t", .partition = 0},
                                     {.topic = "t", .partition = 1}};
    assert_int_equal(ing_logs_ranges(room->logs, ranges, 2, TIMEOUT_MS, &room->err), 0);
    assert_int_equal(ranges[1].log_end, 0);
    assert_int_equal(rd_kafka_mock_broker_set_rtt(room->cluster, 2, FROZEN_MS), 0);
    for (int i = 0; i < TIMES; i++) {
        assert_int_equal(ing_logs_ranges(room->logs, ranges, 1, TIMEOUT_MS, &room->err), 0);
        assert_int_equal(ranges[0].log_end, 0);
    }
}

static void nobody_answering_is_an_error(void **state)
{
    struct room *room = *state;
    int32_t count = 0;
    struct ing_log_range range = {.topic = "t", .partition = 0};
    rd_kafka_mock_cluster_destroy(room->cluster);
    room->cluster = NULL;
    assert_int_equal(ing_logs_partitions(room->logs, "t", SHORT_MS, &count, &room->err), -1);
    assert_int_equal(room->err.kind, ERR_KIND_RETRY);
    assert_int_equal(room->err.code, ERR_KAFKA);
    room->err = (struct err)ERR_INIT;
    assert_int_equal(ing_logs_ranges(room->logs, &range, 1, SHORT_MS, &room->err), -1);
    assert_int_equal(room->err.code, ERR_KAFKA);
}

/* A command's error is its one line: the client's own log would drown it. */
static void the_client_says_nothing(void **state)
{
    struct room *room = *state;
    char said[64];
    FILE *file = tmpfile();
    int kept = dup(STDERR_FILENO);
    assert_true(file != NULL && kept >= 0);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    nobody_answering_is_an_error(state);
    ing_logs_close(&room->logs);
    fflush(stderr);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    rewind(file);
    size_t len = fread(said, 1, sizeof(said), file);
    fclose(file);
    assert_int_equal(len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_log_is_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(a_topic_that_is_missing_hides_no_other, setup, teardown),
        cmocka_unit_test_setup_teardown(a_partition_without_a_leader_is_told_of_by_metadata_alone,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_silent_broker_hides_no_other, setup, teardown),
        cmocka_unit_test_setup_teardown(a_frozen_broker_hides_no_other, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_answering_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(the_client_says_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
