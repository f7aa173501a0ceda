/* SPDX-License-Identifier: Apache-2.0
 * registry/dataset_references.c - /nrc/v1/datasets/{dataset}/references: the counts of `nrc reference list`. The keys of rows are an
 * agency's data, and HTTP does not have them. */
#include "base/http/http.h"
#include "registry/handlers.h"
#include "registry/report_answer.h"
#include "registry/worker.h"

int reg_get_references(struct http_request *req, struct err *err)
{
    const char *dataset = http_param(req, "dataset");
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_DATASET, &dataset, 1, err) : NULL;
    bool is_there = grid != NULL && grid->rows > 0;
    if (grid != NULL && !is_there) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no dataset %.100s", dataset);
    }
    sto_grid_free(&grid);
    return is_there ? reg_answer_report(req, STO_REPORT_REFERENCES, &dataset, 1, err) : -1;
}
