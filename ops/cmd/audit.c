/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/audit.c - nrc audit: who changed what, when and why, with before and after (NRL-18). */
#include <inttypes.h>
#include <stdio.h>

#include "ops/cli/command.h"
#include "ops/cmd/handlers.h"
#include "storage/report/audit.h"
#include "storage/report/report.h"

int ops_audit_list(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    struct ops_limit limit;
    if (ops_limit_read(args, &limit, err) != 0) {
        return -1;
    }
    struct sto_audit_filter filter = {
        .object = ops_args_get(args, "object"),
        .what = ops_args_get(args, "what"),
        .by = ops_args_get(args, "by"),
        .agency = ops_args_get(args, "agency"),
        .since = ops_args_get(args, "since"),
        .until = ops_args_get(args, "until"),
        .limit = limit.rows + 1,
    };
    if (ops_args_int(args, "before", 1, INT64_MAX, &filter.before, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid = conn != NULL ? sto_audit_rows(conn, &filter, err) : NULL;
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_newest(context, &grid, &limit, err) : -1;
}

int ops_audit_show(const struct ops_context *context, struct err *err)
{
    const char *id_text = context->args->arguments[0];
    int64_t id;
    if (ops_parse_int(id_text, "ID", 1, INT64_MAX, &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    const char *const params[] = {NULL, id_text};
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_AUDIT_ROW, params, 2, err) : NULL;
    sto_conn_close(&conn);
    if (grid != NULL && grid->rows == 0) {
        sto_grid_free(&grid);
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "the audit trail has no row %s",
                       id_text);
    }
    return grid != NULL ? ops_print_record(context, &grid, err) : -1;
}
