/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/checks_priv.h - what rules are compiled to: checks.c makes it, checks_run.c,
 * checks_walk.c and checks_judge.c run it.
 *
 * A check is one rule at one place: a rule for fields has one check for each field. Its place is a way through the event's types,
 * from the top level down: lists and maps on it are gone through item by item, a null on it means that there is nothing to
 * check. */
#ifndef SCHEMA_RULESET_CHECKS_PRIV_H
#define SCHEMA_RULESET_CHECKS_PRIV_H

#include "schema/rules/bind.h"
#include "schema/rules/run.h"
#include "schema/ruleset/checks.h"

enum { MAX_STEPS = 18, VARIABLES_MOST = 7 };

enum step_kind {
    STEP_FIELD = 0, /* of the record `type`: its field */
    STEP_VALUE,     /* a value of `type`: here, or in lists and maps */
    STEP_RECORD /* a record of `type`: here, or anywhere below, within itself too; `leads` says which types have one */
};

struct step {
    enum step_kind kind;
    uint32_t field;
    const struct sch_type *type;
    const uint8_t *leads; /* RECORD: schema/ruleset/reach_priv.h */
};

struct check {
    uint16_t rule; /* index of the checks' rules */
    const char *doc;
    const char *expr;
    enum sch_rule_kind kind;
    struct cel_program *guard; /* NULL: none */
    struct cel_program *program;
    const struct step *steps;
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

/* ---- a run ---- */

struct running {
    const struct sch_checks *checks;
    struct cel_machine *machine;
    struct cel_run *run;
    struct cel_row row;
    struct arena *arena;
    struct sch_failures *out;
    bool was_run; /* the rule, at one of its places */
    bool is_over; /* the walk of this check: the cost is at its limit */
};

/* A value within an event, on the way to a check's place; the ways up say its path. */
struct spot {
    const struct cell *cell; /* NULL: the event itself */
    const struct sch_type *type;
    const struct spot *outer;
    const struct spot *record; /* the nearest record around it */
    const char *field;         /* NULL: it is an item */
    const struct cell *key;    /* of a map's item */
    uint32_t index;            /* of a list's item */
    enum column_type column;   /* at the event's top level */
};

/* From the event on: calls check_at for each value at the check's place. */
void check_walk(struct running *r, const struct check *check);
void check_at(struct running *r, const struct check *check, const struct spot *at);

/* A run that cannot go on in the check: told as its failure at this spot. */
void check_fail(struct running *r, const struct check *check, const struct spot *at,
                const struct cel_value *result);

#endif
