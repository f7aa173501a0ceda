/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/run.c - the limits of one run. */
#include "schema/rules/run.h"

void cel_run_exhaust(struct cel_run *run, struct cel_value *out)
{
    run->cost_left = 0;
    *out = cel_error(CEL_COST, "the rule takes more steps than it may");
}

void *cel_run_alloc(struct cel_run *run, size_t size, struct cel_value *out)
{
    if (size > run->bytes_left) {
        run->bytes_left = 0;
        *out = cel_error(CEL_COST, "the rule takes more memory than it may");
        return NULL;
    }
    run->bytes_left -= size;
    void *p = arena_alloc(&run->arena, size);
    if (p == NULL) {
        *out = cel_error(CEL_COST, "out of memory");
    }
    return p;
}
