/* SPDX-License-Identifier: Apache-2.0
 * storage/report/audit.c - see the header. */
#include "storage/report/audit.h"

#include <inttypes.h>
#include <stdio.h>

#include "storage/conn/given_time.h"
#include "storage/report/report.h"

enum { NUMBER_SIZE = 24 };

/* *out NULL: not asked for. */
static int read_time(const char *given, bool is_end, char room[STO_TIME_SIZE], const char **out,
                     struct err *err)
{
    *out = given != NULL ? room : NULL;
    return given != NULL ? sto_given_time(given, is_end, room, err) : 0;
}

struct sto_grid *sto_audit_rows(struct sto_conn *conn, const struct sto_audit_filter *filter,
                                struct err *err)
{
    char since_room[STO_TIME_SIZE];
    char until_room[STO_TIME_SIZE];
    char before[NUMBER_SIZE];
    char limit[NUMBER_SIZE];
    const char *since;
    const char *until;
    if (read_time(filter->since, false, since_room, &since, err) != 0 ||
        read_time(filter->until, true, until_room, &until, err) != 0) {
        return NULL;
    }
    snprintf(before, sizeof(before), "%" PRId64, filter->before);
    snprintf(limit, sizeof(limit), "%" PRId64, filter->limit);
    const char *const params[] = {
        filter->reader, filter->object, filter->what, filter->by,
        filter->agency, since,          until,        filter->before > 0 ? before : NULL,
        limit};
    return sto_report(conn, STO_REPORT_AUDIT_ROWS, params, COUNT_OF(params), err);
}
