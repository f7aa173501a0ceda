/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/state.h - the states of a structure: whether events may have it.
 *
 * A structure that is approved becomes active by the clock alone, and an active one retired. */
#ifndef STORAGE_CATALOGUE_STATE_H
#define STORAGE_CATALOGUE_STATE_H

enum sto_structure_state {
    STO_STRUCTURE_PENDING,  /* people have not decided */
    STO_STRUCTURE_REJECTED, /* they have, against it */
    STO_STRUCTURE_APPROVED, /* its time has not come */
    STO_STRUCTURE_ACTIVE,
    STO_STRUCTURE_RETIRED /* its time is over */
};

/* By its name in the register (nrc.structure_state). Any unknown name is pending: no event may have it. */
enum sto_structure_state sto_state_of(const char *name);

#endif
