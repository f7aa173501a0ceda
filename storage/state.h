/* SPDX-License-Identifier: Apache-2.0
 * storage/state.h - whether events may come with a structure. */
#ifndef STORAGE_STATE_H
#define STORAGE_STATE_H

enum sto_structure_state {
    STO_STRUCTURE_PENDING, /* not yet approved */
    STO_STRUCTURE_ACTIVE,
    STO_STRUCTURE_RETIRED /* no more */
};

#endif
