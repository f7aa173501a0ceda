/* SPDX-License-Identifier: Apache-2.0
 * registry/ground.c - see the header. registry/merge.c merges texts; here is which ones, and in which order. */
#include "registry/ground.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/merge.h"

const char *reg_layer_name(enum sto_layer_kind kind)
{
    static const char *const names[] = {
        [STO_DEFAULT_METADATA] = "defaultMetadata",
        [STO_OVERRIDE_METADATA] = "overrideMetadata",
        [STO_DEFAULT_RULE_SET] = "defaultRuleSet",
        [STO_OVERRIDE_RULE_SET] = "overrideRuleSet",
    };
    return names[kind];
}

const char *reg_layer_of(const struct sto_scope *scope, enum sto_layer_kind kind)
{
    const char *of = scope->layers[kind].of;
    return of != NULL && of[0] != '\0' ? of : "the registry";
}

bool reg_ground_has_layers(const struct sto_scope *scope)
{
    for (int i = 0; i < STO_LAYERS; i++) {
        if (scope->layers[i].json != NULL) {
            return true;
        }
    }
    return false;
}

static int take_from_last(const struct sto_registered *last, const char **metadata,
                          const char **rule_set, struct arena *arena, struct err *err)
{
    if ((*metadata == NULL && reg_metadata_reform(last->metadata, arena, metadata, err) != 0) ||
        (*rule_set == NULL && reg_rule_set_reform(last->rule_set, arena, rule_set, err) != 0)) {
        return err_add(err, "reading version %d of %.100s", (int)last->version, last->subject);
    }
    return 0;
}

static bool differ(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one != other : strcmp(one, other) != 0;
}

/* Which settings took part in what has failed. */
static int add_layers(const struct sto_scope *scope, struct err *err)
{
    static const enum sto_layer_kind kinds[] = {STO_DEFAULT_RULE_SET, STO_OVERRIDE_RULE_SET};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (scope->layers[kinds[i]].json != NULL) {
            err_add(err, "merging the %s of the config of %.100s", reg_layer_name(kinds[i]),
                    reg_layer_of(scope, kinds[i]));
        }
    }
    return -1;
}

int reg_candidate_merge(struct reg_candidate *candidate, const struct reg_ground *ground,
                        struct arena *arena, bool *changed, struct err *err)
{
    const struct sto_layer *layers = ground->scope->layers;
    struct reg_layers metadata = {layers[STO_DEFAULT_METADATA].json, ground->body->metadata,
                                  layers[STO_OVERRIDE_METADATA].json};
    struct reg_layers rules = {layers[STO_DEFAULT_RULE_SET].json, ground->body->rule_set,
                               layers[STO_OVERRIDE_RULE_SET].json};
    const char *merged_metadata;
    const char *merged_rules;
    if ((ground->last != NULL &&
         take_from_last(ground->last, &metadata.own, &rules.own, arena, err) != 0) ||
        reg_merge_metadata(&metadata, arena, &merged_metadata, err) != 0) {
        return -1;
    }
    if (reg_merge_rule_sets(&rules, arena, &merged_rules, err) != 0) {
        return add_layers(ground->scope, err);
    }
    *changed = differ(merged_metadata, ground->body->metadata) ||
               differ(merged_rules, ground->body->rule_set);
    return reg_candidate_set(candidate, merged_metadata, merged_rules, err);
}

int reg_candidate_number(struct reg_candidate *candidate, int32_t number, struct arena *arena,
                         struct err *err)
{
    char text[16];
    const char *metadata;
    snprintf(text, sizeof(text), "%d", (int)number);
    return reg_version_property_set(candidate->metadata, number > 0 ? text : NULL, arena, &metadata,
                                    err) != 0
               ? -1
               : reg_candidate_set(candidate, metadata, candidate->rule_set, err);
}

/* NULL: it has none that is a number. */
static const char *number_in(const char *metadata, struct arena *arena)
{
    const char *text = reg_version_property(metadata, arena);
    size_t len = text != NULL ? strlen(text) : 0;
    size_t sign = len > 0 && text[0] == '-' ? 1 : 0;
    return len > sign && strspn(text + sign, "0123456789") == len - sign ? text : NULL;
}

/* As reg_candidate_is, in whatever form. */
static bool is_row(const struct reg_candidate *candidate, const struct sto_registered *row)
{
    return reg_candidate_is(candidate, &candidate->plain, row, true) ||
           reg_candidate_is(candidate, &candidate->plain, row, false);
}

int reg_candidate_match_numbered(struct reg_candidate *candidate, const struct sto_registered *row,
                                 struct arena *arena, bool *same, struct err *err)
{
    const char *sent = number_in(candidate->metadata, arena);
    const char *stored = number_in(row->metadata, arena);
    struct reg_candidate with = *candidate;
    *same = false;
    if ((sent == NULL) == (stored == NULL) ||
        (sent != NULL && strtol(sent, NULL, 10) != row->version)) {
        return 0;
    }
    if (reg_version_property_set(candidate->metadata, stored, arena, &with.metadata, err) != 0 ||
        reg_candidate_set(&with, with.metadata, with.rule_set, err) != 0) {
        return -1;
    }
    *same = is_row(&with, row);
    if (!*same && strcmp(with.metadata, "{}") == 0) { /* none at all is the same as an empty one */
        if (reg_candidate_set(&with, NULL, with.rule_set, err) != 0) {
            return -1;
        }
        *same = is_row(&with, row);
    }
    if (*same) {
        *candidate = with;
    }
    return 0;
}
