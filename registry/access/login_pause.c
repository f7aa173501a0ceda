/* SPDX-License-Identifier: Apache-2.0
 * registry/access/login_pause.c - see the header. Sets of four entries, found by a hash with a random seed,
 * so that nobody can aim at another's set. */
#include "registry/access/login_pause.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/secret.h"

enum of { OF_NAME = 1, OF_PEER = 2 };

enum { WAYS = 4, SETS = REG_PAUSE_ENTRIES / WAYS, FAILURES_MAX = REG_PAUSE_AFTER + 6 };

struct entry {
    uint64_t key;
    int64_t counted_ms; /* failures are as of then */
    int64_t until_ms;
    int failures; /* 0: free */
};

struct reg_pause {
    uint64_t seed;
    struct entry entries[SETS][WAYS];
};

struct reg_pause *reg_pause_new(struct err *err)
{
    struct reg_pause *pause = calloc(1, sizeof(*pause));
    if (pause == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the table of failed logins");
        return NULL;
    }
    if (secret_random(&pause->seed, sizeof(pause->seed), err) != 0) {
        reg_pause_free(&pause);
    }
    return pause;
}

void reg_pause_free(struct reg_pause **taken)
{
    free(*taken);
    *taken = NULL;
}

static uint64_t key_of(const struct reg_pause *pause, enum of of, const char *text)
{
    return hash_bytes(text, strlen(text), pause->seed + (uint64_t)of);
}

static const struct entry *find(const struct reg_pause *pause, uint64_t key)
{
    const struct entry *set = pause->entries[key % SETS];
    for (int i = 0; i < WAYS; i++) {
        if (set[i].failures > 0 && set[i].key == key) {
            return &set[i];
        }
    }
    return NULL;
}

/* Failures after what time has forgotten; *counted_ms: as of when, the rest of a half minute kept. */
static int failures_at(const struct entry *entry, int64_t now_ms, int64_t *counted_ms)
{
    int64_t forgotten = (now_ms - entry->counted_ms) / REG_PAUSE_FORGET_MS;
    if (forgotten >= entry->failures) {
        *counted_ms = now_ms;
        return 0;
    }
    *counted_ms = entry->counted_ms + forgotten * REG_PAUSE_FORGET_MS;
    return entry->failures - (int)forgotten;
}

static struct entry *find_or_take(struct reg_pause *pause, uint64_t key, int64_t now_ms)
{
    struct entry *set = pause->entries[key % SETS];
    struct entry *least = &set[0];
    int64_t ignored;
    for (int i = 0; i < WAYS; i++) {
        if (set[i].failures > 0 && set[i].key == key) {
            return &set[i];
        }
        if (failures_at(&set[i], now_ms, &ignored) < failures_at(least, now_ms, &ignored)) {
            least = &set[i];
        }
    }
    *least = (struct entry){.key = key, .counted_ms = now_ms};
    return least;
}

static int64_t left_ms(const struct reg_pause *pause, enum of of, const char *text, int64_t now_ms)
{
    const struct entry *entry = find(pause, key_of(pause, of, text));
    return entry != NULL && entry->until_ms > now_ms ? entry->until_ms - now_ms : 0;
}

int64_t reg_pause_left_ms(const struct reg_pause *pause, const char *name, const char *peer,
                          int64_t now_ms)
{
    int64_t of_name_ms = *name != '\0' ? left_ms(pause, OF_NAME, name, now_ms) : 0;
    int64_t of_peer_ms = left_ms(pause, OF_PEER, peer, now_ms);
    return of_name_ms > of_peer_ms ? of_name_ms : of_peer_ms;
}

/* Failures with this one. */
static int fail(struct reg_pause *pause, enum of of, const char *text, int64_t now_ms)
{
    struct entry *entry = find_or_take(pause, key_of(pause, of, text), now_ms);
    int failures = failures_at(entry, now_ms, &entry->counted_ms) + 1;
    /* Beyond the longest pause there is nothing more to count, only more to forget. */
    entry->failures = failures < FAILURES_MAX ? failures : FAILURES_MAX;
    if (entry->failures >= REG_PAUSE_AFTER) {
        int64_t ms = (int64_t)REG_PAUSE_FIRST_MS << (entry->failures - REG_PAUSE_AFTER);
        entry->until_ms = now_ms + (ms < REG_PAUSE_MOST_MS ? ms : REG_PAUSE_MOST_MS);
    }
    return entry->failures;
}

void reg_pause_fail(struct reg_pause *pause, const char *name, const char *peer, int64_t now_ms)
{
    if (*name == '\0' || fail(pause, OF_NAME, name, now_ms) <= REG_PAUSE_AFTER) {
        (void)fail(pause, OF_PEER, peer, now_ms);
    }
}

void reg_pause_clear(struct reg_pause *pause, const char *name)
{
    uint64_t key = key_of(pause, OF_NAME, name);
    struct entry *set = pause->entries[key % SETS];
    for (int i = 0; i < WAYS; i++) {
        if (set[i].key == key) {
            set[i].failures = 0;
        }
    }
}
