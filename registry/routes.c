/* SPDX-License-Identifier: Apache-2.0
 * registry/routes.c - all paths of the registry as one application. */
#include "registry/routes.h"

#include <pthread.h>

#include "base/buf.h"
#include "registry/answer.h"
#include "registry/media.h"
#include "registry/openapi.h"
#include "registry/permission.h"
#include "registry/worker.h"

typedef const struct http_route *route_source(size_t *count);

static route_source own_routes;

static route_source *const sources[] = {
    reg_register_routes, reg_compatibility_routes, reg_subject_routes, reg_schema_routes,
    reg_config_routes,   reg_mode_routes,          reg_agency_routes,  own_routes,
    reg_health_routes,
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

static int get_openapi(struct http_request *req, struct err *err)
{
    (void)err;
    struct http_app app;
    reg_app(&app);
    reg_openapi_put(&app, http_out(req));
    http_ok(req, 200, "application/json");
    return 0;
}

static const struct http_route *own_routes(size_t *count)
{
    static const struct http_route routes[] = {
        {HTTP_GET, "/nrc/v1/openapi.json", 0, get_openapi, "This description."},
    };
    *count = COUNT_OF(routes);
    return routes;
}
