/* SPDX-License-Identifier: Apache-2.0
 * Looks at every partition: which there are, what was seen before, and what Kafka does not say. Kafka is made up.
 *
 * Wraps ing_logs_partitions ing_logs_ranges ing_logs_retention */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "ingest/kafka/log_ends.h"
#include "ops/monitor/partitions.h"

enum { NOW = 1795761720, MINUTE = 60 };

/* ---- Kafka ---- */

static struct {
    bool is_away;
    int32_t partitions; /* of each topic; -1: not said */
    int64_t end;        /* of each partition; -1: not said */
    int asked;          /* topics, one by one */
} kafka;

int __wrap_ing_logs_partitions(struct ing_logs *logs, const char *topic, int timeout_ms,
                               int32_t *count, struct err *err);
int __wrap_ing_logs_ranges(struct ing_logs *logs, struct ing_log_range *ranges, size_t count,
                           int timeout_ms, struct err *err);
int __wrap_ing_logs_retention(struct ing_logs *logs, struct ing_log_retention *topics, size_t count,
                              int timeout_ms, struct err *err);

int __wrap_ing_logs_partitions(struct ing_logs *logs, const char *topic, int timeout_ms,
                               int32_t *count, struct err *err)
{
    (void)logs;
    (void)topic;
    (void)timeout_ms;
    kafka.asked++;
    *count = kafka.partitions;
    return kafka.is_away ? err_set(err, ERR_KIND_RETRY, ERR_KAFKA, "no broker answers") : 0;
}

int __wrap_ing_logs_ranges(struct ing_logs *logs, struct ing_log_range *ranges, size_t count,
                           int timeout_ms, struct err *err)
{
    (void)logs;
    (void)timeout_ms;
    (void)err;
    assert_false(kafka.is_away); /* nobody is asked any more */
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || strcmp(ranges[i - 1].topic, ranges[i].topic) <= 0);
        ranges[i].log_start = kafka.end < 0 ? -1 : 0;
        ranges[i].log_end = kafka.end;
    }
    return 0;
}

int __wrap_ing_logs_retention(struct ing_logs *logs, struct ing_log_retention *topics, size_t count,
                              int timeout_ms, struct err *err)
{
    (void)logs;
    (void)timeout_ms;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || strcmp(topics[i - 1].topic, topics[i].topic) != 0);
        topics[i].seconds = 3600;
    }
    return 0;
}

/* ---- a register ---- */

static struct conf conf = {.monitor = {.commit_ms = 90000}};
static struct sto_watched datasets[] = {
    {.dataset_id = 1, .dataset = "moh.births", .topic = "moh.births"},
    {.dataset_id = 2, .dataset = "moh.deaths", .topic = "moh.deaths"}};
static struct sto_watched_position positions[] = {{.dataset_id = 1,
                                                   .topic = "moh.births",
                                                   .partition = 1,
                                                   .next_offset = 5,
                                                   .state = "open",
                                                   .owner = "a-0",
                                                   .owner_lives = true}};
static struct sto_watch watch = {
    .datasets = datasets, .dataset_count = 2, .positions = positions, .position_count = 1};
static struct ops_partitions found;

static int begin(void **state)
{
    (void)state;
    memset(&kafka, 0, sizeof(kafka));
    kafka.partitions = 2;
    kafka.end = 5;
    watch.dataset_count = 2;
    watch.position_count = 1;
    positions[0].next_offset = 5;
    found = (struct ops_partitions){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    ops_partitions_fini(&found);
    return 0;
}

static void look(int64_t now_s, const struct sto_look *past, size_t past_count)
{
    struct err err = ERR_INIT;
    const struct ops_look_at at = {
        .conf = &conf, .watch = &watch, .past = past, .past_count = past_count, .now_s = now_s};
    assert_int_equal(ops_partitions_look(&found, &at, &err), 0);
}

static const struct ops_partition *births(size_t index)
{
    size_t count;
    const struct ops_partition *p = ops_partitions_of(&found, 1, &count);
    assert_true(index < count);
    return &p[index];
}

/* ---- which there are ---- */

static void claimed_or_not_each_partition_is_there_once_and_in_order(void **state)
{
    (void)state;
    look(NOW, NULL, 0);
    assert_int_equal(found.count, 4);
    assert_int_equal(births(0)->partition, 0);
    assert_null(births(0)->position);
    assert_int_equal(births(0)->next, -1);
    assert_int_equal(births(1)->partition, 1);
    assert_ptr_equal(births(1)->position, &positions[0]);
    size_t count;
    assert_string_equal(ops_partitions_of(&found, 2, &count)->topic, "moh.deaths");
    assert_int_equal(count, 2);
    (void)ops_partitions_of(&found, 3, &count);
    assert_int_equal(count, 0);
}

static void a_topic_that_is_not_there_has_none(void **state)
{
    (void)state;
    kafka.partitions = 0;
    look(NOW, NULL, 0);
    assert_int_equal(found.count, 1); /* what was claimed stays to be seen */
    assert_int_equal(found.topics[1], 0);
}

/* A broker may say what it likes. */
static void of_a_topic_with_very_many_partitions_some_are_looked_at(void **state)
{
    (void)state;
    watch.dataset_count = 1;
    kafka.partitions = INT32_MAX;
    look(NOW, NULL, 0);
    assert_int_equal(found.count, OPS_UNCLAIMED_MAX);
}

/* ---- what Kafka does not say ---- */

static void once_nobody_answers_nobody_is_asked(void **state)
{
    (void)state;
    look(NOW, NULL, 0);
    kafka.is_away = true;
    kafka.asked = 0;
    look(NOW + MINUTE, NULL, 0);
    assert_int_equal(kafka.asked, 1);
    assert_int_equal(found.silence.code, ERR_KAFKA);
    assert_int_equal(found.count, 1);
    assert_int_equal(births(0)->lag.verdict, OPS_LAG_UNKNOWN);
    assert_int_equal(births(0)->lag.events, -1);
    kafka.is_away = false;
    look(NOW + 2 * MINUTE, NULL, 0);
    assert_int_equal(found.silence.code, ERR_NONE);
    assert_int_equal(births(1)->lag.verdict, OPS_LAG_OK);
}

/* ---- what was seen before ---- */

/* Looks of a minute each: the log grew by one a minute ago, and then nothing was taken. */
static void what_waits_is_known_by_the_looks_before(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        kafka.end = i < 5 ? 5 : 9;
        look(NOW + i * MINUTE, NULL, 0);
    }
    assert_int_equal(births(1)->lag.events, 4);
    assert_int_equal(births(1)->lag.age_s, 5 * MINUTE);
    assert_int_equal(births(1)->lag.verdict, OPS_LAG_STALL);
    assert_int_equal(births(1)->lag.headroom_s, 3600 - 5 * MINUTE);
    for (int i = 10; i < 200; i++) {
        look(NOW + i * MINUTE, NULL, 0);
    }
    assert_int_equal(births(1)->look_count, OPS_LOOKS_MAX);
    assert_int_equal(births(1)->lag.is, OPS_LAG_IS_ESTIMATED); /* an hour, at least */
}

/* Given a monitor that was started anew, then it goes on where the former one was: it is not the first minute again. */
static void a_restart_forgets_nothing(void **state)
{
    (void)state;
    struct sto_look past[12];
    size_t count = 0;
    for (int i = 0; i < 5; i++) {
        past[count++] =
            (struct sto_look){.topic = "aaa", .partition = 1, .at_s = NOW - 600, .log_end = 99};
    }
    for (int i = 0; i < 6; i++) {
        past[count++] = (struct sto_look){.topic = "moh.births",
                                          .partition = 1,
                                          .at_s = NOW - (6 - i) * MINUTE,
                                          .next_offset = 5,
                                          .log_end = i < 2 ? 5 : 9};
    }
    past[count++] =
        (struct sto_look){.topic = "moh.births", .partition = 2, .at_s = NOW - 600, .log_end = 99};
    kafka.end = 9;
    look(NOW, past, count);
    assert_int_equal(births(1)->look_count, 7);
    assert_int_equal(births(1)->lag.verdict, OPS_LAG_STALL);
    assert_int_equal(births(1)->lag.age_s, 5 * MINUTE);
    assert_int_equal(births(0)->look_count, 1); /* of another partition nothing was kept */
    /* What this process saw itself is not looked up again. */
    look(NOW + MINUTE, past, count);
    assert_int_equal(births(1)->look_count, 8);
}

/* Two looks within a second are one: a trend needs time between them. */
static void two_looks_in_one_second_are_one(void **state)
{
    (void)state;
    look(NOW, NULL, 0);
    kafka.end = 7;
    look(NOW, NULL, 0);
    assert_int_equal(births(1)->look_count, 1);
    assert_int_equal(births(1)->lag.events, 2);
    look(NOW - 5, NULL, 0); /* the clock was set back */
    assert_int_equal(births(1)->look_count, 1);
}

/* As the register keeps them. */
static void looks_are_kept_with_what_waits_and_for_how_long(void **state)
{
    (void)state;
    look(NOW, NULL, 0);
    kafka.end = 9;
    look(NOW + MINUTE, NULL, 0);
    struct sto_look *looks = ops_partitions_looks(&found);
    assert_string_equal(looks[1].topic, "moh.births");
    assert_int_equal(looks[1].next_offset, 5);
    assert_int_equal(looks[1].log_end, 9);
    assert_int_equal(looks[1].age_s, MINUTE);
    assert_int_equal(looks[0].next_offset, -1);
    free(looks);
    kafka.end = -1;
    look(NOW + 2 * MINUTE, NULL, 0);
    looks = ops_partitions_looks(&found);
    assert_int_equal(looks[1].age_s, -1);
    free(looks);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(claimed_or_not_each_partition_is_there_once_and_in_order),
        TEST(a_topic_that_is_not_there_has_none),
        TEST(of_a_topic_with_very_many_partitions_some_are_looked_at),
        TEST(once_nobody_answers_nobody_is_asked),
        TEST(what_waits_is_known_by_the_looks_before),
        TEST(a_restart_forgets_nothing),
        TEST(two_looks_in_one_second_are_one),
        TEST(looks_are_kept_with_what_waits_and_for_how_long),
    };
    return cmocka_run_group_tests_name("partitions", tests, NULL, NULL);
}
