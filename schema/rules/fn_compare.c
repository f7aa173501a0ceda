/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/fn_compare.c - comparison as functions: for operands whose kinds only the run knows. */
#include "schema/rules/compare.h"
#include "schema/rules/functions.h"

void cel_fn_equals(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    *out = cel_equal(run, &args[0], &args[1]);
}

void cel_fn_differs(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    *out = cel_equal(run, &args[0], &args[1]);
    if (out->kind == CEL_BOOL) {
        out->b = !out->b;
    }
}

/* An order of 2 is a NaN's: nothing holds. */
#define ORDER(name, holds)                                                                         \
    void cel_fn_##name(struct cel_run *run, const struct cel_value *args, struct cel_value *out)   \
    {                                                                                              \
        if (cel_run_charge(run, cel_compare_units(&args[0], &args[1]), out)) {                     \
            int order = cel_compare(&args[0], &args[1]);                                           \
            *out = cel_bool(holds);                                                                \
        }                                                                                          \
    }

ORDER(less, order < 0)
ORDER(less_equal, order <= 0)
ORDER(greater, order == 1)
ORDER(greater_equal, order == 0 || order == 1)

/* ---- lists and maps ---- */

/* The checker lets an int be an index, or dyn: then a uint or double that is whole is one too. */
void cel_fn_index_list(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    const struct cel_value *index = &args[1];
    if (index->kind == CEL_INT) {
        cel_list_at(run, &args[0], index->i, out);
    } else if (index->kind == CEL_UINT) {
        cel_list_at(run, &args[0], index->u <= INT64_MAX ? (int64_t)index->u : -1, out);
    } else if (index->kind == CEL_DOUBLE && index->d >= 0 && index->d < 4294967296.0 &&
               index->d == (double)(int64_t)index->d) {
        cel_list_at(run, &args[0], (int64_t)index->d, out);
    } else {
        *out = cel_error(CEL_BAD_ARGUMENT, "the index is no whole number");
    }
}

void cel_fn_index_map(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    cel_map_at(run, &args[0], &args[1], out);
}

void cel_fn_in_list(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    struct cel_walk walk;
    struct cel_value key;
    struct cel_value item;
    struct cel_value fault = cel_null();
    if (!cel_run_charge(run, cel_size(&args[1]), out)) {
        return;
    }
    cel_walk_begin(&walk, &args[1]);
    while (cel_walk_next(&walk, run, &key, &item)) {
        *out = cel_equal(run, &args[0], &item);
        if (out->kind == CEL_BOOL && out->b) {
            return;
        }
        fault = out->kind == CEL_ERROR ? *out : fault;
    }
    *out = fault.kind == CEL_ERROR ? fault : cel_bool(false);
}

void cel_fn_in_map(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    cel_map_at(run, &args[1], &args[0], out);
    if (out->kind != CEL_ERROR || out->shape == CEL_NO_KEY) {
        *out = cel_bool(out->kind != CEL_ERROR);
    }
}

void cel_fn_concat_list(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    size_t count = (size_t)cel_size(&args[0]) + cel_size(&args[1]);
    struct cel_value *items =
        cel_run_charge(run, count, out) ? cel_run_alloc(run, count * sizeof(*items), out) : NULL;
    size_t at = 0;
    for (int i = 0; i < 2 && items != NULL; i++) {
        struct cel_walk walk;
        struct cel_value key;
        cel_walk_begin(&walk, &args[i]);
        while (at < count && cel_walk_next(&walk, run, &key, &items[at])) {
            at++;
        }
    }
    if (items != NULL) {
        *out = cel_items(CEL_LIST, items, at);
    }
}

/* A map with one more entry, or with all of another. */
static void insert_all(struct cel_run *run, const struct cel_value *map,
                       const struct cel_value *more, struct cel_value *out)
{
    size_t count = (size_t)cel_size(map) + cel_size(more);
    struct cel_value *items = cel_run_charge(run, count, out)
                                  ? cel_run_alloc(run, 2 * count * sizeof(*items), out)
                                  : NULL;
    size_t at = 0;
    for (int i = 0; i < 2 && items != NULL; i++) {
        struct cel_walk walk;
        cel_walk_begin(&walk, i == 0 ? map : more);
        while (at < count && cel_walk_next(&walk, run, &items[2 * at], &items[2 * at + 1])) {
            struct cel_value there = cel_null();
            if (i == 1) {
                cel_map_at(run, map, &items[2 * at], &there);
            }
            if (i == 1 && (there.kind != CEL_ERROR || there.shape != CEL_NO_KEY)) {
                *out = there.kind == CEL_ERROR
                           ? there
                           : cel_error(CEL_DUPLICATE_KEY, "the map has the key already");
                return;
            }
            at++;
        }
    }
    if (items != NULL) {
        *out = cel_items(CEL_MAP, items, at);
    }
}

void cel_fn_map_insert(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    const struct cel_value one = cel_items(CEL_MAP, &args[1], 1);
    insert_all(run, &args[0], &one, out);
}

void cel_fn_map_insert_all(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    insert_all(run, &args[0], &args[1], out);
}
