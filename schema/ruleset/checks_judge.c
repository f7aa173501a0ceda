/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/checks_judge.c - one check at one value, and what is told of those that do not hold. */
#include "schema/ruleset/checks_priv.h"

enum { MAX_WORDS = 400 };

static void value_of(struct running *r, const struct spot *at, struct cel_value *out)
{
    if (at->cell == NULL) {
        *out = (struct cel_value){
            .kind = CEL_RECORD, .shape = CEL_ROW, .row = &r->row, .avro = r->row.record};
    } else {
        cel_from_cell(r->run, at->cell, at->column, at->type, out);
    }
}

/* In the order of checks_compile.c. */
static void fill(struct running *r, const struct check *check, const struct spot *at,
                 struct cel_value variables[VARIABLES_MOST])
{
    if (check->kind != SCH_RULE_FIELD) {
        variables[1] = r->run->now;
        return;
    }
    variables[1] = check->full_name;
    variables[2] = check->name;
    variables[3] = check->type_name;
    variables[4] = check->tags;
    value_of(r, at->record, &variables[5]);
    variables[6] = r->run->now;
}

/* ---- failures ---- */

static bool is_cost(const struct cel_value *value)
{
    return value->kind == CEL_ERROR && value->shape == CEL_COST;
}

static const char *words_of(const struct running *r, const struct cel_value *result)
{
    bool long_text = result->kind == CEL_STRING && result->len > MAX_WORDS;
    return result->kind != CEL_STRING
               ? NULL
               : arena_printf(r->arena, "%.*s%s", (int)(long_text ? MAX_WORDS : result->len),
                              (const char *)result->p, long_text ? "…" : "");
}

/* From the inside out, as the decoder makes its paths; "" when there is no memory. */
static const char *path_of(const struct running *r, const struct spot *at)
{
    struct err path = ERR_INIT;
    for (; at->outer != NULL; at = at->outer) {
        if (at->field != NULL) {
            err_path_prepend(&path, at->field);
        } else if (at->key != NULL) {
            err_path_prepend_key(&path, at->key->p, at->key->len);
        } else {
            err_path_prepend_index(&path, at->index);
        }
    }
    const char *copy = arena_strdup(r->arena, path.path);
    return copy != NULL ? copy : "";
}

/* Of many items that fail one rule some are told, so that the others' failures have room. */
static bool is_told(struct sch_failures *out, const struct sch_checked_rule *rule)
{
    size_t of_rule = 0;
    for (size_t i = 0; i < out->told_count; i++) {
        of_rule += out->told[i].rule == rule;
    }
    if (of_rule < SCH_MAX_FAILURES_OF_RULE && out->told_count < SCH_MAX_FAILURES) {
        out->told_count++;
        return true;
    }
    if (of_rule > 0) {
        out->told[out->told_count - 1].more++; /* a rule's failures follow each other */
    }
    return false;
}

void check_fail(struct running *r, const struct check *check, const struct spot *at,
                const struct cel_value *result)
{
    struct sch_failures *out = r->out;
    const struct sch_checked_rule *rule = &r->checks->rules[check->rule];
    bool error = result->kind == CEL_ERROR;
    bool too_long = is_cost(result);
    bool is_first_bad = !out->is_bad && rule->action == SCH_RULE_QUARANTINE;
    if (out->rule_count == 0 || out->rules[out->rule_count - 1] != check->rule) {
        out->rules[out->rule_count++] = check->rule;
    }
    out->count++;
    out->is_bad = out->is_bad || is_first_bad;
    r->was_run = true;
    r->is_over = r->is_over || too_long;
    if (is_told(out, rule) || is_first_bad) { /* why the event is kept out is told in any case */
        out->told[out->told_count - 1] =
            (struct sch_failure){.rule = rule,
                                 .path = path_of(r, at),
                                 .text = error                 ? result->text
                                         : *check->doc != '\0' ? check->doc
                                                               : check->expr,
                                 .words = words_of(r, result),
                                 .code = !error     ? ERR_RULE_FAILED
                                         : too_long ? ERR_RULE_COST
                                                    : ERR_RULE_ERROR};
    }
}

static bool holds(const struct cel_value *result)
{
    return (result->kind == CEL_BOOL && result->b) ||
           (result->kind == CEL_STRING && result->len == 0);
}

static bool is_unknown(const struct cel_value *value)
{
    return value->kind == CEL_ERROR && value->shape == CEL_UNKNOWN_VALUE;
}

static void run_with(struct running *r, const struct check *check, const struct spot *at,
                     const struct cel_value *variables)
{
    struct cel_value result;
    if (check->guard != NULL) {
        cel_evaluate(r->machine, check->guard, variables, &result);
        if (is_cost(&result)) {
            check_fail(r, check, at,
                       &result); /* whether the rule holds of the event nobody knows */
            return;
        }
        if (result.kind != CEL_BOOL || !result.b) {
            return; /* also when it cannot be computed, as in Confluent's clients */
        }
    }
    cel_evaluate(r->machine, check->program, variables, &result);
    if (LIKELY(holds(&result))) {
        r->was_run = true;
    } else if (!is_unknown(&result)) {
        check_fail(r, check, at, &result);
    }
}

void check_at(struct running *r, const struct check *check, const struct spot *at)
{
    struct cel_value variables[VARIABLES_MOST];
    value_of(r, at, &variables[0]);
    if (variables[0].kind == CEL_NULL || is_unknown(&variables[0])) {
        return;
    }
    fill(r, check, at, variables);
    run_with(r, check, at, variables);
}
