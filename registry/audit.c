/* SPDX-License-Identifier: Apache-2.0
 * registry/audit.c - /nrc/v1/audit: who changed what, when and why, with before and after (NRL-18). What `nrc audit`
 * shows, by the same reports. The Center's stewards and auditors read all of it; an agency's account reads what is about
 * its own agency, or about one that this answers for (NRL-1). No row has a secret. */
#include <stdlib.h>
#include <string.h>

#include "base/http/http.h"
#include "base/jsonw.h"
#include "registry/handlers.h"
#include "registry/permission.h"
#include "registry/query.h"
#include "registry/worker.h"
#include "storage/report/audit.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

enum { LIST_LIMIT = 1000, ID_DIGITS = 18 };

/* *out 0: absent. */
static int read_before(struct http_request *req, int64_t *out, struct err *err)
{
    const char *text = http_query(req, "before");
    size_t len = text != NULL ? strspn(text, "0123456789") : 0;
    *out = 0;
    if (text == NULL || *text == '\0') {
        return 0;
    }
    if (len > ID_DIGITS || text[len] != '\0' || (*out = strtoll(text, NULL, 10)) < 1) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "before is the id of a row");
    }
    return 0;
}

int reg_get_audit(struct http_request *req, struct err *err)
{
    struct sto_audit_filter filter = {
        .object = http_query(req, "object"),
        .what = http_query(req, "what"),
        .by = http_query(req, "by"),
        .agency = http_query(req, "agency"),
        .since = http_query(req, "since"),
        .until = http_query(req, "until"),
    };
    if (reg_reader_of(req, "the audit trail", &filter.reader, err) != 0 ||
        read_before(req, &filter.before, err) != 0 ||
        reg_limit_of(req, LIST_LIMIT, &filter.limit, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *grid = conn != NULL ? sto_audit_rows(conn, &filter, err) : NULL;
    if (grid == NULL) {
        return -1;
    }
    struct jsonw w = jsonw_to(http_out(req));
    sto_grid_json(grid, &w);
    sto_grid_free(&grid);
    http_ok(req, 200, "application/json");
    return 0;
}

/* Another agency's row is not there, as one that never was. */
int reg_get_audit_row(struct http_request *req, struct err *err)
{
    const char *params[] = {NULL, http_param(req, "id")};
    int64_t id = 0;
    if (reg_reader_of(req, "the audit trail", &params[0], err) != 0 ||
        reg_number_of(req, "id", "row of the audit trail", &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_AUDIT_ROW, params, COUNT_OF(params), err) : NULL;
    if (grid == NULL) {
        return -1;
    }
    int rc = 0;
    if (grid->rows == 0) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no row of the audit trail %.40s",
                     params[1]);
    } else {
        struct jsonw w = jsonw_to(http_out(req));
        sto_grid_json_record(grid, 0, &w);
        http_ok(req, 200, "application/json");
    }
    sto_grid_free(&grid);
    return rc;
}
