/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/measure.c - nrc measure: what was measured in a dataset's stream, window by window.
 *
 * People see what is in every row; what is a list for itself (reasons, rules, fields, legs) is in JSON alone. */
#include "storage/report/measure.h"

#include "ops/cli/command.h"
#include "ops/cmd/handlers.h"

/* For people: the columns before the first one of JSON. */
static size_t shown_to_people(const struct sto_grid *grid)
{
    size_t shown = 0;
    while (shown < grid->cols && grid->kinds[shown] != STO_FIELD_JSON) {
        shown++;
    }
    return shown;
}

int ops_measure(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const struct sto_measure_filter filter = {
        .dataset = args->arguments[0],
        .since = ops_args_get(args, "since"),
        .until = ops_args_get(args, "until"),
        .by = ops_args_get(args, "by"),
    };
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid = conn != NULL ? sto_measures(conn, &filter, err) : NULL;
    sto_conn_close(&conn);
    if (grid == NULL) {
        return -1;
    }
    if (!context->json) {
        sto_grid_cut(grid, shown_to_people(grid));
    }
    return ops_print_grid(context, &grid, err);
}
