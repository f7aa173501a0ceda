/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/lexer.h - the tokens of CEL (cel-spec, "Syntax"): for parser.c alone.
 *
 * Thread: that of the parser. Values of strings are in the parser's arena. */
#ifndef SCHEMA_RULES_LEXER_H
#define SCHEMA_RULES_LEXER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "schema/rules/ast.h"

enum cel_token_kind {
    CEL_TOKEN_END = 0,
    CEL_TOKEN_NAME,   /* also reserved words */
    CEL_TOKEN_QUOTED, /* `a name in backquotes` */
    CEL_TOKEN_LITERAL,
    CEL_TOKEN_MARK /* an operator or a bracket */
};

struct cel_token {
    enum cel_token_kind kind;
    uint32_t pos;
    uint32_t len;             /* NAME, MARK: bytes at pos; QUOTED: without its quotes, at pos + 1 */
    bool too_large;           /* LITERAL: 9223372036854775808, an int only behind a minus */
    struct cel_value literal; /* null, bool, int, uint, double, string or bytes */
};

struct cel_lexer {
    const struct cel_ast *ast;
    struct arena *arena;
    struct err *err;
    uint32_t at;
};

/* The next token; -1: the text has none that is valid. */
MUST_CHECK int cel_lex(struct cel_lexer *lexer, struct cel_token *token);

/* Words that no variable may have as its name; `field`: as the name of a field, which may have more. */
bool cel_reserved(const char *text, uint32_t len, bool field);

/* The value of a literal in quotes: `body` has neither quotes nor prefix. */
MUST_CHECK int cel_unescape(struct cel_lexer *lexer, uint32_t pos, uint32_t len, bool raw,
                            bool bytes, struct cel_value *out);

#endif
