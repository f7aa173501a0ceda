/* SPDX-License-Identifier: Apache-2.0
 * schema/decode.c - runs a plan over an event's bytes.
 *
 * One loop over flat operations: the cursor, the operation and the output stay in registers, and a scalar goes from the
 * bytes straight into its cell, borrowing them. Nested values push cells on a tape in the arena; their loops and calls
 * have frames in struct run, whose number bounds the depth, so hostile bytes can neither overflow the stack nor make
 * anything grow before the bytes for it are there. Every failure goes to one label with a code; the path and the text
 * are made there, out of the way (schema/decode_run.c). */
#include "schema/decode.h"

#include <string.h>

#include "schema/decode_read.h"
#include "schema/decode_run.h"

HOT void put_head(struct cell *cell, const struct sch_op *op, uint32_t len)
{
    memcpy(cell, &op->head, sizeof(op->head));
    cell->len = len;
}

HOT void put_int(struct cell *cell, const struct sch_op *op, int64_t value)
{
    put_head(cell, op, 0);
    cell->i = value;
}

HOT void put_double(struct cell *cell, const struct sch_op *op, double value)
{
    put_head(cell, op, 0);
    cell->d = value;
}

HOT void put_bytes(struct cell *cell, const struct sch_op *op, const uint8_t *p, uint32_t len)
{
    put_head(cell, op, len);
    cell->p = p;
}

/* Exponent bits all set: infinite or not a number. */
HOT bool is_finite(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return (bits >> 52 & 0x7FF) != 0x7FF;
}

HOT bool put_decimal(struct cell *cell, const struct sch_op *op, const struct sch_plan *plan,
                     const uint8_t *p, uint32_t len)
{
    const struct sch_limit *limit = &plan->limits[op->b];
    if (UNLIKELY(len == 0)) {
        return false;
    }
    /* Bytes that only repeat the sign say nothing, and the register need not see them. */
    while (UNLIKELY(len > 1 && p[0] == (uint8_t)(p[1] >= 0x80 ? 0xFF : 0))) {
        p++;
        len--;
    }
    if (LIKELY(len <= 8 && limit->small != 0)) {
        int64_t value = (int8_t)p[0];
        for (uint32_t i = 1; i < len; i++) {
            value = (int64_t)((uint64_t)value << 8 | p[i]);
        }
        uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
        if (UNLIKELY(magnitude >= limit->small)) {
            return false;
        }
    } else if (UNLIKELY(!sch_decimal_fits(p, len, limit))) {
        return false;
    }
    put_bytes(cell, op, p, len);
    return true;
}

/* A frame for one more level; NULL when the value is too deep. */
HOT struct frame *push_frame(struct run *run, enum frame_kind kind, uint32_t depth)
{
    if (UNLIKELY(depth > SCH_MAX_DEPTH || run->frame_count == MAX_FRAMES)) {
        return NULL;
    }
    struct frame *frame = &run->frames[run->frame_count++];
    frame->kind = kind;
    frame->key = NULL;
    frame->block_end = NULL;
    frame->left = 0;
    frame->count = 0;
    return frame;
}

static void begin_container(struct run *run, struct frame *frame, struct cell *out,
                            enum cell_type type)
{
    frame->cell = (uint32_t)(out - run->tape);
    *out = (struct cell){.type = (uint8_t)type, .column_type = COLUMN_JSONB};
}

static void end_container(struct run *run, const struct cell *out)
{
    const struct frame *frame = &run->frames[--run->frame_count];
    struct cell *cell = &run->tape[frame->cell];
    cell->len = (uint32_t)(out - cell) - 1;
}

static void end_tape(struct run *run, const struct sch_op *op, const struct cell *out,
                     struct cell *cell)
{
    uint32_t len = (uint32_t)(out - run->tape);
    run->tape_cells += len;
    if (len == 1 && run->tape[0].type == CELL_NULL) {
        *cell = (struct cell){.type = CELL_NULL};
        return;
    }
    put_head(cell, op, len);
    cell->tape = run->tape;
}

int sch_decode(const struct sch_plan *plan, const uint8_t *bytes, size_t len, struct arena *arena,
               struct cell *cells, struct err *err)
{
    static const uint8_t nothing[1];
    const uint8_t *p = LIKELY(len > 0) ? bytes : nothing;
    const uint8_t *const end = p + len;
    const uint8_t *next;
    const struct sch_op *op = plan->ops;
    struct cell *out = cells;
    enum err_code code;
    int64_t value;
    uint64_t raw;
    uint32_t size;
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

    for (;; op++) {
        struct cell *cell = out + op->slot;
        switch ((enum sch_op_code)op->code) {
        case OP_END:
            if (UNLIKELY(p != end)) {
                code = ERR_TRAILING_BYTES;
                goto bad;
            }
            return 0;

        case OP_BOOLEAN:
            if (UNLIKELY(p == end)) {
                goto truncated;
            }
            if (UNLIKELY(*p > 1)) {
                code = ERR_BAD_BOOLEAN;
                goto bad;
            }
            put_int(cell, op, *p++);
            out += op->step;
            continue;
        case OP_INT:
            next = read_int(p, end, &value);
            if (UNLIKELY(next == NULL)) {
                goto bad_int;
            }
            p = next;
            put_int(cell, op, value);
            out += op->step;
            continue;
        case OP_LONG:
            next = read_long(p, end, &value);
            if (UNLIKELY(next == NULL)) {
                goto bad_varint;
            }
            p = next;
            put_int(cell, op, value);
            out += op->step;
            continue;
        case OP_RANGED: {
            const struct sch_range *range = &plan->ranges[op->a];
            next = range->is_int ? read_int(p, end, &value) : read_long(p, end, &value);
            if (UNLIKELY(next == NULL)) {
                if (range->is_int) {
                    goto bad_int;
                }
                goto bad_varint;
            }
            if (UNLIKELY(value < range->least || value > range->greatest)) {
                code = (enum err_code)range->code;
                goto bad;
            }
            p = next;
            put_int(cell, op, value * range->factor);
            out += op->step;
            continue;
        }
        case OP_INT_DOUBLE:
        case OP_INT_FLOAT:
            next = read_int(p, end, &value);
            if (UNLIKELY(next == NULL)) {
                goto bad_int;
            }
            p = next;
            put_double(cell, op, op->code == OP_INT_FLOAT ? (double)(float)value : (double)value);
            out += op->step;
            continue;
        case OP_LONG_DOUBLE:
        case OP_LONG_FLOAT:
            next = read_long(p, end, &value);
            if (UNLIKELY(next == NULL)) {
                goto bad_varint;
            }
            p = next;
            put_double(cell, op, op->code == OP_LONG_FLOAT ? (double)(float)value : (double)value);
            out += op->step;
            continue;
        case OP_FLOAT: {
            uint32_t bits;
            float number;
            if (UNLIKELY(end - p < 4)) {
                goto truncated;
            }
            memcpy(&bits, p, sizeof(bits));
            bits = le32toh(bits);
            memcpy(&number, &bits, sizeof(number));
            if (UNLIKELY(op->a && !is_finite((double)number))) {
                code = ERR_BAD_NUMBER;
                goto bad;
            }
            p += 4;
            put_double(cell, op, (double)number);
            out += op->step;
            continue;
        }
        case OP_DOUBLE: {
            double number;
            if (UNLIKELY(end - p < 8)) {
                goto truncated;
            }
            memcpy(&raw, p, sizeof(raw));
            raw = le64toh(raw);
            memcpy(&number, &raw, sizeof(number));
            if (UNLIKELY(op->a && !is_finite(number))) {
                code = ERR_BAD_NUMBER;
                goto bad;
            }
            p += 8;
            put_double(cell, op, number);
            out += op->step;
            continue;
        }
        case OP_BYTES:
            next = read_length(p, end, &size);
            if (UNLIKELY(next == NULL)) {
                goto bad_length;
            }
            p = next + size;
            put_bytes(cell, op, next, size);
            out += op->step;
            continue;
        case OP_TEXT:
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
            continue;
        case OP_FIXED:
            if (UNLIKELY((size_t)(end - p) < op->a)) {
                goto truncated;
            }
            put_bytes(cell, op, p, op->a);
            p += op->a;
            out += op->step;
            continue;
        case OP_DECIMAL:
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
            continue;
        case OP_DECIMAL_FIXED:
            if (UNLIKELY((size_t)(end - p) < op->a)) {
                goto truncated;
            }
            if (UNLIKELY(!put_decimal(cell, op, plan, p, op->a))) {
                code = ERR_BAD_NUMBER;
                goto bad;
            }
            p += op->a;
            out += op->step;
            continue;
        case OP_UUID: {
            next = read_length(p, end, &size);
            if (UNLIKELY(next == NULL)) {
                goto bad_length;
            }
            uint8_t *uuid = arena_alloc(arena, 16);
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
            continue;
        }
        case OP_ENUM: {
            next = read_raw(p, end, &raw);
            if (UNLIKELY(next == NULL || (raw & 1) != 0 || raw >> 1 >= op->b)) {
                goto bad_enum;
            }
            const struct sch_text *symbol = &plan->symbols[op->a + (raw >> 1)];
            if (UNLIKELY(symbol->p == NULL)) {
                goto bad_enum;
            }
            p = next;
            put_bytes(cell, op, symbol->p, symbol->len);
            out += op->step;
            continue;
        }
        case OP_NULL:
            put_int(cell, op, 0);
            out += op->step;
            continue;
        case OP_CONST:
            if (!op->step) {
                *cell = plan->consts[op->a];
                continue;
            }
            memcpy(out, &plan->consts[op->a], op->b * sizeof(*out));
            out += op->b;
            continue;

        case OP_SKIP_BOOLEAN:
            if (UNLIKELY(p == end)) {
                goto truncated;
            }
            if (UNLIKELY(*p++ > 1)) {
                p--;
                code = ERR_BAD_BOOLEAN;
                goto bad;
            }
            continue;
        case OP_SKIP_INT:
            next = read_int(p, end, &value);
            if (UNLIKELY(next == NULL)) {
                goto bad_int;
            }
            p = next;
            continue;
        case OP_SKIP_LONG:
            next = read_raw(p, end, &raw);
            if (UNLIKELY(next == NULL)) {
                goto bad_varint;
            }
            p = next;
            continue;
        case OP_SKIP_BYTES:
            next = read_length(p, end, &size);
            if (UNLIKELY(next == NULL)) {
                goto bad_length;
            }
            p = next + size;
            continue;
        case OP_SKIP_FIXED:
            if (UNLIKELY((size_t)(end - p) < op->a)) {
                goto truncated;
            }
            p += op->a;
            continue;
        case OP_SKIP_ENUM:
            next = read_raw(p, end, &raw);
            if (UNLIKELY(next == NULL || (raw & 1) != 0 || raw >> 1 >= op->a)) {
                goto bad_enum;
            }
            p = next;
            continue;

        case OP_NULLABLE:
            if (UNLIKELY(p == end)) {
                goto truncated;
            }
            if (UNLIKELY(*p != 0 && *p != 2)) {
                goto bad_branch; /* an overlong varint would do, but nobody writes one here */
            }
            if ((uint32_t)*p++ >> 1 == op->a) {
                put_int(cell, op, 0);
                out += op->step;
                op = plan->ops + op->b - 1;
            }
            continue;
        case OP_UNION:
            next = read_raw(p, end, &raw);
            if (UNLIKELY(next == NULL || (raw & 1) != 0 || raw >> 1 >= op->b)) {
                goto bad_branch;
            }
            p = next;
            op = plan->ops + plan->jumps[op->a + (raw >> 1)] - 1;
            continue;
        case OP_JUMP: op = plan->ops + op->b - 1; continue;
        case OP_CALL: {
            uint32_t depth = run.depth + op->depth;
            struct frame *frame = push_frame(&run, FRAME_CALL, depth + 1);
            if (UNLIKELY(frame == NULL)) {
                goto too_deep;
            }
            frame->op = (uint32_t)(op - plan->ops);
            run.depth = depth;
            op = plan->ops + op->b - 1;
            continue;
        }
        case OP_RETURN: {
            const struct frame *frame = &run.frames[--run.frame_count];
            op = plan->ops + frame->op;
            run.depth -= op->depth;
            continue;
        }
        case OP_FAIL: code = (enum err_code)op->a; goto bad;

        case OP_TAPE:
            /* Nowhere yet, with no room: what the tape had belongs to the column before. */
            run.tape = cells;
            run.tape_end = cells;
            continue;
        case OP_TAPE_END:
            end_tape(&run, op, out, cells + op->slot);
            out = cells;
            continue;
        case OP_ROOM:
            if (UNLIKELY(run.tape_end - out < (ptrdiff_t)op->a)) {
                out = sch_tape_room(&run, out, op->a, &code);
                if (UNLIKELY(out == NULL)) {
                    goto bad;
                }
            }
            continue;
        case OP_OBJECT: {
            struct frame *frame = push_frame(&run, FRAME_OBJECT, 0);
            if (UNLIKELY(frame == NULL)) {
                goto too_deep;
            }
            begin_container(&run, frame, out++, CELL_OBJECT);
            continue;
        }
        case OP_OBJECT_END: end_container(&run, out); continue;
        case OP_KEY:
            put_bytes(out++, op, plan->keys[op->a].p, plan->keys[op->a].len);
            continue;
        case OP_SKIP_ARRAY:
        case OP_ARRAY:
        case OP_MAP: {
            struct frame *frame = push_frame(&run, FRAME_LOOP, run.depth + op->depth);
            if (UNLIKELY(frame == NULL)) {
                goto too_deep;
            }
            if (op->code != OP_SKIP_ARRAY) {
                begin_container(&run, frame, out++,
                                op->code == OP_MAP ? CELL_OBJECT : CELL_ARRAY);
            }
            continue;
        }
        case OP_SKIP_NEXT:
        case OP_ARRAY_NEXT:
        case OP_MAP_NEXT: {
            bool item;
            next = sch_loop_next(&run, p, end, op->a, op->code == OP_SKIP_NEXT, &item, &code);
            if (UNLIKELY(next == NULL)) {
                goto bad;
            }
            p = next;
            if (!item) {
                if (op->code == OP_SKIP_NEXT) {
                    run.frame_count--;
                } else {
                    end_container(&run, out);
                }
                op = plan->ops + op->b - 1;
                continue;
            }
            if (op->code != OP_MAP_NEXT) {
                continue;
            }
            struct frame *frame = &run.frames[run.frame_count - 1];
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
            continue;
        }
        case OP_COUNT: code = ERR_BUG; goto bad;
        }
    }

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
too_deep:
    code = ERR_TOO_DEEP;
bad:
    return sch_decode_fault(&run, op, p, code, err);
}
