/* SPDX-License-Identifier: Apache-2.0
 * registry/service.c - starts and ends what `nrc registry` is made of.
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
#include "registry/mount.h"
#include "registry/routes.h"
#include "registry/worker.h"

/* The reserve of open files: standard streams, the listener of changes, files that are open for a moment (certificates, names,
 * libpq's own), and the workers'. */
enum { PROCESS_FILES = 16 };

enum { LIFE_MS = 250 }; /* between two looks whether the workers turn */

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
    const struct http_options options = http_options(conf);
    return http_listen_check(&options, "registry", strcmp(conf->registry.plain, "yes") == 0, err);
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

int reg_service_run(const struct reg_service_options *given, struct err *err)
{
    const struct conf *conf = given->conf;
    struct http_app app;
    struct http_options options = http_options(conf);
    if (check_conf(conf, err) != 0 ||
        file_limit_fit(PROCESS_FILES + options.workers * HTTP_WORKER_FILES, &options.connections,
                       err) != 0) {
        return -1;
    }
    struct reg_mount *mount = reg_mount_open(conf, "nrc registry", err);
    if (mount == NULL) {
        return -1;
    }
    struct reg_shared *shared = reg_mount_shared(mount);
    shared->anonymous_loopback = strcmp(conf->registry.anonymous, "loopback") == 0;
    shared->check_url = given->check_url;
    shared->check_url_arg = given->check_url_arg;
    reg_app(&app);
    app.arg = shared;
    struct http_server *server = http_server_start(&options, &app, err);
    const int rc = server != NULL ? 0 : -1;
    if (server != NULL) {
        shared->server = server;
        log_info("started", LOG_STR("listen", conf->registry.listen),
                 LOG_INT("port", http_server_port(server)),
                 LOG_STR("tls", options.certificate != NULL ? "yes" : "no"));
        wait_for_end(server);
        http_server_stop(&server, (int)conf->registry.drain_ms);
        log_info("stopped");
    }
    reg_mount_close(&mount);
    return rc;
}
