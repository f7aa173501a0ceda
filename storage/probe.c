/* SPDX-License-Identifier: Apache-2.0
 * storage/probe.c - one row written, for whoever must know whether the register can be. */
#include "storage/probe.h"

#include "storage/conn_priv.h"

static const char probe_sql[] = "UPDATE nrc.probe SET at = now() WHERE one IN"
                                " (SELECT one FROM nrc.probe FOR UPDATE SKIP LOCKED)";

int sto_probe(struct sto_conn *conn, struct err *err)
{
    PGresult *res = sto_exec(conn, probe_sql, NULL, 0, err);
    if (res == NULL) {
        return err_add(err, "writing to the register");
    }
    PQclear(res);
    return 0;
}
