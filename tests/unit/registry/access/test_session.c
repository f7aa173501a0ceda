/* SPDX-License-Identifier: Apache-2.0
 * Sessions, their cookie, and where a request comes from: without a register, and on a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/http/http.h"
#include "registry/access/origin.h"
#include "registry/access/session.h"

enum { LIFE_MS = 1000, IDLE_MS = 400, MOST = 16 };

static struct reg_sessions *made(size_t streams_each, size_t streams)
{
    struct err err = ERR_INIT;
    const struct reg_session_options options = {.most = MOST,
                                                .life_ms = LIFE_MS,
                                                .idle_ms = IDLE_MS,
                                                .streams_each = streams_each,
                                                .streams = streams};
    struct reg_sessions *sessions = reg_sessions_new(&options, &err);
    assert_non_null(sessions);
    return sessions;
}

static struct reg_session begun(struct reg_sessions *sessions, const char *account, int64_t now_ms,
                                char token[REG_SESSION_TOKEN_SIZE])
{
    struct err err = ERR_INIT;
    struct reg_session session;
    struct reg_cached_login login = {.roles = 2};
    snprintf(login.name, sizeof(login.name), "%s", account);
    assert_int_equal(reg_session_begin(sessions, &login, now_ms, token, &session, &err), 0);
    return session;
}

static void a_session_is_found_by_its_token_alone(void **state)
{
    (void)state;
    char one[REG_SESSION_TOKEN_SIZE];
    char two[REG_SESSION_TOKEN_SIZE];
    struct reg_sessions *sessions = made(8, 8);
    struct reg_session a = begun(sessions, "huda", 0, one);
    struct reg_session b = begun(sessions, "salim", 0, two);
    struct reg_session found;
    assert_string_not_equal(one, two);
    assert_string_not_equal(a.csrf, b.csrf);
    assert_string_not_equal(a.csrf, one);
    assert_true(reg_session_find(sessions, one, true, 1, &found));
    assert_string_equal(found.account.name, "huda");
    assert_string_equal(found.csrf, a.csrf);
    for (size_t i = 0; i < strlen(one); i++) {
        char other[REG_SESSION_TOKEN_SIZE];
        memcpy(other, one, sizeof(other));
        other[i] = other[i] == 'A' ? 'B' : 'A';
        assert_false(reg_session_find(sessions, other, true, 1, &found));
    }
    assert_false(reg_session_find(sessions, "", true, 1, &found));
    reg_sessions_free(&sessions);
}

static void a_session_ends_idle_or_old_or_ended(void **state)
{
    (void)state;
    char token[REG_SESSION_TOKEN_SIZE];
    struct reg_sessions *sessions = made(8, 8);
    struct reg_session s = begun(sessions, "huda", 0, token);
    assert_int_equal(s.ends_ms, IDLE_MS);
    assert_true(reg_session_find(sessions, token, false, IDLE_MS - 1, &s)); /* no use of a person */
    assert_false(reg_session_find(sessions, token, true, IDLE_MS, &s));
    s = begun(sessions, "huda", 0, token);
    for (int64_t now_ms = 0; now_ms < LIFE_MS; now_ms += IDLE_MS - 1) {
        assert_true(reg_session_find(sessions, token, true, now_ms, &s));
        assert_true(s.ends_ms <= LIFE_MS);
    }
    assert_false(reg_session_find(sessions, token, true, LIFE_MS, &s));
    s = begun(sessions, "huda", 0, token);
    assert_true(reg_session_lives(sessions, s.id, 1));
    reg_session_end(sessions, s.id);
    assert_false(reg_session_lives(sessions, s.id, 1));
    assert_false(reg_session_find(sessions, token, true, 1, &s));
    reg_sessions_free(&sessions);
}

/* Whoever has a session more than they may loses the one that was idle the longest, and nobody else's. */
static void an_account_has_at_most_ten(void **state)
{
    (void)state;
    char tokens[REG_SESSIONS_PER_ACCOUNT + 1][REG_SESSION_TOKEN_SIZE];
    char other[REG_SESSION_TOKEN_SIZE];
    struct reg_session s;
    struct reg_sessions *sessions = made(8, 8);
    begun(sessions, "salim", 0, other);
    for (int i = 0; i <= REG_SESSIONS_PER_ACCOUNT; i++) {
        begun(sessions, "huda", 1 + i, tokens[i]);
        if (i == 1) {
            assert_true(reg_session_find(sessions, tokens[0], true, 2, &s));
            assert_true(reg_session_find(sessions, tokens[0], true, 50, &s));
        }
    }
    assert_true(reg_session_find(sessions, other, true, 60, &s));
    assert_true(reg_session_find(sessions, tokens[0], true, 60, &s));
    assert_false(reg_session_find(sessions, tokens[1], true, 60, &s));
    for (int i = 2; i <= REG_SESSIONS_PER_ACCOUNT; i++) {
        assert_true(reg_session_find(sessions, tokens[i], true, 60, &s));
    }
    reg_sessions_free(&sessions);
}

static void a_full_table_gives_the_place_of_the_longest_idle(void **state)
{
    (void)state;
    char tokens[MOST + 1][REG_SESSION_TOKEN_SIZE];
    char name[16];
    struct reg_session s;
    struct reg_session_counts counts;
    struct reg_sessions *sessions = made(8, 8);
    for (int i = 0; i <= MOST; i++) {
        snprintf(name, sizeof(name), "a%d", i);
        begun(sessions, name, i, tokens[i]);
    }
    reg_session_counts(sessions, &counts);
    assert_int_equal(counts.now, MOST);
    assert_int_equal(counts.begun, MOST + 1);
    assert_false(reg_session_find(sessions, tokens[0], true, MOST, &s));
    for (int i = 1; i <= MOST; i++) {
        assert_true(reg_session_find(sessions, tokens[i], true, MOST, &s));
    }
    reg_sessions_free(&sessions);
}

static void streams_are_bounded_for_each_and_for_all(void **state)
{
    (void)state;
    char token[REG_SESSION_TOKEN_SIZE];
    struct reg_sessions *sessions = made(2, 3);
    struct reg_session a = begun(sessions, "huda", 0, token);
    struct reg_session b = begun(sessions, "salim", 0, token);
    assert_true(reg_session_stream(sessions, a.id, 1));
    assert_true(reg_session_stream(sessions, a.id, 1));
    assert_false(reg_session_stream(sessions, a.id, 1)); /* as many as it may */
    assert_true(reg_session_stream(sessions, b.id, 1));
    assert_false(reg_session_stream(sessions, b.id, 1)); /* as many as there may be */
    reg_session_end(sessions, a.id);
    reg_session_stream_ended(sessions, a.id); /* of a session that is over: still one less of all */
    assert_true(reg_session_stream(sessions, b.id, 1));
    assert_false(reg_session_stream(sessions, a.id, 1));
    reg_sessions_free(&sessions);
}

static void a_cookie_is_one_of_its_name_and_length(void **state)
{
    (void)state;
    char out[5];
    static const struct {
        const char *header;
        bool is_there;
    } rows[] = {
        {"n=abcd", true},
        {"a=b; n=abcd; c=d", true},
        {"a=b;n=abcd", true},
        {"n=abcd; n=abce", false}, /* one may be of a neighbour: which? */
        {"n=abc", false},
        {"n=abcde", false},
        {"xn=abcd", false},
        {"a=n=abcd", false},
        {"n", false},
        {"", false},
        {"n=abcd, n=abcd", false},
        {";;;", false},
        {"N=abcd", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(reg_cookie_read(rows[i].header, "n", out, sizeof(out)), rows[i].is_there);
    }
    assert_false(reg_cookie_read(NULL, "n", out, sizeof(out)));
}

/* A proxy that changes Host made every sign-in a foreign page's: the page's own URL can be told. */
static void a_foreign_page_is_known_by_what_the_browser_says(void **state)
{
    (void)state;
    static const struct {
        const char *site;
        const char *origin;
        const char *host;
        const char *url;
        bool is_own;
    } rows[] = {
        {"same-origin", "https://page:8443", "page:8443", "", true},
        {"same-origin", NULL, "page", "", true},
        {NULL, NULL, "page", "", true},
        {NULL, "http://page", "page", "", true},
        {NULL, "https://PAGE", "page", "", true},
        {"cross-site", NULL, "page", "", false},
        {"same-site", NULL, "page", "", false},
        {"none", NULL, "page", "", false},
        {"cross-site", "https://page", "page", "", false},
        {NULL, "https://evil", "page", "", false},
        {NULL, "https://page.evil", "page", "", false},
        {NULL, "https://page:9999", "page", "", false},
        {NULL, "null", "page", "", false},
        {NULL, "null", "null", "", false},
        {NULL, "", "page", "", false},
        {NULL, "https://", "", "", false},
        {NULL, "https://page", NULL, "", false},
        {"same-origin", "https://nrc.example", "10.0.0.7:8090", "https://nrc.example/", true},
        {"same-origin", "https://nrc.example", "10.0.0.7:8090", "https://nrc.example", true},
        {"same-origin", "http://nrc.example", "10.0.0.7:8090", "https://nrc.example", false},
        {NULL, "https://nrc.example.evil", "10.0.0.7:8090", "https://nrc.example", false},
        {NULL, "https://nrc.exampl", "10.0.0.7:8090", "https://nrc.example", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_request *req = http_request_make(HTTP_POST, "/session", "", 0);
        const char *const said[][2] = {
            {"Sec-Fetch-Site", rows[i].site}, {"Origin", rows[i].origin}, {"Host", rows[i].host}};
        for (size_t h = 0; h < COUNT_OF(said); h++) {
            if (said[h][1] != NULL) {
                http_request_add_header(req, said[h][0], said[h][1]);
            }
        }
        if (reg_is_own_origin(req, rows[i].url) != rows[i].is_own) {
            fail_msg("row %zu", i);
        }
        http_request_free(&req);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_found_by_its_token_alone),
        cmocka_unit_test(a_session_ends_idle_or_old_or_ended),
        cmocka_unit_test(an_account_has_at_most_ten),
        cmocka_unit_test(a_full_table_gives_the_place_of_the_longest_idle),
        cmocka_unit_test(streams_are_bounded_for_each_and_for_all),
        cmocka_unit_test(a_cookie_is_one_of_its_name_and_length),
        cmocka_unit_test(a_foreign_page_is_known_by_what_the_browser_says),
    };
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
