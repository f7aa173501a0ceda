/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/plan.c - from a structure and the columns of its fields to a plan.
 *
 * The order of the bytes is the structure's, so the plan goes through its fields; columns that it
 * does not have follow, as nulls. The routines of nested records come last. */
#include "schema/plan/plan.h"

#include <stdlib.h>

#include "schema/plan/code_priv.h"

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
    coder->node = 0;
    coder->node = sch_code_node(coder, NODE_FIELD, field->name);
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

static int code_fields(struct sch_coder *coder, const struct sch_plan_spec *spec,
                       const struct sch_type *root, struct err *err)
{
    bool *filled = calloc(spec->column_count + 1, sizeof(*filled));
    if (filled == NULL) {
        return no_memory(err);
    }
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < root->field_count; i++) {
        int32_t at = spec->column_of[i];
        rc = code_field(coder, spec, &root->fields[i], at, err);
        if (at != SCH_NO_COLUMN) {
            filled[at] = true;
        }
    }
    coder->node = 0;
    for (size_t k = 0; rc == 0 && k < spec->column_count; k++) {
        if (!filled[k]) {
            sch_code_null(coder, (uint32_t)k);
        }
    }
    free(filled);
    return rc;
}

static int code_root(struct sch_coder *coder, const struct sch_plan_spec *spec, struct err *err)
{
    const struct sch_type *root = sch_root(spec->structure);
    sch_code_node(coder, NODE_ROOT, NULL);
    if (spec->column_of != NULL) {
        if (root->kind != SCH_RECORD) {
            return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE, "the structure is not a record");
        }
        if (code_fields(coder, spec, root, err) != 0) {
            return -1;
        }
    } else {
        if (check_column(root, &spec->columns[0], err) != 0) {
            return -1;
        }
        sch_code_column(coder, root, &spec->columns[0], 0);
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
