/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/turn.c - see turn_priv.h.
 *
 * Ids go round: each has its step before one of them has its second, so that a long one does not hold up the others. */
#include "storage/quality/turn_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "storage/conn/statement.h"

enum { TURN_MS = 20000, ID_SIZE = 24 };

/* *more: the step says that there is more. */
static int step(struct sto_conn *conn, const struct turn *turn, const char *id, bool *more,
                struct err *err)
{
    PGresult *res = sto_exec(conn, turn->step_sql, &id, 1, err);
    if (res == NULL) {
        struct err of_note = ERR_INIT;
        PQclear(sto_conn_usable(conn) ? sto_exec(conn, turn->fail_sql, &id, 1, &of_note) : NULL);
        return err_add(err, "in the turn of %s %s", turn->what, id);
    }
    *more = *PQgetvalue(res, 0, 0) == 't';
    PQclear(res);
    return 0;
}

/* One round over the ids that are not "" yet. An id that is done becomes "". Returns whether any is left. */
static bool round_of(struct sto_conn *conn, const struct turn *turn, char (*ids)[ID_SIZE],
                     size_t count, int64_t until_ms, struct err *first)
{
    bool any = false;
    for (size_t i = 0; i < count && clock_mono_ms() < until_ms && sto_conn_usable(conn); i++) {
        struct err err = ERR_INIT;
        bool more = false;
        if (ids[i][0] == '\0') {
            continue;
        }
        if (step(conn, turn, ids[i], &more, &err) != 0 && first->code == ERR_NONE) {
            *first = err;
        }
        if (!more) {
            ids[i][0] = '\0';
        }
        any |= more;
    }
    return any;
}

int turn_run(struct sto_conn *conn, const struct turn *turn, struct err *err)
{
    const int64_t until_ms = clock_mono_ms() + TURN_MS;
    struct err first = ERR_INIT;
    PGresult *res = sto_exec(conn, turn->list_sql, NULL, 0, err);
    if (res == NULL) {
        return -1;
    }
    size_t count = (size_t)PQntuples(res);
    char(*ids)[ID_SIZE] = calloc(count + 1, sizeof(*ids));
    for (size_t i = 0; ids != NULL && i < count; i++) {
        snprintf(ids[i], sizeof(ids[i]), "%s", PQgetvalue(res, (int)i, 0));
    }
    PQclear(res);
    if (ids == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a turn");
    }
    while (round_of(conn, turn, ids, count, until_ms, &first)) {
    }
    free(ids);
    if (first.code != ERR_NONE) {
        *err = first;
        return -1;
    }
    return 0;
}
