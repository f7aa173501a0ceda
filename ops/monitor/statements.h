/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/statements.h - the monitor's turn over the topics <agency>.control: what is new on them is taken, each message once.
 *
 * A batch of one agency's topic is one transaction with the position behind it. Given a topic that cannot be read on (a batch
 * that is broken, a log that was made anew or cut off), then what is lost is a refusal with its range, and the reading goes on;
 * no topic holds up another, and a turn ends in time.
 *
 * Thread: the monitor's. */
#ifndef OPS_MONITOR_STATEMENTS_H
#define OPS_MONITOR_STATEMENTS_H

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"

struct ops_logs;
struct ops_statements; /* body in statements.c */
struct sto_conn;

/* FATAL ERR_CONFIG, ERR_NO_MEMORY. */
MUST_CHECK struct ops_statements *ops_statements_open(const struct conf *conf, struct err *err);
void ops_statements_close(struct ops_statements **taken);

/* After ops_logs_look. What fails of one topic is logged; -1: the register is away, or memory is out. */
MUST_CHECK int ops_statements_turn(struct ops_statements *statements, struct ops_logs *logs,
                                   struct sto_conn *conn, struct err *err);

#endif
