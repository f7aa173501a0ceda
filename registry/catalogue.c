/* SPDX-License-Identifier: Apache-2.0
 * registry/catalogue.c - /nrc/v1/catalogue: the catalogue of sources as a whole, and what it lacks (NRL-5, NRL-6). What
 * `nrc catalogue export` and `nrc catalogue gaps` do. */
#include "registry/handlers.h"
#include "registry/media.h"
#include "registry/report_answer.h"
#include "registry/sources/sources.h"
#include "registry/worker.h"

/* By the query, else by Accept. */
static int take_format(struct http_request *req, enum reg_sources_format *out, struct err *err)
{
    const char *offered[REG_SOURCES_FORMAT_COUNT];
    const char *name = http_query(req, "format");
    if (name != NULL) {
        return reg_sources_format_of(name, out, err);
    }
    for (int i = 0; i < REG_SOURCES_FORMAT_COUNT; i++) {
        offered[i] = reg_sources_media_type((enum reg_sources_format)i);
    }
    int chosen = reg_media_choose(req, offered, REG_SOURCES_FORMAT_COUNT);
    if (chosen < 0 && reg_media_type(req) == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_ACCEPTABLE,
                       "HTTP 406 Not Acceptable: the catalogue is there as application/json, "
                       "text/csv, text/html and application/ld+json");
    }
    *out = chosen >= 0 ? (enum reg_sources_format)chosen : REG_SOURCES_JSON;
    return 0;
}

int reg_get_catalogue(struct http_request *req, struct err *err)
{
    const struct reg_sources_how how = {.public_url = reg_worker_of(req)->shared->public_url};
    enum reg_sources_format format = REG_SOURCES_JSON;
    struct sto_sources sources = {0};
    if (take_format(req, &format, err) != 0) {
        return -1;
    }
    struct sto_conn *conn = reg_conn(req, err);
    int rc = conn != NULL ? sto_sources_read(conn, http_query(req, "agency"), &sources, err) : -1;
    rc = rc == 0 ? reg_sources_write(&sources, format, &how, http_out(req), err) : -1;
    sto_sources_fini(&sources);
    if (rc == 0) {
        http_set_header(req, "Vary", "Accept");
        http_set_header(req, "X-Content-Type-Options", "nosniff");
        http_ok(req, 200, reg_sources_media_type(format));
    }
    return rc;
}

int reg_get_catalogue_gaps(struct http_request *req, struct err *err)
{
    const char *agency = http_query(req, "agency");
    return reg_answer_report(req, STO_REPORT_SOURCE_GAPS, &agency, 1, err);
}
