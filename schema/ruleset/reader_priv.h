/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/reader_priv.h - a rule set as it is read: for ruleset.c, domain.c, inline.c, contract.c. */
#ifndef SCHEMA_RULESET_READER_PRIV_H
#define SCHEMA_RULESET_READER_PRIV_H

#include <jansson.h>

#include "schema/ruleset/ruleset.h"

struct reader {
    struct sch_ruleset *out;
    struct err *err;
};

/* Each returns 0, or -1 with the error set. Texts are copied. */
int ruleset_add(struct reader *r, const struct sch_rule *rule);
int ruleset_leave(struct reader *r, const char *name, const char *why);
int ruleset_tag(struct reader *r, const char *record, const char *field, const json_t *tags);
int ruleset_fault(struct reader *r, const char *rule, const char *why);
int ruleset_no_memory(struct reader *r);

/* Whether a rule of that origin has the name. */
bool ruleset_has(const struct reader *r, enum sch_rule_origin origin, const char *name);

/* A member that is text; "" when it is not there. */
const char *ruleset_text(const json_t *object, const char *name);

/* The strings of an array, in the arena; NULL: no memory. */
const char **ruleset_strings(struct reader *r, const json_t *array, size_t *count);

/* The rules of the JSON; "migrationRules" and "encodingRules" are left. */
int ruleset_read_domain(struct reader *r, const json_t *rule_set);

/* "confluent:rules" and "confluent:tags" of the schema's text, and the tags of the metadata's patterns. */
int ruleset_read_inline(struct reader *r, const struct sch_schema *schema, const json_t *metadata);

/* Those of a contract's quality rules that can be told of each event by itself. */
struct sch_contract;
struct sch_quality;
int ruleset_read_contract(struct reader *r, const struct sch_contract *contract);
int ruleset_read_quality(struct reader *r, const struct sch_contract *contract,
                         const struct sch_quality *quality);

#endif
