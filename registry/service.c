/* SPDX-License-Identifier: Apache-2.0
 * registry/service.c - starts and ends what `nrc registry` is made of.
 *
 * A register that is away does not end the process: it answers 50001 and /readyz says so, until the
 * register is back. Clients of this machine may go without an account only where the configuration
 * says so and the address listened on is a loopback one. */
#include "registry/service.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/http_server.h"
#include "base/log.h"
#include "registry/routes.h"
#include "registry/worker.h"
#include "storage/catalogue.h"

enum { LISTEN_SLICE_MS = 500, RETRY_MS = 1000 };

struct service {
    const struct conf *conf;
    struct reg_shared shared;
    pthread_t listener;
    atomic_bool stopping;
};

/* ---- changes of the catalogue ---- */

static int listen_once(struct service *service, struct sto_conn *conn, struct err *err)
{
    if (sto_catalogue_listen(conn, err) != 0) {
        return -1;
    }
    /* What changed while nobody listened is news too. */
    atomic_fetch_add(&service->shared.changes, 1);
    atomic_store(&service->shared.listening, true);
    int news = 0;
    while (news >= 0 && !atomic_load(&service->stopping)) {
        news = sto_catalogue_wait(conn, LISTEN_SLICE_MS, err);
        if (news > 0) {
            atomic_fetch_add(&service->shared.changes, 1);
        }
    }
    return news < 0 ? -1 : 0;
}

static void *listener_main(void *arg)
{
    struct service *service = arg;
    struct sto_conn_options options = service->shared.conn;
    options.application_name = "nrc registry listener";
    while (!atomic_load(&service->stopping)) {
        struct err err = ERR_INIT;
        struct sto_conn *conn = sto_conn_open(&options, &err);
        int rc = conn != NULL ? listen_once(service, conn, &err) : -1;
        atomic_store(&service->shared.listening, false);
        sto_conn_close(&conn);
        if (rc != 0) {
            log_warn("register_away", LOG_ERR(&err));
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
        .request_timeout_ms = (int)conf->registry.request_timeout_ms,
        .idle_timeout_ms = (int)conf->registry.idle_timeout_ms,
        .connections = (int)conf->registry.connections,
        .certificate = or_null(conf->registry.certificate),
        .key = or_null(conf->registry.key),
        .client_ca = or_null(conf->registry.client_ca),
        .client_certificate = client_certificate(conf->registry.client_certificate),
    };
}

static bool listens_on_loopback(const char *listen)
{
    return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]:", 6) == 0 ||
           strncmp(listen, "localhost:", 10) == 0;
}

static int check_conf(const struct conf *conf, struct err *err)
{
    if (strcmp(conf->registry.anonymous, "loopback") == 0 &&
        !listens_on_loopback(conf->registry.listen)) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "[registry] anonymous = loopback needs listen on a loopback address, not %s",
                       conf->registry.listen);
    }
    if ((*conf->registry.certificate == '\0') != (*conf->registry.key == '\0')) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "[registry] certificate and key go together");
    }
    return 0;
}

static void wait_for_signal(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    int number = 0;
    while (sigwait(&signals, &number) != 0) {
    }
    log_info("stopping", LOG_STR("signal", strsignal(number)));
}

static void block_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN); // NOLINT(bugprone-signal-handler)
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
    const struct http_options options = http_options(conf);
    if (check_conf(conf, err) != 0) {
        return -1;
    }
    block_signals();
    init_shared(&service.shared, conf);
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
        wait_for_signal();
        http_server_stop(&server, (int)conf->registry.drain_ms);
        log_info("stopped");
    }
    atomic_store(&service.stopping, true);
    pthread_join(service.listener, NULL);
    return service.shared.server != NULL ? 0 : -1;
}
