/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/db.c - nrc db: the register's tables and roles. */
#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/progress.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/admin/admin.h"
#include "storage/report/report.h"

/* What the other commands need and this login lacks: its own GRANT, as an administrator types it. */
static void put_grant(const struct sto_grid *lacked, struct buf *out)
{
    buf_put_str(out,
                "\nThe login is not yet a member of the groups whose roles the other commands use. "
                "An administrator runs:\n\n  GRANT ");
    for (size_t row = 0; row < lacked->rows; row++) {
        buf_printf(out, "%s%s", row > 0 ? ", " : "", sto_grid_get(lacked, row, "role"));
    }
    buf_put_str(out, " TO \"");
    for (const char *p = sto_grid_get(lacked, 0, "login"); *p != '\0'; p++) {
        buf_put_str(out, *p == '"' ? "\"" : "");
        buf_put_u8(out, (uint8_t)*p);
    }
    buf_put_str(out, "\";\n");
}

static int say_migrated(const struct ops_context *context, int applied,
                        const struct sto_grid *lacked, struct err *err)
{
    struct buf line = BUF_INIT;
    struct buf json = BUF_INIT;
    if (applied == 0) {
        buf_put_str(&line, "the database is up to date already");
    } else {
        buf_printf(&line, "%d migration%s applied", applied, applied == 1 ? "" : "s");
    }
    if (lacked->rows > 0) {
        put_grant(lacked, &line);
    }
    struct jsonw w = jsonw_to(&json);
    jsonw_open(&w, '{');
    jsonw_number(&w, "applied", applied);
    jsonw_key(&w, "roles_lacked");
    jsonw_open(&w, '[');
    for (size_t row = 0; row < lacked->rows; row++) {
        jsonw_str(&w, sto_grid_get(lacked, row, "role"));
    }
    jsonw_close(&w, ']');
    jsonw_close(&w, '}');
    int rc = ops_say(context, buf_cstr(&line), buf_cstr(&json), err);
    buf_fini(&line);
    buf_fini(&json);
    return rc;
}

int ops_db_migrate(const struct ops_context *context, struct err *err)
{
    int applied = 0;
    struct sto_grid *lacked = NULL;
    struct ops_progress progress;
    ops_progress_begin(&progress, context, "migrating", NULL);
    struct sto_conn *conn = ops_connect_patient(context, STO_ROLE_NONE, &progress, err);
    if (conn != NULL && sto_migrate(conn, &applied, err) == 0) {
        lacked = sto_report(conn, STO_REPORT_ROLES_LACKED, NULL, 0, err);
    }
    ops_progress_end(&progress);
    sto_conn_close(&conn);
    int rc = lacked != NULL ? say_migrated(context, applied, lacked, err) : -1;
    sto_grid_free(&lacked);
    return rc;
}

int ops_db_check(const struct ops_context *context, struct err *err)
{
    struct sto_conn *conn = ops_connect(context, STO_ROLE_NONE, err);
    int rc = conn != NULL ? sto_migrate_check(conn, err) : -1;
    sto_conn_close(&conn);
    return rc != 0 ? -1 : ops_say(context, "the database is up to date", "{\"current\":true}", err);
}
