/* SPDX-License-Identifier: Apache-2.0
 * Secrets: known answers of the RFCs, bounds, and that nothing depends on luck. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"

static void hex_of(const uint8_t *bytes, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++) {
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
}

/* RFC 4231, test case 1: a key of 20 bytes 0x0b; HMAC pads a key with zeroes, so 32 do the same. */
static void the_keyed_hash_is_hmac_sha256(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    uint8_t key[SECRET_KEY_BYTES] = {0};
    uint8_t mac[SECRET_MAC_BYTES];
    char hex[2 * SECRET_MAC_BYTES + 1];
    memset(key, 0x0b, 20);
    assert_int_equal(secret_mac(key, "Hi There", 8, mac, &err), 0);
    hex_of(mac, sizeof(mac), hex);
    assert_string_equal(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

/* Computed with Python: hashlib.scrypt(b'pleaseletmein', salt=b'SodiumChloride\0\0', n=…, r=8, p=1,
 * dklen=32). */
static void the_hash_is_scrypt(void **state)
{
    static const struct {
        uint32_t n;
        const char *hex;
    } cases[] = {
        {1 << 10, "62d22ee665a7a13521db6d8eb057b7723f83348d9621435379f695d2e2a91799"},
        {1 << 15, "fb8a86774ac80008a9b488b74a75a3a87df6e79262c1a5b1ee2534e9d3e653ed"},
    };
    (void)state;
    struct err err = ERR_INIT;
    struct secret_hash hash = {.salt = "SodiumChloride"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t made[SECRET_HASH_BYTES];
        char hex[2 * SECRET_HASH_BYTES + 1];
        hash.cost = (struct secret_cost){cases[i].n, 8, 1};
        assert_int_equal(secret_scrypt(&hash, "pleaseletmein", 13, made, &err), 0);
        hex_of(made, sizeof(made), hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

static void a_made_hash_is_found_again_and_by_no_other_secret(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct secret_hash first;
    struct secret_hash second;
    struct secret_hash again;
    uint64_t before = secret_scrypt_count();
    assert_int_equal(secret_hash_make(&first, NULL, "s3cret", 6, &err), 0);
    assert_int_equal(secret_hash_make(&second, NULL, "s3cret", 6, &err), 0);
    assert_memory_not_equal(first.salt, second.salt, SECRET_SALT_BYTES);
    assert_memory_not_equal(first.hash, second.hash, SECRET_HASH_BYTES);
    assert_int_equal(secret_hash_make(&again, first.salt, "s3cret", 6, &err), 0);
    assert_true(secret_equal(first.hash, again.hash, SECRET_HASH_BYTES));
    assert_int_equal(secret_hash_make(&again, first.salt, "s3creT", 6, &err), 0);
    assert_false(secret_equal(first.hash, again.hash, SECRET_HASH_BYTES));
    assert_int_equal(secret_scrypt_count() - before, 4);
}

static void a_cost_that_would_take_the_machine_is_refused(void **state)
{
    static const struct secret_cost costs[] = {
        {0, 8, 1},       {1, 8, 1},       {3, 8, 1},
        {1 << 15, 0, 1}, {1 << 15, 8, 0}, {1 << 18, 8, 1},
        {1 << 15, 8, 5}, {2, 65, 1},      {1u << 31, UINT32_MAX, UINT32_MAX},
    };
    (void)state;
    struct secret_hash hash = {.salt = "x"};
    uint8_t made[SECRET_HASH_BYTES];
    uint64_t before = secret_scrypt_count();
    for (size_t i = 0; i < COUNT_OF(costs); i++) {
        struct err err = ERR_INIT;
        hash.cost = costs[i];
        assert_int_equal(secret_scrypt(&hash, "x", 1, made, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
    }
    assert_int_equal(secret_scrypt_count(), before);
    struct err err = ERR_INIT;
    hash.cost = (struct secret_cost){1 << 17, 8, 1};
    assert_int_equal(secret_scrypt(&hash, "x", 1, made, &err), 0);
}

static void a_secret_is_43_letters_fit_for_urls_and_never_the_same(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char a[SECRET_TEXT_SIZE];
    char b[SECRET_TEXT_SIZE];
    assert_int_equal(secret_generate(a, &err), 0);
    assert_int_equal(secret_generate(b, &err), 0);
    assert_int_equal(strlen(a), 43);
    assert_int_equal(strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                     43);
    assert_string_not_equal(a, b);
}

static void base64url_is_that_of_rfc_4648(void **state)
{
    static const struct {
        const char *bytes;
        const char *text;
    } cases[] = {{"", ""},           {"f", "Zg"},          {"fo", "Zm8"},           {"foo", "Zm9v"},
                 {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"\xff\xef\xfe", "_-_-"}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char out[16];
        secret_base64url(cases[i].bytes, strlen(cases[i].bytes), out);
        assert_string_equal(out, cases[i].text);
    }
}

static void base64_is_decoded_whole_or_not_at_all(void **state)
{
    static const struct {
        const char *text;
        const char *bytes; /* NULL: refused */
    } cases[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zg", "f"},
        {"Zm8=", "fo"},
        {"Zm8", "fo"},
        {"Zm9vYmFy", "foobar"},
        {"/+/+", "\xff\xef\xfe"},
        {"Z", NULL},
        {"Zg=", NULL},
        {"Zm9v=", NULL},
        {"Zm9v==", NULL},
        {"=", NULL},
        {"==", NULL},
        {"====", NULL},
        {"Z===", NULL},
        {"Zg==Zg==", NULL},
        {"Zm9 v", NULL},
        {"Zm9v\n", NULL},
        {"_-_-", NULL},
        {"Zm\xff"
         "9v",
         NULL},
        {"Zm9vYmFyeA==", NULL}, /* 7 bytes, there is room for 6 */
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t out[6];
        long len = secret_base64_decode(cases[i].text, strlen(cases[i].text), out, sizeof(out));
        if (cases[i].bytes == NULL) {
            assert_int_equal(len, -1);
        } else {
            assert_int_equal(len, strlen(cases[i].bytes));
            assert_memory_equal(out, cases[i].bytes, len);
        }
    }
}

static void wiping_leaves_zeroes(void **state)
{
    (void)state;
    char secret[] = "open sesame";
    static const char zeroes[sizeof(secret)];
    secret_wipe(secret, sizeof(secret));
    assert_memory_equal(secret, zeroes, sizeof(secret));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_keyed_hash_is_hmac_sha256),
        cmocka_unit_test(the_hash_is_scrypt),
        cmocka_unit_test(a_made_hash_is_found_again_and_by_no_other_secret),
        cmocka_unit_test(a_cost_that_would_take_the_machine_is_refused),
        cmocka_unit_test(a_secret_is_43_letters_fit_for_urls_and_never_the_same),
        cmocka_unit_test(base64url_is_that_of_rfc_4648),
        cmocka_unit_test(base64_is_decoded_whole_or_not_at_all),
        cmocka_unit_test(wiping_leaves_zeroes),
    };
    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
