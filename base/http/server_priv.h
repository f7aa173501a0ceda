/* SPDX-License-Identifier: Apache-2.0
 * base/http/server_priv.h - between the server, its workers, their connections, and TLS.
 *
 * A worker and its connections belong to one thread. What threads share: the options and the
 * application (never written), slots (its lock), the budget, the counters and `draining` (atomic), and the
 * eventfd by which a worker is woken. */
#ifndef BASE_HTTP_SERVER_PRIV_H
#define BASE_HTTP_SERVER_PRIV_H

#include <event2/event.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "base/http/request_priv.h"
#include "base/http/server.h"

struct http_worker;
struct http_conn; /* body in conn.c */
LIST_HEAD(http_conns, http_conn);

/* -- slots.c: the right to hold a connection, over all workers. Any thread. */
struct http_slots {
    pthread_mutex_t lock;
    int free;
    struct http_worker *first; /* who waits, in the order they came */
    struct http_worker **last;
};

void http_slots_init(struct http_slots *slots, int count);
void http_slots_fini(struct http_slots *slots);
/* false: the worker stands in the queue now, and is woken when a slot is kept for it. */
bool http_slots_take(struct http_slots *slots, struct http_worker *worker);
void http_slots_give(struct http_slots *slots);

/* -- budget.c: memory that may be held, over all workers. Any thread. */
struct http_budget {
    size_t most;
    _Atomic size_t held;
};

MUST_CHECK bool http_budget_take(struct http_budget *budget, size_t bytes);
void http_budget_give(struct http_budget *budget, size_t bytes);

/* -- worker.c */
struct http_worker {
    struct http_server *server;
    int index;
    pthread_t thread;
    bool has_thread;
    int listen_fd;
    int wake_fd;
    struct event_base *base;
    struct event *listening;
    struct event *woken;
    struct event *later; /* accepting again after file descriptors ran out; the end of a drain */
    struct http_conns conns;
    size_t conn_count;
    bool draining;
    struct http_request req;
    void *app_worker;

    struct http_worker *next_waiting; /* slots.lock guards these three */
    bool is_waiting;
    int slots_kept;

    bool started; /* server.lock guards these two */
    struct err failure;

    _Atomic uint64_t requests;
    _Atomic uint64_t refused;
    _Atomic uint64_t connections_now;
    _Atomic uint64_t by_class[6];
};

MUST_CHECK int http_worker_start(struct http_worker *worker, struct err *err);
void http_worker_wake(struct http_worker *worker);
void http_worker_join(struct http_worker *worker);
void http_worker_closed_one(struct http_worker *worker); /* a connection has ended */

/* -- conn.c */
void http_conn_open(struct http_worker *worker, int fd, const struct sockaddr *peer);
void http_conns_drain(struct http_worker *worker); /* closes those that owe no answer */
void http_conns_close(struct http_worker *worker); /* closes all */

/* -- tls.c */
MUST_CHECK SSL_CTX *http_tls_new(const struct http_options *options, struct err *err);
/* RFC 4514 form, allocated; NULL: no certificate (or no memory). */
char *http_tls_peer_subject(SSL *ssl);

/* -- server.c: of the certificate in force. Any worker. */
SSL *http_server_new_ssl(struct http_server *server);

struct http_server {
    struct http_options options;
    struct http_app app;
    SSL_CTX *tls; /* NULL: without, for good; else which one, lock guards */
    struct http_slots slots;
    struct http_budget bodies; /* of requests that have not arrived whole */
    int port;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    _Atomic bool draining;
    _Atomic int drain_ms;
    int worker_count;
    struct http_worker *workers;
};

#endif
