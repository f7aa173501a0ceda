/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/read_metric.c - a metric of the standard's library: where it may stand, its threshold, its arguments. */
#include <string.h>

#include "schema/contract/rule_priv.h"
#include "schema/contract/shape_priv.h"

enum { VALUES_MAX = 5000 };

/* ---- the threshold ---- */

/* Digits that shape.c has let pass: at most 12, 6 of them behind the point. */
struct sch_decimal rule_decimal(const char *text)
{
    struct sch_decimal d = {0};
    bool is_behind = false;
    for (const char *p = text; *p != '\0'; p++) {
        is_behind |= *p == '.';
        if (*p >= '0' && *p <= '9') {
            d.units = d.units * 10 + (*p - '0');
            d.scale += is_behind;
        }
    }
    d.units = *text == '-' ? -d.units : d.units;
    return d;
}

bool rule_is_above(const struct sch_decimal *a, const struct sch_decimal *b)
{
    __int128 left = a->units;
    __int128 right = b->units;
    for (int i = 0; i < b->scale; i++) {
        left *= 10;
    }
    for (int i = 0; i < a->scale; i++) {
        right *= 10;
    }
    return left > right;
}

static void check_bound(struct reader *r, const struct yaml_node *node, const struct sch_decimal *d,
                        bool is_percent)
{
    const struct sch_decimal most = {100, 0};
    if (d->units < 0) {
        finding_error(r->findings, node, "a number of values is not below 0");
    } else if (is_percent && rule_is_above(d, &most)) {
        finding_error(r->findings, node, "a percentage is not above 100");
    }
}

static void read_range(struct reader *r, struct sch_threshold *t, const struct yaml_node *node)
{
    if (node->count != 2 || !shape_is_number(node->first) || !shape_is_number(node->last)) {
        return;
    }
    t->low = rule_decimal(node->first->text);
    t->high = rule_decimal(node->last->text);
    check_bound(r, node->first, &t->low, t->is_percent);
    check_bound(r, node->last, &t->high, t->is_percent);
    if (!rule_is_above(&t->high, &t->low)) {
        finding_error(r->findings, node, "the smaller number stands first: [low, high]");
    }
}

static void read_threshold(struct reader *r, struct sch_threshold *t, const struct yaml_node *node)
{
    for (int i = 0; i < SCH_COMPARISON_COUNT; i++) {
        const struct yaml_node *given =
            yaml_member(node, sch_comparison_name((enum sch_comparison)i));
        if (given == NULL) {
            continue;
        }
        t->comparison = (enum sch_comparison)i;
        if (given->kind == YAML_LIST) {
            read_range(r, t, given);
        } else if (shape_is_number(given)) {
            t->low = rule_decimal(given->text);
            check_bound(r, given, &t->low, t->is_percent);
        }
    }
}

static void read_unit(struct reader *r, struct sch_quality *q, const struct yaml_node *node)
{
    const struct yaml_node *unit = yaml_member(node, "unit");
    const char *text = unit != NULL && unit->kind == YAML_VALUE ? unit->text : "rows";
    q->threshold.is_percent = strcmp(text, "percent") == 0;
    if (!q->threshold.is_percent && strcmp(text, "rows") != 0) {
        finding_error(r->findings, unit, "unit is rows or percent, not " SHOWN, text);
    } else if (q->threshold.is_percent && q->metric == SCH_METRIC_ROWS) {
        finding_error(r->findings, unit, "rowCount is a number of rows, not a percentage");
    }
}

/* ---- the arguments ---- */

static void check_arguments(struct reader *r, const struct yaml_node *arguments, const char *first,
                            const char *second)
{
    for (const struct yaml_node *a =
             arguments != NULL && arguments->kind == YAML_OBJECT ? arguments->first : NULL;
         a != NULL; a = a->next) {
        bool known = (first != NULL && strcmp(a->key, first) == 0) ||
                     (second != NULL && strcmp(a->key, second) == 0);
        if (!known) {
            finding_key_error(r->findings, a, "this metric has no argument " SHOWN "%s%s", a->key,
                              first != NULL ? ": it has " : "", first != NULL ? first : "");
        }
    }
}

static void read_values(struct reader *r, struct sch_quality *q, const struct yaml_node *list,
                        bool may_be_null)
{
    size_t count;
    const struct yaml_node *item = reader_list(r, list, VALUES_MAX, &count);
    if (list->kind != YAML_LIST || count == 0) {
        finding_error(r->findings, list, "a list of values is wanted here, with one at least");
        return;
    }
    q->values = reader_alloc(r, count, sizeof(*q->values));
    for (; !r->failed && q->value_count < count; item = item->next) {
        bool is_null = yaml_is_null(item);
        if (item->kind != YAML_VALUE || (is_null && !may_be_null)) {
            finding_error(r->findings, item, "a value is wanted here, not %s", shape_kind_of(item));
        }
        q->values[q->value_count++] = is_null || item->kind != YAML_VALUE ? NULL : item->text;
    }
}

static void read_missing(struct reader *r, struct sch_quality *q, const struct yaml_node *arguments)
{
    static const char *usual[] = {NULL, ""};
    const struct yaml_node *list = yaml_member(arguments, "missingValues");
    check_arguments(r, arguments, "missingValues", NULL);
    if (list != NULL) {
        read_values(r, q, list, true);
    } else {
        q->values = usual;
        q->value_count = COUNT_OF(usual);
    }
}

static void read_invalid(struct reader *r, struct sch_quality *q, const struct yaml_node *arguments,
                         const struct yaml_node *node)
{
    const struct yaml_node *list = yaml_member(arguments, "validValues");
    const struct yaml_node *pattern = yaml_member(arguments, "pattern");
    check_arguments(r, arguments, "validValues", "pattern");
    if (list != NULL) {
        read_values(r, q, list, false);
    }
    if (pattern != NULL) {
        const char *text = reader_value(r, pattern, "a pattern", SCH_MAX_PATTERN_BYTES);
        q->pattern = text;
        if (pattern->kind != YAML_VALUE || pattern->len == 0 || yaml_is_null(pattern)) {
            finding_error(r->findings, pattern, "a pattern is a text");
        }
    }
    if (list == NULL && pattern == NULL) {
        finding_error(r->findings, arguments != NULL ? arguments : node,
                      "invalidValues needs arguments: validValues, pattern or both");
    }
}

static void read_duplicates(struct reader *r, struct sch_quality *q,
                            const struct yaml_node *arguments, const struct yaml_node *node)
{
    const struct yaml_node *list = yaml_member(arguments, "properties");
    size_t count;
    if (q->property >= 0) {
        check_arguments(r, arguments, NULL, NULL);
        return;
    }
    check_arguments(r, arguments, "properties", NULL);
    const struct yaml_node *item = reader_list(r, list, SCH_MAX_KEY_FIELDS, &count);
    if (count == 0) {
        finding_error(
            r->findings, list != NULL ? list : node,
            "duplicateValues of the dataset needs arguments: properties, a list of names");
        return;
    }
    q->fields = reader_alloc(r, count, sizeof(*q->fields));
    for (; !r->failed && q->field_count < count; item = item->next) {
        int32_t index = item->kind == YAML_VALUE ? sch_contract_field(r->contract, item->text) : -1;
        if (index < 0) {
            finding_error(r->findings, item, "there is no property " SHOWN,
                          item->kind == YAML_VALUE ? item->text : shape_kind_of(item));
        }
        q->fields[q->field_count++] = index;
    }
}

/* ---- the whole ---- */

static bool is_of_property(enum sch_metric metric)
{
    return metric == SCH_METRIC_NULLS || metric == SCH_METRIC_MISSING ||
           metric == SCH_METRIC_INVALID;
}

static void check_level(struct reader *r, const struct sch_quality *q, const struct yaml_node *node)
{
    const struct yaml_node *metric = yaml_member(node, "metric");
    if (rule_is_of_items(q) && q->metric != SCH_METRIC_INVALID) {
        finding_error(r->findings, metric, "of items there is invalidValues, and no %s",
                      sch_metric_name(q->metric));
    } else if (q->property < 0 && is_of_property(q->metric)) {
        finding_error(r->findings, metric, "%s is of a property: write the rule there",
                      sch_metric_name(q->metric));
    } else if (q->property >= 0 && q->metric == SCH_METRIC_ROWS) {
        finding_error(r->findings, metric, "rowCount is of the dataset: write the rule there");
    }
}

void rule_read_metric(struct reader *r, struct sch_quality *q, const struct yaml_node *node)
{
    const struct yaml_node *arguments = yaml_member(node, "arguments");
    struct sch_threshold *t = &q->threshold;
    check_level(r, q, node);
    read_unit(r, q, node);
    read_threshold(r, t, node);
    q->is_per_event = is_of_property(q->metric) && t->low.units == 0 &&
                      (t->comparison == SCH_MUST_BE || t->comparison == SCH_MUST_BE_AT_MOST);
    switch (q->metric) {
    case SCH_METRIC_MISSING: read_missing(r, q, arguments); break;
    case SCH_METRIC_INVALID: read_invalid(r, q, arguments, node); break;
    case SCH_METRIC_DUPLICATES: read_duplicates(r, q, arguments, node); break;
    default: check_arguments(r, arguments, NULL, NULL); break;
    }
}
