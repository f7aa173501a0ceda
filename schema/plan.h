/* SPDX-License-Identifier: Apache-2.0
 * schema/plan.h - how events of one writer structure become rows of one dataset, compiled once.
 *
 * A plan is a flat array of operations with every decision already made (Avro 1.11, "Schema
 * Resolution"): which bytes to skip, which column a field goes to, promotions, aliases, reader
 * defaults, enum mapping, which union branches are readable. schema/decode.c runs it.
 *
 * Thread: compiled by one, then read by any. Keeps a reference on both schemas. */
#ifndef SCHEMA_PLAN_H
#define SCHEMA_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cell.h"
#include "base/err.h"
#include "schema/model.h"

/* One column of the dataset, as the plan must fill it. */
struct sch_target {
    struct column column;
    /* The field that defines it in the newest structure that has it; its type is the reader's
     * type, its aliases and default are the reader's. */
    const struct sch_field *field;
    /* The newest structure no longer has the field: a writer without it leaves the column null,
     * whatever the field's type says. A newest field that has its name as an alias, and can
     * read the writer's values, takes them from it. */
    bool dropped;
};

struct sch_plan_spec {
    struct sch_schema *writer; /* a record, the writer structure */
    /* The schemas that the targets' fields belong to; referenced by the plan. */
    struct sch_schema *const *owners;
    size_t owner_count;
    const struct sch_target *targets; /* one for each column, in column order */
    size_t target_count;
};

struct sch_plan; /* body in plan_priv.h: schema/ only */

/* A column whose field the writer does not have is filled with the reader's default, else NULL
 * when the field admits null. FATAL ERR_INCOMPATIBLE, naming the path, when a field can in no
 * case be read (incompatible types; absent without default and not nullable); what depends on
 * the value (a union branch, an enum symbol) is refused when it is met, as POISON. */
MUST_CHECK struct sch_plan *sch_plan_compile(const struct sch_plan_spec *spec, struct err *err);
void sch_plan_free(struct sch_plan **taken);

/* For tests and `nrc structure show`: one operation a line. */
struct buf;
void sch_plan_print(const struct sch_plan *plan, struct buf *out);

#endif
