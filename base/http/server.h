/* SPDX-License-Identifier: Apache-2.0
 * base/http/server.h - HTTP/1.1 on libevent, TLS by OpenSSL.
 *
 * Each worker is a thread with its own listener (SO_REUSEPORT), event base and the object that the
 * application's worker_open made: workers share nothing, and a handler may block its own worker.
 * A body is waited for only when its route is known and the client is authorized, and while all
 * that are waited for fit in body_total_bytes (else 503).
 * Refused before a handler sees it, with 4xx and a close in bounded time: Content-Length beside
 * Transfer-Encoding, two lengths, a bad escape, headers or a body beyond their limits, a request
 * that does not arrive in time. */
#ifndef BASE_HTTP_SERVER_H
#define BASE_HTTP_SERVER_H

#include "base/http/http.h"

enum http_client_certificate { HTTP_CLIENT_NONE = 0, HTTP_CLIENT_OPTIONAL, HTTP_CLIENT_REQUIRED };

struct http_options {
    const char *listen; /* "127.0.0.1:8081", "[::]:8081"; port 0: a free one */
    int workers;
    size_t header_bytes;
    size_t body_bytes;
    size_t body_total_bytes; /* of bodies that are not in whole, over all workers */
    int request_timeout_ms;  /* from a request's first byte to its last */
    int idle_timeout_ms;     /* between requests */
    int connections;         /* over all workers; more wait in the listen queue */
    /* TLS when certificate is given; PEM files, TLS 1.2 and above. */
    const char *certificate;
    const char *key;
    const char *client_ca;
    enum http_client_certificate client_certificate;
};

/* Open files of a worker beside its clients: listen socket, event loop, eventfd, and the application's connection to a register
 * with the next one while that is being closed. */
enum { HTTP_WORKER_FILES = 8 };

struct http_counts {
    uint64_t requests;
    uint64_t refused; /* before routing */
    uint64_t connections_now;
    uint64_t streams_now; /* of these, that carry a stream */
    uint64_t by_class[6]; /* [2]: 2xx … */
};

struct http_server;

/* Everything borrowed until stop. FATAL ERR_CONFIG (address, certificate, key), ERR_IO. Returns when
 * every worker accepts. */
MUST_CHECK struct http_server *http_server_start(const struct http_options *options,
                                                 const struct http_app *app, struct err *err);
/* What the server would do at its start with certificate, key and client CA: load them. Seconds since 1970 of the
 * certificate's validity. FATAL ERR_CONFIG. */
struct http_validity {
    int64_t from_s;
    int64_t until_s;
};
MUST_CHECK int http_certificate_try(const struct http_options *options, struct http_validity *out,
                                    struct err *err);
/* Whether only this machine can reach the address, in each of its meanings. FATAL ERR_CONFIG. */
MUST_CHECK int http_listen_is_loopback(const char *listen, bool *is_loopback, struct err *err);
/* Whether secrets may come to the address: it is of this machine alone, or TLS guards them, or they are to come in clear
 * (is_plain: from a proxy). section: whose settings these are, for the words. FATAL ERR_CONFIG. */
MUST_CHECK int http_listen_check(const struct http_options *options, const char *section,
                                 bool is_plain, struct err *err);
int http_server_port(const struct http_server *server);
/* Reads certificate, key and CA again, for connections that come from now on; on failure everything
 * stays as it was. Without TLS nothing happens. One thread at a time. ERR_CONFIG. */
MUST_CHECK int http_server_reload_tls(struct http_server *server, struct err *err);
/* When the worker that turned the longest ago did so (clock_mono_ms): each turns every second, unless a handler
 * blocks it. Any thread. */
int64_t http_server_turned_ms(const struct http_server *server);
void http_server_counts(const struct http_server *server, struct http_counts *out);
/* Accepts no more, lets requests under way end (answers say `Connection: close`) for at most
 * drain_ms, then closes all. Any thread but a worker's. */
void http_server_stop(struct http_server **taken, int drain_ms);

#endif
