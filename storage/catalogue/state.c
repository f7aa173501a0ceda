/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/state.c - see the header. */
#include "storage/catalogue/state.h"

#include <string.h>

enum sto_structure_state sto_state_of(const char *name)
{
    if (strcmp(name, "active") == 0) {
        return STO_STRUCTURE_ACTIVE;
    }
    return strcmp(name, "retired") == 0 ? STO_STRUCTURE_RETIRED : STO_STRUCTURE_PENDING;
}
