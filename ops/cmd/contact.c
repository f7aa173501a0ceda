/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/contact.c - nrc contact: who is called when nobody acknowledges an incident; and nrc outage: what the Center announces of
 * itself to every agency. */
#include "storage/admin/contact.h"

#include <inttypes.h>
#include <stdio.h>

#include "ops/cli/command.h"
#include "ops/cmd/handlers.h"
#include "storage/report/report.h"

/* what: "contact"; done: "removed". */
static int say(const struct ops_context *context, const char *what, const char *done, int64_t id,
               struct err *err)
{
    char line[64];
    char json[64];
    snprintf(line, sizeof(line), "%s %" PRId64 " %s", what, id, done);
    snprintf(json, sizeof(json), "{\"%s\":%" PRId64 "}", done, id);
    return ops_say(context, line, json, err);
}

static int read_id(const struct ops_context *context, int64_t *id, struct err *err)
{
    return ops_parse_int(context->args->arguments[0], "ID", 1, INT32_MAX, id, err);
}

int ops_contact_list(const struct ops_context *context, struct err *err)
{
    const char *agency = ops_args_get(context->args, "agency");
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_CONTACTS, &agency, 1, err) : NULL;
    if (grid != NULL && grid->rows == 0 && agency != NULL &&
        ops_check_there(conn, STO_REPORT_AGENCY, "agency", agency, err) != 0) {
        sto_grid_free(&grid);
    }
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_grid(context, &grid, err) : -1;
}

int ops_contact_add(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const struct sto_contact_spec spec = {
        .name = args->arguments[0],
        .name_ar = ops_args_get(args, "name-ar"),
        .agency = ops_args_get(args, "agency"),
        .subscription = ops_args_get(args, "subscription"),
        .email = ops_args_get(args, "email"),
        .account = ops_args_get(args, "account"),
        .days = ops_args_get(args, "days"),
        .hours = ops_args_get(args, "hours"),
        .is_on_holidays = ops_args_has(args, "holidays"),
        .is_always = ops_args_has(args, "always"),
        .is_head = ops_args_has(args, "head"),
    };
    int64_t id = 0;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? sto_contact_add(conn, &spec, &id, err) : -1;
    sto_conn_close(&conn);
    return rc == 0 ? say(context, "contact", "added", id, err) : -1;
}

int ops_contact_remove(const struct ops_context *context, struct err *err)
{
    int64_t id;
    if (read_id(context, &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? sto_contact_remove(conn, id, ops_args_get(context->args, "reason"), err)
                          : -1;
    sto_conn_close(&conn);
    return rc == 0 ? say(context, "contact", "removed", id, err) : -1;
}

int ops_contact_move(const struct ops_context *context, struct err *err)
{
    int64_t id;
    int64_t to = 0;
    if (read_id(context, &id, err) != 0 ||
        ops_args_int(context->args, "to", 1, 100000, &to, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? sto_contact_move(conn, id, to, err) : -1;
    sto_conn_close(&conn);
    return rc == 0 ? say(context, "contact", "moved", id, err) : -1;
}

int ops_outage_list(const struct ops_context *context, struct err *err)
{
    struct ops_limit limit;
    if (ops_limit_read(context->args, &limit, err) != 0) {
        return -1;
    }
    const char *const params[] = {ops_args_has(context->args, "all") ? "all" : NULL, limit.text};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_OUTAGES, params, 2, err) : NULL;
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_newest(context, &grid, &limit, err) : -1;
}

int ops_outage_announce(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    int64_t id = 0;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL
                 ? sto_outage_announce(conn, ops_args_get(args, "from"),
                                       ops_args_get(args, "until"), ops_args_get(args, "reason"),
                                       ops_args_get(args, "reason-ar"), &id, err)
                 : -1;
    sto_conn_close(&conn);
    return rc == 0 ? say(context, "outage", "announced", id, err) : -1;
}

int ops_outage_withdraw(const struct ops_context *context, struct err *err)
{
    int64_t id;
    if (read_id(context, &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL
                 ? sto_outage_withdraw(conn, id, ops_args_get(context->args, "reason"), err)
                 : -1;
    sto_conn_close(&conn);
    return rc == 0 ? say(context, "outage", "withdrawn", id, err) : -1;
}
