/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/page/routes.c - see the header.
 *
 * Every answer, a refusal too, has the headers that bound what a browser does with it: it runs scripts of this server alone, is in
 * nobody's frame, and says to nobody where it was. */
#include "ops/monitor/page/routes_priv.h"

#include <stdlib.h>
#include <string.h>

#include "ops/monitor/page/asset_priv.h"
#include "ops/monitor/page/worker_priv.h"
#include "registry/access/role.h"
#include "registry/answer.h"
#include "registry/media.h"
#include "registry/routes.h"
#include "registry/session_http.h"

static const struct http_route own[] = {
    {HTTP_GET, "/", 0, ops_page_get_index, "The page."},
    {HTTP_GET, "/page/{file*}", 0, ops_page_get_asset, "A file of the page."},
    {HTTP_GET, "/session", REG_ANYONE, reg_get_session, "Who is signed in."},
    {HTTP_POST, "/session", 0, reg_post_session, "Signs in."},
    {HTTP_DELETE, "/session", REG_ANYONE, reg_delete_session, "Signs out."},
    {HTTP_GET, "/stream", REG_WATCHERS, ops_page_get_stream, "Says that something has changed."},
};

static const struct {
    const char *name;
    const char *value;
} headers[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
     "form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy",
     "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"},
};

/* A stream is of the type that a browser's EventSource asks for, which is none of the registry's. */
static int admit(struct http_request *req, unsigned roles, struct err *err)
{
    if (reg_session_authorize(req, roles, err) != 0) {
        return -1;
    }
    return strcmp(http_path(req), "/stream") == 0 ? 0 : reg_media_check(req, err);
}

/* Whoever reads an answer may sign out, and somebody else sit down: nothing of it stays in the browser. */
static void answered(struct http_request *req)
{
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        http_set_header(req, headers[i].name, headers[i].value);
    }
    if (http_answer_header(req, "Cache-Control") == NULL) {
        http_set_header(req, "Cache-Control", "no-store");
    }
    if (http_is_tls(req)) {
        http_set_header(req, "Strict-Transport-Security", "max-age=31536000");
    }
    reg_worker_answered(req);
}

static void worker_close(void *arg)
{
    struct page_worker *worker = arg;
    if (worker != NULL) {
        reg_worker_fini(&worker->reg);
        free(worker);
    }
}

static void *worker_open(void *arg, int number, struct err *err)
{
    struct page_worker *worker = calloc(1, sizeof(*worker));
    if (worker == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a worker");
        return NULL;
    }
    LIST_INIT(&worker->streams);
    if (reg_worker_init(&worker->reg, arg, number, err) != 0) {
        worker_close(worker);
        return NULL;
    }
    return worker;
}

/* Metrics are for those who watch the host: the monitor's own address has them. */
static bool is_left_out(const struct http_route *route)
{
    return strcmp(route->pattern, "/") == 0 || strcmp(route->pattern, "/metrics") == 0;
}

int ops_page_app(struct reg_shared *shared, struct http_app *out, struct http_route **routes,
                 struct err *err)
{
    reg_app(out);
    struct http_route *all = calloc(out->route_count + COUNT_OF(own), sizeof(*all));
    if (all == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the page");
    }
    size_t count = 0;
    for (size_t i = 0; i < out->route_count; i++) {
        if (!is_left_out(&out->routes[i])) {
            all[count++] = out->routes[i];
        }
    }
    memcpy(all + count, own, sizeof(own));
    out->routes = *routes = all;
    out->route_count = count + COUNT_OF(own);
    out->authorize = admit;
    out->answered = answered;
    out->tick = ops_page_tick;
    out->worker_open = worker_open;
    out->worker_close = worker_close;
    out->arg = shared;
    return 0;
}
