/* SPDX-License-Identifier: Apache-2.0
 * registry/session_http.c - see the header.
 *
 * An account is read again when the catalogue is known to have changed, and every login_cache_ms: a disabled account is out with
 * its next request, a rotated secret ends the sessions that began with it, and a last day that is over needs no change. */
#include "registry/session_http.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/zone.h"
#include "registry/access/auth.h"
#include "registry/access/login.h"
#include "registry/access/login_check.h"
#include "registry/access/origin.h"
#include "registry/access/role.h"
#include "registry/access/session.h"
#include "registry/json_body.h"
#include "registry/json_member.h"
#include "registry/permission.h"
#include "registry/worker.h"
#include "storage/admin/account.h"

#define COOKIE     "nrc_session"
#define ATTRIBUTES "; Path=/; Secure; HttpOnly; SameSite=Strict"

/* -- the session of a request */

static bool find(const struct http_request *req, bool is_use, struct reg_session *out)
{
    char token[REG_SESSION_TOKEN_SIZE];
    struct reg_sessions *sessions = reg_worker_of(req)->shared->sessions;
    bool is_there = reg_cookie_read(http_header(req, "Cookie"), COOKIE, token, sizeof(token)) &&
                    reg_session_find(sessions, token, is_use, clock_mono_ms(), out);
    secret_wipe(token, sizeof(token));
    return is_there;
}

bool reg_session_of(const struct http_request *req, struct reg_session *out)
{
    return find(req, false, out);
}

static int refuse(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_UNAUTHENTICATED, "nobody is signed in: sign in first");
}

/* *holds: the account is still active, and the secret valid that the session began with. */
static int recheck(struct http_request *req, struct reg_session *session, bool *holds,
                   struct err *err)
{
    struct reg_worker *worker = reg_worker_of(req);
    struct reg_login_check *check = reg_auth_check(worker->auth);
    int64_t now_ms = clock_mono_ms();
    *holds = true;
    if (!reg_login_check_is_due(check, req, &session->account) &&
        now_ms - session->read_ms < worker->shared->login_cache_ms) {
        return 0;
    }
    if (reg_login_check_again(check, req, &session->account, holds, err) != 0) {
        return -1;
    }
    session->read_ms = now_ms;
    if (*holds) {
        reg_session_renew(worker->shared->sessions, session);
    } else {
        reg_session_end(worker->shared->sessions, session->id);
        log_warn("session_ended", LOG_STR("account", session->account.name),
                 LOG_STR("peer", http_peer(req)),
                 LOG_STR("reason", "the account or its secret is not valid any more"));
    }
    return 0;
}

static int check_origin(const struct http_request *req, struct err *err)
{
    return reg_is_own_origin(req, reg_worker_of(req)->shared->page_url)
               ? 0
               : err_set(
                     err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                     "the request comes from another page than this server's. Behind a proxy: let "
                     "it keep the header Host, or set [page] url");
}

static int check_change(const struct http_request *req, const struct reg_session *session,
                        struct err *err)
{
    const char *csrf = http_header(req, "X-NRC-CSRF");
    if (http_method(req) == HTTP_GET) {
        return 0;
    }
    if (check_origin(req, err) != 0) {
        return -1;
    }
    return csrf != NULL && strlen(csrf) == strlen(session->csrf) &&
                   secret_equal(csrf, session->csrf, strlen(csrf))
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                         "the header X-NRC-CSRF is not this session's: load the page again");
}

int reg_session_authorize(struct http_request *req, unsigned roles, struct err *err)
{
    struct reg_session session;
    bool holds = false;
    if (!find(req, http_header(req, "X-NRC-Auto") == NULL, &session)) {
        return refuse(err);
    }
    if (recheck(req, &session, &holds, err) != 0) {
        return -1;
    }
    if (!holds) {
        return refuse(err);
    }
    return reg_auth_allow(req, &session.account, roles, err) != 0 ||
                   check_change(req, &session, err) != 0
               ? -1
               : reg_authorize_subject(req, roles, err);
}

/* -- /session */

static void put_roles(struct jsonw *w, unsigned bits)
{
    static const struct {
        unsigned bit;
        const char *name;
    } roles[] = {
#define X(id, bit, name, sentence) {bit, name},
        REG_ROLE_TABLE(X)
#undef X
    };
    jsonw_key(w, "roles");
    jsonw_open(w, '[');
    for (size_t i = 0; i < COUNT_OF(roles); i++) {
        if ((bits & roles[i].bit) != 0) {
            jsonw_str(w, roles[i].name);
        }
    }
    jsonw_close(w, ']');
}

static int answer(struct http_request *req, const struct reg_session *session, struct err *err)
{
    const struct reg_cached_login *account = &session->account;
    const int64_t ends_s = (clock_wall_us() / 1000 + session->ends_ms - clock_mono_ms()) / 1000;
    struct sto_person person = {0};
    struct sto_conn *conn = reg_conn(req, err);
    if (conn == NULL ||
        sto_account_person(conn, account->name, http_arena(req), &person, err) != 0) {
        return -1;
    }
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    jsonw_text(&w, "account", account->name);
    jsonw_text(&w, "person", person.name);
    jsonw_text(&w, "person_ar", person.name_ar);
    put_roles(&w, account->roles);
    jsonw_text(&w, "agency", account->agency[0] != '\0' ? account->agency : NULL);
    jsonw_text(&w, "csrf", session->csrf);
    jsonw_instant(&w, "expires_at", ends_s);
    jsonw_text(&w, "zone", ZONE_CENTER);
    jsonw_close(&w, '}');
    http_ok(req, 200, "application/json");
    return 0;
}

int reg_get_session(struct http_request *req, struct err *err)
{
    struct reg_session session;
    return reg_session_of(req, &session) ? answer(req, &session, err) : refuse(err);
}

/* A form that a foreign page made the browser send must not sign it in as somebody else. */
static int check_json(const struct http_request *req, struct err *err)
{
    static const char json[] = "application/json";
    const char *type = http_header(req, "Content-Type");
    size_t len = type != NULL ? strcspn(type, "; \t") : 0;
    return len == sizeof(json) - 1 && strncasecmp(type, json, len) == 0
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_BAD_MEDIA_TYPE,
                         "a sign-in is sent as application/json");
}

/* False: no account can have these. */
static bool take_credentials(const json_t *body, struct reg_credentials *out, bool *ok,
                             struct err *err)
{
    const char *name = reg_json_text(body, "account", ok, err);
    const char *secret = reg_json_text(body, "secret", ok, err);
    *out = (struct reg_credentials){0};
    if (!*ok || secret == NULL || *secret == '\0' || strlen(secret) >= sizeof(out->secret)) {
        return false;
    }
    memcpy(out->secret, secret, strlen(secret));
    if (name != NULL &&
        sto_account_is_name(name)) { /* another may be a secret in the wrong place */
        memcpy(out->name, name, strlen(name));
    }
    return true;
}

static int sign_in(struct http_request *req, const json_t *body, struct reg_cached_login *out,
                   struct err *err)
{
    struct reg_login_check *check = reg_auth_check(reg_worker_of(req)->auth);
    struct reg_credentials who;
    bool ok = true;
    bool can_be = take_credentials(body, &who, &ok, err);
    int rc = !ok      ? -1
             : can_be ? reg_login_check_secret(check, req, &who, out, err)
                      : reg_login_check_unread(check, req, err);
    secret_wipe(&who, sizeof(who));
    return rc;
}

static void set_cookie(struct http_request *req, const char *token)
{
    char cookie[sizeof(COOKIE "=" ATTRIBUTES "; Max-Age=0") + REG_SESSION_TOKEN_SIZE];
    snprintf(cookie, sizeof(cookie), COOKIE "=%s" ATTRIBUTES "%s", token,
             *token == '\0' ? "; Max-Age=0" : "");
    http_set_header(req, "Set-Cookie", cookie);
    secret_wipe(cookie, sizeof(cookie));
}

/* Under a new token, always: one that was put into the browser before is worth nothing. */
static int begin(struct http_request *req, const struct reg_cached_login *account, struct err *err)
{
    struct reg_sessions *sessions = reg_worker_of(req)->shared->sessions;
    char token[REG_SESSION_TOKEN_SIZE];
    struct reg_session session;
    if (reg_session_of(req, &session)) {
        reg_session_end(sessions, session.id);
    }
    if (reg_session_begin(sessions, account, clock_mono_ms(), token, &session, err) != 0) {
        return -1;
    }
    int rc = answer(req, &session, err);
    if (rc == 0) {
        set_cookie(req, token);
        log_info("signed_in", LOG_STR("account", account->name), LOG_STR("peer", http_peer(req)));
    } else {
        reg_session_end(sessions, session.id);
    }
    secret_wipe(token, sizeof(token));
    return rc;
}

int reg_post_session(struct http_request *req, struct err *err)
{
    struct reg_cached_login account = {0};
    if (check_origin(req, err) != 0 || check_json(req, err) != 0) {
        return -1;
    }
    json_t *body = reg_body_object(req, err);
    int rc = body != NULL ? sign_in(req, body, &account, err) : -1;
    json_decref(body);
    return rc == 0 ? begin(req, &account, err) : -1;
}

int reg_delete_session(struct http_request *req, struct err *err)
{
    struct reg_session session;
    (void)err;
    if (reg_session_of(req, &session)) {
        reg_session_end(reg_worker_of(req)->shared->sessions, session.id);
        log_info("signed_out", LOG_STR("account", session.account.name),
                 LOG_STR("peer", http_peer(req)));
    }
    set_cookie(req, "");
    return 0; /* 204 */
}
