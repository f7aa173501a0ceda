/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/reference.c - nrc reference: whether the values that a contract says another dataset has are there. */
#include "storage/quality/reference.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/progress.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/report/report.h"

/* Of a report's columns: those up to the reason. */
enum { SHOWN_TO_PEOPLE = 9 };

int ops_reference_list(const struct ops_context *context, struct err *err)
{
    const char *dataset = context->args->arguments[0];
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_REFERENCES, &dataset, 1, err) : NULL;
    if (grid != NULL && grid->rows == 0 && dataset != NULL &&
        ops_check_there(conn, STO_REPORT_DATASET, "dataset", dataset, err) != 0) {
        sto_grid_free(&grid);
    }
    sto_conn_close(&conn);
    if (grid != NULL && !context->json) {
        sto_grid_cut(grid, SHOWN_TO_PEOPLE);
    }
    return grid != NULL ? ops_print_grid(context, &grid, err) : -1;
}

/* After an empty list: the dataset's contract has such a reference, or ERR_NOT_FOUND. */
static int check_name(struct sto_conn *conn, const char *dataset, const char *name, struct err *err)
{
    struct sto_grid *grid = sto_report(conn, STO_REPORT_REFERENCES, &dataset, 1, err);
    bool is_there = false;
    if (grid == NULL) {
        return -1;
    }
    for (size_t row = 0; row < grid->rows && !is_there; row++) {
        is_there = strcmp(sto_grid_get(grid, row, "name"), name) == 0;
    }
    sto_grid_free(&grid);
    return is_there
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND,
                         "no contract in force of %.100s has a reference %.100s", dataset, name);
}

int ops_reference_keys(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    struct ops_limit limit;
    if (ops_limit_read(args, &limit, err) != 0) {
        return -1;
    }
    const char *const params[] = {args->arguments[0], args->arguments[1], limit.text};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_STEWARD, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_REFERENCE_KEYS, params, 3, err) : NULL;
    if (grid != NULL && grid->rows == 0 && check_name(conn, params[0], params[1], err) != 0) {
        sto_grid_free(&grid);
    }
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_newest(context, &grid, &limit, err) : -1;
}

static int say(const struct ops_context *context, const struct sto_references_checked *checked,
               bool is_full, struct err *err)
{
    char line[240];
    char json[240];
    int used = snprintf(line, sizeof(line), "%" PRId64 " reference%s looked at",
                        checked->references, checked->references == 1 ? "" : "s");
    if (is_full) {
        snprintf(line + used, sizeof(line) - (size_t)used,
                 ": of %" PRId64 " rows that refer %" PRId64 " lack their row; %" PRId64
                 " were not found before, and %" PRId64 " were there after all",
                 checked->rows, checked->missing, checked->added, checked->removed);
        snprintf(json, sizeof(json),
                 "{\"references\":%" PRId64 ",\"rows\":%" PRId64 ",\"missing\":%" PRId64
                 ",\"added\":%" PRId64 ",\"removed\":%" PRId64 "}",
                 checked->references, checked->rows, checked->missing, checked->added,
                 checked->removed);
    } else {
        snprintf(json, sizeof(json), "{\"references\":%" PRId64 "}", checked->references);
    }
    return ops_say(context, line, json, err);
}

int ops_reference_check(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const bool is_full = ops_args_has(args, "full");
    struct sto_references_checked checked;
    struct ops_progress progress;
    ops_progress_begin(&progress, context, "checking references", NULL);
    struct sto_conn *conn = ops_connect_patient(context, STO_ROLE_MONITOR, &progress, err);
    int rc =
        conn != NULL ? sto_references_check(conn, args->arguments[0], is_full, &checked, err) : -1;
    ops_progress_end(&progress);
    sto_conn_close(&conn);
    return rc == 0 ? say(context, &checked, is_full, err) : -1;
}
