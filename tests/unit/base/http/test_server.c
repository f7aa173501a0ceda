/* SPDX-License-Identifier: Apache-2.0
 * What a program sees of the server; what clients see is in tests/e2e/test_http_wire.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/http/server.h"

enum { WORKERS = 4 };

struct life {
    pthread_t opened_in;
    _Atomic int opened;
    _Atomic int closed;
    _Atomic bool elsewhere; /* closed or used by another thread */
};

static struct life lives[WORKERS];
static int failing_worker;

static void *open_worker(void *arg, int worker, struct err *err)
{
    assert_ptr_equal(arg, &failing_worker);
    if (worker == failing_worker) {
        err_set(err, ERR_KIND_FATAL, ERR_REGISTER_DOWN, "no register");
        return NULL;
    }
    lives[worker].opened_in = pthread_self();
    lives[worker].opened++;
    return &lives[worker];
}

static void close_worker(void *worker)
{
    struct life *life = worker;
    life->elsewhere |= !pthread_equal(life->opened_in, pthread_self());
    life->closed++;
}

static int show_peer(struct http_request *req, struct err *err)
{
    (void)err;
    struct life *life = http_worker(req);
    life->elsewhere |= !pthread_equal(life->opened_in, pthread_self());
    buf_put_str(http_out(req), http_peer(req));
    http_ok(req, http_peer_is_loopback(req) ? 200 : 500, "text/plain");
    return 0;
}

static const struct http_route routes[] = {{HTTP_GET, "/", 0, show_peer, ""}};

static const struct http_app app = {
    .routes = routes,
    .route_count = 1,
    .worker_open = open_worker,
    .worker_close = close_worker,
    .arg = &failing_worker,
};

static struct http_options options(const char *listen)
{
    return (struct http_options){
        .listen = listen,
        .workers = WORKERS,
        .header_bytes = 4096,
        .body_bytes = 4096,
        .body_total_bytes = 65536,
        .request_timeout_ms = 5000,
        .idle_timeout_ms = 5000,
        .connections = 10,
    };
}

static int forget_lives(void **state)
{
    (void)state;
    memset(lives, 0, sizeof(lives));
    failing_worker = -1;
    return 0;
}

static void ask(int family, int port, char *answer, size_t size)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    in6.sin6_addr = in6addr_loopback;
    const void *to = family == AF_INET ? (const void *)&in : &in6;
    socklen_t to_len = family == AF_INET ? sizeof(in) : sizeof(in6);
    static const char request[] = "GET / HTTP/1.0\r\n\r\n";
    const struct timeval patience = {.tv_sec = 20};

    int fd = socket(family, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    assert_int_equal(connect(fd, to, to_len), 0);
    assert_int_equal(send(fd, request, sizeof(request) - 1, 0), sizeof(request) - 1);
    size_t len = 0;
    ssize_t n;
    while ((n = recv(fd, answer + len, size - 1 - len, 0)) > 0) {
        len += (size_t)n;
    }
    answer[len] = '\0';
    close(fd);
}

static void each_worker_lives_in_its_thread(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    const struct http_options here = options("127.0.0.1:0");
    struct http_server *server = http_server_start(&here, &app, &err);
    assert_non_null(server);
    assert_true(http_server_port(server) > 0);
    for (int i = 0; i < 100; i++) {
        char answer[512];
        ask(AF_INET, http_server_port(server), answer, sizeof(answer));
        assert_int_equal(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17), 0);
        assert_string_equal(strstr(answer, "\r\n\r\n") + 4, "127.0.0.1");
    }
    struct http_counts counts;
    http_server_counts(server, &counts);
    assert_int_equal(counts.requests, 100);
    assert_int_equal(counts.by_class[2], 100);
    assert_int_equal(counts.refused, 0);
    http_server_stop(&server, 1000);
    assert_null(server);
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(lives[i].opened, 1);
        assert_int_equal(lives[i].closed, 1);
        assert_false(lives[i].elsewhere);
    }
    http_server_stop(&server, 0); /* of nothing: nothing */
}

static void a_worker_that_cannot_open_stops_the_start(void **state)
{
    (void)state;
    for (failing_worker = 0; failing_worker < WORKERS; failing_worker++) {
        memset(lives, 0, sizeof(lives));
        struct err err = ERR_INIT;
        const struct http_options here = options("127.0.0.1:0");
        assert_null(http_server_start(&here, &app, &err));
        assert_int_equal(err.code, ERR_REGISTER_DOWN);
        for (int i = 0; i < WORKERS; i++) {
            assert_int_equal(lives[i].opened, i != failing_worker);
            assert_int_equal(lives[i].closed, lives[i].opened);
        }
    }
}

static void an_address_is_taken_once_and_free_afterwards(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    const struct http_options any = options("127.0.0.1:0");
    struct http_server *server = http_server_start(&any, &app, &err);
    assert_non_null(server);
    char listen[32];
    snprintf(listen, sizeof(listen), "127.0.0.1:%d", http_server_port(server));
    const struct http_options same = options(listen);
    assert_null(http_server_start(&same, &app, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    http_server_stop(&server, 0);
    server = http_server_start(&same, &app, &err);
    assert_non_null(server);
    http_server_stop(&server, 0);
}

static void ipv4_on_an_ipv6_socket_is_named_as_ipv4(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    const struct http_options any = options("[::]:0");
    struct http_server *server = http_server_start(&any, &app, &err);
    if (server == NULL) {
        fail_msg("no IPv6 here: %s", err.text);
    }
    char answer[512];
    ask(AF_INET, http_server_port(server), answer, sizeof(answer));
    assert_string_equal(strstr(answer, "\r\n\r\n") + 4, "127.0.0.1");
    ask(AF_INET6, http_server_port(server), answer, sizeof(answer));
    assert_string_equal(strstr(answer, "\r\n\r\n") + 4, "::1");
    http_server_stop(&server, 1000);
}

/* By what the address means, not by how it is written. */
static void a_loopback_address_is_known_by_its_number(void **state)
{
    (void)state;
    static const struct {
        const char *listen;
        bool is_loopback;
    } rows[] = {{"127.0.0.1:80", true}, {"127.9.8.7:80", true},         {"[::1]:80", true},
                {"localhost:80", true}, {"0.0.0.0:80", false},          {"[::]:80", false},
                {"10.0.0.1:80", false}, {"[::ffff:127.0.0.1]:80", true}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = ERR_INIT;
        bool is_loopback = !rows[i].is_loopback;
        assert_int_equal(http_listen_is_loopback(rows[i].listen, &is_loopback, &err), 0);
        assert_int_equal(is_loopback, rows[i].is_loopback);
    }
    struct err err = ERR_INIT;
    bool is_loopback;
    assert_int_equal(http_listen_is_loopback("127.0.0.1.invalid:80", &is_loopback, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loopback_address_is_known_by_its_number),
        cmocka_unit_test_setup(each_worker_lives_in_its_thread, forget_lives),
        cmocka_unit_test_setup(a_worker_that_cannot_open_stops_the_start, forget_lives),
        cmocka_unit_test_setup(an_address_is_taken_once_and_free_afterwards, forget_lives),
        cmocka_unit_test_setup(ipv4_on_an_ipv6_socket_is_named_as_ipv4, forget_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
