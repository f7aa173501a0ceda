/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/emit.c - appends rows to a plan's tables: operations, with the room that they need on
 * the tape, and path nodes.
 *
 * The stretch of pushes between two labels is preceded by one ROOM operation, whose count grows
 * as pushes are written. So every label and every jump ends the stretch. */
#include "schema/plan/code_priv.h"

#include <string.h>

uint32_t sch_code_rows(const struct sch_coder *coder, enum sch_table table, size_t size)
{
    return (uint32_t)(coder->plan->tables[table].len / size);
}

uint32_t sch_code_row(struct sch_coder *coder, enum sch_table table, const void *row, size_t size)
{
    uint32_t at = sch_code_rows(coder, table, size);
    buf_put(&coder->plan->tables[table], row, size);
    return at;
}

uint32_t sch_code_here(const struct sch_coder *coder)
{
    return sch_code_rows(coder, TABLE_OPS, sizeof(struct sch_op));
}

struct sch_op *sch_code_op_at(struct sch_coder *coder, uint32_t at)
{
    struct buf *ops = &coder->plan->tables[TABLE_OPS];
    return ops->failed ? NULL : (struct sch_op *)(void *)ops->data + at;
}

void sch_code_patch(struct sch_coder *coder, uint32_t at)
{
    struct sch_op *op = sch_code_op_at(coder, at);
    if (op != NULL) {
        op->b = sch_code_here(coder);
    }
    coder->room = 0;
}

void sch_code_end_stretch(struct sch_coder *coder)
{
    coder->room = 0;
}

uint32_t sch_code_op(struct sch_coder *coder, struct sch_op op)
{
    struct buf *ops = &coder->plan->tables[TABLE_OPS];
    if (sch_code_here(coder) >= SCH_MAX_PLAN_OPS) {
        ops->failed = true;
    }
    op.depth = coder->depth;
    op.path = coder->node;
    return sch_code_row(coder, TABLE_OPS, &op, sizeof(op));
}

uint32_t sch_code_put(struct sch_coder *coder, enum sch_op_code code, uint32_t a, uint32_t b)
{
    return sch_code_op(coder, (struct sch_op){.code = (uint8_t)code, .a = a, .b = b});
}

uint32_t sch_code_node(struct sch_coder *coder, enum sch_node_kind kind, const char *name)
{
    struct sch_node node = {.kind = kind, .parent = coder->node, .name = name};
    return sch_code_row(coder, TABLE_NODES, &node, sizeof(node));
}

/* Counts `cells` more pushes in the current stretch. */
void sch_code_room(struct sch_coder *coder, uint32_t cells)
{
    if (coder->room == 0) {
        coder->room = sch_code_put(coder, OP_ROOM, 0, 0) + 1;
    }
    struct sch_op *room = sch_code_op_at(coder, coder->room - 1);
    if (room != NULL) {
        room->a += cells;
    }
}

uint32_t sch_cell_head(enum cell_type type, enum column_type column_type, int scale)
{
    struct cell cell = {
        .type = (uint8_t)type, .column_type = (uint8_t)column_type, .scale = (uint16_t)scale};
    uint32_t head;
    memcpy(&head, &cell, sizeof(head));
    return head;
}

/* A value operation: one cell at its place. */
uint32_t sch_code_cell(struct sch_coder *coder, struct sch_dest dest, struct sch_op op)
{
    bool on_tape = dest.column == NULL;
    if (on_tape) {
        sch_code_room(coder, 1);
    }
    op.slot = on_tape ? 0 : dest.slot;
    op.step = on_tape;
    return sch_code_op(coder, op);
}

struct sch_fork sch_code_fork(struct sch_coder *coder, uint32_t branches)
{
    struct sch_fork fork = {.next = sch_code_rows(coder, TABLE_JUMPS, sizeof(uint32_t)),
                            .last_jump = UINT32_MAX};
    for (uint32_t i = 0; i < branches; i++) {
        uint32_t unknown = 0;
        sch_code_row(coder, TABLE_JUMPS, &unknown, sizeof(unknown));
    }
    sch_code_put(coder, OP_UNION, fork.next, branches);
    return fork;
}

void sch_code_branch(struct sch_coder *coder, struct sch_fork *fork)
{
    struct buf *jumps = &coder->plan->tables[TABLE_JUMPS];
    sch_code_end_stretch(coder);
    if (!jumps->failed) {
        ((uint32_t *)(void *)jumps->data)[fork->next] = sch_code_here(coder);
    }
    fork->next++;
}

/* The jumps to the end are chained through b until it is known. */
void sch_code_branch_end(struct sch_coder *coder, struct sch_fork *fork)
{
    fork->last_jump = sch_code_put(coder, OP_JUMP, 0, fork->last_jump);
}

void sch_code_join(struct sch_coder *coder, const struct sch_fork *fork)
{
    uint32_t end = sch_code_here(coder);
    uint32_t at = fork->last_jump;
    while (at != UINT32_MAX) {
        struct sch_op *op = sch_code_op_at(coder, at);
        at = op != NULL ? op->b : UINT32_MAX;
        if (op != NULL) {
            op->b = end;
        }
    }
    sch_code_end_stretch(coder);
}
