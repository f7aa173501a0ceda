/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/emit.h - a program while it is made: for compile.c and emit.c.
 *
 * A table that cannot grow fails for good (base/buf.h); compile.c looks at the end. */
#ifndef SCHEMA_RULES_EMIT_H
#define SCHEMA_RULES_EMIT_H

#include "schema/rules/program.h"

enum { LOCALS_A_FOLD = 3 };

struct compiler {
    const struct cel_ast *ast;
    const struct cel_checked *checked;
    const struct cel_options *options;
    struct cel_program *program;
    struct err *err;
    uint32_t folds; /* around the node */
    bool failed;    /* err is set */
};

void cel_compile_no_memory(struct compiler *c);
const struct cel_reference *cel_reference_of(const struct compiler *c, const struct cel_expr *expr);
bool cel_name_is(const struct cel_name *name, const char *text);

uint32_t cel_here(const struct compiler *c); /* the number of the next operation */
uint32_t cel_emit(struct compiler *c, enum cel_op_code code, uint32_t dst, cel_operand a,
                  cel_operand b, uint32_t aux, uint32_t pos);
void cel_land(struct compiler *c, uint32_t at); /* the operation at `at` goes to the next */

cel_operand cel_constant(struct compiler *c, const struct cel_value *value);
cel_operand cel_constant_list(struct compiler *c, const struct cel_expr *list);
bool cel_all_literals(const struct cel_expr *list);

/* A conversion of a literal, computed now: decimal('0.10'). false: it is none, or an error, which belongs to the events. */
bool cel_fixed_constant(struct compiler *c, const struct cel_expr *expr, cel_operand *operand);

void cel_note_read(struct compiler *c, uint32_t variable, uint32_t field);

/* Offsets become pointers: no table grows any more. */
void cel_settle_constants(struct cel_program *program);

#endif
