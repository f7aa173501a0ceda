/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/state.h - the states of a structure: whether events may have it. */
#ifndef STORAGE_CATALOGUE_STATE_H
#define STORAGE_CATALOGUE_STATE_H

enum sto_structure_state {
    STO_STRUCTURE_PENDING, /* not yet approved */
    STO_STRUCTURE_ACTIVE,
    STO_STRUCTURE_RETIRED /* no more */
};

/* By its name in the register. Any unknown name is pending: no event may have it. */
enum sto_structure_state sto_state_of(const char *name);

#endif
