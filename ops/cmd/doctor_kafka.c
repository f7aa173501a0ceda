/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/doctor_kafka.c - what nrc doctor asks Kafka: of the cluster, and of the topics of datasets.
 *
 * Whether a topic may be read is known only from reading it: one fetch at its end, which brings nothing and takes
 * nothing from the group. That costs a client each, so only the first READ_TOPICS are tried, and fewer if they do not
 * answer. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/conf.h"
#include "ingest/kafka/log_ends.h"
#include "ingest/kafka/probe.h"
#include "ingest/kafka/settings.h"
#include "ops/cli/command.h"
#include "ops/cmd/doctor.h"
#include "storage/report/report.h"

enum {
    ASK_MS = 5000,
    READ_MS = 5000,
    READ_TOPICS = 20,
    READ_ALL_MS = 15 * 1000, /* a topic that nobody leads takes its whole time */
    TOPICS_MAX = 500
};

/* ---- the register's part ---- */

static bool is_listed(const struct doctor_facts *facts, const char *topic)
{
    for (size_t i = 0; i < facts->topic_count; i++) {
        if (strcmp(facts->topics[i].name, topic) == 0) {
            return true;
        }
    }
    return false;
}

/* Topics of datasets that are not retired, or the one that is named. */
static void take_topics(const struct sto_grid *datasets, const char *only,
                        struct doctor_facts *facts)
{
    size_t most = datasets->rows < TOPICS_MAX ? datasets->rows : TOPICS_MAX;
    facts->topics = arena_calloc(&facts->arena, most + 1, sizeof(*facts->topics));
    for (size_t row = 0; facts->topics != NULL && row < datasets->rows; row++) {
        const char *topic = sto_grid_get(datasets, row, "topic");
        const char *state = sto_grid_get(datasets, row, "state");
        if (topic == NULL || strcmp(state, "active") != 0 || is_listed(facts, topic) ||
            (only != NULL && strcmp(only, topic) != 0)) {
            continue;
        }
        if (facts->topic_count == most) {
            facts->topics_not_looked_at++;
            continue;
        }
        facts->topics[facts->topic_count].name = arena_strdup(&facts->arena, topic);
        if (facts->topics[facts->topic_count].name != NULL) {
            facts->topics[facts->topic_count++].why = "";
        }
    }
    facts->has_topics = true;
}

static struct sto_grid *read_register(const struct ops_context *context, const char *only,
                                      struct doctor_facts *facts)
{
    struct err ignored = ERR_INIT; /* the register's own findings tell of it */
    const char *const all[] = {NULL};
    const char *const of_topic[] = {only};
    struct sto_grid *positions = NULL;
    if (!facts->has_register || facts->register_error != NULL) {
        return NULL;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, &ignored);
    struct sto_grid *datasets =
        conn != NULL ? sto_report(conn, STO_REPORT_DATASETS, all, 1, &ignored) : NULL;
    if (datasets != NULL) {
        take_topics(datasets, only, facts);
        positions = sto_report(conn, STO_REPORT_POSITIONS, of_topic, 1, &ignored);
    }
    sto_grid_free(&datasets);
    sto_conn_close(&conn);
    return positions;
}

/* ---- Kafka's ---- */

static void take_settings(const struct ing_topic_settings *from, struct doctor_facts *facts,
                          struct doctor_topic *topic)
{
    topic->presence = from->partitions > 0    ? TOPIC_THERE
                      : from->partitions == 0 ? TOPIC_MISSING
                                              : TOPIC_NOT_KNOWN;
    topic->replicas = from->replicas;
    topic->has_settings = from->is_known;
    topic->retention_ms = from->retention_ms;
    topic->min_insync = from->min_insync;
    topic->unclean = from->unclean;
    topic->why = *from->why != '\0' ? arena_strdup(&facts->arena, from->why) : "";
}

static void look_at_settings(const struct conf *conf, struct doctor_facts *facts)
{
    struct err err = ERR_INIT;
    struct ing_cluster cluster;
    struct ing_topic_settings *settings = calloc(facts->topic_count + 1, sizeof(*settings));
    if (settings == NULL) {
        facts->kafka_error = "out of memory";
        return;
    }
    for (size_t i = 0; i < facts->topic_count; i++) {
        settings[i].topic = facts->topics[i].name;
    }
    if (ing_settings_ask(conf, settings, facts->topic_count, ASK_MS, &cluster, &err) != 0) {
        facts->kafka_error = arena_strdup(&facts->arena, err.text);
    } else {
        facts->brokers = cluster.brokers;
        facts->kafka_version = arena_strdup(&facts->arena, cluster.version);
        facts->kafka_version_error = arena_strdup(&facts->arena, cluster.why);
    }
    for (size_t i = 0; facts->kafka_error == NULL && i < facts->topic_count; i++) {
        take_settings(&settings[i], facts, &facts->topics[i]);
    }
    free(settings);
}

static void try_reading(const struct conf *conf, struct ing_logs *logs, struct doctor_topic *topic,
                        struct doctor_facts *facts)
{
    struct err err = ERR_INIT;
    struct ing_finding finding;
    struct ing_log_range end = {.topic = topic->name, .log_start = -1, .log_end = -1};
    topic->reading = READING_NOT_KNOWN;
    if (ing_logs_ranges(logs, &end, 1, ASK_MS, &err) != 0 || end.log_end < 0) {
        topic->why = err.kind != ERR_KIND_NONE ? arena_strdup(&facts->arena, err.text)
                                               : "Kafka does not tell where its log ends";
        return;
    }
    const struct ing_probe probe = {
        .topic = topic->name, .from = end.log_end, .budget_ms = READ_MS};
    if (ing_probe_run(conf, &probe, &finding, &err) != 0) {
        topic->why = arena_strdup(&facts->arena, err.text);
        return;
    }
    topic->why = arena_strdup(&facts->arena, finding.text);
    topic->reading = finding.reading == ING_READS       ? READING_WORKS
                     : finding.reading == ING_FORBIDDEN ? READING_FORBIDDEN
                                                        : READING_NOT_KNOWN;
}

static struct doctor_topic *find_topic(struct doctor_facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->topic_count; i++) {
        if (strcmp(facts->topics[i].name, name) == 0) {
            return &facts->topics[i];
        }
    }
    return NULL;
}

static void compare_position(struct doctor_facts *facts, const struct ing_log_range *range,
                             int64_t next)
{
    struct doctor_topic *topic = find_topic(facts, range->topic);
    if (topic == NULL || topic->presence != TOPIC_THERE) {
        return;
    }
    topic->claimed++;
    if (range->log_start < 0) {
        topic->start_not_known++;
    } else if (range->log_start > next && topic->lost != NULL) {
        topic->lost_more++;
    } else if (range->log_start > next) {
        topic->lost = arena_printf(&facts->arena, "%s/%" PRId32 ": %" PRId64 " to %" PRId64,
                                   topic->name, range->partition, next, range->log_start - 1);
    }
}

/* Positions are ordered by topic, as the question wants them. */
static void look_at_positions(struct ing_logs *logs, const struct sto_grid *positions,
                              struct doctor_facts *facts)
{
    struct err err = ERR_INIT;
    struct ing_log_range *ranges = calloc(positions->rows + 1, sizeof(*ranges));
    for (size_t row = 0; ranges != NULL && row < positions->rows; row++) {
        ranges[row] = (struct ing_log_range){
            .topic = sto_grid_get(positions, row, "topic"),
            .partition = (int32_t)strtol(sto_grid_get(positions, row, "partition"), NULL, 10),
            .log_start = -1,
            .log_end = -1};
    }
    if (ranges == NULL || positions->rows == 0) {
        free(ranges);
        return;
    }
    (void)!ing_logs_ranges(logs, ranges, positions->rows, ASK_MS, &err);
    for (size_t row = 0; row < positions->rows; row++) {
        compare_position(facts, &ranges[row],
                         strtoll(sto_grid_get(positions, row, "next_offset"), NULL, 10));
    }
    free(ranges);
}

static void try_topics(const struct conf *conf, struct ing_logs *logs, struct doctor_facts *facts)
{
    const int64_t until_ms = clock_mono_ms() + READ_ALL_MS;
    size_t tried = 0;
    for (size_t i = 0; i < facts->topic_count && tried < READ_TOPICS; i++) {
        if (facts->topics[i].presence == TOPIC_THERE && clock_mono_ms() < until_ms) {
            try_reading(conf, logs, &facts->topics[i], facts);
            tried++;
        }
    }
}

void doctor_look_at_kafka(const struct ops_context *context, struct doctor_facts *facts)
{
    struct err err = ERR_INIT;
    const struct conf *conf = context->conf;
    facts->has_kafka = *conf->kafka.bootstrap != '\0';
    if (!facts->has_kafka) {
        return;
    }
    struct sto_grid *positions = read_register(context, context->args->arguments[0], facts);
    struct ing_logs *logs = NULL;
    look_at_settings(conf, facts);
    if (facts->kafka_error == NULL && (logs = ing_logs_open(conf, &err)) != NULL) {
        try_topics(conf, logs, facts);
        if (positions != NULL) {
            look_at_positions(logs, positions, facts);
        }
    }
    ing_logs_close(&logs);
    sto_grid_free(&positions);
}
