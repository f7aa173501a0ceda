/* SPDX-License-Identifier: Apache-2.0
 * The page's files as answers: packed for who takes it, once for each change, and nothing beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "ops/monitor/page/asset_priv.h"

static const struct http_route routes[] = {
    {HTTP_GET, "/", 0, ops_page_get_index, "The page."},
    {HTTP_GET, "/page/{file*}", 0, ops_page_get_asset, "A file of the page."},
};
static const struct http_app app = {.routes = routes, .route_count = COUNT_OF(routes)};

static struct http_request *ask(const char *path, const char *encoding, const char *known)
{
    struct http_request *req = http_request_make(HTTP_GET, path, "", 0);
    if (encoding != NULL) {
        http_request_add_header(req, "Accept-Encoding", encoding);
    }
    if (known != NULL) {
        http_request_add_header(req, "If-None-Match", known);
    }
    http_dispatch(&app, NULL, req);
    return req;
}

static void every_file_has_a_type_and_a_hash(void **state)
{
    (void)state;
    assert_true(page_asset_count > 0);
    for (size_t i = 0; i < page_asset_count; i++) {
        const struct page_asset *asset = &page_assets[i];
        char path[200];
        snprintf(path, sizeof(path), "/page/%s", asset->name);
        struct http_request *req = ask(path, NULL, NULL);
        assert_int_equal(http_status(req), 200);
        assert_string_equal(http_type(req), asset->type);
        assert_int_equal(http_out(req)->len, asset->plain_len);
        assert_int_equal(strlen(asset->hash), 64);
        assert_string_equal(http_answer_header(req, "Cache-Control"), "no-cache");
        http_request_free(&req);
    }
}

static void a_file_is_packed_for_who_takes_gzip(void **state)
{
    (void)state;
    static const struct {
        const char *accept;
        bool is_packed;
    } rows[] = {{"gzip", true},          {"br, gzip;q=0.5", true}, {"GZIP", true},
                {"deflate, gzip", true}, {"gzip ; q=1", true},     {"gzip;q=0", false},
                {"gzip;q=0.000", false}, {"gzip;q=0.001", true},   {"gzipped", false},
                {"br;q=0, gzip", true},  {"identity", false},      {"", false},
                {"xgzip", false},        {"gzip;q=0, br", false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_request *req = ask("/", rows[i].accept, NULL);
        const char *encoding = http_answer_header(req, "Content-Encoding");
        if ((encoding != NULL) != rows[i].is_packed) {
            fail_msg("row %zu", i);
        }
        assert_string_equal(http_answer_header(req, "Vary"), "Accept-Encoding");
        const uint8_t *bytes = (const uint8_t *)http_out(req)->data;
        assert_int_equal(bytes[0] == 0x1f && bytes[1] == 0x8b, rows[i].is_packed);
        http_request_free(&req);
    }
}

static void who_has_the_newest_gets_no_body(void **state)
{
    (void)state;
    char etag[100];
    char list[200];
    struct http_request *req = ask("/", "gzip", NULL);
    snprintf(etag, sizeof(etag), "%s", http_answer_header(req, "ETag"));
    snprintf(list, sizeof(list), "\"other\", W/%s", etag);
    http_request_free(&req);
    const char *const known[] = {etag, list, "*"};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        req = ask("/", "gzip", known[i]);
        assert_int_equal(http_status(req), 304);
        assert_int_equal(http_out(req)->len, 0);
        assert_string_equal(http_answer_header(req, "ETag"), etag);
        http_request_free(&req);
    }
    req = ask("/", NULL, etag); /* that is the packed one's */
    assert_int_equal(http_status(req), 200);
    assert_string_not_equal(http_answer_header(req, "ETag"), etag);
    http_request_free(&req);
}

static void no_path_leads_out(void **state)
{
    (void)state;
    static const char *const paths[] = {"/page/",
                                        "/page",
                                        "/page/../../etc/passwd",
                                        "/page/%2e%2e/%2e%2e/etc/passwd",
                                        "/page/..%2findex.html",
                                        "/page//index.html",
                                        "/page/./index.html",
                                        "/page/index.html%2f..",
                                        "/page/INDEX.HTML",
                                        "/page/index.html.",
                                        "/page/index.htm",
                                        "/page/%5c..%5cindex.html"};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct http_request *req = ask(paths[i], NULL, NULL);
        if (http_status(req) != 404) {
            fail_msg("%s: %d", paths[i], http_status(req));
        }
        http_request_free(&req);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_has_a_type_and_a_hash),
        cmocka_unit_test(a_file_is_packed_for_who_takes_gzip),
        cmocka_unit_test(who_has_the_newest_gets_no_body),
        cmocka_unit_test(no_path_leads_out),
    };
    return cmocka_run_group_tests_name("asset", tests, NULL, NULL);
}
