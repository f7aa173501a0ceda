/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/ledger.c - nrc ledger verify: every row of the faults report is a promise that does
 * not hold. */
#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/progress.h"
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

/* The name is the verifier's, for as long as it verifies. */
static void begin_dataset(void *arg, const char *dataset, size_t number, size_t of)
{
    struct ops_progress *progress = arg;
    progress->name = dataset;
    ops_progress_step(progress, number - 1, of);
}

int ops_ledger_verify(const struct ops_context *context, struct err *err)
{
    struct ops_progress progress;
    struct sto_grid *faults = NULL;
    struct sto_grid *totals = NULL;
    struct buf out = BUF_INIT;
    int rc = -1;
    ops_progress_begin(&progress, context, "verifying", "datasets");
    struct sto_conn *conn = ops_connect_patient(context, STO_ROLE_MONITOR, &progress, err);
    if (conn != NULL && (faults = sto_ledger_verify(conn, begin_dataset, &progress, err)) != NULL) {
        progress.name = NULL;
        totals = sto_report(conn, STO_REPORT_LEDGER_TOTALS, NULL, 0, err);
    }
    ops_progress_end(&progress);
    if (totals != NULL) {
        print_verdict(context, faults, totals, &out);
        rc = ops_print(&out, err);
        rc = rc == 0 && faults->rows > 0 ? OPS_NO : rc;
    }
    buf_fini(&out);
    sto_grid_free(&faults);
    sto_grid_free(&totals);
    sto_conn_close(&conn);
    return rc;
}
