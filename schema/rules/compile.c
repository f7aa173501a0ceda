/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/compile.c - from a checked tree to a flat program.
 *
 * An expression is asked for as an operand: a literal, a variable and a local are where they are, anything else is
 * computed into a slot of the frame. Slots are used as a stack: `temp` is the first that is free.
 *
 * Recursion is as deep as the tree, which the parser bounds (CEL_MAX_DEPTH).
 *
 * Neighbours: schema/rules/parser.c and check.c before it, evaluate.c after it. */
#include <stdlib.h>
#include <string.h>

#include "schema/rules/emit.h"
#include "schema/rules/functions.h"
#include "schema/rules/shortcut.h"

/* ---- operands ---- */

static void into(struct compiler *c, const struct cel_expr *expr, uint32_t dst, uint32_t temp);

/* Where the value is, if it is somewhere already. */
static bool at_rest(struct compiler *c, const struct cel_expr *expr, cel_operand *operand)
{
    const struct cel_reference *ref = cel_reference_of(c, expr);
    switch (expr->kind) {
    case CEL_EXPR_LITERAL: *operand = cel_constant(c, &expr->literal); return true;
    case CEL_EXPR_CALL: return cel_fixed_constant(c, expr, operand);
    case CEL_EXPR_LIST:
        if (!cel_all_literals(expr)) {
            return false;
        }
        *operand = cel_constant_list(c, expr);
        return true;
    case CEL_EXPR_IDENT:
    case CEL_EXPR_SELECT: /* a qualified name */ break;
    default: return false;
    }
    if (ref->kind == CEL_REF_VARIABLE) {
        *operand = CEL_OPERAND(CEL_VARIABLE, ref->slot);
        return true;
    }
    if (ref->kind == CEL_REF_LOCAL) {
        *operand = CEL_OPERAND(CEL_FRAME, ref->slot);
        return true;
    }
    if (ref->kind == CEL_REF_TYPE) {
        const struct cel_value type = {.kind = CEL_TYPE, .type = ref->type};
        *operand = cel_constant(c, &type);
        return true;
    }
    return false;
}

/* The value, wherever it is: at rest, or in the slot `temp`. */
static cel_operand operand(struct compiler *c, const struct cel_expr *expr, uint32_t temp)
{
    cel_operand found;
    if (at_rest(c, expr, &found)) {
        if (cel_reference_of(c, expr)->kind == CEL_REF_VARIABLE && expr->kind != CEL_EXPR_LITERAL) {
            cel_note_read(c, cel_reference_of(c, expr)->slot, CEL_ALL_FIELDS);
        }
        return found;
    }
    into(c, expr, temp, temp + 1);
    return CEL_OPERAND(CEL_FRAME, temp);
}

/* ---- calls ---- */

static uint32_t arg_count(const struct compiler *c, const struct cel_expr *call)
{
    bool receiver = call->call.target != NULL && !cel_reference_of(c, call)->as_namespace;
    return call->call.arg_count + (receiver ? 1 : 0);
}

static const struct cel_expr *arg(const struct compiler *c, const struct cel_expr *call, uint32_t i)
{
    bool receiver = call->call.target != NULL && !cel_reference_of(c, call)->as_namespace;
    if (receiver) {
        return i == 0 ? call->call.target : call->call.args[i - 1];
    }
    return call->call.args[i];
}

static void logical(struct compiler *c, const struct cel_expr *call, bool is_and, uint32_t dst,
                    uint32_t temp)
{
    cel_operand a = operand(c, call->call.args[0], temp);
    uint32_t skip =
        cel_emit(c, is_and ? CEL_OP_AND_SHORT : CEL_OP_OR_SHORT, dst, a, 0, 0, call->pos);
    cel_operand b = operand(c, call->call.args[1], temp + 1);
    cel_emit(c, is_and ? CEL_OP_AND : CEL_OP_OR, dst, a, b, 0, call->pos);
    cel_land(c, skip);
}

static void choice(struct compiler *c, const struct cel_expr *call, uint32_t dst, uint32_t temp)
{
    cel_operand condition = operand(c, call->call.args[0], temp);
    uint32_t choose = cel_emit(c, CEL_OP_CHOOSE, dst, condition, 0, 0, call->pos);
    into(c, call->call.args[1], dst, temp + 1);
    uint32_t done = cel_emit(c, CEL_OP_JUMP, 0, 0, 0, 0, call->pos);
    cel_land(c, choose);
    into(c, call->call.args[2], dst, temp + 1);
    cel_land(c, done);
    if (!buf_failed(&c->program->ops)) {
        struct cel_op *op = (struct cel_op *)(void *)c->program->ops.data + choose;
        op->b = cel_here(c);
    }
}

/* Two operands and an operation of their own. */
static bool plain_operation(const struct cel_expr *call, enum cel_op_code *code)
{
    static const struct {
        const char *name;
        enum cel_op_code code;
    } plain[] = {{"_==_", CEL_OP_EQ}, {"_!=_", CEL_OP_NE}, {"_<_", CEL_OP_LT},
                 {"_<=_", CEL_OP_LE}, {"_>_", CEL_OP_GT},  {"_>=_", CEL_OP_GE}};
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        if (cel_name_is(&call->call.function, plain[i].name)) {
            *code = plain[i].code;
            return true;
        }
    }
    return false;
}

/* x.matches("a pattern"): compiled now, and refused now. */
static bool fixed_pattern(struct compiler *c, const struct cel_expr *call, uint32_t dst,
                          uint32_t temp)
{
    if (!cel_name_is(&call->call.function, "matches") || arg_count(c, call) != 2) {
        return false;
    }
    const struct cel_expr *pattern = arg(c, call, 1);
    if (pattern->kind != CEL_EXPR_LITERAL || pattern->literal.kind != CEL_STRING) {
        return false;
    }
    struct err why = ERR_INIT;
    struct cel_pattern *compiled =
        cel_pattern_compile((const char *)pattern->literal.p, pattern->literal.len,
                            c->options->regex == CEL_REGEX_RE2, c->options->full_match, &why);
    if (compiled == NULL) {
        if (!c->failed) {
            cel_fault(c->ast, pattern->pos, c->err, "%s", why.text);
            c->err->kind = why.kind;
            c->err->code = why.code;
        }
        c->failed = true;
        return true;
    }
    uint32_t at = (uint32_t)(c->program->patterns.len / sizeof(compiled));
    buf_put(&c->program->patterns, &compiled, sizeof(compiled));
    if (buf_failed(&c->program->patterns)) {
        cel_pattern_free(&compiled);
        return true;
    }
    cel_emit(c, CEL_OP_MATCH, dst, operand(c, arg(c, call, 0), temp), 0, at, call->pos);
    return true;
}

/* The step of a macro that collects: "@result + [x]", where nobody else holds the list. */
static bool appends(const struct compiler *c, const struct cel_expr *call)
{
    if (!cel_name_is(&call->call.function, "_+_") || call->call.target != NULL ||
        call->call.arg_count != 2) {
        return false;
    }
    const struct cel_expr *list = call->call.args[0];
    const struct cel_expr *more = call->call.args[1];
    return list->kind == CEL_EXPR_IDENT && list->ident.name.text[0] == '@' &&
           cel_reference_of(c, list)->kind == CEL_REF_LOCAL && more->kind == CEL_EXPR_LIST &&
           more->list.count == 1;
}

int cel_overload_kinds(const struct cel_overload *overload, uint8_t kinds[CEL_MAX_ARGS])
{
    static const char letters[] = "nbiudsytrcLM";
    static const uint8_t of_letter[] = {CEL_NULL,     CEL_BOOL,    CEL_INT,   CEL_UINT,
                                        CEL_DOUBLE,   CEL_STRING,  CEL_BYTES, CEL_TIMESTAMP,
                                        CEL_DURATION, CEL_DECIMAL, CEL_LIST,  CEL_MAP};
    uint32_t count = 0;
    for (const char *letter = overload->args; *letter != '\0'; count++) {
        if (count == CEL_MAX_ARGS) {
            return -1;
        }
        const char *known = strchr(letters, *letter);
        kinds[count] = known != NULL    ? of_letter[known - letters]
                       : *letter == 'Y' ? CEL_TYPE
                                        : CEL_KIND_COUNT;
        /* The parameters of a list, map or type are not looked at: a list's items are of any kind here. */
        for (int open = 1; open > 0; letter++) {
            open += *letter == 'M' ? 1 : *letter == 'L' || *letter == 'Y' ? 0 : -1;
        }
    }
    return (int)count;
}

/* The functions that the call may mean, those of its style and number of arguments. */
static uint32_t site_of(struct compiler *c, const struct cel_expr *call)
{
    const struct cel_reference *ref = cel_reference_of(c, call);
    uint32_t total;
    const struct cel_overload *overloads = cel_overloads(&total);
    struct cel_site site = {
        .first = (uint32_t)(c->program->candidates.len / sizeof(struct cel_candidate)),
        .arg_count = arg_count(c, call),
        .name = overloads[ref->first].name};
    for (uint32_t bit = 0; bit < 64 && ref->first + bit < total; bit++) {
        struct cel_candidate candidate = {.call = overloads[ref->first + bit].call};
        if ((ref->fits >> bit & 1) != 0 && candidate.call != NULL &&
            cel_overload_kinds(&overloads[ref->first + bit], candidate.kinds) ==
                (int)site.arg_count) {
            if (candidate.call == cel_fn_index_list) {
                candidate.kinds[1] = CEL_KIND_COUNT; /* whatever number dyn turns out to be */
            }
            buf_put(&c->program->candidates, &candidate, sizeof(candidate));
            site.count++;
        }
    }
    uint32_t at = (uint32_t)(c->program->sites.len / sizeof(site));
    buf_put(&c->program->sites, &site, sizeof(site));
    return at;
}

static void call_function(struct compiler *c, const struct cel_expr *call, uint32_t dst,
                          uint32_t temp)
{
    uint32_t count = arg_count(c, call);
    for (uint32_t i = 0; i < count; i++) {
        into(c, arg(c, call, i), temp + i, temp + i + 1);
    }
    cel_emit(c, CEL_OP_CALL, dst, CEL_OPERAND(CEL_FRAME, temp), 0, site_of(c, call), call->pos);
}

static void call_into(struct compiler *c, const struct cel_expr *call, uint32_t dst, uint32_t temp)
{
    const struct cel_name *name = &call->call.function;
    enum cel_op_code code;
    if (cel_name_is(name, "_&&_") || cel_name_is(name, "_||_")) {
        logical(c, call, name->text[1] == '&', dst, temp);
    } else if (cel_name_is(name, "_?_:_")) {
        choice(c, call, dst, temp);
    } else if (cel_name_is(name, "!_")) {
        cel_emit(c, CEL_OP_NOT, dst, operand(c, call->call.args[0], temp), 0, 0, call->pos);
    } else if (cel_name_is(name, "@not_strictly_false")) {
        cel_emit(c, CEL_OP_NOT_FALSE, dst, operand(c, call->call.args[0], temp), 0, 0, call->pos);
    } else if (plain_operation(call, &code)) {
        cel_operand a = operand(c, call->call.args[0], temp);
        cel_emit(c, code, dst, a, operand(c, call->call.args[1], temp + 1), 0, call->pos);
    } else if (appends(c, call)) {
        cel_operand list = operand(c, call->call.args[0], temp);
        cel_operand item = operand(c, call->call.args[1]->list.items[0], temp);
        cel_emit(c, CEL_OP_APPEND, dst, list, item, 0, call->pos);
    } else if (cel_name_is(name, "@in") && call->call.args[1]->kind == CEL_EXPR_LIST &&
               cel_all_literals(call->call.args[1])) {
        cel_operand a = operand(c, call->call.args[0], temp);
        cel_emit(c, CEL_OP_IN, dst, a, operand(c, call->call.args[1], temp + 1), 0, call->pos);
    } else if (!fixed_pattern(c, call, dst, temp)) {
        call_function(c, call, dst, temp);
    }
}

/* ---- everything else ---- */

static void select_into(struct compiler *c, const struct cel_expr *expr, uint32_t dst,
                        uint32_t temp)
{
    const struct cel_reference *ref = cel_reference_of(c, expr);
    const struct cel_reference *of = cel_reference_of(c, expr->select.operand);
    cel_operand from;
    if (ref->kind == CEL_REF_FIELD && of->kind == CEL_REF_VARIABLE &&
        at_rest(c, expr->select.operand, &from)) {
        cel_note_read(c, of->slot, ref->slot);
    } else {
        from = operand(c, expr->select.operand, temp);
    }
    if (ref->kind == CEL_REF_FIELD) {
        cel_emit(c, expr->select.test ? CEL_OP_PRESENT : CEL_OP_FIELD, dst, from, 0, ref->slot,
                 expr->pos);
        return;
    }
    const struct cel_value name =
        cel_bytes(CEL_STRING, expr->select.field.text, expr->select.field.len);
    cel_emit(c, expr->select.test ? CEL_OP_HAS : CEL_OP_NAMED, dst, from, cel_constant(c, &name), 0,
             expr->pos);
}

static void list_into(struct compiler *c, const struct cel_expr *expr, uint32_t dst, uint32_t temp)
{
    for (uint32_t i = 0; i < expr->list.count; i++) {
        into(c, expr->list.items[i], temp + i, temp + i + 1);
    }
    cel_emit(c, CEL_OP_LIST, dst, CEL_OPERAND(CEL_FRAME, temp), 0, expr->list.count, expr->pos);
}

static void map_into(struct compiler *c, const struct cel_expr *expr, uint32_t dst, uint32_t temp)
{
    for (uint32_t i = 0; i < expr->map.count; i++) {
        into(c, expr->map.keys[i], temp + 2 * i, temp + 2 * i + 1);
        into(c, expr->map.values[i], temp + 2 * i + 1, temp + 2 * i + 2);
    }
    cel_emit(c, CEL_OP_MAP, dst, CEL_OPERAND(CEL_FRAME, temp), 0, expr->map.count, expr->pos);
}

/* cel-spec, "Macros": the condition is looked at before each item, and only false ends the loop. */
static void fold_into(struct compiler *c, const struct cel_expr *expr, uint32_t dst, uint32_t temp)
{
    uint32_t depth = c->folds;
    uint32_t accu = depth * LOCALS_A_FOLD;
    cel_operand range = operand(c, expr->fold.range, temp);
    into(c, expr->fold.accu_init, accu, temp + 1);
    uint32_t begin = cel_emit(c, CEL_OP_FOLD, dst, range, depth, 0, expr->pos);
    c->program->walk_count = c->program->walk_count <= depth ? depth + 1 : c->program->walk_count;
    c->folds++;
    uint32_t loop = cel_emit(c, expr->fold.iter_var2.len > 0 ? CEL_OP_NEXT2 : CEL_OP_NEXT, accu + 1,
                             0, depth, 0, expr->pos);
    uint32_t test = cel_emit(c, CEL_OP_TEST, accu, operand(c, expr->fold.condition, temp + 1), 0, 0,
                             expr->fold.condition->pos);
    into(c, expr->fold.step, temp + 1, temp + 2);
    cel_emit(c, CEL_OP_MOVE, accu, CEL_OPERAND(CEL_FRAME, temp + 1), 0, 0, expr->pos);
    cel_emit(c, CEL_OP_JUMP, 0, 0, 0, loop, expr->pos);
    cel_land(c, loop);
    cel_land(c, test);
    into(c, expr->fold.result, dst, temp + 1);
    c->folds--;
    cel_land(c, begin);
}

static void into(struct compiler *c, const struct cel_expr *expr, uint32_t dst, uint32_t temp)
{
    cel_operand found;
    if (c->failed) {
        return;
    }
    if (at_rest(c, expr, &found)) {
        if (expr->kind != CEL_EXPR_LITERAL && cel_reference_of(c, expr)->kind == CEL_REF_VARIABLE) {
            cel_note_read(c, cel_reference_of(c, expr)->slot, CEL_ALL_FIELDS);
        }
        cel_emit(c, CEL_OP_MOVE, dst, found, 0, 0, expr->pos);
        return;
    }
    switch (expr->kind) {
    case CEL_EXPR_SELECT: select_into(c, expr, dst, temp); return;
    case CEL_EXPR_CALL: call_into(c, expr, dst, temp); return;
    case CEL_EXPR_LIST: list_into(c, expr, dst, temp); return;
    case CEL_EXPR_MAP: map_into(c, expr, dst, temp); return;
    case CEL_EXPR_FOLD: fold_into(c, expr, dst, temp); return;
    default: /* the checker refuses what is left */
        cel_fault(c->ast, expr->pos, c->err, "this cannot be computed");
        c->failed = true;
        return;
    }
}

/* ---- the whole ---- */

static int check_result(const struct compiler *c)
{
    enum cel_type_kind kind = c->checked->result->kind;
    cel_type_print(&c->program->type, c->checked->result);
    (void)buf_cstr(&c->program->type);
    if ((c->options->wants_bool && kind != CEL_TYPE_BOOL && kind != CEL_TYPE_DYN) ||
        (c->options->wants_reason && kind != CEL_TYPE_BOOL && kind != CEL_TYPE_STRING &&
         kind != CEL_TYPE_DYN)) {
        cel_fault(c->ast, c->ast->root->pos, c->err, "the result must be bool%s; this one is %s",
                  c->options->wants_bool ? "" : " or a string that says what is wrong",
                  buf_cstr(&c->program->type));
        return -1;
    }
    return 0;
}

static bool any_failed(const struct cel_program *p)
{
    return buf_failed(&p->ops) || buf_failed(&p->constants) || buf_failed(&p->texts) ||
           buf_failed(&p->sites) || buf_failed(&p->candidates) || buf_failed(&p->patterns) ||
           buf_failed(&p->reads) || buf_failed(&p->tests);
}

static int generate(struct compiler *c)
{
    struct cel_program *program = c->program;
    uint32_t first = c->checked->fold_depth * LOCALS_A_FOLD;
    program->full_match = c->options->full_match;
    program->re2 = c->options->regex == CEL_REGEX_RE2;
    program->slot_count = first + 1;
    cel_operand result = operand(c, c->ast->root, first);
    cel_emit(c, CEL_OP_END, 0, result, 0, 0, c->ast->root->pos);
    if (!c->failed && !any_failed(program)) {
        cel_shortcut_make(c);
    }
    if (any_failed(program)) {
        cel_compile_no_memory(c);
    }
    if (c->failed) {
        return -1;
    }
    program->op_count = cel_here(c);
    cel_settle_constants(program);
    return 0;
}

static int compile_in(struct arena *arena, const char *text, size_t len,
                      const struct cel_scope *scope, struct compiler *c)
{
    struct cel_ast ast;
    struct cel_checked checked;
    c->ast = &ast;
    c->checked = &checked;
    int rc = cel_parse(text, len, arena, &ast, c->err) < 0 ||
                     cel_check(&ast, scope, arena, &checked, c->err) < 0 || check_result(c) < 0
                 ? -1
                 : generate(c);
    c->ast = NULL;
    c->checked = NULL;
    return rc;
}

struct cel_program *cel_compile(const char *text, size_t len, const struct cel_scope *scope,
                                const struct cel_options *options, struct err *err)
{
    struct arena arena = ARENA_INIT;
    struct cel_program *program = calloc(1, sizeof(*program));
    struct compiler c = {.options = options, .program = program, .err = err};
    if (program == NULL) {
        cel_compile_no_memory(&c);
        return NULL;
    }
    if (compile_in(&arena, text, len, scope, &c) < 0) {
        cel_program_free(&program);
    }
    arena_fini(&arena);
    return program;
}

void cel_program_free(struct cel_program **taken)
{
    struct cel_program *program = *taken;
    *taken = NULL;
    if (program == NULL) {
        return;
    }
    struct cel_pattern **patterns = (struct cel_pattern **)(void *)program->patterns.data;
    for (size_t i = 0; i < program->patterns.len / sizeof(*patterns); i++) {
        cel_pattern_free(&patterns[i]);
    }
    struct buf *tables[] = {&program->ops,   &program->constants,  &program->texts,
                            &program->sites, &program->candidates, &program->patterns,
                            &program->reads, &program->tests,      &program->type};
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        buf_fini(tables[i]);
    }
    free(program);
}

const char *cel_program_type(const struct cel_program *program)
{
    return (const char *)program->type.data;
}

bool cel_program_reads(const struct cel_program *program, uint32_t variable, uint32_t field)
{
    const struct cel_read *reads = (const struct cel_read *)(const void *)program->reads.data;
    for (size_t i = 0; i < program->reads.len / sizeof(*reads); i++) {
        if (reads[i].variable == variable &&
            (reads[i].field == field || reads[i].field == CEL_ALL_FIELDS)) {
            return true;
        }
    }
    return false;
}
