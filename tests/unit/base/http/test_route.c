/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/http/request_priv.h"

static int root(struct http_request *req, struct err *err)
{
    (void)err;
    buf_put_str(http_out(req), "{}");
    http_ok(req, 200, "application/json");
    return 0;
}

static int show(struct http_request *req, struct err *err)
{
    (void)err;
    buf_printf(http_out(req), "show %s %s", http_param(req, "subject"), http_param(req, "version"));
    assert_string_equal(http_param(req, "nothing"), "");
    http_ok(req, 200, "text/plain");
    return 0;
}

static int types(struct http_request *req, struct err *err)
{
    (void)err;
    buf_put_str(http_out(req), "types");
    http_ok(req, 200, "text/plain");
    return 0;
}

static int tail(struct http_request *req, struct err *err)
{
    (void)err;
    buf_printf(http_out(req), "tail:%s", http_param(req, "rest"));
    http_ok(req, 200, "text/plain");
    return 0;
}

static int room(struct http_request *req, struct err *err)
{
    (void)err;
    buf_printf(http_out(req), "room:%s subject:%s rest:%s", http_param(req, "room"),
               http_param(req, "subject"), http_param(req, "rest"));
    http_ok(req, 200, "text/plain");
    return 0;
}

static int nothing(struct http_request *req, struct err *err)
{
    (void)req;
    (void)err;
    return 0;
}

static int half(struct http_request *req, struct err *err)
{
    buf_put_str(http_out(req), "half an ans");
    http_ok(req, 200, "text/plain");
    http_set_header(req, "X-Kept", "1");
    return err_set(err, ERR_KIND_FATAL, ERR_EXISTS, "taken");
}

static int silent_failure(struct http_request *req, struct err *err)
{
    (void)req;
    (void)err;
    return -1;
}

static int no_status(struct http_request *req, struct err *err)
{
    (void)err;
    buf_put_str(http_out(req), "x");
    return 0;
}

static int bad_status(struct http_request *req, struct err *err)
{
    (void)err;
    http_ok(req, 20, "text/plain");
    return 0;
}

static int own_length(struct http_request *req, struct err *err)
{
    (void)err;
    http_set_header(req, "Content-Length", "7");
    http_ok(req, 200, "text/plain");
    return 0;
}

static int no_memory(struct http_request *req, struct err *err)
{
    (void)err;
    buf_grow(http_out(req), SIZE_MAX);
    http_ok(req, 200, "text/plain");
    return 0;
}

/* The parameters stand before the literals on purpose: the order must not matter. */
static const struct http_route routes[] = {
    {HTTP_GET, "/", 0, root, "the root"},
    {HTTP_GET, "/subjects/{subject}/versions/{version}", 0, show, ""},
    {HTTP_DELETE, "/subjects/{subject}/versions/{version}", 0, show, ""},
    {HTTP_GET, "/subjects/{subject}", 0, show, ""},
    {HTTP_GET, "/subjects/types", 0, types, ""},
    {HTTP_POST, "/subjects/{subject}", 0, show, ""},
    {HTTP_GET, "/files/{rest*}", 0, tail, ""},
    {HTTP_GET, "/files/types", 0, types, ""},
    {HTTP_GET, "/nothing", 0, nothing, ""},
    {HTTP_GET, "/half", 0, half, ""},
    {HTTP_GET, "/silent", 0, silent_failure, ""},
    {HTTP_GET, "/no-status", 0, no_status, ""},
    {HTTP_GET, "/bad-status", 0, bad_status, ""},
    {HTTP_GET, "/own-length", 0, own_length, ""},
    {HTTP_GET, "/no-memory", 0, no_memory, ""},
    {HTTP_GET, "/closed", 3, types, ""},
};

static unsigned asked_roles;
static int times_asked;
static int times_answered;

static int authorize(struct http_request *req, unsigned roles, struct err *err)
{
    asked_roles = roles;
    times_asked++;
    if (http_header(req, "Authorization") == NULL) {
        http_set_header(req, "WWW-Authenticate", "Basic");
        return err_set(err, ERR_KIND_FATAL, ERR_UNAUTHENTICATED, "who?");
    }
    http_set_principal(req, &asked_roles);
    return 0;
}

static void write_failure(struct http_request *req, const struct err *err)
{
    buf_printf(http_out(req), "failed: %s", err_token(err->code));
    http_ok(req, err_http_status(err->code), "application/json");
}

static void count_answer(struct http_request *req)
{
    assert_true(http_status(req) > 0);
    times_answered++;
}

static const struct http_app app = {
    .routes = routes,
    .route_count = COUNT_OF(routes),
    .authorize = authorize,
    .fail = write_failure,
    .answered = count_answer,
};

static struct http_request *ask(enum http_method method, const char *target)
{
    struct http_request *req = http_request_make(method, target, NULL, 0);
    assert_non_null(req);
    http_dispatch(&app, (void *)&app, req);
    return req;
}

static void answers(enum http_method method, const char *target, int status, const char *body)
{
    struct http_request *req = ask(method, target);
    assert_int_equal(http_status(req), status);
    assert_string_equal(buf_cstr(http_out(req)), body);
    http_request_free(&req);
}

static void a_path_finds_its_handler(void **state)
{
    (void)state;
    answers(HTTP_GET, "/", 200, "{}");
    answers(HTTP_GET, "/subjects/a%2Fb/versions/3", 200, "show a/b 3");
    answers(HTTP_GET, "/subjects/a/versions/3/", 200, "show a 3");
    answers(HTTP_GET, "/subjects/a?unknown=1", 200, "show a ");
    answers(HTTP_DELETE, "/subjects/a/versions/3", 200, "show a 3");
}

static void a_literal_goes_before_a_parameter(void **state)
{
    (void)state;
    answers(HTTP_GET, "/subjects/types", 200, "types");
    answers(HTTP_POST, "/subjects/types", 200, "show types ");
    answers(HTTP_GET, "/files/types", 200, "types");
}

static void a_rest_takes_the_whole_tail(void **state)
{
    (void)state;
    answers(HTTP_GET, "/files/a/b%2Fc/d", 200, "tail:a/b/c/d");
    answers(HTTP_GET, "/files/", 200, "tail:");
    answers(HTTP_GET, "/files/types/x", 200, "tail:types/x");
}

static void what_has_no_route_is_404(void **state)
{
    (void)state;
    static const char *const targets[] = {
        "/Subjects/a",
        "/subjects",
        "/subjects//versions/1",
        "/subjects//",
        "//",
        "/subject",
        "/subjects/a/b",
        "/subjects/a/versions",
        "/subjectss",
        "/%20",
        "/nothing/x",
        "/subjects/a/b/c/d/",
        "/{subject}",
    };
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        answers(HTTP_GET, targets[i], 404, "failed: no_route");
    }
}

static void every_route_is_there_below_the_applications_own_beginning_too(void **state)
{
    static const struct http_route below[] = {
        {HTTP_GET, "/", 0, room, ""},
        {HTTP_GET, "/in", 0, types, ""},
        {HTTP_GET, "/a/{subject}", 0, room, ""},
        {HTTP_GET, "/t/{rest*}", 0, room, ""},
        {HTTP_POST, "/in/attic/a", 0, types, ""},
    };
    static const struct http_app house = {.routes = below,
                                          .route_count = COUNT_OF(below),
                                          .under = "/in/{room}",
                                          .fail = write_failure};
    static const struct {
        const char *target;
        int status;
        const char *body;
    } rows[] = {
        {"/a/s", 200, "room: subject:s rest:"},
        {"/in/hall/a/s%2Ft", 200, "room:hall subject:s/t rest:"},
        {"/in/%3A.x%3A/a/s/", 200, "room::.x: subject:s rest:"},
        {"/in/hall", 200, "room:hall subject: rest:"},
        {"/in/hall/", 200, "room:hall subject: rest:"},
        {"/in/hall/t/a/b", 200, "room:hall subject: rest:a/b"},
        {"/in/hall/in", 200, "types"},
        {"/in", 200, "types"},
        {"/in/", 200, "types"},
        {"/in//a/s", 404, "failed: no_route"},
        {"/in/hall/in/hall/a/s", 404, "failed: no_route"},
        {"/in/hall/b", 404, "failed: no_route"},
        {"/In/hall/a/s", 404, "failed: no_route"},
        {"/in/attic/a", 405, "failed: bad_method"}, /* a route of its own goes before */
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_request *req = http_request_make(HTTP_GET, rows[i].target, NULL, 0);
        http_dispatch(&house, NULL, req);
        assert_string_equal(buf_cstr(http_out(req)), rows[i].body);
        assert_int_equal(http_status(req), rows[i].status);
        http_request_free(&req);
    }
}

static void a_method_that_is_not_known_is_told_what_is(void **state)
{
    (void)state;
    struct http_request *req = ask(HTTP_PUT, "/subjects/a");
    assert_int_equal(http_status(req), 405);
    assert_string_equal(http_answer_header(req, "Allow"), "GET, HEAD, POST");
    http_request_free(&req);
    req = ask((enum http_method)0, "/subjects/a/versions/1");
    assert_int_equal(http_status(req), 405);
    assert_string_equal(http_answer_header(req, "Allow"), "GET, HEAD, DELETE");
    http_request_free(&req);
    answers((enum http_method)0, "/none", 404, "failed: no_route");
}

static void a_bad_target_is_a_failure_of_the_application(void **state)
{
    (void)state;
    answers(HTTP_GET, "/subjects/%zz", 400, "failed: bad_request");
    answers(HTTP_GET, "/?a=%00", 400, "failed: bad_request");
}

static void nothing_written_is_204(void **state)
{
    (void)state;
    answers(HTTP_GET, "/nothing", 204, "");
}

static void half_an_answer_never_goes_out(void **state)
{
    (void)state;
    struct http_request *req = ask(HTTP_GET, "/half");
    assert_int_equal(http_status(req), 409);
    assert_string_equal(buf_cstr(http_out(req)), "failed: exists");
    assert_string_equal(http_type(req), "application/json");
    assert_string_equal(http_answer_header(req, "x-kept"), "1");
    http_request_free(&req);
}

static void what_a_handler_does_wrong_is_a_bug_and_an_answer(void **state)
{
    (void)state;
    answers(HTTP_GET, "/silent", 500, "failed: bug");
    answers(HTTP_GET, "/no-status", 500, "failed: bug");
    answers(HTTP_GET, "/bad-status", 500, "failed: bug");
    answers(HTTP_GET, "/own-length", 500, "failed: bug");
    answers(HTTP_GET, "/no-memory", 500, "failed: no_memory");
}

static void only_a_route_with_roles_asks_who(void **state)
{
    (void)state;
    asked_roles = 0;
    answers(HTTP_GET, "/", 200, "{}");
    assert_int_equal(asked_roles, 0);

    struct http_request *req = ask(HTTP_GET, "/closed");
    assert_int_equal(http_status(req), 401);
    assert_int_equal(asked_roles, 3);
    assert_string_equal(http_answer_header(req, "WWW-Authenticate"), "Basic");
    http_request_free(&req);

    req = http_request_make(HTTP_GET, "/closed", NULL, 0);
    http_request_add_header(req, "authorization", "x");
    http_dispatch(&app, (void *)&app, req);
    assert_int_equal(http_status(req), 200);
    assert_ptr_equal(http_principal(req), &asked_roles);
    assert_ptr_equal(http_worker(req), &app);
    http_request_free(&req);
}

static void what_was_admitted_is_not_asked_again(void **state)
{
    (void)state;
    times_asked = times_answered = 0;
    struct http_request *req = http_request_make(HTTP_GET, "/closed", NULL, 0);
    http_request_add_header(req, "authorization", "x");
    assert_true(http_admit(&app, (void *)&app, req));
    assert_int_equal(http_status(req), 0);
    assert_int_equal(times_answered, 0);
    http_dispatch(&app, (void *)&app, req);
    assert_int_equal(http_status(req), 200);
    assert_int_equal(times_asked, 1);
    assert_int_equal(times_answered, 1);
    http_dispatch(&app, (void *)&app, req); /* another request, as far as anybody knows */
    assert_int_equal(times_asked, 2);
    http_request_free(&req);
}

static void what_is_not_admitted_is_answered_at_once(void **state)
{
    (void)state;
    static const struct {
        enum http_method method;
        const char *target;
        int status;
    } rows[] = {{HTTP_GET, "/closed", 401},
                {HTTP_GET, "/none", 404},
                {HTTP_PUT, "/closed", 405},
                {HTTP_GET, "/%zz", 400}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        times_answered = 0;
        struct http_request *req = http_request_make(rows[i].method, rows[i].target, NULL, 0);
        assert_false(http_admit(&app, (void *)&app, req));
        assert_int_equal(http_status(req), rows[i].status);
        assert_int_equal(times_answered, 1);
        http_request_free(&req);
    }
}

static void a_body_that_turns_out_bad_does_not_reach_the_handler(void **state)
{
    (void)state;
    struct http_request *req = http_request_make(HTTP_GET, "/", NULL, 0);
    assert_true(http_admit(&app, (void *)&app, req));
    for (int i = 0; i <= HTTP_HEADERS_MAX; i++) {
        char name[16];
        snprintf(name, sizeof(name), "x-%d", i);
        http_request_add_header(req, name, "v");
    }
    http_dispatch(&app, (void *)&app, req);
    assert_int_equal(http_status(req), 431);
    http_request_free(&req);
}

static void without_authorize_a_route_with_roles_is_closed(void **state)
{
    (void)state;
    struct http_app open = app;
    open.authorize = NULL;
    struct http_request *req = http_request_make(HTTP_GET, "/closed", NULL, 0);
    http_dispatch(&open, NULL, req);
    assert_int_equal(http_status(req), 403);
    http_request_free(&req);
}

static void without_fail_there_is_a_status(void **state)
{
    (void)state;
    struct http_app dumb = app;
    dumb.fail = NULL;
    struct http_request *req = http_request_make(HTTP_GET, "/half", NULL, 0);
    http_dispatch(&dumb, NULL, req);
    assert_int_equal(http_status(req), 409);
    assert_int_equal(http_out(req)->len, 0);
    http_request_free(&req);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_finds_its_handler),
        cmocka_unit_test(a_literal_goes_before_a_parameter),
        cmocka_unit_test(a_rest_takes_the_whole_tail),
        cmocka_unit_test(what_has_no_route_is_404),
        cmocka_unit_test(every_route_is_there_below_the_applications_own_beginning_too),
        cmocka_unit_test(a_method_that_is_not_known_is_told_what_is),
        cmocka_unit_test(a_bad_target_is_a_failure_of_the_application),
        cmocka_unit_test(nothing_written_is_204),
        cmocka_unit_test(half_an_answer_never_goes_out),
        cmocka_unit_test(what_a_handler_does_wrong_is_a_bug_and_an_answer),
        cmocka_unit_test(only_a_route_with_roles_asks_who),
        cmocka_unit_test(what_was_admitted_is_not_asked_again),
        cmocka_unit_test(what_is_not_admitted_is_answered_at_once),
        cmocka_unit_test(a_body_that_turns_out_bad_does_not_reach_the_handler),
        cmocka_unit_test(without_authorize_a_route_with_roles_is_closed),
        cmocka_unit_test(without_fail_there_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
