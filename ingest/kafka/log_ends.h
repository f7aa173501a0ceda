/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/log_ends.h - where the logs of partitions begin and end.
 *
 * One client serves many questions. It logs nothing: an unknown value (-1) means that its question failed.
 * Thread: the one that opened it. */
#ifndef INGEST_KAFKA_LOG_ENDS_H
#define INGEST_KAFKA_LOG_ENDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"

struct ing_logs; /* body in log_ends.c */

/* FATAL ERR_CONFIG. Nothing is asked yet. */
MUST_CHECK struct ing_logs *ing_logs_open(const struct conf *conf, struct err *err);
void ing_logs_close(struct ing_logs **taken);

/* The partitions of a topic: *count of them, 0 when it does not exist, -1 when the broker does not
 * say. RETRY ERR_KAFKA when no broker answers within timeout_ms. */
MUST_CHECK int ing_logs_partitions(struct ing_logs *logs, const char *topic, int timeout_ms,
                                   int32_t *count, struct err *err);

struct ing_log_range {
    const char *topic;
    int32_t partition;
    int64_t log_start;  /* -1: unknown */
    int64_t log_end;    /* the next offset to be written; -1: unknown */
    int32_t partitions; /* of its topic; -1: unknown */
    int code;           /* librdkafka's: why something is unknown */
};

/* Fills all but topic and partition of each range; ranges of one topic belong together. Given a partition without
 * a leader, or whose leader does not answer, then its values stay -1 and the others wait at most three
 * seconds for it. RETRY ERR_KAFKA when no broker answered for any of them. */
MUST_CHECK int ing_logs_ranges(struct ing_logs *logs, struct ing_log_range *ranges, size_t count,
                               int timeout_ms, struct err *err);

#define ING_KEPT_FOR_EVER INT64_MAX

struct ing_log_retention {
    const char *topic;
    int64_t
        seconds; /* for which an event is kept at least, by its age; ING_KEPT_FOR_EVER; -1: unknown */
};

/* Fills seconds of each, from the topic's configuration. What the broker does not say, or we may not ask (DESCRIBE_CONFIGS),
 * stays -1. RETRY ERR_KAFKA when no broker answers, ERR_NO_MEMORY. */
MUST_CHECK int ing_logs_retention(struct ing_logs *logs, struct ing_log_retention *topics,
                                  size_t count, int timeout_ms, struct err *err);

#endif
