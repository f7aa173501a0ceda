/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/series.h - what a turn found, as metrics of each source and each partition.
 *
 * A turn writes all series anew: a source that is gone has none, and what the turn did not find out has none either. So a
 * monitor that was just started says nothing of a source, rather than 0. Thread: the monitor's. */
#ifndef OPS_MONITOR_SERIES_H
#define OPS_MONITOR_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/metric.h"

struct conf;
struct ops_facts;
struct ops_partitions;
struct ops_status;
struct ops_verdict;
struct sto_watch;
struct sto_watched;

enum { OPS_SERIES_FAMILIES = METRIC_PARTITION_POSITION - METRIC_SOURCES + 1 };

struct ops_series {
    size_t sources_most;
    size_t partitions_most;
    struct buf text[OPS_SERIES_FAMILIES];
    struct metric_out out[OPS_SERIES_FAMILIES];
};

void ops_series_init(struct ops_series *series, const struct conf *conf);
void ops_series_fini(struct ops_series *series);

/* A source was judged. index: of the watch's datasets. */
void ops_series_judged(struct ops_series *series, const struct sto_watch *watch, size_t index,
                       const struct ops_facts *facts, const struct ops_verdict *verdict);
/* It was found what it is. */
void ops_series_status(struct ops_series *series, const struct sto_watch *watch, size_t index,
                       const struct ops_status *status);
/* What the register has and may have; a negative number: not known. */
void ops_series_register(struct ops_series *series, double size_bytes, double free_bytes,
                         double full_s);
/* After all were: what is known of every source and partition, judged or not. */
void ops_series_known(struct ops_series *series, const struct sto_watch *watch,
                      const struct ops_partitions *partitions);
/* All of it, as Prometheus reads it. */
void ops_series_print(struct ops_series *series, struct buf *out);

#endif
