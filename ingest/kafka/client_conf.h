/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/client_conf.h - librdkafka's settings: ours where its defaults lose data, the operator's
 * otherwise. */
#ifndef INGEST_KAFKA_CLIENT_CONF_H
#define INGEST_KAFKA_CLIENT_CONF_H

#include <librdkafka/rdkafka.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"

/* What any client needs: brokers, the operator's properties, our log. The caller owns it until
 * rd_kafka_new. FATAL ERR_CONFIG names the property. */
MUST_CHECK rd_kafka_conf_t *ing_kafka_conf(const struct conf *conf, struct err *err);

/* The same and what a lane's consumer must have; lane numbers from 0. */
MUST_CHECK rd_kafka_conf_t *ing_kafka_consumer_conf(const struct conf *conf, int lane,
                                                    struct err *err);

#endif
