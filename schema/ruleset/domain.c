/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/domain.c - the rules of a rule set's JSON, in the form that the registry stores: conditions that are
 * computed when something is written are run here, others are left with a word about why. */
#include <string.h>

#include "schema/ruleset/reader_priv.h"

static bool is(const json_t *rule, const char *member, const char *value)
{
    return strcmp(ruleset_text(rule, member), value) == 0;
}

/* Why the register does not run it; NULL: it does. */
static const char *why_left(const json_t *rule)
{
    if (json_is_true(json_object_get(rule, "disabled"))) {
        return "it is disabled";
    }
    if (is(rule, "kind", "TRANSFORM")) {
        return "it changes the event, and what is sent is what is recorded";
    }
    if (!is(rule, "mode", "WRITE") && !is(rule, "mode", "WRITEREAD")) {
        return "it is for readers, not for what is written";
    }
    if (!is(rule, "type", "CEL") && !is(rule, "type", "CEL_FIELD")) {
        return "its type is neither CEL nor CEL_FIELD";
    }
    return NULL;
}

/* "ERROR,NONE" of a rule for both ways: what comes first is for what is written. */
static enum sch_rule_action action_of(const json_t *rule)
{
    const char *text = ruleset_text(rule, "onFailure");
    return strncmp(text, "NONE", 4) == 0 && (text[4] == '\0' || text[4] == ',')
               ? SCH_RULE_COUNT
               : SCH_RULE_QUARANTINE;
}

static bool param_is(const json_t *rule, const char *name, const char *value)
{
    return strcasecmp(ruleset_text(json_object_get(rule, "params"), name), value) == 0;
}

/* Confluent splits at the first semicolon, wherever it stands, unless the rule says that it is none. */
static int split_guard(struct reader *r, const json_t *rule, struct sch_rule *out)
{
    const char *text = ruleset_text(rule, "expr");
    const char *semicolon = strchr(text, ';');
    out->expr = text;
    if (semicolon == NULL || param_is(rule, "cel.ignore.guard.separator", "true")) {
        return 0;
    }
    out->expr = semicolon + 1 + strspn(semicolon + 1, " \t\r\n");
    if (strspn(text, " \t\r\n") >= (size_t)(semicolon - text)) {
        return 0; /* a blank guard is none */
    }
    out->guard = arena_printf(&r->out->arena, "%.*s", (int)(semicolon - text), text);
    return out->guard != NULL ? 0 : ruleset_no_memory(r);
}

static int read_rule(struct reader *r, const json_t *json)
{
    const char *name = ruleset_text(json, "name");
    const char *why = why_left(json);
    if (why != NULL) {
        return ruleset_leave(r, name, why);
    }
    struct sch_rule rule = {
        .kind = is(json, "type", "CEL_FIELD") ? SCH_RULE_FIELD : SCH_RULE_MESSAGE,
        .action = action_of(json),
        .name = name,
        .doc = ruleset_text(json, "doc"),
        .re2 = param_is(json, "cel.regex.engine", "re2"),
    };
    rule.tags = ruleset_strings(r, json_object_get(json, "tags"), &rule.tag_count);
    if (rule.tags == NULL) {
        return ruleset_no_memory(r);
    }
    return split_guard(r, json, &rule) < 0 ? -1 : ruleset_add(r, &rule);
}

static int leave_all(struct reader *r, const json_t *rules, const char *why)
{
    for (size_t i = 0; i < json_array_size(rules); i++) {
        if (ruleset_leave(r, ruleset_text(json_array_get(rules, i), "name"), why) < 0) {
            return -1;
        }
    }
    return 0;
}

int ruleset_read_domain(struct reader *r, const json_t *rule_set)
{
    const json_t *rules = json_object_get(rule_set, "domainRules");
    if (json_array_size(rules) > SCH_MAX_RULES) {
        return ruleset_fault(r, "set", "a structure has at most 500 rules");
    }
    for (size_t i = 0; i < json_array_size(rules); i++) {
        if (read_rule(r, json_array_get(rules, i)) < 0) {
            return -1;
        }
    }
    return leave_all(r, json_object_get(rule_set, "migrationRules"),
                     "it is for migrations, which readers do") < 0 ||
                   leave_all(r, json_object_get(rule_set, "encodingRules"),
                             "it is for the encoding of the whole event") < 0
               ? -1
               : 0;
}
