/* SPDX-License-Identifier: Apache-2.0
 * Signatures of webhooks: the known answers of Standard Webhooks, and what is no secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "base/sign.h"

/* Secret, id, time and body of the standard's own libraries; the signatures are theirs, too. */
static const char body[] = "{\"test\": 2432232314}";
static const struct sign_message message = {.id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                            .timestamp_s = 1614265330,
                                            .body = body,
                                            .body_len = sizeof(body) - 1};

#define PAIR                                                                                       \
    "whsk_6Xb/dCcHpPea21PS1N9VY/"                                                                  \
    "NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
#define SEED "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc="

static void signatures_are_the_standards(void **state)
{
    static const struct {
        const char *secret;
        const char *signature;
    } cases[] = {
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
         "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
        {PAIR, "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/"
               "enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="},
        {SEED, "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/"
               "enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err = ERR_INIT;
        struct sign_key key;
        char out[SIGN_SIGNATURE_SIZE];
        assert_int_equal(sign_key_read(&key, cases[i].secret, &err), 0);
        assert_int_equal(sign_message(&key, &message, out, &err), 0);
        assert_string_equal(out, cases[i].signature);
        sign_key_wipe(&key);
    }
}

static void the_public_key_is_that_of_the_seed(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sign_key key;
    char public[SIGN_PUBLIC_SIZE];
    assert_int_equal(sign_key_read(&key, SEED, &err), 0);
    assert_int_equal(sign_public_key(&key, public, &err), 0);
    assert_string_equal(public, "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=");
    assert_int_equal(sign_key_read(&key, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &err), 0);
    assert_int_equal(sign_public_key(&key, public, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
}

/* 18 bytes in base64 are 24 letters, 24 bytes 32, 64 bytes 86 and "==". */
static void a_secret_has_24_to_64_bytes(void **state)
{
    static const struct {
        const char *secret;
        bool is_one;
    } cases[] = {
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true},
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBr", true}, /* without its padding */
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS=", false},  /* 23 */
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZI", false},
        {"whsec_"
         "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8I"
         "LPZIo2",
         false}, /* 72 */
        {"whsec_6Xb/dCcHpPea21PS1N9VY/"
         "NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kv"
         "g==",
         true}, /* 64 */
        {"whsec_", false},
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa w", false},
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS_", false}, /* base64url */
        {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false},
        {"WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false},
        {"whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=", false},
        {"whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false},
        {"", false},
        /* Its halves are of two pairs. */
        {"whsk_6Xb/dCcHpPea21PS1N9VY/"
         "NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6KvA"
         "==",
         false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err = ERR_INIT;
        struct sign_key key;
        struct sign_key empty;
        memset(&empty, 0, sizeof(empty));
        int rc = sign_key_read(&key, cases[i].secret, &err);
        if ((rc == 0) != cases[i].is_one) {
            fail_msg("%s: %d %s", cases[i].secret, rc, err.text);
        }
        if (rc != 0) {
            assert_int_equal(err.code, ERR_USAGE);
            assert_memory_equal(&key, &empty, sizeof(key));
            assert_null(strstr(err.text, "MfKQ9r8G"));
        }
    }
}

static void a_new_secret_is_read_again_and_never_the_same(void **state)
{
    (void)state;
    for (int scheme = SIGN_HMAC; scheme <= SIGN_ED25519; scheme++) {
        struct err err = ERR_INIT;
        char a[SIGN_SECRET_SIZE];
        char b[SIGN_SECRET_SIZE];
        struct sign_key key;
        assert_int_equal(sign_secret_make((enum sign_scheme)scheme, a, &err), 0);
        assert_int_equal(sign_secret_make((enum sign_scheme)scheme, b, &err), 0);
        assert_string_not_equal(a, b);
        assert_int_equal(sign_key_read(&key, a, &err), 0);
        assert_int_equal((int)key.scheme, scheme);
        assert_int_equal(key.len, 32);
        assert_int_equal(strncmp(a, scheme == SIGN_HMAC ? "whsec_" : "whsk_", 5), 0);
    }
}

static void every_part_of_a_message_is_signed(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sign_key key;
    assert_int_equal(sign_key_read(&key, SEED, &err), 0);
    struct sign_message others[] = {message, message, message, message};
    others[1].id = "msg_other";
    others[2].timestamp_s++;
    others[3].body_len--;
    char made[COUNT_OF(others)][SIGN_SIGNATURE_SIZE];
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_int_equal(sign_message(&key, &others[i], made[i], &err), 0);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(made[i], made[j]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_are_the_standards),
        cmocka_unit_test(the_public_key_is_that_of_the_seed),
        cmocka_unit_test(a_secret_has_24_to_64_bytes),
        cmocka_unit_test(a_new_secret_is_read_again_and_never_the_same),
        cmocka_unit_test(every_part_of_a_message_is_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
