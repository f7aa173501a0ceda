/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/reference.c - see the header. What a step is, and why it loses nothing, is said in 0025_references.sql. */
#include "storage/quality/reference.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "storage/conn/statement.h"

/* A step of these sizes takes about a second of a table whose target is found by its key. */
static const char most_rows[] = "50000";
static const char most_blocks[] = "4096";

/* A dataset that changes all the time has no end. */
enum { CHECK_MS = 600000 };

static int step(struct sto_conn *conn, const char *id, bool *has_more, struct err *err)
{
    const char *const values[] = {id, most_rows, most_blocks};
    PGresult *res = sto_exec(conn, "SELECT nrc.reference_step($1::int, $2::int, $3::int)", values,
                             COUNT_OF(values), err);
    *has_more = res != NULL && *PQgetvalue(res, 0, 0) == 't';
    PQclear(res);
    return res != NULL ? 0 : -1;
}

/* The failure of one reference: it is not checked, and says so. */
static int note_failure(struct sto_conn *conn, const char *id, struct err *err)
{
    char why[sizeof(err->text)];
    const char *const values[] = {id, why};
    if (!sto_conn_usable(conn)) {
        return -1;
    }
    snprintf(why, sizeof(why), "%s", err->text);
    err_reset(err);
    PGresult *res =
        sto_exec(conn, "SELECT nrc.reference_failed($1::int, $2)", values, COUNT_OF(values), err);
    PQclear(res);
    return res != NULL ? 0 : -1;
}

static int take_steps(struct sto_conn *conn, const char *id, int64_t until_ms, struct err *err)
{
    bool has_more = true;
    while (has_more) {
        if (step(conn, id, &has_more, err) != 0) {
            return -1;
        }
        if (clock_mono_ms() >= until_ms) {
            return 0;
        }
    }
    return 0;
}

static int declare(struct sto_conn *conn, struct err *err)
{
    PGresult *res = sto_exec(conn, "SELECT nrc.declare_references()", NULL, 0, err);
    PQclear(res);
    return res != NULL ? 0 : -1;
}

int sto_references_turn(struct sto_conn *conn, struct err *err)
{
    const int64_t end_ms = clock_mono_ms() + STO_REFERENCES_TURN_MS;
    int rc = 0;
    if (declare(conn, err) != 0) {
        return -1;
    }
    PGresult *list =
        sto_exec(conn, "SELECT r.id FROM nrc.reference r ORDER BY r.looked_at NULLS FIRST, r.id",
                 NULL, 0, err);
    for (int i = 0; list != NULL && rc == 0 && i < PQntuples(list); i++) {
        const char *id = PQgetvalue(list, i, 0);
        const int64_t now_ms = clock_mono_ms();
        const int64_t share_ms = now_ms + STO_REFERENCE_STEPS_MS;
        if (now_ms >= end_ms) {
            break;
        }
        if (take_steps(conn, id, share_ms < end_ms ? share_ms : end_ms, err) != 0) {
            rc = note_failure(conn, id, err);
        }
    }
    rc = list != NULL ? rc : -1;
    PQclear(list);
    return rc;
}

/* ---- one dataset, for a person ---- */

static int look_at_all(struct sto_conn *conn, const char *id, struct sto_references_checked *out,
                       struct err *err)
{
    PGresult *res = sto_exec(conn,
                             "SELECT c.rows, c.missing, c.added, c.removed"
                             " FROM nrc.check_reference($1::int) c",
                             &id, 1, err);
    if (res == NULL) {
        return -1;
    }
    int64_t *const sums[] = {&out->rows, &out->missing, &out->added, &out->removed};
    for (int i = 0; i < (int)COUNT_OF(sums); i++) {
        *sums[i] += strtoll(PQgetvalue(res, 0, i), NULL, 10);
    }
    PQclear(res);
    return 0;
}

static PGresult *references_of(struct sto_conn *conn, const char *dataset, struct err *err)
{
    PGresult *res =
        sto_exec(conn,
                 "SELECT r.id FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id"
                 " LEFT JOIN nrc.reference r ON r.dataset_id = d.id"
                 " WHERE a.code || '.' || d.name = $1 ORDER BY r.id",
                 &dataset, 1, err);
    if (res != NULL && PQntuples(res) == 0) {
        PQclear(res);
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no dataset %.100s", dataset);
        return NULL;
    }
    return res;
}

int sto_references_check(struct sto_conn *conn, const char *dataset, bool is_full,
                         struct sto_references_checked *out, struct err *err)
{
    int rc = 0;
    *out = (struct sto_references_checked){0};
    PGresult *list = declare(conn, err) == 0 ? references_of(conn, dataset, err) : NULL;
    for (int i = 0; list != NULL && rc == 0 && i < PQntuples(list); i++) {
        const char *id = PQgetvalue(list, i, 0);
        if (PQgetisnull(list, i, 0)) {
            break; /* it has none */
        }
        out->references++;
        rc = take_steps(conn, id, clock_mono_ms() + CHECK_MS, err);
        if (rc == 0 && is_full) {
            rc = look_at_all(conn, id, out, err);
        }
    }
    rc = list != NULL ? rc : -1;
    PQclear(list);
    return rc;
}
