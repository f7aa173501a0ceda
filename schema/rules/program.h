/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/program.h - what an expression is compiled to: compile.c makes it, evaluate.c runs it.
 *
 * A flat array of operations with three addresses. An operand is in one of three spaces, told by its upper two bits:
 * the frame (locals of folds, then intermediate values), the program's constants, the caller's variables.
 *
 * Static types choose nothing that matters: every operation looks at the kinds of its operands, so a value that is
 * null, unknown or of an unexpected type is an error of that operation and never read as another kind. */
#ifndef SCHEMA_RULES_PROGRAM_H
#define SCHEMA_RULES_PROGRAM_H

#include <stdint.h>

#include "base/buf.h"
#include "schema/rules/bind.h"
#include "schema/rules/cel.h"
#include "schema/rules/function.h"
#include "schema/rules/regex.h"
#include "schema/rules/run.h"

/* X(name): what a, b and aux are. dst: a slot of the frame. */
#define CEL_OPS(X)                                                                                        \
    X(END)       /* a: the result */                                                                      \
    X(MOVE)      /* a */                                                                                  \
    X(JUMP)      /* aux: where to */                                                                      \
    X(NOT)       /* a */                                                                                  \
    X(AND_SHORT) /* a; when it is false so is dst, and aux says where to go */                            \
    X(AND)       /* a, b */                                                                               \
    X(OR_SHORT)  /* as AND_SHORT, when it is true */                                                      \
    X(OR)        /* a, b */                                                                               \
    X(CHOOSE) /* a: a condition. true: on. false: aux. no bool: dst is the error, and b is where to go */ \
    X(NOT_FALSE) /* a */                                                                                  \
    X(EQ)        /* a, b */                                                                               \
    X(NE)                                                                                                 \
    X(LT)                                                                                                 \
    X(LE)                                                                                                 \
    X(GT)                                                                                                 \
    X(GE)                                                                                                 \
    X(FIELD)   /* a: a record; aux: the number of its field */                                            \
    X(PRESENT) /* likewise: whether the field is not null */                                              \
    X(NAMED)   /* a: a map or record; b: constant, the name */                                            \
    X(HAS)     /* likewise: whether it is there */                                                        \
    X(MATCH)   /* a: text; aux: patterns[] */                                                             \
    X(IN)      /* a: a value; b: a list */                                                                \
    X(CALL)    /* a: the first of the arguments, in the frame; aux: sites[] */                            \
    X(LIST)    /* a: the first of the items, in the frame; aux: how many */                               \
    X(MAP)     /* a: the first of the keys and values, in the frame; aux: how many entries */             \
    X(APPEND)  /* a: a list that nobody else has; b: one more item */                                     \
    X(FOLD) /* a: a list or map; b: which walk; no such: dst is an error, and aux says where to go */     \
    X(NEXT)  /* b: which walk; dst: the local of the item; aux: where to go after the last */             \
    X(NEXT2) /* likewise; dst and dst + 1: key or index, and item */                                      \
    X(TEST)  /* a: when it is false, aux says where to go */

enum cel_op_code {
#define X(name) CEL_OP_##name,
    CEL_OPS(X)
#undef X
        CEL_OP_COUNT
};

typedef uint32_t cel_operand;

enum { CEL_FRAME = 0, CEL_CONSTANT, CEL_VARIABLE, CEL_SPACES };
#define CEL_OPERAND(space, index) ((cel_operand)(space) << 30 | (cel_operand)(index))
#define CEL_INDEX(operand)        ((operand) & ((UINT32_C(1) << 30) - 1))

struct cel_op {
    uint8_t code;
    uint8_t unused[3];
    uint32_t dst;
    cel_operand a;
    cel_operand b;
    uint32_t aux;
    uint32_t pos; /* in the text: of an error that is born here */
};

/* One function that a call may mean, and the kinds that it wants. */
struct cel_candidate {
    cel_function *call;
    uint8_t kinds[CEL_MAX_ARGS]; /* CEL_KIND_COUNT: any */
};

struct cel_site {
    uint32_t first; /* candidates[] */
    uint32_t count;
    uint32_t arg_count;
    const char *name;
};

struct cel_read {
    uint32_t variable;
    uint32_t field; /* CEL_ALL_FIELDS: the variable as a whole */
};

#define CEL_ALL_FIELDS UINT32_MAX

struct cel_program {
    struct buf ops;        /* struct cel_op */
    struct buf constants;  /* struct cel_value */
    struct buf texts;      /* what they point to */
    struct buf sites;      /* struct cel_site */
    struct buf candidates; /* struct cel_candidate */
    struct buf patterns;   /* struct cel_pattern * */
    struct buf reads;      /* struct cel_read */
    struct buf tests;      /* struct cel_test: the short way (shortcut.h) */
    struct buf type;       /* of the result, as text */
    uint32_t first_test;
    uint32_t slot_count; /* of the frame */
    uint32_t walk_count;
    uint32_t op_count;
    bool full_match;
    bool re2;
};

/* The overload's letters as kinds; -1: more than CEL_MAX_ARGS. */
int cel_overload_kinds(const struct cel_overload *overload, uint8_t kinds[CEL_MAX_ARGS]);

#endif
