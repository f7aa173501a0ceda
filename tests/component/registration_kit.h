/* SPDX-License-Identifier: Apache-2.0
 * component/registration_kit.h - posting schemas to the registry's handlers, without sockets, over a
 * real register. A `client` is one worker with its connection: one for each thread. */
#ifndef COMPONENT_REGISTRATION_KIT_H
#define COMPONENT_REGISTRATION_KIT_H

#include "database.h"

#include "base/buf.h"
#include "base/http/http.h"
#include "base/jsonw.h"
#include "registry/access/auth.h"
#include "registry/access/role.h"
#include "registry/answer.h"
#include "registry/lookup_cache.h"
#include "registry/routes.h"
#include "registry/worker.h"

struct client {
    struct reg_worker worker;
    char answer[32768]; /* "200 {…}" of the last call */
};

static struct reg_shared shared;
static struct http_app app;
static struct reg_principal who;

static inline int client_authorize(struct http_request *req, unsigned roles, struct err *err)
{
    http_set_principal(req, &who);
    return (who.roles & roles) != 0
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN, "%s may not", who.name);
}

static inline void clients_begin(void)
{
    struct http_app all;
    reg_app(&all);
    shared = (struct reg_shared){.conn = {.dsn = register_dsn(),
                                          .role = STO_ROLE_REGISTRY,
                                          .application_name = "nrc test",
                                          .deadline_ms = 60000},
                                 .changes = 1};
    app = (struct http_app){.routes = all.routes,
                            .route_count = all.route_count,
                            .authorize = client_authorize,
                            .fail = reg_fail};
    who = (struct reg_principal){.name = "salim", .roles = REG_STEWARD};
}

static inline void client_open(struct client *client)
{
    struct err err = ERR_INIT;
    client->worker = (struct reg_worker){.shared = &shared, .lookups = reg_lookup_cache_new(&err)};
    assert_non_null(client->worker.lookups);
}

static inline void client_close(struct client *client)
{
    sto_conn_close(&client->worker.conn);
    reg_lookup_cache_free(&client->worker.lookups);
}

static inline const char *post_as(struct client *client, const char *target, const char *body,
                                  size_t len, const char *header)
{
    struct http_request *req = http_request_make(HTTP_POST, target, body, len);
    if (header != NULL) {
        http_request_add_header(req, header, "true");
    }
    http_dispatch(&app, &client->worker, req);
    const struct buf *out = http_out(req);
    snprintf(client->answer, sizeof(client->answer), "%d %.*s", http_status(req), (int)out->len,
             out->len > 0 ? (const char *)out->data : "");
    http_request_free(&req);
    return client->answer;
}

/* {"schema":"…"<more>}; more begins with a comma, or is "". */
static inline const char *post_schema(struct client *client, const char *target, const char *schema,
                                      const char *more)
{
    struct buf body = BUF_INIT;
    buf_put_str(&body, "{\"schema\":");
    jsonw_quote(&body, schema, strlen(schema));
    buf_put_str(&body, more);
    buf_put_str(&body, "}");
    const char *answer = post_as(client, target, (const char *)body.data, body.len, NULL);
    buf_fini(&body);
    return answer;
}

/* The id of "200 {"id":N}"; -1: another answer. */
static inline int id_of(const char *answer)
{
    int id = -1;
    int end = 0;
    return sscanf(answer, "200 {\"id\":%d}%n", &id, &end) == 1 && answer[end] == '\0' ? id : -1;
}

#define assert_answer(got, want)                                                                   \
    do {                                                                                           \
        const char *got_ = (got);                                                                  \
        if (strcmp(got_, want) != 0) {                                                             \
            fail_msg("%s:\n  got  %s\n  want %s", #got, got_, want);                               \
        }                                                                                          \
    } while (0)

/* start: "409 409"; the body has error_code and message alone, and says `says`. */
#define assert_error(got, start, says)                                                             \
    do {                                                                                           \
        const char *got_ = (got);                                                                  \
        int status_ = 0;                                                                           \
        int code_ = 0;                                                                             \
        char have_[32];                                                                            \
        sscanf(got_, "%d {\"error_code\":%d,\"message\":\"", &status_, &code_);                    \
        snprintf(have_, sizeof(have_), "%d %d", status_, code_);                                   \
        if (strcmp(have_, start) != 0 || strstr(got_, says) == NULL) {                             \
            fail_msg("%s:\n  got  %s\n  want %s … %s", #got, got_, start, says);                   \
        }                                                                                          \
    } while (0)

#define assert_has(got, says)                                                                      \
    do {                                                                                           \
        const char *got_ = (got);                                                                  \
        if (strstr(got_, says) == NULL) {                                                          \
            fail_msg("%s:\n  got  %s\n  want … %s", #got, got_, says);                             \
        }                                                                                          \
    } while (0)

#endif
