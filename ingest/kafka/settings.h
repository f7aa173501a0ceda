/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/settings.h - what the brokers say of topics and of themselves that decides whether an event can be lost.
 *
 * Thread: the caller's; each call has a client of its own. */
#ifndef INGEST_KAFKA_SETTINGS_H
#define INGEST_KAFKA_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"

enum { ING_SETTINGS_TEXT = 160 };

struct ing_topic_settings {
    const char *topic;
    int32_t partitions;   /* 0: the topic does not exist; -1: not known, `why` */
    int64_t replicas;     /* of the partition that has the fewest */
    bool is_known;        /* the three below; they need the right DESCRIBE_CONFIGS */
    int64_t retention_ms; /* -1: for ever */
    int64_t min_insync;
    bool unclean;                /* a replica that is behind may become the leader */
    char why[ING_SETTINGS_TEXT]; /* what is not known, and why; "" */
};

struct ing_cluster {
    int64_t brokers;
    char version
        [ING_SETTINGS_TEXT]; /* inter.broker.protocol.version: "3.9-IV0"; "": not told, `why` */
    char why[ING_SETTINGS_TEXT];
};

/* Fills cluster and topics. RETRY ERR_KAFKA: no broker answers within timeout_ms; FATAL ERR_CONFIG. */
MUST_CHECK int ing_settings_ask(const struct conf *conf, struct ing_topic_settings *topics,
                                size_t count, int timeout_ms, struct ing_cluster *cluster,
                                struct err *err);

#endif
