/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/structure.c - nrc structure: Avro schemas of datasets, from files. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "ops/cli/file.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "ops/cmd/registered.h"
#include "registry/registration_command.h"
#include "schema/parse/parse.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

static int check_request(const struct reg_request *request, bool is_key, struct err *err)
{
    bool says_more =
        request->from != NULL || request->notice != NULL || request->accepted_count > 0;
    if (says_more && request->reason == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "--from, --notice and --accept are parts of a request: say why, with "
                       "--reason");
    }
    return is_key && request->reason != NULL
               ? err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                         "a key structure changes nothing that anybody must agree to: leave out "
                         "--reason")
               : 0;
}

static int say_registered(const struct ops_context *context, const struct reg_registered *done,
                          bool is_key, struct err *err)
{
    struct buf line = BUF_INIT;
    struct buf json = BUF_INIT;
    struct jsonw w = jsonw_to(&json);
    jsonw_open(&w, '{');
    ops_registered_put(context->args->arguments[0], is_key, done, &line, &w);
    jsonw_close(&w, '}');
    return ops_registered_say(context, &line, &json, err);
}

int ops_structure_register(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *dataset = args->arguments[0];
    bool is_key = ops_args_has(args, "key");
    struct arena arena = ARENA_INIT;
    struct reg_registered registered = {0};
    struct sto_conn *conn = NULL;
    struct buf text = BUF_INIT;
    const char *accepted[OPS_VALUES_MAX];
    const struct reg_request request = {
        .reason = ops_args_get(args, "reason"),
        .from = ops_args_get(args, "from"),
        .notice = ops_args_get(args, "notice"),
        .accepted = accepted,
        .accepted_count = ops_args_values(args, "accept", accepted),
    };
    int rc = -1;
    if (check_request(&request, is_key, err) != 0 ||
        ops_read_text(args->arguments[1], "a structure", SCH_MAX_TEXT_BYTES, &text, err) != 0) {
        goto out;
    }
    conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    if (conn == NULL) {
        goto out;
    }
    if (reg_structure_register(conn, dataset, is_key, (const char *)text.data, text.len,
                               request.reason != NULL ? &request : NULL, &arena, &registered,
                               err) != 0) {
        ops_registered_reasons(context, dataset, &registered, err);
        goto out;
    }
    rc = say_registered(context, &registered, is_key, err);
out:
    sto_conn_close(&conn);
    buf_fini(&text);
    arena_fini(&arena);
    return rc;
}

int ops_structure_list(const struct ops_context *context, struct err *err)
{
    const char *const params[] = {context->args->arguments[0]};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_STRUCTURES, params, 1, err) : NULL;
    if (grid != NULL && grid->rows == 0 && params[0] != NULL &&
        ops_check_there(conn, STO_REPORT_DATASET, "dataset or subject", params[0], err) != 0) {
        sto_grid_free(&grid);
    }
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_grid(context, &grid, err) : -1;
}

/* A file gets the text unchanged; a terminal gets control characters escaped. */
static void put_text(const struct ops_context *context, const char *text, struct buf *out)
{
    if (context->terminal) {
        ops_put_safe(text, true, out);
    } else {
        buf_put_str(out, text);
    }
    if (out->len > 0 && out->data[out->len - 1] != '\n') {
        buf_put_u8(out, '\n');
    }
}

/* A structure may serve several subjects: a row of versions each, the text once. */
static void print_structure(const struct ops_context *context, const struct sto_grid *structure,
                            const struct sto_grid *versions, struct buf *out)
{
    const char *text = sto_grid_get(structure, 0, "text");
    if (context->json) {
        struct jsonw w = jsonw_to(out);
        jsonw_open(&w, '{');
        jsonw_key(&w, "structure");
        sto_grid_json_record(structure, 0, &w);
        jsonw_key(&w, "versions");
        sto_grid_json(versions, &w);
        jsonw_close(&w, '}');
        buf_put_u8(out, '\n');
    } else if (ops_args_has(context->args, "text")) {
        put_text(context, text, out);
    } else {
        struct sto_grid without = *structure; /* the text is its last column */
        without.cols--;
        ops_table_print_record(&without, 0, context->terminal, out);
        buf_put_u8(out, '\n');
        ops_table_print(versions, context->terminal, out);
        buf_put_u8(out, '\n');
        put_text(context, text, out);
    }
}

int ops_structure_show(const struct ops_context *context, struct err *err)
{
    const char *which = context->args->arguments[0];
    bool is_id = *which != '\0' && which[strspn(which, "0123456789")] == '\0';
    const char *const params[] = {is_id ? which : NULL, is_id ? NULL : which};
    struct sto_grid *structure = NULL;
    struct sto_grid *versions = NULL;
    struct buf out = BUF_INIT;
    int64_t id;
    int rc = -1;
    if (is_id && ops_parse_int(which, "SCHEMA-ID", 1, INT32_MAX, &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    structure = conn != NULL ? sto_report(conn, STO_REPORT_STRUCTURE, params, 2, err) : NULL;
    if (structure == NULL) {
        goto out;
    }
    if (structure->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "no structure %s %.128s",
                is_id ? "has the schema id" : "is registered for a dataset or subject", which);
        goto out;
    }
    const char *const of_it[] = {sto_grid_get(structure, 0, "schema_id")};
    versions = sto_report(conn, STO_REPORT_STRUCTURE_VERSIONS, of_it, 1, err);
    if (versions != NULL) {
        print_structure(context, structure, versions, &out);
        rc = ops_print(&out, err);
    }
out:
    buf_fini(&out);
    sto_grid_free(&structure);
    sto_grid_free(&versions);
    sto_conn_close(&conn);
    return rc;
}
