/* SPDX-License-Identifier: Apache-2.0
 * registry/compatibility_http.c - POST /compatibility/subjects/{subject}/versions[/{version}]: asks
 * without registering.
 *
 * `versions` asks what registering would ask, so for a dataset's subject the judgement of its tables
 * is part of it. `versions/{version}` looks at that version alone, at a transitive level too. */
#include <string.h>

#include "base/http/http.h"
#include "base/jsonw.h"
#include "registry/answer.h"
#include "registry/compatibility.h"
#include "registry/context.h"
#include "registry/ground.h"
#include "registry/handlers.h"
#include "registry/query.h"
#include "registry/structure.h"
#include "registry/worker.h"

static void answer(struct http_request *req, const struct reg_reasons *reasons)
{
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    jsonw_key(&w, "is_compatible");
    jsonw_bool(&w, reasons->count == 0);
    if (http_query_bool(req, "verbose", false)) {
        jsonw_key(&w, "messages");
        jsonw_open(&w, '[');
        for (size_t i = 0; i < reasons->count; i++) {
            jsonw_str(&w, reasons->items[i]);
        }
        jsonw_close(&w, ']');
    }
    jsonw_close(&w, '}');
    reg_ok(req);
}

/* With verbose an invalid schema is an answer too, not an error. */
static int answer_fault(struct http_request *req, struct reg_reasons *reasons, struct err *err)
{
    if (err->code != ERR_BAD_SCHEMA || !http_query_bool(req, "verbose", false) ||
        reg_reason_add(reasons, err, "%s", err->text) != 0) {
        return -1;
    }
    answer(req, reasons);
    return 0;
}

/* Registering checks the dataset's tables besides the level. */
static int judge_dataset(struct sto_conn *conn, const struct sto_scope *scope,
                         const struct reg_candidate *candidate, struct reg_reasons *reasons,
                         struct err *err)
{
    struct reg_judgement judgement;
    if (scope->dataset_id == 0 || reasons->count > 0) {
        return 0;
    }
    const struct reg_case asked = {
        .dataset_id = scope->dataset_id,
        .is_key = scope->is_key,
        .schema = candidate->schema,
        .sha256 = candidate->plain.sha256,
    };
    int rc = reg_structure_judge(conn, &asked, &judgement, err);
    reg_judgement_fini(&judgement);
    if (rc != 0 && (err->code == ERR_INCOMPATIBLE || err->code == ERR_BAD_SCHEMA)) {
        rc = reg_reason_add(reasons, err, "%s%s%s", err->path, err->path[0] != '\0' ? ": " : "",
                            err->text);
    }
    return rc;
}

struct question {
    struct sto_conn *conn;
    const char *subject;
    struct reg_candidate candidate;
    struct sto_scope scope;
};

/* Everything of the question but the schema. */
static int begin_question(struct http_request *req, struct question *q, struct reg_body *body,
                          struct err *err)
{
    size_t len;
    const char *text = http_body(req, &len);
    q->subject = reg_subject_of(req, err);
    if (q->subject == NULL || reg_body_parse(text, len, http_arena(req), body, err) != 0) {
        return -1;
    }
    q->conn = reg_conn(req, err);
    return q->conn == NULL ? -1
                           : sto_scope_load(q->conn, q->subject, http_arena(req), &q->scope, err);
}

/* 0; -1: err; 1: answered. */
static int read_candidate(struct http_request *req, struct question *q, const struct reg_body *body,
                          struct reg_reasons *reasons, struct err *err)
{
    int rc = body->schema == NULL ? err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "Empty schema")
                                  : reg_candidate_make(q->conn, q->subject, body, true,
                                                       http_arena(req), &q->candidate, err);
    return rc == 0 ? 0 : answer_fault(req, reasons, err) == 0 ? 1 : -1;
}

/* What registering would give it, after these versions: the group, and what is reserved, stand in the metadata. */
static int merge(struct question *q, const struct reg_body *body, const struct sto_registered *rows,
                 size_t count, struct arena *arena, struct err *err)
{
    struct reg_ground ground = {.body = body, .scope = &q->scope};
    bool changed;
    for (size_t i = 0; i < count; i++) {
        ground.last = reg_in_force(&rows[i]) ? &rows[i] : ground.last;
    }
    return reg_candidate_merge(&q->candidate, &ground, arena, &changed, err);
}

int reg_post_compatibility(struct http_request *req, struct err *err)
{
    struct question q = {0};
    struct reg_reasons reasons = {.arena = http_arena(req)};
    struct sto_registered *rows;
    size_t count;
    struct reg_body body;
    int rc = begin_question(req, &q, &body, err);
    if (rc == 0) {
        rc = read_candidate(req, &q, &body, &reasons, err);
    }
    if (rc == 0 &&
        (sto_registered_list(q.conn, q.subject, true, http_arena(req), &rows, &count, err) != 0 ||
         merge(&q, &body, rows, count, http_arena(req), err) != 0 ||
         reg_compatible(&q.scope, &q.candidate, rows, count, &reasons, err) != 0 ||
         judge_dataset(q.conn, &q.scope, &q.candidate, &reasons, err) != 0)) {
        rc = -1;
    }
    if (rc == 0) {
        answer(req, &reasons);
    }
    reg_candidate_fini(&q.candidate);
    return rc < 0 ? -1 : 0;
}

int reg_post_compatibility_version(struct http_request *req, struct err *err)
{
    struct question q = {0};
    struct reg_reasons reasons = {.arena = http_arena(req)};
    struct sto_registered row;
    struct reg_body body;
    int32_t version;
    bool found = false;
    int rc = reg_version_parse(http_param(req, "version"), &version, err) != 0
                 ? -1
                 : begin_question(req, &q, &body, err);
    if (rc == 0) {
        rc = sto_registered_get(q.conn, q.subject, version, false, http_arena(req), &row, &found,
                                err);
    }
    if (rc == 0 && !found && version != -1) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_VERSION_NOT_FOUND, "Version %d not found.",
                     (int)version);
    }
    if (rc == 0) {
        rc = read_candidate(req, &q, &body, &reasons, err);
    }
    if (rc == 0 && found) {
        rc = merge(&q, &body, &row, 1, http_arena(req), err);
    }
    if (rc == 0 && found) {
        rc = reg_compatible(&q.scope, &q.candidate, &row, 1, &reasons, err);
    }
    if (rc == 0) {
        answer(req, &reasons);
    }
    reg_candidate_fini(&q.candidate);
    return rc < 0 ? -1 : 0;
}
