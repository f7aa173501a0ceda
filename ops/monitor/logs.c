/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/logs.c - see the header.
 *
 * Partitions are kept in the register's order (dataset, topic, partition), so that two looks are joined in one walk. */
#include "ops/monitor/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ingest/kafka/log_ends.h"
#include "storage/quality/look.h"
#include "storage/quality/watch.h"

enum { TOPIC_SIZE = 256, CONTROL_PARTITIONS_MAX = 1024 };

struct part {
    int32_t dataset_id;
    int32_t partition;
    char topic[TOPIC_SIZE];
    int64_t log_start; /* -1, and log_end: unknown */
    int64_t log_end;
    int64_t mark;      /* an end that was seen and is not passed yet; -1: none */
    int64_t waiting_s; /* when it was seen */
};

struct ops_logs {
    const struct conf *conf;
    struct ing_logs *kafka;
    struct part *parts;
    size_t count;
    bool answers; /* Kafka did, at the last look */
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
        free(logs->parts);
        free(logs);
    }
}

/* ---- a look ---- */

static int compare(const struct part *a, const struct part *b)
{
    if (a->dataset_id != b->dataset_id) {
        return a->dataset_id < b->dataset_id ? -1 : 1;
    }
    int by_topic = strcmp(a->topic, b->topic);
    return by_topic != 0 ? by_topic : (a->partition > b->partition) - (a->partition < b->partition);
}

static void ask(struct ops_logs *logs, struct ing_log_range *ranges, size_t count)
{
    struct err err = ERR_INIT;
    int timeout_ms = (int)logs->conf->monitor.kafka_timeout_ms;
    logs->answers =
        count == 0 || ing_logs_ranges(logs->kafka, ranges, count, timeout_ms, &err) == 0;
    if (!logs->answers) {
        log_warn("kafka_silent", LOG_ERR(&err));
    }
}

/* The mark of a former look stays until the engine has passed it. */
static void carry_mark(struct part *part, const struct part *former, int64_t next_offset,
                       int64_t now_s)
{
    part->mark = former != NULL ? former->mark : -1;
    part->waiting_s = former != NULL ? former->waiting_s : 0;
    if (part->mark >= 0 && next_offset >= part->mark) {
        part->mark = -1;
    }
    if (part->mark < 0 && part->log_end > next_offset) {
        part->mark = part->log_end;
        part->waiting_s = now_s;
    }
}

static struct part *parts_of(const struct sto_watch *watch, const struct ing_log_range *ranges)
{
    struct part *parts = calloc(watch->position_count + 1, sizeof(*parts));
    for (size_t i = 0; parts != NULL && i < watch->position_count; i++) {
        const struct sto_watched_position *p = &watch->positions[i];
        parts[i].dataset_id = p->dataset_id;
        parts[i].partition = p->partition;
        parts[i].log_start = ranges[i].log_start;
        parts[i].log_end = ranges[i].log_end;
        snprintf(parts[i].topic, TOPIC_SIZE, "%s", p->topic);
    }
    return parts;
}

static void join(struct ops_logs *logs, struct part *parts, const struct sto_watch *watch,
                 int64_t now_s)
{
    size_t old = 0;
    for (size_t i = 0; i < watch->position_count; i++) {
        while (old < logs->count && compare(&logs->parts[old], &parts[i]) < 0) {
            old++;
        }
        bool known = old < logs->count && compare(&logs->parts[old], &parts[i]) == 0;
        carry_mark(&parts[i], known ? &logs->parts[old] : NULL, watch->positions[i].next_offset,
                   now_s);
    }
    free(logs->parts);
    logs->parts = parts;
    logs->count = watch->position_count;
}

int ops_logs_look(struct ops_logs *logs, const struct sto_watch *watch, int64_t now_s,
                  struct err *err)
{
    struct ing_log_range *ranges = calloc(watch->position_count + 1, sizeof(*ranges));
    for (size_t i = 0; ranges != NULL && i < watch->position_count; i++) {
        ranges[i] = (struct ing_log_range){.topic = watch->positions[i].topic,
                                           .partition = watch->positions[i].partition,
                                           .log_start = -1,
                                           .log_end = -1};
    }
    if (ranges != NULL) {
        ask(logs, ranges, watch->position_count);
    }
    struct part *parts = ranges != NULL ? parts_of(watch, ranges) : NULL;
    free(ranges);
    if (parts == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for Kafka's logs");
    }
    join(logs, parts, watch, now_s);
    return 0;
}

/* ---- what it told ---- */

struct sto_look *ops_logs_last(const struct ops_logs *logs, const struct sto_watch *watch)
{
    struct sto_look *looks = calloc(logs->count + 1, sizeof(*looks));
    for (size_t i = 0; looks != NULL && i < logs->count; i++) {
        const struct part *part = &logs->parts[i];
        looks[i] = (struct sto_look){.topic = part->topic,
                                     .partition = part->partition,
                                     .next_offset = watch->positions[i].next_offset,
                                     .log_start = part->log_start,
                                     .log_end = part->log_end};
    }
    return looks;
}

static const char *topic_of(const struct sto_watch *watch, int32_t dataset_id)
{
    for (size_t i = 0; i < watch->dataset_count; i++) {
        if (watch->datasets[i].dataset_id == dataset_id) {
            return watch->datasets[i].topic;
        }
    }
    return NULL;
}

/* A topic that no engine has claimed has no position: Kafka says whether it is there. */
static enum ops_known is_there(const struct ops_logs *logs, const char *topic)
{
    int32_t count = -1;
    struct err err = ERR_INIT;
    int timeout_ms = (int)logs->conf->monitor.kafka_timeout_ms;
    if (!logs->answers || ing_logs_partitions(logs->kafka, topic, timeout_ms, &count, &err) != 0 ||
        count == 0) {
        return OPS_KNOWN_NO;
    }
    return count > 0 ? OPS_KNOWN_YES : OPS_UNKNOWN;
}

void ops_logs_facts(const struct ops_logs *logs, const struct sto_watch *watch, int32_t dataset_id,
                    struct ops_facts *facts)
{
    size_t found = 0;
    size_t known = 0;
    facts->is_behind = OPS_KNOWN_NO;
    for (size_t i = 0; i < logs->count; i++) {
        const struct part *part = &logs->parts[i];
        if (part->dataset_id != dataset_id) {
            continue;
        }
        found++;
        known += part->log_end >= 0;
        if (part->mark >= 0) {
            facts->is_behind = OPS_KNOWN_YES;
            if (facts->waiting.is != OPS_WHEN_AT || part->waiting_s < facts->waiting.at) {
                facts->waiting = (struct ops_when){OPS_WHEN_AT, part->waiting_s};
            }
        }
    }
    if (found == 0) {
        facts->is_reachable = is_there(logs, topic_of(watch, dataset_id));
    } else {
        facts->is_reachable = known > 0 ? OPS_KNOWN_YES : OPS_KNOWN_NO;
    }
    if (known < found && facts->is_behind == OPS_KNOWN_NO) {
        facts->is_behind = OPS_UNKNOWN;
    }
}

int64_t ops_logs_control_end(struct ops_logs *logs, const char *agency)
{
    char topic[TOPIC_SIZE];
    struct ing_log_range ranges[CONTROL_PARTITIONS_MAX];
    struct err err = ERR_INIT;
    int32_t count = -1;
    int timeout_ms = (int)logs->conf->monitor.kafka_timeout_ms;
    snprintf(topic, sizeof(topic), "%s.control", agency);
    if (!logs->answers || ing_logs_partitions(logs->kafka, topic, timeout_ms, &count, &err) != 0 ||
        count <= 0 || count > CONTROL_PARTITIONS_MAX) {
        return -1;
    }
    for (int32_t i = 0; i < count; i++) {
        ranges[i] =
            (struct ing_log_range){.topic = topic, .partition = i, .log_start = -1, .log_end = -1};
    }
    if (ing_logs_ranges(logs->kafka, ranges, (size_t)count, timeout_ms, &err) != 0) {
        return -1;
    }
    int64_t ends = 0;
    for (int32_t i = 0; i < count; i++) {
        if (ranges[i].log_end < 0) {
            return -1; /* a sum of some would seem to shrink */
        }
        ends += ranges[i].log_end;
    }
    return ends;
}
