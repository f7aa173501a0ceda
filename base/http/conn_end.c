/* SPDX-License-Identifier: Apache-2.0
 * base/http/conn_end.c - how a connection ends.
 *
 * LINGER: the server's side is shut, and the client's further bytes are discarded for a while. A close with
 * unread bytes would reset the connection and take the answer with it. */
#include <errno.h>
#include <event2/buffer.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/http/conn_priv.h"

enum { LINGER_MS = 2000 };

void http_conn_arm(struct http_conn *conn, int64_t ms)
{
    struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    event_add(conn->deadline, &tv);
}

bool http_conn_has_unread(const struct http_conn *conn)
{
    int waiting = 0;
    return evbuffer_get_length(bufferevent_get_input(conn->stream)) > 0 ||
           (ioctl(conn->fd, FIONREAD, &waiting) == 0 && waiting > 0);
}

void http_conn_let_go(struct http_conn *conn)
{
    http_request_free(&conn->waiting);
    if (conn->held_bytes > 0) {
        buf_fini(&conn->reader.body);
        http_budget_give(&conn->conns->shared->bodies, conn->held_bytes);
        conn->held_bytes = 0;
    }
}

void http_conn_free(struct http_conn *conn)
{
    struct http_conns *conns = conn->conns;
    LIST_REMOVE(conn, link);
    http_conn_let_go(conn);
    if (conn->sse != NULL) {
        atomic_fetch_sub_explicit(&conns->streams, 1, memory_order_relaxed);
        http_stream_free(&conn->sse);
    }
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
    conns->count--;
    atomic_fetch_sub_explicit(&conns->now, 1, memory_order_relaxed);
    conns->ended(conns->arg);
}

static void on_linger(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    struct http_conn *conn = arg;
    char scrap[16 * 1024];
    for (int i = 0; i < 16; i++) { /* then the others' turn */
        ssize_t n = recv(fd, scrap, sizeof(scrap), 0);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            http_conn_free(conn);
            return;
        }
        if (n < 0) {
            return;
        }
    }
}

void http_conn_linger(struct http_conn *conn)
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
            event_new(conn->conns->base, conn->fd, EV_READ | EV_PERSIST, on_linger, conn);
    }
    if (conn->linger == NULL || event_add(conn->linger, NULL) != 0) {
        http_conn_free(conn);
        return;
    }
    http_conn_arm(conn, LINGER_MS);
}

void http_conns_tick(struct http_conns *conns)
{
    const int64_t now_ms = clock_mono_ms();
    struct http_conn *next;
    for (struct http_conn *conn = LIST_FIRST(&conns->list); conn != NULL; conn = next) {
        next = LIST_NEXT(conn, link);
        if (conn->state == CONN_STREAMING && http_stream_tick(conn, now_ms)) {
            http_conn_free(conn);
        }
    }
}

/* -- the server's end */

void http_conns_drain(struct http_conns *conns)
{
    struct http_conn *next;
    for (struct http_conn *conn = LIST_FIRST(&conns->list); conn != NULL; conn = next) {
        next = LIST_NEXT(conn, link);
        if (conn->state == CONN_IDLE && http_conn_has_unread(conn)) {
            /* a request that is not read yet */
            http_conn_arm(conn, conns->shared->options.request_timeout_ms);
        } else if (conn->state == CONN_HANDSHAKE || conn->state == CONN_IDLE ||
                   conn->state == CONN_STREAMING) {
            http_conn_free(conn);
        }
    }
}

void http_conns_close(struct http_conns *conns)
{
    struct http_conn *next;
    for (struct http_conn *conn = LIST_FIRST(&conns->list); conn != NULL; conn = next) {
        next = LIST_NEXT(conn, link);
        http_conn_free(conn);
    }
}
