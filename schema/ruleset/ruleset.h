/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/ruleset.h - the rules that a structure carries: those of its rule set, as Confluent's registry has it, and
 * those written in the schema itself ("confluent:rules"), and those that the dataset's contract adds.
 *
 * Thread: read by one, then read by any. Owns all its texts. */
#ifndef SCHEMA_RULESET_RULESET_H
#define SCHEMA_RULESET_RULESET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "schema/model/model.h"

struct sch_contract; /* schema/contract/contract.h */

/* Bounds: rules of one structure and as many of a contract, and bytes of a name. An expression has CEL_MAX_TEXT_BYTES. */
enum { SCH_MAX_RULES = 500, SCH_MAX_RULE_NAME = 256 };

enum sch_rule_kind {
    SCH_RULE_MESSAGE = 0, /* CEL: `message` is the event */
    SCH_RULE_FIELD, /* CEL_FIELD: once for each primitive field that has one of the tags, or each item of its lists; `value` is it */
    SCH_RULE_INLINE /* "confluent:rules" of a record or field: `this` is it */
};

/* What is done with an event that the rule fails. */
enum sch_rule_action {
    SCH_RULE_QUARANTINE =
        0,         /* onFailure ERROR or DLQ, or not given; inline rules; severity error */
    SCH_RULE_WARN, /* severity warning: it is recorded, and an incident tells of it */
    SCH_RULE_COUNT /* onFailure NONE, severity info; and a metric that allows some failures */
};

enum sch_rule_origin { SCH_ORIGIN_STRUCTURE = 0, SCH_ORIGIN_CONTRACT };

struct sch_rule {
    enum sch_rule_origin origin; /* names are apart from those of the other origin */
    enum sch_rule_kind kind;
    enum sch_rule_action action;
    const char *name;  /* of an inline rule without one: "rule N of RECORD.FIELD" */
    const char *doc;   /* "" : none */
    const char *guard; /* NULL: none; a guard that is not true skips the rule */
    const char *expr;
    const char **tags; /* FIELD; none: every field */
    size_t tag_count;
    bool re2;      /* how matches() reads its pattern */
    bool searches; /* matches() is of a part of the text; else of the whole */
    /* INLINE of the structure: the record that it stands in, and its field; "" the record itself. */
    const char *record;
    const char *field;
    /* INLINE of a contract: "/address/zip", through whatever lists and maps; a star as its last step is each item; "" the row.
     * of_record: `this` is the record there, each one where it is a list of them. */
    const char *path;
    bool of_record;
};

/* A rule that the register does not run, and why, in words. */
struct sch_rule_left {
    const char *name;
    const char *why;
};

/* The tags of one field, by "confluent:tags" and the metadata's patterns. */
struct sch_field_tags {
    const char *record; /* its full name */
    const char *field;
    const char **tags;
    size_t count;
};

struct sch_ruleset {
    struct sch_rule *rules;
    size_t count;
    struct sch_rule_left *left;
    size_t left_count;
    struct sch_field_tags *fields; /* those that have any */
    size_t field_count;
    struct arena arena;
};

struct sch_ruleset_source {
    const char *rule_set;                /* JSON, or NULL: none */
    const char *metadata;                /* JSON, or NULL: none */
    const struct sch_schema *schema;     /* whose text may have more */
    const struct sch_contract *contract; /* or NULL: none is in force */
};

/* FATAL ERR_BAD_RULE: no JSON of that form, two rules with one name, too many, or a text too long: "rule NAME: …".
 * ERR_NO_MEMORY. out needs sch_ruleset_fini only on success. */
MUST_CHECK int sch_ruleset_read(const struct sch_ruleset_source *source, struct sch_ruleset *out,
                                struct err *err);
void sch_ruleset_fini(struct sch_ruleset *ruleset);

/* "structure", "contract" */
const char *sch_rule_origin_name(enum sch_rule_origin origin);
/* "quarantine", "warn", "count" */
const char *sch_rule_action_name(enum sch_rule_action action);

/* Confluent's patterns of names: ? one character, * any within a part, ** any. */
bool sch_wildcard_matches(const char *pattern, const char *name);

#endif
