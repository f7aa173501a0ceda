/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/monitor.c - nrc monitor: the daemon, or one turn of it; and nrc freshness: what it found. What it does is
 * ops/monitor/monitor.c's. */
#include "ops/monitor/monitor.h"

#include <stdlib.h>
#include <time.h>

#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/report/report.h"

enum { SHOWN_COLUMNS = 8 }; /* of STO_REPORT_FRESHNESS; programs get the others, too */

struct told {
    bool json;
    struct buf out;
    struct jsonw w;
    size_t late;
};

static void tell(void *arg, const struct ops_finding *f)
{
    struct told *told = arg;
    told->late += f->verdict->state == OPS_STATE_LATE;
    if (!told->json) {
        ops_put_safe(f->dataset, false, &told->out);
        buf_printf(
            &told->out, ": %s: %s%s\n", ops_state_token(f->verdict->state), f->verdict->english,
            f->verdict->rests_on_estimate ? " A holiday that is not announced lies there." : "");
        return;
    }
    jsonw_open(&told->w, '{');
    jsonw_text(&told->w, "dataset", f->dataset);
    jsonw_text(&told->w, "state", ops_state_token(f->verdict->state));
    jsonw_text(&told->w, "reason", ops_reason_token(f->verdict->reason));
    jsonw_instant(&told->w, "since", f->verdict->since);
    jsonw_instant(&told->w, "limit", f->verdict->limit);
    jsonw_instant(&told->w, "last_arrival", f->last_arrival);
    jsonw_key(&told->w, "rests_on_estimate");
    jsonw_bool(&told->w, f->verdict->rests_on_estimate);
    jsonw_text(&told->w, "sentence", f->verdict->english);
    jsonw_text(&told->w, "sentence_ar", f->verdict->arabic);
    jsonw_close(&told->w, '}');
}

/* YYYY-MM-DDTHH:MM:SSZ */
static int read_at(const char *given, int64_t *at, struct err *err)
{
    struct tm utc = {0};
    *at = INT64_MIN;
    if (given == NULL) {
        return 0;
    }
    const char *end = strptime(given, "%Y-%m-%dT%H:%M:%SZ", &utc);
    if (end == NULL || *end != '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "--at is a time in UTC, YYYY-MM-DDTHH:MM:SSZ, not %.40s", given);
    }
    *at = (int64_t)timegm(&utc);
    return 0;
}

static int once(const struct ops_context *context, int64_t at, struct err *err)
{
    struct told told = {.json = context->json, .out = BUF_INIT};
    told.w = jsonw_to(&told.out);
    if (told.json) {
        jsonw_open(&told.w, '[');
    }
    int rc = ops_monitor_once(context->conf, at, tell, &told, err);
    if (rc == 0 && told.json) {
        jsonw_close(&told.w, ']');
        buf_put_u8(&told.out, '\n');
    }
    rc = rc == 0 ? ops_print(&told.out, err) : rc;
    buf_fini(&told.out);
    return rc < 0 ? -1 : told.late > 0 ? OPS_NO : OPS_YES;
}

int ops_monitor(const struct ops_context *context, struct err *err)
{
    int64_t at;
    if (*context->conf->reg.dsn == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "no register configured: set dsn in [register], or NRC_REGISTER_DSN");
    }
    if (read_at(ops_args_get(context->args, "at"), &at, err) < 0) {
        return -1;
    }
    return at != INT64_MIN || ops_args_has(context->args, "once")
               ? once(context, at, err)
               : ops_monitor_run(context->conf, err);
}

int ops_freshness(const struct ops_context *context, struct err *err)
{
    const char *dataset = context->args->arguments[0];
    const char *const params[] = {dataset, ops_args_has(context->args, "late") ? "late" : NULL};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_FRESHNESS, params, 2, err) : NULL;
    int rc = grid == NULL ? -1
             : grid->rows == 0 && dataset != NULL
                 ? ops_check_there(conn, STO_REPORT_DATASET, "dataset", dataset, err)
                 : 0;
    sto_conn_close(&conn);
    if (rc < 0) {
        sto_grid_free(&grid);
        return -1;
    }
    if (!context->json) {
        sto_grid_cut(grid, SHOWN_COLUMNS);
    }
    return ops_print_grid(context, &grid, err);
}
