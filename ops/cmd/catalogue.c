/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/catalogue.c - nrc catalogue: the catalogue of sources as a whole (NRL-5, NRL-6). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ops/cli/command.h"
#include "ops/cli/progress.h"
#include "ops/cmd/handlers.h"
#include "registry/sources/sources.h"
#include "storage/report/report.h"
#include "storage/report/sources.h"

/* The file is whole or as it was: it is written beside, and takes the name at the end. */
static int write_file(const char *path, const struct buf *out, struct err *err)
{
    char beside[4096];
    int len = snprintf(beside, sizeof(beside), "%s.new", path);
    FILE *file = len > 0 && (size_t)len < sizeof(beside) ? fopen(beside, "we") : NULL;
    if (file == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_IO, "%.256s: %s", path, strerror(errno));
    }
    bool ok = fwrite(out->data, 1, out->len, file) == out->len;
    ok = fclose(file) == 0 && ok;
    if (!ok || rename(beside, path) != 0) {
        err_set(err, ERR_KIND_FATAL, ERR_IO, "%.256s: %s", path, strerror(errno));
        (void)remove(beside);
        return -1;
    }
    return 0;
}

int ops_catalogue_export(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    const char *name = ops_args_get(args, "format");
    const char *path = ops_args_get(args, "output");
    const struct reg_sources_how how = {.public_url = context->conf->registry.public_url,
                                        .bom = ops_args_has(args, "bom")};
    enum reg_sources_format format = REG_SOURCES_JSON;
    struct sto_sources sources = {0};
    struct buf out = BUF_INIT;
    if (name != NULL && reg_sources_format_of(name, &format, err) != 0) {
        return -1;
    }
    struct ops_progress progress;
    ops_progress_begin(&progress, context, "reading the catalogue", NULL);
    struct sto_conn *conn = ops_connect_patient(context, STO_ROLE_MONITOR, &progress, err);
    int rc =
        conn != NULL ? sto_sources_read(conn, ops_args_get(args, "agency"), &sources, err) : -1;
    ops_progress_end(&progress);
    sto_conn_close(&conn);
    rc = rc == 0 ? reg_sources_write(&sources, format, &how, &out, err) : -1;
    rc = rc != 0 ? -1 : path != NULL ? write_file(path, &out, err) : ops_print(&out, err);
    buf_fini(&out);
    sto_sources_fini(&sources);
    return rc;
}

int ops_catalogue_gaps(const struct ops_context *context, struct err *err)
{
    const char *agency = ops_args_get(context->args, "agency");
    struct ops_progress progress;
    ops_progress_begin(&progress, context, "looking for gaps", NULL);
    struct sto_conn *conn = ops_connect_patient(context, STO_ROLE_MONITOR, &progress, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_SOURCE_GAPS, &agency, 1, err) : NULL;
    if (grid != NULL && grid->rows == 0 && agency != NULL &&
        ops_check_there(conn, STO_REPORT_AGENCY, "agency", agency, err) != 0) {
        sto_grid_free(&grid);
    }
    ops_progress_end(&progress);
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_grid(context, &grid, err) : -1;
}

int ops_catalogue_lists(const struct ops_context *context, struct err *err)
{
    struct sto_conn *conn = ops_connect(context, STO_ROLE_MONITOR, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_SOURCE_LISTS, NULL, 0, err) : NULL;
    sto_conn_close(&conn);
    return grid != NULL ? ops_print_grid(context, &grid, err) : -1;
}
