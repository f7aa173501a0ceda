/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "registry/cache.h"

static struct reg_cache *cache;

static int start(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    cache = reg_cache_new(&err);
    return cache != NULL ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    reg_cache_free(&cache);
    return 0;
}

static void put(uint64_t generation, const char *key, const char *body)
{
    const struct reg_cached answer = {body, strlen(body), (int32_t)strlen(body)};
    reg_cache_put(cache, generation, key, &answer);
}

/* The body, or "(none)". */
static const char *get(uint64_t generation, const char *key)
{
    static char text[64];
    struct buf out = BUF_INIT;
    int32_t schema_id = -1;
    bool hit = reg_cache_get(cache, generation, key, &out, &schema_id);
    assert_int_equal(schema_id, hit ? (int32_t)out.len : -1);
    snprintf(text, sizeof(text), "%s", hit ? buf_cstr(&out) : "(none)");
    assert_true(hit || out.len == 0);
    buf_fini(&out);
    return text;
}

static void an_answer_is_given_back_under_its_key(void **state)
{
    (void)state;
    put(1, "/schemas/ids/1", "one");
    put(1, "/schemas/ids/2", "");
    assert_string_equal(get(1, "/schemas/ids/1"), "one");
    assert_string_equal(get(1, "/schemas/ids/2"), "");
    assert_string_equal(get(1, "/schemas/ids/3"), "(none)");
    assert_string_equal(get(1, "/schemas/ids/"), "(none)");
}

static void it_is_appended_to_what_is_there(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    put(1, "k", "body");
    buf_put_str(&out, "before ");
    int32_t schema_id;
    assert_true(reg_cache_get(cache, 1, "k", &out, &schema_id));
    assert_string_equal(buf_cstr(&out), "before body");
    buf_fini(&out);
}

static void the_last_put_wins(void **state)
{
    (void)state;
    put(1, "k", "old");
    put(1, "k", "the new one");
    assert_string_equal(get(1, "k"), "the new one");
    assert_int_equal(reg_cache_count(cache), 1);
    assert_int_equal(reg_cache_bytes(cache), strlen("k") + 1 + strlen("the new one"));
}

static void an_answer_holds_for_its_generation_alone(void **state)
{
    (void)state;
    put(1, "k", "one");
    assert_string_equal(get(2, "k"), "(none)");
    assert_string_equal(get(1, "k"), "one");
    put(2, "other", "two");
    assert_string_equal(get(1, "k"), "(none)");
    assert_string_equal(get(2, "k"), "(none)");
    assert_int_equal(reg_cache_count(cache), 1);
}

static void generation_0_keeps_nothing(void **state)
{
    (void)state;
    put(0, "k", "zero");
    assert_string_equal(get(0, "k"), "(none)");
    assert_int_equal(reg_cache_count(cache), 0);
    put(1, "k", "one");
    assert_string_equal(get(0, "k"), "(none)");
}

static void entries_are_bounded(void **state)
{
    (void)state;
    char key[32];
    for (int i = 0; i < 4 * REG_CACHE_ENTRIES; i++) {
        snprintf(key, sizeof(key), "/schemas/ids/%d", i);
        put(1, key, key);
        assert_string_equal(get(1, key), key); /* the newest is always there */
    }
    assert_true(reg_cache_count(cache) <= REG_CACHE_ENTRIES);
    assert_true(reg_cache_count(cache) > REG_CACHE_ENTRIES / 2);
}

static void bytes_are_bounded(void **state)
{
    (void)state;
    static char body[REG_CACHE_BODY_BYTES];
    char key[32];
    for (int i = 0; i < 100; i++) {
        snprintf(key, sizeof(key), "%d", i);
        reg_cache_put(cache, 1, key, &(struct reg_cached){body, sizeof(body), 1});
        assert_true(reg_cache_bytes(cache) <= REG_CACHE_BYTES);
    }
    assert_true(reg_cache_count(cache) > 20);
    put(2, "k", "v");
    assert_int_equal(reg_cache_bytes(cache), 3);
}

static void what_is_too_large_is_not_kept(void **state)
{
    (void)state;
    static char body[REG_CACHE_BODY_BYTES + 1];
    char key[REG_CACHE_KEY_BYTES + 2];
    reg_cache_put(cache, 1, "k", &(struct reg_cached){body, sizeof(body), 1});
    memset(key, 'k', sizeof(key) - 1);
    key[sizeof(key) - 1] = '\0';
    put(1, key, "body");
    assert_int_equal(reg_cache_count(cache), 0);
    put(1, key + 1, "body");
    assert_string_equal(get(1, key + 1), "body");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(an_answer_is_given_back_under_its_key),
        TEST(it_is_appended_to_what_is_there),
        TEST(the_last_put_wins),
        TEST(an_answer_holds_for_its_generation_alone),
        TEST(generation_0_keeps_nothing),
        TEST(entries_are_bounded),
        TEST(bytes_are_bounded),
        TEST(what_is_too_large_is_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
