/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/checks_priv.h - what rules are compiled to: checks_compile.c makes it, checks_run.c runs it.
 *
 * A check is one rule at one place: a rule for fields has one check for each field. Its place is a way through records, from the
 * event's top level; a null on the way means that there is nothing to check. */
#ifndef SCHEMA_RULESET_CHECKS_PRIV_H
#define SCHEMA_RULESET_CHECKS_PRIV_H

#include "schema/rules/bind.h"
#include "schema/ruleset/checks.h"

enum { MAX_STEPS = 16, VARIABLES_MOST = 7 };

struct check {
    uint16_t rule; /* index of the checks' rules */
    const char *doc;
    const char *expr;
    const char *path;
    enum sch_rule_kind kind;
    struct cel_program *guard; /* NULL: none */
    struct cel_program *program;
    uint32_t steps[MAX_STEPS]; /* numbers of fields */
    uint32_t step_count;
    /* FIELD: what the rule's variables say of the field; tags: a list of strings */
    struct cel_value full_name;
    struct cel_value name;
    struct cel_value type_name;
    struct cel_value tags;
};

struct sch_checks {
    struct check *list; /* those of one rule side by side */
    size_t count;
    struct sch_checked_rule *rules;
    size_t rule_count;
    struct sch_rule_left *left;
    size_t left_count;
    struct sch_schema *schema;
    const struct cel_settings *settings;
    const int32_t *column_of;
    const enum column_type *column_types;
    struct arena arena;
};

#endif
