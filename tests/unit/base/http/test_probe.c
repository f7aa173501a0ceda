/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/base/http/test_probe.c - answers to probes, without a socket. */
#include "base/http/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/http/http.h"
#include "base/http/server.h"
#include "base/metric.h"

static const char *body_of(struct http_request *req)
{
    return buf_cstr(http_out(req));
}

static void each_reason_is_a_line(void **state)
{
    (void)state;
    struct http_readiness readiness = {0};
    struct http_request *req = http_request_make(HTTP_GET, "/readyz", "", 0);
    http_not_ready(&readiness, 4, "lane %d hangs", 1);
    http_not_ready(&readiness, 1, "the register is away");
    http_probe_readyz(req, &readiness, NULL);
    assert_int_equal(readiness.reasons, 5);
    assert_int_equal(http_status(req), 503);
    assert_string_equal(body_of(req), "not ready: lane 1 hangs\nnot ready: the register is away\n");
    http_request_free(&req);
}

static void one_that_is_ready_says_so(void **state)
{
    (void)state;
    const struct http_readiness readiness = {0};
    struct http_request *req = http_request_make(HTTP_GET, "/readyz", "", 0);
    http_probe_readyz(req, &readiness, NULL);
    assert_int_equal(http_status(req), 200);
    assert_string_equal(body_of(req), "ready\n");
    http_request_free(&req);
}

static void more_reasons_than_fit_are_cut(void **state)
{
    (void)state;
    struct http_readiness readiness = {0};
    for (int i = 0; i < 1000; i++) {
        http_not_ready(&readiness, 1, "reason %d", i);
    }
    assert_true(strlen(readiness.text) < HTTP_READINESS_BYTES);
    struct http_request *req = http_request_make(HTTP_GET, "/readyz", "", 0);
    http_probe_readyz(req, &readiness, NULL);
    assert_int_equal(http_status(req), 503);
    http_request_free(&req);
}

static bool is_ready;

static void ready(void *arg, struct http_readiness *out)
{
    assert_ptr_equal(arg, &is_ready);
    if (!is_ready) {
        http_not_ready(out, 1, "the test says so");
    }
}

static void put(void *arg, struct metric_out *out)
{
    assert_ptr_equal(arg, &is_ready);
    metric_put(out, METRIC_LANES, NULL, 3);
}

static void metrics_tell_whether_it_is_ready(void **state)
{
    (void)state;
    const struct http_probe probe = {
        .daemon = "ingest", .ready = ready, .metrics = put, .arg = &is_ready};
    for (int i = 0; i < 2; i++) {
        is_ready = i == 1;
        struct http_request *req = http_request_make(HTTP_GET, "/metrics", "", 0);
        http_probe_metrics(req, &probe);
        assert_int_equal(http_status(req), 200);
        assert_string_equal(http_type(req), "text/plain; version=0.0.4; charset=utf-8");
        assert_non_null(strstr(body_of(req), "nrc_build_info{daemon=\"ingest\",version=\""));
        assert_non_null(strstr(body_of(req), is_ready ? "\nnrc_ready 1\n" : "\nnrc_ready 0\n"));
        assert_non_null(strstr(body_of(req), "\nnrc_ingest_lanes 3\n"));
        http_request_free(&req);
    }
}

static void without_an_address_nothing_is_started(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct http_probe probe = {.daemon = "relay", .ready = ready, .metrics = put, .arg = &is_ready};
    assert_int_equal(http_probe_start(&probe, "", &err), 0);
    assert_null(probe.server);
    http_probe_stop(&probe);
    assert_int_equal(http_probe_start(&probe, "nowhere", &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_non_null(strstr(err.text, "[relay] listen"));
}

/* Two daemons of one machine must not share an address unseen: each would answer half of the probes. */
static void an_address_that_is_taken_is_an_error(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char taken[64];
    struct http_probe one = {.daemon = "ingest", .ready = ready, .metrics = put, .arg = &is_ready};
    struct http_probe two = one;
    assert_int_equal(http_probe_start(&one, "127.0.0.1:0", &err), 0);
    snprintf(taken, sizeof(taken), "127.0.0.1:%d", http_server_port(one.server));
    assert_int_equal(http_probe_start(&two, taken, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    http_probe_stop(&one);
    assert_null(one.server);
    assert_int_equal(http_probe_start(&two, taken, &err), 0);
    http_probe_stop(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reason_is_a_line),
        cmocka_unit_test(one_that_is_ready_says_so),
        cmocka_unit_test(more_reasons_than_fit_are_cut),
        cmocka_unit_test(metrics_tell_whether_it_is_ready),
        cmocka_unit_test(without_an_address_nothing_is_started),
        cmocka_unit_test(an_address_that_is_taken_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
