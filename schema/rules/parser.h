/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/parser.h - the state of one parse, and how nodes are made: for parser.c and macro.c.
 *
 * Failure is sticky: a constructor given NULL for a child gives NULL, and the error is set already. */
#ifndef SCHEMA_RULES_PARSER_H
#define SCHEMA_RULES_PARSER_H

#include "schema/rules/lexer.h"

struct parser {
    struct cel_lexer lexer;
    struct cel_token token; /* the one that is looked at */
    struct cel_ast *ast;
    struct arena *arena;
    struct err *err;
    uint32_t depth; /* of the parser's own recursion */
};

/* Both set the error and give NULL. */
void *cel_no_memory(struct parser *p);
void *cel_refuse(struct parser *p, uint32_t pos, const char *what);

struct cel_expr *cel_new(struct parser *p, enum cel_expr_kind kind, uint32_t pos);
/* Takes the child into account: its height. false: it is NULL, or the tree is too high. */
bool cel_adopt(struct parser *p, struct cel_expr *parent, const struct cel_expr *child);

struct cel_expr *cel_new_literal(struct parser *p, uint32_t pos, struct cel_value value);
struct cel_expr *cel_new_ident(struct parser *p, uint32_t pos, struct cel_name name);
struct cel_expr *cel_new_call(struct parser *p, uint32_t pos, const char *function,
                              struct cel_expr *const *args, uint32_t count);

/* target: NULL for a call that is not in receiver style. */
struct cel_expr *cel_new_method(struct parser *p, uint32_t pos, struct cel_name function,
                                struct cel_expr *target, struct cel_expr *const *args,
                                uint32_t count);

/* A call that is a macro becomes what it stands for: *out; NULL: an error is set. false: it is no macro. target: NULL for
 * a call without receiver. */
bool cel_expand(struct parser *p, uint32_t pos, const struct cel_name *function,
                struct cel_expr *target, struct cel_expr **args, uint32_t count,
                struct cel_expr **out);

#endif
