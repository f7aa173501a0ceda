/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/checker.h - the state of one check: for check.c, resolve.c and overload.c.
 *
 * Failure is sticky: the first fault is the one that is told, and what comes after it has the type dyn. */
#ifndef SCHEMA_RULES_CHECKER_H
#define SCHEMA_RULES_CHECKER_H

#include <stdarg.h>
#include <stdio.h>

#include "schema/rules/check.h"
#include "schema/rules/function.h"
#include "schema/rules/unify.h"

struct local {
    struct cel_name name;
    const struct cel_type *type;
    uint32_t slot;
    const struct local *next; /* the one around it */
};

struct checker {
    const struct cel_ast *ast;
    const struct cel_scope *scope;
    struct arena *arena;
    struct err *err;
    struct cel_unifier unifier;
    const struct cel_type **types;
    struct cel_reference *references;
    struct local *locals; /* the innermost */
    uint32_t folds;       /* around the node */
    uint32_t fold_depth;
    bool failed;
};

/* A call whose arguments are checked; the receiver is the first of them. */
struct call {
    const struct cel_expr *expr;
    struct cel_name name; /* with the namespace that it is written with */
    const struct cel_type *types[CEL_MAX_ARGS];
    uint32_t count;
    bool receiver;
};
const struct cel_type *cel_choose_overload(struct checker *c, const struct call *call);

const struct cel_type *cel_check_ident(struct checker *c, const struct cel_expr *expr);

/* Whether a selection is one qualified name; *type is then what it is. */
bool cel_check_qualified(struct checker *c, const struct cel_expr *expr,
                         const struct cel_type **type);

/* The type of a selection from a value of type `of`. */
const struct cel_type *cel_selected_type(struct checker *c, const struct cel_expr *expr,
                                         const struct cel_type *of);

/* Whether a target of a call is no value but the first part of a function's name: *name is then the whole. */
bool cel_namespaced(struct checker *c, const struct cel_expr *call, struct cel_name *name);

int cel_check_fault(struct checker *c, uint32_t pos, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* "; did you mean weight?": the nearest of the words that are offered, or nothing. */
struct suggestion {
    const char *wanted;
    const char *word;
    size_t distance;
};
void cel_offer(struct suggestion *s, const char *word);
const char *cel_suggestion(struct checker *c, const struct suggestion *s);

/* For messages; in the arena. */
const char *cel_type_text(struct checker *c, const struct cel_type *type);

#endif
