/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/incident.c - nrc incident: lists and explains incidents, and closes one by hand.
 *
 * Incidents are tended first, so that a list is true where no engine runs. */
#include <inttypes.h>
#include <stdio.h>

#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/catalogue/incident.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

/* What cannot be tended (a standby takes no writes) can be looked at. */
static struct sto_conn *connect_and_tend(const struct ops_context *context, enum sto_role role,
                                         struct err *err)
{
    struct sto_conn *conn = ops_connect(context, role, err);
    if (conn != NULL && sto_incident_tend(conn, err) != 0) {
        if (!sto_conn_usable(conn)) {
            sto_conn_close(&conn);
        } else {
            err_reset(err);
        }
    }
    return conn;
}

int ops_incident_list(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    struct ops_limit limit;
    if (ops_limit_read(args, &limit, err) != 0) {
        return -1;
    }
    const char *const params[] = {ops_args_get(args, "dataset"),
                                  ops_args_has(args, "all") ? "all" : NULL, limit.text};
    struct sto_conn *conn = connect_and_tend(context, STO_ROLE_MONITOR, err);
    return ops_list_newest(context, &conn, STO_REPORT_INCIDENTS, params, 3, &limit, err);
}

/* ---- one ---- */

/* What the table says of its kind; NULL: a newer program's. */
static const struct sto_incident_row *row_of(const struct sto_grid *incident)
{
    const char *token = sto_grid_get(incident, 0, "kind");
    enum sto_incident_kind kind;
    return token != NULL && sto_incident_find(token, &kind) ? sto_incident_row(kind) : NULL;
}

static void print_json(const struct sto_grid *incident, const struct sto_grid *events,
                       struct buf *out)
{
    const struct sto_incident_row *row = row_of(incident);
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    sto_grid_json_members(incident, 0, &w);
    jsonw_key(&w, "opens_when");
    jsonw_str(&w, row != NULL ? row->opens : NULL);
    jsonw_key(&w, "closes_when");
    jsonw_str(&w, row != NULL ? sto_closes_sentence(row->closes) : NULL);
    jsonw_key(&w, "what_to_do");
    jsonw_str(&w, row != NULL ? row->remedy : NULL);
    jsonw_key(&w, "history");
    sto_grid_json(events, &w);
    jsonw_close(&w, '}');
    buf_put_u8(out, '\n');
}

static void print_people(const struct ops_context *context, const struct sto_grid *incident,
                         const struct sto_grid *events, struct buf *out)
{
    const struct sto_incident_row *row = row_of(incident);
    ops_table_print_record(incident, 0, context->terminal, out);
    if (row != NULL) {
        buf_printf(out, "\nIt opens when %s.\nWhat to do: %s.\nIt closes when %s.\n", row->opens,
                   row->remedy, sto_closes_sentence(row->closes));
    }
    buf_put_u8(out, '\n');
    ops_table_print(events, context->terminal, out);
}

int ops_incident_show(const struct ops_context *context, struct err *err)
{
    const char *const params[] = {context->args->arguments[0]};
    struct sto_grid *incident = NULL;
    struct sto_grid *events = NULL;
    struct buf out = BUF_INIT;
    int64_t id;
    int rc = -1;
    if (ops_parse_int(params[0], "ID", 1, INT64_MAX, &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = connect_and_tend(context, STO_ROLE_MONITOR, err);
    if (conn == NULL ||
        (incident = sto_report(conn, STO_REPORT_INCIDENT, params, 1, err)) == NULL ||
        (events = sto_report(conn, STO_REPORT_INCIDENT_EVENTS, params, 1, err)) == NULL) {
        goto out;
    }
    if (incident->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "incident %s not found", params[0]);
        goto out;
    }
    if (context->json) {
        print_json(incident, events, &out);
    } else {
        print_people(context, incident, events, &out);
    }
    rc = ops_print(&out, err);
out:
    buf_fini(&out);
    sto_grid_free(&events);
    sto_grid_free(&incident);
    sto_conn_close(&conn);
    return rc;
}

int ops_incident_close(const struct ops_context *context, struct err *err)
{
    const char *id_text = context->args->arguments[0];
    const char *reason = ops_args_get(context->args, "reason");
    char line[64];
    char json[64];
    int64_t id;
    if (ops_parse_int(id_text, "ID", 1, INT64_MAX, &id, err) != 0) {
        return -1;
    }
    if (*reason == '\0') {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "--reason requires a text, which is recorded");
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_STEWARD, err);
    int rc = conn != NULL ? sto_incident_close(conn, id_text, reason, err) : -1;
    sto_conn_close(&conn);
    if (rc != 0) {
        return -1;
    }
    snprintf(line, sizeof(line), "incident %" PRId64 " closed", id);
    snprintf(json, sizeof(json), "{\"closed\":%" PRId64 "}", id);
    return ops_say(context, line, json, err);
}

/* ---- the kinds ---- */

static void put_kinds_json(struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '[');
    for (int kind = 0; kind < STO_INCIDENT_COUNT; kind++) {
        const struct sto_incident_row *row = sto_incident_row((enum sto_incident_kind)kind);
        jsonw_open(&w, '{');
        jsonw_key(&w, "kind");
        jsonw_str(&w, row->token);
        jsonw_key(&w, "owner");
        jsonw_str(&w, sto_incident_owner_name(row->owner));
        jsonw_key(&w, "opens_when");
        jsonw_str(&w, row->opens);
        jsonw_key(&w, "closes_when");
        jsonw_str(&w, sto_closes_sentence(row->closes));
        jsonw_key(&w, "what_to_do");
        jsonw_str(&w, row->remedy);
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
    buf_put_u8(out, '\n');
}

void ops_put_incident_kinds(struct buf *out)
{
    for (int kind = 0; kind < STO_INCIDENT_COUNT; kind++) {
        const struct sto_incident_row *row = sto_incident_row((enum sto_incident_kind)kind);
        buf_printf(out,
                   "%s%s (of %s %s)\n  opens when   %s\n  closes when  %s\n  what to do   %s\n",
                   kind > 0 ? "\n" : "", row->token,
                   row->owner == STO_OWNER_ENGINE     ? "an"
                   : row->owner == STO_OWNER_REGISTER ? "the"
                                                      : "a",
                   sto_incident_owner_name(row->owner), row->opens,
                   sto_closes_sentence(row->closes), row->remedy);
    }
}

int ops_incident_kinds(const struct ops_context *context, struct err *err)
{
    struct buf out = BUF_INIT;
    if (context->json) {
        put_kinds_json(&out);
    } else {
        ops_put_incident_kinds(&out);
    }
    int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}
