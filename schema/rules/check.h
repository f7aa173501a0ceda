/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/check.h - what each part of an expression means: its type, its variable, its overloads.
 *
 * cel-spec, "Gradual Type Checking" and "Name Resolution": qualified names are tried from the container outwards, a
 * type variable is bound by what it meets, dyn fits everything. */
#ifndef SCHEMA_RULES_CHECK_H
#define SCHEMA_RULES_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "schema/rules/ast.h"
#include "schema/rules/type.h"

struct cel_variable {
    const char *name; /* may be qualified: "x.y" */
    const struct cel_type *type;
};

struct cel_scope {
    const struct cel_variable *variables; /* the number of one is its slot at run time */
    uint32_t variable_count;
    const char *container; /* "a.b", or "" */
    bool untyped;          /* no checks: every part is dyn, names are resolved all the same */
};

enum cel_reference_kind {
    CEL_REF_NONE = 0,
    CEL_REF_VARIABLE, /* slot; of an IDENT, or of a SELECT chain that is one qualified name */
    CEL_REF_LOCAL, /* slot counts the folds' variables from the outermost: see cel_locals below */
    CEL_REF_TYPE,  /* type: the identifier is the name of a type */
    CEL_REF_FIELD, /* slot: the number of the field of the operand's record type */
    CEL_REF_CALL /* overloads that fit: bit n is row first + n; as_namespace: the target is part of the name */
};

struct cel_reference {
    enum cel_reference_kind kind;
    bool as_namespace; /* math.greatest(x): the call has no receiver */
    uint32_t slot;
    uint32_t first; /* CALL: of cel_overloads */
    uint64_t fits;  /* CALL: which of those that follow; one bit and no dyn argument: settled */
    const struct cel_type *type;
};

/* The locals of a FOLD are numbered by depth: a fold within d others has accu d * 3, iter d * 3 + 1, iter2 d * 3 + 2.
 * range and accu_init are within the folds around it alone. */
struct cel_checked {
    const struct cel_type **types;          /* of each node by its id */
    const struct cel_reference *references; /* likewise */
    const struct cel_type *result;
    uint32_t fold_depth; /* the most folds within each other */
};

/* FATAL ERR_BAD_RULE with line and column, and what was expected: "line 1, column 9: no function _+_ takes (int,
 * string)", "… the record moh.Birth has no field wieght; did you mean weight?". All in the arena. */
MUST_CHECK int cel_check(const struct cel_ast *ast, const struct cel_scope *scope,
                         struct arena *arena, struct cel_checked *checked, struct err *err);

#endif
