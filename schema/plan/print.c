/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/print.c - a plan for people: one operation a line. */
#include <string.h>

#include "schema/plan/operation.h"

static const char *const op_names[OP_COUNT] = {
#define X(name) [OP_##name] = #name,
    SCH_OPS(X)
#undef X
};

static void print_path(const struct sch_plan *plan, uint32_t at, struct buf *out)
{
    const struct sch_node *node = &plan->nodes[at];
    if (node->kind == NODE_ROOT || node->kind == NODE_ROUTINE) {
        return;
    }
    print_path(plan, node->parent, out);
    if (node->kind != NODE_BLOCK) {
        buf_printf(out, "/%s", node->kind == NODE_FIELD ? node->name : "*");
    }
}

static void print_op(const struct sch_plan *plan, size_t pc, struct buf *out)
{
    const struct sch_op *op = &plan->ops[pc];
    buf_printf(out, "%4zu %-13s", pc, op_names[op->code]);
    switch ((enum sch_op_code)op->code) {
    case OP_JUMP:
    case OP_CALL: buf_printf(out, " to %u", op->b); break;
    case OP_SKIP_NEXT:
    case OP_ARRAY_NEXT:
    case OP_MAP_NEXT: buf_printf(out, " least %u, done at %u", op->a, op->b); break;
    case OP_NULLABLE: buf_printf(out, " null is %u, null to %u", op->a, op->b); break;
    case OP_UNION:
        for (uint32_t i = 0; i < op->b; i++) {
            buf_printf(out, " %u", plan->jumps[op->a + i]);
        }
        break;
    case OP_KEY: buf_printf(out, " %.*s", (int)plan->keys[op->a].len, plan->keys[op->a].p); break;
    case OP_ROOM:
    case OP_FIXED:
    case OP_SKIP_FIXED: buf_printf(out, " %u", op->a); break;
    default:
        if (op->head != 0 && !op->step) {
            buf_printf(out, " column %u", op->slot);
        }
        break;
    }
    buf_put_str(out, "  ");
    print_path(plan, op->path, out);
    buf_put_u8(out, '\n');
}

void sch_plan_print(const struct sch_plan *plan, struct buf *out)
{
    for (size_t pc = 0; pc < plan->op_count; pc++) {
        print_op(plan, pc, out);
    }
}
