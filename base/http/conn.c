/* SPDX-License-Identifier: Apache-2.0
 * base/http/conn.c - one client: bytes in, one request at a time, its answer out, in bounded time.
 *
 *   HANDSHAKE -> IDLE -> READING -> WRITING -> IDLE … -> LINGER
 *                                -> STREAMING (stream.c)
 *
 * Every state has a deadline, so that no client holds a slot by doing nothing: READING's runs from
 * the request's first byte and is not moved by the ones that follow. A second request of a
 * pipeline waits until the first one's answer is out. Nothing is read ahead of INPUT_BYTES.
 *
 * A body that does not come with its head is waited for only when the head was admitted and the
 * budget of all bodies has room for it. The admitted head is kept in a request object of
 * the connection's own: the worker's serves other connections meanwhile.
 *
 * Libevent defers callbacks, so none runs inside another call of this file, and a connection is
 * freed only at the end of one. */
#include <event2/buffer.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "base/http/answer_priv.h"
#include "base/http/conn_priv.h"

enum {
    INPUT_BYTES = 64 * 1024,
    GRACE_MS = 10,
    SLOWEST_BYTES_PER_MS = 4 /* a client that takes its answer slower is cut off */
};

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

static void count(struct http_conns *conns, const struct http_request *req)
{
    bool refused = req->bad.kind != ERR_KIND_NONE;
    atomic_fetch_add_explicit(refused ? &conns->refused : &conns->requests, 1,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&conns->by_class[req->status / 100], 1, memory_order_relaxed);
}

/* False: there is no memory to answer with, and the connection cannot go on. */
static bool write_answer(struct http_conn *conn, struct http_request *req)
{
    bool says_keep = !conn->close_after && conn->reader.minor == 0;
    struct evbuffer *bytes = evbuffer_new();
    bool done = bytes != NULL && http_answer_write(bytes, req, conn->close_after, says_keep) == 0;
    done = done && bufferevent_write_buffer(conn->stream, bytes) == 0;
    if (bytes != NULL) {
        evbuffer_free(bytes);
    }
    if (done && http_stream_take(conn, req)) {
        return true;
    }
    conn->state = CONN_WRITING;
    conn->unsent = evbuffer_get_length(bufferevent_get_output(conn->stream));
    http_conn_arm(conn, conn->conns->shared->options.request_timeout_ms);
    return done;
}

static bool send_answer(struct http_conn *conn, struct http_request *req, bool closes)
{
    struct http_conns *conns = conn->conns;
    count(conns, req);
    conn->close_after = closes || req->closes || (req->stream != NULL && !req->head) ||
                        req->bad.kind != ERR_KIND_NONE || !conn->reader.keep_alive ||
                        atomic_load(&conns->shared->draining);
    bool done = write_answer(conn, req);
    http_stream_free(&req->stream); /* one that no connection carries */
    http_conn_let_go(conn);
    return done;
}

/* failure: why the request could not be read; NULL: it was. */
static bool answer(struct http_conn *conn, const struct err *failure)
{
    struct http_conns *conns = conn->conns;
    struct http_request *req = conn->waiting != NULL ? conn->waiting : &conns->req;
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
    http_dispatch(&conns->shared->app, conns->app_worker, req);
    return send_answer(conn, req, false);
}

/* -- reading */

/* The head is there, the body is not. */
static bool admit(struct http_conn *conn)
{
    struct http_conns *conns = conn->conns;
    conn->waiting = calloc(1, sizeof(*conn->waiting));
    if (conn->waiting == NULL) {
        return false;
    }
    fill_head(conn, conn->waiting);
    fill_fields(conn, conn->waiting);
    if (!http_admit(&conns->shared->app, conns->app_worker, conn->waiting)) {
        return send_answer(conn, conn->waiting, true);
    }
    return true;
}

/* Memory for the rest of the body, or for the part received if its length is unknown. */
static bool hold_body(struct http_conn *conn)
{
    size_t bytes = http_reader_body_memory(&conn->reader);
    if (bytes > conn->held_bytes) {
        if (!http_budget_take(&conn->conns->shared->bodies, bytes - conn->held_bytes)) {
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
                "the memory for request bodies is in use: try again");
        http_set_header(conn->waiting, "Retry-After", "1");
        return answer(conn, &err);
    }
    return conn->told_to_continue || !http_reader_waits(&conn->reader) || say_go_on(conn);
}

/* False: the caller frees the connection. */
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
        http_conn_arm(conn, conn->conns->shared->options.request_timeout_ms);
    }
    if (reader->after_head && !await_body(conn)) {
        return false;
    }
    return conn->state == CONN_WRITING || conn->state == CONN_STREAMING || !conn->peer_ended;
}

static void on_read(struct bufferevent *stream, void *arg)
{
    (void)stream;
    struct http_conn *conn = arg;
    /* A client of a stream has nothing more to say. */
    if (conn->state == CONN_STREAMING ||
        ((conn->state == CONN_IDLE || conn->state == CONN_READING) && !read_input(conn))) {
        http_conn_free(conn);
    }
}

static void become_idle(struct http_conn *conn)
{
    conn->state = CONN_IDLE;
    conn->told_to_continue = false;
    conn->graced = false;
    http_conn_arm(conn, conn->conns->shared->options.idle_timeout_ms);
}

/* The output is empty: in WRITING, the answer is out. */
static void on_written(struct bufferevent *stream, void *arg)
{
    struct http_conn *conn = arg;
    if (conn->state != CONN_WRITING || evbuffer_get_length(bufferevent_get_output(stream)) > 0) {
        return;
    }
    /* The drain may have begun after the answer was made; a request that arrived meanwhile is served. */
    if (conn->close_after || (conn->conns->draining && !http_conn_has_unread(conn))) {
        http_conn_linger(conn);
        return;
    }
    http_reader_reset(&conn->reader);
    become_idle(conn);
    if (!read_input(conn)) {
        http_conn_free(conn);
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
        http_conn_free(conn);
    }
}

/* A handler may have blocked this thread past the deadline while the client's bytes lay waiting:
 * they are read first, once. */
static bool deserves_grace(struct http_conn *conn)
{
    if (conn->state >= CONN_WRITING || conn->graced || !http_conn_has_unread(conn)) {
        return false;
    }
    conn->graced = true;
    http_conn_arm(conn, GRACE_MS);
    return true;
}

/* A large answer may take its time as long as it moves. */
static bool writes_on(struct http_conn *conn)
{
    int timeout_ms = conn->conns->shared->options.request_timeout_ms;
    size_t unsent = evbuffer_get_length(bufferevent_get_output(conn->stream));
    if (conn->state != CONN_WRITING ||
        conn->unsent - unsent < (size_t)timeout_ms * SLOWEST_BYTES_PER_MS) {
        return false;
    }
    conn->unsent = unsent;
    http_conn_arm(conn, timeout_ms);
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
        http_conn_free(conn);
    }
}

int http_conn_serve(struct http_conn *conn)
{
    conn->deadline = evtimer_new(conn->conns->base, on_deadline, conn);
    if (conn->deadline == NULL) {
        return -1;
    }
    bufferevent_setcb(conn->stream, on_read, on_written, on_event, conn);
    bufferevent_setwatermark(conn->stream, EV_READ, 0, INPUT_BYTES);
    if (conn->ssl != NULL) {
        conn->state = CONN_HANDSHAKE;
        http_conn_arm(conn, conn->conns->shared->options.request_timeout_ms);
    } else {
        become_idle(conn);
    }
    bufferevent_enable(conn->stream, EV_READ | EV_WRITE);
    return 0;
}
