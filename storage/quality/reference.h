/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/reference.h - references between datasets (DSP-7.4.5, validity): whether the values that a contract says another
 * dataset has are there. They are looked at off the event path, set by set, by the functions of 0025_references.sql; each
 * step is a transaction of its own. The connection has the role of the monitor. Reports: STO_REPORT_REFERENCES. */
#ifndef STORAGE_QUALITY_REFERENCE_H
#define STORAGE_QUALITY_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

/* What changed since the last turn, and of the rounds under way as much as there is time for: STO_REFERENCES_TURN_MS of all
 * references, those first that were not looked at for the longest time. Two at once are one: what another session is at is
 * left to it. A reference that fails is noted as not checked and the others go on. RETRY: the register is down. */
enum { STO_REFERENCES_TURN_MS = 20000, STO_REFERENCE_STEPS_MS = 3000 };
MUST_CHECK int sto_references_turn(struct sto_conn *conn, struct err *err);

struct sto_references_checked {
    int64_t references; /* of the dataset */
    int64_t rows;       /* that refer; this and the rest: only of a full check */
    int64_t missing;    /* whose target is not there */
    int64_t added;      /* missing ones that the turns had not found */
    int64_t removed;    /* rows that the turns took for missing, and that are not */
};

/* The references of one dataset, to their end; is_full: all rows at once besides, against what the turns found.
 * FATAL ERR_NOT_FOUND: there is no such dataset; as the register fails. */
MUST_CHECK int sto_references_check(struct sto_conn *conn, const char *dataset, bool is_full,
                                    struct sto_references_checked *out, struct err *err);

#endif
