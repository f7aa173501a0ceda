/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/run.c - tapes, loops over blocks, and the field path of an error. */
#include "schema/decode/run_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "schema/decode/decode.h"
#include "schema/decode/read_priv.h"

enum { FIRST_TAPE_CELLS = 32 };

static uint64_t cells_allowed(const struct run *run)
{
    uint64_t cells = run->plan->cells_once + SCH_TAPE_CELLS_FREE +
                     (uint64_t)(run->end - run->begin) * SCH_TAPE_CELLS_PER_BYTE;
    return cells < SCH_MAX_TAPE_CELLS ? cells : SCH_MAX_TAPE_CELLS;
}

struct cell *sch_tape_room(struct run *run, struct cell *out, uint32_t more, enum err_code *code)
{
    size_t used = (size_t)(out - run->tape);
    size_t held = (size_t)(run->tape_end - run->tape);
    size_t need = used + more;
    uint64_t most = cells_allowed(run) - run->tape_cells;
    if (need > most) {
        *code = ERR_TOO_LARGE;
        return NULL;
    }
    size_t cap = held < FIRST_TAPE_CELLS ? FIRST_TAPE_CELLS : held * 2;
    const struct frame *top = run->frame_count > 0 ? &run->frames[run->frame_count - 1] : NULL;
    if (top != NULL && top->kind == FRAME_LOOP && cap < need + top->left) {
        cap = need + top->left; /* each item that is still to come takes a cell */
    }
    cap = cap < need ? need : cap;
    cap = cap > most ? (size_t)most : cap;
    if (held > 0 &&
        arena_resize_last(run->arena, run->tape, held * sizeof(*out), cap * sizeof(*out))) {
        run->tape_end = run->tape + cap;
        return out;
    }
    struct cell *tape = arena_alloc(run->arena, cap * sizeof(*tape));
    if (tape == NULL) {
        *code = ERR_NO_MEMORY;
        return NULL;
    }
    if (used > 0) {
        memcpy(tape, run->tape, used * sizeof(*tape));
    }
    run->tape = tape;
    run->tape_end = tape + cap;
    return tape + used;
}

/* Reads the head of a block into the loop on top: its count, and its size when the count is
 * negative. */
static const uint8_t *read_block(struct run *run, struct frame *loop, const uint8_t *p,
                                 const uint8_t *end, uint32_t min_bytes, enum err_code *code)
{
    uint64_t raw;
    const uint8_t *next = read_raw(p, end, &raw);
    if (next == NULL) {
        *code = sch_varint_fault(p, end);
        return NULL;
    }
    uint64_t count = raw >> 1; /* of a negative one, the count less one */
    loop->block_end = NULL;
    if ((raw & 1) != 0) {
        count++;
        uint32_t size;
        p = next;
        next = read_length(p, end, &size);
        if (next == NULL) {
            *code = sch_length_fault(p, end);
            return NULL;
        }
        loop->block_end = next + size;
        end = next + size;
    }
    if (count > INT32_MAX) {
        *code = ERR_BAD_LENGTH;
        return NULL;
    }
    /* Before anything is allocated: the bytes that are left must be able to hold the items. */
    if (count * min_bytes > (uint64_t)(end - next)) {
        *code = loop->block_end != NULL ? ERR_BAD_LENGTH : ERR_TRUNCATED;
        return NULL;
    }
    if (min_bytes == 0) {
        run->empty_items += count;
        if (run->empty_items > SCH_MAX_EMPTY_ITEMS) {
            *code = ERR_TOO_LARGE;
            return NULL;
        }
    }
    loop->left = count;
    return next;
}

const uint8_t *sch_loop_next(struct run *run, const uint8_t *p, const uint8_t *end,
                             uint32_t min_bytes, bool skips, bool *item, enum err_code *code)
{
    struct frame *loop = &run->frames[run->frame_count - 1];
    while (loop->left == 0) {
        if (loop->block_end != NULL && p != loop->block_end) {
            *code = ERR_BAD_LENGTH;
            return NULL;
        }
        p = read_block(run, loop, p, end, min_bytes, code);
        if (p == NULL) {
            return NULL;
        }
        if (loop->left == 0) { /* only a count of 0, which has no size */
            *item = false;
            return p;
        }
        if (skips && loop->block_end != NULL) {
            loop->count += loop->left;
            loop->left = 0;
            p = loop->block_end;
        }
    }
    loop->left--;
    loop->count++;
    *item = true;
    return p;
}

/* The nodes say what the frames mean: each loop and each routine on the way out has its frame, the
 * innermost last. */
static void fill_path(const struct run *run, const struct sch_op *op, struct err *err)
{
    uint32_t at = op->path;
    uint32_t top = run->frame_count;
    for (;;) {
        const struct sch_node *node = &run->plan->nodes[at];
        at = node->parent;
        if (node->kind == NODE_ROOT) {
            break;
        }
        if (node->kind == NODE_FIELD) {
            err_path_prepend(err, node->name);
            continue;
        }
        enum frame_kind expected = node->kind == NODE_ROUTINE ? FRAME_CALL : FRAME_LOOP;
        while (top > 0 && run->frames[top - 1].kind != expected) {
            top--;
        }
        if (top == 0) {
            break;
        }
        const struct frame *frame = &run->frames[--top];
        if (node->kind == NODE_ROUTINE) {
            at = run->plan->ops[frame->op].path;
        } else if (node->kind == NODE_VALUE) {
            err_path_prepend_key(err, frame->key, frame->key_len);
        } else if (node->kind == NODE_ITEM) {
            err_path_prepend_index(err, frame->count - 1);
        }
    }
}

int sch_decode_fault(struct run *run, const struct sch_op *op, const uint8_t *p, enum err_code code,
                     struct err *err)
{
    enum err_kind kind = code == ERR_NO_MEMORY ? ERR_KIND_RETRY
                         : code == ERR_BUG     ? ERR_KIND_FATAL
                                               : ERR_KIND_POISON;
    err_set(err, kind, code, "%s, at byte %zu", err_sentence(code), (size_t)(p - run->begin));
    fill_path(run, op, err);
    return -1;
}
