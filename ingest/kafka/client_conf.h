/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/client_conf.h - the settings of a Kafka client: the operator's, and over them those that
 * protect data. */
#ifndef INGEST_KAFKA_CLIENT_CONF_H
#define INGEST_KAFKA_CLIENT_CONF_H

#include <librdkafka/rdkafka.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"

/* For any client: brokers, the operator's properties, nrc's log. The caller owns it until
 * rd_kafka_new. FATAL ERR_CONFIG names the property. */
MUST_CHECK rd_kafka_conf_t *ing_kafka_conf(const struct conf *conf, struct err *err);

/* For the consumer of a lane, numbered from 0. */
MUST_CHECK rd_kafka_conf_t *ing_kafka_consumer_conf(const struct conf *conf, int lane,
                                                    struct err *err);

/* Over all others. FATAL ERR_CONFIG names the property. */
struct ing_kafka_setting {
    const char *name;
    const char *value;
};
MUST_CHECK int ing_kafka_conf_set(rd_kafka_conf_t *rk_conf,
                                  const struct ing_kafka_setting *settings, size_t count,
                                  struct err *err);

/* The client logs nothing: its caller reports what fails. */
void ing_kafka_conf_silence(rd_kafka_conf_t *rk_conf);

/* A silent client for questions alone, a producer, which needs no group. settings: over the operator's. NULL: FATAL ERR_CONFIG. */
MUST_CHECK rd_kafka_t *ing_kafka_asker(const struct conf *conf,
                                       const struct ing_kafka_setting *settings, size_t count,
                                       struct err *err);

#endif
