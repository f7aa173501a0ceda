/* SPDX-License-Identifier: Apache-2.0
 * base/sha256.h - SHA-256 of bytes at hand, by OpenSSL. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum { SHA256_BYTES = 32 };

/* -1 when memory is out or the library refuses the digest; `out` is undefined then. */
MUST_CHECK int sha256_bytes(const void *bytes, size_t len, uint8_t out[SHA256_BYTES]);

#endif
