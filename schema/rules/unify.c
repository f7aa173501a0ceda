/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/unify.c - whether a type fits another, while some of both are not known yet. */
#include "schema/rules/unify.h"

const struct cel_type *cel_fresh(struct cel_unifier *u)
{
    struct cel_type *variable = arena_calloc(u->arena, 1, sizeof(*variable));
    const struct cel_type **bound = arena_push(u->arena, u->bound, u->count, sizeof(*bound));
    if (variable == NULL || bound == NULL) {
        u->failed = true;
        return cel_type_simple(CEL_TYPE_DYN);
    }
    variable->kind = CEL_TYPE_PARAM;
    variable->number = u->count;
    bound[u->count++] = NULL;
    u->bound = bound;
    return variable;
}

static void bind(struct cel_unifier *u, uint32_t number, const struct cel_type *type)
{
    struct cel_undo *undo = arena_push(u->arena, u->undo, u->undo_count, sizeof(*undo));
    if (undo == NULL) {
        u->failed = true;
        return;
    }
    undo[u->undo_count++] = (struct cel_undo){number, u->bound[number]};
    u->undo = undo;
    u->bound[number] = type;
}

uint32_t cel_unifier_mark(const struct cel_unifier *u)
{
    return u->undo_count;
}

void cel_unifier_rewind(struct cel_unifier *u, uint32_t mark)
{
    while (u->undo_count > mark) {
        const struct cel_undo *undo = &u->undo[--u->undo_count];
        u->bound[undo->number] = undo->before;
    }
}

bool cel_same_type(const struct cel_type *a, const struct cel_type *b)
{
    if (a == b) {
        return true;
    }
    if (a == NULL || b == NULL || a->kind != b->kind || a->avro != b->avro ||
        (a->kind == CEL_TYPE_PARAM && a->number != b->number)) {
        return false;
    }
    return cel_same_type(a->params[0], b->params[0]) && cel_same_type(a->params[1], b->params[1]);
}

/* Whether the variable is a part of the type: then it cannot stand for it. */
static bool occurs(const struct cel_unifier *u, uint32_t number, const struct cel_type *type)
{
    if (type == NULL) {
        return false;
    }
    if (type->kind == CEL_TYPE_PARAM) {
        return type->number == number ||
               (u->bound[type->number] != NULL && occurs(u, number, u->bound[type->number]));
    }
    return occurs(u, number, type->params[0]) || occurs(u, number, type->params[1]);
}

static bool general(const struct cel_type *a, const struct cel_type *b)
{
    if (a == NULL || b == NULL) {
        return a == b || a == NULL;
    }
    if (a->kind == CEL_TYPE_DYN || a->kind == CEL_TYPE_PARAM) {
        return true;
    }
    if (a->kind == CEL_TYPE_NULLABLE && b->kind != CEL_TYPE_NULLABLE) {
        return b->kind == CEL_TYPE_NULL || general(a->params[0], b);
    }
    if (a->kind != b->kind) {
        return false;
    }
    return general(a->params[0], b->params[0]) && general(a->params[1], b->params[1]);
}

const struct cel_type *cel_most_general(const struct cel_type *a, const struct cel_type *b)
{
    if (a->kind == CEL_TYPE_TYPE && b->kind == CEL_TYPE_TYPE && !general(a, b) && !general(b, a)) {
        return cel_type_named("type", 4);
    }
    return general(a, b) ? a : b;
}

/* The variable meets a type. known: it stood for something already. */
static bool meet(struct cel_unifier *u, const struct cel_type *variable,
                 const struct cel_type *type, bool *known)
{
    const struct cel_type *bound = u->bound[variable->number];
    *known = bound != NULL;
    if (type->kind == CEL_TYPE_PARAM && type->number == variable->number) {
        return true;
    }
    if (bound != NULL) {
        if (cel_same_type(type, bound)) {
            return true;
        }
        if (!cel_unify(u, type, bound)) {
            return false;
        }
        const struct cel_type *wider = cel_most_general(type, bound);
        if (!occurs(u, variable->number, wider)) {
            bind(u, variable->number, wider);
        }
        return true;
    }
    if (occurs(u, variable->number, type)) {
        return false;
    }
    bind(u, variable->number, type);
    return true;
}

static bool null_fits(const struct cel_type *wanted)
{
    return wanted->kind == CEL_TYPE_NULL || wanted->kind == CEL_TYPE_NULLABLE ||
           wanted->kind == CEL_TYPE_TIMESTAMP || wanted->kind == CEL_TYPE_DURATION ||
           wanted->kind == CEL_TYPE_RECORD || wanted->kind == CEL_TYPE_DECIMAL;
}

static bool parts_fit(struct cel_unifier *u, const struct cel_type *given,
                      const struct cel_type *wanted)
{
    for (int i = 0; i < 2; i++) {
        if (given->params[i] != NULL && wanted->params[i] != NULL &&
            !cel_unify(u, given->params[i], wanted->params[i])) {
            return false;
        }
    }
    return true;
}

bool cel_unify(struct cel_unifier *u, const struct cel_type *given, const struct cel_type *wanted)
{
    bool known = false;
    if (wanted->kind == CEL_TYPE_PARAM) {
        if (meet(u, wanted, given, &known)) {
            return true;
        }
        if (known) {
            return false;
        }
    }
    if (given->kind == CEL_TYPE_PARAM) {
        return meet(u, given, wanted, &known);
    }
    if (given->kind == CEL_TYPE_DYN || wanted->kind == CEL_TYPE_DYN) {
        return true;
    }
    if (given->kind == CEL_TYPE_NULL) {
        return null_fits(wanted);
    }
    if (given->kind == CEL_TYPE_NULLABLE || wanted->kind == CEL_TYPE_NULLABLE) {
        return cel_unify(u, given->kind == CEL_TYPE_NULLABLE ? given->params[0] : given,
                         wanted->kind == CEL_TYPE_NULLABLE ? wanted->params[0] : wanted);
    }
    if (given->kind != wanted->kind) {
        return false;
    }
    if (given->kind == CEL_TYPE_RECORD) {
        return given->avro == wanted->avro;
    }
    return given->kind == CEL_TYPE_TYPE || parts_fit(u, given, wanted); /* types may be compared */
}

const struct cel_type *cel_substitute(struct cel_unifier *u, const struct cel_type *type,
                                      bool to_dyn)
{
    if (type == NULL) {
        return NULL;
    }
    if (type->kind == CEL_TYPE_PARAM) {
        const struct cel_type *bound = u->bound[type->number];
        return bound != NULL ? cel_substitute(u, bound, to_dyn)
               : to_dyn      ? cel_type_simple(CEL_TYPE_DYN)
                             : type;
    }
    const struct cel_type *first = cel_substitute(u, type->params[0], to_dyn);
    const struct cel_type *second = cel_substitute(u, type->params[1], to_dyn);
    if (first == type->params[0] && second == type->params[1]) {
        return type;
    }
    struct cel_type *copy = arena_memdup(u->arena, type, sizeof(*type));
    if (copy == NULL) {
        u->failed = true;
        return cel_type_simple(CEL_TYPE_DYN);
    }
    copy->params[0] = first;
    copy->params[1] = second;
    return copy;
}
