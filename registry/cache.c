/* SPDX-License-Identifier: Apache-2.0
 * registry/cache.c - a table of sets of four, by the key's hash.
 *
 * A hit is one hash and one comparison, with no allocation. In a full set the new one takes the
 * place of each in turn; beyond the bytes, sets are emptied in a circle. With a new generation
 * everything goes at once: changes to the catalogue are rare, and an answer read before one must
 * not be given after it. */
#include "registry/cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"

enum { WAYS = 4, SETS = REG_CACHE_ENTRIES / WAYS };

struct entry {
    uint64_t hash;
    char *key; /* NULL: free; the body follows its NUL, in the same block */
    uint32_t key_len;
    uint32_t body_len;
    int32_t schema_id;
};

struct set {
    struct entry entries[WAYS];
    unsigned next; /* the place to take when all are taken */
};

struct reg_cache {
    uint64_t generation;
    size_t bytes;
    size_t count;
    size_t hand; /* the set to empty next */
    struct set sets[SETS];
};

struct reg_cache *reg_cache_new(struct err *err)
{
    struct reg_cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a cache");
    }
    return cache;
}

static void drop(struct reg_cache *cache, struct entry *entry)
{
    if (entry->key != NULL) {
        cache->bytes -= entry->key_len + 1 + (size_t)entry->body_len;
        cache->count--;
        free(entry->key);
        entry->key = NULL;
    }
}

static void drop_set(struct reg_cache *cache, struct set *set)
{
    for (int i = 0; i < WAYS; i++) {
        drop(cache, &set->entries[i]);
    }
}

static void drop_all(struct reg_cache *cache)
{
    for (size_t i = 0; i < SETS && cache->count > 0; i++) {
        drop_set(cache, &cache->sets[i]);
    }
}

void reg_cache_free(struct reg_cache **taken)
{
    if (*taken != NULL) {
        drop_all(*taken);
        free(*taken);
        *taken = NULL;
    }
}

static struct entry *find(struct set *set, uint64_t hash, const char *key, size_t key_len)
{
    for (int i = 0; i < WAYS; i++) {
        struct entry *entry = &set->entries[i];
        if (entry->hash == hash && entry->key != NULL && entry->key_len == key_len &&
            memcmp(entry->key, key, key_len) == 0) {
            return entry;
        }
    }
    return NULL;
}

bool reg_cache_get(struct reg_cache *cache, uint64_t generation, const char *key, struct buf *out,
                   int32_t *schema_id)
{
    if (generation == 0 || generation != cache->generation) {
        return false;
    }
    size_t key_len = strlen(key);
    uint64_t hash = hash_bytes(key, key_len, 0);
    const struct entry *entry = find(&cache->sets[hash % SETS], hash, key, key_len);
    if (entry == NULL) {
        return false;
    }
    buf_put(out, entry->key + key_len + 1, entry->body_len);
    *schema_id = entry->schema_id;
    return true;
}

/* A free place, or one made free. */
static struct entry *place(struct reg_cache *cache, struct set *set)
{
    for (int i = 0; i < WAYS; i++) {
        if (set->entries[i].key == NULL) {
            return &set->entries[i];
        }
    }
    struct entry *entry = &set->entries[set->next++ % WAYS];
    drop(cache, entry);
    return entry;
}

void reg_cache_put(struct reg_cache *cache, uint64_t generation, const char *key,
                   const struct reg_cached *answer)
{
    size_t key_len = strlen(key);
    size_t len = answer->len;
    if (generation == 0 || key_len > REG_CACHE_KEY_BYTES || len > REG_CACHE_BODY_BYTES) {
        return;
    }
    if (generation != cache->generation) {
        drop_all(cache);
        cache->generation = generation;
    }
    size_t size = key_len + 1 + len;
    while (cache->bytes + size > REG_CACHE_BYTES) {
        drop_set(cache, &cache->sets[cache->hand++ % SETS]);
    }
    char *block = malloc(size);
    if (block == NULL) {
        return;
    }
    memcpy(block, key, key_len + 1);
    memcpy(block + key_len + 1, answer->body, len);
    uint64_t hash = hash_bytes(key, key_len, 0);
    struct set *set = &cache->sets[hash % SETS];
    struct entry *entry = find(set, hash, key, key_len);
    if (entry != NULL) {
        drop(cache, entry);
    } else {
        entry = place(cache, set);
    }
    *entry = (struct entry){hash, block, (uint32_t)key_len, (uint32_t)len, answer->schema_id};
    cache->bytes += size;
    cache->count++;
}

size_t reg_cache_bytes(const struct reg_cache *cache)
{
    return cache->bytes;
}

size_t reg_cache_count(const struct reg_cache *cache)
{
    return cache->count;
}
