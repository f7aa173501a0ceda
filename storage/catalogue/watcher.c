/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/watcher.c - see the header.
 *
 * Given a frozen server, or a link that is cut on one side, no notification ever comes and nothing
 * says so: therefore the version is read besides, within a deadline. */
#include "storage/catalogue/watcher.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "storage/catalogue/catalogue.h"

enum { SLICE_MS = 500, RETRY_MS = 1000, RETRY_SLICE_MS = 50 };

struct sto_watcher {
    struct sto_watcher_options options;
    pthread_t thread;
    atomic_bool stopping;
    int64_t version; /* the last one read */
};

static int on_wait(void *arg)
{
    const struct sto_watcher *watcher = arg;
    return atomic_load(&watcher->stopping) ? -1 : 0;
}

static int read_version(struct sto_watcher *watcher, struct sto_conn *conn, struct err *err)
{
    int64_t version;
    if (sto_catalogue_version(conn, &version, err) != 0) {
        return -1;
    }
    if (version == watcher->version) {
        return 0;
    }
    watcher->version = version;
    return watcher->options.changed(watcher->options.arg, conn, err);
}

static int begin(struct sto_watcher *watcher, struct sto_conn *conn, struct err *err)
{
    watcher->version = -1;
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
    int64_t poll_at_ms = clock_mono_ms() + options->poll_ms;
    while (!atomic_load(&watcher->stopping)) {
        if (options->turn != NULL && options->turn(options->arg, conn, err) != 0) {
            return -1;
        }
        int news = sto_catalogue_wait(conn, SLICE_MS, err);
        if (news < 0 || (news > 0 && options->changed(options->arg, conn, err) != 0)) {
            return -1;
        }
        if (clock_mono_ms() >= poll_at_ms) {
            if (read_version(watcher, conn, err) != 0) {
                return -1;
            }
            poll_at_ms = clock_mono_ms() + options->poll_ms;
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
    if (pthread_create(&watcher->thread, NULL, thread_main, watcher) != 0) {
        err_set(err, ERR_KIND_FATAL, ERR_IO, "cannot start the thread that watches the catalogue");
        free(watcher);
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
        pthread_join(watcher->thread, NULL);
        free(watcher);
    }
}
