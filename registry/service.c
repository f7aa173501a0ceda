/* SPDX-License-Identifier: Apache-2.0
 * registry/service.c - starts and ends what `nrc registry` is made of.
 *
 * A register that is away does not end the process: requests fail with 50001, and /readyz with 503, until
 * it is back. A register that refuses the login at the start does: only an administrator can mend that.
 *
 * SIGHUP reads the certificate again. Clients of this machine may go without an account only where the configuration
 * says so and the address listened on is a loopback one. */
#include "registry/service.h"

#include <string.h>
#include <time.h>

#include "base/file_limit.h"
#include "base/http/server.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/signals.h"
#include "registry/routes.h"
#include "registry/usage.h"
#include "registry/worker.h"
#include "storage/admin/admin.h"
#include "storage/catalogue/view.h"
#include "storage/catalogue/watcher.h"
#include "storage/conn/settings.h"

/* The reserve of open files. Of the process: standard streams, the listener of changes, files that are open for a moment
 * (certificates, names, libpq's own). Of a worker: its listen socket, event loop and eventfd, its connection to the register,
 * and the next one while that is being closed. */
enum { PROCESS_FILES = 16, WORKER_FILES = 8 };

enum {
    POLL_MS = 1000,
    FLUSH_MS = 5000,
    ASK_DEADLINE_MS = 2000,
    FIRST_CONNECT_MS = 3000,
    LIFE_MS = 250 /* between two looks whether the workers turn */
};

struct service {
    struct reg_shared shared;
    char outage[ERR_TEXT_BYTES]; /* the watcher's, as it was logged */
    struct sto_views views;      /* the watcher's */
};

/* ---- changes of the catalogue ---- */

static int on_changed(void *arg, struct sto_conn *conn, struct err *err)
{
    struct service *service = arg;
    (void)conn;
    (void)err;
    atomic_fetch_add(&service->shared.changes, 1);
    service->views.due = true;
    return 0;
}

static int on_turn(void *arg, struct sto_conn *conn, struct err *err)
{
    struct service *service = arg;
    return sto_views_turn(&service->views, conn, err);
}

static void on_connected(void *arg)
{
    struct service *service = arg;
    reg_log_outage(service->outage, NULL);
    atomic_store(&service->shared.listening, true);
}

static bool on_lost(void *arg, const struct err *err)
{
    struct service *service = arg;
    atomic_store(&service->shared.listening, false);
    reg_log_outage(service->outage, err);
    return true;
}

/* An answer that takes longer than this is none: the register is frozen, or the link is cut. */
static void shorten_deadline(struct sto_conn_options *options)
{
    if (options->deadline_ms == 0 || options->deadline_ms > ASK_DEADLINE_MS) {
        options->deadline_ms = ASK_DEADLINE_MS;
    }
}

static struct sto_watcher *start_watcher(struct service *service, struct err *err)
{
    struct sto_watcher_options options = {
        .conn = service->shared.conn,
        .poll_ms = POLL_MS,
        .changed = on_changed,
        .turn = on_turn,
        .connected = on_connected,
        .lost = on_lost,
        .arg = service,
    };
    options.conn.application_name = "nrc registry listener";
    shorten_deadline(&options.conn);
    return sto_watcher_start(&options, err);
}

/* ---- the process ---- */

static enum http_client_certificate client_certificate(const char *word)
{
    if (strcmp(word, "required") == 0) {
        return HTTP_CLIENT_REQUIRED;
    }
    return strcmp(word, "optional") == 0 ? HTTP_CLIENT_OPTIONAL : HTTP_CLIENT_NONE;
}

static const char *or_null(const char *text)
{
    return *text != '\0' ? text : NULL;
}

static struct http_options http_options(const struct conf *conf)
{
    return (struct http_options){
        .listen = conf->registry.listen,
        .workers = (int)conf->registry.workers,
        .header_bytes = (size_t)conf->registry.header_bytes,
        .body_bytes = (size_t)conf->registry.body_bytes,
        .body_total_bytes = (size_t)conf->registry.body_total_bytes,
        .request_timeout_ms = (int)conf->registry.request_timeout_ms,
        .idle_timeout_ms = (int)conf->registry.idle_timeout_ms,
        .connections = (int)conf->registry.connections,
        .certificate = or_null(conf->registry.certificate),
        .key = or_null(conf->registry.key),
        .client_ca = or_null(conf->registry.client_ca),
        .client_certificate = client_certificate(conf->registry.client_certificate),
    };
}

static int check_conf(const struct conf *conf, struct err *err)
{
    bool is_loopback = false;
    if (http_listen_is_loopback(conf->registry.listen, &is_loopback, err) != 0) {
        return -1;
    }
    if (strcmp(conf->registry.anonymous, "loopback") == 0 && !is_loopback) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "[registry] anonymous = loopback needs a loopback address in listen, not %s",
                       conf->registry.listen);
    }
    if ((*conf->registry.certificate == '\0') != (*conf->registry.key == '\0')) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "[registry] set both certificate and key, or neither");
    }
    if (!is_loopback && *conf->registry.certificate == '\0' &&
        strcmp(conf->registry.plain, "yes") != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "[registry] listen = %s can be reached from other machines, and without "
                       "TLS secrets cross the network in clear: set certificate and key, or "
                       "plain = yes behind a proxy that speaks TLS",
                       conf->registry.listen);
    }
    return 0;
}

int reg_service_check(const struct conf *conf, struct reg_certificate *out, struct err *err)
{
    struct http_validity validity;
    const struct http_options options = http_options(conf);
    *out = (struct reg_certificate){.is_there = options.certificate != NULL};
    if (check_conf(conf, err) != 0 ||
        (out->is_there && http_certificate_try(&options, &validity, err) != 0)) {
        return -1;
    }
    if (out->is_there) {
        out->from_s = validity.from_s;
        out->until_s = validity.until_s;
    }
    return 0;
}

static void reload(struct http_server *server)
{
    struct err err = ERR_INIT;
    notify_reloading();
    if (http_server_reload_tls(server, &err) != 0) {
        log_warn("reload_failed", LOG_ERR(&err));
    } else {
        log_info("reloaded");
    }
    notify_ready();
}

static void wait_for_end(struct http_server *server)
{
    const struct timespec slice = {0, LIFE_MS * 1000000L};
    sigset_t signals;
    signals_fill(&signals);
    int number;
    notify_ready();
    while ((number = sigtimedwait(&signals, NULL, &slice)) <= 0 || number == SIGHUP) {
        if (number == SIGHUP) {
            reload(server);
        }
        notify_alive(http_server_turned_ms(server));
    }
    notify_stopping();
    log_info("stopping", LOG_STR("signal", strsignal(number)));
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

static void init_shared(struct reg_shared *shared, const struct conf *conf)
{
    shared->conn = sto_conn_settings(conf, STO_ROLE_REGISTRY, "nrc registry");
    atomic_store(&shared->changes, 1);
    shared->public_url = conf->registry.public_url;
    shared->anonymous_loopback = strcmp(conf->registry.anonymous, "loopback") == 0;
    shared->login_cache_ms = (int)conf->registry.login_cache_ms;
}

int reg_service_run(const struct reg_service_options *given, struct err *err)
{
    const struct conf *conf = given->conf;
    struct service service = {.outage = ""};
    struct http_app app;
    struct http_options options = http_options(conf);
    if (check_conf(conf, err) != 0 || file_limit_fit(PROCESS_FILES + options.workers * WORKER_FILES,
                                                     &options.connections, err) != 0) {
        return -1;
    }
    init_shared(&service.shared, conf);
    service.shared.check_url = given->check_url;
    service.shared.check_url_arg = given->check_url_arg;
    if (try_register(&service.shared, err) != 0) {
        return -1;
    }
    reg_app(&app);
    app.arg = &service.shared;
    struct sto_watcher *watcher = start_watcher(&service, err);
    struct reg_usage *usage =
        watcher != NULL ? reg_usage_start(&service.shared.conn, FLUSH_MS, err) : NULL;
    if (usage == NULL) {
        sto_watcher_stop(&watcher);
        return -1;
    }
    service.shared.usage = usage;
    struct http_server *server = http_server_start(&options, &app, err);
    if (server != NULL) {
        service.shared.server = server;
        log_info("started", LOG_STR("listen", conf->registry.listen),
                 LOG_INT("port", http_server_port(server)),
                 LOG_STR("tls", options.certificate != NULL ? "yes" : "no"));
        wait_for_end(server);
        http_server_stop(&server, (int)conf->registry.drain_ms);
        log_info("stopped");
    }
    reg_usage_stop(&usage);
    sto_watcher_stop(&watcher);
    return service.shared.server != NULL ? 0 : -1;
}
