/* SPDX-License-Identifier: Apache-2.0
 * base/http/worker.c - a thread that accepts connections on a socket of its own and serves them.
 *
 * A connection is accepted only when a slot is held for it, so connections beyond the limit stay in
 * the kernel's listen queue. The thread takes no signal (the program's own threads do), SIGPIPE
 * among them: a client that went away is an error of a write, not the end of the process.
 *
 * Draining: the listener is closed, connections that owe no answer too; the thread ends when the
 * last one is gone or the time is over. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/http/worker_priv.h"
#include "base/log.h"

enum { LISTEN_BACKLOG = 4096, ACCEPT_AT_ONCE = 64, SHORT_OF_FILES_MS = 100, TICK_MS = 1000 };

static void wait_ms(struct event *timer, int ms)
{
    struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    event_add(timer, &tv);
}

static bool is_short_of_something(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* -1: nothing more to accept now. */
static int accept_one(struct http_worker *worker)
{
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof(peer);
    int fd =
        accept4(worker->listen_fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        if (http_conn_open(&worker->conns, fd, (struct sockaddr *)&peer) != 0) {
            http_slots_give(worker->slots);
        }
        return 0;
    }
    int error = errno;
    http_slots_give(worker->slots);
    if (is_short_of_something(error)) {
        log_warn("http_accept_failed", LOG_STR("error", strerror(error)));
        event_del(worker->listening);
        wait_ms(worker->later, SHORT_OF_FILES_MS);
    }
    return error == ECONNABORTED || error == EINTR ? 0 : -1;
}

static void on_listening(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct http_worker *worker = arg;
    for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
        if (!http_slots_take(worker->slots, &worker->waiter)) {
            event_del(worker->listening); /* until we are woken with a slot */
            return;
        }
        if (accept_one(worker) != 0) {
            return;
        }
    }
}

/* -- draining */

static void end_if_drained(struct http_worker *worker)
{
    if (worker->conns.draining && worker->conns.count == 0) {
        event_base_loopbreak(worker->conns.base);
    }
}

static void conn_ended(void *arg)
{
    struct http_worker *worker = arg;
    http_slots_give(worker->slots);
    end_if_drained(worker);
}

static void drain(struct http_worker *worker)
{
    worker->conns.draining = true;
    event_del(worker->listening);
    close(worker->listen_fd);
    worker->listen_fd = -1;
    wait_ms(worker->later, atomic_load(&worker->conns.shared->drain_ms));
    http_conns_drain(&worker->conns);
    end_if_drained(worker);
}

static void on_woken(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    struct http_worker *worker = arg;
    uint64_t count;
    ssize_t n = read(fd, &count, sizeof(count));
    (void)n;
    if (worker->conns.draining) {
        return;
    }
    if (atomic_load(&worker->conns.shared->draining)) {
        drain(worker);
    } else {
        event_add(worker->listening, NULL);
        on_listening(worker->listen_fd, EV_READ, worker); /* takes the slot that is kept for us, or
                                                             gives it back: nobody may be waiting */
    }
}

static void on_later(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct http_worker *worker = arg;
    if (worker->conns.draining) {
        event_base_loopbreak(worker->conns.base);
    } else {
        event_add(worker->listening, NULL);
    }
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct http_worker *worker = arg;
    const struct http_app *app = &worker->conns.shared->app;
    if (app->tick != NULL) {
        app->tick(worker->conns.app_worker);
    }
    http_conns_tick(&worker->conns);
    atomic_store_explicit(&worker->turned_ms, clock_mono_ms(), memory_order_relaxed);
    wait_ms(worker->tick, TICK_MS);
}

/* -- the thread */

/* Without libevent's cached time: a handler may have blocked since it was taken, and a deadline
 * counted from it would be over before it began. */
static struct event_base *new_base(void)
{
    struct event_config *config = event_config_new();
    if (config == NULL) {
        return NULL;
    }
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_NO_CACHE_TIME);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

static int open_loop(struct http_worker *worker, struct err *err)
{
    worker->conns.base = new_base();
    if (worker->conns.base != NULL) {
        worker->listening = event_new(worker->conns.base, worker->listen_fd, EV_READ | EV_PERSIST,
                                      on_listening, worker);
        worker->woken = event_new(worker->conns.base, worker->waiter.wake_fd, EV_READ | EV_PERSIST,
                                  on_woken, worker);
        worker->later = evtimer_new(worker->conns.base, on_later, worker);
        worker->tick = evtimer_new(worker->conns.base, on_tick, worker);
    }
    if (worker->listening == NULL || worker->woken == NULL || worker->later == NULL ||
        worker->tick == NULL || event_add(worker->woken, NULL) != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for an event loop");
    }
    return 0;
}

static void close_loop(struct http_worker *worker)
{
    struct event *events[] = {worker->listening, worker->woken, worker->later, worker->tick};
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        if (events[i] != NULL) {
            event_free(events[i]);
        }
    }
    if (worker->conns.base != NULL) {
        event_base_loop(worker->conns.base, EVLOOP_NONBLOCK); /* libevent's deferred frees */
        event_base_free(worker->conns.base);
    }
    if (worker->listen_fd >= 0) {
        close(worker->listen_fd);
        worker->listen_fd = -1;
    }
    http_request_fini(&worker->conns.req);
}

static int begin_listening(struct http_worker *worker, struct err *err)
{
    if (listen(worker->listen_fd, LISTEN_BACKLOG) != 0 || event_add(worker->listening, NULL) != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_IO, "listen: %s", strerror(errno));
    }
    return 0;
}

static void *run(void *arg)
{
    struct http_worker *worker = arg;
    const struct http_app *app = &worker->conns.shared->app;
    struct err err = ERR_INIT;
    bool opened = false;
    int rc = open_loop(worker, &err);
    if (rc == 0 && app->worker_open != NULL) {
        worker->conns.app_worker = app->worker_open(app->arg, worker->index, &err);
        opened = worker->conns.app_worker != NULL || err.kind == ERR_KIND_NONE;
        rc = opened ? 0 : -1;
    }
    rc = rc == 0 ? begin_listening(worker, &err) : rc;
    worker->failure = err;
    if (rc == 0) {
        on_tick(-1, 0, worker);
    }
    sem_post(&worker->started);
    if (rc == 0) {
        event_base_dispatch(worker->conns.base);
        http_conns_close(&worker->conns);
    }
    if (opened && app->worker_close != NULL) {
        app->worker_close(worker->conns.app_worker);
    }
    close_loop(worker);
    return NULL;
}

void http_worker_init(struct http_worker *worker, int index, struct http_shared *shared,
                      struct http_slots *slots)
{
    worker->conns.shared = shared;
    worker->conns.ended = conn_ended;
    worker->conns.arg = worker;
    LIST_INIT(&worker->conns.list);
    worker->slots = slots;
    worker->waiter.wake_fd = -1;
    worker->index = index;
    worker->listen_fd = -1;
    sem_init(&worker->started, 0, 0);
}

void http_worker_fini(struct http_worker *worker)
{
    if (worker->waiter.wake_fd >= 0) {
        close(worker->waiter.wake_fd);
    }
    sem_destroy(&worker->started);
}

int http_worker_start(struct http_worker *worker, struct err *err)
{
    worker->waiter.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (worker->waiter.wake_fd < 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_IO, "eventfd: %s", strerror(errno));
    }
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&worker->thread, NULL, run, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_IO, "a thread: %s", strerror(rc));
    }
    worker->has_thread = true;
    return 0;
}

int http_worker_await(struct http_worker *worker, struct err *err)
{
    while (sem_wait(&worker->started) != 0) { /* EINTR */
    }
    if (worker->failure.kind != ERR_KIND_NONE) {
        *err = worker->failure;
        return -1;
    }
    return 0;
}

void http_worker_wake(struct http_worker *worker)
{
    http_waiter_wake(&worker->waiter);
}

void http_worker_join(struct http_worker *worker)
{
    if (worker->has_thread) {
        pthread_join(worker->thread, NULL);
    } else if (worker->listen_fd >= 0) {
        close(worker->listen_fd);
    }
}
