/* SPDX-License-Identifier: Apache-2.0
 * ingest/handles.c - see the header. */
#include "ingest/handles.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/partition.h"

void ing_handles_init(struct ing_handles *handles, size_t count)
{
    size_t cap = 16;
    while (cap < count * 2) {
        cap *= 2;
    }
    handles->rows = calloc(cap, sizeof(*handles->rows));
    handles->cap = handles->rows != NULL ? cap : 0;
    handles->count = 0;
}

void ing_handles_fini(struct ing_handles *handles)
{
    free(handles->rows);
    *handles = (struct ing_handles){0};
}

/* Handles are addresses: their low bits say nothing. */
static size_t first_row(const struct ing_handles *handles, const void *native, int32_t partition)
{
    uint64_t hash =
        (uint64_t)(uintptr_t)native + (uint64_t)partition * UINT64_C(0xC2B2AE3D27D4EB4F);
    hash *= UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(hash >> 32) & (handles->cap - 1);
}

struct ing_part *ing_handles_find(const struct ing_handles *handles, const void *native,
                                  int32_t partition)
{
    if (handles->count == 0) {
        return NULL;
    }
    for (size_t i = first_row(handles, native, partition);; i = (i + 1) & (handles->cap - 1)) {
        const struct ing_handle *row = &handles->rows[i];
        if (row->part == NULL || (row->native == native && row->partition == partition)) {
            return row->part;
        }
    }
}

void ing_handles_put(struct ing_handles *handles, const void *native, struct ing_part *part)
{
    if (handles->count >= handles->cap / 2) {
        return; /* some row must stay free, or a look for what is not there would not end */
    }
    size_t i = first_row(handles, native, part->partition);
    while (handles->rows[i].part != NULL) {
        i = (i + 1) & (handles->cap - 1);
    }
    handles->rows[i] =
        (struct ing_handle){.native = native, .part = part, .partition = part->partition};
    handles->count++;
}

void ing_handles_forget(struct ing_handles *handles)
{
    if (handles->count > 0) {
        memset(handles->rows, 0, handles->cap * sizeof(*handles->rows));
    }
    handles->count = 0;
}
