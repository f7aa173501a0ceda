/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/plan.c - from a structure and the columns of its fields to a plan.
 *
 * The bytes have the structure's order, so the plan follows its fields. Columns that the structure
 * does not have come after them, as nulls. The routines of nested records come last. */
#include "schema/plan/plan.h"

#include <stdlib.h>

#include "schema/plan/code_priv.h"
#include "schema/plan/columns.h"

static struct sch_plan *new_plan(struct sch_schema *structure)
{
    struct sch_plan *plan = calloc(1, sizeof(*plan));
    if (plan != NULL) {
        plan->structure = sch_schema_ref(structure);
    }
    return plan;
}

void sch_plan_free(struct sch_plan **taken)
{
    struct sch_plan *plan = *taken;
    if (plan == NULL) {
        return;
    }
    *taken = NULL;
    for (size_t i = 0; i < COUNT_OF(plan->tables); i++) {
        buf_fini(&plan->tables[i]);
    }
    sch_schema_unref(&plan->structure);
    arena_fini(&plan->arena);
    free(plan);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a plan");
}

/* Points the plan at its finished tables, and the calls at their routines. */
static int finish(struct sch_coder *coder, struct err *err)
{
    struct sch_plan *plan = coder->plan;
    bool failed = buf_failed(&coder->routines);
    for (size_t i = 0; i < COUNT_OF(plan->tables); i++) {
        failed = failed || buf_failed(&plan->tables[i]);
    }
    plan->op_count = plan->tables[TABLE_OPS].len / sizeof(struct sch_op);
    if (plan->op_count >= SCH_MAX_PLAN_OPS) {
        return err_set(err, ERR_KIND_FATAL, ERR_SCHEMA_TOO_LARGE,
                       "the plan needs more than %d operations", SCH_MAX_PLAN_OPS);
    }
    if (failed) {
        return no_memory(err);
    }
    plan->ops = (struct sch_op *)(void *)plan->tables[TABLE_OPS].data;
    plan->jumps = (const uint32_t *)(void *)plan->tables[TABLE_JUMPS].data;
    plan->ranges = (const struct sch_range *)(void *)plan->tables[TABLE_RANGES].data;
    plan->symbols = (const struct sch_label *)(void *)plan->tables[TABLE_SYMBOLS].data;
    plan->keys = (const struct sch_label *)(void *)plan->tables[TABLE_KEYS].data;
    plan->limits = (const struct sch_limit *)(void *)plan->tables[TABLE_LIMITS].data;
    plan->nodes = (const struct sch_node *)(void *)plan->tables[TABLE_NODES].data;
    const struct sch_routine *routines = (const struct sch_routine *)(void *)coder->routines.data;
    if (!sch_count_cells(plan, routines, coder->routines.len / sizeof(*routines))) {
        return no_memory(err);
    }
    for (size_t i = 0; i < plan->op_count; i++) {
        if (plan->ops[i].code == OP_CALL) {
            plan->ops[i].b = routines[plan->ops[i].b].pc;
        }
    }
    return 0;
}

static int check_column(const struct sch_type *type, const struct column *column, struct err *err)
{
    char text[160];
    if (sch_fits_column(type, column)) {
        return 0;
    }
    if (column->type == COLUMN_NUMERIC) {
        return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                       "%s does not fit its column, which is numeric(%d,%d)",
                       sch_describe(type, text, sizeof(text)), column->precision, column->scale);
    }
    return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE, "%s does not fit its column, which is %s",
                   sch_describe(type, text, sizeof(text)), column_type_name(column->type));
}

static int code_field(struct sch_coder *coder, const struct sch_plan_spec *spec,
                      const struct sch_field *field, int32_t at, struct err *err)
{
    if (at == SCH_NO_COLUMN) {
        sch_code_skip(coder, field->type);
        return 0;
    }
    if (check_column(field->type, &spec->columns[at], err) != 0) {
        err_path_prepend(err, field->name);
        return -1;
    }
    sch_code_column(coder, field->type, &spec->columns[at], (uint32_t)at);
    return 0;
}

/* The columns that no field fills; filled NULL: all of them. */
static void code_nulls(struct sch_coder *coder, const struct sch_plan_spec *spec,
                       const bool *filled)
{
    for (size_t i = 0; i < spec->column_count; i++) {
        if (filled == NULL || !filled[i]) {
            sch_code_null(coder, (uint32_t)i);
        }
    }
}

static int code_row(struct sch_coder *coder, const struct sch_plan_spec *spec,
                    const struct sch_type *row, struct err *err)
{
    bool *filled = calloc(spec->column_count + 1, sizeof(*filled));
    if (filled == NULL) {
        return no_memory(err);
    }
    int rc = 0;
    uint32_t outer = coder->node;
    for (size_t i = 0; rc == 0 && i < row->field_count; i++) {
        int32_t at = spec->column_of[i];
        coder->node = outer;
        coder->node = sch_code_node(coder, NODE_FIELD, row->fields[i].name);
        rc = code_field(coder, spec, &row->fields[i], at, err);
        if (at != SCH_NO_COLUMN) {
            filled[at] = true;
        }
    }
    coder->node = outer;
    code_nulls(coder, spec, filled);
    free(filled);
    return rc;
}

/* Null and the row's record, in either order. */
static int code_nullable_row(struct sch_coder *coder, const struct sch_plan_spec *spec,
                             const struct sch_type *type, struct err *err)
{
    struct sch_fork fork = sch_code_fork(coder, (uint32_t)type->branch_count);
    for (size_t i = 0; i < type->branch_count; i++) {
        sch_code_branch(coder, &fork);
        if (type->branches[i]->kind == SCH_NULL) {
            code_nulls(coder, spec, NULL);
        } else if (code_row(coder, spec, type->branches[i], err) != 0) {
            return -1;
        }
        sch_code_branch_end(coder, &fork);
    }
    sch_code_join(coder, &fork);
    return 0;
}

static int code_row_field(struct sch_coder *coder, const struct sch_plan_spec *spec,
                          const struct sch_type *type, struct err *err)
{
    char text[160];
    int rc = -1;
    if (sch_bare_type(type)->kind != SCH_RECORD) {
        err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE, "%s cannot hold the row, which is a record",
                sch_describe(type, text, sizeof(text)));
    } else if (type->kind == SCH_RECORD) {
        rc = code_row(coder, spec, type, err);
    } else {
        rc = code_nullable_row(coder, spec, type, err);
    }
    if (rc != 0) {
        err_path_prepend(err, spec->row_field);
    }
    return rc;
}

/* The record around the row: every field but the row's is skipped. */
static int code_envelope(struct sch_coder *coder, const struct sch_plan_spec *spec,
                         const struct sch_type *root, struct err *err)
{
    const struct sch_field *row = sch_find_field(root, spec->row_field);
    if (row == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                "the structure has no field \"%.100s\", which holds the row", spec->row_field);
        err_path_prepend(err, spec->row_field);
        return -1;
    }
    for (const struct sch_field *field = root->fields; field < root->fields + root->field_count;
         field++) {
        coder->node = 0;
        coder->node = sch_code_node(coder, NODE_FIELD, field->name);
        if (field != row) {
            sch_code_skip(coder, field->type);
        } else if (code_row_field(coder, spec, field->type, err) != 0) {
            return -1;
        }
    }
    coder->node = 0;
    return 0;
}

static int code_value(struct sch_coder *coder, const struct sch_plan_spec *spec,
                      const struct sch_type *root, struct err *err)
{
    if (spec->column_of == NULL) {
        if (check_column(root, &spec->columns[0], err) != 0) {
            return -1;
        }
        sch_code_column(coder, root, &spec->columns[0], 0);
        return 0;
    }
    if (root->kind != SCH_RECORD) {
        return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE, "the structure is not a record");
    }
    return spec->row_field != NULL ? code_envelope(coder, spec, root, err)
                                   : code_row(coder, spec, root, err);
}

static int code_root(struct sch_coder *coder, const struct sch_plan_spec *spec, struct err *err)
{
    sch_code_node(coder, NODE_ROOT, NULL);
    if (code_value(coder, spec, sch_root(spec->structure), err) != 0) {
        return -1;
    }
    sch_code_put(coder, OP_END, 0, 0);
    sch_code_routines(coder);
    return finish(coder, err);
}

struct sch_plan *sch_plan_compile(const struct sch_plan_spec *spec, struct err *err)
{
    struct sch_coder coder = {
        .plan = new_plan(spec->structure),
        .sides = calloc(sch_type_count(spec->structure) + 1, sizeof(struct sch_side)),
    };
    int rc =
        coder.plan != NULL && coder.sides != NULL ? code_root(&coder, spec, err) : no_memory(err);
    if (rc != 0) {
        sch_plan_free(&coder.plan);
    }
    free(coder.sides);
    buf_fini(&coder.routines);
    return coder.plan;
}
