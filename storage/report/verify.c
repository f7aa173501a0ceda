/* SPDX-License-Identifier: Apache-2.0
 * storage/report/verify.c - the verifier's queries, one after the other (0007_verify.sql).
 *
 * Given 154 datasets of 8 leaves and one query over all of them, then the server's table of locks is full and
 * nothing is verified. Therefore each dataset has a statement of its own, which releases its locks. */
#include "storage/report/verify.h"

#include "storage/conn/statement.h"

/* A dataset that is removed meanwhile has no faults. */
static const char datasets_sql[] = "SELECT d.id, a.code || '.' || d.name FROM nrc.dataset d JOIN "
                                   "nrc.agency a ON a.id = d.agency_id"
                                   " WHERE d.column_version > 0 ORDER BY 2";

static int add_dataset(struct sto_conn *conn, const char *id, const char *name,
                       struct sto_grid *faults, struct err *err)
{
    const char *const params[] = {id};
    struct sto_grid *more = sto_report(conn, STO_REPORT_DATASET_FAULTS, params, 1, err);
    int rc = more != NULL ? sto_grid_append(faults, more, err) : -1;
    sto_grid_free(&more);
    return rc == 0 ? 0 : err_add(err, "verifying %.64s", name);
}

struct sto_grid *sto_ledger_verify(struct sto_conn *conn, sto_verify_step *step, void *arg,
                                   struct err *err)
{
    PGresult *datasets = sto_exec(conn, datasets_sql, NULL, 0, err);
    struct sto_grid *faults =
        datasets != NULL ? sto_report(conn, STO_REPORT_LEDGER_FAULTS, NULL, 0, err) : NULL;
    for (int i = 0; faults != NULL && i < PQntuples(datasets); i++) {
        const char *name = PQgetvalue(datasets, i, 1);
        if (step != NULL) {
            step(arg, name, (size_t)i + 1, (size_t)PQntuples(datasets));
        }
        if (add_dataset(conn, PQgetvalue(datasets, i, 0), name, faults, err) != 0) {
            sto_grid_free(&faults);
        }
    }
    PQclear(datasets);
    return faults;
}
