/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/resolve.c - what names mean (cel-spec, "Name Resolution").
 *
 * A fold's variable hides all others. Any other name is tried in the container, then in the one around it, and so on to
 * the root; of a.b.c the longest part that is a variable is one. */
#include <string.h>

#include "schema/rules/checker.h"
#include "schema/rules/function.h"

static bool same(const struct cel_name *name, const char *text, size_t len)
{
    return name->len == len && memcmp(name->text, text, len) == 0;
}

static const struct local *find_local(const struct checker *c, const struct cel_name *name)
{
    for (const struct local *local = c->locals; local != NULL; local = local->next) {
        if (same(name, local->name.text, local->name.len)) {
            return local;
        }
    }
    return NULL;
}

/* The name of a chain of selections, "a.b.c"; false: it is something else, or begins with a fold's variable. */
static bool dotted(struct checker *c, const struct cel_expr *expr, struct cel_name *name)
{
    if (expr->kind == CEL_EXPR_IDENT) {
        *name = expr->ident.name;
        return find_local(c, name) == NULL;
    }
    if (expr->kind != CEL_EXPR_SELECT || expr->select.test ||
        !dotted(c, expr->select.operand, name)) {
        return false;
    }
    char *text = arena_printf(c->arena, "%s.%s", name->text, expr->select.field.text);
    *name = text != NULL ? (struct cel_name){text, (uint32_t)strlen(text)} : *name;
    return text != NULL;
}

/* Which of the containers `depth` levels from the inside; NULL: no more. */
static const char *in_container(struct checker *c, const struct cel_name *name, uint32_t depth)
{
    size_t len = strlen(c->scope->container);
    if (name->text[0] == '.') {
        return depth == 0 ? name->text + 1 : NULL;
    }
    for (; depth > 0 && len > 0; depth--) {
        while (len > 0 && c->scope->container[len - 1] != '.') {
            len--;
        }
        len = len > 0 ? len - 1 : 0;
    }
    if (depth > 0) {
        return NULL;
    }
    return len > 0 ? arena_printf(c->arena, "%.*s.%s", (int)len, c->scope->container, name->text)
                   : name->text;
}

static bool find_variable(struct checker *c, const char *name, struct cel_reference *ref,
                          const struct cel_type **type)
{
    for (uint32_t i = 0; i < c->scope->variable_count; i++) {
        if (strcmp(c->scope->variables[i].name, name) == 0) {
            *ref = (struct cel_reference){.kind = CEL_REF_VARIABLE, .slot = i};
            *type = c->scope->variables[i].type;
            return true;
        }
    }
    return false;
}

static bool find_name(struct checker *c, const struct cel_name *name, struct cel_reference *ref,
                      const struct cel_type **type)
{
    const char *tried;
    for (uint32_t depth = 0; (tried = in_container(c, name, depth)) != NULL; depth++) {
        const struct cel_type *named = cel_type_named(tried, strlen(tried));
        if (find_variable(c, tried, ref, type)) {
            return true;
        }
        if (named != NULL) {
            *ref = (struct cel_reference){.kind = CEL_REF_TYPE, .type = named};
            *type = cel_type_type(c->arena, named);
            return true;
        }
    }
    return false;
}

const struct cel_type *cel_check_ident(struct checker *c, const struct cel_expr *expr)
{
    const struct cel_name *name = &expr->ident.name;
    const struct local *local = find_local(c, name);
    const struct cel_type *type = cel_type_simple(CEL_TYPE_DYN);
    if (local != NULL) {
        c->references[expr->id] =
            (struct cel_reference){.kind = CEL_REF_LOCAL, .slot = local->slot};
        return local->type;
    }
    if (!find_name(c, name, &c->references[expr->id], &type)) {
        struct suggestion near = {.wanted = name->text};
        for (uint32_t i = 0; i < c->scope->variable_count; i++) {
            cel_offer(&near, c->scope->variables[i].name);
        }
        cel_check_fault(c, expr->pos, "there is no variable %s%s", name->text,
                        cel_suggestion(c, &near));
    }
    return type;
}

/* ---- selections ---- */

static const struct cel_type *field_type(struct checker *c, const struct cel_expr *expr,
                                         const struct sch_type *record)
{
    const char *name = expr->select.field.text;
    const struct sch_field *field = sch_find_field(record, name);
    if (field == NULL) {
        struct suggestion near = {.wanted = name};
        for (size_t i = 0; i < record->field_count; i++) {
            cel_offer(&near, record->fields[i].name);
        }
        cel_check_fault(c, expr->pos, "the record %s has no field %s%s", record->name, name,
                        cel_suggestion(c, &near));
        return cel_type_simple(CEL_TYPE_DYN);
    }
    c->references[expr->id] =
        (struct cel_reference){.kind = CEL_REF_FIELD, .slot = (uint32_t)(field - record->fields)};
    return cel_type_of_avro(c->arena, field->type);
}

static const struct cel_type *selected_type(struct checker *c, const struct cel_expr *expr,
                                            const struct cel_type *of)
{
    of = cel_substitute(&c->unifier, of, false);
    of = of->kind == CEL_TYPE_NULLABLE ? of->params[0] : of;
    switch (of->kind) {
    case CEL_TYPE_MAP: return of->params[1];
    case CEL_TYPE_RECORD:
        return of->avro != NULL ? field_type(c, expr, of->avro) : cel_type_simple(CEL_TYPE_DYN);
    case CEL_TYPE_DYN:
    case CEL_TYPE_PARAM: return cel_type_simple(CEL_TYPE_DYN);
    default:
        cel_check_fault(c, expr->pos, "%s has no fields", cel_type_text(c, of));
        return cel_type_simple(CEL_TYPE_DYN);
    }
}

const struct cel_type *cel_selected_type(struct checker *c, const struct cel_expr *expr,
                                         const struct cel_type *of)
{
    const struct cel_type *type = selected_type(c, expr, of);
    return expr->select.test ? cel_type_simple(CEL_TYPE_BOOL) : type;
}

bool cel_check_qualified(struct checker *c, const struct cel_expr *expr,
                         const struct cel_type **type)
{
    struct cel_name name;
    return !expr->select.test && dotted(c, expr, &name) &&
           find_name(c, &name, &c->references[expr->id], type);
}

bool cel_namespaced(struct checker *c, const struct cel_expr *call, struct cel_name *name)
{
    struct cel_name target;
    uint32_t first;
    uint32_t count;
    if (call->call.target == NULL || !dotted(c, call->call.target, &target)) {
        return false;
    }
    const char *rooted = target.text[0] == '.' ? target.text + 1 : target.text;
    char *text = arena_printf(c->arena, "%s.%s", rooted, call->call.function.text);
    if (text == NULL) {
        c->unifier.failed = true;
        return false;
    }
    cel_overloads_named(text, strlen(text), &first, &count);
    if (count > 0) {
        *name = (struct cel_name){text, (uint32_t)strlen(text)};
    }
    return count > 0;
}
