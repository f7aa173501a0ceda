/* SPDX-License-Identifier: Apache-2.0
 * registry/sources_http.c - /nrc/v1/sources and /nrc/v1/overview: what each source is now, as `nrc monitor` found it. What `nrc
 * status --json` prints, by the same reports. An agency's account reads of what its agency answers for; another's is not there. */
#include <string.h>

#include "base/http/http.h"
#include "base/jsonw.h"
#include "registry/access/auth.h"
#include "registry/query.h"
#include "registry/room_handlers.h"
#include "registry/worker.h"
#include "storage/report/json.h"

enum { CENTER_ONLY = 2 /* the last columns of STO_REPORT_OVERVIEW */ };

static const char *agency_of(const struct http_request *req)
{
    const struct reg_principal *who = http_principal(req);
    return who != NULL ? who->agency : NULL;
}

static int check_cursor(const char *cursor, struct err *err)
{
    const size_t digits = cursor != NULL ? strspn(cursor, "0123456789") : 1;
    return digits > 0 && digits <= 18 && (cursor == NULL || cursor[digits] == '\0')
               ? 0
               : err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST,
                         "changed_since is a cursor of an answer before, not %.40s", cursor);
}

/* The cursor is read first: what changes meanwhile is told twice, rather than never. */
int reg_get_sources(struct http_request *req, struct err *err)
{
    const char *const params[] = {agency_of(req), reg_given(http_query(req, "agency")),
                                  reg_given(http_query(req, "status")),
                                  reg_given(http_query(req, "changed_since"))};
    struct sto_grid *sources = NULL;
    struct sto_conn *conn = check_cursor(params[3], err) == 0 ? reg_conn(req, err) : NULL;
    struct sto_grid *cursor =
        conn != NULL ? sto_report(conn, STO_REPORT_SOURCES_CURSOR, NULL, 0, err) : NULL;
    if (cursor != NULL) {
        sources = sto_report(conn, STO_REPORT_SOURCES, params, COUNT_OF(params), err);
    }
    if (sources != NULL) {
        struct jsonw w = jsonw_to(http_out(req));
        jsonw_open(&w, '{');
        sto_grid_json_members(cursor, 0, &w);
        jsonw_key(&w, "sources");
        sto_grid_json(sources, &w);
        jsonw_close(&w, '}');
        http_ok(req, 200, "application/json");
    }
    const int rc = sources != NULL ? 0 : -1;
    sto_grid_free(&cursor);
    sto_grid_free(&sources);
    return rc;
}

/* NULL: FATAL ERR_NOT_FOUND, for another agency's too. */
static struct sto_grid *find_source(struct http_request *req, struct sto_conn *conn,
                                    struct err *err)
{
    const char *const params[] = {agency_of(req), http_param(req, "dataset")};
    struct sto_grid *grid = sto_report(conn, STO_REPORT_SOURCE, params, COUNT_OF(params), err);
    if (grid != NULL && grid->rows == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no source %.100s", params[1]);
        sto_grid_free(&grid);
    }
    return grid;
}

int reg_get_source(struct http_request *req, struct err *err)
{
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *grid = conn != NULL ? find_source(req, conn, err) : NULL;
    if (grid == NULL) {
        return -1;
    }
    struct jsonw w = jsonw_to(http_out(req));
    sto_grid_json_record(grid, 0, &w);
    http_ok(req, 200, "application/json");
    sto_grid_free(&grid);
    return 0;
}

int reg_get_source_series(struct http_request *req, struct err *err)
{
    const char *span = reg_given(http_query(req, "span"));
    const bool is_week = span != NULL && strcmp(span, "week") == 0;
    const char *const params[] = {http_param(req, "dataset"), is_week ? "week" : "hour"};
    if (span != NULL && !is_week && strcmp(span, "hour") != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_REQUEST, "span is hour or week, not %.40s",
                       span);
    }
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *source = conn != NULL ? find_source(req, conn, err) : NULL;
    struct sto_grid *points = NULL;
    if (source != NULL) {
        points = sto_report(conn, STO_REPORT_SOURCE_SERIES, params, COUNT_OF(params), err);
    }
    sto_grid_free(&source);
    if (points == NULL) {
        return -1;
    }
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    jsonw_number(&w, "step_s", is_week ? 300 : 60);
    jsonw_key(&w, "points");
    sto_grid_json(points, &w);
    jsonw_close(&w, '}');
    http_ok(req, 200, "application/json");
    sto_grid_free(&points);
    return 0;
}

int reg_get_overview(struct http_request *req, struct err *err)
{
    const char *agency = agency_of(req);
    struct sto_conn *conn = reg_conn(req, err);
    struct sto_grid *grid =
        conn != NULL ? sto_report(conn, STO_REPORT_OVERVIEW, &agency, 1, err) : NULL;
    if (grid == NULL) {
        return -1;
    }
    if (agency != NULL) {
        sto_grid_cut(grid, grid->cols - CENTER_ONLY);
    }
    struct jsonw w = jsonw_to(http_out(req));
    sto_grid_json_record(grid, 0, &w);
    http_ok(req, 200, "application/json");
    sto_grid_free(&grid);
    return 0;
}
