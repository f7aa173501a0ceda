/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/client_end.h - the end of a Kafka client that may not end. */
#ifndef INGEST_KAFKA_CLIENT_END_H
#define INGEST_KAFKA_CLIENT_END_H

#include <librdkafka/rdkafka.h>

/* librdkafka 2.0.2 waits for ever for its own threads once a topic was gone and came back (deleted, or not to be
 * read for a while). A client that is not gone after `ms` is logged, and ends with the process. */
void ing_kafka_client_end(rd_kafka_t *rk, int ms);

#endif
