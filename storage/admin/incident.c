/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/incident.c - see the header. */
#include "storage/admin/incident.h"

#include <inttypes.h>
#include <stdio.h>

#include "storage/admin/given_priv.h"

enum { ID_SIZE = 24, COMMENT_MAX_BYTES = 4000 };

static const char *text_of(char room[ID_SIZE], int64_t id)
{
    snprintf(room, ID_SIZE, "%" PRId64, id);
    return room;
}

int sto_incident_acknowledge(struct sto_conn *conn, int64_t id, const char *why, const char *agency,
                             const char *account, struct err *err)
{
    char of[ID_SIZE];
    const char *const values[] = {text_of(of, id), why, agency, account};
    if (sto_given_text(why, false, "the reason", err) != 0) {
        return -1;
    }
    return sto_given_call(conn, "SELECT nrc.acknowledge_incident($1::bigint, $2, $3, $4)", values,
                          COUNT_OF(values), NULL, 0, err);
}

int sto_incident_assign(struct sto_conn *conn, int64_t id, const char *to, const char *why,
                        const char *account, struct err *err)
{
    char of[ID_SIZE];
    const char *const values[] = {text_of(of, id), to, why, account};
    if (sto_given_text(to, false, "the account", err) != 0 ||
        sto_given_text(why, false, "the reason", err) != 0) {
        return -1;
    }
    return sto_given_call(conn, "SELECT nrc.assign_incident($1::bigint, $2, $3, $4)", values,
                          COUNT_OF(values), NULL, 0, err);
}

int sto_incident_comment(struct sto_conn *conn, int64_t id, const char *text, const char *agency,
                         const char *account, struct err *err)
{
    char of[ID_SIZE];
    const char *const values[] = {text_of(of, id), text, agency, account};
    if (sto_given_long_text(text, true, COMMENT_MAX_BYTES, "the comment", err) != 0) {
        return -1;
    }
    return sto_given_call(conn, "SELECT nrc.comment_incident($1::bigint, $2, $3, $4)", values,
                          COUNT_OF(values), NULL, 0, err);
}
