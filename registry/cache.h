/* SPDX-License-Identifier: Apache-2.0
 * registry/cache.h - ready-made answers of a worker, for what is asked most: schemas by id.
 *
 * An answer holds for one generation of the catalogue (registry/worker.h) and is forgotten with it.
 * Bounded in entries and bytes; what does not fit pushes out what is there.
 *
 * Thread: the worker's. */
#ifndef REGISTRY_CACHE_H
#define REGISTRY_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct buf;
struct reg_cache;

struct reg_cached {
    const void *body;
    size_t len;
    int32_t schema_id; /* whose structure it has; 0: of none */
};

enum { REG_CACHE_ENTRIES = 8192, REG_CACHE_KEY_BYTES = 256 };
enum { REG_CACHE_BYTES = 32 * 1024 * 1024, REG_CACHE_BODY_BYTES = 1024 * 1024 };

MUST_CHECK struct reg_cache *reg_cache_new(struct err *err);
void reg_cache_free(struct reg_cache **taken);

/* Appends the answer put under the key in this generation; false: there is none, nothing appended.
 * Generation 0 has none. *schema_id: as it was put. */
bool reg_cache_get(struct reg_cache *cache, uint64_t generation, const char *key, struct buf *out,
                   int32_t *schema_id);
/* generation: asked for before the answer was read from the register. A longer key or body than
 * the bounds is not kept; no memory: neither. */
void reg_cache_put(struct reg_cache *cache, uint64_t generation, const char *key,
                   const struct reg_cached *answer);
size_t reg_cache_bytes(const struct reg_cache *cache); /* of keys and bodies held */
size_t reg_cache_count(const struct reg_cache *cache);

#endif
