/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/notice.c - notices, changed by the functions of nrc_owner (0014_notices.sql), which judge the window and
 * whose datasets they are. */
#include "storage/admin/notice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "storage/admin/given_priv.h"
#include "storage/conn/text.h"

enum { ID_SIZE = 24 };

/* A time that may be left out. */
static int take_time(const char *given, bool is_end, char room[STO_TIME_SIZE], const char **out,
                     struct err *err)
{
    *out = given != NULL ? room : NULL;
    return given != NULL ? sto_given_time(given, is_end, room, err) : 0;
}

int sto_notice_file(struct sto_conn *conn, const struct sto_notice_spec *spec, const char *agency,
                    int64_t *id, struct err *err)
{
    char from_room[STO_TIME_SIZE];
    char until_room[STO_TIME_SIZE];
    const char *from;
    const char *until;
    char made[ID_SIZE];
    if (spec->from == NULL) {
        return sto_given_wrong(err, "a notice says from when on");
    }
    if (sto_given_text(spec->kind, true, "the kind", err) != 0 ||
        sto_given_text(spec->reason, true, "the reason", err) != 0 ||
        sto_given_text(spec->means, false, "the means", err) != 0 ||
        sto_given_text(spec->system, false, "the system", err) != 0 ||
        take_time(spec->from, false, from_room, &from, err) != 0 ||
        take_time(spec->until, true, until_room, &until, err) != 0) {
        return -1;
    }
    struct buf datasets = BUF_INIT;
    sto_text_list(&datasets, spec->datasets, spec->dataset_count);
    const char *const values[] = {spec->kind, buf_cstr(&datasets), spec->system, from,
                                  until,      spec->reason,        spec->means,  agency};
    int rc = sto_given_call(conn,
                            "SELECT nrc.file_notice($1, $2::jsonb, $3, $4::timestamptz,"
                            " $5::timestamptz, $6, $7, $8)",
                            values, COUNT_OF(values), made, sizeof(made), err);
    buf_fini(&datasets);
    if (rc == 0) {
        *id = strtoll(made, NULL, 10);
    }
    return rc;
}

int sto_notice_amend(struct sto_conn *conn, int64_t id, const struct sto_notice_change *change,
                     const char *why, const char *agency, struct err *err)
{
    char from_room[STO_TIME_SIZE];
    char until_room[STO_TIME_SIZE];
    const char *from;
    const char *until;
    char of[ID_SIZE];
    snprintf(of, sizeof(of), "%" PRId64, id);
    if (change->for_good && change->until != NULL) {
        return sto_given_wrong(err, "a window has an end, or it is for good");
    }
    if (sto_given_text(why, true, "the reason of the change", err) != 0 ||
        sto_given_text(change->reason, false, "the reason", err) != 0 ||
        sto_given_text(change->means, false, "the means", err) != 0 ||
        take_time(change->from, false, from_room, &from, err) != 0 ||
        take_time(change->until, true, until_room, &until, err) != 0) {
        return -1;
    }
    const char *const values[] = {
        of,  from,  until, change->for_good ? "true" : "false", change->reason, change->means,
        why, agency};
    return sto_given_call(conn,
                          "SELECT nrc.amend_notice($1::bigint, $2::timestamptz, $3::timestamptz,"
                          " $4::boolean, $5, $6, $7, $8)",
                          values, COUNT_OF(values), NULL, 0, err);
}

int sto_notice_withdraw(struct sto_conn *conn, int64_t id, const char *why, const char *agency,
                        struct err *err)
{
    char of[ID_SIZE];
    snprintf(of, sizeof(of), "%" PRId64, id);
    if (sto_given_text(why, true, "the reason of the withdrawal", err) != 0) {
        return -1;
    }
    const char *const values[] = {of, why, agency};
    return sto_given_call(conn, "SELECT nrc.withdraw_notice($1::bigint, $2, $3)", values,
                          COUNT_OF(values), NULL, 0, err);
}
