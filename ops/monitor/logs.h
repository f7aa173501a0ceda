/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/logs.h - what Kafka's logs say of sources: whether they can be reached, what waits in them and since when,
 * and whether agencies give a sign of life.
 *
 * Since when something waits is told by the logs' ends, looked at again and again: what was written by a former look and is
 * not taken yet has waited since then. So the first look knows of nothing that waits, and a wait is known to one turn.
 *
 * Thread: the monitor's. */
#ifndef OPS_MONITOR_LOGS_H
#define OPS_MONITOR_LOGS_H

#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"
#include "ops/monitor/freshness.h"

struct sto_look;
struct sto_watch;

struct ops_logs; /* body in logs.c */

/* FATAL ERR_CONFIG, ERR_NO_MEMORY. */
MUST_CHECK struct ops_logs *ops_logs_open(const struct conf *conf, struct err *err);
void ops_logs_close(struct ops_logs **taken);

/* Asks Kafka. What it does not say is unknown until the next look; -1: memory is out. */
MUST_CHECK int ops_logs_look(struct ops_logs *logs, const struct sto_watch *watch, int64_t now_s,
                             struct err *err);

/* The last look, of each position of `watch`, which it was made with: watch->position_count rows, the caller frees them; NULL:
 * memory is out. */
struct sto_look *ops_logs_last(const struct ops_logs *logs, const struct sto_watch *watch);

/* Of the last look: is_reachable, is_behind, waiting. */
void ops_logs_facts(const struct ops_logs *logs, const struct sto_watch *watch, int32_t dataset_id,
                    struct ops_facts *facts);

/* Messages that the agency's control topic ever had; -1: there is none, or nobody knows. */
int64_t ops_logs_control_end(struct ops_logs *logs, const char *agency);

#endif
