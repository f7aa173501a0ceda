/* SPDX-License-Identifier: Apache-2.0
 * registry/service.c - starts and ends what `nrc registry` is made of.
 *
 * A register that is away does not end the process: it answers 50001 and /readyz says so, until the
 * register is back. One that refuses us at the start does: nobody but an administrator mends that.
 *
 * SIGHUP reads the certificate again. Clients of this machine may go without an account only where the configuration
 * says so and the address listened on is a loopback one. */
#include "registry/service.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/http/server.h"
#include "base/log.h"
#include "base/signals.h"
#include "registry/file_limit.h"
#include "registry/routes.h"
#include "registry/worker.h"
#include "storage/admin/admin.h"
#include "storage/catalogue/catalogue.h"

enum {
    LISTEN_SLICE_MS = 500,
    ASK_MS = 1000,
    ASK_DEADLINE_MS = 2000, /* for an answer, be it to the listener's smallest question */
    RETRY_MS = 1000,
    FIRST_CONNECT_MS = 3000
};

struct service {
    const struct conf *conf;
    struct reg_shared shared;
    pthread_t listener;
    atomic_bool stopping;
};

/* ---- changes of the catalogue ---- */

/* Silence may be a frozen server or a link that is cut on one side, on which no notification would
 * ever come: the version is asked for besides. */
static int ask_version(struct service *service, struct sto_conn *conn, int64_t *known,
                       struct err *err)
{
    int64_t version;
    if (sto_catalogue_version(conn, &version, err) != 0) {
        return -1;
    }
    if (version != *known) {
        atomic_fetch_add(&service->shared.changes, 1);
        *known = version;
    }
    return 0;
}

static int listen_once(struct service *service, struct sto_conn *conn, char *away, struct err *err)
{
    int64_t known = -1; /* what changed while nobody listened is news too */
    if (sto_catalogue_listen(conn, err) != 0 || ask_version(service, conn, &known, err) != 0) {
        return -1;
    }
    reg_log_outage(away, NULL);
    atomic_store(&service->shared.listening, true);
    int64_t ask_at_ms = clock_mono_ms() + ASK_MS;
    while (!atomic_load(&service->stopping)) {
        int news = sto_catalogue_wait(conn, LISTEN_SLICE_MS, err);
        if (news < 0) {
            return -1;
        }
        if (news > 0) {
            atomic_fetch_add(&service->shared.changes, 1);
        }
        if (clock_mono_ms() >= ask_at_ms) {
            if (ask_version(service, conn, &known, err) != 0) {
                return -1;
            }
            ask_at_ms = clock_mono_ms() + ASK_MS;
        }
    }
    return 0;
}

static void *listener_main(void *arg)
{
    struct service *service = arg;
    struct sto_conn_options options = service->shared.conn;
    options.application_name = "nrc registry listener";
    if (options.deadline_ms == 0 || options.deadline_ms > ASK_DEADLINE_MS) {
        options.deadline_ms = ASK_DEADLINE_MS;
    }
    char away[ERR_TEXT_BYTES] = "";
    while (!atomic_load(&service->stopping)) {
        struct err err = ERR_INIT;
        struct sto_conn *conn = sto_conn_open(&options, &err);
        int rc = conn != NULL ? listen_once(service, conn, away, &err) : -1;
        atomic_store(&service->shared.listening, false);
        sto_conn_close(&conn);
        if (rc != 0) {
            reg_log_outage(away, &err);
            const struct timespec pause = {RETRY_MS / 1000, 0};
            nanosleep(&pause, NULL);
        }
    }
    return NULL;
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
                       "[registry] anonymous = loopback needs listen on a loopback address, not %s",
                       conf->registry.listen);
    }
    if ((*conf->registry.certificate == '\0') != (*conf->registry.key == '\0')) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "[registry] certificate and key go together");
    }
    if (!is_loopback && *conf->registry.certificate == '\0' &&
        strcmp(conf->registry.plain, "yes") != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "[registry] listen = %s is reached from other machines, and without TLS "
                       "secrets would come in clear: set certificate and key, or plain = yes "
                       "behind a proxy that speaks TLS",
                       conf->registry.listen);
    }
    return 0;
}

static void reload(struct http_server *server)
{
    struct err err = ERR_INIT;
    if (http_server_reload_tls(server, &err) != 0) {
        log_warn("reload_failed", LOG_ERR(&err));
    } else {
        log_info("reloaded");
    }
}

static void wait_for_end(struct http_server *server)
{
    sigset_t signals;
    signals_fill(&signals);
    int number = 0;
    while (sigwait(&signals, &number) != 0 || number == SIGHUP) {
        if (number == SIGHUP) {
            reload(server);
        }
    }
    log_info("stopping", LOG_STR("signal", strsignal(number)));
}

/* -1: the register is there and will not have us. One that is away, or that waits for its
 * migrations, may be well in a moment. */
static int try_register(const struct reg_shared *shared, struct err *err)
{
    struct sto_conn_options options = shared->conn;
    /* /healthz is to answer soon, and SIGTERM to be heard. */
    if (options.connect_timeout_ms > FIRST_CONNECT_MS) {
        options.connect_timeout_ms = FIRST_CONNECT_MS;
    }
    if (options.deadline_ms == 0 || options.deadline_ms > ASK_DEADLINE_MS) {
        options.deadline_ms = ASK_DEADLINE_MS;
    }
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
    shared->conn = (struct sto_conn_options){
        .dsn = conf->reg.dsn,
        .role = STO_ROLE_REGISTRY,
        .application_name = "nrc registry",
        .connect_timeout_ms = (int)conf->reg.connect_timeout_ms,
        .statement_timeout_ms = (int)conf->reg.statement_timeout_ms,
        .deadline_ms = (int)conf->reg.deadline_ms,
    };
    atomic_store(&shared->changes, 1);
    shared->anonymous_loopback = strcmp(conf->registry.anonymous, "loopback") == 0;
    shared->login_cache_ms = (int)conf->registry.login_cache_ms;
}

int reg_service_run(const struct conf *conf, struct err *err)
{
    struct service service = {.conf = conf};
    struct http_app app;
    struct http_options options = http_options(conf);
    if (check_conf(conf, err) != 0 ||
        reg_file_limit_fit(options.workers, &options.connections, err) != 0) {
        return -1;
    }
    init_shared(&service.shared, conf);
    if (try_register(&service.shared, err) != 0) {
        return -1;
    }
    reg_app(&app);
    app.arg = &service.shared;
    if (pthread_create(&service.listener, NULL, listener_main, &service) != 0) {
        return err_set(err, ERR_KIND_FATAL, ERR_IO, "cannot start the listener's thread");
    }
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
    atomic_store(&service.stopping, true);
    pthread_join(service.listener, NULL);
    return service.shared.server != NULL ? 0 : -1;
}
