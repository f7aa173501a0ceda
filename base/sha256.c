/* SPDX-License-Identifier: Apache-2.0
 * base/sha256.c - one call of EVP. */
#include "base/sha256.h"

#include <openssl/evp.h>

int sha256_bytes(const void *bytes, size_t len, uint8_t out[SHA256_BYTES])
{
    unsigned int size = 0;
    if (EVP_Digest(bytes, len, out, &size, EVP_sha256(), NULL) != 1) {
        return -1;
    }
    return size == SHA256_BYTES ? 0 : -1;
}
