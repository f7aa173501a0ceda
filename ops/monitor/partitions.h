/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/partitions.h - a look at every partition of every source, claimed or not, and what is to be thought of it by the
 * looks of the last hour (ops/monitor/lag.h). `nrc monitor` and `nrc lag` ask here.
 *
 * Looks are kept from one call to the next, so that a turn costs no more than the one before. What a former process saw comes
 * from the register. Thread: the caller's. */
#ifndef OPS_MONITOR_PARTITIONS_H
#define OPS_MONITOR_PARTITIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"
#include "ops/monitor/lag.h"
#include "storage/quality/look.h"
#include "storage/quality/watch.h"

struct ing_logs;

enum { OPS_TOPIC_SIZE = 256, OPS_UNCLAIMED_MAX = 4096 /* of one topic; more are not looked at */ };

struct ops_partition {
    int32_t dataset_id;
    int32_t partition;
    char topic[OPS_TOPIC_SIZE];
    const struct sto_watched_position *position; /* of the watch; NULL: nobody has claimed it */
    int64_t next;                                /* the next offset to take; -1: not claimed */
    int64_t log_start;                           /* -1, and log_end: the broker did not say */
    int64_t log_end;
    struct ops_lag lag;
    struct ops_look looks[OPS_LOOKS_MAX]; /* the newest last */
    size_t look_count;
};

/* Starts as {0}. */
struct ops_partitions {
    struct ops_partition *items; /* by dataset, topic, partition */
    size_t count;
    int32_t *
        topics; /* of each dataset of the watch: its topic's partitions; 0: no such topic, -1: nobody knows */
    struct err silence; /* why Kafka did not answer; ERR_NONE: it did */
};

struct ops_look_at {
    const struct conf *conf;
    struct ing_logs *kafka;
    const struct sto_watch *watch;
    const struct sto_look *
        past; /* as sto_looks_load gives them; heeded for a partition that was not looked at before */
    size_t past_count;
    int64_t now_s;
    int timeout_ms; /* for each question to Kafka */
};

/* What Kafka does not say is unknown: see `silence`. What items had becomes what is seen now. RETRY ERR_NO_MEMORY. */
MUST_CHECK int ops_partitions_look(struct ops_partitions *partitions, const struct ops_look_at *at,
                                   struct err *err);
void ops_partitions_fini(struct ops_partitions *partitions);

/* A source's first; *count of them. */
const struct ops_partition *ops_partitions_of(const struct ops_partitions *partitions,
                                              int32_t dataset_id, size_t *count);

/* As the register keeps them: partitions->count rows, the caller frees them; their topics are the partitions'. NULL: memory is out. */
struct sto_look *ops_partitions_looks(const struct ops_partitions *partitions);

#endif
