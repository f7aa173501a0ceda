/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/gaps.c - nrc gaps: numbers that are missing in the agencies' own sequences (NRL-10, DSP-7.4.5). */
#include <stdio.h>

#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

static void print(const struct ops_context *context, const struct sto_grid *sequences,
                  const struct sto_grid *gaps, struct buf *out)
{
    if (context->json) {
        struct jsonw w = jsonw_to(out);
        jsonw_open(&w, '{');
        jsonw_key(&w, "sequences");
        sto_grid_json(sequences, &w);
        jsonw_key(&w, "gaps");
        sto_grid_json(gaps, &w);
        jsonw_close(&w, '}');
        buf_put_u8(out, '\n');
    } else {
        ops_table_print(sequences, context->terminal, out);
        buf_put_u8(out, '\n');
        ops_table_print(gaps, context->terminal, out);
    }
}

int ops_gaps(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *dataset = args->argument_count > 0 ? args->arguments[0] : NULL;
    struct ops_limit limit;
    struct sto_grid *gaps = NULL;
    struct buf out = BUF_INIT;
    int rc = -1;
    if (ops_limit_read(args, &limit, err) != 0) {
        return -1;
    }
    const char *const params[] = {dataset, ops_args_has(args, "all") ? "all" : NULL, limit.text};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *sequences =
        conn != NULL ? sto_report(conn, STO_REPORT_SEQUENCES, &dataset, 1, err) : NULL;
    if (sequences == NULL || (gaps = sto_report(conn, STO_REPORT_SEQUENCE_GAPS, params,
                                                COUNT_OF(params), err)) == NULL) {
        goto out;
    }
    if (dataset != NULL && sequences->rows == 0 &&
        ops_check_there(conn, STO_REPORT_DATASET, "dataset", dataset, err) != 0) {
        goto out;
    }
    if (gaps->rows > (size_t)limit.rows) {
        gaps->rows = (size_t)limit.rows;
        fprintf(stderr, "nrc: there are more gaps; --limit shows more\n");
    }
    print(context, sequences, gaps, &out);
    rc = ops_print(&out, err);
out:
    buf_fini(&out);
    sto_grid_free(&gaps);
    sto_grid_free(&sequences);
    sto_conn_close(&conn);
    return rc;
}
