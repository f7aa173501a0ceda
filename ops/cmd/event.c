/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/event.c - nrc event: what became of one event. */
#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cmd/handlers.h"
#include "storage/report/report.h"

static struct sto_grid *by_place(const struct ops_context *context, struct sto_conn *conn,
                                 struct err *err)
{
    const struct ops_args *args = context->args;
    const char *const params[] = {args->arguments[0], ops_args_get(args, "partition"),
                                  ops_args_get(args, "offset")};
    int64_t number;
    return ops_parse_int(params[1], "--partition", 0, INT32_MAX, &number, err) == 0 &&
                   ops_parse_int(params[2], "--offset", 0, INT64_MAX, &number, err) == 0
               ? sto_report(conn, STO_REPORT_EVENT, params, 3, err)
               : NULL;
}

static struct sto_grid *by_key(const struct ops_context *context, struct sto_conn *conn,
                               struct err *err)
{
    const char *values[OPS_VALUES_MAX];
    size_t count = ops_args_values(context->args, "key", values);
    struct buf key = BUF_INIT;
    struct jsonw w = jsonw_to(&key);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        jsonw_str(&w, values[i]);
    }
    jsonw_close(&w, ']');
    const char *const params[] = {context->args->arguments[0], buf_cstr(&key)};
    struct sto_grid *grid = NULL;
    if (buf_failed(&key)) {
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a key");
    } else {
        grid = sto_report(conn, STO_REPORT_EVENTS_OF_KEY, params, 2, err);
    }
    buf_fini(&key);
    return grid;
}

int ops_event_show(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    bool has_key = ops_args_has(args, "key");
    bool has_place = ops_args_has(args, "partition") && ops_args_has(args, "offset");
    if (has_key == has_place) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "say which event: --partition and --offset, or --key");
    }
    struct sto_conn *conn =
        ops_connect(context, has_key ? STO_ROLE_STEWARD : STO_ROLE_MONITOR, err);
    struct sto_grid *grid = conn == NULL ? NULL
                            : has_key    ? by_key(context, conn, err)
                                         : by_place(context, conn, err);
    sto_conn_close(&conn);
    if (grid != NULL && grid->rows == 0) {
        sto_grid_free(&grid);
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND,
                       "neither the register nor the quarantine has an event of this key");
    }
    return grid == NULL ? -1
           : has_key    ? ops_print_grid(context, &grid, err)
                        : ops_print_record(context, &grid, err);
}
