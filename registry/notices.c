/* SPDX-License-Identifier: Apache-2.0
 * registry/notices.c - /nrc/v1/notices: what an agency announces before it does it (NRL-7). What `nrc notice` does, by
 * the same storage calls; a producer's account files for its own agency alone. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "registry/access/auth.h"
#include "registry/handlers.h"
#include "registry/json_body.h"
#include "registry/json_member.h"
#include "registry/query.h"
#include "registry/report_answer.h"
#include "registry/worker.h"
#include "storage/admin/notice.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

enum { ID_SIZE = 24, OBJECT_SIZE = 40, LIST_LIMIT = 1000 };

/* NULL: the Center's, as an anonymous registry's clients are everywhere else. */
static const char *agency_of(const struct http_request *req)
{
    const struct reg_principal *who = http_principal(req);
    return who != NULL ? who->agency : NULL;
}

static int answer_notice(struct http_request *req, int64_t id, int status, struct err *err)
{
    char id_text[ID_SIZE];
    char object[OBJECT_SIZE];
    const char *of_id = id_text;
    const char *of_object = object;
    struct sto_grid *history = NULL;
    int rc = -1;
    snprintf(id_text, sizeof(id_text), "%" PRId64, id);
    snprintf(object, sizeof(object), "notice/%" PRId64, id);
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *notice =
        conn != NULL ? sto_report(conn, STO_REPORT_NOTICE, &of_id, 1, err) : NULL;
    if (notice == NULL ||
        (history = sto_report(conn, STO_REPORT_AUDIT, &of_object, 1, err)) == NULL) {
        goto out;
    }
    if (notice->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no notice %s", id_text);
        goto out;
    }
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    sto_grid_json_members(notice, 0, &w);
    jsonw_key(&w, "history");
    sto_grid_json(history, &w);
    jsonw_close(&w, '}');
    http_ok(req, status, "application/json");
    rc = 0;
out:
    sto_grid_free(&history);
    sto_grid_free(&notice);
    return rc;
}

/* After a change: rc is what became of it. Takes the body. */
static int answer_change(struct http_request *req, json_t *json, int rc, int64_t id, int status,
                         struct err *err)
{
    json_decref(json);
    if (rc != 0) {
        return -1;
    }
    reg_changed(req);
    return answer_notice(req, id, status, err);
}

int reg_get_notices(struct http_request *req, struct err *err)
{
    char limit[ID_SIZE];
    snprintf(limit, sizeof(limit), "%d", LIST_LIMIT);
    const char *const params[] = {http_query(req, "dataset"),
                                  http_query_bool(req, "over", false) ? "all" : NULL, limit};
    return reg_answer_report(req, STO_REPORT_NOTICES, params, COUNT_OF(params), err);
}

int reg_get_notice(struct http_request *req, struct err *err)
{
    int64_t id = 0;
    return reg_number_of(req, "id", "notice", &id, err) == 0 ? answer_notice(req, id, 200, err)
                                                             : -1;
}

int reg_post_notice(struct http_request *req, struct err *err)
{
    const char *datasets[REG_JSON_LIST_MAX];
    int64_t id = 0;
    bool ok = true;
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    const struct sto_notice_spec spec = {
        .kind = reg_json_text(json, "kind", &ok, err),
        .datasets = datasets,
        .dataset_count = reg_json_texts(json, "datasets", datasets, &ok, err),
        .system = reg_json_text(json, "system", &ok, err),
        .from = reg_json_text(json, "starts_at", &ok, err),
        .until = reg_json_text(json, "ends_at", &ok, err),
        .reason = reg_json_text(json, "reason", &ok, err),
        .means = reg_json_text(json, "means", &ok, err),
    };
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL ? sto_notice_file(conn, &spec, agency_of(req), &id, err) : -1;
    return answer_change(req, json, rc, id, 201, err);
}

/* A member that is absent stays as it is; ends_at: null takes the end away. */
int reg_put_notice(struct http_request *req, struct err *err)
{
    int64_t id = 0;
    bool ok = true;
    json_t *json =
        reg_number_of(req, "id", "notice", &id, err) == 0 ? reg_body_object(req, err) : NULL;
    if (json == NULL) {
        return -1;
    }
    const struct sto_notice_change change = {
        .from = reg_json_text(json, "starts_at", &ok, err),
        .until = reg_json_text(json, "ends_at", &ok, err),
        .for_good = json_is_null(json_object_get(json, "ends_at")),
        .reason = reg_json_text(json, "reason", &ok, err),
        .means = reg_json_text(json, "means", &ok, err),
    };
    const char *why = reg_json_text(json, "why", &ok, err);
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL ? sto_notice_amend(conn, id, &change, why, agency_of(req), err) : -1;
    return answer_change(req, json, rc, id, 200, err);
}

int reg_post_notice_withdrawal(struct http_request *req, struct err *err)
{
    int64_t id = 0;
    bool ok = true;
    json_t *json =
        reg_number_of(req, "id", "notice", &id, err) == 0 ? reg_body_object(req, err) : NULL;
    if (json == NULL) {
        return -1;
    }
    const char *why = reg_json_text(json, "why", &ok, err);
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL ? sto_notice_withdraw(conn, id, why, agency_of(req), err) : -1;
    return answer_change(req, json, rc, id, 200, err);
}
