/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/case.c - see the header. */
#include "storage/admin/case.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "storage/admin/given_priv.h"
#include "storage/conn/statement.h"

static const char *const actions[] = {
#define X(id, token) [id] = token,
    STO_CASE_ACTION_TABLE(X)
#undef X
};

static void put_selection(struct buf *out, const struct sto_case_selection *s, const char *before)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    if (s->id_count > 0) {
        jsonw_key(&w, "ids");
        jsonw_open(&w, '[');
        for (size_t i = 0; i < s->id_count; i++) {
            jsonw_str(&w, s->ids[i]);
        }
        jsonw_close(&w, ']');
    }
    jsonw_given(&w, "dataset", s->dataset);
    jsonw_given(&w, "reason", s->reason);
    jsonw_given(&w, "rule", s->rule);
    jsonw_given(&w, "path", s->path);
    jsonw_given(&w, "assigned_to", s->assigned_to);
    jsonw_given(&w, "before", before);
    jsonw_close(&w, '}');
}

static int64_t number(const PGresult *res, int column)
{
    return strtoll(PQgetvalue(res, 0, column), NULL, 10);
}

int sto_case_selection_json(const struct sto_case_selection *selection, struct buf *out,
                            struct err *err)
{
    char time[STO_TIME_SIZE];
    const char *before = selection->before;
    if (before != NULL && sto_given_time(before, false, time, err) != 0) {
        return -1;
    }
    put_selection(out, selection, before != NULL ? time : NULL);
    buf_cstr(out);
    return buf_failed(out)
               ? err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a selection")
               : 0;
}

int sto_cases_change(struct sto_conn *conn, const struct sto_case_change *change,
                     struct sto_case_changed *out, struct err *err)
{
    struct buf selection = BUF_INIT;
    if (sto_given_text(change->why, true, "the reason", err) != 0 ||
        sto_given_text(change->whom, false, "the person", err) != 0 ||
        sto_case_selection_json(&change->selection, &selection, err) != 0) {
        buf_fini(&selection);
        return -1;
    }
    const char *const values[] = {
        actions[change->action],           buf_cstr(&selection), change->whom, change->why,
        change->is_dry ? "true" : "false", change->account};
    PGresult *res = sto_exec(conn,
                             change->account != NULL
                                 ? "SELECT c.selected, c.withheld, c.changed FROM"
                                   " nrc.desk_change($6, $1, $2::jsonb, $3, $4, $5::boolean) c"
                                 : "SELECT c.selected, c.withheld, c.changed FROM"
                                   " nrc.change_cases($1, $2::jsonb, $3, $4, $5::boolean) c",
                             values, change->account != NULL ? 6 : 5, err);
    buf_fini(&selection);
    if (res == NULL) {
        return -1;
    }
    *out = (struct sto_case_changed){number(res, 0), number(res, 1), number(res, 2)};
    PQclear(res);
    return 0;
}
