/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/lag.c - nrc lag: the register's positions beside the ends of Kafka's logs, and what is to be thought of it.
 *
 * Every partition of every dataset's topic has a row, claimed or not: a topic that no engine has
 * touched is the one that an operator must see. Where a log's end is unknown, so is the lag;
 * nothing is guessed. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/jsonw.h"
#include "ingest/kafka/log_ends.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "ops/cmd/lag_judge.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

/* X(id, key in JSON, kind, heading of the table; NULL: for programs alone) */
#define COLUMNS(X)                                                                                 \
    X(COL_DATASET, "dataset", TEXT, "dataset")                                                     \
    X(COL_TOPIC, "topic", TEXT, "topic")                                                           \
    X(COL_PARTITION, "partition", NUMBER, "partition")                                             \
    X(COL_NEXT, "next_offset", NUMBER, "next_offset")                                              \
    X(COL_END, "log_end", NUMBER, "log_end")                                                       \
    X(COL_LAG, "lag", NUMBER, "lag")                                                               \
    X(COL_STATE, "state", TEXT, "state")                                                           \
    X(COL_VERDICT, "verdict", TEXT, "verdict")                                                     \
    X(COL_WAITS, "waits_s", NUMBER, "waits")                                                       \
    X(COL_WAITS_IS, "waits", TEXT, NULL)                                                           \
    X(COL_TREND, "trend", TEXT, "trend")                                                           \
    X(COL_CATCH_UP, "catch_up_s", NUMBER, "caught up in")                                          \
    X(COL_CATCH_UP_IS, "catch_up", TEXT, NULL)                                                     \
    X(COL_HEADROOM, "headroom_s", NUMBER, "lost in")                                               \
    X(COL_HEADROOM_IS, "headroom", TEXT, NULL)
enum {
#define X(id, key, kind, heading) id,
    COLUMNS(X)
#undef X
        COL_COUNT
};

struct report {
    struct arena arena; /* the grid's texts */
    struct ops_lag_line *lines;
    struct ing_log_range *ranges; /* beside lines */
    size_t count;
    size_t cap;
    int64_t total; /* of the lags that are known */
    bool complete; /* all are */
};

static int add_line(struct report *report, struct ops_lag_line line, struct err *err)
{
    if (report->count == report->cap) {
        size_t cap = report->cap > 0 ? report->cap * 2 : 64;
        struct ops_lag_line *lines = realloc(report->lines, cap * sizeof(*lines));
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
        const struct ops_lag_line line = {
            .dataset = sto_grid_get(positions, row, "dataset"),
            .topic = sto_grid_get(positions, row, "topic"),
            .partition = (int32_t)number(sto_grid_get(positions, row, "partition")),
            .next = number(sto_grid_get(positions, row, "next_offset")),
            .state = sto_grid_get(positions, row, "state"),
            .has_owner =
                *sto_grid_get(positions, row, "owner_lives") == 't' ? OPS_KNOWN_YES : OPS_KNOWN_NO,
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
        if (ing_logs_partitions(logs, topic, OPS_LAG_KAFKA_MS, &partitions, err) != 0) {
            return -1;
        }
        struct ops_lag_line line = {.dataset = sto_grid_get(datasets, row, "dataset"),
                                    .topic = topic,
                                    .next = -1,
                                    .has_owner = OPS_KNOWN_NO};
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
    const struct ops_lag_line *x = a;
    const struct ops_lag_line *y = b;
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
    int rc = asked > 0 ? ing_logs_ranges(logs, ranges, asked, OPS_LAG_KAFKA_MS, err) : 0;
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

/* Seconds as people say them, in the two greatest units. */
static const char *span_of(struct report *report, int64_t s)
{
    static const struct {
        const char *unit;
        int64_t seconds;
    } units[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};
    size_t i = 0;
    while (i + 1 < COUNT_OF(units) && s < units[i].seconds) {
        i++;
    }
    int64_t rest = i + 1 < COUNT_OF(units) ? s % units[i].seconds / units[i + 1].seconds : 0;
    return rest == 0
               ? arena_printf(&report->arena, "%" PRId64 " %s", s / units[i].seconds, units[i].unit)
               : arena_printf(&report->arena, "%" PRId64 " %s %" PRId64 " %s", s / units[i].seconds,
                              units[i].unit, rest, units[i + 1].unit);
}

/* A span of seconds, and what is known of it: programs get both, people one of them. */
static void put_span(struct report *report, const char **values, int column, int64_t s,
                     const char *is, bool people)
{
    bool is_number = s >= 0 && s != OPS_NEVER_S;
    values[column + 1] = is;
    values[column] = people      ? is_number ? span_of(report, s) : is
                     : is_number ? text_of(report, s)
                                 : NULL;
}

static const char *span_is(int64_t s)
{
    return s == OPS_NEVER_S ? "never" : s < 0 ? "unknown" : "known";
}

static void fill_row(struct report *report, const struct ops_lag_line *line, int64_t log_end,
                     bool people, const char **values)
{
    const struct ops_lag *lag = &line->lag;
    /* What the log does not have any more is nothing that could be taken. */
    int64_t events = lag->is == OPS_LAG_IS_LOST ? -1 : lag->events;
    values[COL_DATASET] = line->dataset;
    values[COL_TOPIC] = line->topic;
    values[COL_PARTITION] = text_of(report, line->partition);
    values[COL_NEXT] = text_of(report, line->next);
    values[COL_END] = text_of(report, log_end);
    values[COL_LAG] = text_of(report, events);
    values[COL_STATE] = line->state;
    values[COL_VERDICT] = ops_lag_verdict_token(lag->verdict);
    values[COL_TREND] = ops_trend_token(lag->trend);
    put_span(report, values, COL_WAITS, lag->age_s, ops_lag_is_token(lag->is), people);
    put_span(report, values, COL_CATCH_UP, lag->catch_up_s, span_is(lag->catch_up_s), people);
    put_span(report, values, COL_HEADROOM, lag->headroom_s, span_is(lag->headroom_s), people);
    if (people) {
        values[COL_END] = values[COL_END] != NULL ? values[COL_END] : "?";
        values[COL_LAG] = values[COL_LAG] != NULL ? values[COL_LAG] : "?";
        if (lag->is == OPS_LAG_IS_ESTIMATED) {
            values[COL_WAITS] = arena_printf(&report->arena, "> %s", values[COL_WAITS]);
        }
    }
    report->total += events > 0 ? events : 0;
    report->complete = report->complete && events >= 0;
}

static int fill_grid(struct report *report, struct sto_grid *grid, bool people, struct err *err)
{
    static const struct {
        const char *key;
        const char *heading;
        enum sto_field_kind kind;
    } columns[COL_COUNT] = {
#define X(id, key, kind, heading) {key, heading, STO_FIELD_##kind},
        COLUMNS(X)
#undef X
    };
    const char **cells =
        arena_calloc(&report->arena, report->count * COL_COUNT + 1, sizeof(*cells));
    const char **names = arena_calloc(&report->arena, COL_COUNT, sizeof(*names));
    enum sto_field_kind *kinds = arena_calloc(&report->arena, COL_COUNT, sizeof(*kinds));
    if (cells == NULL || names == NULL || kinds == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the positions");
    }
    *grid =
        (struct sto_grid){.rows = report->count, .names = names, .kinds = kinds, .values = cells};
    size_t shown[COL_COUNT];
    for (size_t i = 0; i < COL_COUNT; i++) {
        if (!people || columns[i].heading != NULL) {
            names[grid->cols] = people ? columns[i].heading : columns[i].key;
            kinds[grid->cols] = columns[i].kind;
            shown[grid->cols++] = i;
        }
    }
    report->complete = true;
    for (size_t row = 0; row < report->count; row++) {
        const char *values[COL_COUNT];
        fill_row(report, &report->lines[row], report->ranges[row].log_end, people, values);
        for (size_t i = 0; i < grid->cols; i++) {
            *cells++ = values[shown[i]];
        }
    }
    return 0;
}

static int print_report(const struct ops_context *context, struct report *report, struct err *err)
{
    struct sto_grid grid;
    struct buf out = BUF_INIT;
    if (fill_grid(report, &grid, !context->json, err) != 0) {
        return -1;
    }
    if (context->json) {
        struct jsonw w = jsonw_to(&out);
        sto_grid_json(&grid, &w);
        buf_put_u8(&out, '\n');
    } else {
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
    if (ask_ranges(logs, &report, err) == 0 &&
        ops_lag_lines_judge(context->conf, conn, logs, report.lines, report.ranges, report.count,
                            topic, err) == 0) {
        rc = print_report(context, &report, err);
    }
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
