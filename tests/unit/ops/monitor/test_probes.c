/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ops/monitor/test_probes.c - whether the monitor is called ready, and the series of a turn.
 *
 * Wraps clock_mono_ms */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/conf.h"
#include "ops/monitor/freshness.h"
#include "ops/monitor/partitions.h"
#include "ops/monitor/probes.h"
#include "ops/monitor/series.h"
#include "storage/quality/watch.h"

/* ---- ready ---- */

enum { NOW = 1000000, EVERY = 60000, KAFKA = 10000, LATE = 2 * EVERY + 2 * KAFKA + 30000 };

static void the_monitor_is_ready_or_says_why_not(void **state)
{
    (void)state;
    static const struct {
        int64_t started_ms;
        int64_t turned_ms;
        enum err_code failing;
        unsigned reasons;
        const char *text;
    } cases[] = {
        {1, NOW - EVERY, ERR_NONE, 0, ""},
        {NOW - 10, 0, ERR_NONE, OPS_MONITOR_STARTING, "the first turn has not ended"},
        {1, NOW - LATE + 1, ERR_NONE, 0, ""},
        {1, NOW - LATE, ERR_NONE, OPS_MONITOR_LATE, "no turn has ended well for 170 s"},
        {NOW - LATE, 0, ERR_NONE, OPS_MONITOR_LATE, "no turn has ended well for 170 s"},
        {1, NOW - 500, ERR_REGISTER_DOWN, OPS_MONITOR_FAILING,
         "the last turn failed: the register is unavailable"},
        {NOW - 10, 0, ERR_REGISTER_DOWN, OPS_MONITOR_FAILING,
         "the last turn failed: the register is unavailable"},
        {1, NOW - LATE, ERR_REGISTER_DOWN, OPS_MONITOR_FAILING | OPS_MONITOR_LATE,
         "\nno turn has ended well for 170 s"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_readiness out = {0};
        const struct ops_monitor_health health = {
            NOW, cases[i].started_ms, cases[i].turned_ms, cases[i].failing, EVERY, KAFKA};
        ops_monitor_judge(&health, &out);
        assert_int_equal(out.reasons, cases[i].reasons);
        assert_non_null(strstr(out.text, cases[i].text));
        assert_true((out.reasons == 0) == (out.text[0] == '\0'));
    }
}

/* ---- what it says over time ---- */

static int64_t now_ms;
int64_t __wrap_clock_mono_ms(void);
int64_t __wrap_clock_mono_ms(void)
{
    return now_ms;
}

static const char *said(struct ops_monitor_probes *probes, struct buf *all)
{
    struct metric_out out = {.buf = all};
    buf_reset(all);
    ops_monitor_probes_put(probes, &out);
    return buf_cstr(all);
}

static void turn_ends(struct ops_monitor_probes *probes)
{
    struct buf found = BUF_INIT;
    buf_put_str(&found, "nrc_source_lag_events 5\n");
    ops_monitor_probes_turned(probes, 20, &found);
    assert_null(found.data); /* taken */
}

static void what_was_found_is_said_while_it_is_news(void **state)
{
    (void)state;
    char nowhere[] = "";
    const struct conf settings = {
        .monitor = {.listen = nowhere, .every_ms = EVERY, .kafka_timeout_ms = KAFKA}};
    struct err err = ERR_INIT;
    struct buf all = BUF_INIT;
    now_ms = NOW;
    struct ops_monitor_probes *probes = ops_monitor_probes_start(&settings, NULL, &err);
    assert_non_null(probes);
    const char *text_now = said(probes, &all);
    assert_null(strstr(text_now, "last_turn")); /* none: not at second 0 of 1970 */
    assert_null(strstr(text_now, "watching"));
    assert_null(strstr(text_now, "nrc_source"));
    assert_non_null(strstr(text_now, "nrc_monitor_turns_total 0\n"));
    turn_ends(probes);
    turn_ends(probes);
    text_now = said(probes, &all);
    assert_non_null(strstr(text_now, "nrc_monitor_watching 1\n"));
    assert_non_null(strstr(text_now, "nrc_monitor_last_turn_seconds 0.02\n"));
    assert_non_null(strstr(text_now, "nrc_monitor_turns_total 2\n"));
    assert_non_null(strstr(text_now, "nrc_source_lag_events 5\n"));
    ops_monitor_probes_failed(probes, ERR_REGISTER_DOWN);
    now_ms = NOW + LATE - 1;
    text_now = said(probes, &all);
    assert_non_null(strstr(text_now, "nrc_source_lag_events 5\n"));
    assert_non_null(strstr(text_now, "nrc_monitor_failed_turns_total 1\n"));
    now_ms = NOW + LATE;
    text_now = said(probes, &all);
    assert_null(strstr(text_now, "nrc_source_lag_events"));
    assert_non_null(strstr(text_now, "nrc_monitor_last_turn_timestamp_seconds "));
    ops_monitor_probes_turned(probes, 0, NULL); /* another watches now */
    text_now = said(probes, &all);
    assert_non_null(strstr(text_now, "nrc_monitor_watching 0\n"));
    assert_null(strstr(text_now, "nrc_source_lag_events"));
    ops_monitor_probes_stop(&probes);
    buf_fini(&all);
}

/* ---- series ---- */

static struct conf conf;
static struct ops_series series;
static struct buf text;
static int64_t log_start; /* of each partition */

static struct sto_watched datasets[] = {
    {.dataset_id = 1,
     .dataset = "moh.births",
     .topic = "moh.births",
     .appended_s = 1795780000,
     .newest_s = STO_NO_INSTANT},
    {.dataset_id = 3,
     .dataset = "rop.residents",
     .topic = "rop.residents",
     .appended_s = STO_NO_INSTANT,
     .newest_s = STO_NO_INSTANT},
    {.dataset_id = 4,
     .dataset = "moj.deeds",
     .topic = "moj.deeds",
     .appended_s = 1795780001,
     .newest_s = 1795779000},
};
static struct sto_watched_position positions[] = {
    {.dataset_id = 1, .topic = "moh.births", .partition = 0, .next_offset = 100},
    {.dataset_id = 1, .topic = "moh.births", .partition = 1, .next_offset = 50},
    {.dataset_id = 2, .topic = "old.topic", .partition = 0, .next_offset = 7},
    {.dataset_id = 4, .topic = "moj.deeds", .partition = 0, .next_offset = 10},
};
static const struct sto_watch watch = {
    .datasets = datasets, .dataset_count = 3, .positions = positions, .position_count = 4};

static int begin(void **state)
{
    (void)state;
    conf = (struct conf){.monitor = {.metric_sources = 10, .metric_partitions = 10}};
    text = (struct buf)BUF_INIT;
    log_start = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    ops_series_fini(&series);
    buf_fini(&text);
    return 0;
}

static const char *printed(const int64_t *ends)
{
    static struct ops_partition items[COUNT_OF(positions)];
    for (size_t i = 0; i < COUNT_OF(positions); i++) {
        items[i] = (struct ops_partition){.dataset_id = positions[i].dataset_id,
                                          .partition = positions[i].partition,
                                          .position = &positions[i],
                                          .next = positions[i].next_offset,
                                          .log_start = log_start,
                                          .log_end = ends[i]};
        snprintf(items[i].topic, OPS_TOPIC_SIZE, "%s", positions[i].topic);
    }
    const struct ops_partitions partitions = {.items = items, .count = COUNT_OF(items)};
    ops_series_known(&series, &watch, &partitions);
    ops_series_print(&series, &text);
    return buf_cstr(&text);
}

static void has(const char *all, const char *line)
{
    if (strstr(all, line) == NULL) {
        fail_msg("no %s in\n%s", line, all);
    }
}

static void has_not(const char *all, const char *piece)
{
    if (strstr(all, piece) != NULL) {
        fail_msg("there is %s in\n%s", piece, all);
    }
}

static void a_source_has_the_sum_of_its_partitions(void **state)
{
    (void)state;
    const int64_t ends[] = {160, 50, 9, 10};
    ops_series_init(&series, &conf);
    const char *all = printed(ends);
    has(all, "nrc_source_lag_events{dataset=\"moh.births\",topic=\"moh.births\"} 60\n");
    has(all, "nrc_source_lag_events{dataset=\"moj.deeds\",topic=\"moj.deeds\"} 0\n");
    has(all, "nrc_partition_lag_events{topic=\"moh.births\",partition=\"1\"} 0\n");
    has(all, "nrc_partition_lag_events{topic=\"old.topic\",partition=\"0\"} 2\n");
    has(all, "nrc_partition_position_offset{topic=\"moh.births\",partition=\"0\"} 100\n");
    has(all, "nrc_source_newest_event_timestamp_seconds{dataset=\"moj.deeds\",topic=\"moj.deeds\"} "
             "1795779000\n");
    has(all, "nrc_monitor_sources 3\n");
    has(all, "nrc_monitor_partitions 4\n");
    has(all, "nrc_monitor_unknown_lag_partitions 0\n");
    has(all, "nrc_monitor_left_out_sources 0\n");
}

/* A topic that nobody has claimed has no position; nothing ever arrived; the log of one was made anew, of one it is not known
 * where it ends. None of it is 0. */
static void what_nobody_knows_has_no_series(void **state)
{
    (void)state;
    const int64_t ends[] = {160, -1, 6, 10};
    ops_series_init(&series, &conf);
    const char *all = printed(ends);
    has_not(all, "nrc_source_lag_events{dataset=\"moh.births\"");
    has_not(all, "lag_events{dataset=\"rop.residents\"");
    has_not(all, "arrival_timestamp_seconds{dataset=\"rop.residents\"");
    has_not(all, "nrc_source_newest_event_timestamp_seconds{dataset=\"moh.births\"");
    has_not(all, "nrc_partition_lag_events{topic=\"moh.births\",partition=\"1\"");
    has_not(all, "nrc_partition_lag_events{topic=\"old.topic\"");
    has_not(all, "nrc_source_state{");
    has_not(all, "lost_events");
    has_not(all, "nan");
    has(all, "nrc_partition_lag_events{topic=\"moh.births\",partition=\"0\"} 60\n");
    has(all, "nrc_partition_position_offset{topic=\"moh.births\",partition=\"1\"} 50\n");
    has(all, "nrc_monitor_unknown_lag_partitions 1\n"); /* nobody has a duty to the old topic */
}

/* Retention overtook the engine: what is gone is no lag, and no 0 either. */
static void what_kafka_deleted_is_lost(void **state)
{
    (void)state;
    const int64_t ends[] = {160, 90, 69, 70};
    log_start = 60;
    ops_series_init(&series, &conf);
    const char *all = printed(ends);
    has(all, "nrc_partition_lost_events{topic=\"moh.births\",partition=\"1\"} 10\n");
    has(all, "nrc_partition_lag_events{topic=\"moh.births\",partition=\"1\"} 30\n");
    has(all, "nrc_partition_lost_events{topic=\"moj.deeds\",partition=\"0\"} 50\n");
    has(all, "nrc_source_lag_events{dataset=\"moh.births\",topic=\"moh.births\"} 90\n");
    has_not(all, "nrc_partition_lost_events{topic=\"moh.births\",partition=\"0\"");
}

static void a_verdict_is_the_label_of_its_series(void **state)
{
    (void)state;
    const int64_t ends[] = {160, 50, 9, 10};
    struct ops_verdict verdict = {.state = OPS_STATE_LATE, .reason = OPS_REASON_SLOW_CENTER};
    struct ops_facts facts = {.waiting = {OPS_WHEN_AT, 1795770000}};
    ops_series_init(&series, &conf);
    ops_series_judged(&series, &watch, 0, &facts, &verdict);
    verdict = (struct ops_verdict){
        .state = OPS_STATE_FRESH, .reason = OPS_REASON_ON_TIME, .rests_on_estimate = true};
    facts = (struct ops_facts){.waiting = {OPS_WHEN_UNKNOWN, 0}};
    ops_series_judged(&series, &watch, 2, &facts, &verdict);
    const char *all = printed(ends);
    has(all, "nrc_source_state{dataset=\"moh.births\",topic=\"moh.births\",state=\"late\",reason="
             "\"slow_center\",estimate=\"no\"} 1\n"
             "nrc_source_state{dataset=\"moj.deeds\",topic=\"moj.deeds\",state=\"fresh\",reason="
             "\"on_time\",estimate=\"yes\"} 1\n");
    has(all, "nrc_source_waiting_since_timestamp_seconds{dataset=\"moh.births\",topic=\"moh."
             "births\"} 1795770000\n");
    has_not(all, "waiting_since_timestamp_seconds{dataset=\"moj.deeds\"");
}

static void what_is_cut_is_counted(void **state)
{
    (void)state;
    const int64_t ends[] = {160, 50, 9, -1};
    const struct ops_verdict verdict = {.state = OPS_STATE_LATE, .reason = OPS_REASON_SLOW_CENTER};
    const struct ops_facts facts = {.waiting = {OPS_WHEN_AT, 1795770000}};
    conf.monitor.metric_sources = 1;
    conf.monitor.metric_partitions = 1;
    ops_series_init(&series, &conf);
    ops_series_judged(&series, &watch, 2, &facts, &verdict);
    const char *all = printed(ends);
    has(all, "nrc_monitor_left_out_sources 2\n");
    has(all, "nrc_monitor_left_out_partitions 3\n");
    has(all, "nrc_monitor_unknown_lag_partitions 1\n"); /* of all */
    has(all, "nrc_source_lag_events{dataset=\"moh.births\",topic=\"moh.births\"} 60\n");
    has_not(all, "moj.deeds");
    has_not(all, "partition=\"1\"");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_monitor_is_ready_or_says_why_not),
        cmocka_unit_test(what_was_found_is_said_while_it_is_news),
        TEST(a_source_has_the_sum_of_its_partitions),
        TEST(what_nobody_knows_has_no_series),
        TEST(what_kafka_deleted_is_lost),
        TEST(a_verdict_is_the_label_of_its_series),
        TEST(what_is_cut_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
