/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/shortcut.c - finds the tests of an expression (schema/rules/shortcut.h).
 *
 * They are made from the last to the first, so that each knows where its two ways lead to. An expression of which any
 * part is no test has none at all.
 *
 * Invariant: a test's cost is what the operations charge beside themselves: evaluate.c, compare() and member(). */
#include "schema/rules/shortcut.h"

#include <string.h>

#include "base/day.h"

enum { US_A_SECOND = 1000000, NANOS_A_US = 1000 };

/* What stands on one side of a comparison. */
struct side {
    enum { NOTHING = 0, CONSTANT, SUBJECT, LENGTH, YEAR } is;
    struct cel_subject subject;
    int64_t shift;
    struct cel_value constant;
    cel_operand at; /* of the constant */
};

struct range {
    int64_t low;
    int64_t high;
    bool within; /* false: outside */
};

enum relation { LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL, DIFFERENT, RELATIONS };

static const struct range nothing = {1, 0, true};
static const struct range one = {1, 1, true};

static uint32_t put(struct compiler *c, struct cel_test test, struct range range, uint32_t yes,
                    uint32_t no)
{
    struct buf *tests = &c->program->tests;
    uint32_t at = (uint32_t)(tests->len / sizeof(test));
    test.low = range.low;
    test.high = range.high;
    test.in = range.within ? yes : no;
    test.out = range.within ? no : yes;
    buf_put(tests, &test, sizeof(test));
    return at;
}

/* ---- sides ---- */

static bool is_call(const struct cel_expr *expr, const char *name, uint32_t args)
{
    return expr->kind == CEL_EXPR_CALL && cel_name_is(&expr->call.function, name) &&
           expr->call.arg_count == args;
}

/* test: of has(subject). */
static bool named(const struct compiler *c, const struct cel_expr *expr, bool test,
                  struct cel_subject *out)
{
    bool select = expr->kind == CEL_EXPR_SELECT;
    if ((!select && expr->kind != CEL_EXPR_IDENT) || test != (select && expr->select.test)) {
        return false;
    }
    const struct cel_reference *ref = cel_reference_of(c, expr);
    if (ref->kind == CEL_REF_VARIABLE) {
        *out = (struct cel_subject){ref->slot, CEL_ALL_FIELDS};
        return !test;
    }
    if (!select || ref->kind != CEL_REF_FIELD) {
        return false;
    }
    const struct cel_reference *of = cel_reference_of(c, expr->select.operand);
    *out = (struct cel_subject){of->slot, ref->slot};
    return of->kind == CEL_REF_VARIABLE;
}

static bool subject_of(const struct compiler *c, const struct cel_expr *expr,
                       struct cel_subject *out)
{
    return named(c, expr, false, out);
}

/* f(x) or x.f(), of one argument that is a subject. */
static bool of_subject(const struct compiler *c, const struct cel_expr *expr, const char *name,
                       struct cel_subject *out)
{
    return expr->kind == CEL_EXPR_CALL && cel_name_is(&expr->call.function, name) &&
           !cel_reference_of(c, expr)->as_namespace &&
           expr->call.arg_count + (expr->call.target != NULL) == 1 &&
           subject_of(c, expr->call.target != NULL ? expr->call.target : expr->call.args[0], out);
}

static bool constant_of(struct compiler *c, const struct cel_expr *expr, struct side *out)
{
    out->is = CONSTANT;
    if (expr->kind == CEL_EXPR_LITERAL) {
        out->constant = expr->literal;
        out->at = cel_constant(c, &expr->literal);
        return true;
    }
    if (!cel_fixed_constant(c, expr, &out->at) || buf_failed(&c->program->constants)) {
        return false;
    }
    const struct buf *constants = &c->program->constants;
    memcpy(&out->constant, constants->data + CEL_INDEX(out->at) * sizeof(out->constant),
           sizeof(out->constant));
    return true;
}

/* Whole microseconds, or false. */
static bool micros(const struct cel_value *time, int64_t *us)
{
    *us = time->i * US_A_SECOND + cel_nanos(time) / NANOS_A_US;
    return cel_nanos(time) % NANOS_A_US == 0;
}

/* now + duration('1h'), now - duration('1h') */
static bool shifted(struct compiler *c, const struct cel_expr *expr, struct side *out)
{
    bool minus = is_call(expr, "_-_", 2);
    struct side by;
    if ((!minus && !is_call(expr, "_+_", 2)) || !subject_of(c, expr->call.args[0], &out->subject) ||
        !constant_of(c, expr->call.args[1], &by) || by.constant.kind != CEL_DURATION ||
        by.constant.i > CEL_TIMESTAMP_MAX_S || by.constant.i < -CEL_TIMESTAMP_MAX_S ||
        !micros(&by.constant, &out->shift)) {
        return false;
    }
    out->shift = minus ? -out->shift : out->shift;
    return true;
}

static void side_of(struct compiler *c, const struct cel_expr *expr, struct side *out)
{
    *out = (struct side){.is = SUBJECT};
    if (subject_of(c, expr, &out->subject) || shifted(c, expr, out)) {
        return;
    }
    out->shift = 0;
    out->is = of_subject(c, expr, "size", &out->subject)          ? LENGTH
              : of_subject(c, expr, "getFullYear", &out->subject) ? YEAR
              : constant_of(c, expr, out)                         ? CONSTANT
                                                                  : NOTHING;
}

/* ---- comparisons ---- */

static struct range range_of(enum relation relation, int64_t constant)
{
    switch (relation) {
    case LESS:
        return constant == INT64_MIN ? nothing : (struct range){INT64_MIN, constant - 1, true};
    case LESS_EQUAL: return (struct range){INT64_MIN, constant, true};
    case GREATER:
        return constant == INT64_MAX ? nothing : (struct range){constant + 1, INT64_MAX, true};
    case GREATER_EQUAL: return (struct range){constant, INT64_MAX, true};
    default: return (struct range){constant, constant, relation == EQUAL};
    }
}

/* The first microsecond of a year; of those that no time has, the end of all times. */
static int64_t year_begins(int64_t year)
{
    return year <= 1     ? INT64_MIN
           : year > 9999 ? INT64_MAX
                         : day_of(year, 1, 1) * DAY_S * US_A_SECOND;
}

static struct range in_micros(struct range years)
{
    if (years.low > years.high || years.low > 9999 || years.high < 1) {
        return (struct range){nothing.low, nothing.high, years.within};
    }
    int64_t end = years.high >= 9999 ? INT64_MAX : year_begins(years.high + 1) - 1;
    return (struct range){year_begins(years.low), end, years.within};
}

/* What cel_equal charges where compare() has no way of its own. */
static uint32_t cost_of(enum relation relation, enum cel_kind kind)
{
    return (relation == EQUAL || relation == DIFFERENT) && kind != CEL_INT && kind != CEL_STRING;
}

/* One test of a subject against a constant; false: there is none. */
static bool against_constant(const struct side *a, enum relation relation, const struct side *b,
                             struct cel_test *test, struct range *range)
{
    const struct cel_value *constant = &b->constant;
    bool equality = relation == EQUAL || relation == DIFFERENT;
    int64_t whole = constant->kind == CEL_BOOL ? constant->b : constant->i;
    *test = (struct cel_test){.a = a->subject, .kind = constant->kind, .first = CEL_INDEX(b->at)};
    test->cost = cost_of(relation, (enum cel_kind)constant->kind);
    if (a->is == LENGTH || a->is == YEAR) {
        test->code = a->is == LENGTH ? CEL_TEST_SIZE : CEL_TEST_WHOLE;
        test->kind = a->is == LENGTH ? CEL_STRING : CEL_TIMESTAMP;
        *range = range_of(relation, whole);
        *range = a->is == LENGTH ? *range : in_micros(*range);
        return constant->kind == CEL_INT;
    }
    switch (constant->kind) {
    case CEL_TIMESTAMP:
        if (!micros(constant, &whole)) {
            return false;
        }
        break;
    case CEL_BOOL:
    case CEL_INT: break;
    case CEL_DECIMAL:
        test->code = CEL_TEST_AMOUNT;
        *range = range_of(relation, 0);
        return true;
    case CEL_STRING:
        test->code = CEL_TEST_ONE_OF;
        test->count = 1;
        *range = (struct range){1, 1, relation == EQUAL};
        return equality;
    case CEL_NULL:
        test->code = CEL_TEST_PRESENT;
        *range = (struct range){0, 0, relation == EQUAL};
        return equality;
    default: return false;
    }
    test->code = CEL_TEST_WHOLE;
    *range = range_of(relation, whole);
    return true;
}

static enum relation turned(enum relation relation)
{
    static const enum relation of[] = {GREATER, GREATER_EQUAL, LESS, LESS_EQUAL, EQUAL, DIFFERENT};
    return of[relation];
}

/* Two fields, or a field and now: of ints or times, which the run finds out. */
static uint32_t between(struct compiler *c, const struct cel_expr *expr, const struct side *a,
                        enum relation relation, const struct side *b, uint32_t yes, uint32_t no)
{
    const struct cel_type *of = c->checked->types[expr->id];
    enum cel_type_kind type = of->kind == CEL_TYPE_NULLABLE ? of->params[0]->kind : of->kind;
    struct cel_test test = {.code = CEL_TEST_ORDER, .a = a->subject, .b = b->subject};
    test.shift = b->shift;
    test.kind = type == CEL_TYPE_INT ? CEL_INT : CEL_TIMESTAMP;
    test.cost = cost_of(relation, (enum cel_kind)test.kind);
    return (type == CEL_TYPE_INT || type == CEL_TYPE_TIMESTAMP) && a->shift == 0
               ? put(c, test, range_of(relation, 0), yes, no)
               : CEL_NO_TEST;
}

static uint32_t comparison(struct compiler *c, const struct cel_expr *call, enum relation relation,
                           uint32_t yes, uint32_t no)
{
    struct side a;
    struct side b;
    struct cel_test test;
    struct range range;
    side_of(c, call->call.args[0], &a);
    side_of(c, call->call.args[1], &b);
    if (a.is == CONSTANT || (a.shift != 0 && b.is == SUBJECT)) {
        const struct side left = a;
        a = b;
        b = left;
        relation = turned(relation);
    }
    if (a.is == SUBJECT && b.is == SUBJECT) {
        return between(c, call->call.args[0], &a, relation, &b, yes, no);
    }
    return a.is != NOTHING && a.is != CONSTANT && a.shift == 0 && b.is == CONSTANT &&
                   against_constant(&a, relation, &b, &test, &range)
               ? put(c, test, range, yes, no)
               : CEL_NO_TEST;
}

/* _<_ and its like; decimals.lt and its like. */
static enum relation relation_of(const struct compiler *c, const struct cel_expr *call)
{
    static const char *const operators[] = {"_<_", "_<=_", "_>_", "_>=_", "_==_", "_!=_"};
    static const char *const functions[] = {"lt", "le", "gt", "ge"};
    for (int i = 0; call->call.arg_count == 2 && i < RELATIONS; i++) {
        if (call->call.target == NULL && cel_name_is(&call->call.function, operators[i])) {
            return (enum relation)i;
        }
        if (i <= GREATER_EQUAL && cel_reference_of(c, call)->as_namespace &&
            cel_name_is(&call->call.function, functions[i]) && call->call.target != NULL &&
            call->call.target->kind == CEL_EXPR_IDENT &&
            cel_name_is(&call->call.target->ident.name, "decimals")) {
            return (enum relation)i;
        }
    }
    return RELATIONS;
}

/* ---- other tests ---- */

static uint32_t membership(struct compiler *c, const struct cel_expr *call, uint32_t yes,
                           uint32_t no)
{
    const struct cel_expr *list = call->call.args[1];
    struct cel_test test = {.code = CEL_TEST_ONE_OF};
    if (list->kind != CEL_EXPR_LIST || list->list.count == 0 || !cel_all_literals(list) ||
        !subject_of(c, call->call.args[0], &test.a)) {
        return CEL_NO_TEST;
    }
    test.kind = list->list.items[0]->literal.kind;
    test.count = test.cost = list->list.count;
    for (uint32_t i = 0; i < test.count; i++) {
        if (list->list.items[i]->literal.kind != test.kind ||
            (test.kind != CEL_INT && test.kind != CEL_STRING)) {
            return CEL_NO_TEST;
        }
    }
    test.first = CEL_INDEX(cel_constant_list(c, list)) - test.count;
    return put(c, test, one, yes, no);
}

/* x.matches("a pattern"), which the program has compiled already. */
static uint32_t match(struct compiler *c, const struct cel_expr *call, uint32_t yes, uint32_t no)
{
    const struct cel_op *ops = (const struct cel_op *)(const void *)c->program->ops.data;
    const struct cel_expr *text =
        call->call.target != NULL ? call->call.target : call->call.args[0];
    struct cel_test test = {.code = CEL_TEST_MATCH, .kind = CEL_STRING};
    for (uint32_t i = 0; subject_of(c, text, &test.a) && i < cel_here(c); i++) {
        if (ops[i].code == CEL_OP_MATCH && ops[i].pos == call->pos) {
            test.first = ops[i].aux;
            return put(c, test, one, yes, no);
        }
    }
    return CEL_NO_TEST;
}

/* A field or variable that is a bool, or has(field). */
static uint32_t alone(struct compiler *c, const struct cel_expr *expr, uint32_t yes, uint32_t no)
{
    struct cel_test test = {.code = CEL_TEST_WHOLE, .kind = CEL_BOOL};
    bool has = named(c, expr, true, &test.a);
    test.code = has ? CEL_TEST_PRESENT : CEL_TEST_WHOLE;
    return has || subject_of(c, expr, &test.a) ? put(c, test, one, yes, no) : CEL_NO_TEST;
}

/* A reason: none is as good as true; of another the program says the words. */
static uint32_t literal(const struct cel_value *value, uint32_t yes, uint32_t no)
{
    return value->kind == CEL_BOOL     ? (value->b ? yes : no)
           : value->kind != CEL_STRING ? CEL_NO_TEST
           : value->len == 0           ? CEL_EMPTY
                                       : CEL_REST;
}

/* ---- the whole ---- */

/* The test where an expression begins that leads to `yes` or `no`, CEL_NO_TEST where no test says what it says. */
static uint32_t tests_of(struct compiler *c, const struct cel_expr *expr, uint32_t yes, uint32_t no)
{
    if (expr->kind == CEL_EXPR_LITERAL) {
        return literal(&expr->literal, yes, no);
    }
    if (expr->kind != CEL_EXPR_CALL) {
        return alone(c, expr, yes, no);
    }
    struct cel_expr **args = expr->call.args;
    enum relation relation = relation_of(c, expr);
    if (relation != RELATIONS) {
        return comparison(c, expr, relation, yes, no);
    }
    if (is_call(expr, "!_", 1)) {
        return tests_of(c, args[0], no, yes);
    }
    if (is_call(expr, "@in", 2)) {
        return membership(c, expr, yes, no);
    }
    if (cel_name_is(&expr->call.function, "matches")) {
        return match(c, expr, yes, no);
    }
    uint32_t a = yes;
    uint32_t b = no;
    if (is_call(expr, "_&&_", 2)) {
        a = tests_of(c, args[1], yes, no);
    } else if (is_call(expr, "_||_", 2)) {
        b = tests_of(c, args[1], yes, no);
    } else if (is_call(expr, "_?_:_", 3)) {
        a = tests_of(c, args[1], yes, no);
        b = tests_of(c, args[2], yes, no);
    } else {
        return CEL_NO_TEST;
    }
    return a == CEL_NO_TEST || b == CEL_NO_TEST ? CEL_NO_TEST : tests_of(c, args[0], a, b);
}

void cel_shortcut_make(struct compiler *c)
{
    c->program->first_test = tests_of(c, c->ast->root, CEL_TRUE, CEL_FALSE);
}
