/* SPDX-License-Identifier: Apache-2.0
 * registry/registration_http.c - POST /subjects/{subject} (look up) and POST /subjects/{subject}/versions
 * (register).
 *
 * The answer to a registration is {"id":N} alone, unless the client says that it takes more: old
 * ones die on members that they do not know. */
#include <stdlib.h>
#include <string.h>

#include "base/http/http.h"
#include "base/jsonw.h"
#include "registry/access/auth.h"
#include "registry/access/role.h"
#include "registry/alias.h"
#include "registry/answer.h"
#include "registry/context.h"
#include "registry/handlers.h"
#include "registry/permission.h"
#include "registry/query.h"
#include "registry/registration.h"
#include "registry/usage.h"
#include "registry/worker.h"
#include "storage/subject/config.h"
#include "storage/subject/read.h"

static int read_body(struct http_request *req, struct reg_body *body, struct err *err)
{
    size_t len;
    const char *text = http_body(req, &len);
    return reg_body_parse(text, len, http_arena(req), body, err);
}

/* ---- bodies that were read before ---- */

/* A request's body, by its bytes. */
struct sent {
    uint8_t digest[SHA256_BYTES];
    struct reg_lookup_key key;
};

/* *found: the register has the schema of this body, whose key is known from before. Otherwise the
 * body must be read. */
static int find_sent(struct http_request *req, struct reg_lookup *lookup, struct sent *sent,
                     struct sto_registered *row, bool *found, struct err *err)
{
    size_t len;
    const char *text = http_body(req, &len);
    *found = false;
    if (sha256_bytes(text, len, sent->digest) != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a request");
    }
    sent->key = reg_lookup_cache_get(reg_worker_of(req)->lookups, sent->digest);
    if (!sent->key.is_known) {
        return 0;
    }
    lookup->conn = reg_conn(req, err);
    if (lookup->conn == NULL) {
        return -1;
    }
    int rc = reg_lookup_by_key(lookup, &sent->key, row, found, err);
    if (rc != 0 && !sto_conn_usable(lookup->conn)) {
        err_reset(err); /* reading the body takes another connection */
        return 0;
    }
    return rc;
}

static void keep_sent(struct http_request *req, const struct sent *sent)
{
    reg_lookup_cache_put(reg_worker_of(req)->lookups, sent->digest, &sent->key);
}

static void put_raw(struct jsonw *w, const char *key, const char *json)
{
    if (json != NULL) {
        jsonw_key(w, key);
        jsonw_raw(w, json);
    }
}

/* For clients that accept members they do not know. */
static void put_of_whole(struct jsonw *w, const struct sto_registered *row)
{
    jsonw_key(w, "guid");
    jsonw_str(w, row->guid);
    jsonw_key(w, "schemaType");
    jsonw_str(w, "AVRO");
}

/* Every answer about a version ends with these. */
static void put_contents(struct jsonw *w, const struct sto_registered *row, bool resolved)
{
    put_raw(w, "references", row->references);
    put_raw(w, "metadata", row->metadata);
    put_raw(w, "ruleSet", row->rule_set);
    jsonw_key(w, "schema");
    jsonw_str(w, resolved && row->resolved != NULL ? row->resolved : row->text);
}

/* ---- look up ---- */

static void answer_row(struct http_request *req, const struct sto_registered *row)
{
    bool whole = reg_accepts_unknown(req);
    struct jsonw w = jsonw_to(http_out(req));
    reg_note_use(req, row->schema_id);
    jsonw_open(&w, '{');
    jsonw_key(&w, "subject");
    jsonw_str(&w, row->subject);
    jsonw_number(&w, "version", row->version);
    jsonw_number(&w, "id", row->schema_id);
    if (whole) {
        put_of_whole(&w, row);
    }
    put_contents(&w, row, reg_wants_resolved(req));
    if (whole && row->deleted) {
        jsonw_key(&w, "deleted");
        jsonw_bool(&w, true);
    }
    jsonw_close(&w, '}');
    reg_ok(req);
}

static int not_found(struct sto_conn *conn, const char *subject, bool deleted, struct err *err)
{
    int exists = sto_subject_exists(conn, subject, deleted ? STO_LIVE_AND_DELETED : STO_LIVE, err);
    if (exists < 0) {
        return -1;
    }
    return exists != 0 ? err_set(err, ERR_KIND_FATAL, ERR_SCHEMA_NOT_FOUND, "Schema not found")
                       : err_set(err, ERR_KIND_FATAL, ERR_SUBJECT_NOT_FOUND,
                                 "Subject '%.300s' not found.", subject);
}

int reg_post_lookup(struct http_request *req, struct err *err)
{
    struct reg_body body;
    struct sent sent;
    struct reg_submission submission = {
        .body = &body, .normalize = http_query_bool(req, "normalize", false), .key = &sent.key};
    struct reg_lookup lookup = {.submission = &submission,
                                .arena = http_arena(req),
                                .deleted = http_query_bool(req, "deleted", false)};
    struct sto_registered row;
    bool found = false;
    submission.subject = reg_subject_to_read(req, err);
    if (submission.subject == NULL || find_sent(req, &lookup, &sent, &row, &found, err) != 0) {
        return -1;
    }
    if (found) {
        answer_row(req, &row);
        return 0;
    }
    lookup.conn = read_body(req, &body, err) == 0 ? reg_conn(req, err) : NULL;
    if (lookup.conn == NULL || reg_look_up(&lookup, &row, &found, err) != 0) {
        return -1;
    }
    keep_sent(req, &sent);
    if (!found) {
        return not_found(lookup.conn, submission.subject, lookup.deleted, err);
    }
    answer_row(req, &row);
    return 0;
}

/* ---- register ---- */

/* Names that stand for the registry, a context or all subjects cannot be registered under. */
static int check_subject(const char *subject, struct err *err)
{
    const char *name = subject + sto_context_len(subject);
    bool allowed = reg_subject_is_allowed(subject) && strlen(subject) <= REG_SUBJECT_MAX_BYTES &&
                   name[0] != '\0' && strcmp(name, "*") != 0 &&
                   strncmp(subject, ":.__GLOBAL:", 11) != 0;
    return allowed ? 0
                   : err_set(err, ERR_KIND_FATAL, ERR_BAD_SUBJECT,
                             "The specified subject '%.300s' is not a valid.", subject);
}

/* Who registers a structure uses it: a serialiser keeps the id of this answer, and asks no more. */
static void answer_registered(struct http_request *req, const struct sto_registered *row)
{
    struct jsonw w = jsonw_to(http_out(req));
    reg_note_use(req, row->schema_id);
    jsonw_open(&w, '{');
    jsonw_number(&w, "id", row->schema_id);
    if (reg_accepts_unknown(req)) {
        jsonw_number(&w, "version", row->version);
        put_of_whole(&w, row);
        put_contents(&w, row, false);
    }
    jsonw_close(&w, '}');
    reg_ok(req);
}

/* Given a connection that is lost in COMMIT, the same request over a new one finds the version, if it
 * was stored: then this request stored it. */
static int register_twice(struct http_request *req, const struct reg_submission *submission,
                          struct reg_outcome *out, struct err *err)
{
    int rc = -1;
    bool is_unknown = false;
    for (int i = 0; i < 2; i++) {
        struct sto_conn *conn = reg_conn(req, err);
        if (conn == NULL) {
            break;
        }
        rc = reg_register(conn, submission, http_arena(req), out, err);
        out->is_new = out->is_new || is_unknown;
        is_unknown = rc != 0 && err->code == ERR_COMMIT_UNKNOWN;
        if (rc == 0 || err->kind != ERR_KIND_RETRY || sto_conn_usable(conn)) {
            break;
        }
    }
    return rc;
}

static bool is_steward(struct http_request *req)
{
    const struct reg_principal *who = http_principal(req);
    return (who->roles & REG_STEWARD) != 0;
}

/* A forced schema may be unreadable for consumers: a steward answers for it. */
static int check_force(struct http_request *req, bool force, struct err *err)
{
    if (force && !is_steward(req)) {
        return err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                       "force overrides the compatibility level: only the role steward may use it");
    }
    return 0;
}

int reg_post_version(struct http_request *req, struct err *err)
{
    struct reg_body body;
    struct sent sent;
    bool found = false;
    struct reg_outcome outcome = {0};
    struct reg_submission submission = {
        .body = &body,
        .key = &sent.key,
        .normalize = http_query_bool(req, "normalize", false),
        .force = http_query_bool(req, "force", false),
        .may_import = is_steward(req),
        .by = ((const struct reg_principal *)http_principal(req))->name};
    struct reg_lookup lookup = {
        .submission = &submission, .arena = http_arena(req), .attached = true};
    submission.subject = reg_subject_of(req, err);
    if (submission.subject == NULL || check_subject(submission.subject, err) != 0 ||
        reg_may_write(req, submission.subject, err) != 0 ||
        check_force(req, submission.force, err) != 0 ||
        find_sent(req, &lookup, &sent, &outcome.row, &found, err) != 0) {
        return -1;
    }
    if (found) {
        answer_registered(req, &outcome.row);
        return 0;
    }
    if (read_body(req, &body, err) != 0) {
        return -1;
    }
    if (register_twice(req, &submission, &outcome, err) != 0) {
        if (outcome.is_new) {
            reg_changed(req); /* a request was filed */
        }
        if (outcome.message != NULL && err_http_status(err->code) < 500) {
            reg_answer_error(req, err->code, outcome.message);
            return 0;
        }
        return -1;
    }
    keep_sent(req, &sent);
    if (outcome.is_new) {
        reg_changed(req);
    }
    answer_registered(req, &outcome.row);
    return 0;
}
