/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/contract.c - a contract's quality rules as rules of events.
 *
 * An expression of the dataset is a rule of the event, one of a property is as if it stood at the field. A metric that is told
 * of each event (no value, one of the missing ones, an invalid one) becomes an expression too, so that there is one way to
 * judge an event. Where its threshold allows some failures it only counts, and the threshold is judged over a period. What is
 * told of many events together (rowCount, duplicateValues) is no rule of one. */
#include <stdio.h>

#include "base/buf.h"
#include "schema/contract/contract.h"
#include "schema/ruleset/reader_priv.h"

/* ---- expressions ---- */

/* Values are compared as texts; null among them is not one. */
static void put_in_list(struct buf *out, const char *what, const struct sch_quality *q)
{
    bool any = false;
    buf_printf(out, "string(%s) in [", what);
    for (size_t i = 0; i < q->value_count; i++) {
        if (q->values[i] != NULL) {
            buf_put_str(out, any ? ", " : "");
            sch_put_literal(out, q->values[i]);
            any = true;
        }
    }
    buf_put_str(out, "]");
}

/* Whether null is among the values, or a text is. */
static bool has_value(const struct sch_quality *q, bool is_null)
{
    for (size_t i = 0; i < q->value_count; i++) {
        if ((q->values[i] == NULL) == is_null) {
            return true;
        }
    }
    return false;
}

/* True of a valid value. */
static void put_valid(struct buf *out, const struct sch_quality *q)
{
    if (q->value_count > 0) {
        put_in_list(out, "this", q);
    }
    if (q->pattern != NULL) {
        buf_put_str(out,
                    q->value_count > 0 ? " && string(this).matches(" : "string(this).matches(");
        sch_put_literal(out, q->pattern);
        buf_put_str(out, ")");
    }
}

/* True unless the field of the record `this` is one of the missing values. A field that is never null may be asked for
 * null, too (dyn); its name may be a word of CEL's (in quotes). */
static void put_present(struct buf *out, const struct sch_quality *q, const char *name)
{
    char field[SCH_CONTRACT_TEXT_BYTES + 16];
    bool null_is_missing = q->metric == SCH_METRIC_NULLS || has_value(q, true);
    snprintf(field, sizeof(field), "this.`%s`", name);
    buf_printf(out, "dyn(%s) %s null", field, null_is_missing ? "!=" : "==");
    if (q->metric == SCH_METRIC_MISSING && has_value(q, false)) {
        buf_put_str(out, null_is_missing ? " && !(" : " || !(");
        put_in_list(out, field, q);
        buf_put_str(out, ")");
    }
}

/* ---- rules ---- */

static enum sch_rule_action action_of(const struct sch_quality *q)
{
    if (!q->is_per_event || q->severity == SCH_SEVERITY_INFO) {
        return SCH_RULE_COUNT;
    }
    return q->severity == SCH_SEVERITY_ERROR ? SCH_RULE_QUARANTINE : SCH_RULE_WARN;
}

/* The rule stands at the record that has the property, as a null value is the point; else at the property. */
static int add_metric(struct reader *r, const struct sch_contract *contract,
                      const struct sch_quality *q, struct sch_rule *rule)
{
    const struct sch_property *p = &contract->properties[q->property];
    struct buf expr = BUF_INIT;
    if (q->metric == SCH_METRIC_INVALID) {
        rule->path = q->path;
        put_valid(&expr, q);
    } else {
        rule->path = p->parent >= 0 ? contract->properties[p->parent].path : "";
        rule->of_record = true;
        put_present(&expr, q, p->name);
    }
    rule->expr = buf_cstr(&expr);
    int rc = buf_failed(&expr) || expr.len == 0 ? ruleset_no_memory(r) : ruleset_add(r, rule);
    buf_fini(&expr);
    return rc;
}

int ruleset_read_quality(struct reader *r, const struct sch_contract *contract,
                         const struct sch_quality *q)
{
    struct sch_rule rule = {.origin = SCH_ORIGIN_CONTRACT,
                            .kind = q->property < 0 ? SCH_RULE_MESSAGE : SCH_RULE_INLINE,
                            .action = action_of(q),
                            .name = q->name,
                            .doc = q->description,
                            .expr = q->expression,
                            .path = q->path,
                            .searches = q->searches};
    switch (q->kind) {
    case SCH_QUALITY_CEL: return ruleset_add(r, &rule);
    case SCH_QUALITY_METRIC:
        return q->property < 0 || q->metric == SCH_METRIC_DUPLICATES || q->metric == SCH_METRIC_ROWS
                   ? 0
                   : add_metric(r, contract, q, &rule);
    case SCH_QUALITY_NOT_RUN: break;
    }
    return 0;
}

int ruleset_read_contract(struct reader *r, const struct sch_contract *contract)
{
    for (size_t i = 0; i < contract->quality_count; i++) {
        if (ruleset_read_quality(r, contract, &contract->quality[i]) < 0) {
            return -1;
        }
    }
    return 0;
}
