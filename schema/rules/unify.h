/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/unify.h - type variables and what they stand for: for check.c.
 *
 * A variable is bound by the first type that it meets, and becomes more general by what comes after. Bindings of a try
 * that failed are taken back. */
#ifndef SCHEMA_RULES_UNIFY_H
#define SCHEMA_RULES_UNIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "schema/rules/type.h"

struct cel_unifier {
    struct arena *arena;
    const struct cel_type **bound; /* of each variable, or NULL */
    uint32_t count;
    struct cel_undo *undo; /* what bindings were, the newest last */
    uint32_t undo_count;
    bool failed; /* no memory */
};

struct cel_undo {
    uint32_t number;
    const struct cel_type *before;
};

const struct cel_type *cel_fresh(struct cel_unifier *u);

/* Whether a value of `given` may stand where `wanted` is; variables of both are bound. */
bool cel_unify(struct cel_unifier *u, const struct cel_type *given, const struct cel_type *wanted);

uint32_t cel_unifier_mark(const struct cel_unifier *u);
void cel_unifier_rewind(struct cel_unifier *u, uint32_t mark);

/* The type with its variables replaced; those that are not bound stay, or become dyn. */
const struct cel_type *cel_substitute(struct cel_unifier *u, const struct cel_type *type,
                                      bool to_dyn);

/* The more general of two of which one fits the other. */
const struct cel_type *cel_most_general(const struct cel_type *a, const struct cel_type *b);

bool cel_same_type(const struct cel_type *a, const struct cel_type *b);

#endif
