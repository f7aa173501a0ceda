/* SPDX-License-Identifier: Apache-2.0
 * storage/report/measure.c - see the header. */
#include "storage/report/measure.h"

#include <string.h>

#include "storage/conn/given_time.h"

/* *out NULL: not asked for. */
static int read_time(const char *given, bool is_end, char room[STO_TIME_SIZE], const char **out,
                     struct err *err)
{
    *out = given != NULL ? room : NULL;
    return given != NULL ? sto_given_time(given, is_end, room, err) : 0;
}

static bool is_span(const char *by)
{
    return strcmp(by, "minute") == 0 || strcmp(by, "hour") == 0 || strcmp(by, "day") == 0;
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

struct sto_grid *sto_measures(struct sto_conn *conn, const struct sto_measure_filter *filter,
                              struct err *err)
{
    char since_room[STO_TIME_SIZE];
    char until_room[STO_TIME_SIZE];
    const char *by = filter->by != NULL ? filter->by : "hour";
    const char *since;
    const char *until;
    if (!is_span(by)) {
        err_set(err, ERR_KIND_FATAL, ERR_USAGE, "--by is minute, hour or day, not %.32s", by);
        return NULL;
    }
    if (read_time(filter->since, false, since_room, &since, err) != 0 ||
        read_time(filter->until, true, until_room, &until, err) != 0) {
        return NULL;
    }
    const char *const params[] = {filter->dataset, by, since, until};
    struct sto_grid *grid = sto_report(conn, STO_REPORT_MEASURES, params, COUNT_OF(params), err);
    if (grid == NULL) {
        (void)sto_given_time_failed(err);
    } else if (grid->rows == 0 && check_dataset(conn, filter->dataset, err) != 0) {
        sto_grid_free(&grid);
    }
    return grid;
}
