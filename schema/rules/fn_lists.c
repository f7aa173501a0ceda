/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/fn_lists.c - cel-spec's extensions of lists, sets and encoders. */
#include <string.h>

#include "base/secret.h"
#include "schema/rules/compare.h"
#include "schema/rules/functions.h"
#include "schema/rules/print.h"

enum { MAX_NESTING = 64, MAX_RANGE = 1000000 };

/* The items as an array in the arena; NULL: *out is the ERROR. */
static struct cel_value *items_of(struct cel_run *run, const struct cel_value *list,
                                  uint32_t *count, struct cel_value *out)
{
    struct cel_walk walk;
    struct cel_value key;
    uint32_t size = cel_size(list);
    struct cel_value *items = cel_run_charge(run, size, out)
                                  ? cel_run_alloc(run, ((size_t)size + 1) * sizeof(*items), out)
                                  : NULL;
    *count = 0;
    if (items != NULL) {
        cel_walk_begin(&walk, list);
        while (*count < size && cel_walk_next(&walk, run, &key, &items[*count])) {
            (*count)++;
        }
    }
    return items;
}

void cel_fn_slice(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    uint32_t count;
    struct cel_value *items = items_of(run, &args[0], &count, out);
    if (items == NULL) {
        return;
    }
    bool good = args[1].i >= 0 && args[1].i <= args[2].i && args[2].i <= (int64_t)count;
    *out = good ? cel_items(CEL_LIST, items + args[1].i, (size_t)(args[2].i - args[1].i))
                : cel_error(CEL_NO_KEY, "the slice is outside the list");
}

void cel_fn_reverse_list(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    uint32_t count;
    struct cel_value *items = items_of(run, &args[0], &count, out);
    for (uint32_t i = 0; items != NULL && i < count / 2; i++) {
        struct cel_value kept = items[i];
        items[i] = items[count - 1 - i];
        items[count - 1 - i] = kept;
    }
    if (items != NULL) {
        *out = cel_items(CEL_LIST, items, count);
    }
}

void cel_fn_range(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    int64_t count = args[0].i;
    if (count < 0 || count > MAX_RANGE) {
        *out = cel_error(CEL_BAD_ARGUMENT, "a range has 0 to 1000000 numbers");
        return;
    }
    struct cel_value *items = cel_run_charge(run, (uint64_t)count, out)
                                  ? cel_run_alloc(run, ((size_t)count + 1) * sizeof(*items), out)
                                  : NULL;
    for (int64_t i = 0; items != NULL && i < count; i++) {
        items[i] = cel_int(i);
    }
    if (items != NULL) {
        *out = cel_items(CEL_LIST, items, (size_t)count);
    }
}

/* ---- flatten ---- */

struct flattened {
    struct cel_run *run;
    int64_t levels;          /* that are opened */
    struct cel_value *items; /* NULL: they are only counted */
    uint32_t count;
};

/* false: *out is the ERROR. Recursion is at most MAX_NESTING deep. */
static bool flatten(struct flattened *f, const struct cel_value *list, int level,
                    struct cel_value *out)
{
    struct cel_walk walk;
    struct cel_value key;
    struct cel_value item;
    if (level > MAX_NESTING) {
        *out = cel_error(CEL_COST, "the lists are nested too deep to be flattened");
        return false;
    }
    cel_walk_begin(&walk, list);
    while (cel_walk_next(&walk, f->run, &key, &item)) {
        if (!cel_run_charge(f->run, 1, out)) {
            return false;
        }
        if (item.kind == CEL_LIST && level < f->levels) {
            if (!flatten(f, &item, level + 1, out)) {
                return false;
            }
            continue;
        }
        if (f->items != NULL) {
            f->items[f->count] = item;
        }
        f->count++;
    }
    return true;
}

static void flatten_to(struct cel_run *run, const struct cel_value *list, int64_t levels,
                       struct cel_value *out)
{
    struct flattened f = {.run = run, .levels = levels};
    if (levels < 0) {
        *out = cel_error(CEL_BAD_ARGUMENT, "flatten() takes no negative number of levels");
        return;
    }
    if (!flatten(&f, list, 0, out)) {
        return;
    }
    f.items = cel_run_alloc(run, ((size_t)f.count + 1) * sizeof(*f.items), out);
    f.count = 0;
    if (f.items != NULL && flatten(&f, list, 0, out)) {
        *out = cel_items(CEL_LIST, f.items, f.count);
    }
}

void cel_fn_flatten(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    flatten_to(run, &args[0], 1, out);
}

void cel_fn_flatten_to(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    flatten_to(run, &args[0], args[1].i, out);
}

/* ---- distinct, sets ---- */

/* Whether the value is among the items; false with an ERROR in *out when that cannot be told. */
static bool among(struct cel_run *run, const struct cel_value *value, const struct cel_value *items,
                  uint32_t count, struct cel_value *out)
{
    for (uint32_t i = 0; i < count; i++) {
        *out = cel_equal(run, value, &items[i]);
        if (out->kind == CEL_ERROR || out->b) {
            return out->kind == CEL_BOOL;
        }
    }
    *out = cel_bool(false);
    return false;
}

void cel_fn_distinct(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    uint32_t count;
    uint32_t kept = 0;
    struct cel_value *items = items_of(run, &args[0], &count, out);
    for (uint32_t i = 0; items != NULL && i < count; i++) {
        bool known = among(run, &items[i], items, kept, out);
        if (out->kind == CEL_ERROR) {
            return;
        }
        if (!known) {
            items[kept++] = items[i];
        }
    }
    if (items != NULL) {
        *out = cel_items(CEL_LIST, items, kept);
    }
}

/* Whether all (any: one) of a's items are among b's. */
static struct cel_value contained(struct cel_run *run, const struct cel_value *a,
                                  const struct cel_value *b, bool any)
{
    struct cel_value out = cel_null();
    uint32_t b_count;
    struct cel_walk walk;
    struct cel_value key;
    struct cel_value item;
    const struct cel_value *items = items_of(run, b, &b_count, &out);
    if (items == NULL) {
        return out;
    }
    cel_walk_begin(&walk, a);
    while (cel_walk_next(&walk, run, &key, &item)) {
        bool found = among(run, &item, items, b_count, &out);
        if (out.kind == CEL_ERROR) {
            return out;
        }
        if (found == any) {
            return cel_bool(any);
        }
    }
    return cel_bool(!any);
}

void cel_fn_sets_contains(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    *out = contained(run, &args[1], &args[0], false);
}

void cel_fn_sets_equivalent(struct cel_run *run, const struct cel_value *args,
                            struct cel_value *out)
{
    *out = contained(run, &args[1], &args[0], false);
    if (out->kind == CEL_BOOL && out->b) {
        *out = contained(run, &args[0], &args[1], false);
    }
}

void cel_fn_sets_intersects(struct cel_run *run, const struct cel_value *args,
                            struct cel_value *out)
{
    *out = contained(run, &args[0], &args[1], true);
}

/* ---- sort ---- */

struct pair {
    struct cel_value value;
    struct cel_value key;
};

static bool is_first(struct cel_run *run, const struct pair *left, const struct pair *right,
                     struct cel_value *out)
{
    return cel_run_charge(run, cel_compare_units(&left->key, &right->key), out) &&
           cel_compare(&left->key, &right->key) <= 0;
}

/* Merge sort, so that it is stable and its cost is known. false: *out is the ERROR. */
static bool sort_pairs(struct cel_run *run, struct pair *pairs, struct pair *room, uint32_t count,
                       struct cel_value *out)
{
    for (uint32_t width = 1; width < count; width *= 2) {
        if (!cel_run_charge(run, count, out)) {
            return false;
        }
        for (uint32_t from = 0; from < count; from += 2 * width) {
            uint32_t middle = from + width < count ? from + width : count;
            uint32_t end = from + 2 * width < count ? from + 2 * width : count;
            uint32_t left = from;
            uint32_t right = middle;
            for (uint32_t at = from; at < end; at++) {
                bool take_left = right >= end ||
                                 (left < middle && is_first(run, &pairs[left], &pairs[right], out));
                room[at] = take_left ? pairs[left++] : pairs[right++];
            }
        }
        if (out->kind == CEL_ERROR) {
            return false;
        }
        memcpy(pairs, room, count * sizeof(*pairs));
    }
    return true;
}

/* false: *out is the ERROR. */
static bool sortable(struct cel_run *run, const struct pair *pairs, uint32_t count,
                     struct cel_value *out)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct cel_value *key = &pairs[i].key;
        if (!cel_run_charge(run, cel_compare_units(key, key), out)) {
            return false;
        }
        if (key->kind != pairs[0].key.kind || cel_compare(key, key) != 0) { /* a NaN */
            *out = cel_error(CEL_NO_OVERLOAD, "the items are not of one kind that has an order");
            return false;
        }
    }
    return true;
}

static void sort_by(struct cel_run *run, const struct cel_value *list, const struct cel_value *keys,
                    struct cel_value *out)
{
    uint32_t count;
    uint32_t key_count;
    struct cel_value *items = items_of(run, list, &count, out);
    const struct cel_value *by = items != NULL ? items_of(run, keys, &key_count, out) : NULL;
    if (by == NULL) {
        return;
    }
    if (key_count != count) {
        *out = cel_error(CEL_BAD_ARGUMENT, "there is not one key for each item");
        return;
    }
    struct pair *pairs = cel_run_alloc(run, ((size_t)count * 2 + 1) * sizeof(*pairs), out);
    if (pairs == NULL) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        pairs[i] = (struct pair){items[i], by[i]};
    }
    if (!sortable(run, pairs, count, out)) {
        return;
    }
    *out = cel_null();
    if (!sort_pairs(run, pairs, pairs + count, count, out)) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        items[i] = pairs[i].value;
    }
    *out = cel_items(CEL_LIST, items, count);
}

void cel_fn_sort(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    sort_by(run, &args[0], &args[0], out);
}

void cel_fn_sort_by(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    sort_by(run, &args[0], &args[1], out);
}

/* ---- base64 ---- */

void cel_fn_base64_encode(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    size_t len = ((size_t)args[0].len + 2) / 3 * 4;
    char *p = cel_run_charge(run, len / 16, out) ? cel_run_alloc(run, len + 1, out) : NULL;
    if (p != NULL) {
        cel_print_base64(args[0].p, args[0].len, p);
        *out = cel_bytes(CEL_STRING, p, len);
    }
}

void cel_fn_base64_decode(struct cel_run *run, const struct cel_value *args, struct cel_value *out)
{
    size_t room = (size_t)args[0].len / 4 * 3 + 3;
    uint8_t *p = cel_run_charge(run, args[0].len / 16, out) ? cel_run_alloc(run, room, out) : NULL;
    if (p == NULL) {
        return;
    }
    long len =
        secret_base64_decode(args[0].len > 0 ? (const char *)args[0].p : "", args[0].len, p, room);
    *out = len < 0 ? cel_error(CEL_BAD_ARGUMENT, "the text is not base64")
                   : cel_bytes(CEL_BYTES, p, (size_t)len);
}
