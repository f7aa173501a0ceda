/* SPDX-License-Identifier: Apache-2.0
 * registry/lookup_cache.h - what bodies that were read before mean, found by their bytes.
 *
 * A producer sends one schema again at each start, and many send the same one. What a body is looked
 * up by follows from its bytes alone, unless it has references, so it is computed once; whether the
 * subject has it now is asked of the register each time.
 *
 * Thread: the worker's. */
#ifndef REGISTRY_LOOKUP_CACHE_H
#define REGISTRY_LOOKUP_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/sha256.h"

struct reg_lookup_cache;

/* Of a schema with its metadata and rule set, as registry/candidate.h has them. */
struct reg_lookup_key {
    uint8_t plain[SHA256_BYTES];
    uint8_t normalized[SHA256_BYTES];
    int32_t id;      /* asked for; -1: none */
    int32_t version; /* likewise; 0: none, -1: the latest */
    bool is_known;   /* false: nothing is known yet */
};

enum {
    REG_LOOKUP_CACHE_ENTRIES = 8192
}; /* kept, 1 MiB in all; then a new one takes an old one's place */

MUST_CHECK struct reg_lookup_cache *reg_lookup_cache_new(struct err *err);
void reg_lookup_cache_free(struct reg_lookup_cache **taken);

/* digest: the SHA-256 of the body. The key put for it; one that is not known otherwise. */
struct reg_lookup_key reg_lookup_cache_get(const struct reg_lookup_cache *cache,
                                           const uint8_t digest[SHA256_BYTES]);
void reg_lookup_cache_put(struct reg_lookup_cache *cache, const uint8_t digest[SHA256_BYTES],
                          const struct reg_lookup_key *key);

#endif
