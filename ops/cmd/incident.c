/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/incident.c - nrc incident: lists and explains incidents, and closes one by hand. What people do besides:
 * incident_work.c.
 *
 * Incidents are tended first, so that a list is true where no engine runs. */
#include <inttypes.h>
#include <stdio.h>

#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/catalogue/incident.h"
#include "storage/report/incident.h"
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

static int check_kind(const char *kind, struct err *err)
{
    enum sto_incident_kind known;
    return kind == NULL || sto_incident_find(kind, &known)
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                         "there is no kind %.60s: nrc incident kinds lists them", kind);
}

int ops_incident_list(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    struct ops_limit limit;
    const struct sto_incident_filter filter = {
        .dataset = ops_args_get(args, "dataset"),
        .is_over = ops_args_has(args, "all"),
        .state = ops_args_get(args, "state"),
        .kind = ops_args_get(args, "kind"),
        .assigned_to = ops_args_get(args, "assigned-to"),
        .limit = limit.text,
    };
    if (ops_limit_read(args, &limit, err) != 0 || check_kind(filter.kind, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = connect_and_tend(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_incident_rows(conn, STO_REPORT_INCIDENTS, &filter, err) : NULL;
    if (grid != NULL && grid->rows == 0 && filter.dataset != NULL &&
        ops_check_there(conn, STO_REPORT_DATASET, "dataset", filter.dataset, err) != 0) {
        sto_grid_free(&grid);
    }
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_newest(context, &grid, &limit, err) : -1;
}

/* ---- one ---- */

struct shown {
    struct sto_grid *incident;
    struct sto_grid *events;
    struct sto_grid *told;
};

/* What the table says of its kind; NULL: a newer program's. */
static const struct sto_incident_row *row_of(const struct sto_grid *incident)
{
    const char *token = sto_grid_get(incident, 0, "kind");
    enum sto_incident_kind kind;
    return token != NULL && sto_incident_find(token, &kind) ? sto_incident_row(kind) : NULL;
}

static void print_json(const struct shown *shown, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    sto_grid_json_members(shown->incident, 0, &w);
    sto_incident_put_words(sto_grid_get(shown->incident, 0, "kind"), &w);
    jsonw_key(&w, "history");
    sto_grid_json(shown->events, &w);
    jsonw_key(&w, "told");
    sto_grid_json(shown->told, &w);
    jsonw_close(&w, '}');
    buf_put_u8(out, '\n');
}

static void print_people(const struct ops_context *context, const struct shown *shown,
                         struct buf *out)
{
    const struct sto_incident_row *row = row_of(shown->incident);
    ops_table_print_record(shown->incident, 0, context->terminal, out);
    if (row != NULL) {
        buf_printf(out, "\nIt opens when %s.\nWhat to do: %s.\nIt closes when %s.\n", row->opens,
                   row->remedy, sto_closes_sentence(row->closes));
    }
    buf_put_u8(out, '\n');
    ops_table_print(shown->events, context->terminal, out);
    if (shown->told->rows > 0) {
        buf_put_u8(out, '\n');
        ops_table_print(shown->told, context->terminal, out);
    }
}

static int load(struct sto_conn *conn, const char *id, struct shown *out, struct err *err)
{
    const char *const params[] = {id, NULL};
    if ((out->incident = sto_report(conn, STO_REPORT_INCIDENT, params, 2, err)) == NULL ||
        (out->events = sto_report(conn, STO_REPORT_INCIDENT_EVENTS, params, 1, err)) == NULL ||
        (out->told = sto_report(conn, STO_REPORT_INCIDENT_TOLD, params, 2, err)) == NULL) {
        return -1;
    }
    return out->incident->rows > 0
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "incident %s not found", id);
}

int ops_incident_show(const struct ops_context *context, struct err *err)
{
    const char *id_text = context->args->arguments[0];
    struct shown shown = {NULL, NULL, NULL};
    struct buf out = BUF_INIT;
    int64_t id;
    int rc = -1;
    if (ops_parse_int(id_text, "ID", 1, INT64_MAX, &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = connect_and_tend(context, STO_ROLE_MONITOR, err);
    if (conn != NULL && load(conn, id_text, &shown, err) == 0) {
        if (context->json) {
            print_json(&shown, &out);
        } else {
            print_people(context, &shown, &out);
        }
        rc = ops_print(&out, err);
    }
    buf_fini(&out);
    sto_grid_free(&shown.told);
    sto_grid_free(&shown.events);
    sto_grid_free(&shown.incident);
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
        jsonw_text(&w, "kind", row->token);
        jsonw_number(&w, "severity", row->severity);
        sto_incident_put_words(row->token, &w);
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
                   "%s%s (of %s %s; severity %d)\n  opens when   %s\n  closes when  %s\n"
                   "  what to do   %s\n",
                   kind > 0 ? "\n" : "", row->token,
                   row->owner == STO_OWNER_ENGINE     ? "an"
                   : row->owner == STO_OWNER_REGISTER ? "the"
                                                      : "a",
                   sto_incident_owner_name(row->owner), (int)row->severity, row->opens,
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
