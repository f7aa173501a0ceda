/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/lag_judge.h - what the monitor's looks of the last hour, and the present one, say of each partition. */
#ifndef OPS_CMD_LAG_JUDGE_H
#define OPS_CMD_LAG_JUDGE_H

#include <stddef.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"
#include "ingest/kafka/log_ends.h"
#include "ops/monitor/lag.h"

struct sto_conn;

enum { OPS_LAG_KAFKA_MS = 10000 }; /* for each question to Kafka */

struct ops_lag_line {
    const char *dataset;
    const char *topic;
    int32_t partition; /* -1: the topic has none */
    int64_t next;      /* -1: not claimed yet */
    const char *state;
    enum ops_known has_owner;
    struct ops_lag lag;
};

/* Fills lag of each. lines: by topic and partition. ranges: beside them, as the brokers told just now. only_topic: NULL for all.
 * A broker that says nothing of retention leaves the headroom unknown. */
MUST_CHECK int ops_lag_lines_judge(const struct conf *conf, struct sto_conn *conn,
                                   struct ing_logs *logs, struct ops_lag_line *lines,
                                   const struct ing_log_range *ranges, size_t count,
                                   const char *only_topic, struct err *err);

#endif
