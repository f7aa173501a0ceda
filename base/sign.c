/* SPDX-License-Identifier: Apache-2.0
 * base/sign.c - see the header.
 *
 * Both schemes sign one run of bytes, because Ed25519 reads its message twice. */
#include "base/sign.h"

#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/secret.h"

enum { PUBLIC_BYTES = 32, ED25519_SIGNATURE_BYTES = 64, NEW_KEY_BYTES = 32 };

static const char hmac_prefix[] = "whsec_";
static const char ed25519_prefix[] = "whsk_";
static const char public_prefix[] = "whpk_";

static int no_memory(struct err *err)
{
    ERR_clear_error();
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a signature");
}

/* Prefix and base64, with padding: receivers' libraries ask for it. */
static void write_text(char *out, const char *prefix, const uint8_t *bytes, size_t len)
{
    size_t at = strlen(prefix);
    memcpy(out, prefix, at + 1);
    EVP_EncodeBlock((unsigned char *)out + at, bytes, (int)len);
}

void sign_key_wipe(struct sign_key *key)
{
    secret_wipe(key, sizeof(*key));
}

static EVP_PKEY *pair_of(const struct sign_key *key)
{
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key->bytes, SIGN_SEED_BYTES);
}

static int read_public(const struct sign_key *key, uint8_t out[PUBLIC_BYTES], struct err *err)
{
    size_t len = PUBLIC_BYTES;
    EVP_PKEY *pair = pair_of(key);
    bool is_read = pair != NULL && EVP_PKEY_get_raw_public_key(pair, out, &len) == 1;
    EVP_PKEY_free(pair);
    return is_read && len == PUBLIC_BYTES ? 0 : no_memory(err);
}

static int check_hmac(const struct sign_key *key, struct err *err)
{
    if (key->len < SIGN_KEY_BYTES_MIN) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "the secret has %zu bytes; whsec_ is followed by %d to %d in base64",
                       key->len, SIGN_KEY_BYTES_MIN, SIGN_KEY_BYTES_MAX);
    }
    return 0;
}

/* A public key that is not the seed's would make signatures that its owner cannot verify. */
static int check_ed25519(struct sign_key *key, struct err *err)
{
    if (key->len != SIGN_SEED_BYTES && key->len != SIGN_SEED_BYTES + PUBLIC_BYTES) {
        return err_set(
            err, ERR_KIND_FATAL, ERR_USAGE,
            "the secret has %zu bytes; whsk_ is followed by an Ed25519 seed of %d, or by "
            "seed and public key, in base64",
            key->len, SIGN_SEED_BYTES);
    }
    uint8_t public[PUBLIC_BYTES];
    if (key->len > SIGN_SEED_BYTES &&
        (read_public(key, public, err) != 0 ||
         memcmp(public, key->bytes + SIGN_SEED_BYTES, PUBLIC_BYTES) != 0)) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "the secret's two halves are not of one Ed25519 pair");
    }
    key->len = SIGN_SEED_BYTES;
    return 0;
}

static int read_key(struct sign_key *key, const char *secret, struct err *err)
{
    size_t prefix_len;
    if (strncmp(secret, hmac_prefix, strlen(hmac_prefix)) == 0) {
        key->scheme = SIGN_HMAC;
        prefix_len = strlen(hmac_prefix);
    } else if (strncmp(secret, ed25519_prefix, strlen(ed25519_prefix)) == 0) {
        key->scheme = SIGN_ED25519;
        prefix_len = strlen(ed25519_prefix);
    } else {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "a webhook's secret begins with whsec_ or whsk_");
    }
    const char *text = secret + prefix_len;
    long len = secret_base64_decode(text, strlen(text), key->bytes, sizeof(key->bytes));
    if (len < 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "what follows the secret's prefix is not base64 of at most %d bytes",
                       SIGN_KEY_BYTES_MAX);
    }
    key->len = (size_t)len;
    return key->scheme == SIGN_HMAC ? check_hmac(key, err) : check_ed25519(key, err);
}

int sign_key_read(struct sign_key *key, const char *secret, struct err *err)
{
    memset(key, 0, sizeof(*key));
    if (read_key(key, secret, err) != 0) {
        sign_key_wipe(key);
        return -1;
    }
    return 0;
}

int sign_secret_make(enum sign_scheme scheme, char out[SIGN_SECRET_SIZE], struct err *err)
{
    struct sign_key key = {.scheme = scheme, .len = NEW_KEY_BYTES};
    int rc = secret_random(key.bytes, NEW_KEY_BYTES, err);
    if (rc == 0 && scheme == SIGN_ED25519) {
        rc = read_public(&key, key.bytes + SIGN_SEED_BYTES, err);
        key.len = SIGN_SEED_BYTES + PUBLIC_BYTES;
    }
    if (rc == 0) {
        write_text(out, scheme == SIGN_HMAC ? hmac_prefix : ed25519_prefix, key.bytes, key.len);
    }
    sign_key_wipe(&key);
    return rc;
}

int sign_public_key(const struct sign_key *key, char out[SIGN_PUBLIC_SIZE], struct err *err)
{
    if (key->scheme != SIGN_ED25519) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "a whsec_ secret has no public key");
    }
    uint8_t public[PUBLIC_BYTES];
    if (read_public(key, public, err) != 0) {
        return -1;
    }
    write_text(out, public_prefix, public, PUBLIC_BYTES);
    return 0;
}

static int sign_hmac(const struct sign_key *key, const struct buf *content,
                     char out[SIGN_SIGNATURE_SIZE], struct err *err)
{
    uint8_t mac[SECRET_MAC_BYTES];
    unsigned len = 0;
    if (HMAC(EVP_sha256(), key->bytes, (int)key->len, content->data, content->len, mac, &len) ==
            NULL ||
        len != sizeof(mac)) {
        return no_memory(err);
    }
    write_text(out, "v1,", mac, sizeof(mac));
    return 0;
}

static int sign_ed25519(const struct sign_key *key, const struct buf *content,
                        char out[SIGN_SIGNATURE_SIZE], struct err *err)
{
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    size_t len = sizeof(signature);
    EVP_PKEY *pair = pair_of(key);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_signed = pair != NULL && context != NULL &&
                     EVP_DigestSignInit(context, NULL, NULL, NULL, pair) == 1 &&
                     EVP_DigestSign(context, signature, &len, content->data, content->len) == 1 &&
                     len == sizeof(signature);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pair);
    if (!is_signed) {
        return no_memory(err);
    }
    write_text(out, "v1a,", signature, sizeof(signature));
    return 0;
}

int sign_message(const struct sign_key *key, const struct sign_message *message,
                 char out[SIGN_SIGNATURE_SIZE], struct err *err)
{
    struct buf content = BUF_INIT;
    buf_printf(&content, "%s.%" PRId64 ".", message->id, message->timestamp_s);
    buf_put(&content, message->body, message->body_len);
    int rc = buf_failed(&content)          ? no_memory(err)
             : key->scheme == SIGN_ED25519 ? sign_ed25519(key, &content, out, err)
                                           : sign_hmac(key, &content, out, err);
    buf_fini(&content);
    return rc;
}
