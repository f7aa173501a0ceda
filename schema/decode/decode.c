/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/decode.c - runs a plan over an event's bytes.
 *
 * One loop runs flat operations: the cursor, the operation and the output stay in registers, and a
 * scalar goes from the bytes straight into its cell, which borrows them. Nested values push cells
 * on a tape in the arena. Their loops and calls have frames in struct run, whose number bounds the
 * depth: hostile bytes can neither overflow the stack nor make anything grow before the bytes for
 * it are there. Every failure goes to one label with a code; schema/decode/run.c makes the path
 * and the text. */
#include "schema/decode/decode.h"

#include <string.h>

#include "schema/decode/put_priv.h"
#include "schema/decode/read_priv.h"
#include "schema/decode/run_priv.h"

/* A frame for one more level; NULL when the value is too deep. */
HOT struct frame *push_frame(struct run *run, enum frame_kind kind, uint32_t depth)
{
    if (UNLIKELY(depth > SCH_MAX_DEPTH || run->frame_count == MAX_FRAMES)) {
        return NULL;
    }
    struct frame *frame = &run->frames[run->frame_count++];
    *frame = (struct frame){.kind = kind};
    return frame;
}

static void begin_container(struct run *run, struct frame *frame, struct cell *out,
                            enum cell_type type)
{
    frame->cell = (uint32_t)(out - run->tape);
    *out = (struct cell){.type = (uint8_t)type, .column_type = COLUMN_JSONB};
}

static bool end_container(struct run *run, const struct cell *out)
{
    if (UNLIKELY(run->frame_count == 0)) {
        return false; /* no compiled plan does this */
    }
    const struct frame *frame = &run->frames[--run->frame_count];
    struct cell *cell = &run->tape[frame->cell];
    cell->len = (uint32_t)(out - cell) - 1;
    return true;
}

static void end_tape(struct run *run, const struct sch_op *op, const struct cell *out,
                     struct cell *cell)
{
    uint32_t len = (uint32_t)(out - run->tape);
    run->tape_cells += len;
    size_t held = (size_t)(run->tape_end - run->tape) * sizeof(*out);
    if (LIKELY(held > 0)) { /* what was not needed goes back, if nothing lies behind it */
        (void)arena_resize_last(run->arena, run->tape, held, len * sizeof(*out));
    }
    if (len == 1 && run->tape[0].type == CELL_NULL) {
        *cell = (struct cell){.type = CELL_NULL};
        return;
    }
    put_head(cell, op, len);
    cell->tape = run->tape;
}

/* Each operation jumps straight to the code of the next one: a processor predicts that better than
 * one jump for all. */
#define RUN()                                                                                      \
    do {                                                                                           \
        cell = out + op->slot;                                                                     \
        goto *labels[op->code];                                                                    \
    } while (0)
#define NEXT()                                                                                     \
    do {                                                                                           \
        op++;                                                                                      \
        RUN();                                                                                     \
    } while (0)

/* used: NULL: the bytes are the event's and no more; else how many of them it took. */
static int decode(const struct sch_plan *plan, const uint8_t *bytes, size_t len,
                  struct arena *arena, struct cell *cells, size_t *used, struct err *err)
{
    static const uint8_t nothing[1];
    const uint8_t *p = LIKELY(len > 0) ? bytes : nothing;
    const uint8_t *const end = p + len;
    const uint8_t *next;
    const struct sch_op *op = plan->ops;
    const struct sch_range *range;
    const struct sch_label *symbol;
    struct cell *out = cells;
    struct cell *cell;
    struct frame *frame;
    uint8_t *uuid;
    enum err_code code;
    int64_t value;
    uint64_t raw;
    uint32_t size;
    bool item;
    struct run run;
    run.plan = plan;
    run.arena = arena;
    run.tape = cells;
    run.tape_end = cells;
    run.tape_cells = 0;
    run.empty_items = 0;
    run.depth = 0;
    run.frame_count = 0;
    run.begin = p;
    run.end = end;

    static const void *const labels[OP_COUNT] = {
#define X(name) [OP_##name] = &&on_##name,
        SCH_OPS(X)
#undef X
    };
    RUN();

on_END:
    if (used != NULL) {
        *used = (size_t)(p - run.begin);
    } else if (UNLIKELY(p != end)) {
        code = ERR_TRAILING_BYTES;
        goto bad;
    }
    return 0;

on_BOOLEAN:
    if (UNLIKELY(p == end)) {
        goto truncated;
    }
    if (UNLIKELY(*p > 1)) {
        code = ERR_BAD_BOOLEAN;
        goto bad;
    }
    put_int(cell, op, *p++);
    out += op->step;
    NEXT();
on_INT:
    next = read_int(p, end, &value);
    if (UNLIKELY(next == NULL)) {
        goto bad_int;
    }
    p = next;
    put_int(cell, op, value);
    out += op->step;
    NEXT();
on_LONG:
    next = read_long(p, end, &value);
    if (UNLIKELY(next == NULL)) {
        goto bad_varint;
    }
    p = next;
    put_int(cell, op, value);
    out += op->step;
    NEXT();
on_RANGED:
    range = &plan->ranges[op->a];
    next = range->is_int ? read_int(p, end, &value) : read_long(p, end, &value);
    if (UNLIKELY(next == NULL)) {
        if (range->is_int) {
            goto bad_int;
        }
        goto bad_varint;
    }
    if (UNLIKELY(value < range->min || value > range->max)) {
        code = (enum err_code)range->code;
        goto bad;
    }
    p = next;
    put_int(cell, op, value * range->factor);
    out += op->step;
    NEXT();
on_FLOAT:
    if (UNLIKELY(end - p < 4)) {
        goto truncated;
    }
    put_double(cell, op, float_at(p));
    p += 4;
    out += op->step;
    NEXT();
on_DOUBLE:
    if (UNLIKELY(end - p < 8)) {
        goto truncated;
    }
    put_double(cell, op, double_at(p));
    p += 8;
    out += op->step;
    NEXT();
on_BYTES:
    next = read_length(p, end, &size);
    if (UNLIKELY(next == NULL)) {
        goto bad_length;
    }
    p = next + size;
    put_bytes(cell, op, next, size);
    out += op->step;
    NEXT();
on_TEXT:
    next = read_length(p, end, &size);
    if (UNLIKELY(next == NULL)) {
        goto bad_length;
    }
    if (UNLIKELY(!is_text(next, size, end))) {
        code = ERR_BAD_TEXT;
        goto bad;
    }
    p = next + size;
    put_bytes(cell, op, next, size);
    out += op->step;
    NEXT();
on_FIXED:
    if (UNLIKELY((size_t)(end - p) < op->a)) {
        goto truncated;
    }
    put_bytes(cell, op, p, op->a);
    p += op->a;
    out += op->step;
    NEXT();
on_DECIMAL:
    next = read_length(p, end, &size);
    if (UNLIKELY(next == NULL)) {
        goto bad_length;
    }
    if (UNLIKELY(!put_decimal(cell, op, plan, next, size))) {
        code = ERR_BAD_NUMBER;
        goto bad;
    }
    p = next + size;
    out += op->step;
    NEXT();
on_DECIMAL_FIXED:
    if (UNLIKELY((size_t)(end - p) < op->a)) {
        goto truncated;
    }
    if (UNLIKELY(!put_decimal(cell, op, plan, p, op->a))) {
        code = ERR_BAD_NUMBER;
        goto bad;
    }
    p += op->a;
    out += op->step;
    NEXT();
on_UUID:
    next = read_length(p, end, &size);
    if (UNLIKELY(next == NULL)) {
        goto bad_length;
    }
    uuid = arena_alloc(arena, 16);
    if (UNLIKELY(uuid == NULL)) {
        code = ERR_NO_MEMORY;
        goto bad;
    }
    if (UNLIKELY(!sch_uuid_parse(next, size, uuid))) {
        code = ERR_BAD_UUID;
        goto bad;
    }
    p = next + size;
    put_bytes(cell, op, uuid, 16);
    out += op->step;
    NEXT();
on_ENUM:
    next = read_raw(p, end, &raw);
    if (UNLIKELY(next == NULL || (raw & 1) != 0 || raw >> 1 >= op->b)) {
        goto bad_enum;
    }
    symbol = &plan->symbols[op->a + (raw >> 1)];
    p = next;
    put_bytes(cell, op, symbol->p, symbol->len);
    out += op->step;
    NEXT();
on_NULL:
    put_int(cell, op, 0);
    out += op->step;
    NEXT();
on_SKIP_BOOLEAN:
    if (UNLIKELY(p == end)) {
        goto truncated;
    }
    if (UNLIKELY(*p++ > 1)) {
        p--;
        code = ERR_BAD_BOOLEAN;
        goto bad;
    }
    NEXT();
on_SKIP_INT:
    next = read_int(p, end, &value);
    if (UNLIKELY(next == NULL)) {
        goto bad_int;
    }
    p = next;
    NEXT();
on_SKIP_LONG:
    next = read_raw(p, end, &raw);
    if (UNLIKELY(next == NULL)) {
        goto bad_varint;
    }
    p = next;
    NEXT();
on_SKIP_BYTES:
    next = read_length(p, end, &size);
    if (UNLIKELY(next == NULL)) {
        goto bad_length;
    }
    p = next + size;
    NEXT();
on_SKIP_FIXED:
    if (UNLIKELY((size_t)(end - p) < op->a)) {
        goto truncated;
    }
    p += op->a;
    NEXT();
on_SKIP_ENUM:
    next = read_raw(p, end, &raw);
    if (UNLIKELY(next == NULL || (raw & 1) != 0 || raw >> 1 >= op->a)) {
        goto bad_enum;
    }
    p = next;
    NEXT();

on_NULLABLE:
    if (UNLIKELY(p == end)) {
        goto truncated;
    }
    if (UNLIKELY(*p != 0 && *p != 2)) {
        goto bad_branch; /* an overlong varint is refused: no encoder writes one here */
    }
    if ((uint32_t)*p++ >> 1 == op->a) {
        put_int(cell, op, 0);
        out += op->step;
        op = plan->ops + op->b;
        RUN();
    }
    NEXT();
on_UNION:
    next = read_raw(p, end, &raw);
    if (UNLIKELY(next == NULL || (raw & 1) != 0 || raw >> 1 >= op->b)) {
        goto bad_branch;
    }
    p = next;
    op = plan->ops + plan->jumps[op->a + (raw >> 1)];
    RUN();
on_JUMP:
    op = plan->ops + op->b;
    RUN();
on_CALL:
    frame = push_frame(&run, FRAME_CALL, run.depth + op->depth + 1);
    if (UNLIKELY(frame == NULL)) {
        goto too_deep;
    }
    frame->op = (uint32_t)(op - plan->ops);
    run.depth += op->depth;
    op = plan->ops + op->b;
    RUN();
on_RETURN:
    if (UNLIKELY(run.frame_count == 0)) {
        goto bug;
    }
    frame = &run.frames[--run.frame_count];
    op = plan->ops + frame->op;
    run.depth -= op->depth;
    NEXT();
on_TAPE:
    /* The tape begins without room: its cells belong to the column before. */
    run.tape = cells;
    run.tape_end = cells;
    NEXT();
on_TAPE_END:
    end_tape(&run, op, out, cells + op->slot);
    out = cells;
    NEXT();
on_ROOM:
    if (UNLIKELY(run.tape_end - out < (ptrdiff_t)op->a)) {
        out = sch_tape_room(&run, out, op->a, &code);
        if (UNLIKELY(out == NULL)) {
            goto bad;
        }
    }
    NEXT();
on_OBJECT:
    frame = push_frame(&run, FRAME_OBJECT, 0);
    if (UNLIKELY(frame == NULL)) {
        goto too_deep;
    }
    begin_container(&run, frame, out++, CELL_OBJECT);
    NEXT();
on_OBJECT_END:
    if (UNLIKELY(!end_container(&run, out))) {
        goto bug;
    }
    NEXT();
on_KEY:
    put_bytes(out++, op, plan->keys[op->a].p, plan->keys[op->a].len);
    NEXT();
on_SKIP_ARRAY:
on_ARRAY:
on_MAP:
    frame = push_frame(&run, FRAME_LOOP, run.depth + op->depth);
    if (UNLIKELY(frame == NULL)) {
        goto too_deep;
    }
    if (op->code != OP_SKIP_ARRAY) {
        begin_container(&run, frame, out++, op->code == OP_MAP ? CELL_OBJECT : CELL_ARRAY);
    }
    NEXT();
on_SKIP_NEXT:
on_ARRAY_NEXT:
on_MAP_NEXT:
    next = sch_loop_next(&run, p, end, op->a, op->code == OP_SKIP_NEXT, &item, &code);
    if (UNLIKELY(next == NULL)) {
        goto bad;
    }
    p = next;
    if (!item) {
        if (op->code == OP_SKIP_NEXT) {
            run.frame_count--;
        } else if (UNLIKELY(!end_container(&run, out))) {
            goto bug;
        }
        op = plan->ops + op->b;
        RUN();
    }
    if (op->code != OP_MAP_NEXT) {
        NEXT();
    }
    frame = &run.frames[run.frame_count - 1];
    next = read_length(p, end, &size);
    if (UNLIKELY(next == NULL)) {
        goto bad_length;
    }
    if (UNLIKELY(!is_text(next, size, end))) {
        code = ERR_BAD_TEXT;
        goto bad;
    }
    p = next + size;
    frame->key = next;
    frame->key_len = size;
    if (UNLIKELY(run.tape_end == out)) {
        out = sch_tape_room(&run, out, 1, &code);
        if (UNLIKELY(out == NULL)) {
            goto bad;
        }
    }
    *out = (struct cell){.type = CELL_KEY, .len = size, .p = next};
    out++;
    NEXT();

truncated:
    code = ERR_TRUNCATED;
    goto bad;
bad_varint:
    code = sch_varint_fault(p, end);
    goto bad;
bad_int:
    code = sch_int_fault(p, end);
    goto bad;
bad_length:
    code = sch_length_fault(p, end);
    goto bad;
bad_enum:
    code = read_raw(p, end, &raw) == NULL ? sch_varint_fault(p, end) : ERR_BAD_ENUM;
    goto bad;
bad_branch:
    code = read_raw(p, end, &raw) == NULL ? sch_varint_fault(p, end) : ERR_BAD_BRANCH;
    goto bad;
bug:
    code = ERR_BUG;
    goto bad;
too_deep:
    code = ERR_TOO_DEEP;
bad:
    return sch_decode_fault(&run, op, p, code, err);
}

int sch_decode(const struct sch_plan *plan, const uint8_t *bytes, size_t len, struct arena *arena,
               struct cell *cells, struct err *err)
{
    return decode(plan, bytes, len, arena, cells, NULL, err);
}

int sch_decode_first(const struct sch_plan *plan, const uint8_t *bytes, size_t len,
                     struct arena *arena, struct cell *cells, size_t *used, struct err *err)
{
    return decode(plan, bytes, len, arena, cells, used, err);
}
