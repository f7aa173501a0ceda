/* SPDX-License-Identifier: Apache-2.0
 * schema/model/nameset.c - an open hash table, never more than half full. */
#include "schema/model/nameset.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct sch_nameset_slot {
    const char *name; /* NULL: free */
    void *value;
};

void sch_nameset_fini(struct sch_nameset *set)
{
    free(set->slots);
    *set = (struct sch_nameset){NULL, 0, 0};
}

/* The slot that has the name, or the free one where it would go. There is always a free one. */
static struct sch_nameset_slot *find_slot(const struct sch_nameset *set, const char *name)
{
    size_t mask = set->capacity - 1;
    size_t i = (size_t)hash_bytes(name, strlen(name), 0) & mask;
    while (set->slots[i].name != NULL && strcmp(set->slots[i].name, name) != 0) {
        i = (i + 1) & mask;
    }
    return &set->slots[i];
}

void *sch_nameset_get(const struct sch_nameset *set, const char *name)
{
    return set->capacity > 0 ? find_slot(set, name)->value : NULL;
}

static int grow(struct sch_nameset *set)
{
    struct sch_nameset bigger = {.capacity = set->capacity > 0 ? set->capacity * 2 : 16};
    bigger.slots = calloc(bigger.capacity, sizeof(*bigger.slots));
    if (bigger.slots == NULL) {
        return -1;
    }
    bigger.count = set->count;
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i].name != NULL) {
            *find_slot(&bigger, set->slots[i].name) = set->slots[i];
        }
    }
    free(set->slots);
    *set = bigger;
    return 0;
}

int sch_nameset_put(struct sch_nameset *set, const char *name, void *value, void **existing)
{
    if (set->count * 2 >= set->capacity && grow(set) != 0) {
        return -1;
    }
    struct sch_nameset_slot *slot = find_slot(set, name);
    if (slot->name != NULL) {
        if (existing != NULL) {
            *existing = slot->value;
        }
        return 1;
    }
    *slot = (struct sch_nameset_slot){name, value};
    set->count++;
    return 0;
}
