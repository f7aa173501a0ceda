/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/checks.h - a structure's rules, compiled for the columns of its dataset, and run over an event's cells.
 *
 * Thread: compiled by one, then read by any; a run needs a machine of its thread. */
#ifndef SCHEMA_RULESET_CHECKS_H
#define SCHEMA_RULESET_CHECKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/cell.h"
#include "base/err.h"
#include "schema/rules/cel.h"
#include "schema/ruleset/ruleset.h"

/* Failures of one event that are told, and of one rule of it; those beyond are only counted. Rules of one structure and its
 * contract. Checks: each rule at each field of the types that the structure has. */
enum {
    SCH_MAX_FAILURES = 32,
    SCH_MAX_FAILURES_OF_RULE = 8,
    SCH_MAX_CHECKED_RULES = 2 * SCH_MAX_RULES,
    SCH_MAX_CHECKS = 20000
};

struct cel_settings;
struct sch_checks; /* body in checks_priv.h */

struct sch_checks_spec {
    struct sch_schema *schema;
    const int32_t
        *column_of; /* of each field of the root, a record: its column, or SCH_NO_COLUMN */
    const struct column *columns;
    size_t column_count;
    const struct cel_settings *settings; /* of functions; outlives the checks */
};

/* FATAL ERR_BAD_RULE: the first rule that is ill-typed: "rule NAME: line 1, column 9: …". strict: else such a rule, which
 * an older program let pass, is left out, and is among those that sch_checks_left shows. NULL with err untouched: there
 * are no rules to run. ERR_NO_MEMORY. Keeps a reference on the schema, and nothing of the rule set. */
MUST_CHECK int sch_checks_compile(const struct sch_ruleset *ruleset,
                                  const struct sch_checks_spec *spec, bool strict,
                                  struct sch_checks **out, struct err *err);
void sch_checks_free(struct sch_checks **taken);

/* Whether all rules fit the structure: strict, with no event to read. */
MUST_CHECK int sch_checks_try(const struct sch_ruleset *ruleset, struct sch_schema *schema,
                              struct err *err);

/* A rule that is run, at one place or several. */
struct sch_checked_rule {
    const char *name;
    enum sch_rule_origin origin;
    enum sch_rule_action action;
};
const struct sch_checked_rule *sch_checks_rules(const struct sch_checks *checks, size_t *count);
const struct sch_rule_left *sch_checks_left(const struct sch_checks *checks, size_t *count);

struct sch_failure {
    const struct sch_checked_rule *rule;
    const char
        *path; /* of the field, "" the event: "/phones/2/number", at most 199 bytes; in the arena */
    const char *text;   /* the rule's doc, its expression, or why it cannot be computed: no value */
    const char *words;  /* what an inline rule says of the event, in the arena; NULL: nothing */
    enum err_code code; /* ERR_RULE_FAILED, ERR_RULE_ERROR, ERR_RULE_COST */
    size_t more; /* of the last that is told of a rule: at so many places more it failed likewise */
};

/* What became of the rules of one event: all were run but the skipped ones. Those that do not hold, in the rules' order. */
struct sch_failures {
    size_t count; /* at all places of all rules */
    size_t told_count;
    struct sch_failure told[SCH_MAX_FAILURES];
    size_t rule_count;
    uint16_t rules[SCH_MAX_CHECKED_RULES]; /* indexes of sch_checks_rules, each once */
    bool is_bad;                           /* a rule failed that keeps the event out */
    bool has_run; /* false: no rule was looked at, and nothing else is told */
    size_t skipped_count;
    uint16_t skipped
        [SCH_MAX_CHECKED_RULES]; /* run at none of their places: a guard, a null, a field that was not sent */
};

/* Runs them all. Texts are the checks', or in the arena. A rule that reads a field which the source did not send is not
 * run. now_us: the rules' `now`. */
void sch_checks_run(const struct sch_checks *checks, struct cel_machine *machine,
                    const struct cell *cells, int64_t now_us, struct arena *arena,
                    struct sch_failures *out);

#endif
