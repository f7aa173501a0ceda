/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/turn_priv.h - the monitor, between its loop (monitor.c) and its turns (turn.c). */
#ifndef OPS_MONITOR_TURN_PRIV_H
#define OPS_MONITOR_TURN_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"
#include "ops/monitor/alarm.h"
#include "ops/monitor/contracts.h"
#include "ops/monitor/monitor.h"

struct ops_logs;
struct ops_monitor_probes;
struct ops_page;
struct ops_statements;
struct sto_conn;
struct zone;

struct ops_monitor {
    const struct conf *conf;
    struct zone *zone;     /* the Center's */
    struct sto_conn *conn; /* NULL: to be opened */
    struct ops_logs *logs;
    struct ops_contracts contracts;
    struct ops_statements *statements;
    struct ops_page *page;             /* NULL: none is wanted, or of a single turn */
    struct ops_monitor_probes *probes; /* NULL: of a single turn */
    bool is_alone;                     /* the lock is ours */
    bool has_looked;                   /* since the lock is ours: no look of before is needed */
    bool is_away;                      /* the register, as it was logged */
    bool has_said_second;
    bool has_trouble; /* a part of the turn failed by an outage of the register */
    struct ops_alarm alarm;
    int64_t at; /* INT64_MIN: now */
    void (*tell)(void *arg, const struct ops_finding *finding);
    void *arg;
};

/* What is promised, what is known, the verdict, and what comes of it, of every source. -1: the connection is to be given up. */
MUST_CHECK int ops_monitor_turn(struct ops_monitor *m, struct err *err);

#endif
