/* SPDX-License-Identifier: Apache-2.0
 * registry/routes.c - all paths of the registry as one application, and what its answers look like.
 *
 * An error's body is {"error_code":N,"message":"…"} and nothing more: old clients die on extra
 * fields. */
#include "registry/routes.h"

#include <pthread.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "registry/media.h"
#include "registry/permission.h"
#include "registry/worker.h"

typedef const struct http_route *route_source(size_t *count);

static route_source *const sources[] = {
    reg_register_routes, reg_subject_routes, reg_schema_routes, reg_config_routes,
    reg_agency_routes,   reg_openapi_routes, reg_health_routes,
};

/* Filled once, then only read. */
static struct http_route table[REG_ROUTES_MAX];
static size_t filled;
static pthread_once_t fill_once = PTHREAD_ONCE_INIT;

static void fill_table(void)
{
    for (size_t s = 0; s < COUNT_OF(sources); s++) {
        size_t count;
        const struct http_route *routes = sources[s](&count);
        for (size_t i = 0; i < count && filled < REG_ROUTES_MAX; i++) {
            table[filled++] = routes[i];
        }
    }
}

/* Who asks, and then in what: a body that will not be read is not even waited for. */
static int admit(struct http_request *req, unsigned roles, struct err *err)
{
    return reg_authorize(req, roles, err) != 0 ? -1 : reg_media_check(req, err);
}

void reg_app(struct http_app *out)
{
    pthread_once(&fill_once, fill_table);
    *out = (struct http_app){
        .route_count = filled,
        .routes = table,
        .under = "/contexts/{context}",
        .authorize = admit,
        .fail = reg_fail,
        .answered = reg_worker_answered,
        .worker_open = reg_worker_open,
        .worker_close = reg_worker_close,
    };
}

/* Who takes none of ours is told so in the first of them. */
static const char *answer_type(const struct http_request *req)
{
    const char *type = reg_media_type(req);
    return type != NULL ? type : "application/vnd.schemaregistry.v1+json";
}

void reg_ok(struct http_request *req)
{
    http_ok(req, 200, answer_type(req));
}

void reg_answer_error(struct http_request *req, enum err_code code, const char *message)
{
    struct buf *out = http_out(req);
    buf_reset(out);
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_key(&w, "error_code");
    jsonw_int(&w, err_confluent_code(code));
    jsonw_key(&w, "message");
    jsonw_str(&w, message);
    jsonw_close(&w, '}');
    http_ok(req, err_http_status(code), answer_type(req));
}

/* What went wrong with the Center's own machines is for its log: libpq's words name addresses,
 * sockets and roles, and who asks may not even be logged in. */
void reg_fail(struct http_request *req, const struct err *err)
{
    bool is_ours = err_http_status(err->code) >= 500;
    if (is_ours) {
        log_warn("request_failed", LOG_STR("path", http_path(req)), LOG_ERR(err));
    }
    reg_answer_error(req, err->code, is_ours ? err_sentence(err->code) : err->text);
}
