/* SPDX-License-Identifier: Apache-2.0
 * storage/report/sources.c - see the header. */
#include "storage/report/sources.h"

#include <string.h>

#include "storage/conn/statement.h"

int sto_sources_read(struct sto_conn *conn, const char *agency, struct sto_sources *out,
                     struct err *err)
{
    *out = (struct sto_sources){0};
    if (sto_run(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err) != 0) {
        return -1;
    }
    out->agencies = sto_report(conn, STO_REPORT_CATALOGUE_AGENCIES, &agency, 1, err);
    out->systems = out->agencies != NULL
                       ? sto_report(conn, STO_REPORT_CATALOGUE_SYSTEMS, &agency, 1, err)
                       : NULL;
    out->datasets = out->systems != NULL
                        ? sto_report(conn, STO_REPORT_CATALOGUE_DATASETS, &agency, 1, err)
                        : NULL;
    int rc = out->datasets != NULL ? sto_run(conn, "COMMIT", err) : -1;
    sto_rollback(conn);
    if (rc == 0 && agency != NULL && out->agencies->rows == 0) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no agency %.64s", agency);
    }
    return rc;
}

void sto_sources_fini(struct sto_sources *sources)
{
    sto_grid_free(&sources->agencies);
    sto_grid_free(&sources->systems);
    sto_grid_free(&sources->datasets);
}
