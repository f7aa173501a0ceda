/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/evaluate.c - runs a program: one loop over its operations.
 *
 * An operation with an error among its operands has that error as its result; only && and ||, the choice and the folds
 * look further (cel-spec, "Runtime Errors"). Cost: the straight way through a program is paid when it begins, and
 * every turn of a loop for the loop's length; functions charge for what grows with their input.
 *
 * Neighbours: schema/rules/compile.c makes programs, shortcut_run.c comes here where it has no verdict, bind.c reads
 * cells, fn_*.c are what CALL calls. */
#include <endian.h>
#include <string.h>

#include "schema/rules/compare.h"
#include "schema/rules/machine.h"

struct frame {
    const struct cel_value *spaces[CEL_SPACES];
};

static inline const struct cel_value *value_at(const struct frame *frame, cel_operand operand)
{
    return &frame->spaces[operand >> 30][CEL_INDEX(operand)];
}

static struct cel_value no_overload(void)
{
    return cel_error(CEL_NO_OVERLOAD, "the function is not for values of these types");
}

static inline bool is_error(const struct cel_value *value)
{
    return value->kind == CEL_ERROR;
}

static inline bool is(const struct cel_value *value, bool b)
{
    return value->kind == CEL_BOOL && value->b == b;
}

/* Whole words, so that who copies the value next need not wait for narrower stores to be done. */
static inline void put_bool(struct cel_value *dst, bool b)
{
    const uint64_t head = htole64(CEL_BOOL); /* the kind; nothing else of it is set */
    memcpy(dst, &head, sizeof(head));
    dst->u = b;
    dst->avro = NULL;
}

/* ---- logic ---- */

/* deciding: false for &&, true for ||. Neither side decides by being first. */
static struct cel_value join(const struct cel_value *a, const struct cel_value *b, bool deciding)
{
    if (is(a, deciding) || is(b, deciding)) {
        return cel_bool(deciding);
    }
    if (is_error(a)) {
        return *a;
    }
    if (is_error(b)) {
        return *b;
    }
    return a->kind == CEL_BOOL && b->kind == CEL_BOOL ? cel_bool(!deciding) : no_overload();
}

static struct cel_value negation(const struct cel_value *a)
{
    return a->kind == CEL_BOOL ? cel_bool(!a->b) : is_error(a) ? *a : no_overload();
}

/* ---- comparison ---- */

static inline bool holds(enum cel_op_code code, int order)
{
    return code == CEL_OP_LT   ? order < 0
           : code == CEL_OP_LE ? order <= 0
           : code == CEL_OP_GT ? order > 0
                               : order >= 0;
}

static void order(struct cel_run *run, enum cel_op_code code, const struct cel_value *a,
                  const struct cel_value *b, struct cel_value *dst)
{
    if (LIKELY(a->kind == CEL_INT && b->kind == CEL_INT)) {
        put_bool(dst, holds(code, a->i < b->i ? -1 : a->i > b->i));
        return;
    }
    if (!cel_run_charge(run, cel_compare_units(a, b), dst)) {
        return;
    }
    int found = is_error(a) || is_error(b) ? 3 : cel_compare(a, b);
    if (LIKELY(found < 3)) {
        put_bool(dst, found != 2 && holds(code, found));
        return;
    }
    *dst = is_error(a) ? *a : is_error(b) ? *b : no_overload();
}

static void compare(struct cel_run *run, const struct cel_value *a, const struct cel_value *b,
                    bool wanted, struct cel_value *dst)
{
    if (a->kind == CEL_INT && b->kind == CEL_INT) {
        put_bool(dst, (a->i == b->i) == wanted);
    } else if (a->kind == CEL_STRING && b->kind == CEL_STRING && a->len < CEL_LONG_TEXT) {
        put_bool(dst,
                 (a->len == b->len && (a->len == 0 || memcmp(a->p, b->p, a->len) == 0)) == wanted);
    } else {
        const struct cel_value equal = cel_equal(run, a, b);
        *dst = equal.kind == CEL_BOOL ? cel_bool(equal.b == wanted) : equal;
    }
}

/* ---- fields ---- */

static struct cel_value no_fields(const struct cel_value *of)
{
    return is_error(of)           ? *of
           : of->kind == CEL_NULL ? cel_error(CEL_NO_FIELD, "null has no fields")
                                  : no_overload();
}

static void named(struct cel_run *run, const struct cel_value *of, const struct cel_value *name,
                  bool test, struct cel_value *dst)
{
    if (of->kind != CEL_RECORD && of->kind != CEL_MAP) {
        *dst = no_fields(of);
        return;
    }
    (test ? cel_field_present : cel_field_named)(run, of, (const char *)name->p, name->len, dst);
}

static void present(struct cel_run *run, const struct cel_value *record, uint32_t field,
                    struct cel_value *dst)
{
    cel_field_at(run, record, field, dst);
    if (!is_error(dst)) {
        put_bool(dst, dst->kind != CEL_NULL);
    }
}

/* ---- calls ---- */

static bool takes(const struct cel_candidate *candidate, const struct cel_value *args,
                  uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (candidate->kinds[i] != CEL_KIND_COUNT && candidate->kinds[i] != args[i].kind) {
            return false;
        }
    }
    return true;
}

static void call(struct cel_run *run, const struct cel_program *program,
                 const struct cel_site *site, const struct cel_value *args, struct cel_value *dst)
{
    const struct cel_candidate *candidates =
        (const struct cel_candidate *)(const void *)program->candidates.data;
    for (uint32_t i = 0; i < site->arg_count; i++) {
        if (is_error(&args[i])) {
            *dst = args[i];
            return;
        }
    }
    for (uint32_t i = site->first; i < site->first + site->count; i++) {
        if (takes(&candidates[i], args, site->arg_count)) {
            candidates[i].call(run, args, dst);
            return;
        }
    }
    *dst = no_overload();
}

static void match(struct cel_run *run, const struct cel_value *text,
                  const struct cel_pattern *pattern, struct cel_value *dst)
{
    if (text->kind != CEL_STRING) {
        *dst = is_error(text) ? *text : no_overload();
        return;
    }
    cel_pattern_match(run, pattern, text, dst);
}

static void member(struct cel_run *run, const struct cel_value *a, const struct cel_value *list,
                   struct cel_value *dst)
{
    if (is_error(a)) {
        *dst = *a;
        return;
    }
    if (!cel_run_charge(run, list->len, dst)) {
        return;
    }
    for (uint32_t i = 0; i < list->len; i++) {
        compare(run, a, &list->items[i], true, dst);
        if (is_error(dst) || dst->b) {
            return;
        }
    }
    put_bool(dst, false);
}

/* ---- lists and maps that the expression makes ---- */

static struct cel_value first_error(const struct cel_value *items, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (is_error(&items[i])) {
            return items[i];
        }
    }
    return cel_null();
}

static struct cel_value collect(struct cel_run *run, enum cel_kind kind,
                                const struct cel_value *from, uint32_t count, uint32_t len)
{
    struct cel_value out = first_error(from, count);
    if (is_error(&out)) {
        return out;
    }
    struct cel_value *items = cel_run_alloc(run, count * sizeof(*items), &out);
    if (items == NULL) {
        return out;
    }
    if (count > 0) {
        memcpy(items, from, count * sizeof(*items));
    }
    return cel_items(kind, items, len);
}

static bool may_be_key(const struct cel_value *value)
{
    return value->kind == CEL_BOOL || value->kind == CEL_INT || value->kind == CEL_UINT ||
           value->kind == CEL_STRING;
}

static struct cel_value make_map(struct cel_run *run, const struct cel_value *from,
                                 uint32_t entries)
{
    struct cel_value out = first_error(from, 2 * entries);
    if (is_error(&out) || !cel_run_charge(run, (uint64_t)entries * entries / 2, &out)) {
        return out;
    }
    for (uint32_t i = 0; i < entries; i++) {
        if (!may_be_key(&from[2 * (size_t)i])) {
            return cel_error(CEL_BAD_ARGUMENT, "a key of a map is a bool, int, uint or string");
        }
        for (uint32_t k = 0; k < i; k++) {
            out = cel_equal(run, &from[2 * (size_t)i], &from[2 * (size_t)k]);
            if (is(&out, true)) {
                return cel_error(CEL_DUPLICATE_KEY, "a map has a key twice");
            }
        }
    }
    return collect(run, CEL_MAP, from, 2 * entries, entries);
}

/* The list is a fold's own, so that it may grow in its place: its room is the next power of two. */
static struct cel_value append(struct cel_run *run, const struct cel_value *list,
                               const struct cel_value *item)
{
    struct cel_value out;
    if (list->kind != CEL_LIST || is_error(item)) {
        return is_error(list) ? *list : is_error(item) ? *item : no_overload();
    }
    struct cel_value *items = (struct cel_value *)list->items;
    uint32_t len = list->len;
    if ((len & (len - 1)) == 0) { /* 0, or a power of two: full */
        items = cel_run_alloc(run, (len == 0 ? 1 : 2 * (size_t)len) * sizeof(*items), &out);
        if (items == NULL || !cel_run_charge(run, len, &out)) {
            return out;
        }
        if (len > 0) {
            memcpy(items, list->items, len * sizeof(*items));
        }
    }
    items[len] = *item;
    return cel_items(CEL_LIST, items, len + 1);
}

/* ---- the loop ---- */

/* Errors that are born at this operation, and not handed on by it, get their place. */
static inline void place(struct cel_value *value, uint32_t pos)
{
    if (UNLIKELY(value->kind == CEL_ERROR) && value->avro == NULL) {
        static const struct sch_type placed;
        value->len = pos;
        value->avro = &placed; /* once: the innermost operation is where it is */
    }
}

static bool begin_fold(struct cel_walk *walk, const struct cel_value *range, struct cel_value *dst)
{
    if (range->kind != CEL_LIST && range->kind != CEL_MAP) {
        *dst =
            is_error(range) ? *range : cel_error(CEL_NO_OVERLOAD, "only a list or a map has items");
        return false;
    }
    cel_walk_begin(walk, range);
    return true;
}

static bool next_item(struct cel_walk *walk, struct cel_run *run, struct cel_value *iter, bool two)
{
    struct cel_value key;
    struct cel_value value;
    if (!cel_walk_next(walk, run, &key, &value)) {
        return false;
    }
    iter[0] = two || walk->of->kind == CEL_MAP ? key : value;
    if (two) {
        iter[1] = value;
    }
    return true;
}

#define A value_at(&at, op->a)
#define B value_at(&at, op->b)

void cel_interpret(struct cel_machine *machine, const struct cel_program *program,
                   const struct cel_value *variables, struct cel_value *result)
{
    struct cel_run *run = &machine->run;
    if (!cel_machine_ready(machine, program)) {
        *result = cel_error(CEL_COST, "out of memory");
        return;
    }
    run->full_match = program->full_match;
    run->re2 = program->re2;
    struct cel_value *frame = machine->frame;
    const struct frame at = {
        {frame, (const struct cel_value *)(const void *)program->constants.data, variables}};
    const struct cel_op *ops = (const struct cel_op *)(const void *)program->ops.data;
    const struct cel_site *sites = (const struct cel_site *)(const void *)program->sites.data;
    struct cel_pattern *const *patterns =
        (struct cel_pattern *const *)(const void *)program->patterns.data;
    for (const struct cel_op *op = ops;; op++) {
        struct cel_value *dst = &frame[op->dst];
        switch ((enum cel_op_code)op->code) {
        case CEL_OP_END: *result = *A; return;
        case CEL_OP_MOVE: *dst = *A; continue;
        case CEL_OP_JUMP: op = ops + op->aux - 1; continue;
        case CEL_OP_NOT:
            if (LIKELY(A->kind == CEL_BOOL)) {
                put_bool(dst, !A->b);
                continue;
            }
            *dst = negation(A);
            break;
        case CEL_OP_AND_SHORT:
        case CEL_OP_OR_SHORT:
            if (is(A, op->code == CEL_OP_OR_SHORT)) {
                *dst = cel_bool(op->code == CEL_OP_OR_SHORT);
                op = ops + op->aux - 1;
            }
            continue;
        case CEL_OP_AND:
        case CEL_OP_OR:
            if (LIKELY(A->kind == CEL_BOOL && B->kind == CEL_BOOL)) {
                put_bool(dst, op->code == CEL_OP_OR ? A->b || B->b : A->b && B->b);
                continue;
            }
            *dst = join(A, B, op->code == CEL_OP_OR);
            break;
        case CEL_OP_CHOOSE:
            if (is(A, true)) {
                continue;
            }
            if (is(A, false)) {
                op = ops + op->aux - 1;
                continue;
            }
            *dst = is_error(A) ? *A : no_overload();
            place(dst, op->pos);
            op = ops + op->b - 1;
            continue;
        case CEL_OP_NOT_FALSE: *dst = cel_bool(!is(A, false)); continue;
        case CEL_OP_EQ:
        case CEL_OP_NE: compare(run, A, B, op->code == CEL_OP_EQ, dst); break;
        case CEL_OP_LT:
        case CEL_OP_LE:
        case CEL_OP_GT:
        case CEL_OP_GE: order(run, (enum cel_op_code)op->code, A, B, dst); break;
        case CEL_OP_FIELD:
            if (LIKELY(A->kind == CEL_RECORD)) {
                cel_field_at(run, A, op->aux, dst);
            } else {
                *dst = no_fields(A);
            }
            break;
        case CEL_OP_PRESENT:
            if (LIKELY(A->kind == CEL_RECORD)) {
                present(run, A, op->aux, dst);
            } else {
                *dst = no_fields(A);
            }
            break;
        case CEL_OP_NAMED:
        case CEL_OP_HAS: named(run, A, B, op->code == CEL_OP_HAS, dst); break;
        case CEL_OP_MATCH: match(run, A, patterns[op->aux], dst); break;
        case CEL_OP_IN: member(run, A, B, dst); break;
        case CEL_OP_CALL: call(run, program, &sites[op->aux], A, dst); break;
        case CEL_OP_LIST: *dst = collect(run, CEL_LIST, A, op->aux, op->aux); break;
        case CEL_OP_MAP: *dst = make_map(run, A, op->aux); break;
        case CEL_OP_APPEND: *dst = append(run, A, B); break;
        case CEL_OP_FOLD:
            if (!begin_fold(&machine->walks[op->b], A, dst)) {
                place(dst, op->pos);
                op = ops + op->aux - 1;
            }
            continue;
        case CEL_OP_NEXT:
        case CEL_OP_NEXT2:
            if (!cel_run_charge(run, op->aux - (uint32_t)(op - ops), result)) {
                place(result, op->pos);
                return; /* no part of the expression can mend a limit that is reached */
            }
            if (!next_item(&machine->walks[op->b], run, dst, op->code == CEL_OP_NEXT2)) {
                op = ops + op->aux - 1;
            }
            continue;
        case CEL_OP_TEST:
            if (is(A, false)) {
                op = ops + op->aux - 1;
            }
            continue;
        case CEL_OP_COUNT: break;
        }
        place(dst, op->pos);
    }
}
