/* SPDX-License-Identifier: Apache-2.0
 * registry/merge.h - what the settings of a subject make of a version's metadata and rules, as Confluent's registry does it:
 * the default, over it the version's own, over both the override.
 *
 * Pure: texts of JSON in, a text in its one form (registry/json_body.h) out, which belongs to the arena. */
#ifndef REGISTRY_MERGE_H
#define REGISTRY_MERGE_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

/* Each NULL: none. */
struct reg_layers {
    const char *fallback; /* the default of the settings */
    const char *own;
    const char *override;
};

/* Of tags and properties the upper layer's hold, key by key (a path's tags are not united); what is sensitive in one layer is
 * so in all. *out NULL: there is no layer. FATAL ERR_BAD_REQUEST: a layer is no metadata. */
MUST_CHECK int reg_merge_metadata(const struct reg_layers *layers, struct arena *arena,
                                  const char **out, struct err *err);

/* List by list: an upper layer's rules stand behind the lower one's, of which those with the same names drop out. FATAL
 * ERR_BAD_RULE_SET: a name then stands in two lists, or there are too many. */
MUST_CHECK int reg_merge_rule_sets(const struct reg_layers *layers, struct arena *arena,
                                   const char **out, struct err *err);

/* Leaves each layer only the rules that the merged set has of it: to find out who brought one. */
MUST_CHECK int reg_merge_split(const struct reg_layers *layers, struct arena *arena,
                               struct reg_layers *out, struct err *err);

/* "confluent:version" of the metadata, or NULL. */
const char *reg_version_property(const char *metadata, struct arena *arena);
/* The metadata with another one; number NULL: with none. */
MUST_CHECK int reg_version_property_set(const char *metadata, const char *number,
                                        struct arena *arena, const char **out, struct err *err);

#endif
