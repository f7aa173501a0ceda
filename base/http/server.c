/* SPDX-License-Identifier: Apache-2.0
 * base/http/server.c - the server as a whole: its address, its workers, its counters, its end.
 *
 * SO_REUSEPORT gives each worker a listen queue of its own; it would also let a second server of
 * the same account take half of our clients unseen. So the address is first bound without it,
 * which fails when anybody is there. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/http/worker_priv.h"

enum { WORKERS_MAX = 256 };

struct http_server {
    struct http_shared shared;
    struct http_slots slots;
    int port;
    int worker_count;
    struct http_worker *workers;
};

/* -- the address */

/* getaddrinfo takes 99999 for 34463. */
static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 5 && text[digits] == '\0' && strtol(text, NULL, 10) <= 65535;
}

static int split_listen(const char *listen, char *host, size_t host_size, const char **port)
{
    const char *colon = strrchr(listen, ':');
    size_t len = colon != NULL ? (size_t)(colon - listen) : 0;
    bool brackets = len > 2 && listen[0] == '[' && listen[len - 1] == ']';
    if (len == 0 || !is_port(colon + 1) || (!brackets && memchr(listen, ':', len) != NULL)) {
        return -1;
    }
    len -= brackets ? 2 : 0;
    if (len >= host_size) {
        return -1;
    }
    memcpy(host, listen + brackets, len);
    host[len] = '\0';
    *port = colon + 1;
    return 0;
}

static struct addrinfo *resolve(const char *listen, struct err *err)
{
    char host[256];
    const char *port;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    if (listen == NULL || split_listen(listen, host, sizeof(host), &port) != 0) {
        err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "%s is not HOST:PORT",
                listen != NULL ? listen : "nothing");
        return NULL;
    }
    int rc = getaddrinfo(host, port, &hints, &found);
    if (rc != 0) {
        err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "the address %s: %s", listen, gai_strerror(rc));
        return NULL;
    }
    return found;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)address;
        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    const struct in6_addr *in6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    return address->sa_family == AF_INET6 &&
           (IN6_IS_ADDR_LOOPBACK(in6) || (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == 127));
}

int http_listen_is_loopback(const char *listen, bool *yes, struct err *err)
{
    struct addrinfo *found = resolve(listen, err);
    if (found == NULL) {
        return -1;
    }
    *yes = true;
    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        *yes = *yes && is_loopback(a->ai_addr);
    }
    freeaddrinfo(found);
    return 0;
}

int http_listen_check(const struct http_options *options, const char *section, bool is_plain,
                      struct err *err)
{
    bool is_loopback = false;
    if (http_listen_is_loopback(options->listen, &is_loopback, err) != 0) {
        return -1;
    }
    if ((options->certificate == NULL) != (options->key == NULL)) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "[%s] set both certificate and key, or neither", section);
    }
    if (!is_loopback && options->certificate == NULL && !is_plain) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "[%s] listen = %s can be reached from other machines, and without "
                       "TLS secrets cross the network in clear: set certificate and key, or "
                       "plain = yes behind a proxy that speaks TLS",
                       section, options->listen);
    }
    return 0;
}

/* Bound, not yet listening; -1 with errno. */
static int bound_socket(const struct sockaddr *address, socklen_t len, bool shared)
{
    const int on = 1;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) ||
        bind(fd, address, len) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static int port_of(const struct sockaddr_storage *address)
{
    return ntohs(address->ss_family == AF_INET6
                     ? ((const struct sockaddr_in6 *)(const void *)address)->sin6_port
                     : ((const struct sockaddr_in *)(const void *)address)->sin_port);
}

/* The first worker's socket finds the port when it is left open; the others take the same. */
static int bind_workers(struct http_server *server, const struct addrinfo *found, struct err *err)
{
    struct sockaddr_storage address = {0};
    socklen_t len = found->ai_addrlen;
    memcpy(&address, found->ai_addr, len);
    int alone = bound_socket((struct sockaddr *)&address, len, false);
    bool free_address = alone >= 0;
    if (free_address) {
        close(alone);
    }
    for (int i = 0; i < server->worker_count; i++) {
        int fd = free_address ? bound_socket((struct sockaddr *)&address, len, true) : -1;
        if (fd < 0) {
            return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "the address %s: %s",
                           server->shared.options.listen, strerror(errno));
        }
        server->workers[i].listen_fd = fd;
        socklen_t size = sizeof(address);
        if (getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
            return err_set(err, ERR_KIND_FATAL, ERR_IO, "getsockname: %s", strerror(errno));
        }
    }
    server->port = port_of(&address);
    return 0;
}

static int open_address(struct http_server *server, struct err *err)
{
    struct addrinfo *found = resolve(server->shared.options.listen, err);
    if (found == NULL) {
        return -1;
    }
    int rc = bind_workers(server, found, err);
    freeaddrinfo(found);
    return rc;
}

/* -- start and stop */

static int check_options(const struct http_options *options, struct err *err)
{
    const struct {
        const char *name;
        int64_t value;
        int64_t most;
    } rows[] = {
        {"workers", options->workers, WORKERS_MAX},
        {"header_bytes", (int64_t)options->header_bytes, 1 << 20},
        {"body_bytes", (int64_t)options->body_bytes, INT32_MAX},
        {"body_total_bytes", (int64_t)options->body_total_bytes, INT64_MAX},
        {"request_timeout_ms", options->request_timeout_ms, INT32_MAX},
        {"idle_timeout_ms", options->idle_timeout_ms, INT32_MAX},
        {"connections", options->connections, INT32_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].value < 1 || rows[i].value > rows[i].most) {
            return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "%s must be between 1 and %lld",
                           rows[i].name, (long long)rows[i].most);
        }
    }
    if (options->body_total_bytes <= options->body_bytes) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "body_total_bytes must be more than body_bytes");
    }
    /* Half a configuration of TLS must not become a server without TLS. */
    if (options->certificate == NULL && (options->key != NULL || options->client_ca != NULL ||
                                         options->client_certificate != HTTP_CLIENT_NONE)) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG, "TLS needs a certificate");
    }
    return 0;
}

/* All are waited for; the first failure is ours. */
static int await_workers(struct http_server *server, struct err *err)
{
    int rc = 0;
    for (int i = 0; i < server->worker_count; i++) {
        struct err failure = ERR_INIT;
        if (http_worker_await(&server->workers[i], &failure) != 0 && rc == 0) {
            *err = failure;
            rc = -1;
        }
    }
    return rc;
}

static int start_workers(struct http_server *server, struct err *err)
{
    for (int i = 0; i < server->worker_count; i++) {
        if (http_worker_start(&server->workers[i], err) != 0) {
            return -1;
        }
    }
    return await_workers(server, err);
}

static struct http_server *server_new(const struct http_options *options,
                                      const struct http_app *app, struct err *err)
{
    struct http_server *server = calloc(1, sizeof(*server));
    struct http_worker *workers = calloc((size_t)options->workers, sizeof(*workers));
    if (server == NULL || workers == NULL) {
        free(server);
        free(workers);
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for an HTTP server");
        return NULL;
    }
    server->shared.options = *options;
    server->shared.app = *app;
    server->workers = workers;
    server->worker_count = options->workers;
    http_tls_init(&server->shared.tls);
    http_slots_init(&server->slots, options->connections);
    server->shared.bodies.most = options->body_total_bytes;
    for (int i = 0; i < options->workers; i++) {
        http_worker_init(&workers[i], i, &server->shared, &server->slots);
    }
    return server;
}

struct http_server *http_server_start(const struct http_options *options,
                                      const struct http_app *app, struct err *err)
{
    if (check_options(options, err) != 0) {
        return NULL;
    }
    struct http_server *server = server_new(options, app, err);
    if (server == NULL) {
        return NULL;
    }
    int rc = 0;
    if (options->certificate != NULL) {
        rc = http_tls_load(&server->shared.tls, options, err);
    }
    if (rc != 0 || open_address(server, err) != 0 || start_workers(server, err) != 0) {
        http_server_stop(&server, 0);
        return NULL;
    }
    return server;
}

int http_server_reload_tls(struct http_server *server, struct err *err)
{
    if (server->shared.options.certificate == NULL) {
        return 0;
    }
    return http_tls_load(&server->shared.tls, &server->shared.options, err);
}

int http_server_port(const struct http_server *server)
{
    return server->port;
}

int64_t http_server_turned_ms(const struct http_server *server)
{
    int64_t least_ms = INT64_MAX;
    for (int i = 0; i < server->worker_count; i++) {
        int64_t turned_ms = atomic_load(&server->workers[i].turned_ms);
        least_ms = turned_ms < least_ms ? turned_ms : least_ms;
    }
    return least_ms;
}

void http_server_counts(const struct http_server *server, struct http_counts *out)
{
    *out = (struct http_counts){0};
    for (int i = 0; i < server->worker_count; i++) {
        struct http_conns *conns = &server->workers[i].conns;
        out->requests += atomic_load_explicit(&conns->requests, memory_order_relaxed);
        out->refused += atomic_load_explicit(&conns->refused, memory_order_relaxed);
        out->connections_now += atomic_load_explicit(&conns->now, memory_order_relaxed);
        out->streams_now += atomic_load_explicit(&conns->streams, memory_order_relaxed);
        for (size_t c = 0; c < COUNT_OF(out->by_class); c++) {
            out->by_class[c] += atomic_load_explicit(&conns->by_class[c], memory_order_relaxed);
        }
    }
}

void http_server_stop(struct http_server **taken, int drain_ms)
{
    struct http_server *server = *taken;
    *taken = NULL;
    if (server == NULL) {
        return;
    }
    atomic_store(&server->shared.drain_ms, drain_ms > 0 ? drain_ms : 0);
    atomic_store(&server->shared.draining, true);
    for (int i = 0; i < server->worker_count; i++) {
        http_worker_wake(&server->workers[i]);
    }
    for (int i = 0; i < server->worker_count; i++) {
        http_worker_join(&server->workers[i]);
    }
    for (int i = 0; i < server->worker_count; i++) {
        http_worker_fini(&server->workers[i]); /* until now a slot might have been given to it */
    }
    http_tls_fini(&server->shared.tls);
    http_slots_fini(&server->slots);
    free(server->workers);
    free(server);
}
