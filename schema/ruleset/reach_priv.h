/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/reach_priv.h - which types an event may have in it, and where: for inline.c and checks_places.c.
 *
 * Named types are shared, so a structure is a graph: a type is listed once, at the nearest place that leads to it. */
#ifndef SCHEMA_RULESET_REACH_PRIV_H
#define SCHEMA_RULESET_REACH_PRIV_H

#include "base/arena.h"
#include "base/attr.h"
#include "schema/model/model.h"

struct reached {
    const struct sch_type *type;
    uint32_t from;  /* index of the type that leads to it; of the root: 0 */
    uint32_t child; /* which one of that type's: field, branch; 0: its items */
    uint32_t edges; /* how many types it is a part of, however often */
};

struct reach {
    struct reached *list; /* breadth first: the root, then what it has */
    size_t count;
    uint32_t *index_of; /* by a type's number; UINT32_MAX: the root does not lead to it */
    uint32_t **wholes;  /* by index: `edges` indexes of what it is a part of */
    uint32_t *queue;    /* as long as the list: for a search */
    uint32_t type_count;
};

/* All in the arena. -1: memory is out. */
MUST_CHECK int ruleset_reach(const struct sch_schema *schema, struct arena *arena,
                             struct reach *out);

/* The way to the type, "/home/zip"; an item of a list or map is a star. NULL: memory is out. */
MUST_CHECK const char *ruleset_reach_path(const struct reach *reach, const struct sch_type *type,
                                          struct arena *arena);

/* The types that the target is within, and itself: a bit by a type's number, reach_bits_bytes in all. NULL: memory is out. */
MUST_CHECK const uint8_t *ruleset_reach_leads(const struct reach *reach,
                                              const struct sch_type *target, struct arena *arena);

static inline size_t reach_bits_bytes(const struct reach *reach)
{
    return reach->type_count / 8 + 1;
}

static inline bool reach_bit(const uint8_t *bits, const struct sch_type *type)
{
    return (bits[type->number / 8] >> (type->number % 8) & 1) != 0;
}

#endif
