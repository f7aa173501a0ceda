/* SPDX-License-Identifier: Apache-2.0
 * base/sign.h - the signatures of webhooks, as Standard Webhooks 1.0.0, "Signature scheme", has them.
 *
 * What is signed is `id.timestamp.body`. Two schemes: HMAC-SHA256, whose secret the receiver has too
 * (`whsec_`, signature `v1,`), and Ed25519, whose secret (`whsk_`) stays here while the receiver has
 * the public key (`whpk_`, signature `v1a,`). What follows a prefix is base64. A key is wiped by who
 * read it. Any thread. */
#ifndef BASE_SIGN_H
#define BASE_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

enum sign_scheme { SIGN_HMAC, SIGN_ED25519 };

enum {
    SIGN_KEY_BYTES_MIN = 24, /* of HMAC */
    SIGN_KEY_BYTES_MAX = 64,
    SIGN_SEED_BYTES = 32,    /* of Ed25519 */
    SIGN_SECRET_SIZE = 95,   /* a prefix, 64 bytes in base64, and a NUL */
    SIGN_PUBLIC_SIZE = 50,   /* "whpk_", 32 bytes in base64, and a NUL */
    SIGN_SIGNATURE_SIZE = 93 /* "v1a,", 64 bytes in base64, and a NUL */
};

struct sign_key {
    enum sign_scheme scheme;
    uint8_t bytes[SIGN_KEY_BYTES_MAX]; /* of Ed25519: the seed */
    size_t len;
};

struct sign_message {
    const char *id; /* without a full stop, or two messages could sign alike */
    int64_t timestamp_s;
    const void *body;
    size_t body_len;
};

/* `whsec_` with 24 to 64 bytes, or `whsk_` with a seed of 32, or with the seed and its public key.
 * FATAL ERR_USAGE; its text never has the secret's. On failure `key` is wiped. */
MUST_CHECK int sign_key_read(struct sign_key *key, const char *secret, struct err *err);
void sign_key_wipe(struct sign_key *key);

/* A new secret: 32 random bytes, or a pair of keys. FATAL ERR_IO, ERR_NO_MEMORY. */
MUST_CHECK int sign_secret_make(enum sign_scheme scheme, char out[SIGN_SECRET_SIZE],
                                struct err *err);
/* The `whpk_` of an Ed25519 key. FATAL ERR_USAGE: the key is HMAC's. */
MUST_CHECK int sign_public_key(const struct sign_key *key, char out[SIGN_PUBLIC_SIZE],
                               struct err *err);

/* One signature, with its version: "v1,…" or "v1a,…". FATAL ERR_NO_MEMORY. */
MUST_CHECK int sign_message(const struct sign_key *key, const struct sign_message *message,
                            char out[SIGN_SIGNATURE_SIZE], struct err *err);

#endif
