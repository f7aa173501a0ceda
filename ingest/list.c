/* SPDX-License-Identifier: Apache-2.0
 * ingest/list.c - see the header. */
#include "ingest/list.h"

#include <stdlib.h>
#include <string.h>

bool ing_list_widen(void **items, size_t *cap, size_t size)
{
    size_t new_cap = *cap > 0 ? *cap * 2 : 16;
    void *grown = realloc(*items, new_cap * size);
    if (grown == NULL) {
        return false;
    }
    memset((char *)grown + *cap * size, 0, (new_cap - *cap) * size);
    *items = grown;
    *cap = new_cap;
    return true;
}
