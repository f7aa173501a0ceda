/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/prepared.c - statements that a session plans once.
 *
 * For frequent short queries: to plan the look-up of a version takes longer than to read it. Statements
 * live as long as their session, and survive rollbacks. */
#include <stdio.h>

#include "storage/conn/statement.h"

int sto_prepare(struct sto_conn *conn, const char *name, const char *sql, struct err *err)
{
    int rc = -1;
    PGresult *result = NULL;
    sto_wait_start(conn);
    if (!PQsendPrepare(conn->pg, name, sql, 0, NULL)) {
        sto_lost(conn, err);
        goto out;
    }
    if (sto_flush(conn, err) != 0 || sto_next_result(conn, &result, err) != 0) {
        goto out;
    }
    rc = PQresultStatus(result) == PGRES_COMMAND_OK ? 0 : sto_map_error(conn, result, err);
    PQclear(result);
    struct err later = ERR_INIT;
    while (sto_next_result(conn, &result, &later) == 0 && result != NULL) {
        PQclear(result);
    }
out:
    sto_wait_end(conn);
    return rc;
}

/* Its name in the session, where it is prepared at its first use. */
static int name_of(struct sto_conn *conn, const char *sql, char *name, size_t size, struct err *err)
{
    int i = 0;
    while (i < conn->prepared_count && conn->prepared[i] != sql) {
        i++;
    }
    snprintf(name, size, "prepared_%d", i);
    if (i < conn->prepared_count) {
        return 0;
    }
    if (i == STO_PREPARED_MAX) {
        return err_set(err, ERR_KIND_FATAL, ERR_BUG, "a session prepares more than %d statements",
                       STO_PREPARED_MAX);
    }
    if (sto_prepare(conn, name, sql, err) != 0) {
        return -1;
    }
    conn->prepared[conn->prepared_count++] = sql;
    return 0;
}

PGresult *sto_exec_prepared(struct sto_conn *conn, const char *sql, const char *const *values,
                            int count, struct err *err)
{
    char name[24];
    if (conn->broken) {
        sto_lost(conn, err);
        return NULL;
    }
    if (name_of(conn, sql, name, sizeof(name), err) != 0) {
        return NULL;
    }
    int sent = PQsendQueryPrepared(conn->pg, name, count, values, NULL, NULL, 0);
    return sto_answer(conn, sent, err);
}
