/* SPDX-License-Identifier: Apache-2.0
 * storage/report/verify.h - compares the ledger with itself, the positions and every dataset's tables. */
#ifndef STORAGE_REPORT_VERIFY_H
#define STORAGE_REPORT_VERIFY_H

#include "storage/report/report.h"

struct sto_conn;

/* Called before each dataset that has tables: its number, from 1, of how many. */
typedef void sto_verify_step(void *arg, const char *dataset, size_t number, size_t of);

/* A row for every broken promise, as STO_REPORT_LEDGER_FAULTS has them: first those of the ledger
 * itself, then dataset by dataset. No row: the register is as the ledger says. Each dataset is read in
 * a snapshot of its own. step: may be NULL. */
MUST_CHECK struct sto_grid *sto_ledger_verify(struct sto_conn *conn, sto_verify_step *step,
                                              void *arg, struct err *err);

#endif
