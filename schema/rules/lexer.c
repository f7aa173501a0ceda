/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/lexer.c - from text to tokens, one at a time.
 *
 * The text is UTF-8: cel_parse has looked. Behind its end there is a NUL, so that one byte may always be looked at; a
 * NUL within quotes is a character. */
#include "schema/rules/lexer.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool begins_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool cel_reserved(const char *text, uint32_t len, bool field)
{
    static const char *const words[] = {
        "false", "in",    "null",      "true", /* of these no field either */
        "as",    "break", "const",     "continue", "else",   "for", "function", "if",   "import",
        "let",   "loop",  "namespace", "package",  "return", "var", "void",     "while"};
    size_t count = field ? 4 : sizeof(words) / sizeof(words[0]);
    for (size_t i = 0; i < count; i++) {
        if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0) {
            return true;
        }
    }
    return false;
}

static void skip_blanks(struct cel_lexer *lexer)
{
    const char *text = lexer->ast->text;
    for (;;) {
        char c = text[lexer->at];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
            lexer->at++;
        } else if (c == '/' && text[lexer->at + 1] == '/') {
            lexer->at += (uint32_t)strcspn(text + lexer->at, "\n");
        } else {
            return;
        }
    }
}

/* ---- numbers ---- */

/* Digits, a fraction, an exponent: how far the number goes, and whether it is a double. */
static uint32_t measure_number(const char *p, bool *is_double, bool *hex)
{
    const char *begin = p;
    *is_double = false;
    *hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X') && is_hex(p[2]);
    if (*hex) {
        p += 2;
        while (is_hex(*p)) {
            p++;
        }
        return (uint32_t)(p - begin);
    }
    while (is_digit(*p)) {
        p++;
    }
    if (p[0] == '.' && is_digit(p[1])) {
        *is_double = true;
        p++;
        while (is_digit(*p)) {
            p++;
        }
    }
    const char *exponent = p + 1 + (p[1] == '+' || p[1] == '-');
    if ((*p == 'e' || *p == 'E') && is_digit(*exponent)) {
        *is_double = true;
        p = exponent;
        while (is_digit(*p)) {
            p++;
        }
    }
    return (uint32_t)(p - begin);
}

static int lex_number(struct cel_lexer *lexer, struct cel_token *token)
{
    const char *p = lexer->ast->text + lexer->at;
    bool is_double;
    bool hex;
    uint32_t len = measure_number(p, &is_double, &hex);
    token->kind = CEL_TOKEN_LITERAL;
    lexer->at += len;
    errno = 0;
    if (is_double) {
        token->literal = cel_double(strtod(p, NULL));
        if (isinf(token->literal.d)) {
            return cel_fault(lexer->ast, token->pos, lexer->err, "%.*s is more than a double holds",
                             (int)len, p);
        }
        return 0;
    }
    uint64_t number = strtoull(hex ? p + 2 : p, NULL, hex ? 16 : 10);
    bool is_uint = p[len] == 'u' || p[len] == 'U';
    lexer->at += is_uint;
    token->literal = is_uint ? cel_uint(number) : cel_int((int64_t)number);
    token->too_large = !is_uint && number == UINT64_C(1) << 63;
    if (errno == ERANGE || (!is_uint && number > UINT64_C(1) << 63)) {
        return cel_fault(lexer->ast, token->pos, lexer->err, "%.*s is more than %s holds", (int)len,
                         p, is_uint ? "a uint" : "an int");
    }
    return 0;
}

/* ---- strings ---- */

/* Where the literal's quotes end: `quotes` of them close it. */
static int find_close(struct cel_lexer *lexer, uint32_t from, char quote, uint32_t quotes, bool raw,
                      uint32_t *close)
{
    const char *text = lexer->ast->text;
    for (uint32_t at = from; at < lexer->ast->text_len; at++) {
        if (text[at] == '\\' && !raw && at + 1 < lexer->ast->text_len) {
            at++;
        } else if (quotes == 1 && (text[at] == '\n' || text[at] == '\r')) {
            break;
        } else if (text[at] == quote &&
                   (quotes == 1 || (text[at + 1] == quote && text[at + 2] == quote))) {
            *close = at;
            return 0;
        }
    }
    return cel_fault(lexer->ast, lexer->at, lexer->err, "the text in quotes has no end");
}

/* At a quote, behind `prefix` letters: r and b in any order. */
static int lex_quoted(struct cel_lexer *lexer, uint32_t prefix, struct cel_token *token)
{
    const char *p = lexer->ast->text + lexer->at;
    bool raw = false;
    bool bytes = false;
    for (uint32_t i = 0; i < prefix; i++) {
        raw = raw || p[i] == 'r' || p[i] == 'R';
        bytes = bytes || p[i] == 'b' || p[i] == 'B';
    }
    char quote = p[prefix];
    uint32_t quotes = p[prefix + 1] == quote && p[prefix + 2] == quote ? 3 : 1;
    uint32_t from = lexer->at + prefix + quotes;
    uint32_t close = 0;
    if (find_close(lexer, from, quote, quotes, raw, &close) < 0 ||
        cel_unescape(lexer, from, close - from, raw, bytes, &token->literal) < 0) {
        return -1;
    }
    token->kind = CEL_TOKEN_LITERAL;
    lexer->at = close + quotes;
    return 0;
}

/* How many letters r and b stand before a quote here; -1: no quote follows them. */
static int quote_prefix(const char *p)
{
    int count = 0;
    bool raw = false;
    bool bytes = false;
    for (;; count++) {
        if (p[count] == '"' || p[count] == '\'') {
            return count;
        }
        bool *seen = p[count] == 'r' || p[count] == 'R'   ? &raw
                     : p[count] == 'b' || p[count] == 'B' ? &bytes
                                                          : NULL;
        if (seen == NULL || *seen) {
            return -1;
        }
        *seen = true;
    }
}

/* ---- everything else ---- */

static int lex_backquoted(struct cel_lexer *lexer, struct cel_token *token)
{
    const char *p = lexer->ast->text + lexer->at;
    size_t len = 1;
    while (begins_name(p[len]) || is_digit(p[len]) ||
           (p[len] != '\0' && strchr(".-/ ", p[len]) != NULL)) {
        len++;
    }
    if (p[len] != '`' || len == 1) {
        return cel_fault(lexer->ast, token->pos, lexer->err,
                         "a name in backquotes has letters, digits, _, ., -, / and spaces alone");
    }
    token->kind = CEL_TOKEN_QUOTED;
    token->len = (uint32_t)len - 1;
    lexer->at += (uint32_t)len + 1;
    return 0;
}

static void lex_name(struct cel_lexer *lexer, struct cel_token *token)
{
    const char *p = lexer->ast->text + lexer->at;
    uint32_t len = 0;
    while (begins_name(p[len]) || is_digit(p[len])) {
        len++;
    }
    token->kind = CEL_TOKEN_NAME;
    token->len = len;
    lexer->at += len;
    if (len == 4 && memcmp(p, "true", 4) == 0) {
        token->kind = CEL_TOKEN_LITERAL;
        token->literal = cel_bool(true);
    } else if (len == 5 && memcmp(p, "false", 5) == 0) {
        token->kind = CEL_TOKEN_LITERAL;
        token->literal = cel_bool(false);
    } else if (len == 4 && memcmp(p, "null", 4) == 0) {
        token->kind = CEL_TOKEN_LITERAL;
        token->literal = cel_null();
    }
}

static int lex_mark(struct cel_lexer *lexer, struct cel_token *token)
{
    static const char pairs[][3] = {"&&", "||", "==", "!=", "<=", ">="};
    const char *p = lexer->ast->text + lexer->at;
    token->kind = CEL_TOKEN_MARK;
    token->len = 1;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (p[0] == pairs[i][0] && p[1] == pairs[i][1]) {
            token->len = 2;
        }
    }
    if (token->len == 1 && strchr("+-*/%!?:.,()[]{}<>", *p) == NULL) {
        static const char *const hints[] = {
            "=", "two equals compare: ==", "&", "and is written &&",
            "|", "or is written ||",       "‘", "quotes are \" or '"};
        for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i += 2) {
            if (strncmp(p, hints[i], strlen(hints[i])) == 0) {
                return cel_fault(lexer->ast, token->pos, lexer->err, "unexpected %s; %s", hints[i],
                                 hints[i + 1]);
            }
        }
        int len = 1;
        while (((uint8_t)p[len] & 0xC0) == 0x80) {
            len++;
        }
        return cel_fault(lexer->ast, token->pos, lexer->err, "unexpected %.*s", len, p);
    }
    lexer->at += token->len;
    return 0;
}

int cel_lex(struct cel_lexer *lexer, struct cel_token *token)
{
    skip_blanks(lexer);
    const char *p = lexer->ast->text + lexer->at;
    *token = (struct cel_token){.kind = CEL_TOKEN_END, .pos = lexer->at};
    int prefix = quote_prefix(p);
    if (lexer->at >= lexer->ast->text_len) {
        return 0;
    }
    if (prefix >= 0) {
        return lex_quoted(lexer, (uint32_t)prefix, token);
    }
    if (is_digit(*p) || (*p == '.' && is_digit(p[1]))) {
        return lex_number(lexer, token);
    }
    if (*p == '`') {
        return lex_backquoted(lexer, token);
    }
    if (begins_name(*p)) {
        lex_name(lexer, token);
        return 0;
    }
    return lex_mark(lexer, token);
}
