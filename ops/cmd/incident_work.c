/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/incident_work.c - nrc incident ack, assign, comment: whose an incident is, and what was found; handover: what the next shift
 * must know. */
#include <inttypes.h>
#include <stdio.h>

#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/admin/incident.h"
#include "storage/report/handover.h"

/* done: "acknowledged". */
static int say(const struct ops_context *context, const char *done, int64_t id, struct err *err)
{
    char line[64];
    char json[64];
    snprintf(line, sizeof(line), "incident %" PRId64 " %s", id, done);
    snprintf(json, sizeof(json), "{\"%s\":%" PRId64 "}", done, id);
    return ops_say(context, line, json, err);
}

static int read_id(const struct ops_context *context, int64_t *id, struct err *err)
{
    return ops_parse_int(context->args->arguments[0], "ID", 1, INT64_MAX, id, err);
}

int ops_incident_ack(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    int64_t id;
    if (read_id(context, &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? sto_incident_acknowledge(conn, id, ops_args_get(args, "reason"), NULL,
                                                     ops_args_get(args, "account"), err)
                          : -1;
    sto_conn_close(&conn);
    return rc == 0 ? say(context, "acknowledged", id, err) : -1;
}

int ops_incident_assign(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *to = ops_args_get(args, "to");
    int64_t id;
    if (read_id(context, &id, err) != 0) {
        return -1;
    }
    if ((to != NULL) == ops_args_has(args, "to-nobody")) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "say --to ACCOUNT or --to-nobody");
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? sto_incident_assign(conn, id, to, ops_args_get(args, "reason"),
                                                ops_args_get(args, "account"), err)
                          : -1;
    sto_conn_close(&conn);
    return rc == 0 ? say(context, "assigned", id, err) : -1;
}

int ops_incident_comment(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    int64_t id;
    if (read_id(context, &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? sto_incident_comment(conn, id, args->arguments[1], NULL,
                                                 ops_args_get(args, "account"), err)
                          : -1;
    sto_conn_close(&conn);
    return rc == 0 ? say(context, "commented", id, err) : -1;
}

/* ---- the next shift ---- */

static void print_people(const struct ops_context *context, const struct sto_handover *handover,
                         struct buf *out)
{
    buf_printf(out, "%s\n%s\n", handover->sentence, handover->sentence_ar);
    for (int part = 0; part < STO_HANDOVER_PARTS; part++) {
        if (handover->parts[part]->rows > 0) {
            buf_printf(out, "\n%s\n", sto_handover_part_name((enum sto_handover_part)part));
            ops_table_print(handover->parts[part], context->terminal, out);
        }
    }
    if (handover->comments->rows > 0) {
        buf_put_str(out, "\ncomments\n");
        ops_table_print(handover->comments, context->terminal, out);
    }
}

int ops_incident_handover(const struct ops_context *context, struct err *err)
{
    struct sto_handover handover = {0};
    struct buf out = BUF_INIT;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    int rc = conn != NULL ? sto_handover_load(conn, ops_args_get(context->args, "since"), NULL,
                                              &handover, err)
                          : -1;
    sto_conn_close(&conn);
    if (rc == 0 && context->json) {
        struct jsonw w = jsonw_to(&out);
        sto_handover_json(&handover, &w);
        buf_put_u8(&out, '\n');
    } else if (rc == 0) {
        print_people(context, &handover, &out);
    }
    rc = rc == 0 ? ops_print(&out, err) : -1;
    buf_fini(&out);
    sto_handover_fini(&handover);
    return rc;
}
