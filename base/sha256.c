/* SPDX-License-Identifier: Apache-2.0
 * base/sha256.c - one call of EVP.
 *
 * The algorithm is looked up once: OpenSSL 3 searches its providers under a lock at each use of
 * EVP_sha256(), which takes longer than a kilobyte's digest. */
#include "base/sha256.h"

#include <openssl/evp.h>
#include <pthread.h>

static EVP_MD *algorithm; /* NULL: the library has none */

static void fetch(void)
{
    algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
}

int sha256_bytes(const void *bytes, size_t len, uint8_t out[SHA256_BYTES])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    unsigned int size = 0;
    if (pthread_once(&once, fetch) != 0 || algorithm == NULL ||
        EVP_Digest(bytes, len, out, &size, algorithm, NULL) != 1) {
        return -1;
    }
    return size == SHA256_BYTES ? 0 : -1;
}
