/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/base/test_metric.c - one table, one printer. What readers of others make of it: tests/e2e/test_metrics.py. */
#include "base/metric.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/attr.h"
#include "base/buf.h"

static struct buf text;
static struct metric_out out;

static int begin(void **state)
{
    (void)state;
    text = (struct buf)BUF_INIT;
    out = (struct metric_out){.buf = &text};
    return 0;
}

static int end(void **state)
{
    (void)state;
    buf_fini(&text);
    return 0;
}

static void rows_of_one_name_share_their_help(void **state)
{
    (void)state;
    metric_put(&out, METRIC_HTTP_REQUESTS, NULL, 7);
    metric_put(&out, METRIC_HTTP_2XX, NULL, 5);
    metric_put(&out, METRIC_HTTP_4XX, NULL, UINT64_MAX);
    assert_string_equal(buf_cstr(&text),
                        "# HELP nrc_http_requests_total Requests that were read.\n"
                        "# TYPE nrc_http_requests_total counter\n"
                        "nrc_http_requests_total 7\n"
                        "# HELP nrc_http_answers_total Answers, by the class of their status.\n"
                        "# TYPE nrc_http_answers_total counter\n"
                        "nrc_http_answers_total{class=\"2xx\"} 5\n"
                        "nrc_http_answers_total{class=\"4xx\"} 18446744073709551615\n");
}

/* A 0 would say that all is well; a NaN makes every sum over it NaN. */
static void what_is_not_known_has_no_series(void **state)
{
    (void)state;
    const char *const part[] = {"t", "0"};
    metric_put_real(&out, METRIC_PARTITION_LAG, part, NAN);
    assert_int_equal(text.len, 0);
    metric_put_real(&out, METRIC_TURNED, NULL, 1795780000.25);
    assert_non_null(
        strstr(buf_cstr(&text), "\nnrc_monitor_last_turn_timestamp_seconds 1795780000.25\n"));
}

static void put_one_label(const char *value)
{
    const char *const values[] = {value, "0"};
    metric_put(&out, METRIC_PARTITION_POSITION, values, 1);
}

static void a_label_is_escaped_and_stays_itself(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        const char *put;
    } cases[] = {
        {"moh.births", "moh.births"},
        {"a\"} 1\nnrc_ready 1", "a\\\"} 1\\nnrc_ready 1"},
        {"back\\slash\\n", "back\\\\slash\\\\n"},
        {"\u200f\u0635\u062d\u0629\u202e",
         "\u200f\u0635\u062d\u0629\u202e"}, /* marks of direction */
        {"a\xff\xc3", "a?"},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char wanted[256];
        buf_reset(&text);
        put_one_label(cases[i].given);
        snprintf(wanted, sizeof(wanted), "{topic=\"%s\",partition=\"0\"} 1\n", cases[i].put);
        const char *labels = strrchr(buf_cstr(&text), '{');
        assert_non_null(labels);
        assert_string_equal(labels, wanted);
    }
}

static void a_long_label_is_cut_at_a_character(void **state)
{
    (void)state;
    char value[1001];
    for (size_t i = 0; i < 1000; i += 2) {
        memcpy(value + i, "\u0635", 2);
    }
    value[1000] = '\0';
    put_one_label(value);
    assert_null(strchr(buf_cstr(&text) + text.len - 30, 0x3f));
    assert_true(strlen(strrchr(buf_cstr(&text), '{')) < 300);
}

static void a_histogram_adds_up_its_threads(void **state)
{
    (void)state;
    struct {
        int other;
        struct metric_histogram histogram;
    } lanes[2] = {0};
    metric_observe(&lanes[0].histogram, 5000, 1); /* at a bound: in its bucket */
    metric_observe(&lanes[0].histogram, 5001, 2);
    metric_observe(&lanes[1].histogram, 2000000, 1);
    metric_observe(&lanes[1].histogram, UINT64_C(90000000000), 1);
    metric_put_histogram(&out, METRIC_EVENT_AGE, &lanes[0].histogram, sizeof(lanes[0]), 2);
    const char *all = buf_cstr(&text);
    static const char *const lines[] = {
        "# TYPE nrc_ingest_event_age_seconds histogram\n",
        "nrc_ingest_event_age_seconds_bucket{le=\"0.005\"} 1\n",
        "nrc_ingest_event_age_seconds_bucket{le=\"0.01\"} 3\n",
        "nrc_ingest_event_age_seconds_bucket{le=\"1\"} 3\n",
        "nrc_ingest_event_age_seconds_bucket{le=\"2.5\"} 4\n",
        "nrc_ingest_event_age_seconds_bucket{le=\"86400\"} 4\n",
        "nrc_ingest_event_age_seconds_bucket{le=\"+Inf\"} 5\n",
        "nrc_ingest_event_age_seconds_sum 90002.015002\n",
        "nrc_ingest_event_age_seconds_count 5\n",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        const char *at = strstr(all, lines[i]);
        assert_non_null(at);
        all = at;
    }
}

/* The lines "le" and the numbers that they stand for are written by hand. */
static void bounds_are_what_their_text_says(void **state)
{
    (void)state;
    struct metric_histogram histogram = {0};
    metric_put_histogram(&out, METRIC_COMMIT_DURATION, &histogram, sizeof(histogram), 1);
    size_t found = 0;
    double before = 0;
    for (const char *at = strstr(buf_cstr(&text), "le=\""); at != NULL;
         at = strstr(at + 1, "le=\"")) {
        double bound = strtod(at + 4, NULL);
        if (isinf(bound)) {
            continue;
        }
        struct metric_histogram one = {0};
        assert_true(bound > before);
        before = bound;
        metric_observe(&one, (uint64_t)llround(bound * 1e6), 1);
        assert_int_equal(one.buckets[found], 1);
        found++;
    }
    assert_int_equal(found, METRIC_BOUNDS);
}

static bool ends_with(const char *name, const char *end_of_it)
{
    size_t len = strlen(name);
    size_t end_len = strlen(end_of_it);
    return len >= end_len && strcmp(name + len - end_len, end_of_it) == 0;
}

static void every_row_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const struct metric_row *row = &metric_rows()[i];
        const struct metric_row *before = i > 0 ? &metric_rows()[i - 1] : NULL;
        assert_int_equal(strspn(row->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(row->name));
        assert_true(row->help[strlen(row->help) - 1] == '.');
        assert_null(strpbrk(row->help, "\\\n"));
        assert_true(*row->daemons != '\0');
        assert_true((row->kind == METRIC_KIND_COUNTER) == ends_with(row->name, "_total"));
        if (strcmp(row->unit, "seconds") == 0 || strcmp(row->unit, "bytes") == 0) {
            assert_non_null(strstr(row->name, row->unit));
        }
        for (size_t j = 0; j < i; j++) {
            const struct metric_row *other = &metric_rows()[j];
            if (strcmp(row->name, other->name) == 0) {
                assert_string_equal(before->name, row->name); /* one after the other */
                assert_string_equal(other->help, row->help);
                assert_string_not_equal(other->labels, row->labels);
                assert_true(other->kind == row->kind);
            }
        }
    }
}

static void a_process_tells_of_itself(void **state)
{
    (void)state;
    metric_put_process(&out);
    double memory = 0;
    const char *at = strstr(buf_cstr(&text), "\nprocess_resident_memory_bytes ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "\nprocess_resident_memory_bytes %lf", &memory), 1);
    assert_true(memory > 100000);
    assert_non_null(strstr(buf_cstr(&text), "\nprocess_start_time_seconds 1"));
    assert_non_null(strstr(buf_cstr(&text), "\nprocess_open_fds "));
}

static void a_sum_is_read_where_it_was_added(void **state)
{
    (void)state;
    struct metric_set set = {0};
    metric_add(&set, METRIC_APPLIED, 2);
    metric_add(&set, METRIC_APPLIED, 3);
    assert_int_equal(metric_get(&set, METRIC_APPLIED), 5);
    assert_int_equal(metric_get(&set, METRIC_STALE), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_of_one_name_share_their_help),
        TEST(what_is_not_known_has_no_series),
        TEST(a_label_is_escaped_and_stays_itself),
        TEST(a_long_label_is_cut_at_a_character),
        TEST(a_histogram_adds_up_its_threads),
        TEST(bounds_are_what_their_text_says),
        TEST(every_row_is_whole),
        TEST(a_process_tells_of_itself),
        TEST(a_sum_is_read_where_it_was_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
