/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/ast.h - a CEL expression as a tree, with its macros expanded.
 *
 * An operator is a call of the function that the specification names: "_+_", "!_", "_?_:_", "_[_]", "@in" …
 * A macro over a list or map is a comprehension (cel-spec, "Macros").
 *
 * Ownership: nodes and texts are in the arena that the parser was given. Thread: any, one at a time. */
#ifndef SCHEMA_RULES_AST_H
#define SCHEMA_RULES_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "schema/rules/value.h"

/* Bounds of one expression: bytes of text, nodes after macro expansion, levels of nesting (of parentheses, calls,
 * chains of operators and macros alike: whoever walks the tree may recurse that deep). */
enum { CEL_MAX_TEXT_BYTES = 65536, CEL_MAX_NODES = 16384, CEL_MAX_DEPTH = 250 };

enum cel_expr_kind {
    CEL_EXPR_LITERAL = 0,
    CEL_EXPR_IDENT,
    CEL_EXPR_SELECT,
    CEL_EXPR_CALL,
    CEL_EXPR_LIST,
    CEL_EXPR_MAP,
    CEL_EXPR_RECORD, /* Name{field: value}: parsed; the checker knows no such types and refuses it */
    CEL_EXPR_FOLD    /* a comprehension */
};

struct cel_name { /* not NUL-terminated by promise, but it is */
    const char *text;
    uint32_t len;
};

struct cel_expr {
    enum cel_expr_kind kind;
    uint16_t height; /* levels of nodes, 1 for a leaf */
    uint32_t id;     /* 0 … node_count - 1: an index for side tables */
    uint32_t pos;    /* where it stands in the text, in bytes: of an operator the operator itself */
    union {
        struct cel_value literal; /* null, bool, int, uint, double, string, bytes */
        struct {
            struct cel_name name; /* a leading dot (the root scope) is kept: ".x" */
        } ident;
        struct {
            struct cel_expr *operand;
            struct cel_name field;
            bool test; /* has(operand.field) */
        } select;
        struct {
            struct cel_name function;
            struct cel_expr *target; /* NULL: not in receiver style */
            struct cel_expr **args;
            uint32_t arg_count;
        } call;
        struct {
            struct cel_expr **items;
            uint32_t count;
        } list;
        struct { /* also RECORD, whose keys are IDENTs */
            struct cel_name record;
            struct cel_expr **keys;
            struct cel_expr **values;
            uint32_t count;
        } map;
        struct { /* cel-spec, syntax.proto, "Comprehension": the same parts by the same names */
            struct cel_expr *range;
            struct cel_name iter_var;
            struct cel_name iter_var2; /* len 0: the one-variable form (of a map: its keys) */
            struct cel_name accu_var;  /* names that no text can write: "@result" */
            struct cel_expr *accu_init;
            struct cel_expr *condition; /* the loop goes on while it is true */
            struct cel_expr *step;
            struct cel_expr *result;
        } fold;
    };
};

struct cel_ast {
    const char *text; /* as given: NUL-terminated copy */
    uint32_t text_len;
    struct cel_expr *root;
    uint32_t node_count;
};

/* Macros: has, all, exists, exists_one (existsOne), filter, map (2 and 3 arguments), the two-variable forms all,
 * exists, existsOne, transformList, transformMap (and transformMapEntry); cel.bind is one of ours to know too.
 * FATAL ERR_BAD_RULE: "line 2, column 7: expected …". ERR_NO_MEMORY. */
MUST_CHECK int cel_parse(const char *text, size_t len, struct arena *arena, struct cel_ast *ast,
                         struct err *err);

/* Puts "line L, column C: " and the text into err: lines and columns count from 1, columns in characters. Always -1. */
int cel_fault(const struct cel_ast *ast, uint32_t pos, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* For tests: the tree in one line, calls in prefix form. */
struct buf;
void cel_ast_print(const struct cel_expr *expr, struct buf *out);

#endif
