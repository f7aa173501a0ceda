/* SPDX-License-Identifier: Apache-2.0
 * component/handler_kit.h - the registry's handlers without sockets, over a real register.
 *
 * One worker, everybody may do everything. Schemas and versions come into the register by SQL, so
 * reading and deleting are tried without what registers. */
#ifndef COMPONENT_HANDLER_KIT_H
#define COMPONENT_HANDLER_KIT_H

#include "database.h"

#include "base/buf.h"
#include "base/http/http.h"
#include "registry/access/auth.h"
#include "registry/access/role.h"
#include "registry/answer.h"
#include "registry/cache.h"
#include "registry/routes.h"
#include "registry/worker.h"

/* Schemas, as they are registered. */
#define INT    "\"int\""
#define LONG   "\"long\""
#define STRING "\"string\""
#define BYTES  "\"bytes\""

/* The same, as they stand in an answer. */
#define INT_JSON  "\"\\\"int\\\"\""
#define LONG_JSON "\"\\\"long\\\"\""

struct kit {
    PGconn *raw;
    struct reg_shared shared;
    struct reg_worker worker;
    struct http_app app;
    char answer[65536];
};
static struct kit kit;

/* Who asks; everybody may do everything, but what handlers ask of it themselves. */
static struct reg_principal kit_who;

static inline int kit_authorize(struct http_request *req, unsigned roles, struct err *err)
{
    (void)roles;
    (void)err;
    http_set_principal(req, &kit_who);
    return 0;
}

static inline int kit_start(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    register_reset();
    kit.raw = raw_open();
    kit.shared = (struct reg_shared){.conn = {.dsn = register_dsn(),
                                              .role = STO_ROLE_REGISTRY,
                                              .application_name = "nrc test",
                                              .deadline_ms = 60000},
                                     .changes = 1,
                                     .listening = false};
    kit.worker = (struct reg_worker){.shared = &kit.shared, .cache = reg_cache_new(&err)};
    reg_app(&kit.app);
    kit.app = (struct http_app){.routes = kit.app.routes,
                                .route_count = kit.app.route_count,
                                .authorize = kit_authorize,
                                .fail = reg_fail};
    return 0;
}

static inline int kit_stop(void **state)
{
    (void)state;
    sto_conn_close(&kit.worker.conn);
    reg_cache_free(&kit.worker.cache);
    PQfinish(kit.raw);
    return 0;
}

/* Before each test. */
static inline int kit_empty(void **state)
{
    (void)state;
    raw_run(kit.raw, "DELETE FROM nrc.subject_version; DELETE FROM nrc.schema;"
                     " DELETE FROM nrc.registry_config; DELETE FROM nrc.registry_mode;"
                     " ALTER SEQUENCE nrc.schema_id_seq RESTART");
    atomic_fetch_add(&kit.shared.changes, 1);
    atomic_store(&kit.shared.listening, false);
    kit_who = (struct reg_principal){.name = "huda", .roles = REG_STEWARD};
    return 0;
}

/* "200 the body", with all that there is; good until the next call. */
static inline const char *kit_call(enum http_method method, const char *target, const char *body)
{
    struct http_request *req =
        http_request_make(method, target, body, body != NULL ? strlen(body) : 0);
    http_request_add_header(req, "Confluent-Accept-Unknown-Properties", "true");
    http_dispatch(&kit.app, &kit.worker, req);
    snprintf(kit.answer, sizeof(kit.answer), "%d %.*s", http_status(req), (int)http_out(req)->len,
             http_out(req)->len > 0 ? (const char *)http_out(req)->data : "");
    http_request_free(&req);
    return kit.answer;
}

#define expect(method, target, body, want)                                                         \
    do {                                                                                           \
        const char *got_ = kit_call(method, target, body);                                         \
        if (strcmp(got_, want) != 0) {                                                             \
            fail_msg("%s %s:\n  got  %s\n  want %s", #method, target, got_, want);                 \
        }                                                                                          \
    } while (0)

/* want: "404 40401". The body has error_code and message and nothing else. */
#define expect_error(method, target, body, want)                                                   \
    do {                                                                                           \
        const char *got_ = kit_call(method, target, body);                                         \
        int status_ = 0;                                                                           \
        int code_ = 0;                                                                             \
        char have_[32];                                                                            \
        sscanf(got_, "%d {\"error_code\":%d,\"message\":\"", &status_, &code_);                    \
        snprintf(have_, sizeof(have_), "%d %d", status_, code_);                                   \
        if (strcmp(have_, want) != 0) {                                                            \
            fail_msg("%s %s:\n  got  %s\n  want %s", #method, target, got_, want);                 \
        }                                                                                          \
    } while (0)

/* The schema's id: of the text's row, made when there is none; and a version of it. */
static inline int kit_add(const char *subject, int version, const char *text)
{
    char number[16];
    snprintf(number, sizeof(number), "%d", version);
    const char *const values[] = {subject, number, text};
    PQclear(PQexecParams(kit.raw,
                         "INSERT INTO nrc.schema (guid, text, sha256, crc64)"
                         " SELECT md5($1)::uuid, $1, sha256(convert_to($1, 'UTF8')), 0"
                         " WHERE NOT EXISTS (SELECT FROM nrc.schema"
                         "  WHERE sha256 = sha256(convert_to($1, 'UTF8')))",
                         1, NULL, &values[2], NULL, NULL, 0));
    PGresult *res =
        PQexecParams(kit.raw,
                     "INSERT INTO nrc.subject_version (subject, version, schema_id, part)"
                     " SELECT $1, $2::int, id, 'none' FROM nrc.schema WHERE text = $3"
                     " RETURNING schema_id",
                     3, NULL, values, NULL, NULL, 0);
    if (PQntuples(res) != 1) {
        fail_msg("adding a version: %s", PQresultErrorMessage(res));
    }
    int id = atoi(PQgetvalue(res, 0, 0));
    PQclear(res);
    return id;
}

static inline void kit_soft_delete(const char *subject, int version)
{
    char sql[512];
    snprintf(
        sql, sizeof(sql),
        "UPDATE nrc.subject_version SET deleted_at = now() WHERE subject = '%s' AND version = %d",
        subject, version);
    raw_run(kit.raw, sql);
}

#endif
