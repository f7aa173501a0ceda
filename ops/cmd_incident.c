/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd_incident.c - nrc incident: what is wrong now. */
#include "ops/command.h"
#include "storage/report.h"

int ops_incident_list(const struct ops_context *context, struct err *err)
{
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_INCIDENTS, NULL, 0, err) : NULL;
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_grid(context, &grid, err) : -1;
}
