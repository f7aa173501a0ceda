/* SPDX-License-Identifier: Apache-2.0
 * base/http/conn.c - one client: bytes in, one request at a time, its answer out, in bounded time.
 *
 *   HANDSHAKE -> IDLE -> READING -> WRITING -> IDLE … -> LINGER
 *
 * Every state has a deadline, so that no client holds a slot by doing nothing: READING's runs from
 * the request's first byte and is not moved by the ones that follow. A second request of a
 * pipeline waits until the first one's answer is out. Nothing is read ahead of INPUT_BYTES.
 *
 * LINGER: we have said all, our side is shut, and what the client still sends is thrown away for a
 * while: a close with unread bytes would reset the connection and take the answer with it.
 *
 * A body that does not come with its head is waited for only when the head was admitted and the
 * budget of all bodies has room for it; what was found of the head is kept in a request object of
 * the connection's own, as the worker's serves others meanwhile.
 *
 * Callbacks are deferred by libevent, so none runs inside a call of ours, and a connection is
 * freed only at the end of one. */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/http/answer_priv.h"
#include "base/http/read.h"
#include "base/http/server_priv.h"

enum {
    INPUT_BYTES = 64 * 1024,
    LINGER_MS = 2000,
    GRACE_MS = 10,
    SLOWEST_BYTES_PER_MS = 4 /* a client that takes its answer slower is cut off */
};

enum conn_state { CONN_HANDSHAKE, CONN_IDLE, CONN_READING, CONN_WRITING, CONN_LINGER };

struct http_conn {
    LIST_ENTRY(http_conn) link;
    struct http_worker *worker;
    struct bufferevent *stream;
    SSL *ssl; /* the stream's; NULL: without TLS */
    int fd;   /* the stream's */
    struct event *deadline;
    struct event *linger;
    struct http_reader reader;
    struct http_request *waiting; /* admitted, its body is still to come; else NULL */
    size_t held_bytes;            /* of the server's budget, for that body */
    enum conn_state state;
    bool close_after; /* the answer that is being written */
    size_t unsent;    /* of it, when the deadline was set */
    bool peer_ended;
    bool told_to_continue;
    bool graced;
    char peer[INET6_ADDRSTRLEN];
    char *subject;
};

static void arm(struct http_conn *conn, int64_t ms)
{
    struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    event_add(conn->deadline, &tv);
}

/* The body, and what was kept for it. */
static void let_go(struct http_conn *conn)
{
    http_request_free(&conn->waiting);
    if (conn->held_bytes > 0) {
        buf_fini(&conn->reader.body);
        http_budget_give(&conn->worker->server->bodies, conn->held_bytes);
        conn->held_bytes = 0;
    }
}

static void conn_free(struct http_conn *conn)
{
    struct http_worker *worker = conn->worker;
    LIST_REMOVE(conn, link);
    let_go(conn);
    if (conn->linger != NULL) {
        event_free(conn->linger);
    }
    if (conn->deadline != NULL) {
        event_free(conn->deadline);
    }
    if (conn->stream != NULL) {
        bufferevent_free(conn->stream);
    }
    ERR_clear_error();
    http_reader_fini(&conn->reader);
    free(conn->subject);
    free(conn);
    http_worker_closed_one(worker);
}

/* -- the end */

static void on_linger(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    struct http_conn *conn = arg;
    char scrap[16 * 1024];
    for (int i = 0; i < 16; i++) { /* then the others' turn */
        ssize_t n = recv(fd, scrap, sizeof(scrap), 0);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            conn_free(conn);
            return;
        }
        if (n < 0) {
            return;
        }
    }
}

/* The answer is in the kernel's hands. Frees at once when there is nothing to wait for. */
static void linger(struct http_conn *conn)
{
    bufferevent_disable(conn->stream, EV_READ | EV_WRITE);
    if (conn->ssl != NULL) {
        ERR_clear_error();
        SSL_shutdown(conn->ssl);
        ERR_clear_error();
    }
    conn->state = CONN_LINGER;
    if (!conn->peer_ended && shutdown(conn->fd, SHUT_WR) == 0) {
        conn->linger =
            event_new(conn->worker->base, conn->fd, EV_READ | EV_PERSIST, on_linger, conn);
    }
    if (conn->linger == NULL || event_add(conn->linger, NULL) != 0) {
        conn_free(conn);
        return;
    }
    arm(conn, LINGER_MS);
}

/* -- a request and its answer */

static void fill_head(struct http_conn *conn, struct http_request *req)
{
    struct http_reader *reader = &conn->reader;
    http_request_reset(req);
    req->method = reader->method;
    req->head = reader->is_head;
    req->peer = conn->peer;
    req->tls = conn->ssl != NULL;
    req->tls_subject = conn->subject;
    if (reader->target > 0) {
        http_request_set_target(req, http_reader_target(reader));
    }
}

/* Again when the body is in: the reader's memory may have moved. */
static void fill_fields(struct http_conn *conn, struct http_request *req)
{
    struct http_reader *reader = &conn->reader;
    http_request_forget_headers(req);
    for (size_t i = 0; i < reader->field_count; i++) {
        http_request_put_header(req, http_reader_name(reader, i), http_reader_value(reader, i));
    }
}

static void fill_body(struct http_conn *conn, struct http_request *req)
{
    struct http_reader *reader = &conn->reader;
    req->body = buf_cstr(&reader->body);
    req->body_len = reader->body.len;
    if (buf_failed(&reader->body)) {
        err_set(&req->bad, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a request");
    }
}

static void count(struct http_worker *worker, const struct http_request *req)
{
    bool refused = req->bad.kind != ERR_KIND_NONE;
    atomic_fetch_add_explicit(refused ? &worker->refused : &worker->requests, 1,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&worker->by_class[req->status / 100], 1, memory_order_relaxed);
}

/* False: there is no memory to answer with, and the connection cannot go on. */
static bool write_answer(struct http_conn *conn, const struct http_request *req)
{
    bool says_keep = !conn->close_after && conn->reader.minor == 0;
    struct evbuffer *bytes = evbuffer_new();
    bool done = bytes != NULL && http_answer_write(bytes, req, conn->close_after, says_keep) == 0;
    done = done && bufferevent_write_buffer(conn->stream, bytes) == 0;
    if (bytes != NULL) {
        evbuffer_free(bytes);
    }
    conn->state = CONN_WRITING;
    conn->unsent = evbuffer_get_length(bufferevent_get_output(conn->stream));
    arm(conn, conn->worker->server->options.request_timeout_ms);
    return done;
}

static bool send_answer(struct http_conn *conn, const struct http_request *req, bool closes)
{
    struct http_worker *worker = conn->worker;
    count(worker, req);
    conn->close_after = closes || req->bad.kind != ERR_KIND_NONE || !conn->reader.keep_alive ||
                        atomic_load(&worker->server->draining);
    bool done = write_answer(conn, req);
    let_go(conn);
    return done;
}

/* failure: why the request could not be read; NULL: it was. */
static bool answer(struct http_conn *conn, const struct err *failure)
{
    struct http_worker *worker = conn->worker;
    struct http_request *req = conn->waiting != NULL ? conn->waiting : &worker->req;
    if (conn->waiting == NULL) {
        fill_head(conn, req);
    }
    http_request_forget_headers(req);
    if (failure != NULL) {
        req->bad = *failure;
    } else {
        fill_fields(conn, req);
        fill_body(conn, req);
    }
    http_dispatch(&worker->server->app, worker->app_worker, req);
    return send_answer(conn, req, false);
}

/* -- reading */

/* The head is there, the body is not. */
static bool admit(struct http_conn *conn)
{
    struct http_worker *worker = conn->worker;
    conn->waiting = calloc(1, sizeof(*conn->waiting));
    if (conn->waiting == NULL) {
        return false;
    }
    fill_head(conn, conn->waiting);
    fill_fields(conn, conn->waiting);
    if (!http_admit(&worker->server->app, worker->app_worker, conn->waiting)) {
        return send_answer(conn, conn->waiting, true);
    }
    return true;
}

/* Memory for what is still to come of the body, or for what has come if its length is unknown. */
static bool hold_body(struct http_conn *conn)
{
    size_t bytes = http_reader_body_memory(&conn->reader);
    if (bytes > conn->held_bytes) {
        if (!http_budget_take(&conn->worker->server->bodies, bytes - conn->held_bytes)) {
            return false;
        }
        conn->held_bytes = bytes;
        http_reader_reserve(&conn->reader);
    }
    return true;
}

static bool say_go_on(struct http_conn *conn)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    conn->told_to_continue = true;
    return bufferevent_write(conn->stream, go_on, sizeof(go_on) - 1) == 0;
}

/* Admits the head once, then holds memory for the body as it comes. */
static bool await_body(struct http_conn *conn)
{
    if (conn->waiting == NULL && !admit(conn)) {
        return false;
    }
    if (conn->waiting == NULL) {
        return true; /* refused: the answer is under way */
    }
    if (!hold_body(conn)) {
        struct err err = ERR_INIT;
        err_set(&err, ERR_KIND_RETRY, ERR_OVERLOADED,
                "the server holds as many bodies of requests as it may: try again");
        http_set_header(conn->waiting, "Retry-After", "1");
        return answer(conn, &err);
    }
    return conn->told_to_continue || !http_reader_waits(&conn->reader) || say_go_on(conn);
}

/* True: goes on. False: the caller frees the connection. */
static bool read_input(struct http_conn *conn)
{
    struct evbuffer *in = bufferevent_get_input(conn->stream);
    struct http_reader *reader = &conn->reader;
    struct err err = ERR_INIT;
    size_t len;
    while (reader->state < HTTP_READ_DONE && (len = evbuffer_get_contiguous_space(in)) > 0) {
        size_t taken = http_reader_feed(reader, evbuffer_pullup(in, (ev_ssize_t)len), len, &err);
        evbuffer_drain(in, taken);
    }
    if (reader->state >= HTTP_READ_DONE) {
        return answer(conn, reader->state == HTTP_READ_FAILED ? &err : NULL);
    }
    if (conn->state == CONN_IDLE && reader->started) {
        conn->state = CONN_READING;
        arm(conn, conn->worker->server->options.request_timeout_ms);
    }
    if (reader->after_head && !await_body(conn)) {
        return false;
    }
    return conn->state == CONN_WRITING || !conn->peer_ended;
}

static void on_read(struct bufferevent *stream, void *arg)
{
    (void)stream;
    struct http_conn *conn = arg;
    if ((conn->state == CONN_IDLE || conn->state == CONN_READING) && !read_input(conn)) {
        conn_free(conn);
    }
}

static void become_idle(struct http_conn *conn)
{
    conn->state = CONN_IDLE;
    conn->told_to_continue = false;
    conn->graced = false;
    arm(conn, conn->worker->server->options.idle_timeout_ms);
}

/* In libevent's buffer (its callback is still to run) or in the kernel's. */
static bool has_unread(struct http_conn *conn)
{
    int waiting = 0;
    return evbuffer_get_length(bufferevent_get_input(conn->stream)) > 0 ||
           (ioctl(conn->fd, FIONREAD, &waiting) == 0 && waiting > 0);
}

/* The output is empty: in WRITING, the answer is out. */
static void on_written(struct bufferevent *stream, void *arg)
{
    struct http_conn *conn = arg;
    if (conn->state != CONN_WRITING || evbuffer_get_length(bufferevent_get_output(stream)) > 0) {
        return;
    }
    /* The drain may have begun since the answer was made; what has been asked meanwhile is heard. */
    if (conn->close_after || (conn->worker->draining && !has_unread(conn))) {
        linger(conn);
        return;
    }
    http_reader_reset(&conn->reader);
    become_idle(conn);
    if (!read_input(conn)) {
        conn_free(conn);
    }
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
    (void)stream;
    struct http_conn *conn = arg;
    ERR_clear_error();
    if (what & BEV_EVENT_CONNECTED) {
        conn->subject = http_tls_peer_subject(conn->ssl);
        become_idle(conn);
    } else if ((what & BEV_EVENT_EOF) && conn->state == CONN_WRITING && conn->ssl == NULL) {
        conn->peer_ended = true; /* it has asked all it wants to, and waits for the answers */
    } else {
        conn_free(conn);
    }
}

/* A handler may have blocked this thread past the deadline while the client's bytes lay waiting:
 * they are read first, once. */
static bool deserves_grace(struct http_conn *conn)
{
    if (conn->state >= CONN_WRITING || conn->graced || !has_unread(conn)) {
        return false;
    }
    conn->graced = true;
    arm(conn, GRACE_MS);
    return true;
}

/* A large answer may take its time as long as it moves. */
static bool writes_on(struct http_conn *conn)
{
    int timeout_ms = conn->worker->server->options.request_timeout_ms;
    size_t unsent = evbuffer_get_length(bufferevent_get_output(conn->stream));
    if (conn->state != CONN_WRITING ||
        conn->unsent - unsent < (size_t)timeout_ms * SLOWEST_BYTES_PER_MS) {
        return false;
    }
    conn->unsent = unsent;
    arm(conn, timeout_ms);
    return true;
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct http_conn *conn = arg;
    if (deserves_grace(conn) || writes_on(conn)) {
        return;
    }
    struct err err = ERR_INIT;
    err_set(&err, ERR_KIND_FATAL, ERR_REQUEST_TIMEOUT, "the request did not arrive in time");
    if (conn->state != CONN_READING || !answer(conn, &err)) {
        conn_free(conn);
    }
}

/* -- the beginning */

static void name_peer(struct http_conn *conn, const struct sockaddr *peer)
{
    if (peer->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)peer;
        inet_ntop(AF_INET, &in->sin_addr, conn->peer, sizeof(conn->peer));
    } else if (peer->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)peer;
        const uint8_t *bytes = in6->sin6_addr.s6_addr;
        bool mapped = IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);
        inet_ntop(mapped ? AF_INET : AF_INET6, mapped ? bytes + 12 : bytes, conn->peer,
                  sizeof(conn->peer));
    }
}

static struct bufferevent *open_stream(struct http_conn *conn, int fd)
{
    struct http_server *server = conn->worker->server;
    const int options = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;
    if (server->options.certificate == NULL) {
        return bufferevent_socket_new(conn->worker->base, fd, options);
    }
    conn->ssl = http_server_new_ssl(server);
    struct bufferevent *stream =
        conn->ssl != NULL ? bufferevent_openssl_socket_new(conn->worker->base, fd, conn->ssl,
                                                           BUFFEREVENT_SSL_ACCEPTING, options)
                          : NULL;
    if (stream == NULL) {
        SSL_free(conn->ssl);
        conn->ssl = NULL;
    } else {
        bufferevent_openssl_set_allow_dirty_shutdown(stream, 1);
    }
    return stream;
}

void http_conn_open(struct http_worker *worker, int fd, const struct sockaddr *peer)
{
    const struct http_options *options = &worker->server->options;
    const int on = 1;
    struct http_conn *conn = calloc(1, sizeof(*conn));
    if (conn == NULL) {
        close(fd);
        http_slots_give(&worker->server->slots);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    conn->worker = worker;
    conn->fd = fd;
    name_peer(conn, peer);
    http_reader_init(&conn->reader, options->header_bytes, options->body_bytes);
    LIST_INSERT_HEAD(&worker->conns, conn, link);
    worker->conn_count++;
    atomic_fetch_add_explicit(&worker->connections_now, 1, memory_order_relaxed);

    conn->stream = open_stream(conn, fd);
    conn->deadline = evtimer_new(worker->base, on_deadline, conn);
    if (conn->stream == NULL || conn->deadline == NULL) {
        if (conn->stream == NULL) {
            close(fd);
        }
        conn_free(conn);
        return;
    }
    bufferevent_setcb(conn->stream, on_read, on_written, on_event, conn);
    bufferevent_setwatermark(conn->stream, EV_READ, 0, INPUT_BYTES);
    if (conn->ssl != NULL) {
        conn->state = CONN_HANDSHAKE;
        arm(conn, options->request_timeout_ms);
    } else {
        become_idle(conn);
    }
    bufferevent_enable(conn->stream, EV_READ | EV_WRITE);
}

/* -- the server's end */

void http_conns_drain(struct http_worker *worker)
{
    struct http_conn *next;
    for (struct http_conn *conn = LIST_FIRST(&worker->conns); conn != NULL; conn = next) {
        next = LIST_NEXT(conn, link);
        if (conn->state == CONN_IDLE && has_unread(conn)) {
            arm(conn,
                worker->server->options.request_timeout_ms); /* a request that is not read yet */
        } else if (conn->state == CONN_HANDSHAKE || conn->state == CONN_IDLE) {
            conn_free(conn);
        }
    }
}

void http_conns_close(struct http_worker *worker)
{
    struct http_conn *next;
    for (struct http_conn *conn = LIST_FIRST(&worker->conns); conn != NULL; conn = next) {
        next = LIST_NEXT(conn, link);
        conn_free(conn);
    }
}
