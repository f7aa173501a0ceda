/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/ast.c - a tree as one line, for tests: calls in prefix form. */
#include "schema/rules/ast.h"

#include "base/buf.h"
#include "schema/rules/print.h"

static void print_all(struct cel_expr *const *items, uint32_t count, struct buf *out)
{
    for (uint32_t i = 0; i < count; i++) {
        buf_put_str(out, i > 0 ? ", " : "");
        cel_ast_print(items[i], out);
    }
}

static void print_call(const struct cel_expr *expr, struct buf *out)
{
    if (expr->call.target != NULL) {
        cel_ast_print(expr->call.target, out);
        buf_put_str(out, ".");
    }
    buf_put_str(out, expr->call.function.text);
    buf_put_str(out, "(");
    print_all(expr->call.args, expr->call.arg_count, out);
    buf_put_str(out, ")");
}

static void print_map(const struct cel_expr *expr, struct buf *out)
{
    buf_put_str(out, expr->kind == CEL_EXPR_RECORD ? expr->map.record.text : "");
    buf_put_str(out, "{");
    for (uint32_t i = 0; i < expr->map.count; i++) {
        buf_put_str(out, i > 0 ? ", " : "");
        cel_ast_print(expr->map.keys[i], out);
        buf_put_str(out, ": ");
        cel_ast_print(expr->map.values[i], out);
    }
    buf_put_str(out, "}");
}

static void print_fold(const struct cel_expr *expr, struct buf *out)
{
    buf_put_str(out, "fold(");
    cel_ast_print(expr->fold.range, out);
    buf_printf(
        out, ", %s%s%s, %s = ", expr->fold.iter_var.text, expr->fold.iter_var2.len > 0 ? " " : "",
        expr->fold.iter_var2.len > 0 ? expr->fold.iter_var2.text : "", expr->fold.accu_var.text);
    struct cel_expr *const parts[] = {expr->fold.accu_init, expr->fold.condition, expr->fold.step,
                                      expr->fold.result};
    print_all(parts, 4, out);
    buf_put_str(out, ")");
}

void cel_ast_print(const struct cel_expr *expr, struct buf *out)
{
    switch (expr->kind) {
    case CEL_EXPR_LITERAL: cel_value_print(out, &expr->literal); return;
    case CEL_EXPR_IDENT: buf_put_str(out, expr->ident.name.text); return;
    case CEL_EXPR_SELECT:
        buf_put_str(out, expr->select.test ? "has(" : "");
        cel_ast_print(expr->select.operand, out);
        buf_printf(out, ".%s%s", expr->select.field.text, expr->select.test ? ")" : "");
        return;
    case CEL_EXPR_CALL: print_call(expr, out); return;
    case CEL_EXPR_LIST:
        buf_put_str(out, "[");
        print_all(expr->list.items, expr->list.count, out);
        buf_put_str(out, "]");
        return;
    case CEL_EXPR_MAP:
    case CEL_EXPR_RECORD: print_map(expr, out); return;
    case CEL_EXPR_FOLD: print_fold(expr, out); return;
    }
}
