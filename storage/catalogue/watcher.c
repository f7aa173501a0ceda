/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/watcher.c - see the header.
 *
 * Given a frozen server, or a link that is cut on one side, no notification ever comes and nothing
 * says so: therefore the version is read besides, within a deadline. */
#include "storage/catalogue/watcher.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "storage/catalogue/catalogue.h"

enum { SLICE_MS = 500, RETRY_MS = 1000, RETRY_SLICE_MS = 50 };

/* Before the first: the version that is read is news. */
enum { NO_VERSION = -1 };

struct sto_watcher {
    struct sto_watcher_options options;
    pthread_t thread;
    atomic_bool stopping;
    int wake_fd; /* readable once it stops: a process ends at once, and not at the end of a slice */
    int64_t version;    /* the last one read */
    int64_t poll_at_ms; /* when it is read again */
};

static int on_wait(void *arg)
{
    const struct sto_watcher *watcher = arg;
    return atomic_load(&watcher->stopping) ? -1 : 0;
}

/* The next poll: earlier than poll_ms when the clock changes the catalogue before. */
static int64_t next_poll_ms(const struct sto_watcher *watcher, const struct sto_catalogue_age *age)
{
    int64_t wait_ms = watcher->options.poll_ms;
    if (age->until_us != INT64_MAX && (age->until_us - age->now_us) / 1000 < wait_ms) {
        wait_ms = (age->until_us - age->now_us) / 1000 + 1;
    }
    return clock_mono_ms() + wait_ms;
}

static int read_version(struct sto_watcher *watcher, struct sto_conn *conn, struct err *err)
{
    struct sto_catalogue_age age;
    if (sto_catalogue_age(conn, &age, err) != 0) {
        return -1;
    }
    watcher->poll_at_ms = next_poll_ms(watcher, &age);
    if (age.version == watcher->version) {
        return 0;
    }
    watcher->version = age.version;
    return watcher->options.changed(watcher->options.arg, conn, err);
}

static int slice_ms(const struct sto_watcher *watcher)
{
    int64_t left_ms = watcher->poll_at_ms - clock_mono_ms();
    return left_ms <= 0 ? 0 : left_ms < SLICE_MS ? (int)left_ms : SLICE_MS;
}

static int begin(struct sto_watcher *watcher, struct sto_conn *conn, struct err *err)
{
    watcher->version = NO_VERSION;
    if (sto_catalogue_listen(conn, err) != 0 || read_version(watcher, conn, err) != 0) {
        return -1;
    }
    if (watcher->options.connected != NULL) {
        watcher->options.connected(watcher->options.arg);
    }
    return 0;
}

/* Until stop (0) or failure. */
static int watch(struct sto_watcher *watcher, struct sto_conn *conn, struct err *err)
{
    const struct sto_watcher_options *options = &watcher->options;
    while (!atomic_load(&watcher->stopping)) {
        if (options->turn != NULL && options->turn(options->arg, conn, err) != 0) {
            return -1;
        }
        int news = sto_catalogue_wait(conn, slice_ms(watcher), watcher->wake_fd, err);
        if (news < 0) {
            return -1;
        }
        if (news > 0) {
            watcher->version = NO_VERSION; /* a hint is a change */
        }
        if ((news > 0 || clock_mono_ms() >= watcher->poll_at_ms) &&
            read_version(watcher, conn, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static void rest(const struct sto_watcher *watcher)
{
    const struct timespec slice = {0, RETRY_SLICE_MS * 1000000L};
    for (int ms = 0; ms < RETRY_MS && !atomic_load(&watcher->stopping); ms += RETRY_SLICE_MS) {
        nanosleep(&slice, NULL);
    }
}

static void *thread_main(void *arg)
{
    struct sto_watcher *watcher = arg;
    while (!atomic_load(&watcher->stopping)) {
        struct err err = ERR_INIT;
        struct sto_conn *conn = sto_conn_open(&watcher->options.conn, &err);
        bool failed =
            conn == NULL || begin(watcher, conn, &err) != 0 || watch(watcher, conn, &err) != 0;
        sto_conn_close(&conn);
        if (failed && !atomic_load(&watcher->stopping)) {
            if (!watcher->options.lost(watcher->options.arg, &err)) {
                break;
            }
            rest(watcher);
        }
    }
    return NULL;
}

static void release(struct sto_watcher *watcher)
{
    if (watcher->wake_fd >= 0) {
        close(watcher->wake_fd);
    }
    free(watcher);
}

struct sto_watcher *sto_watcher_start(const struct sto_watcher_options *options, struct err *err)
{
    struct sto_watcher *watcher = calloc(1, sizeof(*watcher));
    if (watcher == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a watcher");
        return NULL;
    }
    watcher->options = *options;
    watcher->options.conn.on_wait = on_wait;
    watcher->options.conn.on_wait_arg = watcher;
    watcher->wake_fd = eventfd(0, EFD_CLOEXEC);
    if (watcher->wake_fd < 0 || pthread_create(&watcher->thread, NULL, thread_main, watcher) != 0) {
        err_set(err, ERR_KIND_FATAL, ERR_IO, "cannot start the thread that watches the catalogue");
        release(watcher);
        return NULL;
    }
    return watcher;
}

void sto_watcher_stop(struct sto_watcher **taken)
{
    struct sto_watcher *watcher = *taken;
    *taken = NULL;
    if (watcher != NULL) {
        atomic_store(&watcher->stopping, true);
        (void)eventfd_write(watcher->wake_fd, 1);
        pthread_join(watcher->thread, NULL);
        release(watcher);
    }
}
