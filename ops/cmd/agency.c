/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/agency.c - nrc agency: public bodies, with their responsible division and head
 * (NRL-9). */
#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/fact.h"
#include "ops/cmd/handlers.h"
#include "storage/admin/admin.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

static int add(const struct ops_context *context, bool declared, struct err *err)
{
    const struct ops_args *args = context->args;
    int64_t legal_class = 0;
    if (ops_args_int(args, "class", 1, 3, &legal_class, err) != 0) {
        return -1;
    }
    const struct sto_agency_spec spec = {
        .code = args->arguments[0],
        .name = ops_args_get(args, "name"),
        .name_ar = ops_args_get(args, "name-ar"),
        .legal_class = (int)legal_class,
        .division = ops_args_get(args, "division"),
        .head = ops_args_get(args, "head"),
        .declared = declared,
    };
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? sto_agency_add(conn, &spec, err) : -1;
    sto_conn_close(&conn);
    if (rc != 0) {
        return -1;
    }
    struct buf line = BUF_INIT;
    struct buf json = BUF_INIT;
    struct jsonw w = jsonw_to(&json);
    buf_printf(&line, "agency %s %s: %s", spec.code, declared ? "declared" : "added", spec.name);
    jsonw_open(&w, '{');
    jsonw_key(&w, "code");
    jsonw_str(&w, spec.code);
    jsonw_close(&w, '}');
    rc = ops_say(context, buf_cstr(&line), buf_cstr(&json), err);
    buf_fini(&line);
    buf_fini(&json);
    return rc;
}

int ops_agency_add(const struct ops_context *context, struct err *err)
{
    return add(context, false, err);
}

int ops_agency_declare(const struct ops_context *context, struct err *err)
{
    return add(context, true, err);
}

int ops_agency_list(const struct ops_context *context, struct err *err)
{
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_AGENCIES, NULL, 0, err) : NULL;
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_grid(context, &grid, err) : -1;
}

/* The agency, who answered for it and when, its systems, its datasets. */
struct shown {
    struct sto_grid *agency;
    struct sto_grid *heads;
    struct sto_grid *systems;
    struct sto_grid *datasets;
};

static void shown_fini(struct shown *shown)
{
    sto_grid_free(&shown->agency);
    sto_grid_free(&shown->heads);
    sto_grid_free(&shown->systems);
    sto_grid_free(&shown->datasets);
}

static void put_table(const struct ops_context *context, const struct sto_grid *grid,
                      struct buf *out)
{
    if (grid->rows > 0) {
        buf_put_u8(out, '\n');
        ops_table_print(grid, context->terminal, out);
    }
}

static int print_shown(const struct ops_context *context, const struct shown *shown,
                       struct err *err)
{
    struct buf out = BUF_INIT;
    if (context->json) {
        struct jsonw w = jsonw_to(&out);
        jsonw_open(&w, '{');
        jsonw_key(&w, "agency");
        sto_grid_json_record(shown->agency, 0, &w);
        jsonw_key(&w, "heads");
        sto_grid_json(shown->heads, &w);
        jsonw_key(&w, "systems");
        sto_grid_json(shown->systems, &w);
        jsonw_key(&w, "datasets");
        sto_grid_json(shown->datasets, &w);
        jsonw_close(&w, '}');
        buf_put_u8(&out, '\n');
    } else {
        ops_table_print_record(shown->agency, 0, context->terminal, &out);
        put_table(context, shown->heads, &out);
        put_table(context, shown->systems, &out);
        put_table(context, shown->datasets, &out);
    }
    int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}

static int read_shown(struct sto_conn *conn, const char *code, struct shown *out, struct err *err)
{
    out->agency = sto_report(conn, STO_REPORT_AGENCY, &code, 1, err);
    if (out->agency != NULL && out->agency->rows == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "agency %.64s not found", code);
    }
    if (out->agency == NULL ||
        (out->heads = sto_report(conn, STO_REPORT_AGENCY_HEADS, &code, 1, err)) == NULL ||
        (out->systems = sto_report(conn, STO_REPORT_SYSTEMS, &code, 1, err)) == NULL ||
        (out->datasets = sto_report(conn, STO_REPORT_DATASETS, &code, 1, err)) == NULL) {
        return -1;
    }
    return 0;
}

int ops_agency_show(const struct ops_context *context, struct err *err)
{
    struct shown shown = {0};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    int rc = conn != NULL ? read_shown(conn, context->args->arguments[0], &shown, err) : -1;
    sto_conn_close(&conn);
    rc = rc == 0 && shown.datasets != NULL ? print_shown(context, &shown, err) : -1;
    shown_fini(&shown);
    return rc;
}

int ops_agency_edit(const struct ops_context *context, struct err *err)
{
    return ops_fact_edit(context, STO_AGENCY, err);
}

int ops_agency_retire(const struct ops_context *context, struct err *err)
{
    return ops_fact_retire(context, STO_AGENCY, err);
}

int ops_agency_head(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *code = args->arguments[0];
    const char *reason = ops_args_get(args, "reason");
    const char *ends = ops_args_get(args, "ends");
    const char *division = ops_args_get(args, "division");
    const char *head = ops_args_get(args, "head");
    const char *from = ops_args_get(args, "from");
    if (ends != NULL && (division != NULL || head != NULL || from != NULL)) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "either a new head is named, or the present one's term ends: not both");
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn == NULL   ? -1
             : ends != NULL ? sto_agency_head_end(conn, code, ends, reason, err)
                            : sto_agency_head(conn, code, division, head, from, reason, err);
    sto_conn_close(&conn);
    return rc == 0
               ? ops_fact_say(context, STO_AGENCY, code,
                              ends != NULL ? "its head's term ends" : "its head is recorded", err)
               : -1;
}

int ops_agency_succeed(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL
                 ? sto_agency_succeed(conn, args->arguments[0], args->arguments[1],
                                      ops_args_get(args, "on"), ops_args_get(args, "instrument"),
                                      ops_args_get(args, "reason"), err)
                 : -1;
    sto_conn_close(&conn);
    return rc == 0 ? ops_fact_say(context, STO_AGENCY, args->arguments[0], "succeeded", err) : -1;
}
