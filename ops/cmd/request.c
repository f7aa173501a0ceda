/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/request.c - nrc structure requests, approve, reject, retire; nrc violation: changes of structures that people
 * decide on. */
#include <inttypes.h>
#include <stdio.h>

#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "registry/approval.h"
#include "storage/admin/request.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

/* ---- lists ---- */

int ops_structure_requests(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    struct ops_limit limit;
    if (ops_limit_read(args, &limit, err) != 0) {
        return -1;
    }
    const char *const params[] = {args->arguments[0], ops_args_has(args, "all") ? "all" : NULL,
                                  limit.text};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    return ops_list_newest(context, &conn, STO_REPORT_REQUESTS, params, 3, &limit, err);
}

int ops_violation_list(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    struct ops_limit limit;
    if (ops_limit_read(args, &limit, err) != 0) {
        return -1;
    }
    const char *const params[] = {ops_args_get(args, "dataset"), limit.text};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    return ops_list_newest(context, &conn, STO_REPORT_VIOLATIONS, params, 2, &limit, err);
}

/* ---- one ---- */

static void print(const struct ops_context *context, const struct sto_grid *request,
                  const struct sto_grid *decisions, struct buf *out)
{
    if (context->json) {
        struct jsonw w = jsonw_to(out);
        jsonw_open(&w, '{');
        sto_grid_json_members(request, 0, &w);
        jsonw_key(&w, "decisions");
        sto_grid_json(decisions, &w);
        jsonw_close(&w, '}');
        buf_put_u8(out, '\n');
        return;
    }
    struct sto_grid without =
        *request; /* the difference is its last column: nrc structure diff prints it */
    without.cols--;
    ops_table_print_record(&without, 0, context->terminal, out);
    if (decisions->rows > 0) {
        buf_put_u8(out, '\n');
        ops_table_print(decisions, context->terminal, out);
    }
}

int ops_structure_request(const struct ops_context *context, struct err *err)
{
    const char *id_text = context->args->arguments[0];
    struct sto_grid *request = NULL;
    struct sto_grid *decisions = NULL;
    struct buf out = BUF_INIT;
    int64_t id;
    int rc = -1;
    if (ops_parse_int(id_text, "REQUEST", 1, INT64_MAX, &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    if (conn == NULL ||
        (request = sto_report(conn, STO_REPORT_REQUEST, &id_text, 1, err)) == NULL ||
        (decisions = sto_report(conn, STO_REPORT_DECISIONS, &id_text, 1, err)) == NULL) {
        goto out;
    }
    if (request->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no request %s", id_text);
        goto out;
    }
    print(context, request, decisions, &out);
    rc = ops_print(&out, err);
out:
    buf_fini(&out);
    sto_grid_free(&decisions);
    sto_grid_free(&request);
    sto_conn_close(&conn);
    return rc;
}

/* ---- decisions ---- */

static int take_id(const struct ops_context *context, int64_t *id, struct err *err)
{
    return ops_parse_int(context->args->arguments[0], "REQUEST", 1, INT64_MAX, id, err);
}

int ops_structure_approve(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const struct sto_approval approval = {
        .why = ops_args_get(args, "reason"),
        .from = ops_args_get(args, "from"),
        .notice = ops_args_get(args, "notice"),
    };
    char line[96];
    char json[64];
    bool complete = false;
    int64_t id = 0;
    struct sto_conn *conn =
        take_id(context, &id, err) == 0 ? ops_connect(context, STO_ROLE_REGISTRY, err) : NULL;
    int rc = conn != NULL ? reg_approve(conn, id, &approval, &complete, err) : -1;
    sto_conn_close(&conn);
    snprintf(line, sizeof(line), "request %" PRId64 " %s", id,
             complete ? "approved" : "has your approval, and waits for another one");
    snprintf(json, sizeof(json), "{\"request\":%" PRId64 ",\"complete\":%s}", id,
             complete ? "true" : "false");
    return rc == 0 ? ops_say(context, line, json, err) : -1;
}

int ops_structure_reject(const struct ops_context *context, struct err *err)
{
    char line[64];
    char json[64];
    int64_t id = 0;
    struct sto_conn *conn =
        take_id(context, &id, err) == 0 ? ops_connect(context, STO_ROLE_REGISTRY, err) : NULL;
    int rc = conn != NULL ? sto_request_reject(conn, id, ops_args_get(context->args, "reason"), err)
                          : -1;
    sto_conn_close(&conn);
    snprintf(line, sizeof(line), "request %" PRId64 " rejected", id);
    snprintf(json, sizeof(json), "{\"request\":%" PRId64 "}", id);
    return rc == 0 ? ops_say(context, line, json, err) : -1;
}

int ops_structure_retire(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    char line[192];
    char json[64];
    int64_t version = 0;
    if (ops_parse_int(args->arguments[1], "VERSION", 1, INT32_MAX, &version, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? sto_structure_retire(conn, args->arguments[0], (int32_t)version,
                                                 ops_args_get(args, "reason"),
                                                 ops_args_get(args, "from"), err)
                          : -1;
    sto_conn_close(&conn);
    snprintf(line, sizeof(line), "%.128s: version %d retired", args->arguments[0], (int)version);
    snprintf(json, sizeof(json), "{\"version\":%d}", (int)version);
    return rc == 0 ? ops_say(context, line, json, err) : -1;
}
