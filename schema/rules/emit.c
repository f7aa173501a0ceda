/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/emit.c - the tables of a program as they are filled: operations, constants, what is read. */
#include "schema/rules/emit.h"

#include <string.h>

void cel_compile_no_memory(struct compiler *c)
{
    if (!c->failed) {
        err_set(c->err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory while a rule is compiled");
        c->failed = true;
    }
}

const struct cel_reference *cel_reference_of(const struct compiler *c, const struct cel_expr *expr)
{
    return &c->checked->references[expr->id];
}

uint32_t cel_here(const struct compiler *c)
{
    return (uint32_t)(c->program->ops.len / sizeof(struct cel_op));
}

uint32_t cel_emit(struct compiler *c, enum cel_op_code code, uint32_t dst, cel_operand a,
                  cel_operand b, uint32_t aux, uint32_t pos)
{
    const struct cel_op op = {
        .code = (uint8_t)code, .dst = dst, .a = a, .b = b, .aux = aux, .pos = pos};
    uint32_t at = cel_here(c);
    buf_put(&c->program->ops, &op, sizeof(op));
    if (code != CEL_OP_JUMP && dst >= c->program->slot_count) {
        c->program->slot_count = dst + 1;
    }
    return at;
}

/* The operation at `at` goes to what is emitted next. */
void cel_land(struct compiler *c, uint32_t at)
{
    if (!buf_failed(&c->program->ops)) {
        struct cel_op *op = (struct cel_op *)(void *)c->program->ops.data + at;
        op->aux = cel_here(c);
    }
}

static bool points_to_text(const struct cel_value *value)
{
    return value->kind == CEL_STRING || value->kind == CEL_BYTES || value->kind == CEL_DECIMAL;
}

/* Until the program is finished, a constant's pointer is an offset into the texts. */
static struct cel_value stored(struct compiler *c, const struct cel_value *value)
{
    struct cel_value copy = *value;
    if (points_to_text(value)) {
        size_t offset = c->program->texts.len;
        buf_put(&c->program->texts, value->p, value->len);
        buf_put_u8(&c->program->texts, 0); /* an empty text has a place too */
        copy.u = offset;
    }
    return copy;
}

cel_operand cel_constant(struct compiler *c, const struct cel_value *value)
{
    struct cel_value copy = stored(c, value);
    uint32_t at = (uint32_t)(c->program->constants.len / sizeof(copy));
    buf_put(&c->program->constants, &copy, sizeof(copy));
    return CEL_OPERAND(CEL_CONSTANT, at);
}

bool cel_all_literals(const struct cel_expr *list)
{
    for (uint32_t i = 0; i < list->list.count; i++) {
        if (list->list.items[i]->kind != CEL_EXPR_LITERAL) {
            return false;
        }
    }
    return true;
}

/* The items stand before it; until the program is finished its pointer is the number of the first. */
cel_operand cel_constant_list(struct compiler *c, const struct cel_expr *list)
{
    uint32_t first = (uint32_t)(c->program->constants.len / sizeof(struct cel_value));
    for (uint32_t i = 0; i < list->list.count; i++) {
        (void)cel_constant(c, &list->list.items[i]->literal);
    }
    struct cel_value value = {
        .kind = CEL_LIST, .shape = CEL_VALUES, .len = list->list.count, .u = first};
    uint32_t at = first + list->list.count;
    buf_put(&c->program->constants, &value, sizeof(value));
    return CEL_OPERAND(CEL_CONSTANT, at);
}

void cel_note_read(struct compiler *c, uint32_t variable, uint32_t field)
{
    const struct cel_read read = {variable, field};
    buf_put(&c->program->reads, &read, sizeof(read));
}

/* ---- what is the same for every event ---- */

bool cel_name_is(const struct cel_name *name, const char *text)
{
    return strlen(text) == name->len && memcmp(name->text, text, name->len) == 0;
}

/* Conversions of literals: decimal('0.10'), timestamp('2000-01-01T00:00:00Z'). */
static bool converts(const struct cel_expr *call)
{
    static const char *const names[] = {"decimal", "timestamp", "duration", "int",
                                        "uint",    "double",    "bytes",    "-_"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (cel_name_is(&call->call.function, names[i])) {
            return call->call.target == NULL && call->call.arg_count == 1;
        }
    }
    return false;
}

/* Computes it now. false: it is none, or an error, which belongs to the events. run: of the compiler. */
static bool fixed_value(struct compiler *c, const struct cel_expr *expr, struct cel_run *run,
                        struct cel_value *out)
{
    if (expr->kind == CEL_EXPR_LITERAL) {
        *out = expr->literal;
        return true;
    }
    struct cel_value arg;
    if (expr->kind != CEL_EXPR_CALL || !converts(expr) ||
        !fixed_value(c, expr->call.args[0], run, &arg)) {
        return false;
    }
    const struct cel_reference *ref = cel_reference_of(c, expr);
    uint32_t total;
    const struct cel_overload *overloads = cel_overloads(&total);
    for (uint32_t bit = 0; bit < 64 && ref->first + bit < total; bit++) {
        const struct cel_overload *overload = &overloads[ref->first + bit];
        if ((ref->fits >> bit & 1) != 0 && overload->call != NULL &&
            cel_overload_takes(overload, &arg, 1)) {
            overload->call(run, &arg, out);
            return out->kind != CEL_ERROR;
        }
    }
    return false;
}

bool cel_fixed_constant(struct compiler *c, const struct cel_expr *expr, cel_operand *operand)
{
    struct cel_run run = {.arena = ARENA_INIT, .cost_left = 100000, .bytes_left = 65536};
    struct cel_value value;
    bool fixed = expr->kind == CEL_EXPR_CALL && fixed_value(c, expr, &run, &value);
    if (fixed) {
        *operand = cel_constant(c, &value);
    }
    arena_fini(&run.arena);
    return fixed;
}

/* Offsets become pointers: no table grows any more. */
void cel_settle_constants(struct cel_program *program)
{
    struct cel_value *values = (struct cel_value *)(void *)program->constants.data;
    for (size_t i = 0; i < program->constants.len / sizeof(*values); i++) {
        if (points_to_text(&values[i])) {
            values[i].p = program->texts.data + values[i].u;
        } else if (values[i].kind == CEL_LIST) {
            values[i].items = values + values[i].u;
        }
    }
}
