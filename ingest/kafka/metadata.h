/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/metadata.h - the metadata of topics, as the brokers have it. */
#ifndef INGEST_KAFKA_METADATA_H
#define INGEST_KAFKA_METADATA_H

#include <librdkafka/rdkafka.h>
#include <stdint.h>

/* Of one topic, for the caller to destroy; NULL: *code says why. A broker that dies or freezes hides no
 * other, once the client has given its connection up (socket.timeout.ms). Any client, any thread. */
const struct rd_kafka_metadata *ing_metadata_ask(rd_kafka_t *rk, const char *topic, int timeout_ms,
                                                 rd_kafka_resp_err_t *code);

/* Likewise of all topics that the client knows: that it is assigned, or of which it has a handle. */
const struct rd_kafka_metadata *ing_metadata_ask_known(rd_kafka_t *rk, int timeout_ms,
                                                       rd_kafka_resp_err_t *code);

/* *count: the topic's partitions, when the answer is no error. A topic that does not exist is
 * RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART. Any client, any thread. */
rd_kafka_resp_err_t ing_metadata_partitions(rd_kafka_t *rk, const char *topic, int timeout_ms,
                                            int32_t *count);

#endif
