/* SPDX-License-Identifier: Apache-2.0
 * base/secret.c - see the header.
 *
 * The cost of a stored hash comes from the register; it is bounded before scrypt is asked, as a row
 * altered there must not take the process's memory or its minutes. */
#include "base/secret.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdatomic.h>
#include <string.h>

/* Of scrypt's own bookkeeping there is little beside 128·r·(N + p). */
enum { MEMORY_MAX_BYTES = 128 << 20, SLACK_BYTES = 1 << 20, P_MAX = 4 };

static _Atomic uint64_t scrypt_count;

struct secret_cost secret_cost_now(void)
{
    return (struct secret_cost){.n = 1 << 15, .r = 8, .p = 1};
}

int secret_random(void *out, size_t len, struct err *err)
{
    if (len > INT32_MAX || RAND_bytes(out, (int)len) != 1) {
        return err_set(err, ERR_KIND_FATAL, ERR_IO, "no random bytes from the system");
    }
    return 0;
}

int secret_generate(char out[SECRET_TEXT_SIZE], struct err *err)
{
    uint8_t bytes[SECRET_BYTES];
    char text[SECRET_BASE64_SIZE(SECRET_BYTES)];
    if (secret_random(bytes, sizeof(bytes), err) != 0) {
        return -1;
    }
    secret_base64url(bytes, sizeof(bytes), text);
    memcpy(out, text, SECRET_TEXT_SIZE);
    secret_wipe(bytes, sizeof(bytes));
    secret_wipe(text, sizeof(text));
    return 0;
}

static bool is_cost(const struct secret_cost *cost)
{
    bool is_power = cost->n > 1 && (cost->n & (cost->n - 1)) == 0;
    return is_power && cost->r >= 1 && cost->p >= 1 && cost->p <= P_MAX && cost->r <= 64 &&
           (uint64_t)128 * cost->r * ((uint64_t)cost->n + cost->p) <=
               MEMORY_MAX_BYTES + (uint64_t)SLACK_BYTES;
}

int secret_scrypt(const struct secret_hash *hash, const char *secret, size_t len,
                  uint8_t out[SECRET_HASH_BYTES], struct err *err)
{
    const struct secret_cost *cost = &hash->cost;
    if (!is_cost(cost)) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "a stored secret has an invalid scrypt cost: N=%u r=%u p=%u", cost->n,
                       cost->r, cost->p);
    }
    atomic_fetch_add_explicit(&scrypt_count, 1, memory_order_relaxed);
    if (EVP_PBE_scrypt(secret, len, hash->salt, SECRET_SALT_BYTES, cost->n, cost->r, cost->p,
                       MEMORY_MAX_BYTES + 2 * (uint64_t)SLACK_BYTES, out, SECRET_HASH_BYTES) != 1) {
        ERR_clear_error();
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for scrypt");
    }
    return 0;
}

int secret_hash_make(struct secret_hash *hash, const uint8_t *salt, const char *secret, size_t len,
                     struct err *err)
{
    hash->cost = secret_cost_now();
    if (salt != NULL) {
        memcpy(hash->salt, salt, SECRET_SALT_BYTES);
    } else if (secret_random(hash->salt, SECRET_SALT_BYTES, err) != 0) {
        return -1;
    }
    return secret_scrypt(hash, secret, len, hash->hash, err);
}

uint64_t secret_scrypt_count(void)
{
    return atomic_load_explicit(&scrypt_count, memory_order_relaxed);
}

int secret_mac(const uint8_t key[SECRET_KEY_BYTES], const void *bytes, size_t len,
               uint8_t out[SECRET_MAC_BYTES], struct err *err)
{
    unsigned made = 0;
    if (HMAC(EVP_sha256(), key, SECRET_KEY_BYTES, bytes, len, out, &made) == NULL ||
        made != SECRET_MAC_BYTES) {
        ERR_clear_error();
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a keyed hash");
    }
    return 0;
}

bool secret_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

void secret_wipe(void *bytes, size_t len)
{
    OPENSSL_cleanse(bytes, len);
}

void secret_base64url(const void *bytes, size_t len, char *out)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const uint8_t *at = bytes;
    uint32_t bits = 0;
    int held = 0;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | at[i];
        for (held += 8; held >= 6; held -= 6) {
            *out++ = alphabet[bits >> (held - 6) & 63];
        }
    }
    if (held > 0) {
        *out++ = alphabet[bits << (6 - held) & 63];
    }
    *out = '\0';
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

long secret_base64_decode(const char *text, size_t len, void *out, size_t cap)
{
    uint8_t *to = out;
    size_t digits = len;
    size_t made = 0;
    uint32_t bits = 0;
    int held = 0;
    while (digits > 0 && len - digits < 2 && text[digits - 1] == '=') {
        digits--;
    }
    if (digits % 4 == 1 || (digits != len && len % 4 != 0)) {
        return -1;
    }
    for (size_t i = 0; i < digits; i++) {
        int digit = base64_digit(text[i]);
        if (digit < 0) {
            return -1;
        }
        bits = bits << 6 | (uint32_t)digit;
        held += 6;
        if (held >= 8) {
            held -= 8;
            if (made == cap) {
                return -1;
            }
            to[made++] = (uint8_t)(bits >> held);
        }
    }
    return (long)made;
}
