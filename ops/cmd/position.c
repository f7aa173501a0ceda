/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/position.c - nrc position: where topic partitions stand, and the steward's decision to
 * open one that halted. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "ingest/kafka/log_ends.h"
#include "ingest/kafka/probe.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/catalogue/position.h"
#include "storage/report/report.h"

enum { KAFKA_TIMEOUT_MS = 10000, PROBE_S = 600, PROBE_MAX_S = 24 * 3600 };

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
        const char *fed_by = sto_grid_get(datasets, row, "topic");
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

/* The log start offset now: behind the gap. */
static int ask_log_start(const struct conf *conf, const char *topic, int32_t partition,
                         int64_t *offset, struct err *err)
{
    struct ing_log_range range = {
        .topic = topic, .partition = partition, .log_start = -1, .log_end = -1};
    if (*conf->kafka.bootstrap == '\0') {
        return err_set(
            err, ERR_KIND_FATAL, ERR_CONFIG,
            "no broker configured to ask for the log start offset: set bootstrap in [kafka], "
            "or give --to");
    }
    struct ing_logs *logs = ing_logs_open(conf, err);
    int rc = logs != NULL ? ing_logs_ranges(logs, &range, 1, KAFKA_TIMEOUT_MS, err) : -1;
    ing_logs_close(&logs);
    if (rc != 0) {
        return -1;
    }
    if (range.log_start < 0) {
        return err_set(err, ERR_KIND_RETRY, ERR_KAFKA,
                       "Kafka does not tell the log start offset of partition %d of %.128s; give "
                       "--to, or try again",
                       (int)partition, topic);
    }
    *offset = range.log_start;
    return 0;
}

/* ---- unreadable offsets ---- */

static int examine(const struct ops_context *context, const char *topic, int32_t partition,
                   int64_t from, struct ing_finding *finding, struct err *err)
{
    const struct conf *conf = context->conf;
    int64_t timeout_s = PROBE_S;
    if (ops_args_int(context->args, "timeout", 1, PROBE_MAX_S, &timeout_s, err) != 0) {
        return -1;
    }
    const struct ing_probe probe = {
        .topic = topic,
        .partition = partition,
        .from = from,
        .budget_ms = timeout_s * 1000,
        .finds_next = true,
    };
    if (*conf->kafka.bootstrap == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "no broker configured to read from: set bootstrap in [kafka]");
    }
    if (ing_probe_run(conf, &probe, finding, err) != 0) {
        return -1;
    }
    if (finding->reading == ING_AWAY || finding->reading == ING_NOT_TOLD) {
        return err_set(err, ERR_KIND_RETRY, ERR_KAFKA, "partition %d of %.200s: %.150s",
                       (int)partition, topic,
                       *finding->text != '\0' ? finding->text
                                              : "the time was too short; give more with --timeout");
    }
    return 0;
}

static const char *why_not_found(const struct ing_finding *finding)
{
    return finding->search == ING_NOT_TOLD
               ? "the time was too short to look further; give more with --timeout"
               : "then no broker answered; try again";
}

/* The next readable offset. */
static int find_readable(const struct ops_context *context, const char *topic, int32_t partition,
                         int64_t next_offset, int64_t *offset, struct err *err)
{
    struct ing_finding finding = {.reading = ING_NOT_TOLD};
    if (examine(context, topic, partition, next_offset, &finding, err) != 0) {
        return -1;
    }
    if (finding.reading == ING_FORBIDDEN) {
        return err_set(err, ERR_KIND_FATAL, ERR_TOPIC_FORBIDDEN,
                       "%.150s: grant READ on %.200s and resume without --accept-gap; no gap is "
                       "needed",
                       finding.text, topic);
    }
    *offset = finding.reading == ING_READS ? next_offset : finding.readable_from;
    return *offset >= 0
               ? 0
               : err_set(err, ERR_KIND_RETRY, ERR_KAFKA,
                         "partition %d of %.200s: no readable offset was found up to %" PRId64
                         ", and %s, or --to",
                         (int)partition, topic, finding.unreadable_to, why_not_found(&finding));
}

static void put_finding(struct buf *out, bool as_json, int64_t offset,
                        const struct ing_finding *finding)
{
    const bool reads = finding->reading == ING_READS;
    if (!as_json) {
        buf_printf(out, "offset %" PRId64 " can%s be read", offset, reads ? "" : "not");
        if (!reads) {
            buf_put_str(out, ": ");
            ops_put_safe(finding->text, false, out);
        }
        if (finding->readable_from >= 0) {
            buf_printf(out, "\noffset %" PRId64 " can; --accept-gap would skip %" PRId64,
                       finding->readable_from, finding->readable_from - offset);
        } else if (!reads && finding->unreadable_to >= 0) {
            buf_printf(out, "\nno readable offset was found up to %" PRId64 ", and %s",
                       finding->unreadable_to, why_not_found(finding));
        }
        buf_put_u8(out, '\n');
        return;
    }
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_number(&w, "offset", offset);
    jsonw_key(&w, "readable");
    jsonw_bool(&w, reads);
    jsonw_key(&w, "error");
    jsonw_str(&w, reads ? NULL : finding->text);
    jsonw_key(&w, "readable_from");
    if (finding->readable_from >= 0) {
        jsonw_int(&w, finding->readable_from);
    } else {
        jsonw_null(&w);
    }
    jsonw_close(&w, '}');
    buf_put_u8(out, '\n');
}

int ops_position_probe(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *topic = args->arguments[0];
    struct sto_position_state stands = {.next_offset = -1};
    struct ing_finding finding = {.reading = ING_NOT_TOLD};
    struct buf out = BUF_INIT;
    int64_t partition;
    int64_t from = -1;
    if (ops_parse_int(args->arguments[1], "PARTITION", 0, INT32_MAX, &partition, err) != 0 ||
        ops_args_int(args, "from", 0, INT64_MAX, &from, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    int rc = conn != NULL ? sto_position_read(conn, topic, (int32_t)partition, &stands, err) : -1;
    sto_conn_close(&conn);
    from = from < 0 ? stands.next_offset : from;
    if (rc != 0 || examine(context, topic, (int32_t)partition, from, &finding, err) != 0) {
        return -1;
    }
    put_finding(&out, context->json, from, &finding);
    rc = ops_print(&out, err);
    buf_fini(&out);
    return rc != 0 ? -1 : finding.reading == ING_READS ? OPS_YES : OPS_NO;
}

/* ---- resuming ---- */

/* Where to go on when the steward does not say. */
static int choose_offset(const struct ops_context *context, struct sto_conn *conn,
                         const char *topic, int32_t partition, int64_t *to, struct err *err)
{
    struct sto_position_state stands;
    if (sto_position_read(conn, topic, partition, &stands, err) != 0) {
        return -1;
    }
    if (!stands.halted) {
        return err_set(err, ERR_KIND_FATAL, ERR_REFUSED,
                       "partition %d of topic %.200s is not halted", (int)partition, topic);
    }
    return stands.halt_kind == STO_INCIDENT_UNREADABLE
               ? find_readable(context, topic, partition, stands.next_offset, to, err)
               : ask_log_start(context->conf, topic, partition, to, err);
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
                       "--to needs --accept-gap: a gap needs a reason");
    }
    if (ops_args_get(args, "timeout") != NULL && (reason == NULL || to >= 0)) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "--timeout needs --accept-gap without --to: only then an offset is looked "
                       "for");
    }
    if (reason != NULL && *reason == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "--accept-gap requires a reason, for the ledger");
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_STEWARD, err);
    int rc = conn != NULL ? 0 : -1;
    if (rc == 0 && reason != NULL && to < 0) {
        rc = choose_offset(context, conn, topic, (int32_t)partition, &to, err);
    }
    if (rc == 0) {
        rc = sto_position_resume(conn, topic, (int32_t)partition, reason, to, err);
    }
    sto_conn_close(&conn);
    if (rc != 0) {
        return -1;
    }
    char line[320];
    char json[96];
    if (reason != NULL) {
        snprintf(line, sizeof(line), "partition %d of %.200s resumes at offset %" PRId64,
                 (int)partition, topic, to);
        snprintf(json, sizeof(json), "{\"resumed\":true,\"next_offset\":%" PRId64 "}", to);
    } else {
        snprintf(line, sizeof(line), "partition %d of %.200s is tried again", (int)partition,
                 topic);
        snprintf(json, sizeof(json), "{\"resumed\":true}");
    }
    return ops_say(context, line, json, err);
}
