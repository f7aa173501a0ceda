/* SPDX-License-Identifier: Apache-2.0
 * base/http/stream_priv.h - an event stream between the handler that began it and the connection that carries it.
 *
 * Thread: the worker's. */
#ifndef BASE_HTTP_STREAM_PRIV_H
#define BASE_HTTP_STREAM_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct http_conn;
struct http_request;

struct http_stream {
    struct http_conn *conn; /* NULL: the handler has not returned yet */
    struct buf first;       /* what was put before that */
    void (*ended)(void *arg);
    void *arg;
    bool is_over;     /* closed with the next tick: never under the feet of whoever puts */
    int64_t put_ms;   /* when something was put last */
    int64_t empty_ms; /* when the kernel had last taken all */
};

/* Calls ended. */
void http_stream_free(struct http_stream **taken);

/* The header is written: the request's stream is the connection's from here on. false: it carries none (HEAD, the server's
 * end). */
bool http_stream_take(struct http_conn *conn, struct http_request *req);
/* Each second. true: the connection is to be freed. */
bool http_stream_tick(struct http_conn *conn, int64_t now_ms);

#endif
