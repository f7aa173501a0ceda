/* SPDX-License-Identifier: Apache-2.0
 * registry/rule_set.c - the form of a rule set, and the list of what is refused.
 *
 * A rule: {name, doc, kind, mode, type, tags, params, expr, onSuccess, onFailure, disabled}. Kind
 * TRANSFORM and mode WRITEREAD are what a rule is that does not say. A rule that is disabled is
 * refused like one that is not: clients may switch it on without us. */
#include "registry/rule_set.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "schema/ruleset/ruleset.h"

enum { RULES_MAX = 1000, NAME_SHOWN_BYTES = 64 };

/* Where a rule stands and when it runs. */
enum { MIGRATION = 1, DOMAIN = 2, ENCODING = 4, ANY_PHASE = 7 };
enum { ON_WRITE = 1, ON_READ = 2, ON_MIGRATION = 4, ANY_MODE = 7 };

static const struct {
    const char *name;
    int bit;
} phases[] = {
    {"migrationRules", MIGRATION},
    {"domainRules", DOMAIN},
    {"encodingRules", ENCODING},
};

static const struct {
    const char *name;
    int when;
    bool both_ways; /* an action may be two, "NONE,ERROR": one for each way */
} modes[] = {
    {"WRITE", ON_WRITE, false},
    {"READ", ON_READ, false},
    {"WRITEREAD", ON_WRITE | ON_READ, true},
    {"UPGRADE", ON_MIGRATION, false},
    {"DOWNGRADE", ON_MIGRATION, false},
    {"UPDOWN", ON_MIGRATION, true},
};

/* What would keep values from the Center. type and kind: "": any; `type` is a prefix, in any case. */
static const struct {
    const char *type;
    const char *kind;
    int phases;
    int when;
    const char *why;
} refused[] = {
    {"ENCRYPT", "", ANY_PHASE, ANY_MODE, "it encrypts values"},
    {"MASK", "", ANY_PHASE, ANY_MODE, "it masks values"},
    {"", "TRANSFORM", DOMAIN | ENCODING, ON_WRITE, "it changes values before they are sent"},
};

static const char *const text_fields[] = {"name", "doc", "type", "expr", "onSuccess", "onFailure"};

static int bad(struct err *err, const char *rule, const char *why)
{
    return err_set(err, ERR_KIND_FATAL, ERR_BAD_RULE_SET, "rule \"%.*s\" %s",
                   (int)utf8_cut(rule, NAME_SHOWN_BYTES), rule, why);
}

static bool is_plain(const json_t *text)
{
    return json_is_string(text) && strlen(json_string_value(text)) == json_string_length(text);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

json_t *reg_json_string_set(const json_t *given)
{
    size_t count = json_array_size(given);
    const char **sorted = calloc(count + 1, sizeof(*sorted));
    json_t *set = json_array();
    bool failed = sorted == NULL || set == NULL ||
                  !(given == NULL || json_is_null(given) || json_is_array(given));
    for (size_t i = 0; i < count && !failed; i++) {
        failed = !is_plain(json_array_get(given, i));
        sorted[i] = failed ? NULL : json_string_value(json_array_get(given, i));
    }
    if (!failed) {
        qsort(sorted, count, sizeof(*sorted), compare);
    }
    for (size_t i = 0; i < count && !failed; i++) {
        bool again = i > 0 && strcmp(sorted[i], sorted[i - 1]) == 0;
        failed = !again && json_array_append_new(set, json_string(sorted[i])) != 0;
    }
    free(sorted);
    if (failed) {
        json_decref(set);
        return NULL;
    }
    return set;
}

json_t *reg_json_string_map(const json_t *given)
{
    json_t *map = json_object();
    bool failed = map == NULL || !(given == NULL || json_is_null(given) || json_is_object(given));
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)given, key, value)
    {
        if (json_is_null(value)) {
            continue;
        }
        if (!failed) {
            failed = !is_plain(value) ||
                     json_object_set_new(map, key, json_string(json_string_value(value))) != 0;
        }
    }
    if (failed) {
        json_decref(map);
        return NULL;
    }
    return map;
}

/* ---- one rule ---- */

static int when_of(const char *mode)
{
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        if (strcmp(modes[i].name, mode) == 0) {
            return modes[i].when;
        }
    }
    return 0;
}

static bool is_both_ways(const char *mode)
{
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        if (strcmp(modes[i].name, mode) == 0) {
            return modes[i].both_ways;
        }
    }
    return false;
}

/* As Confluent's registry has it, letters of every script, and - too. It has no bound and no normal form: two spellings that
 * look the same would be two rules, in counters and in the quarantine. */
static bool is_name(const char *name)
{
    for (const char *at = name; *at != '\0';) {
        bool is_first = at == name;
        uint32_t code = utf8_next(&at);
        bool fits = code == '_' || (utf8_is_letter(code) && utf8_is_composed(code)) ||
                    (!is_first && (code == '-' || utf8_is_digit(code)));
        if (!fits) {
            return false;
        }
    }
    return *name != '\0' && strlen(name) <= SCH_MAX_RULE_NAME;
}

static int copy_texts(const json_t *given, json_t *rule, struct err *err)
{
    const json_t *name = json_object_get(given, "name");
    if (!is_plain(name) || !is_name(json_string_value(name))) {
        return bad(err, is_plain(name) ? json_string_value(name) : "",
                   "must have a name: letters and digits of any script, without marks and composed "
                   "(NFC), _ and -, a letter or _ first, at most 256 bytes");
    }
    for (size_t i = 0; i < COUNT_OF(text_fields); i++) {
        const json_t *text = json_object_get(given, text_fields[i]);
        if (text == NULL || json_is_null(text)) {
            continue;
        }
        if (!is_plain(text) ||
            json_object_set_new(rule, text_fields[i], json_string(json_string_value(text))) != 0) {
            return bad(err, json_string_value(name), "has a field that is not a text");
        }
    }
    if (json_object_get(rule, "type") == NULL) {
        return bad(err, json_string_value(name), "has no type");
    }
    return 0;
}

static int copy_kind_and_mode(const json_t *given, int phase, json_t *rule, struct err *err)
{
    const char *name = json_string_value(json_object_get(rule, "name"));
    const json_t *kind_given = json_object_get(given, "kind");
    const json_t *mode_given = json_object_get(given, "mode");
    bool has_kind = kind_given != NULL && !json_is_null(kind_given);
    bool has_mode = mode_given != NULL && !json_is_null(mode_given);
    const char *kind = has_kind ? json_string_value(kind_given) : "TRANSFORM";
    const char *mode = has_mode ? json_string_value(mode_given) : "WRITEREAD";
    int when = mode != NULL ? when_of(mode) : 0;
    if (kind == NULL || (strcmp(kind, "TRANSFORM") != 0 && strcmp(kind, "CONDITION") != 0)) {
        return bad(err, name, "is neither of kind TRANSFORM nor CONDITION");
    }
    if (when == 0) {
        return bad(err, name, "has a mode that is not known");
    }
    if ((phase == MIGRATION) != (when == ON_MIGRATION)) {
        return bad(err, name,
                   phase == MIGRATION ? "is for migration, so its mode is UPGRADE, DOWNGRADE or "
                                        "UPDOWN"
                                      : "has not mode WRITE, READ or WRITEREAD");
    }
    if (json_object_set_new(rule, "kind", json_string(kind)) != 0 ||
        json_object_set_new(rule, "mode", json_string(mode)) != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    }
    return 0;
}

/* One action, or "A,B" of a rule that runs both ways. */
static int check_actions(const json_t *rule, struct err *err)
{
    static const char *const names[] = {"onSuccess", "onFailure"};
    const char *rule_name = json_string_value(json_object_get(rule, "name"));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *action = json_string_value(json_object_get(rule, names[i]));
        const char *comma = action != NULL ? strchr(action, ',') : NULL;
        if (comma == NULL) {
            continue;
        }
        if (!is_both_ways(json_string_value(json_object_get(rule, "mode")))) {
            return bad(err, rule_name,
                       "has two actions, and its mode is neither WRITEREAD nor UPDOWN");
        }
        if (comma == action || comma[1] == '\0' || strchr(comma + 1, ',') != NULL) {
            return bad(err, rule_name, "has actions that are not of the form A,B");
        }
    }
    return 0;
}

static int copy_sets(const json_t *given, json_t *rule, struct err *err)
{
    const char *name = json_string_value(json_object_get(rule, "name"));
    json_t *tags = reg_json_string_set(json_object_get(given, "tags"));
    json_t *params = reg_json_string_map(json_object_get(given, "params"));
    const json_t *disabled = json_object_get(given, "disabled");
    int rc = 0;
    if (tags == NULL || params == NULL) {
        rc = bad(err, name, "has tags or params that are not texts");
    } else if (disabled != NULL && !json_is_boolean(disabled) && !json_is_null(disabled)) {
        rc = bad(err, name, "is disabled neither true nor false");
    } else if ((json_array_size(tags) > 0 && json_object_set(rule, "tags", tags) != 0) ||
               (json_object_size(params) > 0 && json_object_set(rule, "params", params) != 0) ||
               json_object_set_new(rule, "disabled", json_boolean(json_is_true(disabled))) != 0) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    }
    json_decref(tags);
    json_decref(params);
    return rc;
}

static json_t *form_rule(const json_t *given, int phase, struct err *err)
{
    json_t *rule = json_object();
    if (!json_is_object(given)) {
        bad(err, "", "is not an object");
    } else if (rule == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    } else if (copy_texts(given, rule, err) == 0 &&
               copy_kind_and_mode(given, phase, rule, err) == 0 && check_actions(rule, err) == 0 &&
               copy_sets(given, rule, err) == 0) {
        return rule;
    }
    json_decref(rule);
    return NULL;
}

/* ---- the set ---- */

/* names: of all rules so far, as keys. */
static int form_rules(const json_t *given, int phase, json_t *names, json_t *list, struct err *err)
{
    if (given != NULL && !json_is_null(given) && !json_is_array(given)) {
        return bad(err, "", "stands in no array");
    }
    for (size_t i = 0; i < json_array_size(given); i++) {
        json_t *rule = form_rule(json_array_get(given, i), phase, err);
        if (rule == NULL) {
            return -1;
        }
        const char *name = json_string_value(json_object_get(rule, "name"));
        bool again = json_object_get(names, name) != NULL;
        if (again || json_object_size(names) >= RULES_MAX) {
            bad(err, name, again ? "is there twice" : "is one too many");
            json_decref(rule);
            return -1;
        }
        if (json_object_set_new(names, name, json_true()) != 0 ||
            json_array_append_new(list, rule) != 0) {
            return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
        }
    }
    return 0;
}

json_t *reg_rule_set_form(const json_t *given, struct err *err)
{
    json_t *set = json_object();
    json_t *names = json_object();
    int rc = 0;
    if (!json_is_object(given)) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_BAD_RULE_SET, "ruleSet is not an object");
    }
    for (size_t i = 0; rc == 0 && i < COUNT_OF(phases); i++) {
        json_t *list = json_array();
        rc = form_rules(json_object_get(given, phases[i].name), phases[i].bit, names, list, err);
        if (rc == 0 && json_array_size(list) > 0) {
            rc = json_object_set(set, phases[i].name, list);
        }
        json_decref(list);
    }
    const json_t *at = json_object_get(given, "enableAt");
    if (rc == 0 && is_plain(at)) {
        rc = json_object_set_new(set, "enableAt", json_string(json_string_value(at)));
    }
    json_decref(names);
    if (rc != 0) {
        json_decref(set);
        return NULL;
    }
    return set;
}

static int check_rule(const json_t *rule, int phase, struct err *err)
{
    const char *name = json_string_value(json_object_get(rule, "name"));
    const char *type = json_string_value(json_object_get(rule, "type"));
    const char *kind = json_string_value(json_object_get(rule, "kind"));
    int when = when_of(json_string_value(json_object_get(rule, "mode")));
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        bool is_type = strncasecmp(type, refused[i].type, strlen(refused[i].type)) == 0;
        bool is_kind = refused[i].kind[0] == '\0' || strcmp(kind, refused[i].kind) == 0;
        if (is_type && is_kind && (refused[i].phases & phase) != 0 &&
            (refused[i].when & when) != 0) {
            return err_set(err, ERR_KIND_FATAL, ERR_BAD_RULE_SET,
                           "rule \"%.*s\" of type %.64s is not allowed: %s, and the Center must "
                           "receive data that it can read (NRL-4)",
                           (int)utf8_cut(name, NAME_SHOWN_BYTES), name, type, refused[i].why);
        }
    }
    return 0;
}

int reg_rule_set_check(const char *rule_set, struct err *err)
{
    if (rule_set == NULL) {
        return 0;
    }
    json_t *set = json_loads(rule_set, 0, NULL);
    int rc = set != NULL ? 0 : err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    for (size_t p = 0; rc == 0 && p < COUNT_OF(phases); p++) {
        const json_t *rules = json_object_get(set, phases[p].name);
        for (size_t i = 0; rc == 0 && i < json_array_size(rules); i++) {
            rc = check_rule(json_array_get(rules, i), phases[p].bit, err);
        }
    }
    json_decref(set);
    return rc;
}
