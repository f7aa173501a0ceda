/* SPDX-License-Identifier: Apache-2.0
 * base/http/http.h - a handler's view of HTTP: a request it can read and an answer it can write, never
 * a socket.
 *
 * A request and everything reached through it belong to one worker thread and live until its answer
 * is sent. Handlers answer by http_ok or by an error: they return -1 with err set, and the
 * application's `fail` turns it into a body (status and code from base/err_table.h).
 *
 * Source: RFC 9110, RFC 9112. Paths are split at '/' before percent-decoding, so %2F stays inside
 * its segment; a trailing slash is accepted. */
#ifndef BASE_HTTP_HTTP_H
#define BASE_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

struct buf;

enum http_method {
    HTTP_GET = 1, /* a HEAD is a GET whose body is not sent */
    HTTP_POST = 2,
    HTTP_PUT = 4,
    HTTP_DELETE = 8
};

struct http_request; /* body in request_priv.h: base/ only */

/* 0: answered by http_ok (nothing written: 204). -1: err set. */
typedef int http_handler(struct http_request *req, struct err *err);

struct http_route {
    enum http_method method;
    /* "/subjects/{subject}/versions/{version}"; "{rest*}" takes the whole tail. Of several that
     * fit, a literal goes before a parameter, whatever their order. */
    const char *pattern;
    unsigned roles; /* bits of the application's own; 0: anybody, no login asked */
    http_handler *handler;
    const char *summary; /* one sentence, for the API's description */
};

struct http_app {
    const struct http_route *routes;
    size_t route_count;
    /* "/contexts/{context}": every route is there below it too, and its parameters are the
     * route's. A route that fits the whole path goes before. Optional. */
    const char *under;
    /* Authenticates and authorizes: called once for a request of a route with roles, when its head is
     * there; its body may not be yet. 0, or -1 with ERR_UNAUTHENTICATED / ERR_FORBIDDEN /
     * ERR_TOO_MANY. Calls http_set_principal. */
    int (*authorize)(struct http_request *req, unsigned roles, struct err *err);
    /* Writes the answer to a failure: of a handler, of routing (ERR_NO_ROUTE, ERR_BAD_METHOD) and
     * of reading the request (ERR_BAD_REQUEST, ERR_TOO_LARGE_BODY …; then only method and path may
     * be there). */
    void (*fail)(struct http_request *req, const struct err *err);
    /* The answer is there and not yet sent. Optional. */
    void (*answered)(struct http_request *req);
    /* Once a second, in each worker's thread: for its streams. Optional. */
    void (*tick)(void *worker);
    /* One call each per worker, in its thread; the result is http_worker(req). Optional. */
    void *(*worker_open)(void *arg, int worker, struct err *err);
    void (*worker_close)(void *worker);
    void *arg;
};

/* -- reading. All strings are NUL-terminated, decoded, hold no NUL, and live as long as the request. */
enum http_method http_method(const struct http_request *req);
const char *http_path(const struct http_request *req); /* as sent, without the query */
/* Of the pattern; "" when it has none of this name. */
const char *http_param(const struct http_request *req, const char *name);
/* The first of this name; NULL: absent. */
const char *http_query(const struct http_request *req, const char *name);
size_t http_query_count(const struct http_request *req, const char *name);
const char *http_query_nth(const struct http_request *req, const char *name, size_t n);
/* true, True, 1: true; absent: `otherwise`; anything else: false. */
bool http_query_bool(const struct http_request *req, const char *name, bool otherwise);
/* Any case; several of one name are joined by ", "; NULL: absent. */
const char *http_header(const struct http_request *req, const char *name);
const char *http_body(const struct http_request *req, size_t *len); /* "" when there is none */
const char *http_peer(const struct http_request *req);              /* "127.0.0.1" */
bool http_peer_is_loopback(const struct http_request *req);
bool http_is_tls(const struct http_request *req);
/* Of a client's certificate that was verified; or NULL. */
const char *http_tls_subject(const struct http_request *req);
/* Of the route, once it is found; 0 before, and for a route that asks nobody. */
unsigned http_roles(const struct http_request *req);
int64_t http_routed_us(const struct http_request *req); /* monotonic: when its head was there */
void *http_worker(const struct http_request *req);
void *http_principal(const struct http_request *req);
void http_set_principal(struct http_request *req, void *principal);
struct arena *http_arena(struct http_request *req); /* lives as long as the request */

/* -- answering */
struct buf *http_out(struct http_request *req); /* the body, to be written into */
/* The answer is the body written so far. type is borrowed for ever: a literal. */
void http_ok(struct http_request *req, int status, const char *type);
void http_set_header(struct http_request *req, const char *name, const char *value); /* copied */
void http_close(struct http_request *req); /* the connection ends with this answer */

/* -- an answer without an end: a stream of server-sent events (text/event-stream), on the request's connection until either side
 * ends it. The handler begins it last, and returns 0. HEAD gets the header alone. A client that does not read is cut off, a
 * quiet stream is kept alive by comments, and all end with the server.
 *
 * ended: once, in the worker's thread, when nobody may use the stream any more: also within http_stream_begin's request when it
 * fails after all, never within the calls below. */
struct http_stream; /* body in stream_priv.h */
/* NULL: FATAL ERR_NO_MEMORY, and `ended` is not called. */
MUST_CHECK struct http_stream *http_stream_begin(struct http_request *req, void (*ended)(void *arg),
                                                 void *arg, struct err *err);
/* Neither text has a line break. */
void http_stream_event(struct http_stream *stream, const char *event, const char *data);
void http_stream_end(struct http_stream *stream); /* soon */

/* -- without a socket, for tests: as if the bytes had come from 127.0.0.1 */
struct http_request *http_request_make(enum http_method method, const char *target,
                                       const char *body, size_t len);
void http_request_add_header(struct http_request *req, const char *name, const char *value);
void http_request_free(struct http_request **taken);
/* The first half of http_dispatch, for when the head is there and the body is not: finds the route and
 * authorizes. false: the refusal is the answer. true: http_dispatch asks neither again. */
bool http_admit(const struct http_app *app, void *worker, struct http_request *req);
/* Routes, authorizes, handles, and writes the failure: afterwards the answer is there. */
void http_dispatch(const struct http_app *app, void *worker, struct http_request *req);
int http_status(const struct http_request *req);
const char *http_type(const struct http_request *req);
const char *http_answer_header(const struct http_request *req, const char *name);
/* What the request's stream was given while it is still the request's; NULL: it has none. */
const struct buf *http_stream_first(const struct http_request *req);

#endif
