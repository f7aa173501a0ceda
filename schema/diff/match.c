/* SPDX-License-Identifier: Apache-2.0
 * schema/diff/match.c - which field of one record is which of another, and which branch of one union.
 *
 * Fields are the same by their name; else, renamed, by an alias of the newer one. Branches are the same by
 * their kind or their name, as they are in what is recorded. */
#include <stdlib.h>
#include <string.h>

#include "schema/diff/differ_priv.h"
#include "schema/model/names.h"

/* ---- fields ---- */

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

int sch_fields_init(struct sch_fields *fields)
{
    const struct sch_type *after = fields->after;
    fields->same = calloc(after->field_count + 1, sizeof(struct sch_field *));
    fields->stays = calloc(fields->before->field_count + 1, sizeof(bool));
    if (fields->same == NULL || fields->stays == NULL ||
        index_fields(fields->before, &fields->before_names) != 0) {
        return -1;
    }
    for (size_t i = 0; i < after->field_count; i++) {
        const struct sch_field *old = sch_nameset_get(&fields->before_names, after->fields[i].name);
        old = old != NULL ? old : find_renamed(&fields->before_names, &after->fields[i]);
        fields->same[i] = old;
        if (old != NULL) {
            fields->stays[old - fields->before->fields] = true;
        }
    }
    return 0;
}

void sch_fields_fini(struct sch_fields *fields)
{
    sch_nameset_fini(&fields->before_names);
    free(fields->same);
    free(fields->stays);
}

bool sch_fields_moved(const struct sch_fields *fields)
{
    const struct sch_field *last = NULL;
    for (size_t i = 0; i < fields->after->field_count; i++) {
        const struct sch_field *old = fields->same[i];
        if (old != NULL && last != NULL && old < last) {
            return true;
        }
        last = old != NULL ? old : last;
    }
    return false;
}

/* ---- branches ---- */

static bool is_same_branch(const struct sch_type *before, const struct sch_type *after,
                           bool by_full_name)
{
    if (before->kind != after->kind || before->name == NULL) {
        return before->kind == after->kind;
    }
    return by_full_name ? strcmp(before->name, after->name) == 0 : sch_names_match(after, before);
}

static void match_branches(struct sch_differ *d, const struct sch_type *before,
                           const struct sch_type *after, bool by_full_name,
                           struct sch_branches *branches)
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
bool sch_branches_init(struct sch_differ *d, const struct sch_type *before,
                       const struct sch_type *after, struct sch_branches *branches)
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

void sch_branches_fini(struct sch_branches *branches)
{
    free(branches->same);
    free(branches->stays);
}

bool sch_branches_moved(const struct sch_type *before, const struct sch_branches *branches)
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
