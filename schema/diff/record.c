/* SPDX-License-Identifier: Apache-2.0
 * schema/diff/record.c - the fields of two records: which are the same, which are new, which are gone.
 *
 * Fields are the same by their name; else, renamed, by an alias of the newer one that is the name of an
 * older one which is gone. The dataset's key and order fields are compared first: a type that they share with
 * other fields is compared once, and there it counts most. */
#include <stdlib.h>
#include <string.h>

#include "schema/diff/differ_priv.h"
#include "schema/model/nameset.h"

struct pairing {
    const struct sch_type *before;
    const struct sch_type *after;
    struct sch_nameset before_names;
    const struct sch_field **same; /* of each newer field: the older one; NULL: it is new */
    bool *stays;                   /* of each older field: a newer one is the same */
};

static int index_fields(const struct sch_type *record, struct sch_nameset *names)
{
    for (size_t i = 0; i < record->field_count; i++) {
        if (sch_nameset_put(names, record->fields[i].name, &record->fields[i], NULL) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The parser has made sure that no field's alias is another field's name or alias. */
static const struct sch_field *find_renamed(const struct sch_nameset *before_names,
                                            const struct sch_field *field)
{
    const struct sch_field *old = NULL;
    for (size_t i = 0; i < field->aliases.count && old == NULL; i++) {
        old = sch_nameset_get(before_names, field->aliases.items[i]);
    }
    return old;
}

static int pair_fields(struct pairing *pairing)
{
    const struct sch_type *after = pairing->after;
    pairing->same = calloc(after->field_count + 1, sizeof(struct sch_field *));
    pairing->stays = calloc(pairing->before->field_count + 1, sizeof(bool));
    if (pairing->same == NULL || pairing->stays == NULL ||
        index_fields(pairing->before, &pairing->before_names) != 0) {
        return -1;
    }
    for (size_t i = 0; i < after->field_count; i++) {
        const struct sch_field *old =
            sch_nameset_get(&pairing->before_names, after->fields[i].name);
        old = old != NULL ? old : find_renamed(&pairing->before_names, &after->fields[i]);
        pairing->same[i] = old;
        if (old != NULL) {
            pairing->stays[old - pairing->before->fields] = true;
        }
    }
    return 0;
}

static void pairing_fini(struct pairing *pairing)
{
    sch_nameset_fini(&pairing->before_names);
    free(pairing->same);
    free(pairing->stays);
}

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

static void diff_fields(struct sch_differ *d, const struct sch_place *at,
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
    sch_diff_field_attributes(d, &here, was, is);
    sch_diff_types(d, &here,
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
        diff_fields(d, at, records, before, after);
    } else {
        sch_find_types(d, &here,
                       after->default_bytes != NULL ? SCH_OPTIONAL_FIELD_ADDED
                                                    : SCH_REQUIRED_FIELD_ADDED,
                       NULL, after->type);
    }
}

/* The fields that have a role, or those that have none. Inside the structure no field has one. */
static void diff_pass(struct sch_differ *d, const struct sch_place *at,
                      const struct sch_side *records, const struct pairing *pairing, bool with_role)
{
    enum sch_diff_role outer = d->role;
    const struct sch_type *before = records[0].type;
    const struct sch_type *after = records[1].type;
    for (size_t i = 0; i < after->field_count && !d->failed; i++) {
        enum sch_diff_role role =
            at == NULL ? find_role(d, pairing->same[i], &after->fields[i]) : SCH_NO_ROLE;
        if ((role != SCH_NO_ROLE) == with_role) {
            d->role = role != SCH_NO_ROLE ? role : outer;
            diff_newer(d, at, records, pairing->same[i], &after->fields[i]);
            d->role = outer;
        }
    }
    for (size_t i = 0; i < before->field_count && !d->failed; i++) {
        const struct sch_field *old = &before->fields[i];
        enum sch_diff_role role = at == NULL ? find_role(d, old, NULL) : SCH_NO_ROLE;
        if (!pairing->stays[i] && (role != SCH_NO_ROLE) == with_role) {
            struct sch_place here = {
                .up = at, .name = old->name, .field = field_json(&records[0], old)};
            d->role = role != SCH_NO_ROLE ? role : outer;
            sch_find_types(d, &here, SCH_FIELD_REMOVED, old->type, NULL);
            d->role = outer;
        }
    }
}

static bool is_reordered(const struct pairing *pairing)
{
    const struct sch_field *last = NULL;
    for (size_t i = 0; i < pairing->after->field_count; i++) {
        const struct sch_field *old = pairing->same[i];
        if (old != NULL && last != NULL && old < last) {
            return true;
        }
        last = old != NULL ? old : last;
    }
    return false;
}

void sch_diff_records(struct sch_differ *d, const struct sch_place *at, struct sch_side before,
                      struct sch_side after)
{
    struct pairing pairing = {.before = before.type, .after = after.type};
    const struct sch_side records[] = {before, after};
    if (!sch_diff_spend(d, before.type->field_count + after.type->field_count)) {
        return;
    }
    if (pair_fields(&pairing) != 0) {
        sch_diff_fail(d, ERR_NO_MEMORY, "no memory to compare structures");
    } else {
        diff_pass(d, at, records, &pairing, true);
        diff_pass(d, at, records, &pairing, false);
        if (is_reordered(&pairing)) {
            sch_find(d, at, SCH_FIELDS_REORDERED, NULL, NULL);
        }
    }
    pairing_fini(&pairing);
}
