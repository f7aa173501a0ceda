/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/settings.c - see the header. Metadata tells of brokers, partitions and replicas; DescribeConfigs of the rest,
 * for all topics in one request. A topic of which the broker says nothing hides no other. */
#include "ingest/kafka/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/kafka/client_conf.h"
#include "ingest/kafka/describe.h"
#include "ingest/kafka/metadata.h"

struct question {
    rd_kafka_t *rk;
    int timeout_ms;
};

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

static void take_topic(const rd_kafka_ConfigResource_t *resource, struct ing_topic_settings *out)
{
    const char *retention = ing_described_value(resource, "retention.ms");
    const char *in_sync = ing_described_value(resource, "min.insync.replicas");
    const char *unclean = ing_described_value(resource, "unclean.leader.election.enable");
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

static void take_broker(const rd_kafka_ConfigResource_t *resource, void *arg)
{
    struct ing_cluster *cluster = arg;
    const char *version = ing_described_value(resource, "inter.broker.protocol.version");
    const char *why = rd_kafka_ConfigResource_error_string(resource);
    snprintf(cluster->version, sizeof(cluster->version), "%s", version != NULL ? version : "");
    snprintf(cluster->why, sizeof(cluster->why), "%s",
             why != NULL ? why : "not among its settings");
}

/* One request. *answer: the caller destroys it; NULL: there is none. */
static void ask_broker_settings(const struct question *q, int32_t broker,
                                struct ing_cluster *cluster)
{
    char id[16];
    const char *const name = id;
    snprintf(id, sizeof(id), "%" PRId32, broker);
    rd_kafka_resp_err_t code = ing_describe(q->rk, RD_KAFKA_RESOURCE_BROKER, &name, 1,
                                            q->timeout_ms, take_broker, cluster);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        snprintf(cluster->why, sizeof(cluster->why), "%s", rd_kafka_err2str(code));
    }
}

struct topics {
    struct ing_topic_settings *items;
    size_t count;
};

/* Two datasets may be fed by one topic. */
static void take_topics(const rd_kafka_ConfigResource_t *resource, void *arg)
{
    const struct topics *topics = arg;
    for (size_t i = 0; i < topics->count; i++) {
        if (strcmp(topics->items[i].topic, rd_kafka_ConfigResource_name(resource)) == 0) {
            take_topic(resource, &topics->items[i]);
        }
    }
}

/* Of those that exist. */
static void ask_topic_settings(const struct question *q, struct ing_topic_settings *items,
                               size_t count)
{
    struct topics topics = {items, count};
    size_t wanted = 0;
    const char **names = calloc(count + 1, sizeof(*names));
    for (size_t i = 0; names != NULL && i < count; i++) {
        if (items[i].partitions > 0) {
            names[wanted++] = items[i].topic;
        }
    }
    rd_kafka_resp_err_t code = ing_describe(q->rk, RD_KAFKA_RESOURCE_TOPIC, names, wanted,
                                            q->timeout_ms, take_topics, &topics);
    free(names);
    for (size_t i = 0; i < count; i++) {
        if (items[i].partitions > 0 && !items[i].is_known && *items[i].why == '\0') {
            snprintf(items[i].why, sizeof(items[i].why), "%s", rd_kafka_err2str(code));
        }
    }
}

int ing_settings_ask(const struct conf *conf, struct ing_topic_settings *topics, size_t count,
                     int timeout_ms, struct ing_cluster *cluster, struct err *err)
{
    static const struct ing_kafka_setting asking[] = {{"allow.auto.create.topics", "false"}};
    struct question q = {.timeout_ms = timeout_ms};
    int32_t broker = -1;
    *cluster = (struct ing_cluster){0};
    q.rk = ing_kafka_asker(conf, asking, COUNT_OF(asking), err);
    if (q.rk == NULL) {
        return -1;
    }
    int rc = ask_brokers(&q, cluster, &broker, err);
    if (rc == 0) {
        ask_broker_settings(&q, broker, cluster);
        for (size_t i = 0; i < count; i++) {
            ask_topic(&q, &topics[i]);
        }
        ask_topic_settings(&q, topics, count);
    }
    rd_kafka_destroy(q.rk);
    return rc;
}
