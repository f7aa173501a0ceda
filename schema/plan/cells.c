/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/cells.c - two sizes by which the decoder bounds memory (schema/decode/decode.h).
 *
 * The fewest bytes of a value: counts are checked by them before anything is allocated. The cells
 * that the tapes of one event take when every loop of its plan runs once: a wide structure may use
 * them however few the bytes are. */
#include <stdlib.h>

#include "schema/plan/code_priv.h"

enum { MAX_CELLS_ONCE = 64 * 1024 }; /* records that hold each other many times grow without end */

/* Sums of it do not overflow. */
enum { MIN_BYTES_LIMIT = 1 << 24 };

static uint32_t min_bytes_of_record(struct sch_coder *coder, const struct sch_type *record)
{
    uint32_t *memo = &coder->sides[record->number].min_bytes;
    if (*memo > 0) {
        return *memo - 1;
    }
    /* Deeper than a value may be, or a record that holds itself: no such value exists. */
    if (coder->min_bytes_depth >= SCH_MAX_DEPTH) {
        return 1;
    }
    *memo = 1 + 1;
    uint64_t sum = 0;
    coder->min_bytes_depth++;
    for (size_t i = 0; i < record->field_count; i++) {
        sum += sch_min_bytes(coder, record->fields[i].type);
    }
    coder->min_bytes_depth--;
    uint32_t min_bytes = sum > MIN_BYTES_LIMIT ? MIN_BYTES_LIMIT : (uint32_t)sum;
    *memo = min_bytes + 1;
    return min_bytes;
}

uint32_t sch_min_bytes(struct sch_coder *coder, const struct sch_type *type)
{
    switch (type->kind) {
    case SCH_NULL: return 0;
    case SCH_FLOAT: return 4;
    case SCH_DOUBLE: return 8;
    case SCH_FIXED: return type->size < MIN_BYTES_LIMIT ? type->size : MIN_BYTES_LIMIT;
    case SCH_RECORD: return min_bytes_of_record(coder, type);
    default: return 1;
    }
}

struct count {
    const struct sch_plan *plan;
    const struct sch_routine *routines; /* their code follows that of the row, in this order */
    size_t routine_count;
    uint64_t *memo; /* of each routine, + 1; a routine that calls itself takes bytes each time */
    int depth;
};

/* `at`: 0 is the row's own code, else the routine before it. */
static uint64_t count_cells(struct count *count, size_t at)
{
    if (count->memo[at] > 0 || count->depth >= SCH_MAX_DEPTH) {
        return count->memo[at] > 0 ? count->memo[at] - 1 : 0;
    }
    count->memo[at] = 1;
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
    count->memo[at] = cells + 1;
    return cells;
}

bool sch_count_cells(struct sch_plan *plan, const struct sch_routine *routines,
                     size_t routine_count)
{
    struct count count = {.plan = plan, .routines = routines, .routine_count = routine_count};
    count.memo = calloc(routine_count + 1, sizeof(*count.memo));
    if (count.memo == NULL) {
        return false;
    }
    plan->cells_once = count_cells(&count, 0);
    free(count.memo);
    return true;
}
