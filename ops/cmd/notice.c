/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/notice.c - nrc notice: what an agency announces before it does it (NRL-7). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/admin/notice.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

enum { DATASETS_MAX = 1000, OBJECT_SIZE = 40 };

static int say(const struct ops_context *context, int64_t id, const char *what, struct err *err)
{
    char line[64];
    char json[64];
    snprintf(line, sizeof(line), "notice %" PRId64 " %s", id, what);
    snprintf(json, sizeof(json), "{\"%s\":%" PRId64 "}", what, id);
    return ops_say(context, line, json, err);
}

int ops_notice_file(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *datasets[DATASETS_MAX];
    char *memory = NULL;
    int64_t id = 0;
    int count = ops_args_list(args, "dataset", &memory, datasets, DATASETS_MAX, err);
    const struct sto_notice_spec spec = {
        .kind = args->arguments[0],
        .datasets = datasets,
        .dataset_count = count > 0 ? (size_t)count : 0,
        .system = ops_args_get(args, "system"),
        .from = ops_args_get(args, "from"),
        .until = ops_args_get(args, "until"),
        .reason = ops_args_get(args, "reason"),
        .means = ops_args_get(args, "means"),
    };
    struct sto_conn *conn = count >= 0 ? ops_connect(context, STO_ROLE_REGISTRY, err) : NULL;
    int rc = conn != NULL ? sto_notice_file(conn, &spec, NULL, &id, err) : -1;
    sto_conn_close(&conn);
    free(memory);
    return rc == 0 ? say(context, id, "filed", err) : -1;
}

int ops_notice_list(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    struct ops_limit limit;
    if (ops_limit_read(args, &limit, err) != 0) {
        return -1;
    }
    const char *const params[] = {ops_args_get(args, "dataset"),
                                  ops_args_has(args, "all") ? "all" : NULL, limit.text};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    return ops_list_newest(context, &conn, STO_REPORT_NOTICES, params, 3, &limit, err);
}

static void print(const struct ops_context *context, const struct sto_grid *notice,
                  const struct sto_grid *history, struct buf *out)
{
    if (context->json) {
        struct jsonw w = jsonw_to(out);
        jsonw_open(&w, '{');
        sto_grid_json_members(notice, 0, &w);
        jsonw_key(&w, "history");
        sto_grid_json(history, &w);
        jsonw_close(&w, '}');
        buf_put_u8(out, '\n');
    } else {
        ops_table_print_record(notice, 0, context->terminal, out);
        buf_put_u8(out, '\n');
        ops_table_print(history, context->terminal, out);
    }
}

int ops_notice_show(const struct ops_context *context, struct err *err)
{
    const char *id_text = context->args->arguments[0];
    char object[OBJECT_SIZE];
    const char *const of_it[] = {object};
    struct sto_grid *notice = NULL;
    struct sto_grid *history = NULL;
    struct buf out = BUF_INIT;
    int64_t id;
    int rc = -1;
    if (ops_parse_int(id_text, "ID", 1, INT64_MAX, &id, err) != 0) {
        return -1;
    }
    snprintf(object, sizeof(object), "notice/%" PRId64, id);
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    if (conn == NULL || (notice = sto_report(conn, STO_REPORT_NOTICE, &id_text, 1, err)) == NULL ||
        (history = sto_report(conn, STO_REPORT_AUDIT, of_it, 1, err)) == NULL) {
        goto out;
    }
    if (notice->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no notice %s", id_text);
        goto out;
    }
    print(context, notice, history, &out);
    rc = ops_print(&out, err);
out:
    buf_fini(&out);
    sto_grid_free(&history);
    sto_grid_free(&notice);
    sto_conn_close(&conn);
    return rc;
}

int ops_notice_amend(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    int64_t id;
    const struct sto_notice_change change = {
        .from = ops_args_get(args, "from"),
        .until = ops_args_get(args, "until"),
        .for_good = ops_args_has(args, "for-good"),
        .reason = ops_args_get(args, "reason"),
        .means = ops_args_get(args, "means"),
    };
    if (ops_parse_int(args->arguments[0], "ID", 1, INT64_MAX, &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL
                 ? sto_notice_amend(conn, id, &change, ops_args_get(args, "why"), NULL, err)
                 : -1;
    sto_conn_close(&conn);
    return rc == 0 ? say(context, id, "amended", err) : -1;
}

int ops_notice_withdraw(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    int64_t id;
    if (ops_parse_int(args->arguments[0], "ID", 1, INT64_MAX, &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc =
        conn != NULL ? sto_notice_withdraw(conn, id, ops_args_get(args, "why"), NULL, err) : -1;
    sto_conn_close(&conn);
    return rc == 0 ? say(context, id, "withdrawn", err) : -1;
}
