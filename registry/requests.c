/* SPDX-License-Identifier: Apache-2.0
 * registry/requests.c - /nrc/v1/requests: structures that people decide on, and /nrc/v1/violations. What `nrc structure`
 * does, by the same calls; the account is who asks and who decides. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "registry/access/auth.h"
#include "registry/access/role.h"
#include "registry/approval.h"
#include "registry/dataset_subject.h"
#include "registry/handlers.h"
#include "registry/json_body.h"
#include "registry/json_member.h"
#include "registry/permission.h"
#include "registry/query.h"
#include "registry/registration.h"
#include "registry/report_answer.h"
#include "registry/request.h"
#include "registry/worker.h"
#include "storage/admin/request.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

enum { ID_SIZE = 24, LIST_LIMIT = 1000 };

/* ---- reading ---- */

static struct sto_grid *load(struct sto_conn *conn, int64_t id, enum sto_report which,
                             struct err *err)
{
    char text[ID_SIZE];
    const char *const params[] = {text};
    snprintf(text, sizeof(text), "%" PRId64, id);
    struct sto_grid *grid = sto_report(conn, which, params, 1, err);
    if (grid != NULL && which == STO_REPORT_REQUEST && grid->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no request %s", text);
        sto_grid_free(&grid);
    }
    return grid;
}

static int answer_request(struct http_request *req, int64_t id, int status, struct err *err)
{
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *request = conn != NULL ? load(conn, id, STO_REPORT_REQUEST, err) : NULL;
    struct sto_grid *decisions = request != NULL ? load(conn, id, STO_REPORT_DECISIONS, err) : NULL;
    if (decisions != NULL) {
        struct jsonw w = jsonw_to(http_out(req));
        jsonw_open(&w, '{');
        sto_grid_json_members(request, 0, &w);
        jsonw_key(&w, "decisions");
        sto_grid_json(decisions, &w);
        jsonw_close(&w, '}');
        http_ok(req, status, "application/json");
    }
    int rc = decisions != NULL ? 0 : -1;
    sto_grid_free(&decisions);
    sto_grid_free(&request);
    return rc;
}

int reg_get_requests(struct http_request *req, struct err *err)
{
    char limit[ID_SIZE];
    snprintf(limit, sizeof(limit), "%d", LIST_LIMIT);
    const char *const params[] = {http_query(req, "dataset"),
                                  http_query_bool(req, "over", false) ? "all" : NULL, limit};
    return reg_answer_report(req, STO_REPORT_REQUESTS, params, COUNT_OF(params), err);
}

int reg_get_request(struct http_request *req, struct err *err)
{
    int64_t id = 0;
    return reg_number_of(req, "id", "request", &id, err) == 0 ? answer_request(req, id, 200, err)
                                                              : -1;
}

int reg_get_violations(struct http_request *req, struct err *err)
{
    char limit[ID_SIZE];
    snprintf(limit, sizeof(limit), "%d", LIST_LIMIT);
    const char *const params[] = {http_query(req, "dataset"), limit};
    return reg_answer_report(req, STO_REPORT_VIOLATIONS, params, COUNT_OF(params), err);
}

/* ---- asking ---- */

/* The number of a notice as text; NULL: none. */
static const char *notice_of(const json_t *json, char room[ID_SIZE], bool *ok, struct err *err)
{
    const json_t *member = json_object_get(json, "notice");
    if (member == NULL || json_is_null(member)) {
        return NULL;
    }
    if (!json_is_integer(member) || json_integer_value(member) < 1) {
        if (*ok) {
            err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "notice is the number of a notice");
        }
        *ok = false;
        return NULL;
    }
    snprintf(room, ID_SIZE, "%lld", (long long)json_integer_value(member));
    return room;
}

static int file(struct http_request *req, const json_t *json, int64_t *id, struct err *err)
{
    const char *accepted[REG_JSON_LIST_MAX];
    char room[ID_SIZE];
    bool ok = true;
    const char *dataset = reg_json_text(json, "dataset", &ok, err);
    const char *schema = reg_json_text(json, "schema", &ok, err);
    const struct reg_request request = {
        .reason = reg_json_text(json, "reason", &ok, err),
        .from = reg_json_text(json, "effective_at", &ok, err),
        .notice = notice_of(json, room, &ok, err),
        .accepted = accepted,
        .accepted_count = reg_json_texts(json, "accept", accepted, &ok, err),
    };
    if (!ok || sto_request_reason(request.reason, err) != 0) {
        return -1;
    }
    if (dataset == NULL || schema == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                       "a request names its dataset and has the schema, as text");
    }
    struct sto_conn *conn = reg_conn_to_change(req, err);
    const struct reg_principal *who = http_principal(req);
    const struct reg_body body = {
        .schema = schema, .schema_len = strlen(schema), .type = "AVRO", .id = -1};
    struct reg_submission submission = {
        .body = &body, .request = &request, .by = who != NULL ? who->name : NULL};
    struct reg_outcome outcome = {0};
    submission.subject =
        conn != NULL ? reg_dataset_subject(conn, dataset, false, http_arena(req), err) : NULL;
    if (submission.subject == NULL || reg_may_write(req, submission.subject, err) != 0 ||
        reg_register(conn, &submission, http_arena(req), &outcome, err) != 0) {
        return -1;
    }
    if (outcome.is_new) {
        reg_changed(req);
    }
    *id = outcome.request;
    return 0;
}

/* What changes nothing has no request: the schema is in force already, or is the first. */
int reg_post_request(struct http_request *req, struct err *err)
{
    int64_t id = 0;
    json_t *json = reg_body_object(req, err);
    int rc = json != NULL ? file(req, json, &id, err) : -1;
    json_decref(json);
    if (rc != 0) {
        return -1;
    }
    if (id == 0) {
        buf_put_str(http_out(req), "{}");
        http_ok(req, 200, "application/json");
        return 0;
    }
    return answer_request(req, id, 201, err);
}

/* ---- deciding ---- */

static int answer_decision(struct http_request *req, json_t *json, int rc, int64_t id,
                           struct err *err)
{
    json_decref(json);
    if (rc != 0) {
        return -1;
    }
    reg_changed(req);
    return answer_request(req, id, 200, err);
}

int reg_post_approval(struct http_request *req, struct err *err)
{
    char room[ID_SIZE];
    bool ok = true;
    bool complete;
    int64_t id = 0;
    json_t *json =
        reg_number_of(req, "id", "request", &id, err) == 0 ? reg_body_object(req, err) : NULL;
    if (json == NULL) {
        return -1;
    }
    const struct sto_approval approval = {
        .why = reg_json_text(json, "reason", &ok, err),
        .from = reg_json_text(json, "effective_at", &ok, err),
        .notice = notice_of(json, room, &ok, err),
    };
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL ? reg_approve(conn, id, &approval, &complete, err) : -1;
    return answer_decision(req, json, rc, id, err);
}

/* A steward rejects any request; who filed one may take it back. */
static int may_reject(struct http_request *req, struct sto_conn *conn, int64_t id, struct err *err)
{
    const struct reg_principal *who = http_principal(req);
    if ((who->roles & REG_STEWARD) != 0) {
        return 0;
    }
    struct sto_grid *request = load(conn, id, STO_REPORT_REQUEST, err);
    if (request == NULL) {
        return -1;
    }
    const char *filed_by = sto_grid_get(request, 0, "filed_by");
    int rc = filed_by != NULL && strcmp(filed_by, who->name) == 0
                 ? 0
                 : err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                           "only the role steward rejects what another account filed");
    sto_grid_free(&request);
    return rc;
}

int reg_post_rejection(struct http_request *req, struct err *err)
{
    bool ok = true;
    int64_t id = 0;
    json_t *json =
        reg_number_of(req, "id", "request", &id, err) == 0 ? reg_body_object(req, err) : NULL;
    if (json == NULL) {
        return -1;
    }
    const char *why = reg_json_text(json, "reason", &ok, err);
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL && may_reject(req, conn, id, err) == 0
                 ? sto_request_reject(conn, id, why, err)
                 : -1;
    return answer_decision(req, json, rc, id, err);
}

/* ---- structures and policies ---- */

int reg_post_retirement(struct http_request *req, struct err *err)
{
    bool ok = true;
    int64_t version = 0;
    const char *dataset = http_param(req, "dataset");
    json_t *json = reg_number_of(req, "version", "version", &version, err) == 0
                       ? reg_body_object(req, err)
                       : NULL;
    if (json == NULL) {
        return -1;
    }
    if (version > INT32_MAX) {
        json_decref(json);
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no version %lld",
                       (long long)version);
    }
    const char *why = reg_json_text(json, "reason", &ok, err);
    const char *from = reg_json_text(json, "retired_from", &ok, err);
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc =
        conn != NULL ? sto_structure_retire(conn, dataset, (int32_t)version, why, from, err) : -1;
    json_decref(json);
    if (rc != 0) {
        return -1;
    }
    reg_changed(req);
    const char *const params[] = {dataset};
    return reg_answer_report(req, STO_REPORT_STRUCTURES, params, 1, err);
}

static const char *people_of(const json_t *json, const char *name, char room[ID_SIZE], bool *ok,
                             struct err *err)
{
    if (json_object_get(json, name) == NULL) {
        return NULL;
    }
    int people = reg_json_number(json, name, 0, ok, err);
    if (*ok && people > 3) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "%s is 0 to 3", name);
        *ok = false;
    }
    snprintf(room, ID_SIZE, "%d", people);
    return room;
}

int reg_put_policy(struct http_request *req, struct err *err)
{
    char review[ID_SIZE];
    char breaking[ID_SIZE];
    bool ok = true;
    const char *dataset = http_param(req, "dataset");
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    const struct sto_policy policy = {
        .review_people = people_of(json, "review_people", review, &ok, err),
        .breaking_people = people_of(json, "breaking_people", breaking, &ok, err),
        .breaking_notice = json_object_get(json, "breaking_notice") == NULL ? NULL
                           : reg_json_flag(json, "breaking_notice")         ? "true"
                                                                            : "false",
    };
    const char *why = reg_json_text(json, "reason", &ok, err);
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL ? sto_policy_set(conn, dataset, &policy, why, err) : -1;
    json_decref(json);
    if (rc != 0) {
        return -1;
    }
    reg_changed(req);
    return reg_answer_record(req, STO_REPORT_DATASET, "dataset", dataset, 200, err);
}
