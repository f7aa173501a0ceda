/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/template_priv.h - how a contract's tree is filled up from its template's; the templates themselves are made
 * by schema/contract/templates/embed.cmake. */
#ifndef SCHEMA_CONTRACT_TEMPLATE_PRIV_H
#define SCHEMA_CONTRACT_TEMPLATE_PRIV_H

#include "base/arena.h"
#include "base/attr.h"
#include "schema/contract/findings_priv.h"
#include "schema/contract/template.h"
#include "schema/contract/yaml.h"

extern const struct sch_template template_rows[];
extern const size_t template_row_count;

/* *name: the template's full name, or "" when the contract names none. -1: memory is out. */
MUST_CHECK int template_apply(struct yaml_node *root, struct arena *arena,
                              struct sch_findings *findings, const char **name);

/* The tree `from`, which is spent, fills up `to`. */
void template_merge(struct yaml_node *to, struct yaml_node *from);

#endif
