/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/check_report.c - see the header. */
#include "ops/cmd/check_report.h"

#include <inttypes.h>

#include "ops/cli/command.h"
#include "ops/cli/table.h"

void ops_check_report_begin(struct ops_check_report *report, bool json, int64_t limit)
{
    *report = (struct ops_check_report){.json = json, .limit = limit, .lines = BUF_INIT};
    report->w = jsonw_to(&report->lines);
    if (json) {
        jsonw_open(&report->w, '{');
        jsonw_key(&report->w, "failures");
        jsonw_open(&report->w, '[');
    }
}

void ops_check_report_fini(struct ops_check_report *report)
{
    buf_fini(&report->lines);
}

/* ---- of one event ---- */

static void tell(struct ops_check_report *report, const char *reason, const char *rule,
                 const char *path, const char *text, size_t more)
{
    struct buf *lines = &report->lines;
    if ((int64_t)report->refused > report->limit) {
        return;
    }
    if (report->json) {
        jsonw_open(&report->w, '{');
        jsonw_number(&report->w, "event", (int64_t)report->events);
        jsonw_text(&report->w, "reason", reason);
        jsonw_text(&report->w, "rule", rule);
        jsonw_text(&report->w, "path", path);
        jsonw_text(&report->w, "text", text);
        if (more > 0) {
            jsonw_number(&report->w, "more", (int64_t)more);
        }
        jsonw_close(&report->w, '}');
        return;
    }
    buf_printf(lines, "event %" PRIu64 ": %s", report->events, reason);
    if (rule != NULL) {
        buf_put_str(lines, " ");
        ops_put_safe(rule, false, lines);
    }
    if (*path != '\0') {
        buf_put_str(lines, " at ");
        ops_put_safe(path, false, lines);
    }
    buf_put_str(lines, ": ");
    ops_put_safe(text, false, lines);
    if (more > 0) {
        buf_printf(lines, " (and at %zu places more)", more);
    }
    buf_put_str(lines, "\n");
}

void ops_check_report_refused(struct ops_check_report *report, const struct err *fault)
{
    report->refused++;
    tell(report, err_token(fault->code), NULL, fault->path, fault->text, 0);
}

void ops_check_report_rules(struct ops_check_report *report, const struct sch_failures *failures)
{
    report->refused += failures->is_bad;
    for (size_t i = 0; i < failures->rule_count; i++) {
        report->tallies[failures->rules[i]]++;
    }
    for (size_t i = 0; i < failures->told_count && failures->is_bad; i++) {
        const struct sch_failure *failure = &failures->told[i];
        tell(report, err_token(failure->code), failure->rule->name, failure->path,
             failure->words != NULL ? failure->words : failure->text, failure->more);
    }
}

/* ---- of all ---- */

/* Rules that are not run here, and why. */
static void put_left(struct ops_check_report *report, const struct sch_checks *checks)
{
    size_t count = 0;
    const struct sch_rule_left *left = checks != NULL ? sch_checks_left(checks, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        if (report->json) {
            jsonw_open(&report->w, '{');
            jsonw_text(&report->w, "rule", left[i].name);
            jsonw_text(&report->w, "why", left[i].why);
            jsonw_close(&report->w, '}');
        } else {
            buf_put_str(&report->lines, "not run: ");
            ops_put_safe(left[i].name, false, &report->lines);
            buf_printf(&report->lines, ": %s\n", left[i].why);
        }
    }
}

/* How many events failed each rule that any failed. */
static void put_tallies(struct ops_check_report *report, const struct sch_checks *checks)
{
    size_t count = 0;
    const struct sch_checked_rule *rules = checks != NULL ? sch_checks_rules(checks, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        if (report->tallies[i] > 0 && report->json) {
            jsonw_number(&report->w, rules[i].name, (int64_t)report->tallies[i]);
        } else if (report->tallies[i] > 0) {
            buf_put_str(&report->lines, "rule ");
            ops_put_safe(rules[i].name, false, &report->lines);
            buf_printf(&report->lines, ": %" PRIu64 " failures%s\n", report->tallies[i],
                       rules[i].action == SCH_RULE_QUARANTINE ? "" : ", which refuse no event");
        }
    }
}

static void put_json(struct ops_check_report *report, const struct sch_checks *checks,
                     bool cut_short)
{
    struct jsonw *w = &report->w;
    jsonw_close(w, ']');
    jsonw_key(w, "not_run");
    jsonw_open(w, '[');
    put_left(report, checks);
    jsonw_close(w, ']');
    jsonw_key(w, "rules");
    jsonw_open(w, '{');
    put_tallies(report, checks);
    jsonw_close(w, '}');
    jsonw_number(w, "events", (int64_t)report->events);
    jsonw_number(w, "refused", (int64_t)report->refused);
    jsonw_key(w, "interrupted");
    jsonw_bool(w, cut_short);
    jsonw_close(w, '}');
    buf_put_str(&report->lines, "\n");
}

static void put_lines(struct ops_check_report *report, const struct sch_checks *checks,
                      bool cut_short)
{
    if ((int64_t)report->refused > report->limit) {
        buf_printf(&report->lines, "… and %" PRIu64 " more; --limit shows them\n",
                   report->refused - (uint64_t)report->limit);
    }
    put_left(report, checks);
    put_tallies(report, checks);
    if (cut_short) {
        buf_put_str(&report->lines, "interrupted: of the sample only this was checked\n");
    }
    buf_printf(&report->lines, "%" PRIu64 " events, %" PRIu64 " would be refused\n", report->events,
               report->refused);
}

int ops_check_report_print(struct ops_check_report *report, const struct sch_checks *checks,
                           bool cut_short, struct err *err)
{
    (report->json ? put_json : put_lines)(report, checks, cut_short);
    return ops_print(&report->lines, err);
}
