/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/rule_priv.h - how a rule is read: rule.c, for read_quality.c, read_metric.c, read_options.c. */
#ifndef SCHEMA_CONTRACT_RULE_PRIV_H
#define SCHEMA_CONTRACT_RULE_PRIV_H

#include "schema/contract/reader_priv.h"

/* Of a rule whose kind, metric, property and path are set. */
void rule_read_metric(struct reader *r, struct sch_quality *q, const struct yaml_node *node);

/* What a property, or the items of one, promise by their logicalTypeOptions, enum and unique. path: as in struct sch_quality. */
void rule_read_options(struct reader *r, const struct yaml_node *node, int32_t property,
                       const char *path);

/* "minLength of address/zip"; a long place is cut. "": memory is out. */
const char *rule_name(struct reader *r, const char *what, const char *where, const char *behind);
/* Where the rule stands in the text. */
void rule_set_place(struct reader *r, struct sch_quality *q, const struct yaml_node *node);
/* Kept, if there is room, and its name is no other's: else a finding. */
void rule_add(struct reader *r, const struct sch_quality *q, const struct yaml_node *node);

/* Of each item of a property's list or map. */
bool rule_is_of_items(const struct sch_quality *q);

/* Digits that shape.c has let pass: at most 12, 6 of them behind the point. */
struct sch_decimal rule_decimal(const char *text);
bool rule_is_above(const struct sch_decimal *a, const struct sch_decimal *b);

#endif
