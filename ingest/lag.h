/* SPDX-License-Identifier: Apache-2.0
 * ingest/lag.h - where the logs end, for `nrc lag`. */
#ifndef INGEST_LAG_H
#define INGEST_LAG_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"

struct ing_log_range {
    const char *topic;
    int32_t partition;
    int64_t log_start; /* -1: unknown */
    int64_t log_end;   /* the next offset to be written; -1: unknown */
};

/* Fills log_start and log_end of each range; a partition that cannot be asked stays -1. FATAL
 * ERR_CONFIG, RETRY ERR_KAFKA when no broker answers within timeout_ms. */
MUST_CHECK int ing_log_ranges(const struct conf *conf, struct ing_log_range *ranges, size_t count,
                              int timeout_ms, struct err *err);

/* The partitions of a topic: *count of them, 0 when it does not exist. */
MUST_CHECK int ing_topic_partitions(const struct conf *conf, const char *topic, int timeout_ms,
                                    size_t *count, struct err *err);

#endif
