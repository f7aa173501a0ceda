/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/http/read.h"

enum { HEADER_BYTES = 512, BODY_BYTES = 64 };

static struct http_reader reader;
static struct err err;

/* Feeds all of it in pieces of `step`; the number of bytes taken. */
static size_t feed(const char *bytes, size_t len, size_t step)
{
    http_reader_fini(&reader);
    http_reader_init(&reader, HEADER_BYTES, BODY_BYTES);
    err_reset(&err);
    size_t at = 0;
    while (at < len && reader.state < HTTP_READ_DONE) {
        size_t piece = len - at < step ? len - at : step;
        char *copy = malloc(piece); /* so that a sanitizer sees a read beyond */
        assert_non_null(copy);
        memcpy(copy, bytes + at, piece);
        size_t taken = http_reader_feed(&reader, copy, piece, &err);
        free(copy);
        assert_true(taken <= piece && taken > 0);
        assert_true(reader.head.len <= HEADER_BYTES + HTTP_READ_CHUNK_LINE_BYTES);
        assert_true(reader.body.len <= BODY_BYTES);
        at += taken;
    }
    return at;
}

/* The same however it is cut. */
static void check(const char *bytes, size_t len, enum http_read_state state, enum err_code code)
{
    for (size_t step = 1; step <= len; step++) {
        feed(bytes, len, step);
        if (reader.state != state || err.code != code) {
            fail_msg("%.60s in pieces of %zu: state %d, %s", bytes, step, reader.state,
                     err_token(err.code));
        }
    }
}

static void refused(const char *bytes, size_t len)
{
    check(bytes, len, HTTP_READ_FAILED, ERR_BAD_REQUEST);
}

#define REFUSED(text)  refused(text, sizeof(text) - 1)
#define ACCEPTED(text) check(text, sizeof(text) - 1, HTTP_READ_DONE, ERR_NONE)
#define PENDING(text, at)                                                                          \
    do {                                                                                           \
        feed(text, sizeof(text) - 1, 7);                                                           \
        assert_int_equal(reader.state, at);                                                        \
    } while (0)

#define GET  "GET / HTTP/1.1\r\nHost: h\r\n"
#define POST "POST /a HTTP/1.1\r\nHost: h\r\n"

static void a_request_is_the_same_however_it_is_cut(void **state)
{
    (void)state;
    static const char text[] =
        "POST /a?b=c HTTP/1.1\r\nHost: h\r\nX-Empty:\r\nX-Space: \t a b\t \r\n"
        "Content-Length: 5\r\n\r\nhello";
    for (size_t step = 1; step < sizeof(text); step++) {
        assert_int_equal(feed(text, sizeof(text) - 1, step), sizeof(text) - 1);
        assert_int_equal(reader.state, HTTP_READ_DONE);
        assert_int_equal(reader.method, HTTP_POST);
        assert_string_equal(http_reader_target(&reader), "/a?b=c");
        assert_int_equal(reader.field_count, 4);
        assert_string_equal(http_reader_name(&reader, 1), "X-Empty");
        assert_string_equal(http_reader_value(&reader, 1), "");
        assert_string_equal(http_reader_value(&reader, 2), "a b");
        assert_string_equal(buf_cstr(&reader.body), "hello");
        assert_true(reader.keep_alive);
    }
}

static void chunks_become_one_body(void **state)
{
    (void)state;
    static const char text[] = POST "Transfer-Encoding: Chunked\r\n\r\n"
                                    "5;a=\"b\"\r\nhello\r\n00A\r\n, the worl\r\n1\r\nd\r\n0\r\n"
                                    "Trailer: x\r\n\r\nGET";
    for (size_t step = 1; step < sizeof(text); step++) {
        assert_int_equal(feed(text, sizeof(text) - 1, step), sizeof(text) - 4);
        assert_int_equal(reader.state, HTTP_READ_DONE);
        assert_string_equal(buf_cstr(&reader.body), "hello, the world");
        assert_int_equal(reader.field_count, 2); /* a trailer is no field */
        assert_string_equal(http_reader_target(&reader), "/a");
    }
}

static void what_follows_a_request_is_not_taken(void **state)
{
    (void)state;
    assert_int_equal(feed(GET "\r\nGET", sizeof(GET "\r\n") + 2, 100), sizeof(GET "\r\n") - 1);
    assert_int_equal(http_reader_feed(&reader, "x", 1, &err), 0);
    assert_int_equal(feed(POST "Content-Length: 1\r\n\r\nab", sizeof(POST) + 22, 100),
                     sizeof(POST) + 21);
}

static void a_reader_is_used_again(void **state)
{
    (void)state;
    feed(POST "Content-Length: 1\r\nConnection: close\r\n\r\na", sizeof(POST) + 40, 100);
    assert_int_equal(reader.state, HTTP_READ_DONE);
    http_reader_reset(&reader);
    assert_false(reader.started);
    assert_int_equal(http_reader_feed(&reader, GET "\r\n", sizeof(GET) + 1, &err), sizeof(GET) + 1);
    assert_int_equal(reader.state, HTTP_READ_DONE);
    assert_int_equal(reader.method, HTTP_GET);
    assert_int_equal(reader.field_count, 1);
    assert_int_equal(reader.body.len, 0);
    assert_true(reader.keep_alive);
}

static void methods_are_known_or_none(void **state)
{
    (void)state;
    ACCEPTED("HEAD / HTTP/1.0\r\n\r\n");
    assert_true(reader.is_head && reader.method == HTTP_GET);
    ACCEPTED("PATCH / HTTP/1.0\r\n\r\n");
    assert_int_equal(reader.method, 0);
    ACCEPTED("get / HTTP/1.0\r\n\r\n");
    assert_int_equal(reader.method, 0);
    ACCEPTED("\r\n" GET "\r\n");
    REFUSED("\r\n\r\n" GET "\r\n");
}

static void a_request_line_has_three_parts(void **state)
{
    (void)state;
    REFUSED("GET /\r\n");
    REFUSED("GET  / HTTP/1.1\r\n");
    REFUSED("GET / HTTP/1.1 \r\n");
    REFUSED(" GET / HTTP/1.1\r\n");
    REFUSED("GET / HTTP/1.2\r\n");
    REFUSED("GET / HTTP/2.0\r\n");
    REFUSED("GET / http/1.1\r\n");
    REFUSED("GET\t/ HTTP/1.1\r\n");
    REFUSED("G(T / HTTP/1.1\r\n");
    REFUSED("GET / / HTTP/1.1\r\n");
    REFUSED("GET /\r\n\r\n");
}

static void lines_end_in_cr_lf_only(void **state)
{
    (void)state;
    REFUSED("GET / HTTP/1.1\nHost: h\n\n");
    REFUSED("GET / HTTP/1.1\r\nHost: h\n\r\n");
    REFUSED("GET / HTTP/1.1\r\nHost: h\r\n\n");
    REFUSED("GET / HTTP/1.1\rHost: h\r\n\r\n");
    REFUSED("GET / HTTP/1.1\r\r\n");
    REFUSED("\n");
}

static void no_control_character_passes(void **state)
{
    (void)state;
    REFUSED("GET / HTTP/1.1\r\nHost: h\0\r\n\r\n");
    REFUSED("GET /\0 HTTP/1.1\r\n\r\n");
    REFUSED(GET "X: a\x01\r\n\r\n");
    REFUSED(GET "X: a\x7f\r\n\r\n");
    REFUSED("\x16\x03\x01\x02"); /* a TLS hello: told at once, not at the deadline */
    ACCEPTED(GET "X: a\tb \xd8\xa7\r\n\r\n");
}

static void fields_have_a_strict_form(void **state)
{
    (void)state;
    REFUSED(GET "X : a\r\n\r\n");
    REFUSED(GET "X\r\n\r\n");
    REFUSED(GET ": a\r\n\r\n");
    REFUSED(GET "X: a\r\n b\r\n\r\n");
    REFUSED(GET " X: a\r\n\r\n");
    REFUSED(GET "X Y: a\r\n\r\n");
    REFUSED(GET "X[]: a\r\n\r\n");
    REFUSED(GET "Expect: the unexpected\r\n\r\n");
}

static void a_host_comes_once(void **state)
{
    (void)state;
    REFUSED("GET / HTTP/1.1\r\n\r\n");
    REFUSED(GET "Host: h\r\n\r\n");
    ACCEPTED("GET / HTTP/1.0\r\n\r\n");
    ACCEPTED("GET / HTTP/1.1\r\nHost:\r\n\r\n");
}

static void a_body_has_one_length(void **state)
{
    (void)state;
    REFUSED(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n");
    REFUSED(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n");
    REFUSED(POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n");
    REFUSED(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n");
    REFUSED(POST "Content-Length: 5, 5\r\n\r\n");
    REFUSED(POST "Content-Length: -1\r\n\r\n");
    REFUSED(POST "Content-Length: +1\r\n\r\n");
    REFUSED(POST "Content-Length: 0x5\r\n\r\n");
    REFUSED(POST "Content-Length: 5 5\r\n\r\n");
    REFUSED(POST "Content-Length:\r\n\r\n");
    REFUSED(POST "Content-Length : 5\r\n\r\n");
    ACCEPTED(POST "Content-Length: 000\r\n\r\n");
    ACCEPTED(POST "\r\n");
}

static void only_chunked_is_an_encoding(void **state)
{
    (void)state;
    REFUSED(POST "Transfer-Encoding: gzip, chunked\r\n\r\n");
    REFUSED(POST "Transfer-Encoding: chunked, chunked\r\n\r\n");
    REFUSED(POST "Transfer-Encoding: identity\r\n\r\n");
    REFUSED(POST "Transfer-Encoding: xchunked\r\n\r\n");
    REFUSED(POST "Transfer-Encoding:\r\n\r\n");
    REFUSED(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n");
    REFUSED("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
}

#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

static void chunks_have_a_strict_form(void **state)
{
    (void)state;
    REFUSED(CHUNKED "\r\n");
    REFUSED(CHUNKED "-1\r\n");
    REFUSED(CHUNKED "0x5\r\n");
    REFUSED(CHUNKED " 5\r\n");
    REFUSED(CHUNKED "5 \r\n");
    REFUSED(CHUNKED "5\nhello\r\n");
    REFUSED(CHUNKED "5\r\nhello0\r\n");
    REFUSED(CHUNKED "5\r\nhello!\r\n0\r\n\r\n");
    REFUSED(CHUNKED "0000000000000005\r\n");
    REFUSED(CHUNKED "0\r\nno trailer\r\n\r\n");
    check(CHUNKED "fffffffffffffff\r\n", sizeof(CHUNKED) + 16, HTTP_READ_FAILED,
          ERR_TOO_LARGE_BODY);
    REFUSED(CHUNKED "ffffffffffffffff\r\n");

    char line[sizeof(CHUNKED) + 400] = CHUNKED "1;";
    memset(line + strlen(line), 'x', 300);
    feed(line, strlen(line), 100);
    assert_int_equal(reader.state, HTTP_READ_FAILED);
}

static void a_body_is_bounded_before_it_comes(void **state)
{
    (void)state;
#define TOO_LARGE(text) check(text, sizeof(text) - 1, HTTP_READ_FAILED, ERR_TOO_LARGE_BODY)
    TOO_LARGE(POST "Content-Length: 65\r\n");
    TOO_LARGE(POST "Content-Length: 18446744073709551617\r\n");
    TOO_LARGE(POST "Content-Length: 99999999999999999999999999999999999\r\n");
    TOO_LARGE(CHUNKED "41\r\n");
    TOO_LARGE(CHUNKED "2\r\nab\r\n3f\r\n");
    PENDING(POST "Content-Length: 64\r\n\r\n", HTTP_READ_LENGTH);
    PENDING(CHUNKED "40\r\n", HTTP_READ_CHUNK);
    assert_true(reader.body.cap == 0); /* nothing is taken for what is only announced */
}

static enum http_read_state state_after(const char *text)
{
    struct err why = ERR_INIT;
    struct http_reader large;
    http_reader_init(&large, HEADER_BYTES, (size_t)16 * HEADER_BYTES);
    (void)http_reader_feed(&large, text, strlen(text), &why);
    enum http_read_state got = large.state;
    http_reader_fini(&large);
    return got;
}

static void a_body_that_means_nothing_is_small(void **state)
{
    (void)state;
    char length[80];
    char over[80];
    snprintf(length, sizeof(length), "Host: a\r\nContent-Length: %d\r\n\r\n", HEADER_BYTES);
    snprintf(over, sizeof(over), "Host: a\r\nContent-Length: %d\r\n\r\n", HEADER_BYTES + 1);
    const char *const lines[] = {"GET / HTTP/1.1\r\n",    "HEAD / HTTP/1.1\r\n",
                                 "DELETE / HTTP/1.1\r\n", "PATCH / HTTP/1.1\r\n",
                                 "POST / HTTP/1.1\r\n",   "PUT / HTTP/1.1\r\n"};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        char text[256];
        snprintf(text, sizeof(text), "%s%s", lines[i], length);
        assert_int_equal(state_after(text), HTTP_READ_LENGTH);
        snprintf(text, sizeof(text), "%s%s", lines[i], over);
        assert_int_equal(state_after(text), i < 4 ? HTTP_READ_FAILED : HTTP_READ_LENGTH);
    }
    assert_int_equal(state_after("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "2000\r\n"),
                     HTTP_READ_FAILED);
}

static void a_header_is_bounded(void **state)
{
    (void)state;
    char text[2 * HEADER_BYTES] = GET "X: ";
    size_t used = strlen(text);
    memset(text + used, 'x', HEADER_BYTES - used - 4);
    strcpy(text + HEADER_BYTES - 4, "\r\n\r\n");
    check(text, HEADER_BYTES, HTTP_READ_DONE, ERR_NONE);
    strcpy(text + HEADER_BYTES - 4, "x\r\n\r\n");
    check(text, HEADER_BYTES + 1, HTTP_READ_FAILED, ERR_TOO_LARGE_HEADER);
    memset(text, 'G', sizeof(text));
    check(text, HEADER_BYTES + 1, HTTP_READ_FAILED, ERR_TOO_LARGE_HEADER);

    strcpy(text, CHUNKED "0\r\n");
    while (strlen(text) <= HEADER_BYTES) {
        strcat(text, "T: xxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n");
    }
    check(text, strlen(text), HTTP_READ_FAILED, ERR_TOO_LARGE_HEADER);
}

static void the_number_of_fields_is_bounded(void **state)
{
    (void)state;
    char text[HEADER_BYTES] = "GET / HTTP/1.0\r\n";
    for (int i = 0; i <= HTTP_READ_FIELDS_MAX; i++) {
        strcat(text, "a:\r\n");
    }
    feed(text, strlen(text), 100);
    assert_int_equal(reader.state, HTTP_READ_FAILED);
    assert_int_equal(err.code, ERR_TOO_LARGE_HEADER);
}

static bool keeps(const char *text)
{
    feed(text, strlen(text), 100);
    assert_int_equal(reader.state, HTTP_READ_DONE);
    return reader.keep_alive;
}

static void whether_a_connection_is_kept_follows_the_version_and_the_field(void **state)
{
    (void)state;
    assert_true(keeps(GET "\r\n"));
    assert_false(keeps(GET "Connection: close\r\n\r\n"));
    assert_false(keeps(GET "Connection: upgrade,CLOSE\r\n\r\n"));
    assert_false(keeps(GET "Connection: close\r\nConnection: keep-alive\r\n\r\n"));
    assert_true(keeps(GET "Connection: closed\r\n\r\n"));
    assert_false(keeps("GET / HTTP/1.0\r\n\r\n"));
    assert_true(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

static void a_client_that_waits_for_100_is_known(void **state)
{
    (void)state;
    PENDING(POST "Expect: 100-Continue\r\nContent-Length: 2\r\n", HTTP_READ_FIELDS);
    assert_false(http_reader_waits(&reader));
    PENDING(POST "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n", HTTP_READ_LENGTH);
    assert_true(http_reader_waits(&reader));
    PENDING(POST "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\na", HTTP_READ_LENGTH);
    assert_false(http_reader_waits(&reader));
    PENDING(POST "Expect: 100-Continue\r\nContent-Length: 0\r\n\r\n", HTTP_READ_DONE);
    assert_false(http_reader_waits(&reader));
    PENDING("POST / HTTP/1.0\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n",
            HTTP_READ_LENGTH);
    assert_false(http_reader_waits(&reader));
}

static int close_reader(void **state)
{
    (void)state;
    http_reader_fini(&reader);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_the_same_however_it_is_cut),
        cmocka_unit_test(chunks_become_one_body),
        cmocka_unit_test(what_follows_a_request_is_not_taken),
        cmocka_unit_test(a_reader_is_used_again),
        cmocka_unit_test(methods_are_known_or_none),
        cmocka_unit_test(a_request_line_has_three_parts),
        cmocka_unit_test(lines_end_in_cr_lf_only),
        cmocka_unit_test(no_control_character_passes),
        cmocka_unit_test(fields_have_a_strict_form),
        cmocka_unit_test(a_host_comes_once),
        cmocka_unit_test(a_body_has_one_length),
        cmocka_unit_test(only_chunked_is_an_encoding),
        cmocka_unit_test(chunks_have_a_strict_form),
        cmocka_unit_test(a_body_is_bounded_before_it_comes),
        cmocka_unit_test(a_body_that_means_nothing_is_small),
        cmocka_unit_test(a_header_is_bounded),
        cmocka_unit_test(the_number_of_fields_is_bounded),
        cmocka_unit_test(whether_a_connection_is_kept_follows_the_version_and_the_field),
        cmocka_unit_test(a_client_that_waits_for_100_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, close_reader);
}
