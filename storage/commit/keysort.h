/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/keysort.h - events in the order of their encoded keys, and within a key in the order they
 * arrived. */
#ifndef STORAGE_COMMIT_KEYSORT_H
#define STORAGE_COMMIT_KEYSORT_H

#include <stddef.h>
#include <stdint.h>

#include "storage/commit/batch.h"

struct sto_item {
    uint64_t
        prefix;     /* eight bytes of the key, after those it shares with its neighbours; equal keys
                        have equal ones */
    uint32_t event; /* index into the events */
};

/* Fills items[0..count) and sorts them; spare has room for as many. count fits in 32 bits. */
void sto_keysort(struct sto_item *items, struct sto_item *spare, const struct sto_event *events,
                 size_t count);

/* Whether two sorted neighbours have the same key. */
int sto_same_key(const struct sto_item *a, const struct sto_item *b,
                 const struct sto_event *events);

#endif
