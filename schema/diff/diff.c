/* SPDX-License-Identifier: Apache-2.0
 * schema/diff/diff.c - two types side by side: unions, plain types, named types.
 *
 * Null in a union is not a type of its own here: it says whether a value may be missing. So T and
 * ["null", T] have the same type, and differ in that alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/diff/differ_priv.h"
#include "schema/model/names.h"

enum { SHOWN_BYTES = 160 };

static void diff_plain(struct sch_differ *d, const struct sch_place *at, struct sch_side before,
                       struct sch_side after);

/* ---- unions ---- */

static bool is_nullable(const struct sch_type *type)
{
    if (type->kind == SCH_NULL) {
        return true;
    }
    for (size_t i = 0; i < type->branch_count; i++) {
        if (type->branches[i]->kind == SCH_NULL) {
            return true;
        }
    }
    return false;
}

/* The types that a value may have beside null. */
static size_t count_types(const struct sch_type *type)
{
    if (type->kind != SCH_UNION) {
        return type->kind != SCH_NULL;
    }
    return type->branch_count - is_nullable(type);
}

static struct sch_side branch_of(struct sch_side side, size_t i)
{
    return (struct sch_side){side.source, side.type->branches[i], json_array_get(side.json, i)};
}

/* The one type beside null. */
static struct sch_side only_type(struct sch_side side)
{
    size_t i = 0;
    if (side.type->kind != SCH_UNION) {
        return side;
    }
    while (side.type->branches[i]->kind == SCH_NULL) {
        i++;
    }
    return branch_of(side, i);
}

static bool is_same_branch(const struct sch_type *before, const struct sch_type *after,
                           bool by_full_name)
{
    if (before->kind != after->kind || before->name == NULL) {
        return before->kind == after->kind;
    }
    return by_full_name ? strcmp(before->name, after->name) == 0 : sch_names_match(after, before);
}

/* Which branch of the newer union is which of the older one. */
struct branches {
    int *same;   /* of each older branch: the index of the newer one; -1: it is gone */
    bool *stays; /* of each newer branch: an older one is the same */
};

static void match_branches(struct sch_differ *d, const struct sch_type *before,
                           const struct sch_type *after, bool by_full_name,
                           struct branches *branches)
{
    for (size_t i = 0; i < before->branch_count; i++) {
        for (size_t j = 0; j < after->branch_count && branches->same[i] < 0; j++) {
            if (!sch_diff_spend(d, 1)) {
                return;
            }
            if (!branches->stays[j] &&
                is_same_branch(before->branches[i], after->branches[j], by_full_name)) {
                branches->same[i] = (int)j;
                branches->stays[j] = true;
            }
        }
    }
}

/* A plain type has no branches. */
static bool branches_init(struct sch_differ *d, const struct sch_type *before,
                          const struct sch_type *after, struct branches *branches)
{
    branches->same = calloc(before->branch_count + 1, sizeof(*branches->same));
    branches->stays = calloc(after->branch_count + 1, sizeof(*branches->stays));
    if (branches->same == NULL || branches->stays == NULL) {
        sch_diff_fail(d, ERR_NO_MEMORY, "no memory to compare structures");
        return false;
    }
    for (size_t i = 0; i < before->branch_count; i++) {
        branches->same[i] = -1;
    }
    match_branches(d, before, after, true, branches);
    match_branches(d, before, after, false, branches);
    return !d->failed;
}

static void branches_fini(struct branches *branches)
{
    free(branches->same);
    free(branches->stays);
}

static bool is_reordered(const struct sch_type *before, const struct branches *branches)
{
    int last = -1;
    for (size_t i = 0; i < before->branch_count; i++) {
        int same = branches->same[i];
        if (same >= 0 && same < last) {
            return true;
        }
        last = same >= 0 ? same : last;
    }
    return false;
}

/* name_room: SHOWN_BYTES */
static struct sch_place branch_place(const struct sch_place *at, const struct sch_type *branch,
                                     char *name_room)
{
    const char *name = branch->name != NULL ? sch_last_part(branch->name)
                                            : sch_describe(branch, name_room, SHOWN_BYTES);
    return (struct sch_place){.up = at, .kind = SCH_PLACE_BRANCH, .name = name};
}

/* Unions of several types: a branch is known by its kind or its name, as it is in what is recorded. */
static void diff_branches(struct sch_differ *d, const struct sch_place *at, struct sch_side before,
                          struct sch_side after, const struct branches *branches)
{
    char room[SHOWN_BYTES];
    for (size_t i = 0; i < before.type->branch_count && !d->failed; i++) {
        const struct sch_type *branch = before.type->branches[i];
        int same = branches->same[i];
        struct sch_place here =
            branch_place(at, same >= 0 ? after.type->branches[same] : branch, room);
        if (same >= 0 && branch->kind != SCH_NULL) {
            diff_plain(d, &here, branch_of(before, i), branch_of(after, (size_t)same));
        } else if (branch->kind != SCH_NULL) {
            sch_find_types(d, &here, SCH_UNION_BRANCH_REMOVED, branch, NULL);
        }
    }
    for (size_t i = 0; i < after.type->branch_count && !d->failed; i++) {
        const struct sch_type *branch = after.type->branches[i];
        struct sch_place here = branch_place(at, branch, room);
        if (branch->kind != SCH_NULL && !branches->stays[i]) {
            sch_find_types(d, &here, SCH_UNION_BRANCH_ADDED, NULL, branch);
        }
    }
}

static void diff_unions(struct sch_differ *d, const struct sch_place *at, struct sch_side before,
                        struct sch_side after)
{
    bool was_nullable = is_nullable(before.type);
    bool nullable = is_nullable(after.type);
    size_t was = count_types(before.type);
    size_t is = count_types(after.type);
    struct branches branches;
    if (!branches_init(d, before.type, after.type, &branches)) {
        branches_fini(&branches);
        return;
    }
    if (was_nullable != nullable) {
        sch_find_types(d, at, nullable ? SCH_BECAME_NULLABLE : SCH_BECAME_REQUIRED, before.type,
                       after.type);
    }
    if (is_reordered(before.type, &branches)) {
        sch_find_types(d, at, SCH_UNION_REORDERED, before.type, after.type);
    }
    if (was == 1 && is == 1) {
        diff_plain(d, at, only_type(before), only_type(after));
    } else if (was > 1 && is > 1) {
        diff_branches(d, at, before, after, &branches);
    } else if (was != is) {
        sch_find_types(d, at, SCH_TYPE_CHANGED, before.type, after.type);
    }
    branches_fini(&branches);
}

/* ---- named types ---- */

static void diff_names(struct sch_differ *d, const struct sch_place *at,
                       const struct sch_type *before, const struct sch_type *after)
{
    if (strcmp(before->name, after->name) != 0) {
        bool is_short_same = strcmp(sch_last_part(before->name), sch_last_part(after->name)) == 0;
        sch_find(d, at, is_short_same ? SCH_NAMESPACE_CHANGED : SCH_TYPE_RENAMED, before->name,
                 after->name);
    } else {
        sch_diff_aliases(d, at, &before->aliases, &after->aliases);
    }
}

static void diff_sizes(struct sch_differ *d, const struct sch_place *at,
                       const struct sch_type *before, const struct sch_type *after)
{
    char was[32];
    char is[32];
    if (before->size != after->size) {
        snprintf(was, sizeof(was), "%u bytes", before->size);
        snprintf(is, sizeof(is), "%u bytes", after->size);
        sch_find(d, at, SCH_FIXED_SIZE_CHANGED, was, is);
    }
}

/* True: this pair of named types is met for the first time. */
static bool begin_pair(struct sch_differ *d, const struct sch_type *before,
                       const struct sch_type *after)
{
    if (sch_pairs_find(&d->pairs, before, after) >= 0) {
        return false;
    }
    if (d->pairs.count >= SCH_DIFF_MAX_PAIRS) {
        sch_diff_fail(d, ERR_SCHEMA_TOO_LARGE,
                      "the structures have too many pairs of types to compare");
        return false;
    }
    if (sch_pairs_add(&d->pairs, before, after) < 0) {
        sch_diff_fail(d, ERR_NO_MEMORY, "no memory to compare structures");
        return false;
    }
    return true;
}

static struct sch_side definition_of(struct sch_side side)
{
    side.json = side.source->definitions[side.type->number];
    return side;
}

static void diff_named(struct sch_differ *d, const struct sch_place *at, struct sch_side before,
                       struct sch_side after)
{
    if (!begin_pair(d, before.type, after.type)) {
        return;
    }
    before = definition_of(before);
    after = definition_of(after);
    diff_names(d, at, before.type, after.type);
    sch_diff_type_attributes(d, at, before, after);
    switch (after.type->kind) {
    case SCH_RECORD: sch_diff_records(d, at, before, after); break;
    case SCH_ENUM: sch_diff_enums(d, at, before.type, after.type); break;
    default: diff_sizes(d, at, before.type, after.type); break;
    }
}

/* ---- every type that is no union ---- */

static bool is_wider(const struct sch_type *before, const struct sch_type *after)
{
    return before->logical == SCH_LOGICAL_NONE && after->logical == SCH_LOGICAL_NONE &&
           ((before->kind == SCH_INT && after->kind == SCH_LONG) ||
            (before->kind == SCH_FLOAT && after->kind == SCH_DOUBLE));
}

static void diff_decimals(struct sch_differ *d, const struct sch_place *at,
                          const struct sch_type *before, const struct sch_type *after)
{
    if (before->scale != after->scale) {
        sch_find_types(d, at, SCH_SCALE_CHANGED, before, after);
    } else if (before->precision != after->precision) {
        sch_find_types(d, at,
                       before->precision < after->precision ? SCH_PRECISION_GROWN
                                                            : SCH_PRECISION_LOWERED,
                       before, after);
    }
}

static void diff_items(struct sch_differ *d, const struct sch_place *at, struct sch_side before,
                       struct sch_side after)
{
    bool is_array = after.type->kind == SCH_ARRAY;
    const char *key = is_array ? "items" : "values";
    struct sch_place here = {.up = at, .kind = is_array ? SCH_PLACE_ITEMS : SCH_PLACE_VALUES};
    sch_diff_types(
        d, &here,
        (struct sch_side){before.source, before.type->items, json_object_get(before.json, key)},
        (struct sch_side){after.source, after.type->items, json_object_get(after.json, key)});
}

static void diff_plain(struct sch_differ *d, const struct sch_place *at, struct sch_side before,
                       struct sch_side after)
{
    if (before.type->kind != after.type->kind || before.type->logical != after.type->logical) {
        sch_find_types(d, at,
                       is_wider(before.type, after.type) ? SCH_TYPE_WIDENED : SCH_TYPE_CHANGED,
                       before.type, after.type);
        return;
    }
    if (after.type->logical == SCH_DECIMAL) {
        diff_decimals(d, at, before.type, after.type);
    }
    if (after.type->name != NULL) {
        diff_named(d, at, before, after);
        return;
    }
    sch_diff_type_attributes(d, at, before, after);
    if (after.type->items != NULL) {
        diff_items(d, at, before, after);
    }
}

void sch_diff_types(struct sch_differ *d, const struct sch_place *at, struct sch_side before,
                    struct sch_side after)
{
    if (d->nested >= SCH_DIFF_MAX_NESTED) {
        sch_diff_fail(d, ERR_SCHEMA_TOO_LARGE, "the structures nest too deeply to compare");
    }
    if (!sch_diff_spend(d, 1)) {
        return;
    }
    d->nested++;
    if (before.type->kind == SCH_UNION || after.type->kind == SCH_UNION ||
        before.type->kind == SCH_NULL || after.type->kind == SCH_NULL) {
        diff_unions(d, at, before, after);
    } else {
        diff_plain(d, at, before, after);
    }
    d->nested--;
}

int sch_diff(const struct sch_schema *before, const struct sch_schema *after,
             const struct sch_roles *roles, bool is_key, struct sch_diff *out, struct err *err)
{
    struct sch_source was = {.tree_count = 0};
    struct sch_source is = {.tree_count = 0};
    struct sch_differ d = {.roles = is_key ? NULL : roles,
                           .role = is_key ? SCH_KEY_ROLE : SCH_NO_ROLE,
                           .out = out,
                           .err = err};
    int rc = -1;
    if (sch_source_load(before, &was, err) == 0 && sch_source_load(after, &is, err) == 0) {
        sch_diff_types(&d, NULL, (struct sch_side){&was, sch_root(before), sch_source_root(&was)},
                       (struct sch_side){&is, sch_root(after), sch_source_root(&is)});
        rc = d.failed ? -1 : 0;
    }
    sch_pairs_fini(&d.pairs);
    sch_source_fini(&was);
    sch_source_fini(&is);
    return rc;
}
