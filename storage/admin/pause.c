/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/pause.c - see the header. */
#include "storage/admin/pause.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "storage/admin/given_priv.h"

enum { NUMBER_SIZE = 24 };

int sto_source_pause(struct sto_conn *conn, const struct sto_pausing *p, struct err *err)
{
    char until[STO_TIME_SIZE];
    if (sto_given_text(p->why, true, "the reason", err) != 0 ||
        (p->until != NULL && sto_given_time(p->until, false, until, err) != 0)) {
        return -1;
    }
    const char *const values[] = {p->dataset, p->why, p->until != NULL ? until : NULL, p->account};
    return p->account != NULL
               ? sto_given_call(conn, "SELECT nrc.desk_pause($4, $1, $2, $3::timestamptz)", values,
                                4, NULL, 0, err)
               : sto_given_call(conn, "SELECT nrc.pause_source($1, $2, $3::timestamptz)", values, 3,
                                NULL, 0, err);
}

int sto_source_resume(struct sto_conn *conn, const struct sto_pausing *p, struct err *err)
{
    const char *const values[] = {p->dataset, p->why, p->account};
    if (sto_given_text(p->why, true, "the reason", err) != 0) {
        return -1;
    }
    return p->account != NULL
               ? sto_given_call(conn, "SELECT nrc.desk_resume($3, $1, $2)", values, 3, NULL, 0, err)
               : sto_given_call(conn, "SELECT nrc.resume_source($1, $2)", values, 2, NULL, 0, err);
}

int sto_seen_gap_accept(struct sto_conn *conn, const struct sto_pausing *of, int32_t partition,
                        int64_t *next, struct err *err)
{
    char number[NUMBER_SIZE];
    char offset[NUMBER_SIZE];
    const char *const values[] = {of->account, of->dataset, number, of->why};
    snprintf(number, sizeof(number), "%" PRId32, partition);
    if (sto_given_text(of->why, true, "the reason", err) != 0 ||
        sto_given_call(conn, "SELECT nrc.desk_accept_gap($1, $2, $3::int, $4)", values,
                       COUNT_OF(values), offset, sizeof(offset), err) != 0) {
        return -1;
    }
    *next = strtoll(offset, NULL, 10);
    return 0;
}
