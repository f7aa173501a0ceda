/* SPDX-License-Identifier: Apache-2.0
 * registry/notifications.c - /nrc/v1/notifications: what was told, and who acknowledges it (NRL-18: proof of knowledge). An
 * agency's account sees problems and violations of its own agency alone. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "registry/access/auth.h"
#include "registry/handlers.h"
#include "registry/json_body.h"
#include "registry/report_answer.h"
#include "registry/worker.h"
#include "storage/admin/subscription.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

enum { LIST_LIMIT = 1000 };

static const char *agency_of(const struct http_request *req)
{
    const struct reg_principal *who = http_principal(req);
    return who != NULL ? who->agency : NULL;
}

int reg_get_notifications(struct http_request *req, struct err *err)
{
    char limit[16];
    snprintf(limit, sizeof(limit), "%d", LIST_LIMIT);
    const char *const params[] = {
        agency_of(req), http_query(req, "dataset"),
        http_query_bool(req, "unacknowledged", false) ? "unacknowledged" : NULL, limit};
    return reg_answer_report(req, STO_REPORT_NOTIFICATIONS, params, COUNT_OF(params), err);
}

/* Who has acknowledged it is told; to whom else it went is the Center's. */
static int answer(struct http_request *req, const char *ref, struct err *err)
{
    const char *const params[] = {agency_of(req), ref};
    struct sto_grid *acknowledgements = NULL;
    int rc = -1;
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_NOTIFICATION, params, 2, err) : NULL;
    if (grid == NULL ||
        (acknowledgements = sto_report(conn, STO_REPORT_ACKNOWLEDGEMENTS, &ref, 1, err)) == NULL) {
        goto out;
    }
    if (grid->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no notification %.64s", ref);
        goto out;
    }
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    sto_grid_json_members(grid, 0, &w);
    jsonw_key(&w, "acknowledgements");
    sto_grid_json(acknowledgements, &w);
    jsonw_close(&w, '}');
    http_ok(req, 200, "application/json");
    rc = 0;
out:
    sto_grid_free(&acknowledgements);
    sto_grid_free(&grid);
    return rc;
}

int reg_get_notification(struct http_request *req, struct err *err)
{
    return answer(req, http_param(req, "id"), err);
}

/* In the name of who is logged in; an anonymous registry's client is a person at the Center. */
int reg_post_notification_ack(struct http_request *req, struct err *err)
{
    const struct reg_principal *who = http_principal(req);
    bool is_anonymous = who == NULL || strcmp(who->name, "anonymous") == 0;
    const char *ref = http_param(req, "id");
    char guid[STO_GUID_SIZE] = "";
    json_t *json = reg_body_object(req, err);
    struct sto_conn *conn = json != NULL ? reg_conn_to_change(req, err) : NULL;
    int rc = conn != NULL ? sto_notification_acknowledge(conn, ref, is_anonymous ? NULL : who->name,
                                                         guid, err)
                          : -1;
    json_decref(json);
    return rc == 0 ? answer(req, ref, err) : -1;
}
