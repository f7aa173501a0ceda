/* SPDX-License-Identifier: Apache-2.0
 * registry/quality.c - /nrc/v1/quality and /nrc/v1/datasets/{dataset}/quality: how good each source was. What `nrc quality --json`
 * prints, by the same report. Scores are register information, too (NRL-1): an agency's account reads those of the datasets that
 * its agency answers for. */
#include "storage/report/quality.h"
#include "base/http/http.h"
#include "base/jsonw.h"
#include "registry/access/auth.h"
#include "registry/handlers.h"
#include "registry/query.h"
#include "registry/worker.h"
#include "storage/report/json.h"

static int answer(struct http_request *req, const char *dataset, struct err *err)
{
    const struct reg_principal *who = http_principal(req);
    const struct sto_quality_filter filter = {
        .dataset = dataset,
        .agency = who != NULL ? who->agency : NULL,
        .since = reg_given(http_query(req, "since")),
        .until = reg_given(http_query(req, "until")),
        .by = reg_given(http_query(req, "by")),
    };
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *grid = conn != NULL ? sto_quality(conn, &filter, err) : NULL;
    int rc = grid != NULL ? 0 : -1;
    if (rc == 0 && dataset != NULL && grid->rows == 0) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                     "the scores of %.100s are for its own agency and the Center", dataset);
    } else if (rc == 0) {
        struct jsonw w = jsonw_to(http_out(req));
        sto_grid_json(grid, &w);
        http_ok(req, 200, "application/json");
    }
    sto_grid_free(&grid);
    return rc;
}

int reg_get_quality(struct http_request *req, struct err *err)
{
    return answer(req, reg_given(http_query(req, "dataset")), err);
}

int reg_get_dataset_quality(struct http_request *req, struct err *err)
{
    return answer(req, http_param(req, "dataset"), err);
}
