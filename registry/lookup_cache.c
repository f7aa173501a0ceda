/* SPDX-License-Identifier: Apache-2.0
 * registry/meaning.c - a table of sets of four, by the first bytes of the digest.
 *
 * In a full set the new one takes the place of each in turn. Nothing is ever out of date: the same
 * bytes mean the same as long as the process lives. */
#include "registry/meaning.h"

#include <stdlib.h>
#include <string.h>

enum { WAYS = 4, SETS = REG_MEANINGS / WAYS };

struct entry {
    uint8_t digest[SHA256_BYTES];
    struct reg_meaning meaning;
};

struct set {
    struct entry entries[WAYS];
    unsigned next; /* the place to take */
};

struct reg_meanings {
    struct set sets[SETS];
};

struct reg_meanings *reg_meanings_new(struct err *err)
{
    struct reg_meanings *meanings = calloc(1, sizeof(*meanings));
    if (meanings == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a cache");
    }
    return meanings;
}

void reg_meanings_free(struct reg_meanings **taken)
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

struct reg_meaning reg_meanings_get(const struct reg_meanings *meanings,
                                    const uint8_t digest[SHA256_BYTES])
{
    const struct set *set = &meanings->sets[set_of(digest)];
    for (int i = 0; i < WAYS; i++) {
        const struct entry *entry = &set->entries[i];
        if (entry->meaning.is_known && memcmp(entry->digest, digest, SHA256_BYTES) == 0) {
            return entry->meaning;
        }
    }
    return (struct reg_meaning){.is_known = false};
}

void reg_meanings_put(struct reg_meanings *meanings, const uint8_t digest[SHA256_BYTES],
                      const struct reg_meaning *meaning)
{
    if (!meaning->is_known || reg_meanings_get(meanings, digest).is_known) {
        return;
    }
    struct set *set = &meanings->sets[set_of(digest)];
    struct entry *entry = &set->entries[set->next++ % WAYS];
    memcpy(entry->digest, digest, SHA256_BYTES);
    entry->meaning = *meaning;
}
