/* SPDX-License-Identifier: Apache-2.0
 * schema/plan_resolve.h - the rules of Avro 1.11, "Schema Resolution", without any code generation
 * (private to schema/).
 *
 * Thread: the one that compiles. A resolver remembers the answers for one compilation. */
#ifndef SCHEMA_PLAN_RESOLVE_H
#define SCHEMA_PLAN_RESOLVE_H

#include <stdbool.h>

#include "schema/plan_priv.h"

/* How a writer's scalar becomes a reader's. */
struct sch_scalar {
    enum sch_op_code code;
    enum column_type column_type;
    bool writer_unit; /* RANGED: the writer's logical type has the unit, else the reader's */
};

/* What one compilation, its defaults included, may compare: hostile megabytes hold billions of
 * pairs of fields, branches or symbols. */
enum { SCH_MAX_PLAN_STEPS = 50 * 1000 * 1000 };

/* steps: spent so far; borrowed. */
struct sch_resolver;
struct sch_resolver *sch_resolver_new(uint64_t *steps); /* NULL: no memory */
void sch_resolver_free(struct sch_resolver **taken);

/* False when that is more than may be: from then on nothing is readable. */
bool sch_resolver_spend(struct sch_resolver *resolver, uint64_t steps);

/* Whether a writer's value of type w can ever be read as r; if not, err (which may be NULL) says
 * why, with the path: FATAL ERR_INCOMPATIBLE, or nothing when the steps are spent. What depends on
 * the value counts as readable. */
bool sch_readable(struct sch_resolver *resolver, const struct sch_type *w, const struct sch_type *r,
                  struct err *err);

/* w, r: neither union, array, map nor record. False when there is no way. */
bool sch_scalar_rule(const struct sch_type *w, const struct sch_type *r, struct sch_scalar *rule);

/* The branch of a reader's union r that w (no union) resolves to, or NULL. */
const struct sch_type *sch_reader_branch(struct sch_resolver *resolver, const struct sch_type *w,
                                         const struct sch_type *r);

/* of_writer[i]: which of the reader's fields the writer's field i fills, or -1. A name goes
 * before an alias, and no field is taken twice. of_reader: the reverse. */
void sch_pair_fields(struct sch_resolver *resolver, const struct sch_type *w,
                     const struct sch_field *const *fields, size_t count, int32_t *of_writer,
                     int32_t *of_reader);

bool sch_is_nullable(const struct sch_type *type);

/* The fewest bytes that a value takes; 0 only when every value takes none. */
uint32_t sch_least_bytes(struct sch_resolver *resolver, const struct sch_type *w);

#endif
