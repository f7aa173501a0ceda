/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/notification.c - nrc notification: what was told, to whom, and who knows of it (NRL-18). */
#include <stdio.h>

#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/admin/subscription.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

int ops_notification_list(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    struct ops_limit limit;
    if (ops_limit_read(args, &limit, err) != 0) {
        return -1;
    }
    const char *const params[] = {NULL, ops_args_get(args, "dataset"),
                                  ops_args_has(args, "unacknowledged") ? "unacknowledged" : NULL,
                                  limit.text};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    return ops_list_newest(context, &conn, STO_REPORT_NOTIFICATIONS, params, 4, &limit, err);
}

/* One notification, to whom it went, and who acknowledged it. */
struct shown {
    struct sto_grid *notification;
    struct sto_grid *told;
    struct sto_grid *acknowledgements;
};

static void print(const struct ops_context *context, const struct shown *shown, struct buf *out)
{
    if (context->json) {
        struct jsonw w = jsonw_to(out);
        jsonw_open(&w, '{');
        sto_grid_json_members(shown->notification, 0, &w);
        jsonw_key(&w, "told");
        sto_grid_json(shown->told, &w);
        jsonw_key(&w, "acknowledgements");
        sto_grid_json(shown->acknowledgements, &w);
        jsonw_close(&w, '}');
        buf_put_u8(out, '\n');
        return;
    }
    ops_table_print_record(shown->notification, 0, context->terminal, out);
    if (shown->told->rows > 0) {
        buf_put_u8(out, '\n');
        ops_table_print(shown->told, context->terminal, out);
    }
    if (shown->acknowledgements->rows > 0) {
        buf_put_u8(out, '\n');
        ops_table_print(shown->acknowledgements, context->terminal, out);
    }
}

int ops_notification_show(const struct ops_context *context, struct err *err)
{
    const char *ref = context->args->arguments[0];
    const char *const params[] = {NULL, ref};
    struct shown shown = {NULL, NULL, NULL};
    struct buf out = BUF_INIT;
    int rc = -1;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    if (conn == NULL ||
        (shown.notification = sto_report(conn, STO_REPORT_NOTIFICATION, params, 2, err)) == NULL ||
        (shown.told = sto_report(conn, STO_REPORT_TOLD, &ref, 1, err)) == NULL ||
        (shown.acknowledgements = sto_report(conn, STO_REPORT_ACKNOWLEDGEMENTS, &ref, 1, err)) ==
            NULL) {
        goto out;
    }
    if (shown.notification->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no notification %.64s", ref);
        goto out;
    }
    print(context, &shown, &out);
    rc = ops_print(&out, err);
out:
    buf_fini(&out);
    sto_grid_free(&shown.acknowledgements);
    sto_grid_free(&shown.told);
    sto_grid_free(&shown.notification);
    sto_conn_close(&conn);
    return rc;
}

int ops_notification_topics(const struct ops_context *context, struct err *err)
{
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid = conn != NULL ? sto_report(conn, STO_REPORT_TOPICS, NULL, 0, err) : NULL;
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_grid(context, &grid, err) : -1;
}

int ops_notification_ack(const struct ops_context *context, struct err *err)
{
    char guid[STO_GUID_SIZE] = "";
    char line[128];
    char json[128];
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL
                 ? sto_notification_acknowledge(conn, context->args->arguments[0],
                                                ops_args_get(context->args, "account"), guid, err)
                 : -1;
    sto_conn_close(&conn);
    if (rc != 0) {
        return -1;
    }
    snprintf(line, sizeof(line), "notification %s acknowledged", guid);
    snprintf(json, sizeof(json), "{\"acknowledged\":\"%s\"}", guid);
    return ops_say(context, line, json, err);
}
