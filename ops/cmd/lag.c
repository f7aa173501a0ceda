/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/lag.c - nrc lag: the register's positions beside the ends of Kafka's logs.
 *
 * Every partition of every dataset's topic has a row, claimed or not: a topic that no engine has
 * touched is the one that an operator must see. Where a log's end is unknown, so is the lag;
 * nothing is guessed. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/jsonw.h"
#include "ingest/kafka/log_ends.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

enum { KAFKA_TIMEOUT_MS = 10000 };
enum { COL_DATASET, COL_TOPIC, COL_PARTITION, COL_NEXT, COL_END, COL_LAG, COL_STATE, COL_COUNT };

struct line {
    const char *dataset;
    const char *topic;
    int32_t partition;
    int64_t next; /* -1: not claimed yet */
    const char *state;
};

struct report {
    struct arena arena; /* the grid's texts */
    struct line *lines;
    struct ing_log_range *ranges; /* beside lines */
    size_t count;
    size_t cap;
    int64_t total; /* of the lags that are known */
    bool complete; /* all are */
};

static int add_line(struct report *report, struct line line, struct err *err)
{
    if (report->count == report->cap) {
        size_t cap = report->cap > 0 ? report->cap * 2 : 64;
        struct line *lines = realloc(report->lines, cap * sizeof(*lines));
        report->lines = lines != NULL ? lines : report->lines;
        struct ing_log_range *ranges = realloc(report->ranges, cap * sizeof(*ranges));
        report->ranges = ranges != NULL ? ranges : report->ranges;
        if (lines == NULL || ranges == NULL) {
            return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the positions");
        }
        report->cap = cap;
    }
    report->ranges[report->count] = (struct ing_log_range){
        .topic = line.topic, .partition = line.partition, .log_start = -1, .log_end = -1};
    report->lines[report->count++] = line;
    return 0;
}

static int64_t number(const char *text)
{
    return text != NULL ? strtoll(text, NULL, 10) : -1;
}

/* Nobody reads its topic any more: what stands there is no lag. */
static bool is_retired(const struct sto_grid *datasets, const char *name)
{
    size_t row = 0;
    while (row < datasets->rows && strcmp(sto_grid_get(datasets, row, "dataset"), name) != 0) {
        row++;
    }
    const char *state = sto_grid_get(datasets, row, "state");
    return state != NULL && strcmp(state, "retired") == 0;
}

static int add_positions(struct report *report, const struct sto_grid *positions,
                         const struct sto_grid *datasets, struct err *err)
{
    for (size_t row = 0; row < positions->rows; row++) {
        if (is_retired(datasets, sto_grid_get(positions, row, "dataset"))) {
            continue;
        }
        const struct line line = {
            .dataset = sto_grid_get(positions, row, "dataset"),
            .topic = sto_grid_get(positions, row, "topic"),
            .partition = (int32_t)number(sto_grid_get(positions, row, "partition")),
            .next = number(sto_grid_get(positions, row, "next_offset")),
            .state = sto_grid_get(positions, row, "state"),
        };
        if (add_line(report, line, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static bool has_line(const struct report *report, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < report->count; i++) {
        if (report->lines[i].partition == partition && strcmp(report->lines[i].topic, topic) == 0) {
            return true;
        }
    }
    return false;
}

static int add_unclaimed(struct ing_logs *logs, struct report *report,
                         const struct sto_grid *datasets, const char *only_topic, struct err *err)
{
    for (size_t row = 0; row < datasets->rows; row++) {
        const char *topic = sto_grid_get(datasets, row, "topic");
        int32_t partitions = 0;
        if (topic == NULL || (only_topic != NULL && strcmp(topic, only_topic) != 0) ||
            is_retired(datasets, sto_grid_get(datasets, row, "dataset"))) {
            continue;
        }
        if (ing_logs_partitions(logs, topic, KAFKA_TIMEOUT_MS, &partitions, err) != 0) {
            return -1;
        }
        struct line line = {
            .dataset = sto_grid_get(datasets, row, "dataset"), .topic = topic, .next = -1};
        if (partitions <= 0 && !has_line(report, topic, 0)) {
            line.partition = -1;
            line.state = partitions == 0 ? "no such topic" : "not known";
            if (add_line(report, line, err) != 0) {
                return -1;
            }
        }
        line.state = "unclaimed";
        for (int32_t p = 0; p < partitions; p++) {
            line.partition = p;
            if (!has_line(report, topic, line.partition) && add_line(report, line, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int by_topic(const void *a, const void *b)
{
    const struct line *x = a;
    const struct line *y = b;
    int c = strcmp(x->topic, y->topic);
    return c != 0 ? c : (x->partition > y->partition) - (x->partition < y->partition);
}

/* Asks for the partitions that exist; their ranges end up beside their lines. */
static int ask_ranges(struct ing_logs *logs, struct report *report, struct err *err)
{
    size_t asked = 0;
    if (report->count > 1) {
        qsort(report->lines, report->count, sizeof(*report->lines), by_topic);
    }
    for (size_t i = 0; i < report->count; i++) {
        report->ranges[i] = (struct ing_log_range){.topic = report->lines[i].topic,
                                                   .partition = report->lines[i].partition,
                                                   .log_start = -1,
                                                   .log_end = -1};
        asked += report->lines[i].partition >= 0;
    }
    struct ing_log_range *ranges = calloc(asked + 1, sizeof(*ranges));
    if (ranges == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the positions");
    }
    size_t n = 0;
    for (size_t i = 0; i < report->count; i++) {
        if (report->lines[i].partition >= 0) {
            ranges[n++] = report->ranges[i];
        }
    }
    int rc = asked > 0 ? ing_logs_ranges(logs, ranges, asked, KAFKA_TIMEOUT_MS, err) : 0;
    n = 0;
    for (size_t i = 0; i < report->count; i++) {
        if (report->lines[i].partition >= 0) {
            report->ranges[i] = ranges[n++];
        }
    }
    free(ranges);
    return rc;
}

static const char *text_of(struct report *report, int64_t v)
{
    return v < 0 ? NULL : arena_printf(&report->arena, "%" PRId64, v);
}

/* What is left to take: from the position, or from the log's start where nobody has claimed it.
 * A log that ends below the position was replaced: its lag is not known. */
static int64_t lag_of(const struct line *line, const struct ing_log_range *range)
{
    int64_t from = line->next >= 0 ? line->next : range->log_start;
    return from < 0 || range->log_end < 0 || from > range->log_end ? -1 : range->log_end - from;
}

static int fill_grid(struct report *report, struct sto_grid *grid, struct err *err)
{
    static const char *names[COL_COUNT] = {"dataset", "topic", "partition", "next_offset",
                                           "log_end", "lag",   "state"};
    static enum sto_field_kind kinds[COL_COUNT] = {
        STO_FIELD_TEXT,   STO_FIELD_TEXT,   STO_FIELD_NUMBER, STO_FIELD_NUMBER,
        STO_FIELD_NUMBER, STO_FIELD_NUMBER, STO_FIELD_TEXT};
    *grid =
        (struct sto_grid){.rows = report->count, .cols = COL_COUNT, .names = names, .kinds = kinds};
    grid->values = arena_calloc(&report->arena, report->count * COL_COUNT, sizeof(*grid->values));
    if (grid->values == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the positions");
    }
    report->complete = true;
    for (size_t i = 0; i < report->count; i++) {
        const struct line *line = &report->lines[i];
        const char **values = &grid->values[i * COL_COUNT];
        int64_t lag = lag_of(line, &report->ranges[i]);
        values[COL_DATASET] = line->dataset;
        values[COL_TOPIC] = line->topic;
        values[COL_PARTITION] = text_of(report, line->partition);
        values[COL_NEXT] = text_of(report, line->next);
        values[COL_END] = text_of(report, report->ranges[i].log_end);
        values[COL_LAG] = text_of(report, lag);
        values[COL_STATE] = line->state;
        report->total += lag > 0 ? lag : 0;
        report->complete = report->complete && lag >= 0;
    }
    return 0;
}

static int print_report(const struct ops_context *context, struct report *report, struct err *err)
{
    struct sto_grid grid;
    struct buf out = BUF_INIT;
    if (fill_grid(report, &grid, err) != 0) {
        return -1;
    }
    if (context->json) {
        struct jsonw w = jsonw_to(&out);
        sto_grid_json(&grid, &w);
        buf_put_u8(&out, '\n');
    } else {
        for (size_t i = 0; i < grid.rows; i++) {
            const char **values = &grid.values[i * COL_COUNT];
            values[COL_END] = values[COL_END] != NULL ? values[COL_END] : "?";
            values[COL_LAG] = values[COL_LAG] != NULL ? values[COL_LAG] : "?";
        }
        ops_table_print(&grid, context->terminal, &out);
        buf_printf(&out, "\ntotal lag %" PRId64 "%s\n", report->total,
                   report->complete ? "" : ", and what is unknown");
    }
    int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}

int ops_lag(const struct ops_context *context, struct err *err)
{
    const char *topic = context->args->arguments[0];
    const char *const of_topic[] = {topic};
    const char *const of_all[] = {NULL};
    struct report report = {.arena = ARENA_INIT};
    struct sto_grid *positions = NULL;
    struct sto_grid *datasets = NULL;
    struct ing_logs *logs = NULL;
    int rc = -1;
    if (*context->conf->kafka.bootstrap == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "no broker configured: set bootstrap in [kafka], or NRC_KAFKA_BOOTSTRAP");
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    if (conn == NULL ||
        (positions = sto_report(conn, STO_REPORT_POSITIONS, of_topic, 1, err)) == NULL ||
        (datasets = sto_report(conn, STO_REPORT_DATASETS, of_all, 1, err)) == NULL) {
        goto out;
    }
    logs = ing_logs_open(context->conf, err);
    if (logs == NULL || add_positions(&report, positions, datasets, err) != 0 ||
        add_unclaimed(logs, &report, datasets, topic, err) != 0) {
        goto out;
    }
    if (topic != NULL && report.count == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "no dataset is fed by topic %.128s", topic);
        goto out;
    }
    rc = ask_ranges(logs, &report, err) == 0 ? print_report(context, &report, err) : -1;
out:
    ing_logs_close(&logs);
    free(report.lines);
    free(report.ranges);
    arena_fini(&report.arena);
    sto_grid_free(&positions);
    sto_grid_free(&datasets);
    sto_conn_close(&conn);
    return rc;
}
