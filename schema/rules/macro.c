/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/macro.c - macros: calls that stand for something else (cel-spec, "Macros").
 *
 * Those over a list or map become a fold. Its accumulator is "@result", a name that no text can write, so that it
 * hides no variable. A call of a macro's name with another number of arguments is left alone: it may be a function's. */
#include <string.h>

#include "schema/rules/parser.h"

static const struct cel_name RESULT = {"@result", 7};

/* A macro's call. */
struct macro {
    struct parser *p;
    uint32_t pos;
    struct cel_expr *target;
    struct cel_expr **args;
    uint32_t count;
    const struct cel_name *function;
};

static bool is(const struct cel_name *name, const char *text)
{
    return name->len == strlen(text) && memcmp(name->text, text, name->len) == 0;
}

static struct cel_expr *result_of(const struct macro *m)
{
    return cel_new_ident(m->p, m->pos, RESULT);
}

static struct cel_expr *call1(const struct macro *m, const char *function, struct cel_expr *a)
{
    return a != NULL ? cel_new_call(m->p, m->pos, function, &a, 1) : NULL;
}

static struct cel_expr *call2(const struct macro *m, const char *function, struct cel_expr *a,
                              struct cel_expr *b)
{
    struct cel_expr *args[] = {a, b};
    return a != NULL && b != NULL ? cel_new_call(m->p, m->pos, function, args, 2) : NULL;
}

static struct cel_expr *call3(const struct macro *m, const char *function, struct cel_expr *a,
                              struct cel_expr *b, struct cel_expr *c)
{
    struct cel_expr *args[] = {a, b, c};
    return a != NULL && b != NULL && c != NULL ? cel_new_call(m->p, m->pos, function, args, 3)
                                               : NULL;
}

static struct cel_expr *constant(const struct macro *m, struct cel_value value)
{
    return cel_new_literal(m->p, m->pos, value);
}

static struct cel_expr *list_of(const struct macro *m, struct cel_expr *const *items,
                                uint32_t count)
{
    struct cel_expr *list = cel_new(m->p, CEL_EXPR_LIST, m->pos);
    if (list == NULL) {
        return NULL;
    }
    list->list.items = arena_memdup(m->p->arena, items, count * sizeof(*items));
    list->list.count = count;
    if (list->list.items == NULL) {
        return cel_no_memory(m->p);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!cel_adopt(m->p, list, items[i])) {
            return NULL;
        }
    }
    return list;
}

/* The parts of a fold that differ from macro to macro. */
struct parts {
    struct cel_expr *init;
    struct cel_expr *condition;
    struct cel_expr *step;
    struct cel_expr *result;
};

static bool variable_of(const struct macro *m, const struct cel_expr *arg, struct cel_name *name)
{
    if (arg->kind != CEL_EXPR_IDENT || arg->ident.name.text[0] == '.') {
        cel_fault(m->p->ast, arg->pos, m->p->err,
                  "the argument of %s is to be the name of a variable", m->function->text);
        return false;
    }
    *name = arg->ident.name;
    return true;
}

static struct cel_expr *fold(const struct macro *m, uint32_t variables, const struct parts *parts)
{
    struct cel_expr *expr = cel_new(m->p, CEL_EXPR_FOLD, m->pos);
    if (expr == NULL || !variable_of(m, m->args[0], &expr->fold.iter_var)) {
        return NULL;
    }
    if (variables == 2 && !variable_of(m, m->args[1], &expr->fold.iter_var2)) {
        return NULL;
    }
    if (variables == 2 && is(&expr->fold.iter_var, expr->fold.iter_var2.text)) {
        cel_fault(m->p->ast, m->args[1]->pos, m->p->err, "the two variables have one name");
        return NULL;
    }
    expr->fold.range = m->target;
    expr->fold.accu_var = RESULT;
    expr->fold.accu_init = parts->init;
    expr->fold.condition = parts->condition;
    expr->fold.step = parts->step;
    expr->fold.result = parts->result;
    return cel_adopt(m->p, expr, m->target) && cel_adopt(m->p, expr, parts->init) &&
                   cel_adopt(m->p, expr, parts->condition) && cel_adopt(m->p, expr, parts->step) &&
                   cel_adopt(m->p, expr, parts->result)
               ? expr
               : NULL;
}

/* ---- each macro; variables: 1 or 2 of its arguments ---- */

static struct cel_expr *expand_all(const struct macro *m, uint32_t variables)
{
    const struct parts parts = {.init = constant(m, cel_bool(true)),
                                .condition = call1(m, "@not_strictly_false", result_of(m)),
                                .step = call2(m, "_&&_", result_of(m), m->args[variables]),
                                .result = result_of(m)};
    return fold(m, variables, &parts);
}

static struct cel_expr *expand_exists(const struct macro *m, uint32_t variables)
{
    const struct parts parts = {.init = constant(m, cel_bool(false)),
                                .condition =
                                    call1(m, "@not_strictly_false", call1(m, "!_", result_of(m))),
                                .step = call2(m, "_||_", result_of(m), m->args[variables]),
                                .result = result_of(m)};
    return fold(m, variables, &parts);
}

static struct cel_expr *expand_exists_one(const struct macro *m, uint32_t variables)
{
    struct cel_expr *more = call2(m, "_+_", result_of(m), constant(m, cel_int(1)));
    const struct parts parts = {.init = constant(m, cel_int(0)),
                                .condition = constant(m, cel_bool(true)),
                                .step = call3(m, "_?_:_", m->args[variables], more, result_of(m)),
                                .result = call2(m, "_==_", result_of(m), constant(m, cel_int(1)))};
    return fold(m, variables, &parts);
}

/* filter: NULL, or which items are taken. */
static struct cel_expr *collect(const struct macro *m, uint32_t variables, struct cel_expr *filter,
                                struct cel_expr *init, struct cel_expr *with)
{
    const struct parts parts = {
        .init = init,
        .condition = constant(m, cel_bool(true)),
        .step = filter == NULL ? with : call3(m, "_?_:_", filter, with, result_of(m)),
        .result = result_of(m)};
    return with != NULL ? fold(m, variables, &parts) : NULL;
}

static struct cel_expr *collect_list(const struct macro *m, uint32_t variables,
                                     struct cel_expr *filter, struct cel_expr *item)
{
    return collect(m, variables, filter, cel_new(m->p, CEL_EXPR_LIST, m->pos),
                   call2(m, "_+_", result_of(m), list_of(m, &item, 1)));
}

static struct cel_expr *expand_map(const struct macro *m, uint32_t variables)
{
    bool filtered = m->count == variables + 2;
    return collect_list(m, variables, filtered ? m->args[variables] : NULL, m->args[m->count - 1]);
}

static struct cel_expr *expand_filter(const struct macro *m, uint32_t variables)
{
    struct cel_name name;
    return variable_of(m, m->args[0], &name)
               ? collect_list(m, variables, m->args[1], cel_new_ident(m->p, m->args[0]->pos, name))
               : NULL;
}

static struct cel_expr *expand_transform_map(const struct macro *m, uint32_t variables)
{
    bool filtered = m->count == variables + 2;
    struct cel_name key;
    if (!variable_of(m, m->args[0], &key)) {
        return NULL;
    }
    struct cel_expr *with = call3(m, "@map_insert", result_of(m),
                                  cel_new_ident(m->p, m->args[0]->pos, key), m->args[m->count - 1]);
    return collect(m, variables, filtered ? m->args[variables] : NULL,
                   cel_new(m->p, CEL_EXPR_MAP, m->pos), with);
}

static struct cel_expr *expand_transform_entry(const struct macro *m, uint32_t variables)
{
    bool filtered = m->count == variables + 2;
    struct cel_expr *with = call2(m, "@map_insert", result_of(m), m->args[m->count - 1]);
    return collect(m, variables, filtered ? m->args[variables] : NULL,
                   cel_new(m->p, CEL_EXPR_MAP, m->pos), with);
}

/* The items in the order of their keys: @sort_by(list, list.map(name, key)). */
static struct cel_expr *expand_sort_by(const struct macro *m, uint32_t variables)
{
    return call2(m, "@sort_by", m->target, expand_map(m, variables));
}

/* has(a.b) */
static struct cel_expr *expand_has(const struct macro *m)
{
    struct cel_expr *select = m->args[0];
    if (select->kind != CEL_EXPR_SELECT || select->select.test) {
        cel_fault(m->p->ast, select->pos, m->p->err,
                  "has() wants the selection of a field: has(a.b)");
        return NULL;
    }
    select->select.test = true;
    return select;
}

/* cel.bind(name, value, body): a fold over nothing, whose accumulator is the name. */
static struct cel_expr *expand_bind(const struct macro *m)
{
    struct cel_expr *expr = cel_new(m->p, CEL_EXPR_FOLD, m->pos);
    if (expr == NULL || !variable_of(m, m->args[0], &expr->fold.accu_var)) {
        return NULL;
    }
    expr->fold.range = cel_new(m->p, CEL_EXPR_LIST, m->pos);
    expr->fold.iter_var = (struct cel_name){"@none", 5};
    expr->fold.accu_init = m->args[1];
    expr->fold.condition = constant(m, cel_bool(false));
    expr->fold.step = cel_new_ident(m->p, m->pos, expr->fold.accu_var);
    expr->fold.result = m->args[2];
    return cel_adopt(m->p, expr, expr->fold.range) && cel_adopt(m->p, expr, expr->fold.accu_init) &&
                   cel_adopt(m->p, expr, expr->fold.condition) &&
                   cel_adopt(m->p, expr, expr->fold.step) &&
                   cel_adopt(m->p, expr, expr->fold.result)
               ? expr
               : NULL;
}

/* math.greatest(a, b, c) is math.greatest([a, b, c]), so that it takes any number of arguments. */
static struct cel_expr *expand_extreme(const struct macro *m)
{
    struct cel_expr *list = list_of(m, m->args, m->count);
    return list != NULL ? cel_new_method(m->p, m->pos, *m->function, m->target, &list, 1) : NULL;
}

static bool is_ident(const struct cel_expr *expr, const char *name)
{
    return expr->kind == CEL_EXPR_IDENT && is(&expr->ident.name, name);
}

bool cel_expand(struct parser *p, uint32_t pos, const struct cel_name *function,
                struct cel_expr *target, struct cel_expr **args, uint32_t count,
                struct cel_expr **out)
{
    typedef struct cel_expr *expansion(const struct macro *m, uint32_t variables);
    static const struct {
        const char *name;
        uint32_t variables;
        uint32_t least; /* arguments */
        uint32_t most;
        expansion *expand;
    } macros[] = {{"all", 1, 2, 2, expand_all},
                  {"all", 2, 3, 3, expand_all},
                  {"exists", 1, 2, 2, expand_exists},
                  {"exists", 2, 3, 3, expand_exists},
                  {"exists_one", 1, 2, 2, expand_exists_one},
                  {"exists_one", 2, 3, 3, expand_exists_one},
                  {"existsOne", 1, 2, 2, expand_exists_one},
                  {"existsOne", 2, 3, 3, expand_exists_one},
                  {"map", 1, 2, 3, expand_map},
                  {"filter", 1, 2, 2, expand_filter},
                  {"sortBy", 1, 2, 2, expand_sort_by},
                  {"transformList", 2, 3, 4, expand_map},
                  {"transformMap", 2, 3, 4, expand_transform_map},
                  {"transformMapEntry", 2, 3, 4, expand_transform_entry}};
    const struct macro m = {p, pos, target, args, count, function};
    if (target == NULL) {
        bool has = is(function, "has") && count == 1;
        *out = has ? expand_has(&m) : NULL;
        return has;
    }
    if (is(function, "bind") && count == 3 && is_ident(target, "cel")) {
        *out = expand_bind(&m);
        return true;
    }
    if ((is(function, "greatest") || is(function, "least")) && count >= 3 &&
        is_ident(target, "math")) {
        *out = expand_extreme(&m);
        return true;
    }
    for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++) {
        if (is(function, macros[i].name) && count >= macros[i].least && count <= macros[i].most) {
            *out = macros[i].expand(&m, macros[i].variables);
            return true;
        }
    }
    return false;
}
