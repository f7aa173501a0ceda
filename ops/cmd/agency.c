/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/agency.c - nrc agency: public bodies, with their responsible division and head
 * (NRL-9). */
#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/admin/admin.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

int ops_agency_add(const struct ops_context *context, struct err *err)
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
    buf_printf(&line, "agency %s added: %s", spec.code, spec.name);
    jsonw_open(&w, '{');
    jsonw_key(&w, "code");
    jsonw_str(&w, spec.code);
    jsonw_close(&w, '}');
    rc = ops_say(context, buf_cstr(&line), buf_cstr(&json), err);
    buf_fini(&line);
    buf_fini(&json);
    return rc;
}

int ops_agency_list(const struct ops_context *context, struct err *err)
{
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_AGENCIES, NULL, 0, err) : NULL;
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_grid(context, &grid, err) : -1;
}

static int print_agency(const struct ops_context *context, const struct sto_grid *agency,
                        const struct sto_grid *datasets, struct err *err)
{
    struct buf out = BUF_INIT;
    if (context->json) {
        struct jsonw w = jsonw_to(&out);
        jsonw_open(&w, '{');
        jsonw_key(&w, "agency");
        sto_grid_json_record(agency, 0, &w);
        jsonw_key(&w, "datasets");
        sto_grid_json(datasets, &w);
        jsonw_close(&w, '}');
        buf_put_u8(&out, '\n');
    } else {
        ops_table_print_record(agency, 0, context->terminal, &out);
        if (datasets->rows > 0) {
            buf_put_u8(&out, '\n');
            ops_table_print(datasets, context->terminal, &out);
        }
    }
    int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}

int ops_agency_show(const struct ops_context *context, struct err *err)
{
    const char *const params[] = {context->args->arguments[0]};
    struct sto_grid *agency = NULL;
    struct sto_grid *datasets = NULL;
    int rc = -1;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    agency = conn != NULL ? sto_report(conn, STO_REPORT_AGENCY, params, 1, err) : NULL;
    datasets = agency != NULL ? sto_report(conn, STO_REPORT_DATASETS, params, 1, err) : NULL;
    if (datasets == NULL) {
        goto out;
    }
    if (agency->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "agency %.64s not found", params[0]);
        goto out;
    }
    rc = print_agency(context, agency, datasets, err);
out:
    sto_grid_free(&agency);
    sto_grid_free(&datasets);
    sto_conn_close(&conn);
    return rc;
}
