/* SPDX-License-Identifier: Apache-2.0
 * schema/plan_cells.c - how many cells the tapes of one event take when every loop of its plan runs
 * once: what a wide structure may use however few the bytes are (schema/decode.h). */
#include <stdlib.h>

#include "schema/decode.h"
#include "schema/plan_code.h"

enum { MAX_CELLS_ONCE = 64 * 1024 }; /* records that hold each other many times grow without end */

struct count {
    const struct sch_plan *plan;
    const struct sch_routine *routines; /* their code follows that of the row, in this order */
    size_t routine_count;
    uint64_t *known; /* of each routine, + 1; a routine that holds itself is paid for in bytes */
    int depth;
};

/* `at`: 0 is the row's own code, else the routine before it. */
static uint64_t count_cells(struct count *count, size_t at)
{
    if (count->known[at] > 0 || count->depth >= SCH_MAX_DEPTH) {
        return count->known[at] > 0 ? count->known[at] - 1 : 0;
    }
    count->known[at] = 1;
    size_t begin = at > 0 ? count->routines[at - 1].pc : 0;
    size_t end = at < count->routine_count ? count->routines[at].pc : count->plan->op_count;
    uint64_t cells = 0;
    count->depth++;
    for (size_t i = begin; i < end; i++) {
        const struct sch_op *op = &count->plan->ops[i];
        if (op->code == OP_ROOM) {
            cells += op->a;
        } else if (op->code == OP_CALL) {
            cells += count_cells(count, (size_t)op->b + 1);
        }
        cells = cells < MAX_CELLS_ONCE ? cells : MAX_CELLS_ONCE;
    }
    count->depth--;
    count->known[at] = cells + 1;
    return cells;
}

bool sch_count_cells(struct sch_plan *plan, const struct sch_routine *routines,
                     size_t routine_count)
{
    struct count count = {.plan = plan, .routines = routines, .routine_count = routine_count};
    count.known = calloc(routine_count + 1, sizeof(*count.known));
    if (count.known == NULL) {
        return false;
    }
    plan->cells_once = count_cells(&count, 0);
    free(count.known);
    return true;
}
