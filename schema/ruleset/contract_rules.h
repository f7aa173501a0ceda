/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/contract_rules.h - a contract's rules, held against a structure before any event comes. Thread: any. */
#ifndef SCHEMA_RULESET_CONTRACT_RULES_H
#define SCHEMA_RULESET_CONTRACT_RULES_H

#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct buf;
struct sch_contract;
struct sch_findings;
struct sch_schema;

/* As sch_contract_read. A rule of single events that does not fit the structure is a finding at its place. schema NULL: it is not
 * known, and nothing is held against it. */
MUST_CHECK struct sch_contract *sch_contract_read_for(const char *text, size_t len,
                                                      struct sch_schema *schema,
                                                      struct sch_findings *findings,
                                                      struct err *err);

/* Again, with the text of the structure that only the contract could name: *contract and the findings are replaced. -1: as
 * sch_contract_read_for, *contract is NULL then; or the structure cannot be read. */
MUST_CHECK int sch_contract_judge(const char *text, size_t len, const struct buf *structure,
                                  struct sch_contract **contract, struct sch_findings *findings,
                                  struct err *err);

#endif
