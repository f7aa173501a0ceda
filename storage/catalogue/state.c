/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/state.c - see the header. */
#include "storage/catalogue/state.h"

#include <stddef.h>
#include <string.h>

#include "base/attr.h"

static const char *const names[] = {
    [STO_STRUCTURE_PENDING] = "pending",   [STO_STRUCTURE_REJECTED] = "rejected",
    [STO_STRUCTURE_APPROVED] = "approved", [STO_STRUCTURE_ACTIVE] = "active",
    [STO_STRUCTURE_RETIRED] = "retired",
};

enum sto_structure_state sto_state_of(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return (enum sto_structure_state)i;
        }
    }
    return STO_STRUCTURE_PENDING;
}
