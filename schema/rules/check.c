/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/check.c - the type of each part of an expression, from the leaves up.
 *
 * Neighbours: resolve.c finds what names mean, overload.c which functions fit, unify.c what type variables stand for. */
#include "schema/rules/check.h"

#include <string.h>

#include "schema/rules/checker.h"

static const struct cel_type *dyn(void)
{
    return cel_type_simple(CEL_TYPE_DYN);
}

/* ---- literals ---- */

static const struct cel_type *check_node(struct checker *c, const struct cel_expr *expr);

static const struct cel_type *literal_type(const struct cel_expr *expr)
{
    static const enum cel_type_kind kinds[] = {
        [CEL_NULL] = CEL_TYPE_NULL,  [CEL_BOOL] = CEL_TYPE_BOOL,     [CEL_INT] = CEL_TYPE_INT,
        [CEL_UINT] = CEL_TYPE_UINT,  [CEL_DOUBLE] = CEL_TYPE_DOUBLE, [CEL_STRING] = CEL_TYPE_STRING,
        [CEL_BYTES] = CEL_TYPE_BYTES};
    return cel_type_simple(kinds[expr->literal.kind]);
}

/* The type that items of two types have together. */
static const struct cel_type *join(struct checker *c, const struct cel_type *before,
                                   const struct cel_type *next)
{
    if (before == NULL) {
        return next;
    }
    uint32_t mark = cel_unifier_mark(&c->unifier);
    if (cel_unify(&c->unifier, next, before)) {
        return cel_most_general(before, next);
    }
    cel_unifier_rewind(&c->unifier, mark);
    return dyn();
}

static const struct cel_type *list_type(struct checker *c, const struct cel_expr *expr)
{
    const struct cel_type *items = NULL;
    for (uint32_t i = 0; i < expr->list.count; i++) {
        items = join(c, items, check_node(c, expr->list.items[i]));
    }
    return cel_type_list(c->arena, items != NULL ? items : cel_fresh(&c->unifier));
}

static const struct cel_type *map_type(struct checker *c, const struct cel_expr *expr)
{
    const struct cel_type *keys = NULL;
    const struct cel_type *values = NULL;
    for (uint32_t i = 0; i < expr->map.count; i++) {
        keys = join(c, keys, check_node(c, expr->map.keys[i]));
        values = join(c, values, check_node(c, expr->map.values[i]));
    }
    return cel_type_map(c->arena, keys != NULL ? keys : cel_fresh(&c->unifier),
                        values != NULL ? values : cel_fresh(&c->unifier));
}

/* ---- folds ---- */

/* What the variables of a fold over the range are: [0] and, in the two-variable form, [1]. */
static bool item_types(struct checker *c, const struct cel_expr *range, const struct cel_type *of,
                       bool two, const struct cel_type *out[2])
{
    of = cel_substitute(&c->unifier, of, false);
    of = of->kind == CEL_TYPE_NULLABLE ? of->params[0] : of;
    switch (of->kind) {
    case CEL_TYPE_LIST:
        out[0] = two ? cel_type_simple(CEL_TYPE_INT) : of->params[0];
        out[1] = of->params[0];
        return true;
    case CEL_TYPE_MAP:
        out[0] = of->params[0];
        out[1] = of->params[1];
        return true;
    case CEL_TYPE_DYN:
    case CEL_TYPE_PARAM: out[0] = out[1] = dyn(); return true;
    default:
        cel_check_fault(c, range->pos, "expected a list or a map, this is %s",
                        cel_type_text(c, of));
        return false;
    }
}

static void wants(struct checker *c, const struct cel_expr *expr, const struct cel_type *given,
                  const struct cel_type *wanted)
{
    if (!c->scope->untyped && !cel_unify(&c->unifier, given, wanted)) {
        cel_check_fault(c, expr->pos, "expected %s, this is %s", cel_type_text(c, wanted),
                        cel_type_text(c, given));
    }
}

static const struct cel_type *fold_type(struct checker *c, const struct cel_expr *expr)
{
    const struct cel_type *items[2] = {dyn(), dyn()};
    const struct cel_type *range = check_node(c, expr->fold.range);
    const struct cel_type *accu = check_node(c, expr->fold.accu_init);
    bool two = expr->fold.iter_var2.len > 0;
    if (c->failed || (!c->scope->untyped && !item_types(c, expr->fold.range, range, two, items))) {
        return dyn();
    }
    struct local locals[] = {{expr->fold.accu_var, accu, c->folds * 3, NULL},
                             {expr->fold.iter_var, items[0], c->folds * 3 + 1, NULL},
                             {expr->fold.iter_var2, items[1], c->folds * 3 + 2, NULL}};
    struct local *around = c->locals;
    locals[0].next = around;
    c->locals = &locals[0];
    c->folds++;
    c->fold_depth = c->folds > c->fold_depth ? c->folds : c->fold_depth;
    for (uint32_t i = 1; i < (two ? 3 : 2); i++) {
        locals[i].next = c->locals;
        c->locals = &locals[i];
    }
    wants(c, expr->fold.condition, check_node(c, expr->fold.condition),
          cel_type_simple(CEL_TYPE_BOOL));
    wants(c, expr->fold.step, check_node(c, expr->fold.step), accu);
    c->locals = &locals[0]; /* the result sees the accumulator alone */
    const struct cel_type *result = check_node(c, expr->fold.result);
    c->folds--;
    c->locals = around;
    return result;
}

/* ---- selections and calls ---- */

static const struct cel_type *select_type(struct checker *c, const struct cel_expr *expr)
{
    const struct cel_type *type = NULL;
    if (cel_check_qualified(c, expr, &type)) {
        return type;
    }
    const struct cel_type *of = check_node(c, expr->select.operand);
    return c->failed || c->scope->untyped ? dyn() : cel_selected_type(c, expr, of);
}

static const struct cel_type *call_type(struct checker *c, const struct cel_expr *expr)
{
    struct call call = {.expr = expr, .name = expr->call.function};
    bool as_namespace = cel_namespaced(c, expr, &call.name);
    call.receiver = expr->call.target != NULL && !as_namespace;
    c->references[expr->id].as_namespace = as_namespace;
    if (expr->call.arg_count + (call.receiver ? 1 : 0) > CEL_MAX_ARGS) {
        cel_check_fault(c, expr->pos, "%s has more than %d arguments", call.name.text,
                        CEL_MAX_ARGS);
        return dyn();
    }
    if (call.receiver) {
        call.types[call.count++] = check_node(c, expr->call.target);
    }
    for (uint32_t i = 0; i < expr->call.arg_count; i++) {
        call.types[call.count++] = check_node(c, expr->call.args[i]);
    }
    return c->failed ? dyn() : cel_choose_overload(c, &call);
}

/* ---- the whole ---- */

static const struct cel_type *node_type(struct checker *c, const struct cel_expr *expr)
{
    switch (expr->kind) {
    case CEL_EXPR_LITERAL: return literal_type(expr);
    case CEL_EXPR_IDENT: return cel_check_ident(c, expr);
    case CEL_EXPR_SELECT: return select_type(c, expr);
    case CEL_EXPR_CALL: return call_type(c, expr);
    case CEL_EXPR_LIST: return list_type(c, expr);
    case CEL_EXPR_MAP: return map_type(c, expr);
    case CEL_EXPR_FOLD: return fold_type(c, expr);
    case CEL_EXPR_RECORD: break;
    }
    cel_check_fault(c, expr->pos, "%s{…}: rules make no records, they read those of the event",
                    expr->map.record.text);
    return dyn();
}

static const struct cel_type *check_node(struct checker *c, const struct cel_expr *expr)
{
    if (c->failed) {
        return dyn();
    }
    const struct cel_type *type = node_type(c, expr);
    if (type == NULL) {
        c->unifier.failed = true;
        type = dyn();
    }
    type = c->scope->untyped ? dyn() : type;
    c->types[expr->id] = type;
    return type;
}

int cel_check(const struct cel_ast *ast, const struct cel_scope *scope, struct arena *arena,
              struct cel_checked *checked, struct err *err)
{
    struct checker c = {
        .ast = ast, .scope = scope, .arena = arena, .err = err, .unifier = {.arena = arena}};
    c.types = arena_calloc(arena, ast->node_count, sizeof(*c.types));
    c.references = arena_calloc(arena, ast->node_count, sizeof(*c.references));
    if (c.types == NULL || c.references == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for a rule");
    }
    const struct cel_type *result = check_node(&c, ast->root);
    for (uint32_t i = 0; i < ast->node_count && !c.failed; i++) {
        c.types[i] = c.types[i] != NULL ? cel_substitute(&c.unifier, c.types[i], true) : dyn();
    }
    if (c.unifier.failed && !c.failed) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for a rule");
    }
    *checked = (struct cel_checked){.types = c.types,
                                    .references = c.references,
                                    .result = cel_substitute(&c.unifier, result, true),
                                    .fold_depth = c.fold_depth};
    return c.failed ? -1 : 0;
}
