/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/watcher.h - a thread that says when the catalogue has changed.
 *
 * It LISTENs over a connection of its own, and opens a new one when that is lost. The callbacks run
 * in its thread. Given a connection, they may use it; one that returns -1 with an error gives it up. */
#ifndef STORAGE_CATALOGUE_WATCHER_H
#define STORAGE_CATALOGUE_WATCHER_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/conn/conn.h"

struct sto_watcher_options {
    struct sto_conn_options conn; /* on_wait is the watcher's own: stop interrupts a wait */
    int poll_ms;                  /* the version is read this often besides */
    /* The catalogue has changed, or may have: also at the start of each connection, as no
     * notification came before it. */
    int (*changed)(void *arg, struct sto_conn *conn, struct err *err);
    /* From here on changes are heard. Optional. */
    void (*connected)(void *arg);
    /* Twice a second while connected. Optional. */
    int (*turn)(void *arg, struct sto_conn *conn, struct err *err);
    /* From here on no change is heard; also when a further try to connect fails. False: it was the
     * last try. */
    bool (*lost)(void *arg, const struct err *err);
    void *arg;
};

struct sto_watcher;
/* FATAL ERR_NO_MEMORY, ERR_IO. Options are copied; their texts are borrowed until stop. */
MUST_CHECK struct sto_watcher *sto_watcher_start(const struct sto_watcher_options *options,
                                                 struct err *err);
/* Afterwards no callback runs. */
void sto_watcher_stop(struct sto_watcher **taken);

#endif
