/* SPDX-License-Identifier: Apache-2.0
 * base/notify.c - see the header. */
#include "base/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/clock.h"

enum { SIGNS = 4 }; /* of life in one interval of the watchdog */

static atomic_int manager = -1;      /* the socket */
static _Atomic int64_t watchdog_ms;  /* 0: none */
static _Atomic int64_t last_sign_ms; /* clock_mono_ms; -1: none was sent */

/* -1: not an address of this protocol. */
static int read_address(const char *name, struct sockaddr_un *address, socklen_t *len)
{
    size_t size = strlen(name);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((name[0] != '/' && name[0] != '@') || size < 2 || size >= sizeof(address->sun_path)) {
        return -1;
    }
    memcpy(address->sun_path, name, size);
    if (name[0] == '@') { /* the abstract namespace: no NUL at its end, one at its beginning */
        address->sun_path[0] = '\0';
        *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    } else {
        *len = (socklen_t)sizeof(*address);
    }
    return 0;
}

static int connect_manager(const char *name)
{
    struct sockaddr_un address;
    socklen_t len;
    if (name == NULL || read_address(name, &address, &len) != 0) {
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, len) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* A whole number alone; -1: it is not one. */
static int64_t number_of(const char *text)
{
    char *end;
    errno = 0;
    long long v = text != NULL && *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : -1;
    return v >= 0 && errno == 0 && *end == '\0' ? v : -1;
}

static int64_t read_watchdog_ms(void)
{
    const char *pid = getenv("WATCHDOG_PID");
    int64_t us = number_of(getenv("WATCHDOG_USEC"));
    bool is_ours = pid == NULL || number_of(pid) == getpid();
    return us > 0 && is_ours ? (us + 999) / 1000 : 0;
}

void notify_open(void)
{
    atomic_store(&manager, connect_manager(getenv("NOTIFY_SOCKET")));
    atomic_store(&watchdog_ms, atomic_load(&manager) >= 0 ? read_watchdog_ms() : 0);
    atomic_store(&last_sign_ms, -1);
}

void notify_close(void)
{
    int fd = atomic_exchange(&manager, -1);
    if (fd >= 0) {
        close(fd);
    }
}

/* Nobody could be told of a failure. */
static void tell(const char *state)
{
    int fd = atomic_load(&manager);
    if (fd >= 0) {
        (void)!send(fd, state, strlen(state), MSG_NOSIGNAL);
    }
}

void notify_ready(void)
{
    tell("READY=1");
}

/* The time is what Type=notify-reload asks for; Type=notify does without. */
void notify_reloading(void)
{
    char state[64];
    snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_mono_us());
    tell(state);
}

void notify_stopping(void)
{
    tell("STOPPING=1");
}

void notify_alive(int64_t turned_ms)
{
    int64_t interval_ms = atomic_load(&watchdog_ms);
    int64_t last_ms = atomic_load(&last_sign_ms);
    int64_t now_ms = clock_mono_ms();
    bool is_early = last_ms >= 0 && now_ms - last_ms < interval_ms / SIGNS;
    if (interval_ms == 0 || is_early || turned_ms <= last_ms) {
        return;
    }
    atomic_store(&last_sign_ms, now_ms);
    tell("WATCHDOG=1");
}
