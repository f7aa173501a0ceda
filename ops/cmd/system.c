/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/system.c - nrc system: data systems of agencies, each of which serves datasets (NRL-5). */
#include "ops/cli/command.h"
#include "ops/cmd/fact.h"
#include "ops/cmd/handlers.h"
#include "storage/report/report.h"

int ops_system_add(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const struct sto_system_spec spec = {
        .system = args->arguments[0],
        .name = ops_args_get(args, "name"),
        .name_ar = ops_args_get(args, "name-ar"),
        .description = ops_args_get(args, "description"),
    };
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? sto_system_add(conn, &spec, err) : -1;
    sto_conn_close(&conn);
    return rc == 0 ? ops_fact_say(context, STO_SYSTEM, spec.system, "added", err) : -1;
}

int ops_system_list(const struct ops_context *context, struct err *err)
{
    const char *const params[] = {ops_args_get(context->args, "agency")};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_SYSTEMS, params, 1, err) : NULL;
    if (grid != NULL && grid->rows == 0 && params[0] != NULL &&
        ops_check_there(conn, STO_REPORT_AGENCY, "agency", params[0], err) != 0) {
        sto_grid_free(&grid);
    }
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_grid(context, &grid, err) : -1;
}

int ops_system_show(const struct ops_context *context, struct err *err)
{
    const char *name = context->args->arguments[0];
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_SYSTEM, &name, 1, err) : NULL;
    sto_conn_close(&conn);
    if (grid != NULL && grid->rows == 0) {
        sto_grid_free(&grid);
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no system %.128s", name);
    }
    return grid != NULL ? ops_print_record(context, &grid, err) : -1;
}

int ops_system_edit(const struct ops_context *context, struct err *err)
{
    return ops_fact_edit(context, STO_SYSTEM, err);
}

int ops_system_retire(const struct ops_context *context, struct err *err)
{
    return ops_fact_retire(context, STO_SYSTEM, err);
}
