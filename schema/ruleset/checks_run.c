/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/checks_run.c - an event's cells against the checks of its structure: all of them, as an agency mends its
 * source once and not failure by failure.
 *
 * The rules of an event share one limit of cost. Those that come after it is reached are failures too: an event of
 * which nobody knows whether it is good is not taken for a good one. */
#include "schema/rules/run.h"
#include "schema/ruleset/checks_priv.h"

enum { MAX_WORDS = 400 };

struct running {
    const struct sch_checks *checks;
    struct cel_machine *machine;
    struct cel_run *run;
    struct cel_row row;
    struct arena *arena;
    struct sch_failures *out;
};

static struct cel_value event_of(const struct running *r)
{
    return (struct cel_value){
        .kind = CEL_RECORD, .shape = CEL_ROW, .row = &r->row, .avro = r->row.record};
}

/* The value at the check's place, and the record that it is a field of. A null on the way is both. */
static void find(struct running *r, const struct check *check, struct cel_value *record,
                 struct cel_value *value)
{
    *record = *value = event_of(r);
    for (uint32_t i = 0; i < check->step_count; i++) {
        if (value->kind != CEL_RECORD) {
            *record = *value;
            return;
        }
        *record = *value;
        cel_field_at(r->run, record, check->steps[i], value);
    }
}

/* In the order of checks_compile.c. */
static void fill(const struct running *r, const struct check *check, const struct cel_value *record,
                 const struct cel_value *value, struct cel_value variables[VARIABLES_MOST])
{
    if (check->kind != SCH_RULE_FIELD) {
        variables[0] = *value;
        variables[1] = r->run->now;
        return;
    }
    variables[0] = *value;
    variables[1] = check->full_name;
    variables[2] = check->name;
    variables[3] = check->type_name;
    variables[4] = check->tags;
    variables[5] = *record;
    variables[6] = r->run->now;
}

/* ---- failures ---- */

static const char *words_of(const struct running *r, const struct cel_value *result)
{
    bool long_text = result->kind == CEL_STRING && result->len > MAX_WORDS;
    return result->kind != CEL_STRING
               ? NULL
               : arena_printf(r->arena, "%.*s%s", (int)(long_text ? MAX_WORDS : result->len),
                              (const char *)result->p, long_text ? "…" : "");
}

static void fail(struct running *r, const struct check *check, const struct cel_value *result)
{
    struct sch_failures *out = r->out;
    const struct sch_checked_rule *rule = &r->checks->rules[check->rule];
    bool error = result->kind == CEL_ERROR;
    if (out->rule_count == 0 || out->rules[out->rule_count - 1] != check->rule) {
        out->rules[out->rule_count++] = check->rule;
    }
    out->is_bad = out->is_bad || rule->action == SCH_RULE_QUARANTINE;
    if (out->told_count < SCH_MAX_FAILURES) {
        out->told[out->told_count++] =
            (struct sch_failure){.rule = rule,
                                 .path = check->path,
                                 .text = error                 ? result->text
                                         : *check->doc != '\0' ? check->doc
                                                               : check->expr,
                                 .words = words_of(r, result),
                                 .code = !error                      ? ERR_RULE_FAILED
                                         : result->shape == CEL_COST ? ERR_RULE_COST
                                                                     : ERR_RULE_ERROR};
    }
    out->count++;
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

/* false: the check was skipped. */
static bool run_with(struct running *r, const struct check *check,
                     const struct cel_value *variables)
{
    struct cel_value result;
    if (check->guard != NULL) {
        cel_evaluate(r->machine, check->guard, variables, &result);
        if (result.kind != CEL_BOOL || !result.b) {
            return false; /* also when it cannot be computed, as in Confluent's clients */
        }
    }
    cel_evaluate(r->machine, check->program, variables, &result);
    if (UNLIKELY(!holds(&result))) {
        if (is_unknown(&result)) {
            return false;
        }
        fail(r, check, &result);
    }
    return true;
}

/* A rule of a field. */
static bool run_at(struct running *r, const struct check *check)
{
    struct cel_value variables[VARIABLES_MOST];
    struct cel_value record;
    struct cel_value value;
    find(r, check, &record, &value);
    if (value.kind == CEL_NULL || is_unknown(&value)) {
        return false;
    }
    fill(r, check, &record, &value, variables);
    return run_with(r, check, variables);
}

static bool run(struct running *r, const struct check *check, const struct cel_value *of_event)
{
    return check->kind != SCH_RULE_FIELD && check->step_count == 0 ? run_with(r, check, of_event)
                                                                   : run_at(r, check);
}

void sch_checks_run(const struct sch_checks *checks, struct cel_machine *machine,
                    const struct cell *cells, int64_t now_us, struct arena *arena,
                    struct sch_failures *out)
{
    struct running r = {
        .checks = checks,
        .machine = machine,
        .run = cel_machine_run(machine),
        .row = {cells, checks->column_of, checks->column_types, sch_root(checks->schema)},
        .arena = arena,
        .out = out};
    out->count = out->told_count = out->rule_count = out->skipped_count = 0;
    out->is_bad = false;
    out->has_run = true;
    cel_machine_begin(machine, now_us, CEL_COST_LIMIT);
    r.run->settings = checks->settings;
    const struct cel_value of_event[] = {event_of(&r), r.run->now};
    for (size_t i = 0; i < checks->count;) {
        const uint16_t rule = checks->list[i].rule;
        bool was_run = false;
        for (; i < checks->count && checks->list[i].rule == rule; i++) {
            was_run |= run(&r, &checks->list[i], of_event);
        }
        if (!was_run) {
            out->skipped[out->skipped_count++] = rule;
        }
    }
}
