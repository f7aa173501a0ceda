/* SPDX-License-Identifier: Apache-2.0
 * registry/quarantine.c - /nrc/v1/quarantine: quarantined events, listed, shown, assigned, replayed, discarded. What `nrc quarantine`
 * does, in the name of an account: the register itself looks at what that account may (0038_desk.sql). */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/http/http.h"
#include "base/jsonw.h"
#include "registry/access/auth.h"
#include "registry/case_json.h"
#include "registry/json_body.h"
#include "registry/json_member.h"
#include "registry/query.h"
#include "registry/reason_text.h"
#include "registry/room_handlers.h"
#include "registry/worker.h"
#include "storage/admin/case.h"
#include "storage/report/case.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

enum { NUMBER_SIZE = 24, ID_DIGITS = 18, LIST_LIMIT = 1000, LIST_USUAL = 100, IDS_MOST = 1000 };

static const char *account_of(const struct http_request *req)
{
    const struct reg_principal *who = http_principal(req);
    return who != NULL ? who->name : "";
}

/* ---- lists ---- */

/* NULL: absent. */
static int read_before(struct http_request *req, const char **out, struct err *err)
{
    const char *text = http_query(req, "before_id");
    const size_t len = text != NULL ? strspn(text, "0123456789") : 0;
    *out = text != NULL && *text != '\0' ? text : NULL;
    return *out != NULL && (len > ID_DIGITS || text[len] != '\0')
               ? err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "before_id is the id of an event")
               : 0;
}

static void put_filter(struct http_request *req, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_given(&w, "dataset", http_query(req, "dataset"));
    jsonw_given(&w, "reason", http_query(req, "reason"));
    jsonw_given(&w, "rule", http_query(req, "rule"));
    jsonw_given(&w, "path", http_query(req, "path"));
    jsonw_given(&w, "state", http_query(req, "state"));
    jsonw_given(&w, "assigned_to", http_query(req, "assigned_to"));
    jsonw_close(&w, '}');
}

static struct sto_grid *load_cases(struct http_request *req, int64_t limit, struct err *err)
{
    char limit_text[NUMBER_SIZE];
    const char *before;
    struct buf filter = BUF_INIT;
    struct sto_grid *grid = NULL;
    put_filter(req, &filter);
    snprintf(limit_text, sizeof(limit_text), "%" PRId64, limit);
    struct sto_conn *conn = read_before(req, &before, err) == 0 ? reg_desk(req, err) : NULL;
    if (conn != NULL && buf_failed(&filter)) {
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a filter");
    } else if (conn != NULL) {
        const char *const params[] = {account_of(req), buf_cstr(&filter), before, limit_text};
        grid = sto_report(conn, STO_REPORT_DESK_CASES, params, COUNT_OF(params), err);
    }
    buf_fini(&filter);
    return grid;
}

static void put_case(const struct sto_grid *grid, size_t row, struct jsonw *w)
{
    const char *reason = sto_grid_get(grid, row, "reason");
    jsonw_open(w, '{');
    sto_grid_json_members(grid, row, w);
    jsonw_text(w, "sentence", reg_reason_text(reason));
    jsonw_text(w, "sentence_ar", reg_reason_text_ar(reason));
    jsonw_close(w, '}');
}

int reg_get_quarantine(struct http_request *req, struct err *err)
{
    int64_t limit;
    if (reg_limit_of(req, LIST_LIMIT, &limit, err) != 0) {
        return -1;
    }
    limit = http_query(req, "limit") != NULL ? limit : LIST_USUAL;
    struct sto_grid *grid = load_cases(req, limit, err);
    if (grid == NULL) {
        return -1;
    }
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    jsonw_key(&w, "events");
    jsonw_open(&w, '[');
    for (size_t row = 0; row < grid->rows; row++) {
        put_case(grid, row, &w);
    }
    jsonw_close(&w, ']');
    jsonw_key(&w, "next_before_id");
    jsonw_raw(&w, (int64_t)grid->rows == limit ? sto_grid_get(grid, grid->rows - 1, "id") : "null");
    jsonw_close(&w, '}');
    sto_grid_free(&grid);
    http_ok(req, 200, "application/json");
    return 0;
}

int reg_get_quarantine_groups(struct http_request *req, struct err *err)
{
    const char *const params[] = {account_of(req), http_query(req, "dataset")};
    struct sto_conn *conn = reg_desk(req, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_DESK_GROUPS, params, COUNT_OF(params), err)
                     : NULL;
    if (grid == NULL) {
        return -1;
    }
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    jsonw_key(&w, "groups");
    jsonw_open(&w, '[');
    for (size_t row = 0; row < grid->rows; row++) {
        put_case(grid, row, &w);
    }
    jsonw_close(&w, ']');
    jsonw_close(&w, '}');
    sto_grid_free(&grid);
    http_ok(req, 200, "application/json");
    return 0;
}

/* ---- one event ---- */

int reg_get_quarantined(struct http_request *req, struct err *err)
{
    struct sto_case shown = {0};
    int64_t id = 0;
    struct sto_conn *conn =
        reg_number_of(req, "id", "quarantined event", &id, err) == 0 ? reg_desk(req, err) : NULL;
    int rc = conn != NULL ? sto_case_read(conn, account_of(req), id, &shown, err) : -1;
    if (rc == 0) {
        struct jsonw w = jsonw_to(http_out(req));
        jsonw_open(&w, '{');
        rc = reg_case_json(&shown, &w, err);
        jsonw_close(&w, '}');
    }
    sto_case_fini(&shown);
    if (rc == 0) {
        http_ok(req, 200, "application/json");
    }
    return rc;
}

/* ---- what is done ---- */

/* The ids as texts, in the request's arena: of whole numbers, or of texts of digits. */
static int read_ids(struct http_request *req, const json_t *list, struct sto_case_selection *s,
                    struct err *err)
{
    const size_t count = json_array_size(list); /* 0 of what is no array */
    const char **ids = arena_calloc(http_arena(req), count + 1, sizeof(*ids));
    bool ok = list == NULL || json_is_null(list) || (json_is_array(list) && count <= IDS_MOST);
    for (size_t i = 0; ids != NULL && ok && i < count; i++) {
        const json_t *id = json_array_get(list, i);
        ids[i] = json_is_integer(id) ? arena_printf(http_arena(req), "%" JSON_INTEGER_FORMAT,
                                                    json_integer_value(id))
                                     : json_string_value(id);
        const size_t digits = ids[i] != NULL ? strspn(ids[i], "0123456789") : 0;
        ok = digits > 0 && digits <= ID_DIGITS && ids[i][digits] == '\0';
    }
    if (ids == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a selection");
    }
    s->ids = ids;
    s->id_count = count;
    return ok ? 0
              : err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                        "selection.ids is an array of at most %d ids of events", IDS_MOST);
}

/* An empty one would be every event there is. */
static int read_selection(struct http_request *req, const json_t *json,
                          struct sto_case_selection *s, struct err *err)
{
    const json_t *from = json_object_get(json, "selection");
    bool ok = true;
    *s = (struct sto_case_selection){
        .dataset = reg_json_text(from, "dataset", &ok, err),
        .reason = reg_json_text(from, "reason", &ok, err),
        .rule = reg_json_text(from, "rule", &ok, err),
        .path = reg_json_text(from, "path", &ok, err),
        .assigned_to = reg_json_text(from, "assigned_to", &ok, err),
        .before = reg_json_text(from, "before", &ok, err),
    };
    if (!ok || read_ids(req, json_object_get(from, "ids"), s, err) != 0) {
        return -1;
    }
    if (s->id_count == 0 && s->dataset == NULL && s->reason == NULL && s->rule == NULL &&
        s->path == NULL && s->assigned_to == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                       "say which events: selection has ids, or dataset, reason, rule, path or "
                       "assigned_to");
    }
    return 0;
}

static void answer_change(struct http_request *req, const struct sto_case_changed *found)
{
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    jsonw_number(&w, "selected", found->selected);
    jsonw_number(&w, "withheld", found->withheld);
    jsonw_number(&w, "changed", found->changed);
    jsonw_close(&w, '}');
    http_ok(req, 200, "application/json");
}

static int post_change(struct http_request *req, enum sto_case_action action, struct err *err)
{
    struct sto_case_changed found;
    bool ok = true;
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    struct sto_case_change change = {
        .action = action,
        .account = account_of(req),
        .whom = action == STO_CASE_ASSIGN ? reg_json_text(json, "to", &ok, err) : NULL,
        .why = reg_json_text(json, "why", &ok, err),
        .is_dry = reg_json_flag(json, "dry_run"),
    };
    struct sto_conn *conn =
        ok && read_selection(req, json, &change.selection, err) == 0 ? reg_desk(req, err) : NULL;
    int rc = conn != NULL ? sto_cases_change(conn, &change, &found, err) : -1;
    json_decref(json);
    if (rc != 0) {
        return -1;
    }
    if (found.changed > 0) {
        reg_changed(req);
    }
    answer_change(req, &found);
    return 0;
}

int reg_post_quarantine_assignment(struct http_request *req, struct err *err)
{
    return post_change(req, STO_CASE_ASSIGN, err);
}

int reg_post_quarantine_replay(struct http_request *req, struct err *err)
{
    return post_change(req, STO_CASE_REPLAY, err);
}

int reg_post_quarantine_discarding(struct http_request *req, struct err *err)
{
    return post_change(req, STO_CASE_DISCARD, err);
}

int reg_post_quarantine_reopening(struct http_request *req, struct err *err)
{
    return post_change(req, STO_CASE_REOPEN, err);
}
