/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/shape_quality.c - the standard's structure: a quality rule, whose type says which members it has.
 *
 * A rule with a metric is of the type library. One with neither says nothing that anybody could run, though the standard's
 * text has library as the default: it is refused. */
#include <string.h>

#include "schema/contract/quality.h"
#include "schema/contract/shape_priv.h"

static const char *const types[] = {"text", "library", "sql", "custom", NULL};
#define X(id, word) word,
static const char *const metrics[] = {SCH_METRIC_TABLE(X) NULL};
static const char *const dimensions[] = {SCH_DIMENSION_TABLE(X) NULL};
static const char *const severities[] = {SCH_SEVERITY_TABLE(X) NULL};
static const char *const comparisons[] = {SCH_COMPARISON_TABLE(X) NULL};
#undef X

static void check_arguments(struct shape_check *c, const struct yaml_node *node)
{
    if (node->kind != YAML_OBJECT) {
        finding_error(c->findings, node,
                      "arguments is an object with members, not %s: are they indented below it?",
                      shape_kind_of(node));
    }
}

static void check_implementation(struct shape_check *c, const struct yaml_node *node)
{
    if (node->kind == YAML_LIST || yaml_is_null(node)) {
        finding_error(c->findings, node, "implementation is a text or an object, not %s",
                      shape_kind_of(node));
    }
}

static const struct shape_field fields[] = {
    SHAPE_STABLE_ID,
    SHAPE_DEFINITIONS,
    SHAPE_IS("businessImpact", SHAPE_TEXT, 0),
    SHAPE_CUSTOM,
    SHAPE_IS("description", SHAPE_TEXT, 0),
    {"dimension", SHAPE_WORD, 0, NULL, dimensions, NULL},
    SHAPE_IS("method", SHAPE_TEXT, 0),
    SHAPE_IS("name", SHAPE_TEXT, 0),
    SHAPE_IS("schedule", SHAPE_TEXT, 0),
    SHAPE_IS("scheduler", SHAPE_TEXT, 0),
    {"severity", SHAPE_WORD, 0, NULL, severities, NULL},
    SHAPE_TAGS,
    {"type", SHAPE_WORD, 0, NULL, types, NULL},
    SHAPE_IS("unit", SHAPE_TEXT, 0),
    {"metric", SHAPE_WORD, 0, NULL, metrics, NULL},
    {"arguments", SHAPE_OTHER, 0, NULL, NULL, check_arguments},
    SHAPE_IS("query", SHAPE_TEXT, 0),
    SHAPE_IS("engine", SHAPE_TEXT, 0),
    {"implementation", SHAPE_OTHER, 0, NULL, NULL, check_implementation},
    SHAPE_IS("mustBe", SHAPE_NUMBER, 0),
    SHAPE_IS("mustNotBe", SHAPE_NUMBER, 0),
    SHAPE_IS("mustBeGreaterThan", SHAPE_NUMBER, 0),
    SHAPE_IS("mustBeGreaterOrEqualTo", SHAPE_NUMBER, 0),
    SHAPE_IS("mustBeLessThan", SHAPE_NUMBER, 0),
    SHAPE_IS("mustBeLessOrEqualTo", SHAPE_NUMBER, 0),
    SHAPE_IS("mustBeBetween", SHAPE_NUMBERS, 0),
    SHAPE_IS("mustNotBeBetween", SHAPE_NUMBERS, 0),
};

/* Which members belong to a type alone. */
static const struct {
    const char *key;
    const char *type;
    bool is_needed;
} owned[] = {
    {"metric", "library", true}, {"arguments", "library", false},    {"query", "sql", true},
    {"engine", "custom", true},  {"implementation", "custom", true},
};

static bool is_comparison(const char *key)
{
    size_t at = 0;
    while (comparisons[at] != NULL && strcmp(comparisons[at], key) != 0) {
        at++;
    }
    return comparisons[at] != NULL;
}

static void check_thresholds(struct shape_check *c, const struct yaml_node *node, const char *type)
{
    bool is_compared = strcmp(type, "library") == 0 || strcmp(type, "sql") == 0;
    size_t found = 0;
    for (const struct yaml_node *given = node->first; given != NULL; given = given->next) {
        if (!is_comparison(given->key)) {
            continue;
        }
        if (!is_compared) {
            finding_key_error(c->findings, given, "a rule of type %s is not compared with a number",
                              type);
        } else if (++found == 2) {
            finding_key_error(c->findings, given,
                              "a rule has one threshold: write a second rule for %s", given->key);
        }
    }
    if (is_compared && found == 0) {
        finding_error(c->findings, node,
                      "the rule has no threshold, such as mustBe or mustBeLessThan");
    }
}

static void check_rule(struct shape_check *c, const struct yaml_node *node)
{
    const struct yaml_node *given = yaml_member(node, "type");
    const char *type = given != NULL && given->kind == YAML_VALUE ? given->text
                       : yaml_member(node, "metric") != NULL      ? "library"
                                                                  : NULL;
    if (type == NULL) {
        finding_error(c->findings, node, "the rule names neither a metric nor a type");
        return;
    }
    for (size_t i = 0; i < COUNT_OF(owned); i++) {
        const struct yaml_node *member = yaml_member(node, owned[i].key);
        bool is_its = strcmp(owned[i].type, type) == 0;
        if (member == NULL && is_its && owned[i].is_needed) {
            finding_error(c->findings, node, "a rule of type %s needs %s", type, owned[i].key);
        } else if (member != NULL && !is_its) {
            finding_key_error(c->findings, member, "%s is for type %s, and this rule is of type %s",
                              owned[i].key, owned[i].type, type);
        }
    }
    check_thresholds(c, node, type);
}

const struct shape shape_quality = {"a quality rule", SHAPE_FIELDS(fields), check_rule};
