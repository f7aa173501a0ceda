/* SPDX-License-Identifier: Apache-2.0
 * base/http/stream.c - answers without an end: server-sent events.
 *
 * The stream has no length and no chunks: it ends with its connection, which every proxy understands. What a client does not
 * take is held up to STREAM_BYTES here and SOCKET_BYTES in the kernel; then, or after STUCK_MS in which it never took all, it is
 * closed, and a browser comes back by itself. A comment each COMMENT_MS keeps proxies from closing what is quiet, and finds a
 * client that is gone.
 *
 * Source: WHATWG HTML, "Server-sent events". */
#include <event2/buffer.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/http/conn_priv.h"

enum {
    STREAM_BYTES = 16 * 1024,
    SOCKET_BYTES = 16 * 1024,
    COMMENT_MS = 15 * 1000,
    RETRY_MS = 2000, /* a browser whose stream has ended waits so long */
    STUCK_MS = 30 * 1000
};

/* -- the handler's side */

struct http_stream *http_stream_begin(struct http_request *req, void (*ended)(void *arg), void *arg,
                                      struct err *err)
{
    struct http_stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a stream");
        return NULL;
    }
    stream->ended = ended;
    stream->arg = arg;
    stream->put_ms = clock_mono_ms();
    http_stream_free(&req->stream);
    req->stream = stream;
    buf_printf(&stream->first, "retry: %d\n\n", RETRY_MS);
    http_ok(req, 200, "text/event-stream; charset=utf-8");
    return stream;
}

static void put(struct http_stream *stream, const char *text, size_t len)
{
    if (stream->conn == NULL) {
        stream->is_over = stream->is_over || stream->first.len + len > STREAM_BYTES;
        if (!stream->is_over) {
            buf_put(&stream->first, text, len);
        }
        return;
    }
    struct evbuffer *out = bufferevent_get_output(stream->conn->stream);
    stream->is_over = stream->is_over || evbuffer_get_length(out) + len > STREAM_BYTES ||
                      bufferevent_write(stream->conn->stream, text, len) != 0;
}

void http_stream_event(struct http_stream *stream, const char *event, const char *data)
{
    struct buf text = BUF_INIT;
    buf_printf(&text, "event: %s\ndata: %s\n\n", event, data);
    if (buf_failed(&text)) {
        stream->is_over = true;
    } else {
        put(stream, (const char *)text.data, text.len);
    }
    stream->put_ms = clock_mono_ms();
    buf_fini(&text);
}

void http_stream_end(struct http_stream *stream)
{
    stream->is_over = true;
}

const struct buf *http_stream_first(const struct http_request *req)
{
    return req->stream != NULL ? &req->stream->first : NULL;
}

/* -- the connection's side */

/* The kernel would hold megabytes for a client that does not read, and try for a quarter of an hour to reach one whose cable
 * is cut. */
static void bound_socket(int fd)
{
    const int bytes = SOCKET_BYTES;
    const unsigned ms = 2 * STUCK_MS;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
}

bool http_stream_take(struct http_conn *conn, struct http_request *req)
{
    if (req->stream == NULL || req->head || atomic_load(&conn->conns->shared->draining)) {
        return false;
    }
    struct http_stream *stream = req->stream;
    req->stream = NULL;
    conn->sse = stream;
    conn->state = CONN_STREAMING;
    stream->conn = conn;
    stream->empty_ms = clock_mono_ms();
    event_del(conn->deadline);
    bound_socket(conn->fd);
    atomic_fetch_add_explicit(&conn->conns->streams, 1, memory_order_relaxed);
    if (buf_failed(&stream->first) ||
        bufferevent_write(conn->stream, stream->first.data, stream->first.len) != 0) {
        stream->is_over = true;
    }
    buf_fini(&stream->first);
    return true;
}

bool http_stream_tick(struct http_conn *conn, int64_t now_ms)
{
    static const char comment[] = ":\n\n";
    struct http_stream *stream = conn->sse;
    if (now_ms - stream->put_ms >= COMMENT_MS) {
        put(stream, comment, sizeof(comment) - 1);
        stream->put_ms = now_ms;
    }
    if (evbuffer_get_length(bufferevent_get_output(conn->stream)) == 0) {
        stream->empty_ms = now_ms;
    }
    return stream->is_over || now_ms - stream->empty_ms >= STUCK_MS;
}
