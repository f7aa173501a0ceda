/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd_db.c - nrc db: the register's tables and roles. */
#include <stdio.h>

#include "ops/command.h"
#include "storage/admin.h"

int ops_db_migrate(const struct ops_context *context, struct err *err)
{
    char line[96];
    char json[64];
    int applied = 0;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_NONE, err);
    int rc = conn != NULL ? sto_migrate(conn, &applied, err) : -1;
    sto_conn_close(&conn);
    if (rc != 0) {
        return -1;
    }
    if (applied == 0) {
        snprintf(line, sizeof(line), "the database is of this version already");
    } else {
        snprintf(line, sizeof(line), "%d migration%s applied", applied, applied == 1 ? "" : "s");
    }
    snprintf(json, sizeof(json), "{\"applied\":%d}", applied);
    return ops_say(context, line, json, err);
}

int ops_db_check(const struct ops_context *context, struct err *err)
{
    struct sto_conn *conn = ops_connect(context, STO_ROLE_NONE, err);
    int rc = conn != NULL ? sto_migrate_check(conn, err) : -1;
    sto_conn_close(&conn);
    return rc != 0 ? -1
                   : ops_say(context, "the database is of this version", "{\"current\":true}", err);
}
