/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/ranges.h - what the brokers say of many partitions' logs, asked by whatever client one has.
 *
 * One request for the metadata of all topics, then two for each broker: a thousand partitions cost about as
 * much as one. Any client, any thread. */
#ifndef INGEST_KAFKA_RANGES_H
#define INGEST_KAFKA_RANGES_H

#include <librdkafka/rdkafka.h>
#include <stddef.h>

#include "base/attr.h"
#include "ingest/kafka/log_ends.h"

/* Fills all but topic and partition of each range; those of one topic stand together. A partition without a leader is
 * answered at once, and a broker that does not answer costs broker_ms and only its own partitions. The code is an
 * error when nobody told anything: no broker answers, or memory is out (__FAIL). */
MUST_CHECK rd_kafka_resp_err_t ing_ranges_ask(rd_kafka_t *rk, struct ing_log_range *ranges,
                                              size_t count, int timeout_ms, int broker_ms);

#endif
