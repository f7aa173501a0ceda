/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/log_ends.c - asks the brokers where each partition's log begins and ends. A short-lived
 * producer handle serves: it needs no group. */
#include "ingest/kafka/log_ends.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ingest/kafka/client_conf.h"
#include "ingest/kafka/describe.h"
#include "ingest/kafka/metadata.h"

enum { ASK_MS = 3000, NOBODY = -1 };

struct ing_logs {
    rd_kafka_t *rk;
    const struct conf *conf;
};

/* A question about a topic must not create it, as a producer's default would. A connection whose broker
 * does not answer within ASK_MS is given up: the next question goes to another broker. */
static const struct ing_kafka_setting asking[] = {
    {"allow.auto.create.topics", "false"},
    {"socket.timeout.ms", "3000" /* ASK_MS */},
};

struct ing_logs *ing_logs_open(const struct conf *conf, struct err *err)
{
    struct ing_logs *logs = calloc(1, sizeof(*logs));
    if (logs == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a Kafka client");
        return NULL;
    }
    logs->conf = conf;
    logs->rk = ing_kafka_asker(conf, asking, COUNT_OF(asking), err);
    if (logs->rk == NULL) {
        free(logs);
        return NULL;
    }
    return logs;
}

void ing_logs_close(struct ing_logs **taken)
{
    if (*taken != NULL) {
        rd_kafka_destroy((*taken)->rk);
        free(*taken);
        *taken = NULL;
    }
}

static int say_silent(const struct ing_logs *logs, rd_kafka_resp_err_t code, struct err *err)
{
    return err_set(err, ERR_KIND_RETRY, ERR_KAFKA, "no Kafka broker answers at %s: %s",
                   logs->conf->kafka.bootstrap, rd_kafka_err2str(code));
}

int ing_logs_partitions(struct ing_logs *logs, const char *topic, int timeout_ms, int32_t *count,
                        struct err *err)
{
    rd_kafka_resp_err_t code = ing_metadata_partitions(logs->rk, topic, timeout_ms, count);
    if (code < 0) { /* librdkafka's own codes: nobody answered; the others are the broker's */
        *count = -1;
        return say_silent(logs, code, err);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        *count = code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ? 0 : -1;
    }
    return 0;
}

/* ---- ranges ---- */

static int left_ms(int64_t deadline_ms, int most_ms)
{
    int64_t left = deadline_ms - clock_mono_ms();
    return left < 1 ? 1 : left < most_ms ? (int)left : most_ms;
}

static int32_t leader_in(const struct rd_kafka_metadata *metadata, int32_t partition)
{
    const struct rd_kafka_metadata_topic *topic =
        metadata != NULL && metadata->topic_cnt == 1 ? &metadata->topics[0] : NULL;
    for (int i = 0; topic != NULL && i < topic->partition_cnt; i++) {
        if (topic->partitions[i].id == partition) {
            return topic->partitions[i].leader;
        }
    }
    return NOBODY;
}

/* Who leads each partition. How many topics somebody told about; *silence: why nobody did. */
static size_t find_leaders(struct ing_logs *logs, const struct ing_log_range *ranges, size_t count,
                           int64_t deadline_ms, int32_t *leaders, rd_kafka_resp_err_t *silence)
{
    const struct rd_kafka_metadata *metadata = NULL;
    size_t told = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(ranges[i].topic, ranges[i - 1].topic) != 0) {
            if (metadata != NULL) {
                rd_kafka_metadata_destroy(metadata);
            }
            metadata = ing_metadata_ask(logs->rk, ranges[i].topic, left_ms(deadline_ms, INT32_MAX),
                                        silence);
            told += metadata != NULL;
        }
        leaders[i] = leader_in(metadata, ranges[i].partition);
    }
    if (metadata != NULL) {
        rd_kafka_metadata_destroy(metadata);
    }
    return told;
}

/* One broker, all of its partitions in one request. which: RD_KAFKA_OFFSET_BEGINNING or _END. Not
 * rd_kafka_query_watermark_offsets: that waits for a dead broker without an end. */
static bool ask_broker(struct ing_logs *logs, struct ing_log_range *ranges, const int32_t *leaders,
                       size_t count, int32_t broker, int64_t which, int timeout_ms)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        if (leaders[i] == broker) {
            rd_kafka_topic_partition_list_add(list, ranges[i].topic, ranges[i].partition)->offset =
                which;
        }
    }
    bool answered =
        rd_kafka_offsets_for_times(logs->rk, list, timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t i = 0; i < count && answered; i++) {
        const rd_kafka_topic_partition_t *found =
            leaders[i] == broker
                ? rd_kafka_topic_partition_list_find(list, ranges[i].topic, ranges[i].partition)
                : NULL;
        if (found != NULL && found->err == RD_KAFKA_RESP_ERR_NO_ERROR && found->offset >= 0) {
            *(which == RD_KAFKA_OFFSET_END ? &ranges[i].log_end : &ranges[i].log_start) =
                found->offset;
        }
    }
    rd_kafka_topic_partition_list_destroy(list);
    return answered;
}

int ing_logs_ranges(struct ing_logs *logs, struct ing_log_range *ranges, size_t count,
                    int timeout_ms, struct err *err)
{
    int64_t deadline_ms = clock_mono_ms() + timeout_ms;
    rd_kafka_resp_err_t silence = RD_KAFKA_RESP_ERR_NO_ERROR;
    int32_t *leaders = calloc(count + 1, sizeof(*leaders));
    if (leaders == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the logs' ends");
    }
    for (size_t i = 0; i < count; i++) {
        ranges[i].log_start = -1;
        ranges[i].log_end = -1;
    }
    size_t told = find_leaders(logs, ranges, count, deadline_ms, leaders, &silence);
    for (size_t i = 0; i < count; i++) {
        int32_t broker = leaders[i];
        if (broker == NOBODY) {
            continue;
        }
        if (ask_broker(logs, ranges, leaders, count, broker, RD_KAFKA_OFFSET_BEGINNING,
                       left_ms(deadline_ms, ASK_MS))) {
            (void)ask_broker(logs, ranges, leaders, count, broker, RD_KAFKA_OFFSET_END,
                             left_ms(deadline_ms, ASK_MS));
        }
        for (size_t j = i; j < count; j++) {
            leaders[j] = leaders[j] == broker ? NOBODY : leaders[j];
        }
    }
    free(leaders);
    return count == 0 || told > 0 ? 0 : say_silent(logs, silence, err);
}

/* ---- retention ---- */

struct retentions {
    struct ing_log_retention *topics;
    size_t count;
};

static int64_t retention_of(const rd_kafka_ConfigResource_t *resource)
{
    const char *policy = ing_described_value(resource, "cleanup.policy");
    const char *ms = ing_described_value(resource, "retention.ms");
    if (policy == NULL || ms == NULL) {
        return -1;
    }
    int64_t kept_ms = strtoll(ms, NULL, 10);
    return strstr(policy, "delete") == NULL || kept_ms < 0 ? ING_KEPT_FOR_EVER : kept_ms / 1000;
}

static void take_retention(const rd_kafka_ConfigResource_t *resource, void *arg)
{
    const struct retentions *r = arg;
    for (size_t i = 0; i < r->count; i++) {
        if (rd_kafka_ConfigResource_error(resource) == RD_KAFKA_RESP_ERR_NO_ERROR &&
            strcmp(rd_kafka_ConfigResource_name(resource), r->topics[i].topic) == 0) {
            r->topics[i].seconds = retention_of(resource);
        }
    }
}

int ing_logs_retention(struct ing_logs *logs, struct ing_log_retention *topics, size_t count,
                       int timeout_ms, struct err *err)
{
    struct retentions r = {topics, count};
    const char **names = calloc(count + 1, sizeof(*names));
    if (names == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for topics");
    }
    for (size_t i = 0; i < count; i++) {
        topics[i].seconds = -1;
        names[i] = topics[i].topic;
    }
    rd_kafka_resp_err_t code = ing_describe(logs->rk, RD_KAFKA_RESOURCE_TOPIC, names, count,
                                            timeout_ms, take_retention, &r);
    free(names);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : say_silent(logs, code, err);
}
