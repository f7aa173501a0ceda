/* SPDX-License-Identifier: Apache-2.0
 * schema/diff/diff.c - two types side by side: unions, records, other named types, plain types.
 *
 * Null in a union is not a type of its own here: it says whether a value may be missing. So T and
 * ["null", T] have the same type, and differ in that alone. The dataset's key and order fields are compared
 * first: a type that they share with other fields is compared once, and there it counts most. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/diff/differ_priv.h"
#include "schema/model/names.h"
#include "schema/plan/columns.h"

enum { SHOWN_BYTES = 160 };

static void diff_types(struct sch_differ *d, const struct sch_place *at, struct sch_side before,
                       struct sch_side after);
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
                          struct sch_side after, const struct sch_branches *branches)
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
    struct sch_branches branches;
    if (!sch_branches_init(d, before.type, after.type, &branches)) {
        sch_branches_fini(&branches);
        return;
    }
    if (was_nullable != nullable) {
        sch_find_types(d, at, nullable ? SCH_BECAME_NULLABLE : SCH_BECAME_REQUIRED, before.type,
                       after.type);
    }
    if (sch_branches_moved(before.type, &branches)) {
        sch_find_types(d, at, SCH_UNION_REORDERED, before.type, after.type);
    }
    if (was == 1 && is == 1) {
        diff_plain(d, at, only_type(before), only_type(after));
    } else if (was > 1 && is > 1) {
        diff_branches(d, at, before, after, &branches);
    } else if (was != is) {
        sch_find_types(d, at, SCH_TYPE_CHANGED, before.type, after.type);
    }
    sch_branches_fini(&branches);
}

/* ---- records ---- */

static enum sch_diff_role role_of(const struct sch_roles *roles, const char *name)
{
    for (size_t i = 0; i < roles->key_field_count; i++) {
        if (strcmp(roles->key_fields[i], name) == 0) {
            return SCH_KEY_ROLE;
        }
    }
    return roles->order_field != NULL && strcmp(roles->order_field, name) == 0 ? SCH_ORDER_ROLE
                                                                               : SCH_NO_ROLE;
}

/* A field has its role by the name that it had or by the one that it has. */
static enum sch_diff_role find_role(const struct sch_differ *d, const struct sch_field *before,
                                    const struct sch_field *after)
{
    enum sch_diff_role role = SCH_NO_ROLE;
    if (d->roles != NULL && before != NULL) {
        role = role_of(d->roles, before->name);
    }
    if (d->roles != NULL && after != NULL && role == SCH_NO_ROLE) {
        role = role_of(d->roles, after->name);
    }
    return role;
}

static const json_t *field_json(const struct sch_side *record, const struct sch_field *field)
{
    return json_array_get(json_object_get(record->json, "fields"),
                          (size_t)(field - record->type->fields));
}

/* A field whose column is of another type: the dataset's view must be made anew. */
static bool changes_column(const struct sch_field *before, const struct sch_field *after)
{
    struct column was;
    struct column is;
    bool nullable;
    sch_column_of(before->type, &was, &nullable);
    sch_column_of(after->type, &is, &nullable);
    return strcmp(before->name, after->name) == 0 && was.type != is.type;
}

static void diff_field(struct sch_differ *d, const struct sch_place *at,
                       const struct sch_side *records, const struct sch_field *before,
                       const struct sch_field *after)
{
    const json_t *was = field_json(&records[0], before);
    const json_t *is = field_json(&records[1], after);
    struct sch_place here = {.up = at, .name = after->name, .field = is};
    if (strcmp(before->name, after->name) != 0) {
        sch_find(d, &here, SCH_FIELD_RENAMED, before->name, after->name);
    } else {
        sch_diff_aliases(d, &here, &before->aliases, &after->aliases);
    }
    if (at == NULL && d->role == SCH_NO_ROLE && changes_column(before, after)) {
        d->out->begins_generation = true;
    }
    sch_diff_field_attributes(d, &here, was, is);
    diff_types(d, &here,
               (struct sch_side){records[0].source, before->type, json_object_get(was, "type")},
               (struct sch_side){records[1].source, after->type, json_object_get(is, "type")});
    sch_diff_defaults(d, &here, before, was, after, is);
}

static void diff_newer(struct sch_differ *d, const struct sch_place *at,
                       const struct sch_side *records, const struct sch_field *before,
                       const struct sch_field *after)
{
    struct sch_place here = {
        .up = at, .name = after->name, .field = field_json(&records[1], after)};
    if (before != NULL) {
        diff_field(d, at, records, before, after);
    } else {
        sch_find_types(d, &here,
                       after->default_bytes != NULL ? SCH_OPTIONAL_FIELD_ADDED
                                                    : SCH_REQUIRED_FIELD_ADDED,
                       NULL, after->type);
    }
}

/* The fields that have a role, or those that have none. Inside the structure no field has one. */
static void diff_pass(struct sch_differ *d, const struct sch_place *at,
                      const struct sch_side *records, const struct sch_fields *fields,
                      bool with_role)
{
    enum sch_diff_role outer = d->role;
    const struct sch_type *before = records[0].type;
    const struct sch_type *after = records[1].type;
    for (size_t i = 0; i < after->field_count && !d->failed; i++) {
        enum sch_diff_role role =
            at == NULL ? find_role(d, fields->same[i], &after->fields[i]) : SCH_NO_ROLE;
        if ((role != SCH_NO_ROLE) == with_role) {
            d->role = role != SCH_NO_ROLE ? role : outer;
            diff_newer(d, at, records, fields->same[i], &after->fields[i]);
            d->role = outer;
        }
    }
    for (size_t i = 0; i < before->field_count && !d->failed; i++) {
        const struct sch_field *old = &before->fields[i];
        enum sch_diff_role role = at == NULL ? find_role(d, old, NULL) : SCH_NO_ROLE;
        if (!fields->stays[i] && (role != SCH_NO_ROLE) == with_role) {
            struct sch_place here = {
                .up = at, .name = old->name, .field = field_json(&records[0], old)};
            d->role = role != SCH_NO_ROLE ? role : outer;
            sch_find_types(d, &here, SCH_FIELD_REMOVED, old->type, NULL);
            d->role = outer;
        }
    }
}

static void diff_records(struct sch_differ *d, const struct sch_place *at, struct sch_side before,
                         struct sch_side after)
{
    struct sch_fields fields = {.before = before.type, .after = after.type};
    const struct sch_side records[] = {before, after};
    if (!sch_diff_spend(d, before.type->field_count + after.type->field_count)) {
        return;
    }
    if (sch_fields_init(&fields) != 0) {
        sch_diff_fail(d, ERR_NO_MEMORY, "no memory to compare structures");
    } else {
        diff_pass(d, at, records, &fields, true);
        diff_pass(d, at, records, &fields, false);
        if (sch_fields_moved(&fields)) {
            sch_find(d, at, SCH_FIELDS_REORDERED, NULL, NULL);
        }
    }
    sch_fields_fini(&fields);
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
    if (d->pairs.count >= SCH_MAX_PAIRS) {
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
    case SCH_RECORD: diff_records(d, at, before, after); break;
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
    diff_types(
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

static void diff_types(struct sch_differ *d, const struct sch_place *at, struct sch_side before,
                       struct sch_side after)
{
    if (d->nested >= SCH_MAX_NESTED) {
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
        diff_types(&d, NULL, (struct sch_side){&was, sch_root(before), sch_source_root(&was)},
                   (struct sch_side){&is, sch_root(after), sch_source_root(&is)});
        rc = d.failed ? -1 : 0;
    }
    sch_pairs_fini(&d.pairs);
    sch_source_fini(&was);
    sch_source_fini(&is);
    return rc;
}
