/* SPDX-License-Identifier: Apache-2.0
 * base/arena.c - a chain of blocks, those in use first; a free block that is too small for a
 * request stays free for the next one. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
    struct arena_block *next;
    size_t size;
    _Alignas(ARENA_ALIGN) uint8_t bytes[];
};

enum { BLOCK_BYTES = 64 * 1024 };

static void enter(struct arena *arena, struct arena_block *block)
{
    arena->current = block;
    arena->next = block != NULL ? block->bytes : NULL;
    arena->end = block != NULL ? block->bytes + block->size : NULL;
}

void arena_fini(struct arena *arena)
{
    struct arena_block *block = arena->first;
    while (block != NULL) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    *arena = (struct arena)ARENA_INIT;
}

void arena_reset(struct arena *arena)
{
    arena->full_bytes = 0;
    enter(arena, arena->first);
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){
        .block = arena->current, .next = arena->next, .full_bytes = arena->full_bytes};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    if (mark.block == NULL) {
        arena_reset(arena);
        return;
    }
    arena->full_bytes = mark.full_bytes;
    enter(arena, mark.block);
    arena->next = mark.next;
}

size_t arena_used(const struct arena *arena)
{
    return arena->current == NULL
               ? 0
               : arena->full_bytes + (size_t)(arena->next - arena->current->bytes);
}

/* The next block of the chain. */
static void advance(struct arena *arena, struct arena_block *block)
{
    arena->full_bytes += arena->current != NULL ? arena->current->size : 0;
    enter(arena, block);
}

void *arena_alloc_block(struct arena *arena, size_t size)
{
    size_t rounded = (size + (size == 0) + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (rounded < size) {
        return NULL;
    }
    /* Blocks after the current one are left from before a reset. The one taken goes before those
     * that are too small, which thereby stay free. */
    struct arena_block *last = arena->current;
    while (last != NULL && last->next != NULL) {
        struct arena_block *found = last->next;
        if (found->size >= rounded) {
            last->next = found->next;
            found->next = arena->current->next;
            arena->current->next = found;
            advance(arena, found);
            arena->next += rounded;
            return found->bytes;
        }
        last = found;
    }
    size_t block_size = rounded > BLOCK_BYTES ? rounded : BLOCK_BYTES;
    if (block_size > SIZE_MAX - sizeof(struct arena_block)) {
        return NULL;
    }
    struct arena_block *block = malloc(sizeof(*block) + block_size);
    if (block == NULL) {
        return NULL;
    }
    block->size = block_size;
    struct arena_block **before = arena->current != NULL ? &arena->current->next : &arena->first;
    block->next = *before;
    *before = block;
    arena->held_bytes += block_size;
    advance(arena, block);
    arena->next += rounded;
    return block->bytes;
}

void *arena_push(struct arena *arena, const void *items, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0) {
        return (void *)items; /* of this arena */
    }
    void *moved = arena_alloc(arena, (count > 0 ? count * 2 : 1) * size);
    if (moved != NULL && count > 0) {
        memcpy(moved, items, count * size);
    }
    return moved;
}

void *arena_calloc(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    void *p = arena_alloc(arena, count * size);
    return p != NULL ? memset(p, 0, count * size) : NULL;
}

void *arena_memdup(struct arena *arena, const void *bytes, size_t len)
{
    char *p = len < SIZE_MAX ? arena_alloc(arena, len + 1) : NULL;
    if (p != NULL) {
        if (len > 0) {
            memcpy(p, bytes, len);
        }
        p[len] = '\0';
    }
    return p;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_memdup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    char *text = n < 0 ? NULL : arena_alloc(arena, (size_t)n + 1);
    if (text != NULL) {
        vsnprintf(text, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    return text;
}
