/* SPDX-License-Identifier: Apache-2.0
 * registry/subscriptions.c - /nrc/v1/subscriptions: who is told of what. What `nrc subscription` does, by the same storage
 * calls. An account has its own subscriptions; a steward sees and changes all. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/secret.h"
#include "registry/access/auth.h"
#include "registry/access/role.h"
#include "registry/handlers.h"
#include "registry/json_body.h"
#include "registry/json_member.h"
#include "registry/report_answer.h"
#include "registry/worker.h"
#include "storage/admin/subscription.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

enum { LIST_LIMIT = 1000, KEEP_HOURS = 24 };

static bool is_anonymous(const struct reg_principal *who)
{
    return who == NULL || strcmp(who->name, "anonymous") == 0;
}

/* Whose subscriptions are there for the request; NULL: all of them. */
static const char *owner_of(const struct http_request *req)
{
    const struct reg_principal *who = http_principal(req);
    return is_anonymous(who) || (who->roles & REG_STEWARD) != 0 ? NULL : who->name;
}

/* secret: "", or to be told with it, this once. */
static int answer(struct http_request *req, const char *name, const char *secret, int status,
                  struct err *err)
{
    const char *const params[] = {name, owner_of(req)};
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_SUBSCRIPTION, params, 2, err) : NULL;
    if (grid == NULL) {
        return -1;
    }
    int rc = 0;
    if (grid->rows == 0) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no subscription %.64s", name);
    } else {
        struct jsonw w = jsonw_to(http_out(req));
        jsonw_open(&w, '{');
        sto_grid_json_members(grid, 0, &w);
        if (*secret != '\0') {
            jsonw_key(&w, "secret");
            jsonw_str(&w, secret);
            http_set_header(req, "Cache-Control", "no-store");
        }
        jsonw_close(&w, '}');
        http_ok(req, status, "application/json");
    }
    sto_grid_free(&grid);
    return rc;
}

int reg_get_subscriptions(struct http_request *req, struct err *err)
{
    const char *const params[] = {owner_of(req)};
    return reg_answer_report(req, STO_REPORT_SUBSCRIPTIONS, params, 1, err);
}

int reg_get_subscription(struct http_request *req, struct err *err)
{
    return answer(req, http_param(req, "name"), "", 200, err);
}

int reg_get_deliveries(struct http_request *req, struct err *err)
{
    const char *name = http_param(req, "name");
    const char *const of_name[] = {name, owner_of(req)};
    char limit[16];
    snprintf(limit, sizeof(limit), "%d", LIST_LIMIT);
    const char *const params[] = {name, http_query_bool(req, "missed", false) ? "missed" : NULL,
                                  limit};
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_SUBSCRIPTION, of_name, 2, err) : NULL;
    if (grid == NULL) {
        return -1;
    }
    bool is_there = grid->rows > 0;
    sto_grid_free(&grid);
    return is_there ? reg_answer_report(req, STO_REPORT_DELIVERIES, params, 3, err)
                    : err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no subscription %.64s",
                              name);
}

/* ---- changes ---- */

static int check_url(struct http_request *req, const char *url, struct err *err)
{
    const struct reg_shared *shared = reg_worker_of(req)->shared;
    if (url == NULL) {
        return 0;
    }
    if (shared->check_url == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_REFUSED, "this registry takes no webhooks");
    }
    return shared->check_url(shared->check_url_arg, url, err);
}

/* A steward may add one for another account. */
static const char *account_of(struct http_request *req, const char *asked, struct err *err)
{
    const struct reg_principal *who = http_principal(req);
    const char *own = is_anonymous(who) ? NULL : who->name;
    if (asked != NULL && owner_of(req) != NULL && strcmp(asked, who->name) != 0) {
        err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN,
                "only a steward adds a subscription for another account");
        return NULL;
    }
    if (asked == NULL && own == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "account is missing: who subscribes?");
    }
    return asked != NULL ? asked : own;
}

int reg_post_subscription(struct http_request *req, struct err *err)
{
    const char *classes[REG_JSON_LIST_MAX];
    const char *types[REG_JSON_LIST_MAX];
    char secret[STO_WEBHOOK_SECRET_SIZE] = "";
    bool ok = true;
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    struct sto_subscription_spec spec = {
        .name = reg_json_text(json, "name", &ok, err),
        .account = reg_json_text(json, "account", &ok, err),
        .kind = reg_json_text(json, "kind", &ok, err),
        .url = reg_json_text(json, "url", &ok, err),
        .agency = reg_json_text(json, "agency", &ok, err),
        .dataset = reg_json_text(json, "dataset", &ok, err),
        .classes = classes,
        .class_count = reg_json_texts(json, "classes", classes, &ok, err),
        .types = types,
        .type_count = reg_json_texts(json, "types", types, &ok, err),
    };
    if (ok) {
        spec.account = account_of(req, spec.account, err);
        ok = spec.account != NULL && check_url(req, spec.url, err) == 0;
    }
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL && sto_subscription_add(conn, &spec, secret, err) == 0
                 ? answer(req, spec.name, secret, 201, err)
                 : -1;
    secret_wipe(secret, sizeof(secret));
    json_decref(json);
    return rc;
}

/* Takes the body; rc is what became of the change. */
static int answer_change(struct http_request *req, json_t *json, int rc, struct err *err)
{
    json_decref(json);
    return rc == 0 ? answer(req, http_param(req, "name"), "", 200, err) : -1;
}

int reg_post_subscription_disabling(struct http_request *req, struct err *err)
{
    bool ok = true;
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    const char *why = reg_json_text(json, "why", &ok, err);
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL
                 ? sto_subscription_disable(conn, http_param(req, "name"), why, owner_of(req), err)
                 : -1;
    return answer_change(req, json, rc, err);
}

int reg_post_subscription_enabling(struct http_request *req, struct err *err)
{
    int count = 0;
    json_t *json = reg_body_object(req, err);
    struct sto_conn *conn = json != NULL ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL ? sto_subscription_enable(conn, http_param(req, "name"),
                                                    reg_json_flag(json, "replay"), owner_of(req),
                                                    &count, err)
                          : -1;
    return answer_change(req, json, rc, err);
}

int reg_post_subscription_replay(struct http_request *req, struct err *err)
{
    bool ok = true;
    int count = 0;
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    const char *since = reg_json_text(json, "since", &ok, err);
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL ? sto_subscription_replay(conn, http_param(req, "name"), since,
                                                    reg_json_flag(json, "delivered"), owner_of(req),
                                                    &count, err)
                          : -1;
    return answer_change(req, json, rc, err);
}

int reg_post_subscription_rotation(struct http_request *req, struct err *err)
{
    char secret[STO_WEBHOOK_SECRET_SIZE] = "";
    const char *name = http_param(req, "name");
    bool ok = true;
    json_t *json = reg_body_object(req, err);
    if (json == NULL) {
        return -1;
    }
    int keep_hours = reg_json_number(json, "keep_old_hours", KEEP_HOURS, &ok, err);
    struct sto_conn *conn = ok ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL && sto_subscription_rotate(conn, name, keep_hours, NULL, owner_of(req),
                                                     secret, err) == 0
                 ? answer(req, name, secret, 200, err)
                 : -1;
    secret_wipe(secret, sizeof(secret));
    json_decref(json);
    return rc;
}

int reg_post_subscription_test(struct http_request *req, struct err *err)
{
    char guid[STO_GUID_SIZE] = "";
    json_t *json = reg_body_object(req, err);
    struct sto_conn *conn = json != NULL ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL
                 ? sto_subscription_test(conn, http_param(req, "name"), owner_of(req), guid, err)
                 : -1;
    json_decref(json);
    if (rc == 0) {
        struct jsonw w = jsonw_to(http_out(req));
        jsonw_open(&w, '{');
        jsonw_key(&w, "guid");
        jsonw_str(&w, guid);
        jsonw_close(&w, '}');
        http_ok(req, 202, "application/json");
    }
    return rc;
}
