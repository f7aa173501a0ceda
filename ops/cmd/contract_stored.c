/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/contract_stored.c - nrc contract apply, show, list: contracts in the register. */
#include <stdio.h>

#include "base/jsonw.h"
#include "ops/cli/table.h"
#include "ops/cmd/contract_text.h"
#include "ops/cmd/handlers.h"
#include "storage/admin/contract.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

/* Holds the rules against the dataset's newest structure, if it has one. */
static int judge(struct sto_conn *conn, struct ops_contract_file *file, struct err *err)
{
    struct buf structure = BUF_INIT;
    bool found = false;
    int rc = sto_contract_structure(conn, file->contract->dataset, &structure, &found, err);
    if (rc == 0 && found) {
        rc = ops_contract_judge(file, &structure, err);
    }
    buf_fini(&structure);
    return rc;
}

static int tell(const struct ops_context *context, const struct ops_contract_file *file)
{
    struct jsonw w = jsonw_to(&context->reasons->json);
    ops_contract_put_findings(file, &context->reasons->lines);
    sch_findings_json(&file->findings, &w);
    return -1;
}

static int store(const struct ops_context *context, struct sto_conn *conn,
                 const struct ops_contract_file *file, struct sto_contract_applied *applied,
                 struct err *err)
{
    struct buf model = BUF_INIT;
    sch_contract_json(file->contract, &model);
    const struct sto_contract_spec spec = {
        .dataset = file->contract->dataset,
        .text = (const char *)file->text.data,
        .contract = buf_cstr(&model),
        .why = ops_args_get(context->args, "why"),
        .try_only = ops_args_has(context->args, "dry-run"),
    };
    int rc = sto_contract_apply(conn, &spec, applied, err);
    buf_fini(&model);
    return rc;
}

static int apply(const struct ops_context *context, struct ops_contract_file *file,
                 struct sto_contract_applied *applied, struct err *err)
{
    struct sto_conn *conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    int rc = conn != NULL ? judge(conn, file, err) : -1;
    if (rc == 0) {
        rc =
            file->contract != NULL ? store(context, conn, file, applied, err) : tell(context, file);
    }
    sto_conn_close(&conn);
    return rc;
}

static void put_outcome(const struct ops_context *context, const struct ops_contract_file *file,
                        const struct sto_contract_applied *applied, struct buf *out)
{
    bool is_dry = ops_args_has(context->args, "dry-run");
    if (!context->json) {
        ops_contract_put_findings(file, out);
        buf_printf(out, "%s %s ", file->contract->dataset, applied->version);
        buf_printf(out, !applied->is_changed ? "is in force already: nothing changed\n"
                        : is_dry             ? "would be applied\n"
                                             : "applied\n");
        return;
    }
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_key(&w, "dataset");
    jsonw_str(&w, file->contract->dataset);
    jsonw_key(&w, "version");
    jsonw_str(&w, applied->version);
    jsonw_key(&w, "was");
    jsonw_str(&w, *applied->was != '\0' ? applied->was : NULL);
    jsonw_key(&w, "changed");
    jsonw_bool(&w, applied->is_changed && !is_dry);
    jsonw_key(&w, "dry_run");
    jsonw_bool(&w, is_dry);
    jsonw_key(&w, "findings");
    sch_findings_json(&file->findings, &w);
    jsonw_close(&w, '}');
    buf_put_u8(out, '\n');
}

int ops_contract_apply(const struct ops_context *context, struct err *err)
{
    struct ops_contract_file file = OPS_CONTRACT_FILE_INIT;
    struct sto_contract_applied applied = {0};
    struct buf out = BUF_INIT;
    int rc = ops_contract_load(context->args->arguments[0], NULL, &file, err);
    if (rc == 0) {
        rc = file.contract != NULL ? apply(context, &file, &applied, err) : tell(context, &file);
    }
    if (rc == 0) {
        put_outcome(context, &file, &applied, &out);
        rc = ops_print(&out, err);
    }
    buf_fini(&out);
    ops_contract_file_fini(&file);
    return rc;
}

int ops_contract_list(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    struct ops_limit limit;
    if (ops_limit_read(args, &limit, err) != 0) {
        return -1;
    }
    const char *const params[] = {ops_args_get(args, "dataset"),
                                  ops_args_has(args, "all") ? "all" : NULL, limit.text};
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    return ops_list_newest(context, &conn, STO_REPORT_CONTRACTS, params, 3, &limit, err);
}

/* Those that stand before the text and the JSON. */
enum { HEAD_COLUMNS = 9 };

static void put_stored(const struct ops_context *context, struct sto_grid *grid, struct buf *out)
{
    const char *text = sto_grid_get(grid, 0, "text");
    if (ops_args_has(context->args, "text")) {
        buf_put_str(out, text);
        return;
    }
    if (context->json) {
        struct jsonw w = jsonw_to(out);
        sto_grid_json_record(grid, 0, &w);
        buf_put_u8(out, '\n');
        return;
    }
    sto_grid_cut(grid, HEAD_COLUMNS);
    ops_table_print_record(grid, 0, context->terminal, out);
    buf_put_u8(out, '\n');
    ops_put_safe(text, true, out);
}

int ops_contract_show(const struct ops_context *context, struct err *err)
{
    const char *dataset = context->args->arguments[0];
    const char *version = context->args->arguments[1];
    const char *const params[] = {dataset, version};
    struct buf out = BUF_INIT;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_CONTRACT, params, 2, err) : NULL;
    int rc = -1;
    if (grid != NULL && grid->rows == 0) {
        if (ops_check_there(conn, STO_REPORT_DATASET, "dataset", dataset, err) == 0) {
            err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "%.100s has no contract%s%.40s", dataset,
                    version != NULL ? " of version " : "", version != NULL ? version : "");
        }
    } else if (grid != NULL) {
        put_stored(context, grid, &out);
        rc = ops_print(&out, err);
    }
    buf_fini(&out);
    sto_grid_free(&grid);
    sto_conn_close(&conn);
    return rc;
}
