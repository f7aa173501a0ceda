/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/code_priv.h - the part of the plan compiler that writes operations for types
 * (private to schema/plan/).
 *
 * Code is appended to growing tables whose failure is sticky, so it is checked once, in plan.c. */
#ifndef SCHEMA_PLAN_CODE_PRIV_H
#define SCHEMA_PLAN_CODE_PRIV_H

#include "schema/plan/operation.h"

/* The tables of struct sch_plan, in the order in which `tables` holds them. */
enum sch_table {
    TABLE_OPS = 0,
    TABLE_JUMPS,
    TABLE_RANGES,
    TABLE_SYMBOLS,
    TABLE_KEYS,
    TABLE_LIMITS,
    TABLE_NODES
};

/* The fields of a record, read or skipped. */
struct sch_routine {
    const struct sch_type *record;
    bool skips;
    uint32_t pc;
};

/* Memos of a type of the structure: each number + 1; 0: not set. */
struct sch_side {
    uint32_t min_bytes; /* bytes that a value takes at least */
    uint32_t reader;
    uint32_t skipper; /* of a record: its routines */
    uint32_t symbols; /* of an enum: where its symbols begin */
};

struct sch_coder {
    struct sch_plan *plan;
    struct sch_side *sides; /* by sch_type.number */
    struct buf routines;    /* struct sch_routine; called so far, and compiled up to `compiled` */
    size_t compiled;
    uint32_t limits[SCH_MAX_DECIMAL_DIGITS + 1]; /* by precision: limits[] + 1, 0: not there yet */
    uint32_t node; /* where in the path tree the code being written is */
    uint32_t room; /* the open ROOM operation + 1, 0 when the next push needs one of its own */
    uint8_t depth;
    int min_bytes_depth;
};

/* A union whose branches are being written. */
struct sch_fork {
    uint32_t next;      /* jumps[] of the next branch */
    uint32_t last_jump; /* to the end: the operation that ended the branch before */
};

/* Where a value goes: the cell of a column, or the tape. */
struct sch_dest {
    const struct column *column; /* NULL: the tape */
    uint32_t slot;
};

/* emit.c: how many rows a table has; one row more, and its index. */
uint32_t sch_code_rows(const struct sch_coder *coder, enum sch_table table, size_t size);
uint32_t sch_code_row(struct sch_coder *coder, enum sch_table table, const void *row, size_t size);

/* emit.c: one operation more, and its index. `put` is for those that store no cell, `cell` for
 * those that store one. */
uint32_t sch_code_op(struct sch_coder *coder, struct sch_op op);
uint32_t sch_code_put(struct sch_coder *coder, enum sch_op_code code, uint32_t a, uint32_t b);
uint32_t sch_code_cell(struct sch_coder *coder, struct sch_dest dest, struct sch_op op);
uint32_t sch_cell_head(enum cell_type type, enum column_type column_type, int scale);
uint32_t sch_code_node(struct sch_coder *coder, enum sch_node_kind kind, const char *name);

/* emit.c: labels, and the stretch of pushes between two of them. */
uint32_t sch_code_here(const struct sch_coder *coder); /* the index of the next operation */
struct sch_op *sch_code_op_at(struct sch_coder *coder, uint32_t at); /* NULL: memory is out */
void sch_code_patch(struct sch_coder *coder, uint32_t at); /* `at` jumps to the next operation */
void sch_code_end_stretch(struct sch_coder *coder);
void sch_code_room(struct sch_coder *coder, uint32_t cells); /* the stretch pushes so many more */

/* emit.c: a union: `fork`, then for each branch in turn `branch`, its code and `branch_end`; `join`
 * at last. */
struct sch_fork sch_code_fork(struct sch_coder *coder, uint32_t branches);
void sch_code_branch(struct sch_coder *coder, struct sch_fork *fork);
void sch_code_branch_end(struct sch_coder *coder, struct sch_fork *fork);
void sch_code_join(struct sch_coder *coder, const struct sch_fork *fork);

/* A field's value into its column, whose type fits (sch_fits_column). */
void sch_code_column(struct sch_coder *coder, const struct sch_type *type,
                     const struct column *column, uint32_t slot);
void sch_code_null(struct sch_coder *coder, uint32_t slot); /* a column without a field */
void sch_code_skip(struct sch_coder *coder, const struct sch_type *type);
void sch_code_routines(struct sch_coder *coder);

struct sch_label sch_label_of(const char *text);

/* type: neither a union nor nested (scalar.c). */
void sch_code_scalar(struct sch_coder *coder, const struct sch_type *type, struct sch_dest dest);

/* Whether values of the type may fill the column. */
bool sch_fits_column(const struct sch_type *type, const struct column *column);

/* The fewest bytes that a value takes; 0 only when every value takes none (cells.c). */
uint32_t sch_min_bytes(struct sch_coder *coder, const struct sch_type *type);

/* Fills plan->cells_once (cells.c), while CALLs still have the numbers of routines; false when
 * memory is out. */
MUST_CHECK bool sch_count_cells(struct sch_plan *plan, const struct sch_routine *routines,
                                size_t routine_count);

#endif
