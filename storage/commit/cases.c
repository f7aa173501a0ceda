/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/cases.c - see the header. */
#include "storage/commit/cases.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "storage/conn/statement.h"

enum { NUMBER_SIZE = 24 };

int sto_cases_note(struct sto_conn *conn, const char *found, struct err *err)
{
    PGresult *res = sto_exec(conn, "SELECT nrc.note_cases($1::jsonb)", &found, 1, err);
    PQclear(res);
    return res != NULL ? 0 : err_add(err, "noting what was read of the quarantine");
}

int sto_cases_end(struct sto_conn *conn, int most, int64_t *cursor, int64_t *ended, struct err *err)
{
    char after[NUMBER_SIZE];
    char limit[NUMBER_SIZE];
    const char *const values[] = {after, limit};
    snprintf(after, sizeof(after), "%" PRId64, *cursor);
    snprintf(limit, sizeof(limit), "%d", most);
    PGresult *res = sto_exec(conn, "SELECT upto, ended FROM nrc.end_cases($1::bigint, $2::int)",
                             values, 2, err);
    if (res == NULL) {
        return err_add(err, "looking for corrected events");
    }
    *cursor = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
    *ended = strtoll(PQgetvalue(res, 0, 1), NULL, 10);
    PQclear(res);
    return 0;
}

static int64_t number(const PGresult *res, int column)
{
    return strtoll(PQgetvalue(res, 0, column), NULL, 10);
}

int sto_current_of(struct sto_conn *conn, int32_t dataset_id, const char *key,
                   struct sto_current *out, struct err *err)
{
    char id[NUMBER_SIZE];
    const char *const values[] = {id, key};
    snprintf(id, sizeof(id), "%" PRId32, dataset_id);
    PGresult *res =
        sto_exec(conn, "SELECT * FROM nrc.current_of($1::int, $2::jsonb)", values, 2, err);
    if (res == NULL) {
        return err_add(err, "reading the state of a key");
    }
    *out = (struct sto_current){.known = PQntuples(res) > 0};
    if (out->known) {
        out->order = number(res, 0);
        out->topic_partition = (int32_t)number(res, 1);
        out->offset = number(res, 2);
        out->kafka_ts_pg = PQgetisnull(res, 0, 3) ? INT64_MIN : sto_pg_time(number(res, 3));
        out->content = number(res, 4);
    }
    PQclear(res);
    return 0;
}
