/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/node.c - the nodes of a tree, counted and measured as they are made. */
#include <string.h>

#include "schema/rules/parser.h"

void *cel_no_memory(struct parser *p)
{
    err_set(p->err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for a rule");
    return NULL;
}

void *cel_refuse(struct parser *p, uint32_t pos, const char *what)
{
    cel_fault(p->ast, pos, p->err, "%s", what);
    return NULL;
}

struct cel_expr *cel_new(struct parser *p, enum cel_expr_kind kind, uint32_t pos)
{
    if (p->ast->node_count >= CEL_MAX_NODES) {
        return cel_refuse(p, pos, "the rule has too many parts");
    }
    struct cel_expr *expr = arena_calloc(p->arena, 1, sizeof(*expr));
    if (expr == NULL) {
        return cel_no_memory(p);
    }
    expr->kind = kind;
    expr->pos = pos;
    expr->id = p->ast->node_count++;
    expr->height = 1;
    return expr;
}

bool cel_adopt(struct parser *p, struct cel_expr *parent, const struct cel_expr *child)
{
    if (parent == NULL || child == NULL) {
        return false;
    }
    if (child->height >= CEL_MAX_DEPTH) {
        cel_refuse(p, parent->pos, "the rule is nested too deep");
        return false;
    }
    parent->height =
        child->height >= parent->height ? (uint16_t)(child->height + 1) : parent->height;
    return true;
}

struct cel_expr *cel_new_literal(struct parser *p, uint32_t pos, struct cel_value value)
{
    struct cel_expr *expr = cel_new(p, CEL_EXPR_LITERAL, pos);
    if (expr != NULL) {
        expr->literal = value;
    }
    return expr;
}

struct cel_expr *cel_new_ident(struct parser *p, uint32_t pos, struct cel_name name)
{
    struct cel_expr *expr = cel_new(p, CEL_EXPR_IDENT, pos);
    if (expr != NULL) {
        expr->ident.name = name;
    }
    return expr;
}

struct cel_expr *cel_new_method(struct parser *p, uint32_t pos, struct cel_name function,
                                struct cel_expr *target, struct cel_expr *const *args,
                                uint32_t count)
{
    struct cel_expr *expr = cel_new(p, CEL_EXPR_CALL, pos);
    if (expr == NULL || (target != NULL && !cel_adopt(p, expr, target))) {
        return NULL;
    }
    expr->call.function = function;
    expr->call.target = target;
    expr->call.arg_count = count;
    expr->call.args = arena_calloc(p->arena, count + 1, sizeof(*expr->call.args));
    if (expr->call.args == NULL) {
        return cel_no_memory(p);
    }
    for (uint32_t i = 0; i < count; i++) {
        expr->call.args[i] = args[i];
        if (!cel_adopt(p, expr, args[i])) {
            return NULL;
        }
    }
    return expr;
}

struct cel_expr *cel_new_call(struct parser *p, uint32_t pos, const char *function,
                              struct cel_expr *const *args, uint32_t count)
{
    return cel_new_method(p, pos, (struct cel_name){function, (uint32_t)strlen(function)}, NULL,
                          args, count);
}
