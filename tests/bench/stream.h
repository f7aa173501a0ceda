/* SPDX-License-Identifier: Apache-2.0
 * tests/bench/stream.h - an idempotent producer of typical events, shared by bench_produce and
 * bench_latency. */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include <librdkafka/rdkafka.h>
#include <stdlib.h>

#include "typical.h"

static inline void stream_die(const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}

/* properties: name, value, …, NULL. `opaque` is what rd_kafka_opaque answers in `delivered`. */
static inline rd_kafka_t *
stream_open(const char *bootstrap, const char *const *properties,
            void (*delivered)(rd_kafka_t *, const rd_kafka_message_t *, void *), void *opaque)
{
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, why, sizeof(why)) ||
        rd_kafka_conf_set(conf, "log_level", "3", why, sizeof(why)) ||
        rd_kafka_conf_set(conf, "enable.idempotence", "true", why, sizeof(why))) {
        stream_die("producer", why);
    }
    for (; *properties; properties += 2) {
        if (rd_kafka_conf_set(conf, properties[0], properties[1], why, sizeof(why))) {
            stream_die(properties[0], why);
        }
    }
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    rd_kafka_conf_set_opaque(conf, opaque);
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    if (!producer) {
        stream_die("producer", why);
    }
    return producer;
}

/* Of each dataset, by its number: "<topic><d>", or the topic itself for 0 datasets, which are one. */
static inline rd_kafka_topic_t **stream_topics(rd_kafka_t *producer, const char *topic,
                                               uint64_t datasets)
{
    const uint64_t count = datasets > 0 ? datasets : 1;
    rd_kafka_topic_t **topics = calloc(count, sizeof(rd_kafka_topic_t *));
    if (!topics) {
        stream_die("topics", "out of memory");
    }
    for (uint64_t d = 0; d < count; d++) {
        char name[256];
        snprintf(name, sizeof(name), "%s", topic);
        if (datasets > 0) {
            snprintf(name, sizeof(name), "%s%" PRIu64, topic, d);
        }
        topics[d] = rd_kafka_topic_new(producer, name, NULL);
        if (!topics[d]) {
            stream_die(name, rd_kafka_err2str(rd_kafka_last_error()));
        }
    }
    return topics;
}

static inline void stream_topics_close(rd_kafka_topic_t **topics, uint64_t datasets)
{
    for (uint64_t d = 0; d < (datasets > 0 ? datasets : 1); d++) {
        rd_kafka_topic_destroy(topics[d]);
    }
    free(topics);
}

static inline void stream_send(rd_kafka_topic_t *topic, rd_kafka_t *producer, struct buf *scratch,
                               const struct typical *event, int32_t schema_id, void *opaque)
{
    buf_reset(scratch);
    typical_put_message(scratch, event, schema_id);
    if (buf_failed(scratch)) {
        stream_die("produce", "out of memory");
    }
    while (rd_kafka_produce(topic, event->partition, RD_KAFKA_MSG_F_COPY, scratch->data,
                            scratch->len, event->civil_no, strlen(event->civil_no), opaque) != 0) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            stream_die("produce", rd_kafka_err2str(rd_kafka_last_error()));
        }
        rd_kafka_poll(producer, 10);
    }
}

#endif
