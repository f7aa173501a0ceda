/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/probe.c - writes one row, to find out whether the register can be written. */
#include "storage/conn/probe.h"

#include "storage/conn/statement.h"

static const char probe_sql[] = "INSERT INTO nrc.probe (slot, at)"
                                " VALUES (pg_backend_pid() % 1024, now())"
                                " ON CONFLICT (slot) DO UPDATE SET at = excluded.at";

int sto_probe(struct sto_conn *conn, struct err *err)
{
    PGresult *res = sto_exec(conn, probe_sql, NULL, 0, err);
    if (res == NULL) {
        return err_add(err, "writing to the register");
    }
    PQclear(res);
    return 0;
}
