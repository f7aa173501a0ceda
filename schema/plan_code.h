/* SPDX-License-Identifier: Apache-2.0
 * schema/plan_code.h - the half of the plan compiler that writes operations for types (private to
 * schema/plan*.c).
 *
 * Code is appended to growing tables whose failure is sticky, so it is checked once, in plan.c.
 * What cannot be read becomes a FAIL operation: whether the whole plan is impossible was decided
 * before, by schema/plan_resolve.c. */
#ifndef SCHEMA_PLAN_CODE_H
#define SCHEMA_PLAN_CODE_H

#include "schema/compat_pairs.h"
#include "schema/plan_priv.h"
#include "schema/plan_resolve.h"

/* The tables of struct sch_plan, in the order in which `tables` holds them. */
enum sch_table {
    TABLE_OPS = 0,
    TABLE_JUMPS,
    TABLE_RANGES,
    TABLE_SYMBOLS,
    TABLE_KEYS,
    TABLE_LIMITS,
    TABLE_CONSTS,
    TABLE_NODES
};

struct sch_routine {
    const struct sch_type *w;
    const struct sch_type *r; /* NULL: it skips */
    uint32_t pc;
};

struct sch_coder {
    struct sch_plan *plan;
    struct sch_resolver *resolver;
    uint64_t *steps;        /* the resolver's, shared with the plans of defaults */
    struct buf routines;    /* struct sch_routine; called so far, and compiled up to `compiled` */
    struct sch_pairs calls; /* their types, in the same order */
    struct sch_pairs enums;
    struct buf symbols; /* uint32_t, for each pair of enums: where its symbols begin */
    uint32_t limits[SCH_MAX_DECIMAL_DIGITS + 1]; /* by precision: limits[] + 1, 0: not there yet */
    size_t compiled;
    uint32_t node; /* where in the path tree the code being written is */
    uint8_t depth;
    uint32_t room; /* the open ROOM operation + 1, 0 when the next push needs one of its own */
    enum err_code null_code; /* what a null that the reader does not admit is called */
    struct err *err;         /* of the first default that cannot be stored */
    bool bad_default;
};

/* Where a value goes: the cell of a column, or the tape. */
struct sch_dest {
    bool on_tape;
    uint32_t slot;
    int precision; /* of a numeric column; 0: the type's */
};

/* Tables: how many rows one has, and a row more; answers its index. */
uint32_t sch_code_rows(const struct sch_coder *coder, enum sch_table table, size_t size);
uint32_t sch_code_row(struct sch_coder *coder, enum sch_table table, const void *row, size_t size);
struct sch_label sch_label_of(const char *text);

/* One operation more; answers its index. `put` is for those that store no cell, `cell` for those
 * that store one. */
uint32_t sch_code_op(struct sch_coder *coder, struct sch_op op);
uint32_t sch_code_put(struct sch_coder *coder, enum sch_op_code code, uint32_t a, uint32_t b);
uint32_t sch_code_cell(struct sch_coder *coder, struct sch_dest place, struct sch_op op);
void sch_code_fail(struct sch_coder *coder, enum err_code code);
uint32_t sch_cell_head(enum cell_type type, enum column_type column_type, int scale);

/* w and r: neither unions nor nested. */
void sch_code_scalar(struct sch_coder *coder, const struct sch_type *w, const struct sch_type *r,
                     struct sch_dest place);
uint32_t sch_code_node(struct sch_coder *coder, enum sch_node_kind kind, const char *name);
void sch_code_value(struct sch_coder *coder, const struct sch_type *w, const struct sch_type *r,
                    struct sch_dest place);
void sch_code_column(struct sch_coder *coder, const struct sch_type *w, const struct sch_type *r,
                     const struct column *column, uint32_t slot);
void sch_code_skip(struct sch_coder *coder, const struct sch_type *w);
void sch_code_routines(struct sch_coder *coder);

/* Fills plan->cells_once (plan_cells.c), while CALLs still have the numbers of routines; false when
 * memory is out. */
MUST_CHECK bool sch_count_cells(struct sch_plan *plan, const struct sch_routine *routines,
                                size_t routine_count);

/* A reader's field that the writer does not have: its default, else null. column: NULL on a
 * tape. */
void sch_code_absent(struct sch_coder *coder, const struct sch_field *field,
                     const struct column *column, struct sch_dest place);

/* The default of a field as cells appended to the plan's consts (plan.c); their count, 0 when it
 * cannot be stored. */
uint32_t sch_default_cells(struct sch_coder *coder, const struct sch_field *field,
                           const struct column *column, bool on_tape, uint32_t *first);

#endif
