/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/ledger.c - nrc ledger verify: every row of the faults report is a promise that does
 * not hold. */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/report/json.h"
#include "storage/report/report.h"
#include "storage/report/verify.h"

static void print_verdict(const struct ops_context *context, const struct sto_grid *faults,
                          const struct sto_grid *totals, struct buf *out)
{
    if (context->json) {
        struct jsonw w = jsonw_to(out);
        jsonw_open(&w, '{');
        jsonw_key(&w, "balanced");
        jsonw_bool(&w, faults->rows == 0);
        jsonw_key(&w, "faults");
        sto_grid_json(faults, &w);
        jsonw_key(&w, "totals");
        sto_grid_json(totals, &w);
        jsonw_close(&w, '}');
        buf_put_u8(out, '\n');
        return;
    }
    if (faults->rows == 0) {
        buf_put_str(out, "balanced\n");
    } else {
        buf_printf(out, "NOT balanced: %zu fault%s\n\n", faults->rows,
                   faults->rows == 1 ? "" : "s");
        ops_table_print(faults, context->terminal, out);
    }
    if (totals->rows > 0) {
        buf_put_u8(out, '\n');
        ops_table_print(totals, context->terminal, out);
    }
}

/* The progress line on a terminal. */
struct progress {
    int64_t began_ms;
    const char *dataset; /* NULL: the ledger itself */
    size_t number;
    size_t of;
    size_t width; /* of the line on the screen */
};

static void begin_dataset(void *arg, const char *dataset, size_t number, size_t of)
{
    struct progress *progress = arg;
    progress->dataset = dataset;
    progress->number = number;
    progress->of = of;
}

/* Once a second while the register works. */
static int show_progress(void *arg)
{
    struct progress *progress = arg;
    char line[160];
    int64_t passed_s = (clock_mono_ms() - progress->began_ms) / 1000;
    if (passed_s == 0) {
        return 0;
    }
    int len = snprintf(line, sizeof(line), "verifying: %lld s", (long long)passed_s);
    if (progress->dataset != NULL) {
        len += snprintf(line + len, sizeof(line) - (size_t)len, ", %zu of %zu: %.80s",
                        progress->number, progress->of, progress->dataset);
    }
    fprintf(stderr, "\r%-*s", (int)progress->width, line);
    progress->width = (size_t)len;
    return 0;
}

int ops_ledger_verify(const struct ops_context *context, struct err *err)
{
    struct progress progress = {.began_ms = clock_mono_ms()};
    struct sto_grid *faults = NULL;
    struct sto_grid *totals = NULL;
    struct buf out = BUF_INIT;
    bool is_watched = isatty(STDERR_FILENO) == 1;
    int rc = -1;
    struct sto_conn *conn = ops_connect_patient(context, STO_ROLE_MONITOR,
                                                is_watched ? show_progress : NULL, &progress, err);
    if (conn == NULL || (faults = sto_ledger_verify(conn, begin_dataset, &progress, err)) == NULL ||
        (totals = sto_report(conn, STO_REPORT_LEDGER_TOTALS, NULL, 0, err)) == NULL) {
        goto out;
    }
    if (progress.width > 0) {
        fprintf(stderr, "\r%*s\r", (int)progress.width, "");
    }
    print_verdict(context, faults, totals, &out);
    rc = ops_print(&out, err);
    if (rc == 0 && faults->rows > 0) {
        rc = OPS_NO;
    }
out:
    buf_fini(&out);
    sto_grid_free(&faults);
    sto_grid_free(&totals);
    sto_conn_close(&conn);
    return rc;
}
