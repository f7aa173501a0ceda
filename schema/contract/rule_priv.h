/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/rule_priv.h - a metric's threshold and arguments. */
#ifndef SCHEMA_CONTRACT_RULE_PRIV_H
#define SCHEMA_CONTRACT_RULE_PRIV_H

#include "schema/contract/reader_priv.h"

/* Of a rule whose kind, metric and property are set. */
void rule_read_metric(struct reader *r, struct sch_quality *q, const struct yaml_node *node);

#endif
