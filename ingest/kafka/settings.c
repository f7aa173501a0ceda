/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/settings.c - see the header. Metadata tells of brokers, partitions and replicas; DescribeConfigs of the rest,
 * for all topics in one request. A topic of which the broker says nothing hides no other. */
#include "ingest/kafka/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/kafka/client_conf.h"
#include "ingest/kafka/metadata.h"

struct question {
    rd_kafka_t *rk;
    rd_kafka_queue_t *answers;
    int timeout_ms;
};

static int open_client(const struct conf *conf, struct question *q, struct err *err)
{
    static const struct ing_kafka_setting asking[] = {{"allow.auto.create.topics", "false"}};
    char text[256];
    rd_kafka_conf_t *rk_conf = ing_kafka_conf(conf, err);
    if (rk_conf == NULL) {
        return -1;
    }
    ing_kafka_conf_silence(rk_conf);
    if (ing_kafka_conf_set(rk_conf, asking, COUNT_OF(asking), err) != 0) {
        rd_kafka_conf_destroy(rk_conf);
        return -1;
    }
    q->rk = rd_kafka_new(RD_KAFKA_PRODUCER, rk_conf, text, sizeof(text));
    if (q->rk == NULL) {
        rd_kafka_conf_destroy(rk_conf);
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "the Kafka client does not start: %s",
                       text);
    }
    q->answers = rd_kafka_queue_new(q->rk);
    return 0;
}

static void close_client(struct question *q)
{
    if (q->rk != NULL) {
        rd_kafka_queue_destroy(q->answers);
        rd_kafka_destroy(q->rk);
    }
}

/* ---- metadata ---- */

/* *broker: the id of one that answers. */
static int ask_brokers(const struct question *q, struct ing_cluster *cluster, int32_t *broker,
                       struct err *err)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t code = rd_kafka_metadata(q->rk, 0, NULL, &metadata, q->timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return err_set(err, ERR_KIND_RETRY, ERR_KAFKA, "%s", rd_kafka_err2str(code));
    }
    cluster->brokers = metadata->broker_cnt;
    *broker = metadata->broker_cnt > 0 ? metadata->brokers[0].id : -1;
    rd_kafka_metadata_destroy(metadata);
    return 0;
}

static void count_replicas(const struct rd_kafka_metadata_topic *topic,
                           struct ing_topic_settings *out)
{
    out->partitions = topic->partition_cnt;
    for (int i = 0; i < topic->partition_cnt; i++) {
        int replicas = topic->partitions[i].replica_cnt;
        out->replicas = i == 0 || replicas < out->replicas ? replicas : out->replicas;
    }
}

static void ask_topic(const struct question *q, struct ing_topic_settings *out)
{
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    const struct rd_kafka_metadata *metadata =
        ing_metadata_ask(q->rk, out->topic, q->timeout_ms, &code);
    if (metadata != NULL && metadata->topic_cnt == 1) {
        code = metadata->topics[0].err;
    }
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
        out->partitions = 0;
    } else if (code != RD_KAFKA_RESP_ERR_NO_ERROR || metadata == NULL || metadata->topic_cnt != 1) {
        out->partitions = -1;
        snprintf(out->why, sizeof(out->why), "%s", rd_kafka_err2str(code));
    } else {
        count_replicas(&metadata->topics[0], out);
    }
    if (metadata != NULL) {
        rd_kafka_metadata_destroy(metadata);
    }
}

/* ---- settings ---- */

static const char *value_of(const rd_kafka_ConfigResource_t *resource, const char *name)
{
    size_t count;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), name) == 0) {
            return rd_kafka_ConfigEntry_value(entries[i]);
        }
    }
    return NULL;
}

static void take_topic(const rd_kafka_ConfigResource_t *resource, struct ing_topic_settings *out)
{
    const char *retention = value_of(resource, "retention.ms");
    const char *in_sync = value_of(resource, "min.insync.replicas");
    const char *unclean = value_of(resource, "unclean.leader.election.enable");
    if (rd_kafka_ConfigResource_error(resource) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        retention == NULL || in_sync == NULL || unclean == NULL) {
        const char *why = rd_kafka_ConfigResource_error_string(resource);
        snprintf(out->why, sizeof(out->why), "%s", why != NULL ? why : "no such settings");
        return;
    }
    out->is_known = true;
    out->retention_ms = strtoll(retention, NULL, 10);
    out->min_insync = strtoll(in_sync, NULL, 10);
    out->unclean = strcmp(unclean, "true") == 0;
}

static void take_broker(const rd_kafka_ConfigResource_t *resource, struct ing_cluster *cluster)
{
    const char *version = value_of(resource, "inter.broker.protocol.version");
    const char *why = rd_kafka_ConfigResource_error_string(resource);
    snprintf(cluster->version, sizeof(cluster->version), "%s", version != NULL ? version : "");
    snprintf(cluster->why, sizeof(cluster->why), "%s",
             why != NULL ? why : "not among its settings");
}

/* One request. *answer: the caller destroys it; NULL: there is none. */
static rd_kafka_resp_err_t describe(const struct question *q, rd_kafka_ConfigResource_t **wanted,
                                    size_t count, rd_kafka_event_t **answer)
{
    char ignored[64];
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(q->rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    (void)rd_kafka_AdminOptions_set_request_timeout(options, q->timeout_ms, ignored,
                                                    sizeof(ignored));
    rd_kafka_DescribeConfigs(q->rk, wanted, count, options, q->answers);
    rd_kafka_AdminOptions_destroy(options);
    *answer = rd_kafka_queue_poll(q->answers, q->timeout_ms * 2);
    return *answer != NULL ? rd_kafka_event_error(*answer) : RD_KAFKA_RESP_ERR__TIMED_OUT;
}

static void ask_broker_settings(const struct question *q, int32_t broker,
                                struct ing_cluster *cluster)
{
    char id[16];
    size_t count = 0;
    rd_kafka_event_t *answer = NULL;
    snprintf(id, sizeof(id), "%" PRId32, broker);
    rd_kafka_ConfigResource_t *wanted = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_BROKER, id);
    rd_kafka_resp_err_t code = describe(q, &wanted, 1, &answer);
    const rd_kafka_ConfigResource_t **told =
        code == RD_KAFKA_RESP_ERR_NO_ERROR
            ? rd_kafka_DescribeConfigs_result_resources(
                  rd_kafka_event_DescribeConfigs_result(answer), &count)
            : NULL;
    if (count == 1) {
        take_broker(told[0], cluster);
    } else {
        snprintf(cluster->why, sizeof(cluster->why), "%s", rd_kafka_err2str(code));
    }
    rd_kafka_ConfigResource_destroy(wanted);
    if (answer != NULL) {
        rd_kafka_event_destroy(answer);
    }
}

static void take_topics(const rd_kafka_ConfigResource_t **told, size_t told_count,
                        struct ing_topic_settings *topics, size_t count)
{
    for (size_t i = 0; i < told_count; i++) {
        for (size_t t = 0; t < count; t++) {
            if (strcmp(topics[t].topic, rd_kafka_ConfigResource_name(told[i])) == 0) {
                take_topic(told[i], &topics[t]);
            }
        }
    }
}

/* Of those that exist. Two datasets may be fed by one topic: the request names it once. */
static void ask_topic_settings(const struct question *q, struct ing_topic_settings *topics,
                               size_t count)
{
    size_t wanted_count = 0;
    size_t told_count = 0;
    rd_kafka_event_t *answer = NULL;
    rd_kafka_ConfigResource_t **wanted = calloc(count + 1, sizeof(*wanted));
    for (size_t i = 0; wanted != NULL && i < count; i++) {
        if (topics[i].partitions > 0) {
            wanted[wanted_count++] =
                rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topics[i].topic);
        }
    }
    rd_kafka_resp_err_t code =
        wanted_count > 0 ? describe(q, wanted, wanted_count, &answer) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (answer != NULL && code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const rd_kafka_ConfigResource_t **told = rd_kafka_DescribeConfigs_result_resources(
            rd_kafka_event_DescribeConfigs_result(answer), &told_count);
        take_topics(told, told_count, topics, count);
    }
    for (size_t i = 0; i < count; i++) {
        if (topics[i].partitions > 0 && !topics[i].is_known && *topics[i].why == '\0') {
            snprintf(topics[i].why, sizeof(topics[i].why), "%s", rd_kafka_err2str(code));
        }
    }
    if (answer != NULL) {
        rd_kafka_event_destroy(answer);
    }
    rd_kafka_ConfigResource_destroy_array(wanted, wanted_count);
    free(wanted);
}

int ing_settings_ask(const struct conf *conf, struct ing_topic_settings *topics, size_t count,
                     int timeout_ms, struct ing_cluster *cluster, struct err *err)
{
    struct question q = {.timeout_ms = timeout_ms};
    int32_t broker = -1;
    *cluster = (struct ing_cluster){0};
    int rc = open_client(conf, &q, err);
    if (rc == 0) {
        rc = ask_brokers(&q, cluster, &broker, err);
    }
    if (rc == 0) {
        ask_broker_settings(&q, broker, cluster);
        for (size_t i = 0; i < count; i++) {
            ask_topic(&q, &topics[i]);
        }
        ask_topic_settings(&q, topics, count);
    }
    close_client(&q);
    return rc;
}
