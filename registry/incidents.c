/* SPDX-License-Identifier: Apache-2.0
 * registry/incidents.c - /nrc/v1/incidents: what is wrong, since when, who works on it. What `nrc incident` shows and does, by the
 * same storage calls.
 *
 * An agency's account has its own agency's incidents alone, and another's is not there, as one that never was (NRL-1). It may
 * acknowledge and comment; who works on one is the Center's to say. */
#include "registry/incidents.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "registry/access/auth.h"
#include "registry/json_body.h"
#include "registry/json_member.h"
#include "registry/query.h"
#include "registry/room_handlers.h"
#include "registry/worker.h"
#include "storage/admin/incident.h"
#include "storage/catalogue/incident.h"
#include "storage/report/handover.h"
#include "storage/report/incident.h"
#include "storage/report/json.h"

enum { ID_SIZE = 24, LIST_LIMIT = 1000 };

/* NULL: the Center's, as an anonymous registry's clients are everywhere else. */
static const char *agency_of(const struct http_request *req)
{
    const struct reg_principal *who = http_principal(req);
    return who != NULL ? who->agency : NULL;
}

/* ---- reading ---- */

static void put_members(const struct sto_grid *grid, size_t row, struct jsonw *w)
{
    sto_grid_json_members(grid, row, w);
    sto_incident_put_words(sto_grid_get(grid, row, "kind"), w);
}

static const char *given(const char *text)
{
    return text != NULL && *text != '\0' ? text : NULL;
}

int reg_get_incidents(struct http_request *req, struct err *err)
{
    char limit[ID_SIZE];
    int64_t most;
    if (reg_limit_of(req, LIST_LIMIT, &most, err) != 0) {
        return -1;
    }
    snprintf(limit, sizeof(limit), "%" PRId64, most);
    const struct sto_incident_filter filter = {
        .dataset = given(http_query(req, "dataset")),
        .is_over = http_query_bool(req, "over", false),
        .state = given(http_query(req, "state")),
        .kind = given(http_query(req, "kind")),
        .assigned_to = given(http_query(req, "assigned_to")),
        .reader = agency_of(req),
        .changed = given(http_query(req, "changed_since")),
        .limit = limit,
    };
    /* The cursor first: what changes between the two is listed again, and not passed over. */
    struct sto_grid *rows = NULL;
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *cursor =
        conn != NULL ? sto_report(conn, STO_REPORT_INCIDENT_CURSOR, NULL, 0, err) : NULL;
    if (cursor != NULL &&
        (rows = sto_incident_rows(conn, STO_REPORT_INCIDENT_ROWS, &filter, err)) != NULL) {
        struct jsonw w = jsonw_to(http_out(req));
        jsonw_open(&w, '{');
        jsonw_text(&w, "cursor", sto_grid_get(cursor, 0, "cursor"));
        jsonw_key(&w, "incidents");
        jsonw_open(&w, '[');
        for (size_t i = 0; i < rows->rows; i++) {
            jsonw_open(&w, '{');
            put_members(rows, i, &w);
            jsonw_close(&w, '}');
        }
        jsonw_close(&w, ']');
        jsonw_close(&w, '}');
        http_ok(req, 200, "application/json");
    }
    int rc = rows != NULL ? 0 : -1;
    sto_grid_free(&rows);
    sto_grid_free(&cursor);
    return rc;
}

static int answer(struct http_request *req, int64_t id, struct err *err)
{
    char id_text[ID_SIZE];
    const char *const params[] = {id_text, agency_of(req)};
    struct sto_grid *history = NULL;
    struct sto_grid *told = NULL;
    int rc = -1;
    snprintf(id_text, sizeof(id_text), "%" PRId64, id);
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *incident =
        conn != NULL ? sto_report(conn, STO_REPORT_INCIDENT, params, 2, err) : NULL;
    if (incident == NULL ||
        (history = sto_report(conn, STO_REPORT_INCIDENT_EVENTS, params, 1, err)) == NULL ||
        (told = sto_report(conn, STO_REPORT_INCIDENT_TOLD, params, 2, err)) == NULL) {
        goto out;
    }
    if (incident->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no incident %s", id_text);
        goto out;
    }
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    put_members(incident, 0, &w);
    jsonw_key(&w, "history");
    sto_grid_json(history, &w);
    jsonw_key(&w, "told");
    sto_grid_json(told, &w);
    jsonw_close(&w, '}');
    http_ok(req, 200, "application/json");
    rc = 0;
out:
    sto_grid_free(&told);
    sto_grid_free(&history);
    sto_grid_free(&incident);
    return rc;
}

int reg_get_incident(struct http_request *req, struct err *err)
{
    int64_t id = 0;
    return reg_number_of(req, "id", "incident", &id, err) == 0 ? answer(req, id, err) : -1;
}

int reg_get_handover(struct http_request *req, struct err *err)
{
    struct sto_handover handover = {0};
    const char *since = given(http_query(req, "since"));
    struct sto_conn *conn = reg_conn(req, err);
    int rc = conn != NULL ? sto_handover_load(conn, since, agency_of(req), &handover, err) : -1;
    if (rc == 0) {
        struct jsonw w = jsonw_to(http_out(req));
        sto_handover_json(&handover, &w);
        http_ok(req, 200, "application/json");
    }
    sto_handover_fini(&handover);
    return rc;
}

/* ---- work ---- */

enum act { ACKNOWLEDGE, ASSIGN, COMMENT, CLOSE };

static int do_act(struct http_request *req, enum act act, int64_t id, const json_t *json,
                  struct err *err)
{
    char id_text[ID_SIZE];
    bool ok = true;
    const char *why = reg_json_text(json, "why", &ok, err);
    const char *to = reg_json_text(json, "to", &ok, err);
    const char *text = reg_json_text(json, "text", &ok, err);
    const char *agency = agency_of(req);
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    if (conn == NULL) {
        return -1;
    }
    switch (act) {
    case ACKNOWLEDGE: return sto_incident_acknowledge(conn, id, why, agency, NULL, err);
    case COMMENT: return sto_incident_comment(conn, id, text, agency, NULL, err);
    case ASSIGN: return sto_incident_assign(conn, id, to, why, NULL, err);
    case CLOSE: break;
    }
    if (why == NULL || why[strspn(why, " \t\r\n")] == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "why it is closed must be said");
    }
    snprintf(id_text, sizeof(id_text), "%" PRId64, id);
    return sto_incident_close(conn, id_text, why, err);
}

/* Whose an incident is, and that it is over, the Center alone says. */
static int may_act(const struct http_request *req, enum act act, struct err *err)
{
    const char *agency = agency_of(req);
    return agency == NULL || act == ACKNOWLEDGE || act == COMMENT
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                         "the Center gives incidents to people and closes them: agency %.60s may "
                         "acknowledge and comment",
                         agency);
}

static int post(struct http_request *req, enum act act, struct err *err)
{
    int64_t id = 0;
    json_t *json =
        may_act(req, act, err) == 0 && reg_number_of(req, "id", "incident", &id, err) == 0
            ? reg_body_object(req, err)
            : NULL;
    int rc = json != NULL ? do_act(req, act, id, json, err) : -1;
    json_decref(json);
    if (rc != 0) {
        return -1;
    }
    reg_changed(req);
    return answer(req, id, err);
}

int reg_post_incident_acknowledgement(struct http_request *req, struct err *err)
{
    return post(req, ACKNOWLEDGE, err);
}

int reg_post_incident_assignment(struct http_request *req, struct err *err)
{
    return post(req, ASSIGN, err);
}

int reg_post_incident_comment(struct http_request *req, struct err *err)
{
    return post(req, COMMENT, err);
}

int reg_post_incident_closing(struct http_request *req, struct err *err)
{
    return post(req, CLOSE, err);
}
