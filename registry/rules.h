/* SPDX-License-Identifier: Apache-2.0
 * registry/rules.h - whether the rules of a structure can be run. */
#ifndef REGISTRY_RULES_H
#define REGISTRY_RULES_H

#include "base/attr.h"
#include "base/err.h"
#include "schema/model/model.h"

/* rule_set, metadata: JSON, or NULL. 0, also for a structure that is no record: its rules are not run. FATAL ERR_BAD_RULE
 * names the rule, line and column, and what was expected. */
MUST_CHECK int reg_rules_compile(struct sch_schema *schema, const char *rule_set,
                                 const char *metadata, struct err *err);

#endif
