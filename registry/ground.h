/* SPDX-License-Identifier: Apache-2.0
 * registry/ground.h - what a version is made of besides what its client sent: the version before, and the settings of its
 * subject; and the property "confluent:version", which the registry sets itself. */
#ifndef REGISTRY_GROUND_H
#define REGISTRY_GROUND_H

#include <stdbool.h>

#include "registry/candidate.h"

struct reg_ground {
    const struct reg_body *body;
    const struct sto_scope *scope;
    const struct sto_registered *last; /* the version before; NULL: none */
};

/* Do settings add anything? */
bool reg_ground_has_layers(const struct sto_scope *scope);
const char *reg_layer_name(enum sto_layer_kind kind); /* "overrideRuleSet" … */
/* Whose config it stands in, for messages. */
const char *reg_layer_of(const struct sto_scope *scope, enum sto_layer_kind kind);

/* Metadata and rule set that the client did not send are those of the version before; the settings' defaults lie under
 * them, their overrides above. *changed: it is not what was sent. FATAL ERR_BAD_RULE_SET: together they are no rule set. */
MUST_CHECK int reg_candidate_merge(struct reg_candidate *candidate, const struct reg_ground *ground,
                                   struct arena *arena, bool *changed, struct err *err);

/* Gives the metadata that "confluent:version"; 0: takes it away. */
MUST_CHECK int reg_candidate_number(struct reg_candidate *candidate, int32_t number,
                                    struct arena *arena, struct err *err);
/* Is the candidate the row but for a "confluent:version" that one of them has? The row's, where the client sends none; the
 * candidate's, where it is the row's version. Then the candidate becomes the row. */
MUST_CHECK int reg_candidate_match_numbered(struct reg_candidate *candidate,
                                            const struct sto_registered *row, struct arena *arena,
                                            bool *same, struct err *err);

#endif
