/* SPDX-License-Identifier: Apache-2.0
 * schema/plan_compile.h - a plan for any root, which dataset plans, key plans and defaults share
 * (private to schema/). */
#ifndef SCHEMA_PLAN_COMPILE_H
#define SCHEMA_PLAN_COMPILE_H

#include "schema/plan.h"

struct sch_root_spec {
    const struct sch_type *root;
    bool whole_root; /* the root is the one target's value; else its fields are the targets' */
    const struct sch_target *targets;
    size_t target_count;
    struct sch_schema *const *schemas; /* to keep a reference on */
    size_t schema_count;
    uint64_t *steps;         /* of the compilation that this one is part of; NULL: of none */
    enum err_code null_code; /* what an event is told that has a null where none may be */
};

MUST_CHECK struct sch_plan *sch_compile_root(const struct sch_root_spec *spec, struct err *err);

#endif
