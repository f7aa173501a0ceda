/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/parser.c - from tokens to a tree: recursive descent, binary operators by their precedence.
 *
 * Bounds: the text, the nodes, the parser's own recursion and the height of the tree, so that whoever walks it may
 * recurse. Chains of && and || are balanced, as their order does not matter to their meaning (a && b && c … of any length is
 * good); a chain of + is as high as it is long.
 *
 * Neighbours: lexer.c, escape.c, macro.c. */
#include "schema/rules/parser.h"

#include <string.h>

#include "base/utf8.h"
#include "schema/rules/print.h"

static struct cel_expr *parse_expr(struct parser *p);

/* ---- errors ---- */

static void *unexpected(struct parser *p, const char *expected)
{
    const struct cel_token *token = &p->token;
    if (token->kind == CEL_TOKEN_END) {
        cel_fault(p->ast, token->pos, p->err, "the rule ends where %s was expected", expected);
    } else if (token->kind == CEL_TOKEN_LITERAL) {
        cel_fault(p->ast, token->pos, p->err, "unexpected value; expected %s", expected);
    } else {
        cel_fault(p->ast, token->pos, p->err, "unexpected %.*s; expected %s",
                  (int)(token->len > 64 ? 64 : token->len), p->ast->text + token->pos, expected);
    }
    return NULL;
}

/* ---- tokens ---- */

static bool advance(struct parser *p)
{
    return cel_lex(&p->lexer, &p->token) == 0;
}

static bool is_mark(const struct parser *p, const char *mark)
{
    return p->token.kind == CEL_TOKEN_MARK && p->token.len == strlen(mark) &&
           memcmp(p->ast->text + p->token.pos, mark, p->token.len) == 0;
}

/* Goes on behind the mark; false: another token is there, or the next is none. */
static bool expect(struct parser *p, const char *mark, const char *expected)
{
    if (!is_mark(p, mark)) {
        unexpected(p, expected);
        return false;
    }
    return advance(p);
}

/* The token's text as a name of its own. */
static bool take_name(struct parser *p, const char *prefix, struct cel_name *name)
{
    uint32_t pos = p->token.pos + (p->token.kind == CEL_TOKEN_QUOTED ? 1 : 0);
    char *text = arena_printf(p->arena, "%s%.*s", prefix, (int)p->token.len, p->ast->text + pos);
    if (text == NULL) {
        cel_no_memory(p);
        return false;
    }
    *name = (struct cel_name){text, (uint32_t)strlen(text)};
    return advance(p);
}

/* ---- lists of parts ---- */

struct parts {
    struct cel_expr **items;
    uint32_t count;
};

static bool push(struct parser *p, struct parts *parts, struct cel_expr *item)
{
    if (item == NULL) {
        return false;
    }
    struct cel_expr **items = arena_push(p->arena, parts->items, parts->count, sizeof(*items));
    if (items == NULL) {
        cel_no_memory(p);
        return false;
    }
    items[parts->count++] = item;
    parts->items = items;
    return true;
}

/* Up to the closing mark and behind it. A comma before it is good in a list, not in a call. */
static bool parse_parts(struct parser *p, const char *close, bool trailing, struct parts *parts)
{
    while (!is_mark(p, close)) {
        if (is_mark(p, "?")) {
            cel_refuse(p, p->token.pos, "optional items (?) are not part of the rules' language");
            return false;
        }
        if (!push(p, parts, parse_expr(p))) {
            return false;
        }
        if (is_mark(p, close)) {
            break;
        }
        if (!expect(p, ",", close[0] == ')' ? "a comma or )" : "a comma or ]")) {
            return false;
        }
        if (!trailing && is_mark(p, close)) {
            unexpected(p, "a value");
            return false;
        }
    }
    return advance(p);
}

static struct cel_expr *parse_list(struct parser *p, uint32_t pos)
{
    struct parts parts = {NULL, 0};
    struct cel_expr *list = NULL;
    if (!parse_parts(p, "]", true, &parts) || (list = cel_new(p, CEL_EXPR_LIST, pos)) == NULL) {
        return NULL;
    }
    list->list.items = parts.items;
    list->list.count = parts.count;
    for (uint32_t i = 0; i < parts.count; i++) {
        if (!cel_adopt(p, list, parts.items[i])) {
            return NULL;
        }
    }
    return list;
}

/* A key of a map is an expression, that of a record the name of a field. */
static struct cel_expr *parse_key(struct parser *p, bool record)
{
    struct cel_name name;
    uint32_t pos = p->token.pos;
    if (is_mark(p, "?")) {
        return cel_refuse(p, pos, "optional fields (?) are not part of the rules' language");
    }
    if (!record) {
        return parse_expr(p);
    }
    if (p->token.kind != CEL_TOKEN_NAME && p->token.kind != CEL_TOKEN_QUOTED) {
        return unexpected(p, "the name of a field");
    }
    return take_name(p, "", &name) ? cel_new_ident(p, pos, name) : NULL;
}

static struct cel_expr *parse_map(struct parser *p, uint32_t pos, const struct cel_name *record)
{
    struct parts keys = {NULL, 0};
    struct parts values = {NULL, 0};
    while (!is_mark(p, "}")) {
        if (!push(p, &keys, parse_key(p, record != NULL)) || !expect(p, ":", "a colon") ||
            !push(p, &values, parse_expr(p))) {
            return NULL;
        }
        if (!is_mark(p, "}") && !expect(p, ",", "a comma or }")) {
            return NULL;
        }
    }
    struct cel_expr *map = NULL;
    if (!advance(p) ||
        (map = cel_new(p, record != NULL ? CEL_EXPR_RECORD : CEL_EXPR_MAP, pos)) == NULL) {
        return NULL;
    }
    map->map.keys = keys.items;
    map->map.values = values.items;
    map->map.count = keys.count;
    if (record != NULL) {
        map->map.record = *record;
    }
    for (uint32_t i = 0; i < keys.count; i++) {
        if (!cel_adopt(p, map, keys.items[i]) || !cel_adopt(p, map, values.items[i])) {
            return NULL;
        }
    }
    return map;
}

/* ---- calls and selections ---- */

/* Behind "name(" or "target.name(". */
static struct cel_expr *parse_call(struct parser *p, uint32_t pos, struct cel_name function,
                                   struct cel_expr *target)
{
    struct parts args = {NULL, 0};
    struct cel_expr *expanded = NULL;
    if (!parse_parts(p, ")", false, &args)) {
        return NULL;
    }
    return cel_expand(p, pos, &function, target, args.items, args.count, &expanded)
               ? expanded
               : cel_new_method(p, pos, function, target, args.items, args.count);
}

/* "a.b.c" as one name, if the expression is nothing else. */
static bool dotted(struct parser *p, const struct cel_expr *expr, struct cel_name *name)
{
    if (expr->kind == CEL_EXPR_IDENT) {
        *name = expr->ident.name;
        return true;
    }
    if (expr->kind != CEL_EXPR_SELECT || expr->select.test ||
        !dotted(p, expr->select.operand, name)) {
        return false;
    }
    char *text = arena_printf(p->arena, "%s.%s", name->text, expr->select.field.text);
    *name = text != NULL ? (struct cel_name){text, (uint32_t)strlen(text)} : *name;
    return text != NULL;
}

static struct cel_expr *parse_selection(struct parser *p, struct cel_expr *operand, uint32_t pos)
{
    struct cel_name field;
    bool quoted = p->token.kind == CEL_TOKEN_QUOTED;
    bool word = p->token.kind == CEL_TOKEN_NAME &&
                !cel_reserved(p->ast->text + p->token.pos, p->token.len, true);
    if (is_mark(p, "?")) {
        return cel_refuse(p, p->token.pos,
                          "optional selections (.?) are not part of the rules' language");
    }
    if (!quoted && !word) {
        return unexpected(p, "the name of a field or function");
    }
    if (!take_name(p, "", &field)) {
        return NULL;
    }
    if (!quoted && is_mark(p, "(")) {
        return advance(p) ? parse_call(p, pos, field, operand) : NULL;
    }
    struct cel_expr *select = cel_new(p, CEL_EXPR_SELECT, pos);
    if (!cel_adopt(p, select, operand)) {
        return NULL;
    }
    select->select.operand = operand;
    select->select.field = field;
    return select;
}

static struct cel_expr *parse_index(struct parser *p, struct cel_expr *operand, uint32_t pos)
{
    if (is_mark(p, "?")) {
        return cel_refuse(p, p->token.pos,
                          "optional indices ([?) are not part of the rules' language");
    }
    struct cel_expr *args[] = {operand, parse_expr(p)};
    return args[1] != NULL && expect(p, "]", "]") ? cel_new_call(p, pos, "_[_]", args, 2) : NULL;
}

static struct cel_expr *parse_name(struct parser *p)
{
    struct cel_name name;
    uint32_t pos = p->token.pos;
    bool rooted = is_mark(p, ".");
    if (rooted && !advance(p)) {
        return NULL;
    }
    if (p->token.kind != CEL_TOKEN_NAME) {
        return unexpected(p, "a value");
    }
    if (cel_reserved(p->ast->text + p->token.pos, p->token.len, false)) {
        return unexpected(p, "a value (the word is reserved)");
    }
    if (!take_name(p, rooted ? "." : "", &name)) {
        return NULL;
    }
    if (is_mark(p, "(")) {
        return advance(p) ? parse_call(p, pos, name, NULL) : NULL;
    }
    return cel_new_ident(p, pos, name);
}

static struct cel_expr *parse_primary(struct parser *p)
{
    uint32_t pos = p->token.pos;
    if (p->token.kind == CEL_TOKEN_LITERAL) {
        struct cel_value value = p->token.literal;
        if (p->token.too_large) {
            return cel_refuse(p, pos, "9223372036854775808 is more than an int holds");
        }
        return advance(p) ? cel_new_literal(p, pos, value) : NULL;
    }
    if (is_mark(p, "(")) {
        struct cel_expr *inner = advance(p) ? parse_expr(p) : NULL;
        return inner != NULL && expect(p, ")", "an operator or )") ? inner : NULL;
    }
    if (is_mark(p, "[")) {
        return advance(p) ? parse_list(p, pos) : NULL;
    }
    if (is_mark(p, "{")) {
        return advance(p) ? parse_map(p, pos, NULL) : NULL;
    }
    return parse_name(p);
}

static struct cel_expr *parse_suffixes(struct parser *p, struct cel_expr *expr)
{
    struct cel_name name;
    while (expr != NULL) {
        uint32_t pos = p->token.pos;
        if (is_mark(p, ".")) {
            expr = advance(p) ? parse_selection(p, expr, pos) : NULL;
        } else if (is_mark(p, "[")) {
            expr = advance(p) ? parse_index(p, expr, pos) : NULL;
        } else if (is_mark(p, "{") && dotted(p, expr, &name)) {
            expr = advance(p) ? parse_map(p, expr->pos, &name) : NULL;
        } else {
            return expr;
        }
    }
    return NULL;
}

/* ---- operators ---- */

/* A minus before a number is the number's, so that the least int can be written. */
static struct cel_expr *negative_literal(struct parser *p, uint32_t pos)
{
    struct cel_value value = p->token.literal;
    if (value.kind == CEL_INT) {
        value.i = p->token.too_large ? INT64_MIN : -value.i;
    } else {
        value.d = -value.d;
    }
    return advance(p) ? parse_suffixes(p, cel_new_literal(p, pos, value)) : NULL;
}

/* A row of ! or of -: two of them are none. */
static struct cel_expr *parse_unary(struct parser *p)
{
    uint32_t pos = p->token.pos;
    const char *mark = is_mark(p, "!") ? "!" : is_mark(p, "-") ? "-" : NULL;
    bool odd = false;
    if (mark == NULL) {
        return parse_suffixes(p, parse_primary(p));
    }
    for (; is_mark(p, mark); odd = !odd) {
        if (!advance(p)) {
            return NULL;
        }
    }
    if (odd && mark[0] == '-' && p->token.kind == CEL_TOKEN_LITERAL &&
        (p->token.literal.kind == CEL_INT || p->token.literal.kind == CEL_DOUBLE)) {
        return negative_literal(p, pos);
    }
    struct cel_expr *operand = parse_suffixes(p, parse_primary(p));
    return operand == NULL || !odd
               ? operand
               : cel_new_call(p, pos, mark[0] == '!' ? "!_" : "-_", &operand, 1);
}

struct binary {
    const char *mark;
    const char *function;
    int level; /* the higher, the tighter */
};

enum { LEVEL_OR = 1, LEVEL_AND, LEVEL_RELATION, LEVEL_SUM, LEVEL_PRODUCT };

static const struct binary *binary_here(const struct parser *p)
{
    static const struct binary binaries[] = {
        {"||", "_||_", LEVEL_OR},       {"&&", "_&&_", LEVEL_AND},
        {"==", "_==_", LEVEL_RELATION}, {"!=", "_!=_", LEVEL_RELATION},
        {"<", "_<_", LEVEL_RELATION},   {"<=", "_<=_", LEVEL_RELATION},
        {">", "_>_", LEVEL_RELATION},   {">=", "_>=_", LEVEL_RELATION},
        {"in", "@in", LEVEL_RELATION},  {"+", "_+_", LEVEL_SUM},
        {"-", "_-_", LEVEL_SUM},        {"*", "_*_", LEVEL_PRODUCT},
        {"/", "_/_", LEVEL_PRODUCT},    {"%", "_%_", LEVEL_PRODUCT}};
    bool word = p->token.kind == CEL_TOKEN_NAME;
    for (size_t i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++) {
        const char *mark = binaries[i].mark;
        if ((word || p->token.kind == CEL_TOKEN_MARK) && p->token.len == strlen(mark) &&
            memcmp(p->ast->text + p->token.pos, mark, p->token.len) == 0) {
            return &binaries[i];
        }
    }
    return NULL;
}

static struct cel_expr *balanced(struct parser *p, const struct binary *of, struct parts *parts,
                                 const uint32_t *marks, uint32_t from, uint32_t to)
{
    if (to - from == 1) {
        return parts->items[from];
    }
    uint32_t middle = from + (to - from) / 2;
    struct cel_expr *args[] = {balanced(p, of, parts, marks, from, middle),
                               balanced(p, of, parts, marks, middle, to)};
    return args[0] != NULL && args[1] != NULL
               ? cel_new_call(p, marks[middle - 1], of->function, args, 2)
               : NULL;
}

static struct cel_expr *parse_binary(struct parser *p, int level);

/* a && b && c …: `first` is parsed already. */
static struct cel_expr *parse_chain(struct parser *p, const struct binary *of,
                                    struct cel_expr *first)
{
    struct parts parts = {NULL, 0};
    uint32_t *marks = NULL;
    if (!push(p, &parts, first)) {
        return NULL;
    }
    while (binary_here(p) == of) {
        uint32_t *more = arena_push(p->arena, marks, parts.count - 1, sizeof(*marks));
        if (more == NULL) {
            return cel_no_memory(p);
        }
        marks = more;
        marks[parts.count - 1] = p->token.pos;
        if (!advance(p) || !push(p, &parts, parse_binary(p, of->level + 1))) {
            return NULL;
        }
    }
    return balanced(p, of, &parts, marks, 0, parts.count);
}

static struct cel_expr *parse_binary(struct parser *p, int level)
{
    struct cel_expr *left = parse_unary(p);
    const struct binary *of = NULL;
    while (left != NULL && (of = binary_here(p)) != NULL && of->level >= level) {
        if (of->level == LEVEL_OR || of->level == LEVEL_AND) {
            left = parse_chain(p, of, left);
            continue;
        }
        uint32_t pos = p->token.pos;
        struct cel_expr *args[] = {left, advance(p) ? parse_binary(p, of->level + 1) : NULL};
        left = args[1] != NULL ? cel_new_call(p, pos, of->function, args, 2) : NULL;
    }
    return left;
}

static struct cel_expr *parse_choice(struct parser *p)
{
    struct cel_expr *args[3] = {parse_binary(p, LEVEL_OR), NULL, NULL};
    uint32_t pos = p->token.pos;
    if (args[0] == NULL || !is_mark(p, "?")) {
        return args[0];
    }
    args[1] = advance(p) ? parse_binary(p, LEVEL_OR) : NULL;
    args[2] =
        args[1] != NULL && expect(p, ":", "an operator or the colon of ? :") ? parse_expr(p) : NULL;
    return args[2] != NULL ? cel_new_call(p, pos, "_?_:_", args, 3) : NULL;
}

static struct cel_expr *parse_expr(struct parser *p)
{
    if (p->depth >= CEL_MAX_DEPTH) {
        return cel_refuse(p, p->token.pos, "the rule is nested too deep");
    }
    p->depth++;
    struct cel_expr *expr = parse_choice(p);
    p->depth--;
    return expr;
}

int cel_parse(const char *text, size_t len, struct arena *arena, struct cel_ast *ast,
              struct err *err)
{
    *ast = (struct cel_ast){.text = "", .text_len = 0};
    if (len > CEL_MAX_TEXT_BYTES) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_RULE,
                       "the rule has %zu bytes; at most %d are allowed", len, CEL_MAX_TEXT_BYTES);
    }
    if (!cel_is_utf8((const uint8_t *)text, len)) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_RULE, "the rule is not UTF-8");
    }
    ast->text = arena_memdup(arena, text, len);
    ast->text_len = (uint32_t)len;
    if (ast->text == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for a rule");
    }
    struct parser p = {
        .lexer = {.ast = ast, .arena = arena, .err = err}, .ast = ast, .arena = arena, .err = err};
    ast->root = advance(&p) ? parse_expr(&p) : NULL;
    if (ast->root != NULL && p.token.kind != CEL_TOKEN_END) {
        ast->root = unexpected(&p, "an operator or the end of the rule");
    }
    return ast->root != NULL ? 0 : -1;
}
