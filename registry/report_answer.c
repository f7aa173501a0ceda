/* SPDX-License-Identifier: Apache-2.0
 * registry/report_answer.c - see the header. */
#include "registry/report_answer.h"

#include "base/http/http.h"
#include "base/jsonw.h"
#include "registry/worker.h"
#include "storage/report/json.h"

int reg_answer_report(struct http_request *req, enum sto_report report, const char *const *params,
                      size_t count, struct err *err)
{
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *grid = conn != NULL ? sto_report(conn, report, params, count, err) : NULL;
    if (grid == NULL) {
        return -1;
    }
    struct jsonw w = jsonw_to(http_out(req));
    sto_grid_json(grid, &w);
    sto_grid_free(&grid);
    http_ok(req, 200, "application/json");
    return 0;
}

int reg_answer_record(struct http_request *req, enum sto_report report, const char *what,
                      const char *name, int status, struct err *err)
{
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *grid = conn != NULL ? sto_report(conn, report, &name, 1, err) : NULL;
    if (grid == NULL) {
        return -1;
    }
    int rc = 0;
    if (grid->rows == 0) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no %s %.128s", what, name);
    } else {
        struct jsonw w = jsonw_to(http_out(req));
        sto_grid_json_record(grid, 0, &w);
        http_ok(req, status, "application/json");
    }
    sto_grid_free(&grid);
    return rc;
}
