/* SPDX-License-Identifier: Apache-2.0
 * registry/dataset_subject.c - see the header. */
#include "registry/dataset_subject.h"

#include "storage/report/report.h"

const char *reg_dataset_subject(struct sto_conn *conn, const char *dataset, bool is_key,
                                struct arena *arena, struct err *err)
{
    struct sto_grid *grid = sto_report(conn, STO_REPORT_DATASET, &dataset, 1, err);
    const char *subject = NULL;
    if (grid != NULL && grid->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no dataset %.128s", dataset);
    } else if (grid != NULL) {
        const char *topic = sto_grid_get(grid, 0, "topic");
        subject =
            arena_printf(arena, "%s-%s", topic != NULL ? topic : dataset, is_key ? "key" : "value");
        if (subject == NULL) {
            err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a subject");
        }
    }
    sto_grid_free(&grid);
    return subject;
}
