/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/function.h - the functions that expressions may call, one row for each overload.
 *
 * A signature is written in letters: b bool, i int, u uint, d double, s string, y bytes, t timestamp, r duration,
 * c decimal, n null, * dyn; L and one more a list of it, M and two more a map, Y and one more a type; A and B are
 * type variables. The receiver, if there is one, is the first argument.
 *
 * The operators with their own operations (schema/rules/compile.c) have rows too, so that the checker knows them and
 * operands of type dyn find their overload at run time. */
#ifndef SCHEMA_RULES_FUNCTION_H
#define SCHEMA_RULES_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/rules/value.h"

enum { CEL_MAX_ARGS = 8 };

struct cel_run;

/* Computes *out from the arguments, of the kinds that the signature says (dyn: any). Failure is an ERROR value. No
 * argument is an ERROR: those were handed on before. Memory comes from cel_run_alloc; a function whose work grows
 * with its input says so by cel_run_charge before it works. */
typedef void cel_function(struct cel_run *run, const struct cel_value *args, struct cel_value *out);

struct cel_overload {
    const char *name;   /* "size", "_+_", "decimals.add", "math.greatest" */
    const char *args;   /* letters */
    const char *result; /* letters */
    bool receiver;      /* written x.name(…) */
    cel_function *
        call; /* NULL: the compiler has an operation for it ("_&&_", "_||_", "_?_:_", "@not_strictly_false") */
};

/* All rows, those of one name (and style) beside each other. */
const struct cel_overload *cel_overloads(uint32_t *count);

/* The rows [first, first + count) of a name, in either style; count 0: there is none. */
void cel_overloads_named(const char *name, size_t len, uint32_t *first, uint32_t *count);

/* Whether the arguments' kinds fit the row: for dispatch at run time. */
bool cel_overload_takes(const struct cel_overload *overload, const struct cel_value *args,
                        uint32_t count);

#endif
