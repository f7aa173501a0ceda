/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/client_conf.c - see the header.
 *
 * By default librdkafka 2.0.2 starts a partition without an offset at its *end*, commits offsets by
 * itself, and does not check CRCs. Each of these loses or misreads events without an error. So they are set
 * after the operator's properties, and no property overrides them. */
#include "ingest/kafka/client_conf.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "ingest/kafka/fetching.h"

static const struct ing_kafka_setting advised[] = {
    {"client.id", "nrc"},
    {"socket.keepalive.enable", "true"},
    {"topic.metadata.refresh.interval.ms", "10000"},
    {"reconnect.backoff.max.ms", "5000"},
};

static const struct ing_kafka_setting consumer_advised[] = {
    /* While it is busy: fetching.c changes these two. */
    {"fetch.min.bytes", ING_FETCH_MIN_BYTES}, {"fetch.wait.max.ms", ING_FETCH_WAIT_MAX_MS},
    {"fetch.message.max.bytes", "131072"}, /* of one partition: others have room in the same answer */
    {"fetch.max.bytes", "8388608"},        /* comes on top of what is prefetched */
    {"queued.min.messages", "100000"},        {"fetch.error.backoff.ms", "100"},
};

/* Exactly-once depends on these. */
static const struct ing_kafka_setting consumer_fixed[] = {
    {"auto.offset.reset", "error"},
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"enable.partition.eof", "true"},
    {"check.crcs", "true"},
    {"isolation.level", "read_committed"},
    {"partition.assignment.strategy", "roundrobin"},
    {"allow.auto.create.topics", "false"},
};

static void drop_line(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk;
    (void)level;
    (void)facility;
    (void)text;
}

void ing_kafka_conf_silence(rd_kafka_conf_t *rk_conf)
{
    rd_kafka_conf_set_log_cb(rk_conf, drop_line);
}

static void log_line_of(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk;
    enum log_level ours = level <= 3 ? LOG_ERROR : level == 4 ? LOG_WARN : LOG_INFO;
    log_write(ours, "kafka_client",
              (const struct log_field[]){
                  LOG_STR("facility", facility), LOG_STR("message", text), {.key = NULL}});
}

static int set(rd_kafka_conf_t *rk_conf, const char *name, const char *value, struct err *err)
{
    char text[256];
    if (rd_kafka_conf_set(rk_conf, name, value, text, sizeof(text)) != RD_KAFKA_CONF_OK) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "[kafka] %s: %s", name, text);
    }
    return 0;
}

int ing_kafka_conf_set(rd_kafka_conf_t *rk_conf, const struct ing_kafka_setting *settings,
                       size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (set(rk_conf, settings[i].name, settings[i].value, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int set_operators(rd_kafka_conf_t *rk_conf, const struct conf *conf, struct err *err)
{
    for (size_t i = 0; i < conf->kafka.property_count; i++) {
        const struct conf_property *property = &conf->kafka.properties[i];
        if (set(rk_conf, property->name, property->value, err) < 0) {
            return -1;
        }
    }
    return 0;
}

rd_kafka_conf_t *ing_kafka_conf(const struct conf *conf, struct err *err)
{
    if (conf->kafka.bootstrap == NULL || conf->kafka.bootstrap[0] == '\0') {
        err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                "no Kafka brokers: set bootstrap in [kafka] or NRC_KAFKA_BOOTSTRAP");
        return NULL;
    }
    rd_kafka_conf_t *rk_conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(rk_conf, log_line_of);
    if (set(rk_conf, "bootstrap.servers", conf->kafka.bootstrap, err) < 0 ||
        ing_kafka_conf_set(rk_conf, advised, COUNT_OF(advised), err) < 0 ||
        set_operators(rk_conf, conf, err) < 0) {
        rd_kafka_conf_destroy(rk_conf);
        return NULL;
    }
    return rk_conf;
}

static int set_number(rd_kafka_conf_t *rk_conf, const char *name, int64_t value, struct err *err)
{
    char text[32];
    snprintf(text, sizeof(text), "%lld", (long long)value);
    return set(rk_conf, name, text, err);
}

/* A member learns of a rebalance from its next heartbeat, and the group waits for each member. */
static int64_t heartbeat_ms(const struct conf *conf)
{
    int64_t sixth = conf->ingest.session_timeout_ms / 6;
    return sixth < 1000 ? sixth : 1000;
}

static int set_consumer(rd_kafka_conf_t *rk_conf, const struct conf *conf, int lane,
                        struct err *err)
{
    char instance[256];
    snprintf(instance, sizeof(instance), "%s-%d", conf->ingest.instance, lane);
    if (ing_kafka_conf_set(rk_conf, consumer_advised, COUNT_OF(consumer_advised), err) < 0 ||
        set_number(rk_conf, "queued.max.messages.kbytes", conf->ingest.prefetch_kb, err) < 0 ||
        set_number(rk_conf, "session.timeout.ms", conf->ingest.session_timeout_ms, err) < 0 ||
        set_number(rk_conf, "heartbeat.interval.ms", heartbeat_ms(conf), err) < 0 ||
        set_operators(rk_conf, conf, err) < 0 ||
        set(rk_conf, "group.id", conf->kafka.group, err) < 0 ||
        set(rk_conf, "group.instance.id", instance, err) < 0) {
        return -1;
    }
    return ing_kafka_conf_set(rk_conf, consumer_fixed, COUNT_OF(consumer_fixed), err);
}

rd_kafka_conf_t *ing_kafka_consumer_conf(const struct conf *conf, int lane, struct err *err)
{
    rd_kafka_conf_t *rk_conf = ing_kafka_conf(conf, err);
    if (rk_conf != NULL && set_consumer(rk_conf, conf, lane, err) < 0) {
        rd_kafka_conf_destroy(rk_conf);
        return NULL;
    }
    return rk_conf;
}

rd_kafka_t *ing_kafka_asker(const struct conf *conf, const struct ing_kafka_setting *settings,
                            size_t count, struct err *err)
{
    char text[256];
    rd_kafka_conf_t *rk_conf = ing_kafka_conf(conf, err);
    if (rk_conf == NULL) {
        return NULL;
    }
    ing_kafka_conf_silence(rk_conf);
    if (ing_kafka_conf_set(rk_conf, settings, count, err) != 0) {
        rd_kafka_conf_destroy(rk_conf);
        return NULL;
    }
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, rk_conf, text, sizeof(text));
    if (rk == NULL) {
        rd_kafka_conf_destroy(rk_conf);
        err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "the Kafka client does not start: %s", text);
    }
    return rk;
}
