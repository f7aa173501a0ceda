/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/read_quality.c - quality rules, of the dataset and of its properties. */
#include <string.h>

#include "schema/contract/reader_priv.h"
#include "schema/contract/rule_priv.h"
#include "schema/contract/shape_priv.h"

static const char *text_of(const struct yaml_node *node, const char *key)
{
    const struct yaml_node *member = yaml_member(node, key);
    return member != NULL && member->kind == YAML_VALUE && !yaml_is_null(member) ? member->text
                                                                                 : "";
}

/* The row of a table of words; `count` when none is meant. */
static int word_of(const char *word, const char *(*name)(int), int count)
{
    int at = 0;
    while (at < count && strcmp(name(at), word) != 0) {
        at++;
    }
    return at;
}

static const char *metric_word(int i)
{
    return sch_metric_name((enum sch_metric)i);
}
static const char *severity_word(int i)
{
    return sch_severity_name((enum sch_severity)i);
}
static const char *dimension_word(int i)
{
    return sch_dimension_name((enum sch_dimension)i);
}

static void read_kind(struct reader *r, struct sch_quality *q, const struct yaml_node *node)
{
    const char *type = text_of(node, "type");
    const char *engine = text_of(node, "engine");
    int metric = word_of(text_of(node, "metric"), metric_word, SCH_METRIC_COUNT);
    q->engine = *engine != '\0' ? engine : type;
    q->metric = metric < SCH_METRIC_COUNT ? (enum sch_metric)metric : SCH_METRIC_ROWS;
    if (metric < SCH_METRIC_COUNT && (*type == '\0' || strcmp(type, "library") == 0)) {
        q->kind = SCH_QUALITY_METRIC;
    } else if (strcmp(type, "custom") == 0 && reader_is(engine, "cel")) {
        q->kind = SCH_QUALITY_CEL;
    } else {
        q->kind = SCH_QUALITY_NOT_RUN;
        if (*q->engine != '\0') {
            finding_warning(r->findings, node,
                            "the register does not run a rule of " SHOWN
                            ": it runs metrics and engine: cel",
                            q->engine);
        }
    }
}

static void read_expression(struct reader *r, struct sch_quality *q, const struct yaml_node *node)
{
    const struct yaml_node *text = yaml_member(node, "implementation");
    q->expression = "";
    q->is_per_event = true;
    if (text == NULL || text->kind != YAML_VALUE || yaml_is_null(text)) {
        if (text != NULL && text->kind == YAML_OBJECT) {
            finding_error(r->findings, text,
                          "the implementation of engine: cel is an expression, a text");
        }
        return;
    }
    rule_set_place(r, q, text);
    q->expression = reader_value(r, text, "an expression", SCH_MAX_EXPRESSION_BYTES);
    q->expression_len = strlen(q->expression);
    if (strspn(q->expression, " \t\r\n") == q->expression_len &&
        text->len <= SCH_MAX_EXPRESSION_BYTES) {
        finding_error(r->findings, text, "the expression is empty");
    }
}

/* Of its own; else of its id; else made of what it measures. */
static const char *name_rule(struct reader *r, const struct sch_quality *q,
                             const struct yaml_node *node, const struct yaml_node *of)
{
    const char *name = reader_text(r, node, "name", SCH_CONTRACT_TEXT_BYTES);
    name = *name != '\0' ? name : reader_text(r, node, "id", SCH_CONTRACT_TEXT_BYTES);
    if (*name != '\0') {
        return name;
    }
    const char *what = q->kind == SCH_QUALITY_METRIC ? sch_metric_name(q->metric) : q->engine;
    const char *where = rule_is_of_items(q) ? q->path + 1 : text_of(of, "name");
    return rule_name(r, what, where, "");
}

static void read_severity(struct sch_quality *q, const struct yaml_node *node)
{
    int severity = word_of(text_of(node, "severity"), severity_word, SCH_SEVERITY_COUNT);
    q->severity = severity < SCH_SEVERITY_COUNT ? (enum sch_severity)severity
                  : q->kind == SCH_QUALITY_CEL  ? SCH_SEVERITY_ERROR
                                                : SCH_SEVERITY_WARNING;
    q->dimension =
        (enum sch_dimension)word_of(text_of(node, "dimension"), dimension_word, SCH_DIMENSION_NONE);
}

static void read_rule(struct reader *r, const struct yaml_node *node, const struct yaml_node *of,
                      int32_t property, const char *path)
{
    struct sch_quality q = {.property = property, .path = path};
    rule_set_place(r, &q, node);
    read_kind(r, &q, node);
    q.description = reader_text(r, node, "description", 4000);
    q.name = name_rule(r, &q, node, of);
    read_severity(&q, node);
    if (q.kind == SCH_QUALITY_METRIC) {
        rule_read_metric(r, &q, node);
    } else if (q.kind == SCH_QUALITY_CEL) {
        read_expression(r, &q, node);
    }
    rule_add(r, &q, node);
}

static void read_rules(struct reader *r, const struct yaml_node *of, int32_t property,
                       const char *path)
{
    const struct yaml_node *list = yaml_member(of, "quality");
    const struct yaml_node *item = list != NULL && list->kind == YAML_LIST ? list->first : NULL;
    for (; item != NULL && !r->failed && !r->too_many_rules; item = item->next) {
        if (item->kind == YAML_OBJECT) {
            read_rule(r, item, of, property, path);
        }
    }
}

/* A property's rules, and those of its items, which have no name of their own. */
static void read_element(struct reader *r, const struct yaml_node *node, int32_t property,
                         const char *path)
{
    const struct yaml_node *map = yaml_member(node, "map");
    const struct yaml_node *items =
        map != NULL ? yaml_member(map, "value") : yaml_member(node, "items");
    read_rules(r, node, property, path);
    rule_read_options(r, node, property, path);
    if (items != NULL && !r->failed && !r->too_many_rules) {
        const char *of_items = arena_printf(r->arena, "%s/*", path);
        r->failed |= of_items == NULL;
        if (of_items != NULL) {
            read_element(r, items, property, of_items);
        }
    }
}

void read_quality(struct reader *r)
{
    struct sch_contract *c = r->contract;
    c->quality = reader_alloc(r, SCH_MAX_QUALITY, sizeof(*c->quality));
    if (r->failed) {
        return;
    }
    read_rules(r, r->object, -1, "");
    for (size_t i = 0; i < c->property_count && !r->failed && !r->too_many_rules; i++) {
        read_element(r, r->property_nodes[i], (int32_t)i, c->properties[i].path);
    }
}
