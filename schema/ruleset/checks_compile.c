/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/checks_compile.c - from rules to checks: each rule is compiled for each of its places (checks_places.c), with the
 * types that the structure has there.
 *
 * A rule for fields is often written for one kind of field behind a guard (typeName == 'STRING' ; size(value) > 0). So its
 * expression need not fit a field whose guard does not hold whatever the value: the guard is tried without one. */
#include <stdlib.h>
#include <string.h>

#include "schema/ruleset/compile_priv.h"

int checks_no_memory(struct compiling *c)
{
    return err_set(c->err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for rules");
}

/* ---- variables ---- */

static void add(struct cel_variable *variables, uint32_t *count, const char *name,
                const struct cel_type *type)
{
    variables[(*count)++] = (struct cel_variable){name, type};
}

/* In the order in which checks_run.c fills them. */
static uint32_t variables_of(struct arena *arena, const struct sch_rule *rule,
                             const struct place *place,
                             struct cel_variable variables[VARIABLES_MOST])
{
    const struct cel_type *string = cel_type_simple(CEL_TYPE_STRING);
    uint32_t count = 0;
    const struct cel_type *type = cel_type_of_avro(arena, place->type);
    if (type != NULL && type->kind == CEL_TYPE_NULLABLE) {
        type = type->params[0]; /* a null is not checked */
    }
    if (rule->kind == SCH_RULE_FIELD) {
        add(variables, &count, "value", type);
        add(variables, &count, "fullName", string);
        add(variables, &count, "name", string);
        add(variables, &count, "typeName", string);
        add(variables, &count, "tags", cel_type_list(arena, string));
        add(variables, &count, "message", cel_type_of_avro(arena, place->record));
    } else {
        add(variables, &count, rule->kind == SCH_RULE_INLINE ? "this" : "message", type);
    }
    add(variables, &count, "now", cel_type_simple(CEL_TYPE_TIMESTAMP));
    return count;
}

/* ---- one check ---- */

static struct cel_program *compile_text(struct arena *arena, const char *text,
                                        const struct sch_rule *rule, const struct place *place,
                                        struct err *err)
{
    struct cel_variable variables[VARIABLES_MOST];
    const struct cel_scope scope = {.variables = variables,
                                    .variable_count = variables_of(arena, rule, place, variables),
                                    .container = ""};
    /* Confluent's matches() is of the whole text, in rules of both kinds. JSON Schema's pattern is of a part. */
    const struct cel_options options = {.regex = rule->re2 ? CEL_REGEX_RE2 : CEL_REGEX_PCRE,
                                        .full_match = !rule->searches,
                                        .wants_bool = rule->kind != SCH_RULE_INLINE,
                                        .wants_reason = rule->kind == SCH_RULE_INLINE};
    return cel_compile(text, strlen(text), &scope, &options, err);
}

/* As Confluent's clients call it; of a type beside null: that type's. */
static const char *type_name(const struct sch_type *type)
{
    static const char *const names[] = {"NULL",   "BOOLEAN", "INT",      "LONG",   "FLOAT",
                                        "DOUBLE", "BYTES",   "STRING",   "RECORD", "ENUM",
                                        "ARRAY",  "MAP",     "COMBINED", "FIXED"};
    for (size_t i = 0; type->kind == SCH_UNION && i < type->branch_count && type->branch_count <= 2;
         i++) {
        if (type->branches[i]->kind != SCH_NULL) {
            return names[type->branches[i]->kind];
        }
    }
    return names[type->kind];
}

static struct cel_value text_value(const char *text)
{
    return cel_bytes(CEL_STRING, text, strlen(text));
}

static bool describe_field(struct compiling *c, const struct place *place, struct check *check)
{
    struct arena *arena = &c->out->arena;
    const char *full = arena_printf(arena, "%s.%s", place->record->name, place->field->name);
    size_t count = 0;
    const char **tags = NULL;
    for (size_t i = 0; i < c->ruleset->field_count; i++) {
        if (checks_is_tags_of(&c->ruleset->fields[i], place)) {
            tags = c->ruleset->fields[i].tags;
            count = c->ruleset->fields[i].count;
        }
    }
    struct cel_value *items = arena_calloc(arena, count + 1, sizeof(*items));
    if (full == NULL || items == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *copy = arena_strdup(arena, tags[i]);
        if (copy == NULL) {
            return false;
        }
        items[i] = text_value(copy);
    }
    check->full_name = text_value(full);
    check->name = text_value(place->field->name);
    check->type_name = text_value(type_name(place->type));
    check->tags = cel_items(CEL_LIST, items, count);
    return true;
}

/* Whether the guard is false whatever the field holds. */
static bool guard_excludes(struct compiling *c, const struct check *check)
{
    const struct cel_value unknown = cel_error(CEL_UNKNOWN_VALUE, "not known yet");
    const struct cel_value variables[VARIABLES_MOST] = {
        unknown, check->full_name, check->name, check->type_name, check->tags, unknown, unknown};
    struct cel_value result;
    cel_machine_begin(c->machine, 0, 10000);
    cel_evaluate(c->machine, check->guard, variables, &result);
    return result.kind == CEL_BOOL && !result.b;
}

int checks_leave(struct compiling *c, const struct sch_rule *rule, const char *path,
                 const char *why)
{
    struct sch_checks *out = c->out;
    struct sch_rule_left *left = arena_push(&out->arena, out->left, out->left_count, sizeof(*left));
    const char *name =
        arena_printf(&out->arena, "%s%s%s", rule->name, *path != '\0' ? " at " : "", path);
    const char *copy = arena_strdup(&out->arena, why);
    if (left == NULL || name == NULL || copy == NULL) {
        return checks_no_memory(c);
    }
    out->left = left;
    left[out->left_count++] = (struct sch_rule_left){name, copy};
    return 0;
}

/* The rule does not compile here. */
static int refuse(struct compiling *c, const struct sch_rule *rule, const struct place *place,
                  const struct err *why)
{
    if (why->code == ERR_NO_MEMORY) {
        return checks_no_memory(c);
    }
    if (!c->strict) {
        return checks_leave(c, rule, place->path, why->text);
    }
    const char *at = *place->path != '\0' ? " at " : "";
    return err_set(c->err, ERR_KIND_FATAL, ERR_BAD_RULE, "rule %.100s%s%.100s: %s", rule->name, at,
                   place->path, why->text);
}

static int push_rule(struct compiling *c, const struct sch_rule *rule)
{
    struct sch_checks *out = c->out;
    struct sch_checked_rule *rules =
        arena_push(&out->arena, out->rules, out->rule_count, sizeof(*rules));
    const char *name = arena_strdup(&out->arena, rule->name);
    if (rules == NULL || name == NULL) {
        return checks_no_memory(c);
    }
    out->rules = rules;
    rules[out->rule_count++] = (struct sch_checked_rule){name, rule->origin, rule->action};
    c->rule_is_new = false;
    return 0;
}

static int push_check(struct compiling *c, const struct sch_rule *rule, struct check *check)
{
    if (c->rule_is_new && push_rule(c, rule) < 0) {
        return -1;
    }
    if (c->out->count >= SCH_MAX_CHECKS) {
        return err_set(c->err, ERR_KIND_FATAL, ERR_BAD_RULE,
                       "rule %.100s: the rules have more than %d places in the structure",
                       rule->name, SCH_MAX_CHECKS);
    }
    check->rule = (uint16_t)(c->out->rule_count - 1);
    struct check *list = arena_push(&c->out->arena, c->out->list, c->out->count, sizeof(*list));
    if (list == NULL) {
        return checks_no_memory(c);
    }
    c->out->list = list;
    list[c->out->count++] = *check;
    return 0;
}

static int fill_check(struct compiling *c, const struct sch_rule *rule, const struct place *place,
                      struct check *check)
{
    struct arena *arena = &c->out->arena;
    *check = (struct check){
        .kind = rule->kind,
        .doc = arena_strdup(arena, rule->doc),
        .expr = arena_strdup(arena, rule->expr),
        .steps = arena_memdup(arena, place->steps, place->step_count * sizeof(*place->steps)),
        .step_count = place->step_count};
    bool good = check->doc != NULL && check->expr != NULL && check->steps != NULL &&
                (rule->kind != SCH_RULE_FIELD || describe_field(c, place, check));
    return good ? 0 : checks_no_memory(c);
}

/* Programs in the list are freed with it; until then they are ours. */
int checks_compile_at(struct compiling *c, const struct sch_rule *rule, const struct place *place)
{
    struct err why = ERR_INIT;
    struct check check;
    struct arena types = ARENA_INIT;
    int rc = fill_check(c, rule, place, &check);
    if (rc == 0 && rule->guard != NULL) {
        check.guard = compile_text(&types, rule->guard, rule, place, &why);
        rc = check.guard == NULL ? refuse(c, rule, place, &why) : 0;
        if (rc < 0 || check.guard == NULL ||
            (rule->kind == SCH_RULE_FIELD && guard_excludes(c, &check))) {
            goto out;
        }
    }
    if (rc == 0) {
        check.program = compile_text(&types, rule->expr, rule, place, &why);
        rc = check.program == NULL ? refuse(c, rule, place, &why) : push_check(c, rule, &check);
        if (rc == 0 && check.program != NULL) {
            arena_fini(&types);
            return 0;
        }
    }
out:
    cel_program_free(&check.guard);
    cel_program_free(&check.program);
    arena_fini(&types);
    return rc;
}
