/* SPDX-License-Identifier: Apache-2.0
 * ingest/list.h - an array that grows and is kept for the next batch. Pure. */
#ifndef INGEST_LIST_H
#define INGEST_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* Twice the room; what is new is zeroed. False: no memory, and the list is as it was. */
MUST_CHECK bool ing_list_widen(void **items, size_t *cap, size_t size);

/* Room for one more than `count` items of `size` bytes. */
MUST_CHECK static inline bool ing_list_grow(void **items, size_t *cap, size_t count, size_t size)
{
    return LIKELY(count < *cap) || ing_list_widen(items, cap, size);
}

#endif
