/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/overload.c - which functions a call may mean, by the types of its arguments. */
#include <string.h>

#include "schema/rules/checker.h"
#include "schema/rules/function.h"

/* A signature's type variables, for one call: A and B. */
struct instance {
    const struct cel_type *variables[2];
};

/* The type that begins at *letter, which moves behind it. */
static const struct cel_type *read_type(struct checker *c, struct instance *of, const char **letter)
{
    static const char letters[] = "*nbiudsytrc";
    char l = *(*letter)++;
    const char *known = strchr(letters, l);
    if (known != NULL) {
        return cel_type_simple((enum cel_type_kind)(known - letters));
    }
    if (l == 'A' || l == 'B') {
        if (of->variables[l - 'A'] == NULL) {
            of->variables[l - 'A'] = cel_fresh(&c->unifier);
        }
        return of->variables[l - 'A'];
    }
    const struct cel_type *first = read_type(c, of, letter);
    const struct cel_type *type = l == 'L' ? cel_type_list(c->arena, first)
                                  : l == 'M'
                                      ? cel_type_map(c->arena, first, read_type(c, of, letter))
                                      : cel_type_type(c->arena, first);
    if (type == NULL) {
        c->unifier.failed = true;
        return cel_type_simple(CEL_TYPE_DYN);
    }
    return type;
}

static bool takes(struct checker *c, const struct cel_overload *overload, const struct call *call,
                  const struct cel_type **result)
{
    struct instance instance = {{NULL, NULL}};
    uint32_t mark = cel_unifier_mark(&c->unifier);
    const char *letter = overload->args;
    uint32_t at = 0;
    for (; *letter != '\0' && at < call->count; at++) {
        const struct cel_type *wanted = read_type(c, &instance, &letter);
        if (!c->scope->untyped && !cel_unify(&c->unifier, call->types[at], wanted)) {
            cel_unifier_rewind(&c->unifier, mark);
            return false;
        }
    }
    if (*letter != '\0' || at < call->count) {
        cel_unifier_rewind(&c->unifier, mark);
        return false;
    }
    letter = overload->result;
    *result = cel_substitute(&c->unifier, read_type(c, &instance, &letter), false);
    return true;
}

/* "_+_" is +, "@in" is in; NULL: the name of a function. */
static const char *operator_of(struct checker *c, const char *name)
{
    size_t len = strlen(name);
    if (strcmp(name, "@in") == 0) {
        return "in";
    }
    if (strcmp(name, "_[_]") == 0) {
        return "[ ]";
    }
    if (strcmp(name, "_?_:_") == 0) {
        return "? :";
    }
    if (name[len - 1] != '_') {
        return NULL;
    }
    bool binary = name[0] == '_' && len > 2;
    return binary ? arena_printf(c->arena, "%.*s", (int)len - 2, name + 1)
           : name[0] == '-' || name[1] == '-' ? "-"
                                              : "!";
}

/* "the operator + does not take (int, string)" */
static void refuse(struct checker *c, const struct call *call, const char *name, bool known)
{
    struct buf types = BUF_INIT;
    const char *sign = operator_of(c, name);
    for (uint32_t i = 0; i < call->count; i++) {
        buf_put_str(&types, i > 0 ? ", " : "");
        buf_put_str(&types, cel_type_text(c, call->types[i]));
    }
    if (known) {
        cel_check_fault(c, call->expr->pos, "%s%s does not take (%s)",
                        sign != NULL ? "the operator " : "", sign != NULL ? sign : name,
                        buf_cstr(&types));
    } else {
        struct suggestion near = {.wanted = name};
        uint32_t total;
        const struct cel_overload *rows = cel_overloads(&total);
        for (uint32_t i = 0; i < total; i++) {
            cel_offer(&near, rows[i].name);
        }
        cel_check_fault(c, call->expr->pos, "there is no function %s%s", name,
                        cel_suggestion(c, &near));
    }
    buf_fini(&types);
}

const struct cel_type *cel_choose_overload(struct checker *c, const struct call *call)
{
    uint32_t total;
    uint32_t first;
    uint32_t count;
    const struct cel_overload *rows = cel_overloads(&total);
    const struct cel_type *result = NULL;
    const char *rooted = call->name.text + (call->name.text[0] == '.');
    cel_overloads_named(rooted, strlen(rooted), &first, &count);
    struct cel_reference *ref = &c->references[call->expr->id];
    *ref = (struct cel_reference){
        .kind = CEL_REF_CALL, .as_namespace = ref->as_namespace, .first = first};
    for (uint32_t i = 0; i < count && i < 64; i++) {
        const struct cel_type *of = NULL;
        if (rows[first + i].receiver != call->receiver || !takes(c, &rows[first + i], call, &of)) {
            continue;
        }
        ref->fits |= UINT64_C(1) << i;
        result = result == NULL || cel_same_type(result, of) ? of : cel_type_simple(CEL_TYPE_DYN);
    }
    if (ref->fits == 0) {
        refuse(c, call, rooted, count > 0);
    }
    return result != NULL ? result : cel_type_simple(CEL_TYPE_DYN);
}
