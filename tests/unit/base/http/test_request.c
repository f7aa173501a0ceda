/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/http/request_priv.h"

static struct http_request *get(const char *target)
{
    struct http_request *req = http_request_make(HTTP_GET, target, NULL, 0);
    assert_non_null(req);
    return req;
}

static void refused(const char *target)
{
    struct http_request *req = get(target);
    if (req->bad.code != ERR_BAD_REQUEST) {
        fail_msg("%s was accepted", target);
    }
    http_request_free(&req);
}

static void accepted(const char *target)
{
    struct http_request *req = get(target);
    if (req->bad.kind != ERR_KIND_NONE) {
        fail_msg("%s: %s", target, req->bad.text);
    }
    http_request_free(&req);
}

static void a_path_is_split_before_it_is_decoded(void **state)
{
    (void)state;
    struct http_request *req = get("/a%2Fb/%d8%a7/x+y/?q=1");
    assert_int_equal(req->segment_count, 3);
    assert_string_equal(req->segments[0], "a/b");
    assert_string_equal(req->segments[1], "\xd8\xa7");
    assert_string_equal(req->segments[2], "x+y");
    assert_string_equal(http_path(req), "/a%2Fb/%d8%a7/x+y/");
    http_request_free(&req);
    assert_null(req);
}

static void empty_segments_are_kept_but_for_the_last(void **state)
{
    (void)state;
    struct http_request *req = get("/a//b/");
    assert_int_equal(req->segment_count, 3);
    assert_string_equal(req->segments[1], "");
    http_request_free(&req);
    req = get("/");
    assert_int_equal(req->segment_count, 0);
    http_request_free(&req);
}

static void bad_escapes_and_what_is_no_text_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "/%",         "/%2",          "/%zz",         "/%2g",    "/a%00b",
        "/%ff",       "/%c0%af",      "/%ed%a0%80",   "/?a=%",   "/?%",
        "/?a=%4",     "/?%00=1",      "/?a=%00",      "/?a=%ff", "/a b",
        "/\x80",      "/\n",          "/a#b",         "a",       "",
        "*",          "/a/%2/b",      "/?a=1&b=%e2",  "/%%",     "/?q=\x7f",
        "http:/a/b",  "/%\x30",       "http://h/%zz", "?a=1",    "/\t",
        "ftp://a/b/", "/?a=%u0041%4", "/%-1",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        refused(bad[i]);
    }
    accepted("/%7e%41");
    accepted("/?%E2%82%AC=%f0%9f%98%80");
    accepted("http://host:80/a?b=c");
    accepted("HTTPS://host");
    accepted("/?");
}

static void a_bad_target_still_has_its_path(void **state)
{
    (void)state;
    struct http_request *req = get("/a/%zz?b=c");
    assert_string_equal(http_path(req), "/a/%zz");
    http_request_free(&req);
}

static void a_query_is_decoded_with_plus_as_space(void **state)
{
    (void)state;
    struct http_request *req = get("/x?a=1+2%2B3&b=&c&a=two&&key%5B%5D=v&d=e=f");
    assert_string_equal(http_query(req, "a"), "1 2+3");
    assert_string_equal(http_query_nth(req, "a", 1), "two");
    assert_null(http_query_nth(req, "a", 2));
    assert_int_equal(http_query_count(req, "a"), 2);
    assert_string_equal(http_query(req, "b"), "");
    assert_string_equal(http_query(req, "c"), "");
    assert_string_equal(http_query(req, "key[]"), "v");
    assert_string_equal(http_query(req, "d"), "e=f");
    assert_null(http_query(req, "A"));
    assert_int_equal(http_query_count(req, "z"), 0);
    http_request_free(&req);
}

static void booleans_come_in_more_than_one_spelling(void **state)
{
    (void)state;
    struct http_request *req = get("/?a=true&b=True&c=1&d=false&e=&f=yes");
    assert_true(http_query_bool(req, "a", false));
    assert_true(http_query_bool(req, "b", false));
    assert_true(http_query_bool(req, "c", false));
    assert_false(http_query_bool(req, "d", true));
    assert_false(http_query_bool(req, "e", true));
    assert_false(http_query_bool(req, "f", true));
    assert_true(http_query_bool(req, "absent", true));
    assert_false(http_query_bool(req, "absent", false));
    http_request_free(&req);
}

static void repeated(char *out, const char *piece, int times)
{
    out += strlen(out);
    for (int i = 0; i < times; i++) {
        out = stpcpy(out, piece);
    }
}

static void the_number_of_parameters_and_segments_is_bounded(void **state)
{
    (void)state;
    char target[1024] = "/?";
    repeated(target, "a&", HTTP_QUERY_MAX);
    accepted(target);
    strcat(target, "a");
    refused(target);

    strcpy(target, "");
    repeated(target, "/a", HTTP_SEGMENTS_MAX);
    accepted(target);
    strcat(target, "/a");
    refused(target);
}

static void headers_are_found_in_any_case_and_joined(void **state)
{
    (void)state;
    struct http_request *req = get("/");
    http_request_add_header(req, "Accept", "a/b");
    http_request_add_header(req, "ACCEPT", "c/d");
    assert_string_equal(http_header(req, "accept"), "a/b, c/d");
    assert_null(http_header(req, "authorization"));
    http_request_free(&req);
}

static void too_many_headers_are_refused(void **state)
{
    (void)state;
    struct http_request *req = get("/");
    for (int i = 0; i <= HTTP_HEADERS_MAX; i++) {
        assert_int_equal(req->bad.kind, ERR_KIND_NONE);
        char name[16];
        snprintf(name, sizeof(name), "X-%d", i);
        http_request_add_header(req, name, "v");
    }
    assert_int_equal(req->bad.code, ERR_TOO_LARGE_HEADER);
    http_request_free(&req);
}

static void a_body_may_hold_anything(void **state)
{
    (void)state;
    struct http_request *req = http_request_make(HTTP_POST, "/", "a\0b", 3);
    size_t len;
    const char *body = http_body(req, &len);
    assert_int_equal(len, 3);
    assert_memory_equal(body, "a\0b", 4);
    http_request_free(&req);

    req = get("/");
    assert_string_equal(http_body(req, &len), "");
    assert_int_equal(len, 0);
    assert_true(http_peer_is_loopback(req));
    assert_false(http_is_tls(req));
    assert_null(http_tls_subject(req));
    assert_null(http_principal(req));
    http_request_free(&req);
}

static void an_answer_header_cannot_begin_another(void **state)
{
    (void)state;
    struct http_request *req = get("/");
    http_set_header(req, "Location", "/a\r\nSet-Cookie: x");
    assert_string_equal(http_answer_header(req, "location"), "/a  Set-Cookie: x");
    http_set_header(req, "location", "/b");
    assert_string_equal(http_answer_header(req, "Location"), "/b");
    assert_int_equal(req->answer_header_count, 1);
    assert_false(req->misused);
    http_request_free(&req);
}

static void headers_that_frame_the_answer_are_not_the_handlers(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Content-Length", "connection", "Transfer-Encoding", "Content-Type", "", "A: b\r\nC", "a b",
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct http_request *req = get("/");
        http_set_header(req, names[i], "v");
        assert_true(req->misused);
        assert_null(http_answer_header(req, names[i]));
        http_request_free(&req);
    }
}

static void a_request_object_used_again_remembers_nothing(void **state)
{
    (void)state;
    struct http_request *req = get("/a?b=c");
    http_request_add_header(req, "X", "y");
    http_set_header(req, "X", "y");
    http_set_principal(req, req);
    buf_put_str(http_out(req), "body");
    http_ok(req, 200, "text/plain");
    assert_non_null(arena_alloc(http_arena(req), 4 << 20));
    http_request_reset(req);
    assert_null(http_query(req, "b"));
    assert_null(http_header(req, "X"));
    assert_null(http_answer_header(req, "X"));
    assert_null(http_principal(req));
    assert_int_equal(http_out(req)->len, 0);
    assert_int_equal(http_status(req), 0);
    assert_null(http_type(req));
    assert_string_equal(http_path(req), "");
    assert_int_equal(http_arena(req)->held_bytes, 0); /* nor keeps what one large request took */
    http_request_free(&req);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_split_before_it_is_decoded),
        cmocka_unit_test(empty_segments_are_kept_but_for_the_last),
        cmocka_unit_test(bad_escapes_and_what_is_no_text_are_refused),
        cmocka_unit_test(a_bad_target_still_has_its_path),
        cmocka_unit_test(a_query_is_decoded_with_plus_as_space),
        cmocka_unit_test(booleans_come_in_more_than_one_spelling),
        cmocka_unit_test(the_number_of_parameters_and_segments_is_bounded),
        cmocka_unit_test(headers_are_found_in_any_case_and_joined),
        cmocka_unit_test(too_many_headers_are_refused),
        cmocka_unit_test(a_body_may_hold_anything),
        cmocka_unit_test(an_answer_header_cannot_begin_another),
        cmocka_unit_test(headers_that_frame_the_answer_are_not_the_handlers),
        cmocka_unit_test(a_request_object_used_again_remembers_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
