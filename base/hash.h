/* SPDX-License-Identifier: Apache-2.0
 * base/hash.h - XXH3, for tables and for recognising a record. Not for secrets. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed);

#endif
