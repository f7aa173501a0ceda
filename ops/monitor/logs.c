/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/logs.c - see the header. */
#include "ops/monitor/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ingest/kafka/log_ends.h"
#include "storage/quality/look.h"
#include "storage/quality/watch.h"

/* What was asked of an agency since the last look: its sources have it in common. */
struct control_end {
    char agency[OPS_TOPIC_SIZE];
    int64_t ends;
};

struct ops_logs {
    const struct conf *conf;
    struct ing_logs *kafka;
    struct ops_partitions partitions; /* of the last look */
    bool answers;                     /* Kafka did, when it was last asked */
    struct control_end *ends;
    size_t ends_count;
    size_t ends_room;
};

struct ops_logs *ops_logs_open(const struct conf *conf, struct err *err)
{
    struct ops_logs *logs = calloc(1, sizeof(*logs));
    if (logs == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for Kafka's logs");
        return NULL;
    }
    logs->conf = conf;
    logs->kafka = ing_logs_open(conf, err);
    if (logs->kafka == NULL) {
        ops_logs_close(&logs);
    }
    return logs;
}

void ops_logs_close(struct ops_logs **taken)
{
    struct ops_logs *logs = *taken;
    *taken = NULL;
    if (logs != NULL) {
        ing_logs_close(&logs->kafka);
        ops_partitions_fini(&logs->partitions);
        free(logs->ends);
        free(logs);
    }
}

/* ---- a look ---- */

int ops_logs_look(struct ops_logs *logs, const struct sto_watch *watch, const struct sto_look *past,
                  size_t past_count, int64_t now_s, struct err *err)
{
    const struct ops_look_at at = {.conf = logs->conf,
                                   .kafka = logs->kafka,
                                   .watch = watch,
                                   .past = past,
                                   .past_count = past_count,
                                   .now_s = now_s,
                                   .timeout_ms = (int)logs->conf->monitor.kafka_timeout_ms};
    if (ops_partitions_look(&logs->partitions, &at, err) < 0) {
        return -1;
    }
    logs->answers = logs->partitions.silence.code == ERR_NONE;
    logs->ends_count = 0;
    if (!logs->answers) {
        log_warn("kafka_silent", LOG_ERR(&logs->partitions.silence));
    }
    return 0;
}

/* ---- what it told ---- */

const struct ops_partitions *ops_logs_last(const struct ops_logs *logs)
{
    return &logs->partitions;
}

/* A source is behind when something waits, in any of its partitions; what it waits since is known where its age is. */
static void add_waiting(const struct ops_partition *p, int64_t now_s, struct ops_facts *facts)
{
    if (p->log_end <= p->next || p->log_end <= p->log_start) {
        return;
    }
    facts->is_behind = OPS_KNOWN_YES;
    if (p->lag.age_s >= 0 &&
        (facts->waiting.is != OPS_WHEN_AT || now_s - p->lag.age_s < facts->waiting.at)) {
        facts->waiting = (struct ops_when){OPS_WHEN_AT, now_s - p->lag.age_s};
    }
}

void ops_logs_facts(const struct ops_logs *logs, const struct sto_watch *watch, size_t index,
                    int64_t now_s, struct ops_facts *facts)
{
    const int32_t topic = logs->partitions.topics[index];
    size_t count;
    size_t known = 0;
    const struct ops_partition *parts =
        ops_partitions_of(&logs->partitions, watch->datasets[index].dataset_id, &count);
    facts->is_behind = OPS_KNOWN_NO;
    for (size_t i = 0; i < count; i++) {
        known += parts[i].log_end >= 0;
        add_waiting(&parts[i], now_s, facts);
    }
    facts->is_reachable = known > 0 || (count == 0 && topic > 0)     ? OPS_KNOWN_YES
                          : count == 0 && topic < 0 && logs->answers ? OPS_UNKNOWN
                                                                     : OPS_KNOWN_NO;
    if (known < count && facts->is_behind == OPS_KNOWN_NO) {
        facts->is_behind = OPS_UNKNOWN;
    }
}

/* Once nobody answers, nobody is asked until the next look: each question would wait as long. */
int ops_logs_control(struct ops_logs *logs, const char *agency, char topic[OPS_TOPIC_SIZE],
                     struct ing_log_range ranges[OPS_CONTROL_PARTITIONS_MAX])
{
    struct err err = ERR_INIT;
    int32_t count = -1;
    int timeout_ms = (int)logs->conf->monitor.kafka_timeout_ms;
    snprintf(topic, OPS_TOPIC_SIZE, "%s.control", agency);
    if (!logs->answers) {
        return -1;
    }
    logs->answers = ing_logs_partitions(logs->kafka, topic, timeout_ms, &count, &err) == 0;
    if (count > OPS_CONTROL_PARTITIONS_MAX) {
        log_warn("control_not_read", LOG_STR("topic", topic),
                 LOG_STR("reason", "it has more than 256 partitions"));
    }
    if (count <= 0 || count > OPS_CONTROL_PARTITIONS_MAX) {
        return count == 0 ? 0 : -1;
    }
    for (int32_t i = 0; i < count; i++) {
        ranges[i] =
            (struct ing_log_range){.topic = topic, .partition = i, .log_start = -1, .log_end = -1};
    }
    logs->answers = ing_logs_ranges(logs->kafka, ranges, (size_t)count, timeout_ms, &err) == 0;
    return logs->answers ? count : -1;
}

static int64_t ask_control_end(struct ops_logs *logs, const char *agency)
{
    char topic[OPS_TOPIC_SIZE];
    struct ing_log_range ranges[OPS_CONTROL_PARTITIONS_MAX];
    const int count = ops_logs_control(logs, agency, topic, ranges);
    int64_t ends = count > 0 ? 0 : -1;
    for (int i = 0; i < count; i++) {
        if (ranges[i].log_end < 0) {
            return -1; /* a sum of some would seem to shrink */
        }
        ends += ranges[i].log_end;
    }
    return ends;
}

int64_t ops_logs_control_end(struct ops_logs *logs, const char *agency)
{
    for (size_t i = 0; i < logs->ends_count; i++) {
        if (strcmp(logs->ends[i].agency, agency) == 0) {
            return logs->ends[i].ends;
        }
    }
    const int64_t ends = ask_control_end(logs, agency);
    if (logs->ends_count == logs->ends_room) {
        const size_t room = 2 * logs->ends_room + 16;
        struct control_end *grown = realloc(logs->ends, room * sizeof(*grown));
        if (grown == NULL) {
            return ends; /* it is asked again */
        }
        logs->ends = grown;
        logs->ends_room = room;
    }
    snprintf(logs->ends[logs->ends_count].agency, OPS_TOPIC_SIZE, "%s", agency);
    logs->ends[logs->ends_count++].ends = ends;
    return ends;
}
