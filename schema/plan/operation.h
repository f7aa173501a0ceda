/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/operation.h - what a plan is made of: schema/plan/ makes it, schema/decode/ runs it.
 *
 * A plan is one array of operations. Each value operation stores one cell at `out + slot` and
 * moves `out` by `step`: at the top level `out` is the row and step is 0; on a tape slot is 0 and
 * step is 1. ROOM comes before every stretch of operations that push cells on a tape, so that they
 * need no check of their own.
 *
 * A nested record is a routine, compiled once for each type and reached by CALL, recursive or not:
 * plans stay small, and a recursive schema costs nothing here. Beside the operations there is a
 * tree of path nodes, from which an error's field path is made; a good event never reads it.
 *
 * A union with one branch beside null is its value on the tape. In one with more, each value is an
 * object with one key: the branch's name, as in Avro's JSON encoding. Without it two records with
 * the same fields, or the string "aGk=" and the bytes "hi", would be one value in the register. */
#ifndef SCHEMA_PLAN_OPERATION_H
#define SCHEMA_PLAN_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cell.h"
#include "schema/model/model.h"
#include "schema/plan/plan.h"

/* X(name): what a, b and c mean. */
#define SCH_OPS(X)                                                                                 \
    X(END)     /* the row is complete; the bytes must be too */                                    \
    X(BOOLEAN) /* value operations: slot, step, head */                                            \
    X(INT)                                                                                         \
    X(LONG)                                                                                        \
    X(RANGED) /* a: ranges[] */                                                                    \
    X(FLOAT)                                                                                       \
    X(DOUBLE)                                                                                      \
    X(BYTES)                                                                                       \
    X(TEXT)                                                                                        \
    X(FIXED)         /* a: size */                                                                 \
    X(DECIMAL)       /* b: limits[] */                                                             \
    X(DECIMAL_FIXED) /* a: size, b: limits[] */                                                    \
    X(UUID)                                                                                        \
    X(ENUM) /* a: symbols[], b: how many */                                                        \
    X(NULL)                                                                                        \
    X(SKIP_BOOLEAN)                                                                                \
    X(SKIP_INT)                                                                                    \
    X(SKIP_LONG)                                                                                   \
    X(SKIP_BYTES)                                                                                  \
    X(SKIP_FIXED) /* a: size */                                                                    \
    X(SKIP_ENUM)  /* a: how many symbols */                                                        \
    X(SKIP_ARRAY)                                                                                  \
    X(SKIP_NEXT) /* a: least bytes of an item, b: where to go after the last */                    \
    X(NULLABLE)  /* a: the null branch, b: where to go when it is null */                          \
    X(UNION)     /* a: jumps[], b: how many */                                                     \
    X(JUMP)      /* b: where to */                                                                 \
    X(CALL)      /* b: the routine */                                                              \
    X(RETURN)                                                                                      \
    X(TAPE)     /* begins the tape of a column */                                                  \
    X(TAPE_END) /* slot */                                                                         \
    X(ROOM)     /* a: cells that the stretch pushes */                                             \
    X(OBJECT)                                                                                      \
    X(OBJECT_END)                                                                                  \
    X(KEY) /* a: keys[] */                                                                         \
    X(ARRAY)                                                                                       \
    X(ARRAY_NEXT) /* as SKIP_NEXT */                                                               \
    X(MAP)                                                                                         \
    X(MAP_NEXT) /* as SKIP_NEXT; pushes the key */

enum sch_op_code {
#define X(name) OP_##name,
    SCH_OPS(X)
#undef X
        OP_COUNT
};

struct sch_op {
    uint8_t code;
    uint8_t depth; /* containers that are open here, counted from the start of the routine */
    uint8_t step;
    uint8_t unused;
    uint32_t head; /* the first four bytes of the cell: type, column type, scale */
    uint32_t slot;
    uint32_t a;
    uint32_t b;
    uint32_t path; /* nodes[] */
};

/* A raw value within [min, max] is stored multiplied. */
struct sch_range {
    int64_t min;
    int64_t max;
    int64_t factor;
    uint32_t is_int;
    uint32_t code; /* enum err_code for what is outside */
};

struct sch_label {
    const uint8_t *p;
    uint32_t len;
};

/* |unscaled| < power: big-endian without leading zeros. */
struct sch_limit {
    const uint8_t *power;
    uint32_t len;
    uint64_t small; /* the same number when it has at most 18 zeros, else 0 */
};

enum sch_node_kind {
    NODE_ROOT = 0,
    NODE_FIELD,  /* name */
    NODE_ITEM,   /* the number is in the loop's frame */
    NODE_VALUE,  /* the key is in the loop's frame */
    NODE_BLOCK,  /* between two items: the loop has a frame, but no name to show */
    NODE_ROUTINE /* go on at the CALL */
};

struct sch_node {
    enum sch_node_kind kind;
    uint32_t parent;
    const char *name;
};

struct sch_plan {
    struct sch_op *ops;
    const uint32_t *jumps;
    const struct sch_range *ranges;
    const struct sch_label *symbols;
    const struct sch_label *keys;
    const struct sch_limit *limits;
    const struct sch_node *nodes;
    size_t op_count;
    uint64_t cells_once; /* that tapes take when each of its loops runs once */

    struct arena arena; /* powers of ten */
    struct buf tables[7];
    struct sch_schema *structure;
};

enum { SCH_MAX_PLAN_OPS = 1 << 20, SCH_MAX_DECIMAL_DIGITS = 1000 };

#endif
