/* SPDX-License-Identifier: Apache-2.0
 * registry/lookup_cache.c - a table of sets of four, by the first bytes of the digest.
 *
 * In a full set the new one takes the place of each in turn. Nothing is ever out of date: the same
 * bytes mean the same as long as the process lives. */
#include "registry/lookup_cache.h"

#include <stdlib.h>
#include <string.h>

enum { WAYS = 4, SETS = REG_LOOKUP_CACHE_ENTRIES / WAYS };

struct entry {
    uint8_t digest[SHA256_BYTES];
    struct reg_lookup_key key;
};

struct set {
    struct entry entries[WAYS];
    unsigned next; /* the place to take */
};

struct reg_lookup_cache {
    struct set sets[SETS];
};

struct reg_lookup_cache *reg_lookup_cache_new(struct err *err)
{
    struct reg_lookup_cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a cache");
    }
    return cache;
}

void reg_lookup_cache_free(struct reg_lookup_cache **taken)
{
    free(*taken);
    *taken = NULL;
}

static size_t set_of(const uint8_t digest[SHA256_BYTES])
{
    uint32_t first;
    memcpy(&first, digest, sizeof(first));
    return first % SETS;
}

struct reg_lookup_key reg_lookup_cache_get(const struct reg_lookup_cache *cache,
                                           const uint8_t digest[SHA256_BYTES])
{
    const struct set *set = &cache->sets[set_of(digest)];
    for (int i = 0; i < WAYS; i++) {
        const struct entry *entry = &set->entries[i];
        if (entry->key.is_known && memcmp(entry->digest, digest, SHA256_BYTES) == 0) {
            return entry->key;
        }
    }
    return (struct reg_lookup_key){.is_known = false};
}

void reg_lookup_cache_put(struct reg_lookup_cache *cache, const uint8_t digest[SHA256_BYTES],
                          const struct reg_lookup_key *key)
{
    if (!key->is_known || reg_lookup_cache_get(cache, digest).is_known) {
        return;
    }
    struct set *set = &cache->sets[set_of(digest)];
    struct entry *entry = &set->entries[set->next++ % WAYS];
    memcpy(entry->digest, digest, SHA256_BYTES);
    entry->key = *key;
}
