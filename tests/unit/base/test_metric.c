/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/base/test_metric.c - one table, one printer. */
#include "base/metric.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/buf.h"

static const struct metric_row table[] = {
    {"requests", METRIC_KIND_COUNTER, "requests", "Requests that were read.", NULL},
    {"connections", METRIC_KIND_GAUGE, "connections", "Clients connected now.", NULL},
    {"answers", METRIC_KIND_COUNTER, "answers", "Answers, by class.", "class=\"2xx\""},
    {"answers", METRIC_KIND_COUNTER, "answers", "Answers, by class.", "class=\"4xx\""},
};

static void rows_are_printed_for_prometheus(void **state)
{
    (void)state;
    const uint64_t values[COUNT_OF(table)] = {7, 0, 5, UINT64_MAX};
    struct buf out = BUF_INIT;
    metric_print(&out, "nrc_test_", table, values, COUNT_OF(table));
    assert_string_equal(buf_cstr(&out),
                        "# HELP nrc_test_requests_total Requests that were read.\n"
                        "# TYPE nrc_test_requests_total counter\n"
                        "nrc_test_requests_total 7\n"
                        "# HELP nrc_test_connections Clients connected now.\n"
                        "# TYPE nrc_test_connections gauge\n"
                        "nrc_test_connections 0\n"
                        "# HELP nrc_test_answers_total Answers, by class.\n"
                        "# TYPE nrc_test_answers_total counter\n"
                        "nrc_test_answers_total{class=\"2xx\"} 5\n"
                        "nrc_test_answers_total{class=\"4xx\"} 18446744073709551615\n");
    buf_fini(&out);
}

static void every_row_of_the_engine_is_whole(void **state)
{
    (void)state;
    const char lower[] = "abcdefghijklmnopqrstuvwxyz_";
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const struct metric_row *row = &metric_rows()[i];
        assert_int_equal(strspn(row->name, lower), strlen(row->name));
        assert_true(row->unit[0] != '\0');
        assert_true(row->sentence[strlen(row->sentence) - 1] == '.');
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(row->name, metric_rows()[j].name);
        }
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_printed_for_prometheus),
        cmocka_unit_test(every_row_of_the_engine_is_whole),
        cmocka_unit_test(a_sum_is_read_where_it_was_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
