/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "registry/lookup_cache.h"

static struct reg_lookup_cache *cache;

static int start(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    cache = reg_lookup_cache_new(&err);
    return cache != NULL ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    reg_lookup_cache_free(&cache);
    return 0;
}

/* As good as a digest: each number has its own. */
static const uint8_t *digest_of(uint32_t number)
{
    static uint8_t digest[SHA256_BYTES];
    assert_int_equal(sha256_bytes(&number, sizeof(number), digest), 0);
    return digest;
}

static void put(uint32_t number, int32_t id)
{
    struct reg_lookup_key key = {.id = id, .version = 7, .is_known = true};
    memset(key.plain, (int)number & 0xFF, SHA256_BYTES);
    memset(key.normalized, (int)number & 0x7F, SHA256_BYTES);
    reg_lookup_cache_put(cache, digest_of(number), &key);
}

static void a_key_is_given_back_for_its_own_bytes_only(void **state)
{
    (void)state;
    put(1, 11);
    put(2, -1);
    struct reg_lookup_key one = reg_lookup_cache_get(cache, digest_of(1));
    assert_true(one.is_known);
    assert_int_equal(one.id, 11);
    assert_int_equal(one.version, 7);
    assert_int_equal(one.plain[0], 1);
    assert_int_equal(one.normalized[SHA256_BYTES - 1], 1);
    assert_int_equal(reg_lookup_cache_get(cache, digest_of(2)).id, -1);
    assert_false(reg_lookup_cache_get(cache, digest_of(3)).is_known);
    uint8_t near[SHA256_BYTES];
    memcpy(near, digest_of(1), SHA256_BYTES);
    near[SHA256_BYTES - 1] ^= 1;
    assert_false(reg_lookup_cache_get(cache, near).is_known);
    static const uint8_t zeros[SHA256_BYTES];
    assert_false(reg_lookup_cache_get(cache, zeros).is_known);
}

static void what_is_not_known_is_not_kept(void **state)
{
    (void)state;
    const struct reg_lookup_key nothing = {.id = 5};
    reg_lookup_cache_put(cache, digest_of(1), &nothing);
    assert_false(reg_lookup_cache_get(cache, digest_of(1)).is_known);
}

static void a_new_one_takes_the_place_of_an_old_one(void **state)
{
    (void)state;
    enum { ALL = 4 * REG_LOOKUP_CACHE_ENTRIES };
    int kept = 0;
    for (uint32_t number = 0; number < ALL; number++) {
        put(number, (int32_t)number);
        assert_int_equal(reg_lookup_cache_get(cache, digest_of(number)).id, number);
    }
    for (uint32_t number = 0; number < ALL; number++) {
        struct reg_lookup_key found = reg_lookup_cache_get(cache, digest_of(number));
        assert_true(!found.is_known || found.id == (int32_t)number);
        kept += found.is_known;
    }
    assert_in_range(kept, REG_LOOKUP_CACHE_ENTRIES / 2, REG_LOOKUP_CACHE_ENTRIES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_given_back_for_its_own_bytes_only, start, stop),
        cmocka_unit_test_setup_teardown(what_is_not_known_is_not_kept, start, stop),
        cmocka_unit_test_setup_teardown(a_new_one_takes_the_place_of_an_old_one, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
