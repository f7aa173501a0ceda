/* SPDX-License-Identifier: Apache-2.0
 * tests/tools/follows.h - whether a structure can follow those before it: as columns, and as a plan. */
#ifndef TOOLS_FOLLOWS_H
#define TOOLS_FOLLOWS_H

#include <stdbool.h>

#include "schema/plan/layout.h"
#include "schema/plan/plan.h"

/* The structure's columns, over those there are, into out, which is to be finished in any case; and its plan
 * compiles. */
static inline bool follows(const struct sch_layout *there, struct sch_schema *structure,
                           struct sch_layout *out)
{
    struct err err = ERR_INIT;
    if (sch_layout_extend(there->columns, there->column_count, structure, false, out, &err) != 0) {
        return false;
    }
    const struct sch_plan_spec spec = {.structure = structure,
                                       .column_of = out->column_of,
                                       .columns = out->columns,
                                       .column_count = out->column_count};
    struct sch_plan *plan = sch_plan_compile(&spec, &err);
    bool good = plan != NULL;
    sch_plan_free(&plan);
    return good;
}

#endif
