/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/ruleset.c - the lists of a rule set, and their bounds.
 *
 * Neighbours: domain.c reads the rule set's JSON, inline.c the schema's text, contract.c takes the contract's rules,
 * checks.c compiles what was read. */
#include "schema/ruleset/ruleset.h"

#include <string.h>

#include "base/utf8.h"
#include "schema/rules/cel.h"
#include "schema/ruleset/reader_priv.h"

int ruleset_no_memory(struct reader *r)
{
    return err_set(r->err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for a rule set");
}

int ruleset_fault(struct reader *r, const char *rule, const char *why)
{
    return err_set(r->err, ERR_KIND_FATAL, ERR_BAD_RULE, "rule %.100s: %s", rule, why);
}

const char *ruleset_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

const char **ruleset_strings(struct reader *r, const json_t *array, size_t *count)
{
    const char **strings =
        arena_calloc(&r->out->arena, json_array_size(array) + 1, sizeof(*strings));
    *count = 0;
    for (size_t i = 0; strings != NULL && i < json_array_size(array); i++) {
        const char *text = json_string_value(json_array_get(array, i));
        if (text == NULL) {
            continue;
        }
        strings[*count] = arena_strdup(&r->out->arena, text);
        if (strings[(*count)++] == NULL) {
            return NULL;
        }
    }
    return strings;
}

const char *sch_rule_origin_name(enum sch_rule_origin origin)
{
    return origin == SCH_ORIGIN_CONTRACT ? "contract" : "structure";
}

const char *sch_rule_action_name(enum sch_rule_action action)
{
    static const char *const names[] = {"quarantine", "warn", "count"};
    return names[action];
}

bool ruleset_has(const struct reader *r, enum sch_rule_origin origin, const char *name)
{
    const struct sch_ruleset *set = r->out;
    size_t i = 0;
    while (i < set->count &&
           (set->rules[i].origin != origin || strcmp(set->rules[i].name, name) != 0)) {
        i++;
    }
    return i < set->count;
}

static size_t count_of(const struct sch_ruleset *set, enum sch_rule_origin origin)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++) {
        count += set->rules[i].origin == origin;
    }
    return count;
}

static const char *text_or_none(const char *text)
{
    return text != NULL ? text : "";
}

/* A name stands in tables, logs and messages: it turns no line around. U+061C, U+200E and U+200F are marks that nobody sees. */
static bool is_visible(const char *name)
{
    while (*name != '\0') {
        uint32_t code = utf8_next(&name);
        if (utf8_is_control(code) || code == 0x061C || code == 0x200E || code == 0x200F) {
            return false;
        }
    }
    return true;
}

int ruleset_add(struct reader *r, const struct sch_rule *rule)
{
    struct sch_ruleset *set = r->out;
    size_t len = strlen(rule->expr);
    if (strlen(rule->name) > SCH_MAX_RULE_NAME) {
        return ruleset_fault(r, rule->name, "its name is longer than 256 bytes");
    }
    if (!is_visible(rule->name)) {
        return ruleset_fault(r, rule->name,
                             "its name has a control character or a mark of direction");
    }
    if (len == 0) {
        return ruleset_fault(r, rule->name, "it has no expression");
    }
    if (len > CEL_MAX_TEXT_BYTES ||
        (rule->guard != NULL && strlen(rule->guard) > CEL_MAX_TEXT_BYTES)) {
        return ruleset_fault(r, rule->name, "its expression is longer than 65536 bytes");
    }
    if (count_of(set, rule->origin) >= SCH_MAX_RULES) {
        return ruleset_fault(r, rule->name, "a structure has at most 500 rules");
    }
    if (ruleset_has(r, rule->origin, rule->name)) {
        return ruleset_fault(r, rule->name, "another rule has its name");
    }
    struct arena *arena = &set->arena;
    struct sch_rule *rules = arena_push(arena, set->rules, set->count, sizeof(*rules));
    if (rules == NULL) {
        return ruleset_no_memory(r);
    }
    set->rules = rules;
    struct sch_rule *copy = &rules[set->count++];
    *copy = *rule;
    copy->name = arena_strdup(arena, rule->name);
    copy->doc = arena_strdup(arena, rule->doc);
    copy->expr = arena_strdup(arena, rule->expr);
    copy->record = arena_strdup(arena, text_or_none(rule->record));
    copy->field = arena_strdup(arena, text_or_none(rule->field));
    copy->path = arena_strdup(arena, text_or_none(rule->path));
    copy->guard = rule->guard != NULL ? arena_strdup(arena, rule->guard) : NULL;
    return copy->name == NULL || copy->doc == NULL || copy->expr == NULL || copy->record == NULL ||
                   copy->field == NULL || copy->path == NULL ||
                   (rule->guard != NULL && copy->guard == NULL)
               ? ruleset_no_memory(r)
               : 0;
}

int ruleset_leave(struct reader *r, const char *name, const char *why)
{
    struct sch_ruleset *set = r->out;
    struct sch_rule_left *left = arena_push(&set->arena, set->left, set->left_count, sizeof(*left));
    const char *copy = arena_strdup(&set->arena, name);
    if (left == NULL || copy == NULL) {
        return ruleset_no_memory(r);
    }
    set->left = left;
    left[set->left_count++] = (struct sch_rule_left){copy, why};
    return 0;
}

int ruleset_tag(struct reader *r, const char *record, const char *field, const json_t *tags)
{
    struct sch_ruleset *set = r->out;
    size_t count;
    const char **strings = ruleset_strings(r, tags, &count);
    if (strings == NULL) {
        return ruleset_no_memory(r);
    }
    struct sch_field_tags *fields =
        arena_push(&set->arena, set->fields, set->field_count, sizeof(*fields));
    record = arena_strdup(&set->arena, record);
    field = arena_strdup(&set->arena, field);
    if (fields == NULL || record == NULL || field == NULL) {
        return ruleset_no_memory(r);
    }
    set->fields = fields;
    fields[set->field_count++] = (struct sch_field_tags){record, field, strings, count};
    return 0;
}

void sch_ruleset_fini(struct sch_ruleset *ruleset)
{
    arena_fini(&ruleset->arena);
    *ruleset = (struct sch_ruleset){.arena = ARENA_INIT};
}
