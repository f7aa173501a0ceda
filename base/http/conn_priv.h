/* SPDX-License-Identifier: Apache-2.0
 * base/http/conn_priv.h - the connections of one worker.
 *
 * Files, each knows those before it: stream.c, conn_end.c, conn.c, conn_open.c.
 * Thread: the worker's. All workers share struct http_shared; only its atomics, its budget and its TLS
 * change after the start. */
#ifndef BASE_HTTP_CONN_PRIV_H
#define BASE_HTTP_CONN_PRIV_H

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sys/queue.h>

#include "base/http/budget_priv.h"
#include "base/http/read.h"
#include "base/http/request_priv.h"
#include "base/http/tls_priv.h"

struct http_shared {
    struct http_options options;
    struct http_app app;
    struct http_tls tls;       /* used when options name a certificate */
    struct http_budget bodies; /* of requests that have not arrived whole */
    _Atomic bool draining;
    _Atomic int drain_ms;
};

struct http_conn;

struct http_conns {
    struct http_shared *shared;
    struct event_base *base;
    struct http_request req; /* for requests that arrive whole */
    void *app_worker;
    LIST_HEAD(, http_conn) list;
    size_t count;
    bool draining;
    void (*ended)(void *arg); /* one is freed: its slot is free */
    void *arg;

    _Atomic uint64_t requests; /* any thread reads these five */
    _Atomic uint64_t refused;
    _Atomic uint64_t now;
    _Atomic uint64_t streams;
    _Atomic uint64_t by_class[6];
};

enum http_conn_state {
    CONN_HANDSHAKE,
    CONN_IDLE,
    CONN_READING,
    CONN_WRITING,
    CONN_STREAMING,
    CONN_LINGER
};

struct http_conn {
    LIST_ENTRY(http_conn) link;
    struct http_conns *conns;
    struct bufferevent *stream;
    SSL *ssl; /* the stream's; NULL: without TLS */
    int fd;   /* the stream's */
    struct event *deadline;
    struct event *linger;
    struct http_reader reader;
    struct http_request *waiting; /* admitted, its body is still to come; else NULL */
    size_t held_bytes;            /* of the budget, for that body */
    struct http_stream *sse;      /* STREAMING; else NULL */
    enum http_conn_state state;
    bool close_after; /* the answer that is being written */
    size_t unsent;    /* of it, when the deadline was set */
    bool peer_ended;
    bool told_to_continue;
    bool graced;
    char peer[INET6_ADDRSTRLEN];
    char *subject;
};

/* -- conn_end.c */
void http_conn_arm(struct http_conn *conn, int64_t ms); /* moves the deadline */
/* In libevent's buffer (its callback is still to run) or in the kernel's. */
bool http_conn_has_unread(const struct http_conn *conn);
void http_conn_let_go(struct http_conn *conn); /* frees the body and its share of the budget */
/* The answer is in the kernel's hands. Frees at once when there is nothing to wait for. */
void http_conn_linger(struct http_conn *conn);
void http_conn_free(struct http_conn *conn);
void http_conns_tick(struct http_conns *conns); /* once a second: streams that are over are freed */
void http_conns_drain(struct http_conns *conns); /* frees those that owe no answer */
void http_conns_close(struct http_conns *conns); /* frees all */

/* -- conn.c: begins to serve the stream. -1: no memory. */
MUST_CHECK int http_conn_serve(struct http_conn *conn);

/* -- conn_open.c: takes fd. -1: no memory, and no connection that will end. */
MUST_CHECK int http_conn_open(struct http_conns *conns, int fd, const struct sockaddr *peer);

#endif
