/* SPDX-License-Identifier: Apache-2.0
 * component/login_kit.h - requests that log in, without sockets, over a real register.
 *
 * They go through http_dispatch to a route that takes the roles a test names, with a worker whose
 * connection has the registry's role: what it may not read, these tests cannot either. */
#ifndef COMPONENT_LOGIN_KIT_H
#define COMPONENT_LOGIN_KIT_H

#include "database.h"

#include "base/buf.h"
#include "base/http/http.h"
#include "base/http/request_priv.h"
#include "base/secret.h"
#include "registry/access/auth.h"
#include "registry/access/role.h"
#include "registry/permission.h"
#include "registry/worker.h"

enum { CACHE_MS = 600000 };

struct room {
    PGconn *raw;
    struct sto_conn *conn;    /* as the registry */
    struct sto_conn *steward; /* as `nrc account` */
    struct reg_shared shared;
    struct reg_worker worker;
    struct err err;
    /* Of the last request. */
    int status;
    char words[ERR_TEXT_BYTES];
    char challenge[64];
    char retry_after[16];
    char name[80];
    char agency[40];
    uint64_t scrypts;
};

static struct room *room_now; /* for the application's callbacks */

/* -- the application */

static const char *write_to; /* what the handler asks reg_may_write for; NULL: nothing */

static inline int handle(struct http_request *req, struct err *err)
{
    const struct reg_principal *who = http_principal(req);
    snprintf(room_now->name, sizeof(room_now->name), "%s", who->name);
    snprintf(room_now->agency, sizeof(room_now->agency), "%s",
             who->agency != NULL ? who->agency : "(none)");
    if (write_to != NULL && reg_may_write(req, write_to, err) != 0) {
        return -1;
    }
    http_ok(req, 204, NULL);
    return 0;
}

static inline void write_failure(struct http_request *req, const struct err *err)
{
    snprintf(room_now->words, sizeof(room_now->words), "%s", err->text);
    http_ok(req, err_http_status(err->code), "application/json");
}

/* -- requests */

struct asked {
    unsigned roles;            /* 0: anyone's */
    const char *authorization; /* NULL: none */
    const char *peer;          /* NULL: 127.0.0.1 */
    const char *header;        /* one more, "x" its value */
    const char *subject;       /* of the path; NULL: it has none */
};

static inline int ask(struct room *room, struct asked asked)
{
    char target[100];
    snprintf(target, sizeof(target), "/%s", asked.subject != NULL ? asked.subject : "");
    const struct http_route route = {HTTP_GET, asked.subject != NULL ? "/{subject}" : "/",
                                     asked.roles != 0 ? asked.roles : (unsigned)REG_ANYONE, handle,
                                     ""};
    const struct http_app app = {
        .routes = &route, .route_count = 1, .authorize = reg_authorize, .fail = write_failure};
    struct http_request *req = http_request_make(HTTP_GET, target, "", 0);
    if (asked.authorization != NULL) {
        http_request_add_header(req, "Authorization", asked.authorization);
    }
    if (asked.header != NULL) {
        http_request_add_header(req, asked.header, "x");
    }
    if (asked.peer != NULL) {
        req->peer = asked.peer;
    }
    room->words[0] = room->name[0] = room->agency[0] = '\0';
    uint64_t before = secret_scrypt_count();
    http_dispatch(&app, &room->worker, req);
    room->scrypts = secret_scrypt_count() - before;
    room->status = http_status(req);
    const char *challenge = http_answer_header(req, "WWW-Authenticate");
    const char *retry_after = http_answer_header(req, "Retry-After");
    snprintf(room->challenge, sizeof(room->challenge), "%s", challenge != NULL ? challenge : "");
    snprintf(room->retry_after, sizeof(room->retry_after), "%s",
             retry_after != NULL ? retry_after : "");
    http_request_free(&req);
    return room->status;
}

/* The same with a token, "name.secret". */
static inline int ask_as(struct room *room, const char *name, const char *secret, unsigned roles)
{
    char header[300];
    snprintf(header, sizeof(header), "Bearer %s.%s", name, secret);
    return ask(room, (struct asked){.roles = roles, .authorization = header});
}

/* What was remembered of logins and failures is gone: as another worker would see it. */
static inline void forget(struct room *room, bool anonymous_loopback, int login_cache_ms)
{
    reg_auth_free(&room->worker.auth);
    const struct reg_auth_options options = {.login_cache_ms = login_cache_ms,
                                             .anonymous_loopback = anonymous_loopback,
                                             .connect = reg_conn,
                                             .generation = reg_generation};
    room->worker.auth = reg_auth_new(&options, &room->err);
    assert_non_null(room->worker.auth);
}

static inline void change_heard(struct room *room)
{
    atomic_fetch_add(&room->shared.changes, 1);
}

/* -- the register */

#endif
