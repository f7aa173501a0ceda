/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/describe.h - the configuration of topics and brokers, as the brokers tell it. It needs the right DESCRIBE_CONFIGS. */
#ifndef INGEST_KAFKA_DESCRIBE_H
#define INGEST_KAFKA_DESCRIBE_H

#include <librdkafka/rdkafka.h>
#include <stddef.h>

/* One of those that were asked for: its name and its error are in it. */
typedef void ing_described(const rd_kafka_ConfigResource_t *resource, void *arg);

/* Asks for all in one request, and calls `take` for each that is told. Names may repeat. Otherwise the code says why nothing is told.
 * Any client, any thread. */
rd_kafka_resp_err_t ing_describe(rd_kafka_t *rk, rd_kafka_ResourceType_t type,
                                 const char *const *names, size_t count, int timeout_ms,
                                 ing_described *take, void *arg);

/* NULL: it is not told. */
const char *ing_described_value(const rd_kafka_ConfigResource_t *resource, const char *name);

#endif
