/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd_structure.c - nrc structure: Avro schemas of datasets, from files. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "ops/command.h"
#include "ops/table.h"
#include "registry/structure.h"
#include "schema/model.h"
#include "storage/report.h"
#include "storage/report_json.h"

/* The whole file, or standard input for "-", no more than a structure may have. */
static int read_text(const char *path, struct buf *out, struct err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    const char *name = is_stdin ? "standard input" : path;
    FILE *file = is_stdin ? stdin : fopen(path, "re");
    int rc = 0;
    if (file == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_IO, "%.256s: %s", name, strerror(errno));
    }
    uint8_t *to = buf_reserve(out, SCH_MAX_TEXT_BYTES + 1);
    out->len = to != NULL ? fread(to, 1, SCH_MAX_TEXT_BYTES + 1, file) : 0;
    if (to == NULL) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a structure");
    } else if (ferror(file)) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_IO, "%.256s: %s", name, strerror(errno));
    } else if (out->len > SCH_MAX_TEXT_BYTES) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                     "%.256s: a structure has at most %d bytes", name, SCH_MAX_TEXT_BYTES);
    }
    if (!is_stdin) {
        fclose(file);
    }
    return rc;
}

int ops_structure_register(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *dataset = args->arguments[0];
    bool is_key = ops_args_has(args, "key");
    struct reg_registered registered = {0};
    struct sto_conn *conn = NULL;
    struct buf text = BUF_INIT;
    char line[192];
    char json[64];
    int rc = -1;
    if (read_text(args->arguments[1], &text, err) != 0) {
        goto out;
    }
    conn = ops_connect(context, STO_ROLE_REGISTRY, err);
    if (conn == NULL || reg_structure_register(conn, dataset, is_key, (const char *)text.data,
                                               text.len, &registered, err) != 0) {
        goto out;
    }
    snprintf(line, sizeof(line), "%.96s: %s structure version %d, schema id %d", dataset,
             is_key ? "key" : "value", (int)registered.version, (int)registered.schema_id);
    snprintf(json, sizeof(json), "{\"schema_id\":%d,\"version\":%d}", (int)registered.schema_id,
             (int)registered.version);
    rc = ops_say(context, line, json, err);
out:
    sto_conn_close(&conn);
    buf_fini(&text);
    return rc;
}

/* No row may mean no structure, or no such dataset. */
static int check_dataset(struct sto_conn *conn, const char *dataset, struct err *err)
{
    const char *const params[] = {dataset};
    struct sto_grid *grid = sto_report(conn, STO_REPORT_DATASET, params, 1, err);
    int rc = grid != NULL ? 0 : -1;
    if (grid != NULL && grid->rows == 0) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no dataset %.64s", dataset);
    }
    sto_grid_free(&grid);
    return rc;
}

int ops_structure_list(const struct ops_context *context, struct err *err)
{
    const char *const params[] = {context->args->arguments[0]};
    struct sto_grid *grid = NULL;
    int rc = -1;
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    if (conn != NULL && (params[0] == NULL || check_dataset(conn, params[0], err) == 0)) {
        grid = sto_report(conn, STO_REPORT_STRUCTURES, params, 1, err);
    }
    sto_conn_close(&conn);
    if (grid != NULL) {
        rc = ops_print_grid(context, &grid, err);
    }
    return rc;
}

/* A structure may serve several datasets: a row each, the text once. */
static void print_structure(const struct ops_context *context, const struct sto_grid *grid,
                            struct buf *out)
{
    const char *text = ops_table_value(grid, 0, "text");
    if (context->json) {
        struct jsonw w = jsonw_to(out);
        sto_grid_json(grid, &w);
    } else if (ops_args_has(context->args, "text")) {
        buf_put_str(out, text);
    } else {
        struct sto_grid without = *grid;
        for (size_t row = 0; row < grid->rows; row++) {
            without.cols = grid->cols - 1;
            without.values = grid->values + row * grid->cols;
            ops_table_print_record(&without, 0, context->terminal, out);
            buf_put_u8(out, '\n');
        }
        buf_put_str(out, text);
    }
    if (out->len > 0 && out->data[out->len - 1] != '\n') {
        buf_put_u8(out, '\n');
    }
}

int ops_structure_show(const struct ops_context *context, struct err *err)
{
    const char *const params[] = {context->args->arguments[0]};
    struct buf out = BUF_INIT;
    int64_t id;
    int rc = -1;
    if (ops_parse_int(params[0], "SCHEMA-ID", 1, INT32_MAX, &id, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_STRUCTURE, params, 1, err) : NULL;
    if (grid == NULL) {
        goto out;
    }
    if (grid->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "no structure has the schema id %s", params[0]);
        goto out;
    }
    print_structure(context, grid, &out);
    rc = ops_print(&out, err);
out:
    buf_fini(&out);
    sto_grid_free(&grid);
    sto_conn_close(&conn);
    return rc;
}
