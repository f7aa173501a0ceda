/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/findings_priv.h - how findings are added while a contract is read. */
#ifndef SCHEMA_CONTRACT_FINDINGS_PRIV_H
#define SCHEMA_CONTRACT_FINDINGS_PRIV_H

#include "base/attr.h"
#include "schema/contract/findings.h"
#include "schema/contract/yaml.h"

/* In a message: a text of the contract, cut when long. */
#define SHOWN "%.80s"

/* At the node's value. */
void finding_error(struct sch_findings *findings, const struct yaml_node *at, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
void finding_warning(struct sch_findings *findings, const struct yaml_node *at, const char *fmt,
                     ...) PRINTF_LIKE(3, 4);
/* At the node's key. */
void finding_key_error(struct sch_findings *findings, const struct yaml_node *at, const char *fmt,
                       ...) PRINTF_LIKE(3, 4);
void finding_key_warning(struct sch_findings *findings, const struct yaml_node *at, const char *fmt,
                         ...) PRINTF_LIKE(3, 4);
/* At a quality rule. */
struct sch_quality;
void finding_rule_error(struct sch_findings *findings, const struct sch_quality *rule,
                        const char *text);
/* A text that cannot be read at all. */
void finding_fault(struct sch_findings *findings, const struct yaml_fault *fault, const char *text);

/* Those of the contract before those of its template, each by place. */
void findings_sort(struct sch_findings *findings);
/* Names the template in the findings that stand in its text. */
void findings_name_template(struct sch_findings *findings, const char *name);

#endif
