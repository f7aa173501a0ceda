/* SPDX-License-Identifier: Apache-2.0
 * registry/access/login_cache.c - see the header. Sets of four entries; the keyed hash is the index too. */
#include "registry/access/login_cache.h"

#include <stdlib.h>
#include <string.h>

enum { WAYS = 4, SETS = REG_LOGIN_CACHE_ENTRIES / WAYS };

struct entry {
    uint8_t mac[SECRET_MAC_BYTES];
    struct reg_cached_login login; /* until_ms 0: free */
};

struct reg_login_cache {
    struct entry entries[SETS][WAYS];
};

struct reg_login_cache *reg_login_cache_new(struct err *err)
{
    struct reg_login_cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the table of logins");
    }
    return cache;
}

void reg_login_cache_free(struct reg_login_cache **taken)
{
    if (*taken != NULL) {
        secret_wipe(*taken, sizeof(**taken));
        free(*taken);
        *taken = NULL;
    }
}

static struct entry *set_of(struct reg_login_cache *cache, const uint8_t mac[SECRET_MAC_BYTES])
{
    return cache->entries[(mac[0] | (unsigned)mac[1] << 8) % SETS];
}

struct reg_cached_login *reg_login_cache_find(struct reg_login_cache *cache,
                                              const uint8_t mac[SECRET_MAC_BYTES], int64_t now_ms)
{
    struct entry *set = set_of(cache, mac);
    for (int i = 0; i < WAYS; i++) {
        if (set[i].login.until_ms > now_ms && secret_equal(set[i].mac, mac, SECRET_MAC_BYTES)) {
            return &set[i].login;
        }
    }
    return NULL;
}

void reg_login_cache_put(struct reg_login_cache *cache, const uint8_t mac[SECRET_MAC_BYTES],
                         const struct reg_cached_login *cached)
{
    struct entry *set = set_of(cache, mac);
    struct entry *to = &set[0];
    for (int i = 0; i < WAYS; i++) {
        if (secret_equal(set[i].mac, mac, SECRET_MAC_BYTES)) {
            to = &set[i];
            break;
        }
        if (set[i].login.until_ms < to->login.until_ms) {
            to = &set[i];
        }
    }
    memcpy(to->mac, mac, SECRET_MAC_BYTES);
    to->login = *cached;
}

void reg_login_cache_forget(struct reg_login_cache *cache, const uint8_t mac[SECRET_MAC_BYTES])
{
    struct entry *set = set_of(cache, mac);
    for (int i = 0; i < WAYS; i++) {
        if (secret_equal(set[i].mac, mac, SECRET_MAC_BYTES)) {
            set[i].login.until_ms = 0;
        }
    }
}
