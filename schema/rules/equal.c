/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/equal.c - when values are equal (cel-spec, "Equality"), however deep. */
#include "schema/rules/bind.h"
#include "schema/rules/compare.h"
#include "schema/rules/type.h"

enum { MAX_NESTING = 64, UNITS_A_PAIR = 2 /* to get at two items */ };

static bool is_number(const struct cel_value *value)
{
    return value->kind == CEL_INT || value->kind == CEL_UINT || value->kind == CEL_DOUBLE;
}

static struct cel_value equal(struct cel_run *run, const struct cel_value *a,
                              const struct cel_value *b, int level);

static struct cel_value equal_lists(struct cel_run *run, const struct cel_value *a,
                                    const struct cel_value *b, int level)
{
    struct cel_walk left;
    struct cel_walk right;
    struct cel_value key;
    struct cel_value x;
    struct cel_value y;
    if (cel_size(a) != cel_size(b)) {
        return cel_bool(false);
    }
    if (!cel_run_charge(run, (uint64_t)cel_size(a) * UNITS_A_PAIR, &x)) {
        return x;
    }
    cel_walk_begin(&left, a);
    cel_walk_begin(&right, b);
    while (cel_walk_next(&left, run, &key, &x) && cel_walk_next(&right, run, &key, &y)) {
        struct cel_value same = equal(run, &x, &y, level + 1);
        if (same.kind == CEL_ERROR || !same.b) {
            return same;
        }
    }
    return cel_bool(true);
}

static struct cel_value equal_maps(struct cel_run *run, const struct cel_value *a,
                                   const struct cel_value *b, int level)
{
    struct cel_walk walk;
    struct cel_value key;
    struct cel_value x;
    struct cel_value y;
    if (cel_size(a) != cel_size(b)) {
        return cel_bool(false);
    }
    cel_walk_begin(&walk, a);
    while (cel_walk_next(&walk, run, &key, &x)) {
        cel_map_at(run, b, &key, &y);
        struct cel_value same = y.kind == CEL_ERROR && y.shape == CEL_NO_KEY
                                    ? cel_bool(false)
                                    : equal(run, &x, &y, level + 1);
        if (same.kind == CEL_ERROR || !same.b) {
            return same;
        }
    }
    return cel_bool(true);
}

static struct cel_value equal_records(struct cel_run *run, const struct cel_value *a,
                                      const struct cel_value *b, int level)
{
    struct cel_value out;
    if (a->avro != b->avro) {
        return cel_bool(false);
    }
    if (!cel_run_charge(run, a->avro->field_count * UNITS_A_PAIR, &out)) {
        return out;
    }
    for (uint32_t i = 0; i < a->avro->field_count; i++) {
        struct cel_value x;
        struct cel_value y;
        cel_field_at(run, a, i, &x);
        cel_field_at(run, b, i, &y);
        struct cel_value same = equal(run, &x, &y, level + 1);
        if (same.kind == CEL_ERROR || !same.b) {
            return same;
        }
    }
    return cel_bool(true);
}

static bool same_named_type(const struct cel_value *a, const struct cel_value *b)
{
    return a->type->kind == b->type->kind;
}

static struct cel_value equal(struct cel_run *run, const struct cel_value *a,
                              const struct cel_value *b, int level)
{
    struct cel_value out;
    if (a->kind == CEL_ERROR || b->kind == CEL_ERROR) {
        return a->kind == CEL_ERROR ? *a : *b;
    }
    if (!cel_run_charge(run, 1 + cel_compare_units(a, b), &out)) {
        return out;
    }
    if (is_number(a) && is_number(b)) {
        return cel_bool(cel_compare(a, b) == 0);
    }
    if (a->kind != b->kind || level > MAX_NESTING) {
        return cel_bool(false);
    }
    switch (a->kind) {
    case CEL_NULL: return cel_bool(true);
    case CEL_LIST: return equal_lists(run, a, b, level);
    case CEL_MAP: return equal_maps(run, a, b, level);
    case CEL_RECORD: return equal_records(run, a, b, level);
    case CEL_TYPE: return cel_bool(same_named_type(a, b));
    default: return cel_bool(cel_compare(a, b) == 0);
    }
}

struct cel_value cel_equal(struct cel_run *run, const struct cel_value *a,
                           const struct cel_value *b)
{
    return equal(run, a, b, 0);
}
