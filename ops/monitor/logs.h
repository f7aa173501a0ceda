/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/logs.h - what Kafka's logs say of sources: whether they can be reached, what waits in them and since when,
 * and whether agencies give a sign of life.
 *
 * Thread: the monitor's. */
#ifndef OPS_MONITOR_LOGS_H
#define OPS_MONITOR_LOGS_H

#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"
#include "ingest/kafka/log_ends.h"
#include "ops/monitor/freshness.h"
#include "ops/monitor/partitions.h"

struct sto_look;
struct sto_watch;

struct ops_logs; /* body in logs.c */

/* FATAL ERR_CONFIG, ERR_NO_MEMORY. */
MUST_CHECK struct ops_logs *ops_logs_open(const struct conf *conf, struct err *err);
void ops_logs_close(struct ops_logs **taken);

/* Asks Kafka, which is then asked for more while it answers. What it does not say is unknown until the next look. past: what a
 * former process saw, as sto_looks_load gives it. -1: memory is out. */
MUST_CHECK int ops_logs_look(struct ops_logs *logs, const struct sto_watch *watch,
                             const struct sto_look *past, size_t past_count, int64_t now_s,
                             struct err *err);

/* What it told; until the next one. */
const struct ops_partitions *ops_logs_last(const struct ops_logs *logs);

/* Of a dataset of the watch that the last look was made with: is_reachable, is_behind, waiting. */
void ops_logs_facts(const struct ops_logs *logs, const struct sto_watch *watch, size_t index,
                    int64_t now_s, struct ops_facts *facts);

/* Where the logs of the partitions of <agency>.control begin and end: how many there are; 0: there is no such topic, -1: nobody
 * knows. topic: its name, to which the ranges refer. */
enum { OPS_CONTROL_PARTITIONS_MAX = 256 };
int ops_logs_control(struct ops_logs *logs, const char *agency, char topic[OPS_TOPIC_SIZE],
                     struct ing_log_range ranges[OPS_CONTROL_PARTITIONS_MAX]);

/* Messages that the topic ever had; -1: there is none, or nobody knows. Kafka is asked once for each agency and look. */
int64_t ops_logs_control_end(struct ops_logs *logs, const char *agency);

#endif
