/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/log_ends.c - asks the brokers where each partition's log begins and ends. A short-lived
 * producer handle serves: it needs no group. */
#include "ingest/kafka/log_ends.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/kafka/client_conf.h"
#include "ingest/kafka/describe.h"
#include "ingest/kafka/metadata.h"
#include "ingest/kafka/ranges.h"

enum { ASK_MS = 3000 };

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

int ing_logs_ranges(struct ing_logs *logs, struct ing_log_range *ranges, size_t count,
                    int timeout_ms, struct err *err)
{
    const rd_kafka_resp_err_t code = ing_ranges_ask(logs->rk, ranges, count, timeout_ms, ASK_MS);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : say_silent(logs, code, err);
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
