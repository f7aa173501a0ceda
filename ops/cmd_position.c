/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd_position.c - nrc position: where topic partitions stand, and the steward's decision to
 * open one that halted. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ingest/lag.h"
#include "ops/command.h"
#include "ops/table.h"
#include "storage/position.h"
#include "storage/report.h"

enum { KAFKA_TIMEOUT_MS = 10000 };

/* A topic that no engine has touched has no position yet. */
static int check_topic(struct sto_conn *conn, const char *topic, struct err *err)
{
    const char *const of_all[] = {NULL};
    struct sto_grid *datasets = sto_report(conn, STO_REPORT_DATASETS, of_all, 1, err);
    if (datasets == NULL) {
        return -1;
    }
    bool found = false;
    for (size_t row = 0; row < datasets->rows && !found; row++) {
        const char *fed_by = ops_table_value(datasets, row, "topic");
        found = fed_by != NULL && strcmp(fed_by, topic) == 0;
    }
    sto_grid_free(&datasets);
    return found ? 0
                 : err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "no dataset is fed by topic %.128s",
                           topic);
}

int ops_position_show(const struct ops_context *context, struct err *err)
{
    const char *const params[] = {context->args->arguments[0]};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_POSITIONS, params, 1, err) : NULL;
    if (grid != NULL && grid->rows == 0 && params[0] != NULL &&
        check_topic(conn, params[0], err) != 0) {
        sto_grid_free(&grid);
    }
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_grid(context, &grid, err) : -1;
}

/* Where the log begins now: what is behind the hole. */
static int ask_log_start(const struct conf *conf, const char *topic, int32_t partition,
                         int64_t *offset, struct err *err)
{
    struct ing_log_range range = {
        .topic = topic, .partition = partition, .log_start = -1, .log_end = -1};
    if (*conf->kafka.bootstrap == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "no broker is named to ask for the log's start: set bootstrap in [kafka], "
                       "or give --to");
    }
    struct ing_logs *logs = ing_logs_open(conf, err);
    int rc = logs != NULL ? ing_logs_ranges(logs, &range, 1, KAFKA_TIMEOUT_MS, err) : -1;
    ing_logs_close(&logs);
    if (rc != 0) {
        return -1;
    }
    if (range.log_start < 0) {
        return err_set(
            err, ERR_KIND_RETRY, ERR_KAFKA,
            "Kafka does not say where partition %d of %.128s begins; give --to, or try again",
            (int)partition, topic);
    }
    *offset = range.log_start;
    return 0;
}

int ops_position_resume(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *topic = args->arguments[0];
    const char *reason = ops_args_get(args, "accept-gap");
    int64_t partition;
    int64_t to = -1;
    if (ops_parse_int(args->arguments[1], "PARTITION", 0, INT32_MAX, &partition, err) != 0 ||
        ops_args_int(args, "to", 0, INT64_MAX, &to, err) != 0) {
        return -1;
    }
    if (reason == NULL && to >= 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "--to goes with --accept-gap: leaving a hole has a reason");
    }
    if (reason != NULL && *reason == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "--accept-gap takes the reason, for the ledger");
    }
    if (reason != NULL && to < 0 &&
        ask_log_start(context->conf, topic, (int32_t)partition, &to, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_STEWARD, err);
    int rc =
        conn != NULL ? sto_position_resume(conn, topic, (int32_t)partition, reason, to, err) : -1;
    sto_conn_close(&conn);
    if (rc != 0) {
        return -1;
    }
    char line[320];
    char json[96];
    if (reason != NULL) {
        snprintf(line, sizeof(line), "partition %d of %.200s goes on at offset %" PRId64,
                 (int)partition, topic, to);
        snprintf(json, sizeof(json), "{\"resumed\":true,\"next_offset\":%" PRId64 "}", to);
    } else {
        snprintf(line, sizeof(line), "partition %d of %.200s is tried again", (int)partition,
                 topic);
        snprintf(json, sizeof(json), "{\"resumed\":true}");
    }
    return ops_say(context, line, json, err);
}
