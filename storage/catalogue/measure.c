/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/measure.c - see the header. */
#include "storage/catalogue/measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "storage/conn/statement.h"

int sto_measures_roll(struct sto_conn *conn, int64_t minute_days, int *hours, struct err *err)
{
    char most[16];
    char days[24];
    const char *const values[] = {most, days};
    snprintf(most, sizeof(most), "%d", STO_ROLL_MOST_HOURS);
    snprintf(days, sizeof(days), "%" PRId64, minute_days);
    PGresult *res = sto_exec(conn, "SELECT nrc.roll_measures($1::int, $2::int)", values, 2, err);
    if (res == NULL) {
        return err_add(err, "rolling up counters");
    }
    *hours = (int)strtol(PQgetvalue(res, 0, 0), NULL, 10);
    PQclear(res);
    return 0;
}
