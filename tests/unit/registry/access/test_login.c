/* SPDX-License-Identifier: Apache-2.0
 * What a login is read from, what is remembered of it, and how failures are slowed: all without a
 * register, and on a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "registry/access/login.h"
#include "registry/access/login_cache.h"
#include "registry/access/login_pause.h"

/* -- credentials */

static void what_clients_send_is_read(void **state)
{
    static const struct {
        const char *header;
        const char *name;
        const char *secret;
    } cases[] = {
        {"Basic bW9oLmJpcnRoczpzM2NyZXQ=", "moh.births", "s3cret"},
        {"basic bW9oLmJpcnRoczpzM2NyZXQ=", "moh.births", "s3cret"},
        {"BASIC   bW9oLmJpcnRoczpzM2NyZXQ= ", "moh.births", "s3cret"},
        {"Basic bW9oLmJpcnRoczpzM2NyZXQ", "moh.births", "s3cret"},
        {"Basic YTpiOmM6", "a", "b:c:"}, /* a:b:c: — the first sign parts them */
        {"Bearer moh.births.s3cret", "moh.births", "s3cret"},
        {"bearer a.b", "a", "b"},
        {"Basic TW9IOng=", "", "x"},         /* MoH: no account is called so */
        {"Basic YW5vbnltb3VzOng=", "", "x"}, /* anonymous */
        {"Basic Ong=", "", "x"},             /* :x */
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reg_credentials who;
        if (!reg_credentials_read(cases[i].header, &who)) {
            fail_msg("%s is not read", cases[i].header);
        }
        assert_string_equal(who.name, cases[i].name);
        assert_string_equal(who.secret, cases[i].secret);
    }
}

static void what_is_no_login_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "Basic",
        "Basic ",
        "Bearer",
        "Bearer ",
        "Bearer nodot",
        "Bearer name.",
        "Basic YQ==",     /* a */
        "Basic YTo=",     /* a: */
        "Basic YToAYg==", /* a NUL in the secret */
        "Basic YQA6Yg==", /* and in the name */
        "Basic !!!!",
        "Basic YTpi\nYTpi",
        "BasicYTpi",
        "Digest username=\"a\"",
        "Basic YTpi, Basic YTpi", /* two of them, joined */
        "Negotiate YTpi",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reg_credentials who;
        if (reg_credentials_read(cases[i], &who)) {
            fail_msg("%s is read as \"%s\", \"%s\"", cases[i], who.name, who.secret);
        }
    }
}

static void lengths_are_bounded(void **state)
{
    (void)state;
    char header[1024];
    struct reg_credentials who;
    for (size_t len = 250; len < 262; len++) {
        snprintf(header, sizeof(header), "Bearer a.%0*d", (int)len, 7);
        assert_int_equal(reg_credentials_read(header, &who), len < REG_LOGIN_SECRET_SIZE);
    }
    for (size_t len = 60; len < 70; len++) { /* a name too long is nobody's */
        snprintf(header, sizeof(header), "Bearer a%0*d.x", (int)len - 1, 7);
        assert_true(reg_credentials_read(header, &who));
        assert_int_equal(strlen(who.name), len < REG_LOGIN_NAME_SIZE ? len : 0);
    }
    char *at = header + snprintf(header, sizeof(header), "Basic ");
    memset(at, 'A', 900);
    at[900] = '\0';
    assert_false(reg_credentials_read(header, &who));
}

/* -- pauses */

static struct reg_pause *make_pause(void)
{
    struct err err = ERR_INIT;
    struct reg_pause *pause = reg_pause_new(&err);
    assert_non_null(pause);
    return pause;
}

/* From a peer of its own each time, so that the name alone is paused. */
static void fail_name(struct reg_pause *pause, const char *name, int times, int64_t now_ms)
{
    static int peers;
    char peer[24];
    for (int i = 0; i < times; i++) {
        snprintf(peer, sizeof(peer), "peer %d", peers++);
        reg_pause_fail(pause, name, peer, now_ms);
    }
}

static int64_t left_of_name(const struct reg_pause *pause, const char *name, int64_t now_ms)
{
    return reg_pause_left_ms(pause, name, "elsewhere", now_ms);
}

static void the_fifth_failure_begins_a_pause_that_doubles_up_to_a_minute(void **state)
{
    static const int64_t pauses_ms[] = {0,    0,    0,     0,     1000,  2000,
                                        4000, 8000, 16000, 32000, 60000, 60000};
    (void)state;
    struct reg_pause *pause = make_pause();
    for (size_t i = 0; i < COUNT_OF(pauses_ms); i++) {
        fail_name(pause, "a", 1, 5000);
        assert_int_equal(left_of_name(pause, "a", 5000), pauses_ms[i]);
    }
    assert_int_equal(left_of_name(pause, "a", 64999), 1);
    assert_int_equal(left_of_name(pause, "a", 65000), 0);
    assert_int_equal(left_of_name(pause, "b", 5000), 0);
    reg_pause_free(&pause);
}

static void name_after_name_from_one_peer_pauses_the_peer(void **state)
{
    static const char *const names[] = {"a", "b", "", "c", "", "d"};
    static const int64_t pauses_ms[] = {0, 0, 0, 0, 1000, 2000};
    (void)state;
    struct reg_pause *pause = make_pause();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        reg_pause_fail(pause, names[i], "10.0.0.1", 0);
        assert_int_equal(reg_pause_left_ms(pause, "new", "10.0.0.1", 0), pauses_ms[i]);
        assert_int_equal(reg_pause_left_ms(pause, "", "10.0.0.1", 0), pauses_ms[i]);
        assert_int_equal(reg_pause_left_ms(pause, names[i], "10.0.0.2", 0), 0);
    }
    reg_pause_free(&pause);
}

static void a_failure_is_forgotten_each_half_minute(void **state)
{
    static const int64_t late_ms = 59999 + 5 * REG_PAUSE_FORGET_MS;
    (void)state;
    struct reg_pause *pause = make_pause();
    fail_name(pause, "a", 4, 0);
    fail_name(pause, "a", 1, 30000); /* four, less one, and one */
    assert_int_equal(left_of_name(pause, "a", 30000), 0);
    fail_name(pause, "a", 1, 59999); /* not yet another */
    assert_int_equal(left_of_name(pause, "a", 59999), 1000);
    fail_name(pause, "a", 4, late_ms);
    assert_int_equal(left_of_name(pause, "a", late_ms), 0);
    /* Failing again does not begin the half minute anew. */
    fail_name(pause, "b", 3, 0);
    fail_name(pause, "b", 1, 29999);
    fail_name(pause, "b", 1, 30000);
    assert_int_equal(left_of_name(pause, "b", 30000), 0);
    reg_pause_free(&pause);
}

/* One client with an old secret tries as often as it may; others of its address get in. */
static void one_failing_name_does_not_shut_its_address(void **state)
{
    (void)state;
    struct reg_pause *pause = make_pause();
    int64_t tries = 0;
    int64_t shut_ms = 0;
    for (int64_t now_ms = 0; now_ms < 3600000; now_ms += 500) {
        if (reg_pause_left_ms(pause, "old", "10.0.0.1", now_ms) == 0) {
            reg_pause_fail(pause, "old", "10.0.0.1", now_ms);
            tries++;
        }
        shut_ms += reg_pause_left_ms(pause, "other", "10.0.0.1", now_ms) > 0 ? 500 : 0;
    }
    assert_in_range(tries, 60, 200); /* and is slowed itself */
    assert_in_range(shut_ms, 0, 5000);
    reg_pause_free(&pause);
}

static void a_right_secret_clears_the_name_and_not_the_peer(void **state)
{
    (void)state;
    struct reg_pause *pause = make_pause();
    for (int i = 0; i < 4; i++) {
        reg_pause_fail(pause, "a", "10.0.0.1", 0);
    }
    reg_pause_clear(pause, "a");
    reg_pause_clear(pause, "never seen");
    reg_pause_fail(pause, "a", "10.0.0.1", 0);
    assert_int_equal(left_of_name(pause, "a", 0), 0);
    assert_int_equal(reg_pause_left_ms(pause, "b", "10.0.0.1", 0), 1000);
    reg_pause_free(&pause);
}

static void a_flood_of_names_does_not_free_one_that_is_paused(void **state)
{
    (void)state;
    struct reg_pause *pause = make_pause();
    char name[24];
    fail_name(pause, "a", 7, 0);
    for (int i = 0; i < 20 * REG_PAUSE_ENTRIES; i++) {
        snprintf(name, sizeof(name), "flood%d", i);
        fail_name(pause, name, 1, 1);
    }
    assert_int_equal(left_of_name(pause, "a", 1), 3999);
    reg_pause_free(&pause);
}

/* -- what is remembered */

static struct reg_cached_login known_until(int64_t until_ms, const char *name)
{
    struct reg_cached_login cached = {.roles = 1, .until_ms = until_ms};
    snprintf(cached.name, sizeof(cached.name), "%s", name);
    return cached;
}

static void a_login_is_remembered_until_its_time_is_over(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct reg_login_cache *cache = reg_login_cache_new(&err);
    const uint8_t a[SECRET_MAC_BYTES] = {1};
    uint8_t b[SECRET_MAC_BYTES] = {1};
    b[SECRET_MAC_BYTES - 1] = 1; /* of the same set */
    struct reg_cached_login cached = known_until(1000, "a");
    assert_null(reg_login_cache_find(cache, a, 0));
    reg_login_cache_put(cache, a, &cached);
    assert_string_equal(reg_login_cache_find(cache, a, 999)->name, "a");
    assert_null(reg_login_cache_find(cache, b, 999));
    assert_null(reg_login_cache_find(cache, a, 1000));
    reg_login_cache_forget(cache, b);
    assert_non_null(reg_login_cache_find(cache, a, 999));
    reg_login_cache_forget(cache, a);
    assert_null(reg_login_cache_find(cache, a, 0));
    reg_login_cache_free(&cache);
}

static void a_full_set_forgets_who_would_be_forgotten_first(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct reg_login_cache *cache = reg_login_cache_new(&err);
    for (uint8_t i = 0; i < 5; i++) {
        const uint8_t mac[SECRET_MAC_BYTES] = {7, 7, i};
        struct reg_cached_login cached = known_until(i == 2 ? 100 : 200 + i, "x");
        reg_login_cache_put(cache, mac, &cached);
        reg_login_cache_put(cache, mac, &cached); /* twice is once */
    }
    for (uint8_t i = 0; i < 5; i++) {
        const uint8_t mac[SECRET_MAC_BYTES] = {7, 7, i};
        assert_int_equal(reg_login_cache_find(cache, mac, 0) != NULL, i != 2);
    }
    reg_login_cache_free(&cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_clients_send_is_read),
        cmocka_unit_test(what_is_no_login_is_refused),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(the_fifth_failure_begins_a_pause_that_doubles_up_to_a_minute),
        cmocka_unit_test(name_after_name_from_one_peer_pauses_the_peer),
        cmocka_unit_test(a_failure_is_forgotten_each_half_minute),
        cmocka_unit_test(one_failing_name_does_not_shut_its_address),
        cmocka_unit_test(a_right_secret_clears_the_name_and_not_the_peer),
        cmocka_unit_test(a_flood_of_names_does_not_free_one_that_is_paused),
        cmocka_unit_test(a_login_is_remembered_until_its_time_is_over),
        cmocka_unit_test(a_full_set_forgets_who_would_be_forgotten_first),
    };
    return cmocka_run_group_tests_name("login", tests, NULL, NULL);
}
