/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_source.c - what a lane's consumer does when the client or the memory fails.
 *
 * The client is the real one, without a broker. ingest/source.c is compiled in, so that its rd_kafka_assign and
 * its calloc are ours and fail when a test wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/kafka/metadata.h"

static int refusals;    /* so many assignments are refused next */
static int handed_over; /* partitions of the last one that was not; -1: none was */
static bool no_memory;

static rd_kafka_resp_err_t assign_or_refuse(rd_kafka_t *rk,
                                            const rd_kafka_topic_partition_list_t *list)
{
    if (refusals > 0) {
        refusals--;
        return RD_KAFKA_RESP_ERR__STATE;
    }
    handed_over = list != NULL ? list->cnt : 0;
    return rd_kafka_assign(rk, list);
}

static void *calloc_or_fail(size_t count, size_t size)
{
    return no_memory ? NULL : calloc(count, size);
}

#define rd_kafka_assign assign_or_refuse
#define calloc          calloc_or_fail
#include "ingest/source.c"
#undef calloc
#undef rd_kafka_assign

#include "ingest/assignment.h"
#include "ingest/lane.h"

static struct ing_source *open_source(struct conf **conf)
{
    struct err err = ERR_INIT;
    setenv("NRC_KAFKA_BOOTSTRAP", "127.0.0.1:9", 1);
    *conf = conf_load(NULL, &err);
    struct ing_source *source = *conf != NULL ? ing_source_open(*conf, 0, &err) : NULL;
    if (source == NULL) {
        fail_msg("%s", err.text);
    }
    refusals = 0;
    handed_over = -1;
    return source;
}

static void an_assignment_that_is_refused_is_an_error_and_can_be_repeated(void **state)
{
    (void)state;
    struct conf *conf;
    struct err err = ERR_INIT;
    struct ing_source *source = open_source(&conf);
    struct ing_part part = {.topic = "t", .state = ING_FLOWING, .stale_fetch = true};
    struct ing_part *parts[] = {&part};
    refusals = 1;
    assert_int_equal(ing_source_assign(source, parts, 1, &err), -1);
    assert_int_equal(err.kind, ERR_KIND_RETRY);
    assert_int_equal(err.code, ERR_KAFKA);
    assert_true(part.stale_fetch); /* the old fetch was not moved: what it brings is not wanted */
    assert_int_equal(ing_source_assign(source, parts, 1, &err), 0);
    assert_int_equal(handed_over, 1);
    assert_false(part.stale_fetch);

    refusals = 1;
    assert_int_equal(ing_source_unassign(source, &err), -1);
    assert_int_equal(ing_source_unassign(source, &err), 0);
    assert_int_equal(handed_over, 0);
    ing_source_close(&source);
    conf_free(&conf);
}

/* The group waits for an answer: a list that was refused once must be offered again. */
static void a_lane_offers_a_refused_list_again(void **state)
{
    (void)state;
    struct ing_lane lane = {.reassign = true};
    struct conf *conf;
    lane.source = open_source(&conf);
    lane.conf = conf;
    refusals = 1;
    ing_assignment_serve(&lane);
    assert_true(lane.reassign);
    assert_int_equal(handed_over, -1);
    lane.hand_over_not_before_ms = 0;
    ing_assignment_serve(&lane);
    assert_false(lane.reassign);
    assert_int_equal(handed_over, 0);
    ing_source_close(&lane.source);
    conf_free(&conf);
}

/* Who ends for that must not end as if all were well. */
static void a_consumer_for_which_there_is_no_memory_says_so(void **state)
{
    (void)state;
    struct conf *conf;
    struct err err = ERR_INIT;
    struct ing_source *source = open_source(&conf);
    ing_source_close(&source);
    no_memory = true;
    source = ing_source_open(conf, 0, &err);
    no_memory = false;
    assert_null(source);
    assert_int_equal(err.kind, ERR_KIND_FATAL);
    assert_int_equal(err.code, ERR_NO_MEMORY);
    conf_free(&conf);
}

static void a_name_that_no_topic_has_is_an_error(void **state)
{
    (void)state;
    char name[1024];
    int32_t count;
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, NULL, NULL, 0);
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(ing_metadata_partitions(rk, name, 100, &count),
                     RD_KAFKA_RESP_ERR__INVALID_ARG);
    rd_kafka_destroy(rk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_assignment_that_is_refused_is_an_error_and_can_be_repeated),
        cmocka_unit_test(a_lane_offers_a_refused_list_again),
        cmocka_unit_test(a_consumer_for_which_there_is_no_memory_says_so),
        cmocka_unit_test(a_name_that_no_topic_has_is_an_error),
    };
    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
