/* SPDX-License-Identifier: Apache-2.0
 * base/secret.h - secrets of accounts: made, hashed, compared, wiped.
 *
 * A secret is 32 random bytes in base64url. What is stored of it is its scrypt hash (RFC 7914) with
 * salt and cost beside it, so that the cost may rise later and old hashes stay readable. A secret
 * that was verified may be recognised again by a keyed hash (HMAC-SHA256) whose key never leaves
 * the process. All of it is OpenSSL's. Any thread. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

enum {
    SECRET_BYTES = 32,
    SECRET_TEXT_SIZE = 44, /* 43 letters and a NUL */
    SECRET_SALT_BYTES = 16,
    SECRET_HASH_BYTES = 32,
    SECRET_KEY_BYTES = 32,
    SECRET_MAC_BYTES = 32
};

/* What scrypt costs: 128·r·N bytes of memory, p times over. */
struct secret_cost {
    uint32_t n; /* a power of two */
    uint32_t r;
    uint32_t p;
};

struct secret_hash {
    uint8_t salt[SECRET_SALT_BYTES];
    uint8_t hash[SECRET_HASH_BYTES];
    struct secret_cost cost;
};

/* What new hashes cost: N=2^15, r=8, p=1: 32 MiB, about a tenth of a second. */
struct secret_cost secret_cost_now(void);

/* FATAL ERR_IO: the system gives no randomness. */
MUST_CHECK int secret_random(void *out, size_t len, struct err *err);
MUST_CHECK int secret_generate(char out[SECRET_TEXT_SIZE], struct err *err);

/* scrypt of the secret with salt and cost as `hash` has them, into out. FATAL ERR_USAGE: the cost is
 * beyond 128 MiB, or not scrypt's; ERR_NO_MEMORY. */
MUST_CHECK int secret_scrypt(const struct secret_hash *hash, const char *secret, size_t len,
                             uint8_t out[SECRET_HASH_BYTES], struct err *err);
/* Fills hash with the secret's, at today's cost. salt NULL: a new one. */
MUST_CHECK int secret_hash_make(struct secret_hash *hash, const uint8_t *salt, const char *secret,
                                size_t len, struct err *err);
/* How often this process has paid for a scrypt. */
uint64_t secret_scrypt_count(void);

/* HMAC-SHA256. FATAL ERR_NO_MEMORY. */
MUST_CHECK int secret_mac(const uint8_t key[SECRET_KEY_BYTES], const void *bytes, size_t len,
                          uint8_t out[SECRET_MAC_BYTES], struct err *err);
/* Takes the same time wherever the bytes differ. */
bool secret_equal(const void *a, const void *b, size_t len);
/* Zeroes, and no optimiser takes it away. */
void secret_wipe(void *bytes, size_t len);

/* RFC 4648. Encoding is base64url without padding into `out`, which has room for
 * SECRET_BASE64_SIZE(len). Decoding is of plain base64, padding complete or absent: the number of bytes,
 * or -1 when the text is not base64 or needs more than cap. */
#define SECRET_BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)
void secret_base64url(const void *bytes, size_t len, char *out);
long secret_base64_decode(const char *text, size_t len, void *out, size_t cap);

#endif
