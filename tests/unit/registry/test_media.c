/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/http/http.h"
#include "registry/media.h"

#define V1      "application/vnd.schemaregistry.v1+json"
#define LATEST  "application/vnd.schemaregistry+json"
#define JSON    "application/json"
#define NOTHING NULL

static void the_type_that_is_liked_best_is_answered(void **state)
{
    static const struct {
        const char *accept;
        const char *type;
    } rows[] = {
        {NULL, V1},
        {"", V1},
        {V1, V1},
        {LATEST, LATEST},
        {JSON, JSON},
        {"Application/JSON", JSON},
        {"*/*", V1},
        {"application/*", V1},
        {"application/* ; q=0.3", V1},
        {V1 ", " LATEST "; q=0.9, " JSON "; q=0.5", V1},
        {V1 ";q=0.1," JSON ";q=0.9", JSON},
        {JSON ";q=0.5, */*", V1},
        {JSON ", */*;q=0.1", JSON},
        {V1 ";q=0, */*", LATEST},
        {V1 ";q=0," LATEST ";q=0.000, application/*", JSON},
        {JSON "; charset=utf-8", JSON},
        {JSON ";charset=utf-8;q=0.2, " LATEST ";q=.3", LATEST},
        {"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
         V1}, /* Java's own, when none is set */
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", V1},
        {"application/vnd.schemaregistry.v2+json; q=0.1, " LATEST "; q=0.9", LATEST},
        {" , ,\t" JSON "\t;\tq=1 , ", JSON},
        {JSON ";q=much", JSON},
        {JSON ";q=7", JSON},
        {"text/html", NOTHING},
        {"text/*", NOTHING},
        {"application/vnd.schemaregistry.v2+json", NOTHING},
        {"application/vnd.schemaregistry.v1+jsonx", NOTHING},
        {"application", NOTHING},
        {"application/", NOTHING},
        {"*/json", NOTHING},
        {"*/*;q=0", NOTHING},
        {JSON ";q=0", NOTHING},
        {JSON ";q=0.0, " JSON "x", NOTHING},
        {"application/xml;q=\"a, " JSON "\"", NOTHING},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = ERR_INIT;
        struct http_request *req = http_request_make(HTTP_GET, "/subjects", NULL, 0);
        if (rows[i].accept != NULL) {
            http_request_add_header(req, "accept", rows[i].accept);
        }
        const char *type = reg_media_type(req);
        if ((type == NULL) != (rows[i].type == NULL) ||
            (type != NULL && strcmp(type, rows[i].type) != 0)) {
            fail_msg("Accept: %s: %s, not %s", rows[i].accept, type, rows[i].type);
        }
        assert_int_equal(reg_media_check(req, &err), type != NULL ? 0 : -1);
        assert_int_equal(err.code, type != NULL ? ERR_NONE : ERR_NOT_ACCEPTABLE);
        http_request_free(&req);
    }
}

static int sent(enum http_method method, const char *type)
{
    struct err err = ERR_INIT;
    struct http_request *req = http_request_make(method, "/subjects", "{}", 2);
    if (type != NULL) {
        http_request_add_header(req, "content-type", type);
    }
    int rc = reg_media_check(req, &err);
    assert_true(rc == 0 || err.code == ERR_BAD_MEDIA_TYPE);
    http_request_free(&req);
    return rc;
}

static void a_body_is_one_of_ours_or_of_no_type(void **state)
{
    static const char *const taken[] = {
        NULL,
        "",
        V1,
        LATEST,
        JSON,
        "application/octet-stream",
        "APPLICATION/Json",
        " " JSON " ; charset=UTF-8",
        V1 ";charset=utf-8",
    };
    static const char *const refused[] = {
        "text/html",
        "text/plain; charset=utf-8",
        "application/x-www-form-urlencoded",
        "application/vnd.schemaregistry.v2+json",
        "application/jsonx",
        "json",
        "application/*",
        "*/*",
        "application/xml; " JSON,
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        assert_int_equal(sent(HTTP_POST, taken[i]), 0);
        assert_int_equal(sent(HTTP_PUT, taken[i]), 0);
    }
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_int_equal(sent(HTTP_POST, refused[i]), -1);
        assert_int_equal(sent(HTTP_PUT, refused[i]), -1);
        assert_int_equal(sent(HTTP_GET, refused[i]), 0); /* nothing is read of it */
        assert_int_equal(sent(HTTP_DELETE, refused[i]), 0);
    }
}

/* The catalogue of sources: the path's own types. */
static void a_path_may_have_types_of_its_own(void **state)
{
    static const char *const offered[] = {"application/json", "text/csv; charset=utf-8",
                                          "text/html; charset=utf-8", "application/ld+json"};
    static const struct {
        const char *accept;
        int chosen;
    } rows[] = {
        {NULL, 0},
        {"text/csv", 1},
        {"text/*", 1},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 2},
        {"application/ld+json;q=0.9, text/csv;q=0.1", 3},
        {"application/*", 0},
        {"application/*;q=0.2, text/csv;q=0.3", 1},
        {"image/png", -1},
        {"text", -1},
        {"text/csvx", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = ERR_INIT;
        struct http_request *req =
            http_request_make(HTTP_GET, "/contexts/.x/nrc/v1/catalogue/?agency=moh", NULL, 0);
        if (rows[i].accept != NULL) {
            http_request_add_header(req, "accept", rows[i].accept);
        }
        assert_int_equal(reg_media_choose(req, offered, COUNT_OF(offered)), rows[i].chosen);
        assert_int_equal(reg_media_check(req, &err), 0);
        http_request_free(&req);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_may_have_types_of_its_own),
        cmocka_unit_test(the_type_that_is_liked_best_is_answered),
        cmocka_unit_test(a_body_is_one_of_ours_or_of_no_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
