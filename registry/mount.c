/* SPDX-License-Identifier: Apache-2.0
 * registry/mount.c - see the header.
 *
 * A register that is away does not end the process: requests fail with 50001, and /readyz with 503, until
 * it is back. A register that refuses the login at the start does: only an administrator can mend that. */
#include "registry/mount.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/log.h"
#include "registry/usage.h"
#include "registry/worker.h"
#include "storage/admin/admin.h"
#include "storage/catalogue/view.h"
#include "storage/catalogue/watcher.h"
#include "storage/conn/settings.h"

enum {
    POLL_MS = 1000,
    FLUSH_MS = 5000,
    ASK_DEADLINE_MS = 2000,
    FIRST_CONNECT_MS = 3000,
};

struct reg_mount {
    struct reg_shared shared;
    char listener[64];           /* the watcher's name */
    char outage[ERR_TEXT_BYTES]; /* the watcher's, as it was logged */
    struct sto_views views;      /* the watcher's */
    struct sto_watcher *watcher;
};

/* ---- changes of the catalogue ---- */

static int on_changed(void *arg, struct sto_conn *conn, struct err *err)
{
    struct reg_mount *mount = arg;
    (void)conn;
    (void)err;
    atomic_fetch_add(&mount->shared.changes, 1);
    mount->views.due = true;
    return 0;
}

static int on_turn(void *arg, struct sto_conn *conn, struct err *err)
{
    struct reg_mount *mount = arg;
    return sto_views_turn(&mount->views, conn, err);
}

static void on_connected(void *arg)
{
    struct reg_mount *mount = arg;
    reg_log_outage(mount->outage, NULL);
    atomic_store(&mount->shared.listening, true);
}

static bool on_lost(void *arg, const struct err *err)
{
    struct reg_mount *mount = arg;
    atomic_store(&mount->shared.listening, false);
    reg_log_outage(mount->outage, err);
    return true;
}

/* An answer that takes longer than this is none: the register is frozen, or the link is cut. */
static void shorten_deadline(struct sto_conn_options *options)
{
    if (options->deadline_ms == 0 || options->deadline_ms > ASK_DEADLINE_MS) {
        options->deadline_ms = ASK_DEADLINE_MS;
    }
}

static struct sto_watcher *start_watcher(struct reg_mount *mount, struct err *err)
{
    struct sto_watcher_options options = {
        .conn = mount->shared.conn,
        .poll_ms = POLL_MS,
        .changed = on_changed,
        .turn = on_turn,
        .connected = on_connected,
        .lost = on_lost,
        .arg = mount,
    };
    options.conn.application_name = mount->listener;
    shorten_deadline(&options.conn);
    return sto_watcher_start(&options, err);
}

/* -1: the register is there and refuses the login. One that is away, or that waits for its migrations,
 * may be ready in a moment. */
static int try_register(const struct reg_shared *shared, struct err *err)
{
    struct sto_conn_options options = shared->conn;
    /* /healthz is to answer soon, and SIGTERM to be heard. */
    if (options.connect_timeout_ms > FIRST_CONNECT_MS) {
        options.connect_timeout_ms = FIRST_CONNECT_MS;
    }
    shorten_deadline(&options);
    struct sto_conn *conn = sto_conn_open(&options, err);
    if (conn == NULL && err->kind == ERR_KIND_FATAL && err->code == ERR_CONFIG) {
        return -1;
    }
    if (conn == NULL || sto_migrate_check(conn, err) != 0) {
        log_warn("register_not_ready", LOG_ERR(err));
    }
    sto_conn_close(&conn);
    err_reset(err);
    return 0;
}

static void init(struct reg_mount *mount, const struct conf *conf, const char *name)
{
    struct reg_shared *shared = &mount->shared;
    shared->conn = sto_conn_settings(conf, STO_ROLE_REGISTRY, name);
    snprintf(mount->listener, sizeof(mount->listener), "%s listener", name);
    atomic_store(&shared->changes, 1);
    shared->public_url = conf->registry.public_url;
    shared->login_cache_ms = (int)conf->registry.login_cache_ms;
}

struct reg_mount *reg_mount_open(const struct conf *conf, const char *name, struct err *err)
{
    struct reg_mount *mount = calloc(1, sizeof(*mount));
    if (mount == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the registry");
        return NULL;
    }
    init(mount, conf, name);
    if (try_register(&mount->shared, err) == 0) {
        mount->watcher = start_watcher(mount, err);
    }
    if (mount->watcher != NULL) {
        mount->shared.usage = reg_usage_start(&mount->shared.conn, FLUSH_MS, err);
    }
    if (mount->shared.usage == NULL) {
        reg_mount_close(&mount);
    }
    return mount;
}

void reg_mount_close(struct reg_mount **taken)
{
    struct reg_mount *mount = *taken;
    *taken = NULL;
    if (mount != NULL) {
        reg_usage_stop(&mount->shared.usage);
        sto_watcher_stop(&mount->watcher);
        free(mount);
    }
}

struct reg_shared *reg_mount_shared(struct reg_mount *mount)
{
    return &mount->shared;
}
