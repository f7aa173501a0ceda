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
#include "ops/monitor/partitions.h"
#include "storage/quality/look.h"
#include "storage/quality/watch.h"
#include "storage/report/json.h"

enum { KAFKA_MS = 10000 /* for each question */ };

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

struct row {
    const char *dataset;
    const char *topic;
    const char *state;
    const struct ops_partition *p; /* NULL: the topic has none, or nobody knows */
};

struct report {
    struct arena arena; /* the grid's texts */
    struct row *rows;   /* by topic and partition */
    size_t count;
    int64_t total; /* of the lags that are known */
    bool complete; /* all are */
};

/* The topic alone, if there is one. */
static void narrow(struct sto_watch *watch, const char *topic)
{
    size_t kept = 0;
    for (size_t i = 0; i < watch->dataset_count; i++) {
        if (topic == NULL || strcmp(watch->datasets[i].topic, topic) == 0) {
            watch->datasets[kept++] = watch->datasets[i];
        }
    }
    watch->dataset_count = kept;
}

static int look(const struct ops_context *context, struct sto_conn *conn, struct ing_logs *logs,
                const char *topic, struct sto_watch *watch, struct ops_partitions *out,
                struct err *err)
{
    struct arena arena = ARENA_INIT;
    struct ops_look_at at = {
        .conf = context->conf, .kafka = logs, .watch = watch, .timeout_ms = KAFKA_MS};
    struct sto_look *past;
    int rc = sto_looks_load(conn, topic, &arena, &past, &at.past_count, &at.now_s, err);
    if (rc == 0) {
        at.past = past;
        rc = ops_partitions_look(out, &at, err);
    }
    arena_fini(&arena);
    if (rc == 0 && out->silence.code != ERR_NONE) {
        *err = out->silence;
        rc = -1;
    }
    return rc;
}

static int by_topic(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    const int c = strcmp(x->topic, y->topic);
    const int32_t left = x->p != NULL ? x->p->partition : -1;
    const int32_t right = y->p != NULL ? y->p->partition : -1;
    return c != 0 ? c : (left > right) - (left < right);
}

static int add_rows(struct report *report, const struct sto_watch *watch,
                    const struct ops_partitions *partitions, struct err *err)
{
    report->rows = arena_calloc(&report->arena, watch->dataset_count + partitions->count + 1,
                                sizeof(*report->rows));
    if (report->rows == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the positions");
    }
    for (size_t i = 0; i < watch->dataset_count; i++) {
        const struct sto_watched *d = &watch->datasets[i];
        size_t count;
        const struct ops_partition *p = ops_partitions_of(partitions, d->dataset_id, &count);
        if (count == 0) {
            report->rows[report->count++] =
                (struct row){.dataset = d->dataset,
                             .topic = d->topic,
                             .state = partitions->topics[i] == 0 ? "no such topic" : "not known"};
        }
        for (size_t n = 0; n < count; n++) {
            report->rows[report->count++] =
                (struct row){.dataset = d->dataset,
                             .topic = p[n].topic,
                             .state = p[n].position != NULL ? p[n].position->state : "unclaimed",
                             .p = &p[n]};
        }
    }
    if (report->count > 1) {
        qsort(report->rows, report->count, sizeof(*report->rows), by_topic);
    }
    return 0;
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

static void fill_row(struct report *report, const struct row *row, bool people, const char **values)
{
    static const struct ops_partition none = {
        .partition = -1,
        .next = -1,
        .log_end = -1,
        .lag = {OPS_LAG_UNKNOWN, OPS_LAG_IS_UNKNOWN, -1, -1, OPS_TREND_UNKNOWN, 0, -1, -1}};
    const struct ops_partition *p = row->p != NULL ? row->p : &none;
    const struct ops_lag *lag = &p->lag;
    /* What the log does not have any more is nothing that could be taken. */
    int64_t events = lag->is == OPS_LAG_IS_LOST ? -1 : lag->events;
    values[COL_DATASET] = row->dataset;
    values[COL_TOPIC] = row->topic;
    values[COL_PARTITION] = text_of(report, p->partition);
    values[COL_NEXT] = text_of(report, p->next);
    values[COL_END] = text_of(report, p->log_end);
    values[COL_LAG] = text_of(report, events);
    values[COL_STATE] = row->state;
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
        fill_row(report, &report->rows[row], people, values);
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
    struct report report = {.arena = ARENA_INIT};
    struct sto_watch watch = {.arena = ARENA_INIT};
    struct ops_partitions partitions = {0};
    struct ing_logs *logs = NULL;
    int rc = -1;
    if (*context->conf->kafka.bootstrap == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "no broker configured: set bootstrap in [kafka], or NRC_KAFKA_BOOTSTRAP");
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    if (conn == NULL || sto_watch_load(conn, &watch, err) < 0) {
        goto out;
    }
    narrow(&watch, topic);
    if (topic != NULL && watch.dataset_count == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "no dataset is fed by topic %.128s", topic);
        goto out;
    }
    logs = ing_logs_open(context->conf, err);
    if (logs != NULL && look(context, conn, logs, topic, &watch, &partitions, err) == 0 &&
        add_rows(&report, &watch, &partitions, err) == 0) {
        rc = print_report(context, &report, err);
    }
out:
    ing_logs_close(&logs);
    ops_partitions_fini(&partitions);
    sto_watch_fini(&watch);
    arena_fini(&report.arena);
    sto_conn_close(&conn);
    return rc;
}
