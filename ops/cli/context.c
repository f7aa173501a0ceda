/* SPDX-License-Identifier: Apache-2.0
 * ops/cli/context.c - used by every handler: the connection to the register, and output. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/person.h"
#include "ops/cli/progress.h"
#include "ops/cli/table.h"
#include "storage/conn/settings.h"
#include "storage/report/json.h"

/* PostgreSQL names the role that the login may not take; the hint names the remedy. */
static void hint_at_grant(struct err *err)
{
    static const char hint[] = "; an administrator must grant it: see `nrc db migrate --help`";
    size_t used = strlen(err->text);
    if (strcmp(err->sqlstate, "42501") == 0 && used + sizeof(hint) <= sizeof(err->text)) {
        memcpy(err->text + used, hint, sizeof(hint));
    }
}

static struct sto_conn *connect_within(const struct ops_context *context, enum sto_role role,
                                       struct ops_progress *progress, struct err *err)
{
    const struct conf *conf = context->conf;
    if (*conf->reg.dsn == '\0') {
        err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                "no register configured: set dsn in [register], or NRC_REGISTER_DSN");
        return NULL;
    }
    char name[64];
    char who[OPS_PERSON_SIZE];
    const struct ops_command *command = context->args->command;
    snprintf(name, sizeof(name), "nrc %s%s%s", command->noun, command->verb != NULL ? " " : "",
             command->verb != NULL ? command->verb : "");
    struct sto_conn_options options = sto_conn_settings(conf, role, name);
    options.actor = role != STO_ROLE_MONITOR ? ops_person(who, sizeof(who)) : NULL;
    if (progress != NULL) {
        options.on_wait = ops_progress_wait;
        options.on_wait_arg = progress;
        options.statement_timeout_ms = 0;
        options.deadline_ms = 0;
    }
    struct sto_conn *conn = sto_conn_open(&options, err);
    if (conn == NULL) {
        hint_at_grant(err);
    }
    return conn;
}

struct sto_conn *ops_connect(const struct ops_context *context, enum sto_role role, struct err *err)
{
    return connect_within(context, role, NULL, err);
}

struct sto_conn *ops_connect_patient(const struct ops_context *context, enum sto_role role,
                                     struct ops_progress *progress, struct err *err)
{
    return connect_within(context, role, progress, err);
}

int ops_check_there(struct sto_conn *conn, enum sto_report report, const char *what,
                    const char *name, struct err *err)
{
    struct sto_grid *grid = sto_report(conn, report, &name, 1, err);
    int rc = grid != NULL ? 0 : -1;
    if (grid != NULL && grid->rows == 0) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no %s %.128s", what, name);
    }
    sto_grid_free(&grid);
    return rc;
}

int ops_print(struct buf *out, struct err *err)
{
    if (buf_failed(out)) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the output");
    }
    if (fwrite(out->data, 1, out->len, stdout) != out->len || fflush(stdout) != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_IO, "standard output: %s", strerror(errno));
    }
    buf_reset(out);
    return 0;
}

int ops_say(const struct ops_context *context, const char *line, const char *json, struct err *err)
{
    struct buf out = BUF_INIT;
    if (context->json) {
        buf_put_str(&out, json);
    } else {
        ops_put_safe(line, true, &out);
    }
    buf_put_u8(&out, '\n');
    int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}

int ops_print_grid(const struct ops_context *context, struct sto_grid **taken, struct err *err)
{
    struct buf out = BUF_INIT;
    if (context->json) {
        struct jsonw w = jsonw_to(&out);
        sto_grid_json(*taken, &w);
        buf_put_u8(&out, '\n');
    } else if ((*taken)->rows == 0) {
        buf_put_str(&out, "none\n");
    } else {
        ops_table_print(*taken, context->terminal, &out);
    }
    int rc = ops_print(&out, err);
    buf_fini(&out);
    sto_grid_free(taken);
    return rc;
}

int ops_limit_read(const struct ops_args *args, struct ops_limit *out, struct err *err)
{
    out->rows = 50;
    if (ops_args_int(args, "limit", 1, 1000000, &out->rows, err) != 0) {
        return -1;
    }
    snprintf(out->text, sizeof(out->text), "%" PRId64, out->rows + 1);
    return 0;
}

int ops_print_newest(const struct ops_context *context, struct sto_grid **taken,
                     const struct ops_limit *limit, struct err *err)
{
    const bool has_more = (*taken)->rows > (size_t)limit->rows;
    (*taken)->rows = has_more ? (size_t)limit->rows : (*taken)->rows;
    int rc = ops_print_grid(context, taken, err);
    if (rc == 0 && has_more) {
        fprintf(stderr, "nrc: only the newest %" PRId64 " are shown; --limit shows more\n",
                limit->rows);
    }
    return rc;
}

int ops_list_newest(const struct ops_context *context, struct sto_conn **taken,
                    enum sto_report report, const char *const *params, size_t count,
                    const struct ops_limit *limit, struct err *err)
{
    const char *dataset = ops_args_get(context->args, "dataset");
    struct sto_grid *grid = *taken != NULL ? sto_report(*taken, report, params, count, err) : NULL;
    if (grid != NULL && grid->rows == 0 && dataset != NULL &&
        ops_check_there(*taken, STO_REPORT_DATASET, "dataset", dataset, err) != 0) {
        sto_grid_free(&grid);
    }
    sto_conn_close(taken);
    return grid != NULL ? ops_print_newest(context, &grid, limit, err) : -1;
}

int ops_print_record(const struct ops_context *context, struct sto_grid **taken, struct err *err)
{
    struct buf out = BUF_INIT;
    if (context->json) {
        struct jsonw w = jsonw_to(&out);
        sto_grid_json_record(*taken, 0, &w);
        buf_put_u8(&out, '\n');
    } else {
        ops_table_print_record(*taken, 0, context->terminal, &out);
    }
    int rc = ops_print(&out, err);
    buf_fini(&out);
    sto_grid_free(taken);
    return rc;
}
