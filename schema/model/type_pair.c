/* SPDX-License-Identifier: Apache-2.0
 * schema/model/type_pair.c - the pairs of types that a check has met: an array, and a hash table
 * of its numbers. Numbers stay while the table grows, so callers hold numbers. */
#include <stdlib.h>

#include "schema/model/type_pair.h"

void sch_pairs_fini(struct sch_pairs *pairs)
{
    free(pairs->items);
    free(pairs->slots);
    free(pairs->log);
    *pairs = (struct sch_pairs){.count = 0};
}

static uint32_t *find_slot(const struct sch_pairs *pairs, const struct sch_type *reader,
                           const struct sch_type *writer)
{
    uint64_t hash = ((uint64_t)(uintptr_t)reader >> 4) * UINT64_C(0x9e3779b97f4a7c15) ^
                    ((uint64_t)(uintptr_t)writer >> 4) * UINT64_C(0xc2b2ae3d27d4eb4f);
    uint32_t at = (uint32_t)(hash >> 24) & (pairs->slot_count - 1);
    while (pairs->slots[at] != 0) {
        const struct sch_pair *pair = &pairs->items[pairs->slots[at] - 1];
        if (pair->reader == reader && pair->writer == writer) {
            break;
        }
        at = (at + 1) & (pairs->slot_count - 1);
    }
    return &pairs->slots[at];
}

/* Twice the room everywhere. The log never holds more than there are pairs: a pair is answered yes
 * once before it is forgotten, and taken out of the log then. */
static int grow(struct sch_pairs *pairs)
{
    uint32_t cap = pairs->cap > 0 ? pairs->cap * 2 : 64;
    struct sch_pair *items = realloc(pairs->items, cap * sizeof(*items));
    if (items != NULL) {
        pairs->items = items;
    }
    uint32_t *log = realloc(pairs->log, cap * sizeof(*log));
    if (log != NULL) {
        pairs->log = log;
    }
    uint32_t *slots = calloc((size_t)cap * 2, sizeof(*slots));
    if (items == NULL || log == NULL || slots == NULL) {
        free(slots);
        return -1;
    }
    free(pairs->slots);
    pairs->slots = slots;
    pairs->slot_count = cap * 2;
    pairs->cap = cap;
    for (uint32_t i = 0; i < pairs->count; i++) {
        *find_slot(pairs, items[i].reader, items[i].writer) = i + 1;
    }
    return 0;
}

int64_t sch_pairs_find(const struct sch_pairs *pairs, const struct sch_type *reader,
                       const struct sch_type *writer)
{
    return pairs->count > 0 ? (int64_t)*find_slot(pairs, reader, writer) - 1 : -1;
}

int64_t sch_pairs_add(struct sch_pairs *pairs, const struct sch_type *reader,
                      const struct sch_type *writer)
{
    if (pairs->count == pairs->cap && grow(pairs) != 0) {
        return -1;
    }
    pairs->items[pairs->count] = (struct sch_pair){reader, writer, SCH_PAIR_UNKNOWN};
    *find_slot(pairs, reader, writer) = ++pairs->count;
    return (int64_t)pairs->count - 1;
}
