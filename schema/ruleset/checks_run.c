/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/checks_run.c - an event's cells against the checks of its structure: all of them, as an agency mends its
 * source once and not failure by failure.
 *
 * The rules of an event share one limit of cost. Those that come after it is reached are failures too: an event of
 * which nobody knows whether it is good is not taken for a good one. */
#include "schema/ruleset/checks_priv.h"

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
    const struct spot event = {.type = r.row.record};
    out->count = out->told_count = out->rule_count = out->skipped_count = 0;
    out->is_bad = false;
    out->has_run = true;
    cel_machine_begin(machine, now_us, CEL_COST_LIMIT);
    r.run->settings = checks->settings;
    for (size_t i = 0; i < checks->count;) {
        const uint16_t rule = checks->list[i].rule;
        r.was_run = false;
        for (; i < checks->count && checks->list[i].rule == rule; i++) {
            if (checks->list[i].step_count == 0) {
                check_at(&r, &checks->list[i], &event);
            } else {
                check_walk(&r, &checks->list[i]);
            }
        }
        if (!r.was_run) {
            out->skipped[out->skipped_count++] = rule;
        }
    }
}
