/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/problems.h - what the quality of sources has against it becomes incidents (0028_problems.sql). */
#ifndef STORAGE_QUALITY_PROBLEMS_H
#define STORAGE_QUALITY_PROBLEMS_H

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

/* *found: problems there are now. RETRY, FATAL as a statement fails. */
MUST_CHECK int sto_problems_turn(struct sto_conn *conn, int *found, struct err *err);

#endif
