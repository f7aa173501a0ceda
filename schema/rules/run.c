/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/run.c - the limits of one run. */
#include "schema/rules/run.h"

bool cel_run_charge(struct cel_run *run, uint64_t units, struct cel_value *out)
{
    if (units > run->cost_left) {
        run->cost_left = 0;
        *out = cel_error(CEL_COST, "the rule takes more steps than it may");
        return false;
    }
    run->cost_left -= units;
    return true;
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
