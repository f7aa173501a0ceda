/* SPDX-License-Identifier: Apache-2.0
 * storage/report/quality.c - see the header. */
#include "storage/report/quality.h"

#include <string.h>

#include "storage/conn/given_time.h"

static int read_by(const struct sto_quality_filter *filter, bool *by_day, struct err *err)
{
    const char *by = filter->by != NULL ? filter->by : "total";
    *by_day = strcmp(by, "day") == 0;
    if (!*by_day && strcmp(by, "total") != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "by is total or day, not %.32s", by);
    }
    if (*by_day && filter->dataset == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "by day is of one dataset: name it");
    }
    return 0;
}

/* An empty answer may mean that there is no such dataset. */
static int check_dataset(struct sto_conn *conn, const char *dataset, struct err *err)
{
    struct sto_grid *grid = sto_report(conn, STO_REPORT_DATASET, &dataset, 1, err);
    int rc = grid != NULL ? 0 : -1;
    if (rc == 0 && grid->rows == 0) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no dataset %.100s", dataset);
    }
    sto_grid_free(&grid);
    return rc;
}

static struct sto_grid *report(struct sto_conn *conn, const struct sto_quality_filter *filter,
                               enum sto_report which, struct err *err)
{
    char since[STO_TIME_SIZE];
    char until[STO_TIME_SIZE];
    bool by_day;
    if (read_by(filter, &by_day, err) != 0 ||
        (filter->since != NULL && sto_given_time(filter->since, false, since, err) != 0) ||
        (filter->until != NULL && sto_given_time(filter->until, true, until, err) != 0)) {
        return NULL;
    }
    const char *const params[] = {filter->dataset,
                                  filter->agency,
                                  filter->since != NULL ? since : NULL,
                                  filter->until != NULL ? until : NULL,
                                  by_day ? "true" : "false",
                                  filter->with_duplicates ? "true" : "false"};
    struct sto_grid *grid = sto_report(conn, which, params, COUNT_OF(params), err);
    if (grid == NULL) {
        (void)sto_given_time_failed(err);
    } else if (grid->rows == 0 && filter->dataset != NULL &&
               check_dataset(conn, filter->dataset, err) != 0) {
        sto_grid_free(&grid);
    }
    return grid;
}

struct sto_grid *sto_quality(struct sto_conn *conn, const struct sto_quality_filter *filter,
                             struct err *err)
{
    return report(conn, filter, STO_REPORT_QUALITY, err);
}

struct sto_grid *sto_quality_parts(struct sto_conn *conn, const struct sto_quality_filter *filter,
                                   struct err *err)
{
    return report(conn, filter, STO_REPORT_QUALITY_PARTS, err);
}
