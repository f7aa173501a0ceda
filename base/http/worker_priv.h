/* SPDX-License-Identifier: Apache-2.0
 * base/http/worker_priv.h - one thread of the server, with its listener and its connections. */
#ifndef BASE_HTTP_WORKER_PRIV_H
#define BASE_HTTP_WORKER_PRIV_H

#include <semaphore.h>

#include "base/http/conn_priv.h"
#include "base/http/slots_priv.h"

struct http_worker {
    struct http_conns conns;
    struct http_slots *slots; /* all workers' */
    struct http_waiter waiter;
    int index;
    int listen_fd; /* bound by the server, the worker's afterwards */
    pthread_t thread;
    bool has_thread;
    struct event *listening;
    struct event *woken;
    struct event *later; /* accepting again after file descriptors ran out; the end of a drain */
    struct event *tick;
    _Atomic int64_t turned_ms; /* clock_mono_ms of the last tick; any thread may read */

    sem_t started;
    struct err failure; /* of the start; written before `started` is posted */
};

void http_worker_init(struct http_worker *worker, int index, struct http_shared *shared,
                      struct http_slots *slots);
/* After the last slot was given back by any worker. */
void http_worker_fini(struct http_worker *worker);
MUST_CHECK int http_worker_start(struct http_worker *worker, struct err *err);
/* Waits until it accepts, or has failed to. */
MUST_CHECK int http_worker_await(struct http_worker *worker, struct err *err);
void http_worker_wake(struct http_worker *worker);
void http_worker_join(struct http_worker *worker);

#endif
