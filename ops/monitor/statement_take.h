/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/statement_take.h - one message of <agency>.control, into the register's transaction: taken, taken before, or
 * refused with its reason.
 *
 * Thread: the monitor's. */
#ifndef OPS_MONITOR_STATEMENT_TAKE_H
#define OPS_MONITOR_STATEMENT_TAKE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/quality/statement.h"

struct ing_scanned;
struct ops_taker; /* the versions of the structure that were met; body in statement_take.c */

/* FATAL ERR_NO_MEMORY. */
MUST_CHECK struct ops_taker *ops_taker_new(struct err *err);
void ops_taker_free(struct ops_taker **taken);

/* end_seen_us: the message came after it; STO_NO_TIME: not known. Errors are the register's: the transaction does not hold. */
MUST_CHECK int ops_taker_take(struct ops_taker *taker, struct sto_conn *conn,
                              const struct sto_statement_source *source,
                              const struct ing_scanned *record, int64_t end_seen_us,
                              enum sto_taken *out, struct err *err);

#endif
