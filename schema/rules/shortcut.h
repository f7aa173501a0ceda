/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/shortcut.h - the short way to a rule's verdict: tests of fields, read from the event's cells as they are.
 *
 * Most rules hold a field against a constant. From such an expression shortcut.c makes tests beside its program, and
 * shortcut_run.c runs them first. A test measures a whole number, whose range sends to the test that comes next or is
 * the verdict: so && and || and ! and ?: cost nothing, and any comparison is a range.
 *
 * A test that meets what it was not made for (null, a value that the source did not send, another kind) gives up, and
 * the program runs as if no test had. So the short way says only what the program would say, and it pays the same. */
#ifndef SCHEMA_RULES_SHORTCUT_H
#define SCHEMA_RULES_SHORTCUT_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/rules/emit.h"
#include "schema/rules/program.h"

/* X(name): what it measures of `a`, a field or variable. Times are in microseconds since 1970. */
#define CEL_TESTS(X)                                                                                \
    X(WHOLE)   /* the value itself: an int, bool or time */                                         \
    X(ORDER)   /* -1, 0, 1: the int or time against that of `b`, which has `shift` added */         \
    X(AMOUNT)  /* -1, 0, 1: the decimal against constants[first] */                                 \
    X(SIZE)    /* the characters of the text */                                                     \
    X(PRESENT) /* 1, or 0: null */                                                                  \
    X(ONE_OF) /* 1, or 0: the int or text is none of `count` constants, from constants[first] on */ \
    X(MATCH)  /* 1, or 0: the text does not match patterns[first] */

enum cel_test_code {
#define X(name) CEL_TEST_##name,
    CEL_TESTS(X)
#undef X
};

/* A field of a variable that is the event; CEL_ALL_FIELDS: the variable as a whole. */
struct cel_subject {
    uint32_t variable;
    uint32_t field;
};

struct cel_test {
    uint8_t code;
    uint8_t kind;  /* of the subjects: enum cel_kind */
    uint32_t cost; /* beside that of the operations, which the program's beginning pays */
    uint32_t first;
    uint32_t count;
    struct cel_subject a;
    struct cel_subject b;
    int64_t shift;
    int64_t low; /* within low … high: go to `in`; else to `out` */
    int64_t high;
    uint32_t in; /* a test, or a verdict */
    uint32_t out;
};

/* Where tests lead to. NO_TEST: the expression has no short way, or this run gave it up; REST: the program is to say it;
 * EMPTY: the result is the empty text. */
enum {
    CEL_VERDICTS = 0x7FFFFFF0,
    CEL_NO_TEST = CEL_VERDICTS,
    CEL_REST,
    CEL_FALSE,
    CEL_TRUE,
    CEL_EMPTY
};

/* Fills the program's tests, or none: before its constants are settled. */
void cel_shortcut_make(struct compiler *c);

#endif
