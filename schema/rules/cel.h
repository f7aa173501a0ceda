/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/cel.h - CEL expressions, compiled once and run for each event.
 *
 * Common Expression Language (cel-spec v0.25): parsed, checked against the structure's types, compiled to a flat program,
 * and run with a limit of cost and no allocation once the machine is warm.
 *
 * Thread: a program is made by one and read by any; a machine belongs to one thread. */
#ifndef SCHEMA_RULES_CEL_H
#define SCHEMA_RULES_CEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "schema/rules/check.h"
#include "schema/rules/value.h"

struct cel_program; /* body in program.h: schema/rules only */
struct cel_machine; /* likewise */

/* How `matches` reads a pattern. */
enum cel_regex {
    CEL_REGEX_PCRE = 0, /* all that PCRE2 knows */
    CEL_REGEX_RE2       /* what RE2 does not know is refused when the rule is compiled */
};

struct cel_options {
    enum cel_regex regex;
    bool
        full_match; /* a pattern is to match the whole text (Confluent), not a part of it (cel-spec) */
    bool wants_bool;   /* the result must be bool */
    bool wants_reason; /* the result must be bool or string */
};

/* FATAL ERR_BAD_RULE with line and column; ERR_NO_MEMORY. The program keeps nothing of scope but the types of the
 * structure: the structure outlives it. */
MUST_CHECK struct cel_program *cel_compile(const char *text, size_t len,
                                           const struct cel_scope *scope,
                                           const struct cel_options *options, struct err *err);
void cel_program_free(struct cel_program **taken);

/* Whether the program reads a field of the row in the variable, by the field's number: so that a rule can be named by
 * the fields that it looks at. */
bool cel_program_reads(const struct cel_program *program, uint32_t variable, uint32_t field);

/* The static type of the result, as messages write it. */
const char *cel_program_type(const struct cel_program *program);

/* What functions read from the configuration: formats of the country (schema/rules/settings.h). */
struct cel_settings;

MUST_CHECK struct cel_machine *cel_machine_new(const struct cel_settings *settings,
                                               struct err *err);
void cel_machine_free(struct cel_machine **taken);

/* What reads cells for the machine's next run (schema/rules/bind.h). */
struct cel_run *cel_machine_run(struct cel_machine *machine);

/* Begins a new event: values of earlier ones are gone, and its rules share one limit of cost and memory. */
void cel_machine_begin(struct cel_machine *machine, int64_t now_us, uint64_t cost_limit);

/* variables: one for each of the scope's. The result is good until the next begin. An ERROR tells in len where in the text. */
void cel_evaluate(struct cel_machine *machine, const struct cel_program *program,
                  const struct cel_value *variables, struct cel_value *result);

#endif
