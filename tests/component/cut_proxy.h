/* SPDX-License-Identifier: Apache-2.0
 * component/cut_proxy.h - a proxy before PostgreSQL's socket that can lose a COMMIT or its
 * answer.
 *
 * Thread: its own; cut_proxy_arm may be called from the test's. The cut is by content and not by
 * time: the first request that holds a COMMIT, once armed. */
#ifndef COMPONENT_CUT_PROXY_H
#define COMPONENT_CUT_PROXY_H

#include "database.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum cut { CUT_NOTHING = 0, CUT_REQUEST, CUT_REPLY };

struct cut_proxy {
    char folder[64];
    char path[100];
    char server_path[100];
    char dsn[400];
    int listener;
    atomic_int armed;
    atomic_bool stopping;
    pthread_t thread;
};

static inline int cut_proxy_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        perror(path);
        abort();
    }
    return fd;
}

static inline int cut_proxy_forward(int to, const char *bytes, ssize_t len)
{
    while (len > 0) {
        ssize_t n = send(to, bytes, (size_t)len, MSG_NOSIGNAL);
        if (n <= 0) {
            return -1;
        }
        bytes += n;
        len -= n;
    }
    return 0;
}

/* One connection, until either side ends it or it is cut. */
static inline void cut_proxy_serve(struct cut_proxy *proxy, int client)
{
    static char bytes[65536];
    int server = cut_proxy_connect(proxy->server_path);
    bool swallow = false;
    while (!atomic_load(&proxy->stopping)) {
        struct pollfd fds[2] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
        if (poll(fds, 2, 50) <= 0) {
            continue;
        }
        int from = fds[1].revents != 0 ? server : client;
        ssize_t n = recv(from, bytes, sizeof(bytes), 0);
        if (n <= 0 || (from == server && swallow)) {
            break; /* the answer was made, so the COMMIT is done: nobody hears it */
        }
        if (from == client && memmem(bytes, (size_t)n, "COMMIT", 7) != NULL) {
            int cut = atomic_exchange(&proxy->armed, CUT_NOTHING);
            swallow = cut == CUT_REPLY;
            if (cut == CUT_REQUEST) {
                break;
            }
        }
        if (cut_proxy_forward(from == client ? server : client, bytes, n) != 0) {
            break;
        }
    }
    close(server);
    close(client);
}

static inline void *cut_proxy_run(void *arg)
{
    struct cut_proxy *proxy = arg;
    while (!atomic_load(&proxy->stopping)) {
        struct pollfd fd = {.fd = proxy->listener, .events = POLLIN};
        if (poll(&fd, 1, 50) > 0) {
            int client = accept(proxy->listener, NULL, NULL);
            if (client >= 0) {
                cut_proxy_serve(proxy, client);
            }
        }
    }
    return NULL;
}

static inline void cut_proxy_start(struct cut_proxy *proxy, PGconn *raw)
{
    *proxy = (struct cut_proxy){.folder = "/tmp/nrc-proxy-XXXXXX"};
    if (PQhost(raw)[0] != '/') {
        fail_msg("NRC_TEST_DSN must name a socket folder");
    }
    assert_non_null(mkdtemp(proxy->folder));
    snprintf(proxy->server_path, sizeof(proxy->server_path), "%s/.s.PGSQL.%s", PQhost(raw),
             PQport(raw));
    snprintf(proxy->path, sizeof(proxy->path), "%s/.s.PGSQL.%s", proxy->folder, PQport(raw));
    snprintf(proxy->dsn, sizeof(proxy->dsn), "host=%s port=%s user=%s dbname=%s", proxy->folder,
             PQport(raw), PQuser(raw), PQdb(raw));
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", proxy->path);
    proxy->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(proxy->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(proxy->listener, 4), 0);
    assert_int_equal(pthread_create(&proxy->thread, NULL, cut_proxy_run, proxy), 0);
}

static inline void cut_proxy_arm(struct cut_proxy *proxy, enum cut cut)
{
    atomic_store(&proxy->armed, cut);
}

static inline void cut_proxy_stop(struct cut_proxy *proxy)
{
    atomic_store(&proxy->stopping, true);
    pthread_join(proxy->thread, NULL);
    close(proxy->listener);
    unlink(proxy->path);
    rmdir(proxy->folder);
}

#endif
