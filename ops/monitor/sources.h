/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/sources.h - what a turn found of all sources, for the register: one text, one round trip. */
#ifndef OPS_MONITOR_SOURCES_H
#define OPS_MONITOR_SOURCES_H

#include "base/buf.h"
#include "ops/monitor/status.h"

struct ops_series;

struct ops_sources {
    const struct sto_watch *watch;
    const struct ops_partitions *partitions;
    const struct ops_verdict *verdicts; /* beside the watch's datasets, and is_judged */
    const bool *is_judged;   /* the contract promises something, and it could be judged */
    const struct zone *zone; /* the Center's */
    int64_t now_s;
    struct ops_series *series; /* gets them, too */
};

/* json: what nrc.record_sources takes (0035_sources.sql). A failure is the buffer's. */
void ops_sources_judge(const struct ops_sources *sources, struct buf *json);

#endif
