/* SPDX-License-Identifier: Apache-2.0
 * schema/plan.c - from two schemas to a plan: pairs the columns with the writer's fields and has
 * each coded.
 *
 * The order of the bytes is the writer's, so the plan goes through the writer's fields; columns
 * that the writer lacks follow, filled with constants. Defaults are decoded here, once, by a
 * small plan of their own, and kept as cells. The routines of nested records come last. */
#include "schema/plan.h"

#include <stdlib.h>
#include <string.h>

#include "schema/columns.h"
#include "schema/decode.h"
#include "schema/model_priv.h"
#include "schema/plan_code.h"
#include "schema/plan_compile.h"

static struct sch_plan *new_plan(const struct sch_root_spec *spec, struct err *err)
{
    struct sch_plan *plan = calloc(1, sizeof(*plan));
    struct sch_schema **schemas = calloc(spec->schema_count + 1, sizeof(struct sch_schema *));
    if (plan == NULL || schemas == NULL) {
        free(plan);
        free(schemas);
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a plan");
        return NULL;
    }
    plan->schemas = schemas;
    for (size_t i = 0; i < spec->schema_count; i++) {
        plan->schemas[plan->schema_count++] = sch_schema_ref(spec->schemas[i]);
    }
    plan->target_count = spec->target_count;
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
    for (size_t i = 0; i < plan->schema_count; i++) {
        sch_schema_unref(&plan->schemas[i]);
    }
    free(plan->schemas);
    arena_fini(&plan->arena);
    free(plan);
}

/* Points the plan at its finished tables, and the calls at their routines. */
static int finish(struct sch_coder *coder, struct err *err)
{
    struct sch_plan *plan = coder->plan;
    bool failed = buf_failed(&coder->routines) || buf_failed(&coder->symbols);
    for (size_t i = 0; i < COUNT_OF(plan->tables); i++) {
        failed = failed || buf_failed(&plan->tables[i]);
    }
    plan->op_count = plan->tables[TABLE_OPS].len / sizeof(struct sch_op);
    if (plan->op_count >= SCH_MAX_PLAN_OPS) {
        return err_set(err, ERR_KIND_FATAL, ERR_SCHEMA_TOO_LARGE,
                       "the plan needs more than %d operations", SCH_MAX_PLAN_OPS);
    }
    if (failed) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a plan");
    }
    plan->ops = (struct sch_op *)(void *)plan->tables[TABLE_OPS].data;
    plan->jumps = (const uint32_t *)(void *)plan->tables[TABLE_JUMPS].data;
    plan->ranges = (const struct sch_range *)(void *)plan->tables[TABLE_RANGES].data;
    plan->symbols = (const struct sch_label *)(void *)plan->tables[TABLE_SYMBOLS].data;
    plan->keys = (const struct sch_label *)(void *)plan->tables[TABLE_KEYS].data;
    plan->limits = (const struct sch_limit *)(void *)plan->tables[TABLE_LIMITS].data;
    plan->consts = (const struct cell *)(void *)plan->tables[TABLE_CONSTS].data;
    plan->nodes = (const struct sch_node *)(void *)plan->tables[TABLE_NODES].data;
    const struct sch_routine *routines = (const struct sch_routine *)(void *)coder->routines.data;
    if (!sch_count_cells(plan, routines, coder->routines.len / sizeof(*routines))) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a plan");
    }
    for (size_t i = 0; i < plan->op_count; i++) {
        if (plan->ops[i].code == OP_CALL) {
            plan->ops[i].b = routines[plan->ops[i].b].pc;
        }
    }
    return 0;
}

/* Whether a field's type makes this column, and a value of w can be read for it. */
static int check_column(struct sch_resolver *resolver, const struct sch_type *w,
                        const struct sch_target *target, struct err *err)
{
    struct column made;
    bool nullable;
    sch_column_of(target->field->type, &made, &nullable);
    const struct column *column = &target->column;
    if (made.type != column->type || (made.type == COLUMN_NUMERIC && made.scale != column->scale)) {
        return err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                       "the field makes a %s, the column is %s", column_type_name(made.type),
                       column_type_name(column->type));
    }
    if (w != NULL) {
        return sch_readable(resolver, w, target->field->type, err) ? 0 : -1;
    }
    if (target->field->default_bytes == NULL && !nullable && !target->dropped) {
        return err_set(
            err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
            "the writer has no such field, and it has neither a default nor admits null");
    }
    return 0;
}

static void name_node(struct sch_coder *coder, const char *name)
{
    const char *kept = arena_strdup(&coder->plan->arena, name);
    coder->node = 0;
    coder->node = sch_code_node(coder, NODE_FIELD, kept != NULL ? kept : "");
}

static void code_columns(struct sch_coder *coder, const struct sch_root_spec *spec,
                         const int32_t *of_writer, const int32_t *of_reader)
{
    size_t field_count = spec->whole_root ? 1 : spec->root->field_count;
    for (size_t i = 0; i < field_count; i++) {
        const struct sch_type *w = spec->whole_root ? spec->root : spec->root->fields[i].type;
        if (of_writer[i] < 0) {
            name_node(coder, spec->root->fields[i].name);
            sch_code_skip(coder, w);
            continue;
        }
        const struct sch_target *target = &spec->targets[of_writer[i]];
        name_node(coder, target->field->name);
        sch_code_column(coder, w, target->field->type, &target->column, (uint32_t)of_writer[i]);
    }
    for (size_t k = 0; k < spec->target_count; k++) {
        if (of_reader[k] < 0) {
            const struct sch_target *target = &spec->targets[k];
            struct sch_field field = *target->field;
            if (target->dropped) {
                field.default_bytes = NULL; /* nobody says it any more: null, nothing guessed */
            }
            name_node(coder, field.name);
            sch_code_absent(coder, &field, &target->column, (struct sch_dest){.slot = (uint32_t)k});
        }
    }
    coder->node = 0;
    sch_code_put(coder, OP_END, 0, 0);
}

/* Whether a live field takes the values of a dropped one, whose name is among its aliases: a
 * renamed field. The dropped column then stays as it is, null in new rows, though by its name it
 * would be the better pair. A writer that has both names means both. */
static bool is_renamed(struct sch_coder *coder, const struct sch_root_spec *spec,
                       const struct sch_target *target)
{
    const struct sch_field *old =
        target->dropped ? sch_find_field(spec->root, target->field->name) : NULL;
    for (size_t k = 0; old != NULL && k < spec->target_count; k++) {
        const struct sch_target *live = &spec->targets[k];
        if (!sch_resolver_spend(coder->resolver, 1 + live->field->aliases.count)) {
            return false;
        }
        if (!live->dropped && sch_names_have(&live->field->aliases, old->name) &&
            sch_find_field(spec->root, live->field->name) == NULL &&
            sch_readable(coder->resolver, old->type, live->field->type, NULL)) {
            return true;
        }
    }
    return false;
}

static int code_root(struct sch_coder *coder, const struct sch_root_spec *spec, struct err *err)
{
    struct arena scratch = ARENA_INIT;
    size_t field_count = spec->whole_root ? 1 : spec->root->field_count;
    const struct sch_field **fields =
        arena_calloc(&scratch, spec->target_count + 1, sizeof(*fields));
    int32_t *of_writer = arena_calloc(&scratch, field_count + 1, sizeof(*of_writer));
    int32_t *of_reader = arena_calloc(&scratch, spec->target_count + 1, sizeof(*of_reader));
    struct sch_field *names = arena_calloc(&scratch, spec->target_count + 1, sizeof(*names));
    int rc = -1;
    if (names == NULL || fields == NULL || of_writer == NULL || of_reader == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a plan");
        goto out;
    }
    for (size_t k = 0; k < spec->target_count; k++) {
        const struct sch_target *target = &spec->targets[k];
        /* A dropped field has its own name only: what was an alias is a column of its own. */
        names[k].name = is_renamed(coder, spec, target) ? "" : target->field->name;
        fields[k] = target->dropped ? &names[k] : target->field;
    }
    if (!spec->whole_root) {
        sch_pair_fields(coder->resolver, spec->root, fields, spec->target_count, of_writer,
                        of_reader);
    }
    for (size_t k = 0; k < spec->target_count; k++) {
        const struct sch_type *w = NULL;
        if (spec->whole_root) {
            w = spec->root;
        } else if (of_reader[k] >= 0) {
            w = spec->root->fields[of_reader[k]].type;
        }
        if (check_column(coder->resolver, w, &spec->targets[k], err) != 0) {
            err_path_prepend(err, spec->targets[k].field->name);
            goto out;
        }
    }
    code_columns(coder, spec, of_writer, of_reader);
    sch_code_routines(coder);
    rc = coder->bad_default ? -1 : finish(coder, err);
out:
    arena_fini(&scratch);
    return rc;
}

struct sch_plan *sch_compile_root(const struct sch_root_spec *spec, struct err *err)
{
    struct sch_coder coder = {.null_code = spec->null_code, .err = err};
    uint64_t steps = 0;
    coder.steps = spec->steps != NULL ? spec->steps : &steps;
    coder.plan = new_plan(spec, err);
    if (coder.plan == NULL) {
        return NULL;
    }
    coder.resolver = sch_resolver_new(coder.steps);
    if (coder.resolver == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a plan");
        sch_plan_free(&coder.plan);
        return NULL;
    }
    sch_code_node(&coder, NODE_ROOT, NULL);
    int rc = code_root(&coder, spec, err);
    if (!sch_resolver_spend(coder.resolver, 0)) {
        /* Whatever was found: what is not compared counted as not readable. */
        err_reset(err);
        rc = err_set(err, ERR_KIND_FATAL, ERR_SCHEMA_TOO_LARGE,
                     "the structure takes too long to compare with what reads it");
    }
    if (rc != 0) {
        sch_plan_free(&coder.plan);
    }
    sch_resolver_free(&coder.resolver);
    buf_fini(&coder.routines);
    buf_fini(&coder.symbols);
    sch_pairs_fini(&coder.calls);
    sch_pairs_fini(&coder.enums);
    return coder.plan;
}

uint32_t sch_default_cells(struct sch_coder *coder, const struct sch_field *field,
                           const struct column *column, bool on_tape, uint32_t *first)
{
    struct sch_target target = {.field = field};
    bool nullable;
    sch_column_of(field->type, &target.column, &nullable);
    if (column != NULL) {
        target.column = *column;
    }
    struct sch_root_spec spec = {.root = field->type,
                                 .targets = &target,
                                 .target_count = 1,
                                 .whole_root = true,
                                 .steps = coder->steps,
                                 .null_code = ERR_BAD_BRANCH};
    struct cell cell;
    struct err err = ERR_INIT;
    uint32_t count = 0;
    struct sch_plan *plan = sch_compile_root(&spec, &err);
    if (plan != NULL && sch_decode(plan, field->default_bytes, field->default_len,
                                   &coder->plan->arena, &cell, &err) == 0) {
        bool spread = on_tape && cell.type == CELL_NESTED;
        struct buf *consts = &coder->plan->tables[TABLE_CONSTS];
        count = spread ? cell.len : 1;
        *first = (uint32_t)(consts->len / sizeof(cell));
        buf_put(consts, spread ? cell.tape : &cell, count * sizeof(cell));
    } else if (!coder->bad_default) {
        coder->bad_default = true;
        err_set(coder->err, ERR_KIND_FATAL, ERR_INCOMPATIBLE, "its default cannot be stored: %s",
                err.text);
        err_path_prepend(coder->err, field->name);
    }
    sch_plan_free(&plan);
    return count;
}

struct sch_plan *sch_plan_compile(const struct sch_plan_spec *spec, struct err *err)
{
    const struct sch_type *root = sch_root(spec->writer);
    if (root->kind != SCH_RECORD) {
        err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE, "the writer's structure is not a record");
        return NULL;
    }
    struct sch_schema **schemas = calloc(spec->owner_count + 1, sizeof(struct sch_schema *));
    if (schemas == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a plan");
        return NULL;
    }
    schemas[0] = spec->writer;
    for (size_t i = 0; i < spec->owner_count; i++) {
        schemas[i + 1] = spec->owners[i];
    }
    struct sch_root_spec whole = {.root = root,
                                  .targets = spec->targets,
                                  .target_count = spec->target_count,
                                  .schemas = schemas,
                                  .schema_count = spec->owner_count + 1,
                                  .null_code = ERR_BAD_BRANCH};
    struct sch_plan *plan = sch_compile_root(&whole, err);
    free(schemas);
    return plan;
}
