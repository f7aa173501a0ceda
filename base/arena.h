/* SPDX-License-Identifier: Apache-2.0
 * base/arena.h - memory that is released all at once.
 *
 * arena_reset keeps its blocks, so a lane that has warmed up no longer calls malloc;
 * arena_mark/arena_rewind undo one event's allocations. Not thread-safe. Memory is aligned
 * for any type and not zeroed. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena_block;

struct arena {
    struct arena_block *first;
    struct arena_block *current;
    uint8_t *next;
    uint8_t *end;
    size_t held_bytes; /* in all blocks, used or not */
    size_t full_bytes; /* in the blocks before the current one */
};

struct arena_mark {
    struct arena_block *block;
    uint8_t *next;
    size_t full_bytes;
};

#define ARENA_INIT                                                                                 \
    {                                                                                              \
        NULL, NULL, NULL, NULL, 0, 0                                                               \
    }

enum { ARENA_ALIGN = 16 };

void arena_fini(struct arena *arena);
void arena_reset(struct arena *arena);
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* Bytes allocated since the reset, with the unused ends of blocks. */
size_t arena_used(const struct arena *arena);

/* The slow half of arena_alloc. */
void *arena_alloc_block(struct arena *arena, size_t size);

/* NULL when memory is out. size 0 gives a valid pointer. */
static inline MUST_CHECK void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded = (size + (size == 0) + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (LIKELY(rounded >= size && (size_t)(arena->end - arena->next) >= rounded)) {
        void *p = arena->next;
        arena->next += rounded;
        return p;
    }
    return arena_alloc_block(arena, size);
}

/* Makes the last allocation longer or shorter, in its place; false when `p` is not the last one,
 * or its block has no more room. */
static inline bool arena_resize_last(struct arena *arena, const void *p, size_t size, size_t wanted)
{
    const uint8_t *last = p;
    size_t room = ~(size_t)(ARENA_ALIGN - 1);
    size = (size + (size == 0) + ARENA_ALIGN - 1) & room;
    wanted = (wanted + (wanted == 0) + ARENA_ALIGN - 1) & room;
    if (arena->next == NULL || last == NULL || last + size != arena->next || wanted == 0 ||
        wanted > size + (size_t)(arena->end - arena->next)) {
        return false;
    }
    arena->next = arena->next - size + wanted;
    return true;
}

/* Room for one more item behind `count` of them, which are copied when their number is a power of two: the items
 * then, of which the last is not set. NULL when memory is out; `items` stays. */
MUST_CHECK void *arena_push(struct arena *arena, const void *items, size_t count, size_t size);

MUST_CHECK void *arena_calloc(struct arena *arena, size_t count, size_t size); /* zeroed */
MUST_CHECK char *arena_strdup(struct arena *arena, const char *text);
MUST_CHECK void *arena_memdup(struct arena *arena, const void *bytes, size_t len); /* and a NUL */
MUST_CHECK char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
