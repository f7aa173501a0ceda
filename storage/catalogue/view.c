/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/view.c - see the header. */
#include "storage/catalogue/view.h"

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "storage/conn/statement.h"

/* A reader's lock is waited for in the next turn; an administrator's object, for longer. */
enum { BUSY_MS = 1000, HINDERED_MS = 60 * 1000 };

static const char due_sql[] =
    "SELECT DISTINCT v.dataset_id, a.code || '.' || d.name FROM nrc.subject_version v"
    " JOIN nrc.dataset d ON d.id = v.dataset_id JOIN nrc.agency a ON a.id = d.agency_id"
    " WHERE v.shown IS NULL AND v.part = 'value' AND v.deleted_at IS NULL"
    " AND v.active_from <= now() ORDER BY 1";

/* *moved false: another session is at it, or did it. */
static int move_one(struct sto_conn *conn, const char *dataset_id, bool *moved, struct err *err)
{
    const char *const values[] = {dataset_id};
    if (sto_run(conn, "BEGIN", err) != 0) {
        return -1;
    }
    PGresult *res = sto_exec(conn, "SELECT nrc.show_dataset($1::int)", values, 1, err);
    int rc = res != NULL ? 0 : -1;
    *moved = res != NULL && PQgetvalue(res, 0, 0)[0] == 't';
    PQclear(res);
    if (rc == 0 && failpoint_hit(FP_VIEW_MOVED)) {
        rc = err_set(err, ERR_KIND_RETRY, ERR_REGISTER_DOWN, "failpoint %s",
                     failpoint_name(FP_VIEW_MOVED));
    }
    if (rc == 0) {
        rc = sto_run(conn, "COMMIT", err);
    }
    if (rc != 0) {
        sto_rollback(conn);
    }
    return rc;
}

static void try_again(struct sto_views *views, int after_ms)
{
    views->due = true;
    views->again_ms = clock_mono_ms() + after_ms;
}

static int move_all(struct sto_views *views, struct sto_conn *conn, const PGresult *due,
                    struct err *err)
{
    for (int i = 0; i < PQntuples(due); i++) {
        const char *dataset = PQgetvalue(due, i, 1);
        bool moved;
        if (move_one(conn, PQgetvalue(due, i, 0), &moved, err) == 0) {
            if (moved) {
                log_info("view_moved", LOG_STR("dataset", dataset));
            } else {
                try_again(views, BUSY_MS);
            }
            continue;
        }
        if (!sto_conn_usable(conn)) {
            return -1;
        }
        log_warn("view_not_moved", LOG_STR("dataset", dataset), LOG_ERR(err));
        try_again(views, err->kind == ERR_KIND_RETRY ? BUSY_MS : HINDERED_MS);
        err_reset(err);
    }
    return 0;
}

int sto_views_turn(struct sto_views *views, struct sto_conn *conn, struct err *err)
{
    if (!views->due || clock_mono_ms() < views->again_ms) {
        return 0;
    }
    PGresult *due = sto_exec(conn, due_sql, NULL, 0, err);
    if (due == NULL) {
        return -1;
    }
    views->due = false;
    int rc = move_all(views, conn, due, err);
    PQclear(due);
    return rc;
}
