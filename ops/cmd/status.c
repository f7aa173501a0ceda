/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/status.c - nrc status: what each source is now, as `nrc monitor` found it; what GET /nrc/v1/sources answers, by the
 * same reports. */
#include "ops/cli/command.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "storage/report/json.h"
#include "storage/report/report.h"

/* What people read of the list. */
static const char *const shown[] = {"dataset", "status", "since", "sentence"};
enum { SHOWN = COUNT_OF(shown) };

static int print_list(const struct ops_context *context, struct sto_grid *all, struct err *err)
{
    struct buf out = BUF_INIT;
    enum sto_field_kind kinds[SHOWN] = {STO_FIELD_TEXT, STO_FIELD_TEXT, STO_FIELD_TEXT,
                                        STO_FIELD_TEXT};
    const char **values = arena_calloc(&all->arena, all->rows * SHOWN + 1, sizeof(*values));
    const char *names[SHOWN];
    if (values == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the sources");
    }
    for (size_t i = 0; i < SHOWN; i++) {
        names[i] = shown[i];
    }
    for (size_t row = 0; row < all->rows; row++) {
        for (size_t i = 0; i < SHOWN; i++) {
            values[row * SHOWN + i] = sto_grid_get(all, row, shown[i]);
        }
    }
    const struct sto_grid people = {
        .rows = all->rows, .cols = SHOWN, .names = names, .kinds = kinds, .values = values};
    ops_table_print(&people, context->terminal, &out);
    const int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}

static int list(const struct ops_context *context, struct sto_conn *conn, struct err *err)
{
    const char *const params[] = {NULL, ops_args_get(context->args, "agency"),
                                  ops_args_get(context->args, "status"), NULL};
    struct sto_grid *grid = sto_report(conn, STO_REPORT_SOURCES, params, COUNT_OF(params), err);
    if (grid == NULL) {
        return -1;
    }
    if (context->json) {
        struct buf out = BUF_INIT;
        struct jsonw w = jsonw_to(&out);
        sto_grid_json(grid, &w);
        buf_put_u8(&out, '\n');
        const int rc = ops_print(&out, err);
        buf_fini(&out);
        sto_grid_free(&grid);
        return rc;
    }
    const int rc = print_list(context, grid, err);
    sto_grid_free(&grid);
    return rc;
}

static void put_line(const struct sto_grid *grid, const char *label, const char *column,
                     struct buf *out)
{
    const char *value = sto_grid_get(grid, 0, column);
    if (value != NULL && *value != '\0') {
        buf_printf(out, "%s", label);
        ops_put_safe(value, false, out);
        buf_put_u8(out, '\n');
    }
}

static void print_people(const struct ops_context *context, const struct sto_grid *source,
                         const struct sto_grid *partitions, struct buf *out)
{
    put_line(source, "", "dataset", out);
    put_line(source, "status:     ", "status", out);
    put_line(source, "since:      ", "since", out);
    put_line(source, "            ", "sentence", out);
    put_line(source, "            ", "sentence_ar", out);
    put_line(source, "to do:      ", "what_to_do", out);
    put_line(source, "            ", "what_to_do_ar", out);
    put_line(source, "cause:      ", "cause_text", out);
    put_line(source, "coordinator: ", "coordinator_text", out);
    put_line(source, "tell them:  ", "tell", out);
    put_line(source, "            ", "tell_ar", out);
    put_line(source, "judged at:  ", "judged_at", out);
    buf_put_u8(out, '\n');
    ops_table_print(partitions, context->terminal, out);
}

static int show(const struct ops_context *context, struct sto_conn *conn, const char *dataset,
                struct err *err)
{
    const char *const params[] = {NULL, dataset};
    struct buf out = BUF_INIT;
    struct sto_grid *partitions = NULL;
    struct sto_grid *source =
        sto_report(conn, context->json ? STO_REPORT_SOURCE : STO_REPORT_SOURCE_TEXTS, params,
                   COUNT_OF(params), err);
    int rc = source == NULL ? -1
             : source->rows == 0
                 ? err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no source %.100s", dataset)
                 : 0;
    if (rc == 0 && context->json) {
        struct jsonw w = jsonw_to(&out);
        sto_grid_json_record(source, 0, &w);
        buf_put_u8(&out, '\n');
    } else if (rc == 0) {
        partitions = sto_report(conn, STO_REPORT_SOURCE_PARTITIONS, &dataset, 1, err);
        rc = partitions != NULL ? 0 : -1;
    }
    if (partitions != NULL) {
        print_people(context, source, partitions, &out);
    }
    rc = rc == 0 ? ops_print(&out, err) : rc;
    buf_fini(&out);
    sto_grid_free(&partitions);
    sto_grid_free(&source);
    return rc;
}

int ops_status(const struct ops_context *context, struct err *err)
{
    const char *dataset = context->args->arguments[0];
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    const int rc = conn == NULL      ? -1
                   : dataset != NULL ? show(context, conn, dataset, err)
                                     : list(context, conn, err);
    sto_conn_close(&conn);
    return rc;
}
