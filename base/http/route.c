/* SPDX-License-Identifier: Apache-2.0
 * base/http/route.c - from a request to its answer: find the route, authorize, call the
 * handler, write the failure.
 *
 * Of several routes that fit, the one with a literal where the others have a parameter wins, at
 * the first segment in which they differ; the order of the table says nothing. A parameter takes
 * exactly one segment that is not empty, "{rest*}" takes the rest, even if empty. A path that no
 * route fits is tried once more without its beginning, where that is app->under.
 *
 * Whatever a handler does, there is an answer afterwards: a body without a status, a status that
 * is none or an error without a code is ERR_BUG. */
#include <string.h>

#include "base/clock.h"
#include "base/http/request_priv.h"

/* One segment of a pattern: "subjects", "{subject}" or "{rest*}". */
struct piece {
    enum {
        PIECE_END = 0,
        PIECE_REST,
        PIECE_PARAM,
        PIECE_LITERAL
    } kind; /* the higher, the better */
    const char *text;
    size_t len;
};

static struct piece next_piece(const char **pattern)
{
    const char *from = *pattern;
    while (*from == '/') {
        from++;
    }
    size_t len = strcspn(from, "/");
    *pattern = from + len;
    if (len == 0) {
        return (struct piece){PIECE_END, from, 0};
    }
    if (len > 2 && from[0] == '{' && from[len - 1] == '}') {
        bool rest = from[len - 2] == '*';
        return (struct piece){rest ? PIECE_REST : PIECE_PARAM, from + 1, len - 2 - rest};
    }
    return (struct piece){PIECE_LITERAL, from, len};
}

static bool fits(const char *pattern, const char *const *segments, size_t count)
{
    for (size_t i = 0;; i++) {
        struct piece piece = next_piece(&pattern);
        const char *segment = i < count ? segments[i] : NULL;
        if (piece.kind == PIECE_REST) {
            return true;
        }
        if (piece.kind == PIECE_END || segment == NULL) {
            return piece.kind == PIECE_END && segment == NULL;
        }
        if (piece.kind == PIECE_PARAM && segment[0] == '\0') {
            return false;
        }
        if (piece.kind == PIECE_LITERAL &&
            (strlen(segment) != piece.len || memcmp(segment, piece.text, piece.len) != 0)) {
            return false;
        }
    }
}

/* Both fit the same path. */
static bool is_better(const char *pattern, const char *than)
{
    for (;;) {
        struct piece a = next_piece(&pattern);
        struct piece b = next_piece(&than);
        if (a.kind != b.kind) {
            return a.kind > b.kind;
        }
        if (a.kind == PIECE_END || a.kind == PIECE_REST) {
            return false;
        }
    }
}

static const struct http_route *find_route(const struct http_app *app,
                                           const struct http_request *req, unsigned *methods)
{
    const struct http_route *best = NULL;
    *methods = 0;
    for (size_t i = 0; i < app->route_count; i++) {
        const struct http_route *route = &app->routes[i];
        if (!fits(route->pattern, req->segments, req->segment_count)) {
            continue;
        }
        *methods |= route->method;
        if (route->method == req->method &&
            (best == NULL || is_better(route->pattern, best->pattern))) {
            best = route;
        }
    }
    return best;
}

static const char *tail_of(struct http_request *req, size_t from)
{
    size_t len = 0;
    for (size_t i = from; i < req->segment_count; i++) {
        len += strlen(req->segments[i]) + 1;
    }
    char *tail = arena_alloc(&req->arena, len + 1);
    if (tail == NULL) {
        return NULL;
    }
    char *at = tail;
    for (size_t i = from; i < req->segment_count; i++) {
        at = stpcpy(at, req->segments[i]);
        *at++ = '/';
    }
    tail[len > 0 ? len - 1 : 0] = '\0';
    return tail;
}

static int bind_params(struct http_request *req, const char *pattern, struct err *err)
{
    for (size_t i = 0;; i++) {
        struct piece piece = next_piece(&pattern);
        if (piece.kind == PIECE_END) {
            return 0;
        }
        if (piece.kind == PIECE_LITERAL) {
            continue;
        }
        if (req->param_count == HTTP_PARAMS_MAX) {
            return err_set(err, ERR_KIND_FATAL, ERR_BUG, "a route has more than %d parameters",
                           HTTP_PARAMS_MAX);
        }
        const char *name = arena_memdup(&req->arena, piece.text, piece.len);
        const char *value = piece.kind == PIECE_REST ? tail_of(req, i) : req->segments[i];
        if (name == NULL || value == NULL) {
            return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a request");
        }
        req->params[req->param_count++] = (struct http_pair){name, value};
        if (piece.kind == PIECE_REST) {
            return 0;
        }
    }
}

/* Binds the parameters of app->under and drops its segments: the rest is routed as if it had come
 * alone. A path that does not begin so stays as it is. */
static int enter(const struct http_app *app, struct http_request *req, struct err *err)
{
    size_t count = 0;
    const char *at = app->under != NULL ? app->under : "";
    while (next_piece(&at).kind != PIECE_END) {
        count++;
    }
    if (count == 0 || req->segment_count < count || !fits(app->under, req->segments, count)) {
        return 0;
    }
    if (bind_params(req, app->under, err) != 0) {
        return -1;
    }
    req->segment_count -= count;
    memmove(req->segments, req->segments + count, req->segment_count * sizeof(*req->segments));
    return 0;
}

static int refuse_route(struct http_request *req, unsigned methods, struct err *err)
{
    if (methods == 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_ROUTE, "no resource at this path");
    }
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {
        {HTTP_GET, "GET, HEAD"}, {HTTP_POST, "POST"}, {HTTP_PUT, "PUT"}, {HTTP_DELETE, "DELETE"}};
    const char *allow = "";
    for (size_t i = 0; i < COUNT_OF(names) && allow != NULL; i++) {
        if (methods & names[i].bit) {
            allow = arena_printf(&req->arena, "%s%s%s", allow, allow[0] != '\0' ? ", " : "",
                                 names[i].name);
        }
    }
    if (allow == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a request");
    }
    http_set_header(req, "Allow", allow);
    return err_set(err, ERR_KIND_FATAL, ERR_BAD_METHOD, "this path allows only %s", allow);
}

static int authorize(const struct http_app *app, const struct http_route *route,
                     struct http_request *req, struct err *err)
{
    if (route->roles == 0) {
        return 0;
    }
    if (app->authorize == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_FORBIDDEN, "no account has permission for this");
    }
    return app->authorize(req, route->roles, err);
}

static int check_answer(struct http_request *req, struct err *err)
{
    if (buf_failed(&req->out)) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for an answer");
    }
    if (req->misused || (req->status == 0 && req->out.len > 0)) {
        return err_set(err, ERR_KIND_FATAL, ERR_BUG, "a handler wrote an invalid answer");
    }
    if (req->status == 0) {
        req->status = 204;
    }
    return 0;
}

static int admit(const struct http_app *app, struct http_request *req, struct err *err)
{
    if (req->bad.kind != ERR_KIND_NONE) {
        *err = req->bad;
        return -1;
    }
    unsigned methods;
    req->param_count = 0;
    const struct http_route *route = find_route(app, req, &methods);
    if (methods == 0) {
        if (enter(app, req, err) != 0) {
            return -1;
        }
        route = find_route(app, req, &methods);
    }
    if (route == NULL) {
        return refuse_route(req, methods, err);
    }
    req->roles = route->roles;
    if (bind_params(req, route->pattern, err) != 0 || authorize(app, route, req, err) != 0) {
        return -1;
    }
    req->route = route;
    return 0;
}

/* The body may have turned out bad after the head was admitted. */
static int handle(struct http_request *req, struct err *err)
{
    const struct http_route *route = req->route;
    req->route = NULL;
    if (req->bad.kind != ERR_KIND_NONE) {
        *err = req->bad;
        return -1;
    }
    return route->handler(req, err) != 0 ? -1 : check_answer(req, err);
}

static void answer_failure(const struct http_app *app, struct http_request *req, struct err *err)
{
    if (err->code <= ERR_NONE || err->code >= ERR_CODE_COUNT) {
        err_set(err, ERR_KIND_FATAL, ERR_BUG, "a handler failed without an error");
    }
    http_request_clear_answer(req);
    if (app->fail != NULL) {
        app->fail(req, err);
    }
    if (req->status == 0 || req->misused || buf_failed(&req->out)) {
        http_request_clear_answer(req);
        http_ok(req, err_http_status(err->code), NULL);
    }
}

static void end(const struct http_app *app, struct http_request *req, int rc, struct err *err)
{
    if (rc != 0) {
        answer_failure(app, req, err);
    }
    if (app->answered != NULL) {
        app->answered(req);
    }
}

bool http_admit(const struct http_app *app, void *worker, struct http_request *req)
{
    struct err err = ERR_INIT;
    req->worker = worker;
    req->routed_us = clock_mono_us();
    req->roles = 0;
    http_request_clear_answer(req);
    if (admit(app, req, &err) != 0) {
        end(app, req, -1, &err);
        return false;
    }
    return true;
}

void http_dispatch(const struct http_app *app, void *worker, struct http_request *req)
{
    if (req->route != NULL || http_admit(app, worker, req)) {
        struct err err = ERR_INIT;
        int rc = handle(req, &err);
        end(app, req, rc, &err);
    }
}
