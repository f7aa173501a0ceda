/* SPDX-License-Identifier: Apache-2.0
 * base/http/conn_open.c - how a connection begins: the client's address, TLS, and a place in the list. */
#include <arpa/inet.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/http/conn_priv.h"

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
    struct http_shared *shared = conn->conns->shared;
    const int options = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;
    if (shared->options.certificate == NULL) {
        return bufferevent_socket_new(conn->conns->base, fd, options);
    }
    conn->ssl = http_tls_new_ssl(&shared->tls);
    struct bufferevent *stream =
        conn->ssl != NULL ? bufferevent_openssl_socket_new(conn->conns->base, fd, conn->ssl,
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

int http_conn_open(struct http_conns *conns, int fd, const struct sockaddr *peer)
{
    const struct http_options *options = &conns->shared->options;
    const int on = 1;
    struct http_conn *conn = calloc(1, sizeof(*conn));
    if (conn == NULL) {
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    conn->conns = conns;
    conn->fd = fd;
    name_peer(conn, peer);
    http_reader_init(&conn->reader, options->header_bytes, options->body_bytes);
    LIST_INSERT_HEAD(&conns->list, conn, link);
    conns->count++;
    atomic_fetch_add_explicit(&conns->now, 1, memory_order_relaxed);

    conn->stream = open_stream(conn, fd);
    if (conn->stream == NULL) {
        close(fd);
    }
    if (conn->stream == NULL || http_conn_serve(conn) != 0) {
        http_conn_free(conn);
    }
    return 0;
}
