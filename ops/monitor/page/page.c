/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/page/page.c - starts and ends the page. See the header. */
#include "ops/monitor/page/page.h"

#include <stdlib.h>
#include <string.h>

#include "base/file_limit.h"
#include "base/http/server.h"
#include "base/log.h"
#include "base/metric.h"
#include "ops/monitor/page/routes_priv.h"
#include "ops/tell/address.h"
#include "registry/access/auth.h"
#include "registry/access/session.h"
#include "registry/mount.h"
#include "registry/worker.h"
#include "storage/conn/settings.h"

/* The reserve of open files: those of the monitor itself, with its clients of Kafka, and of a worker's second connection. */
enum { PROCESS_FILES = 96, DESK_FILES = 2 };

enum {
    HEADER_BYTES = 16 * 1024,
    BODY_BYTES = 1024 * 1024,
    BODIES_BYTES = 16 * 1024 * 1024,
    REQUEST_MS = 10 * 1000,
    IDLE_MS = 60 * 1000,
    DRAIN_MS = 2000,
    CONNECT_MS = 3000,
    STREAMS_EACH = 8,
    OTHERS = 8 /* connections that no stream may take */
};

struct ops_page {
    const struct conf *conf;
    struct sto_conn_options desk;
    struct ops_address_rules *rules;
    struct reg_sessions *sessions;
    struct reg_mount *mount;
    struct http_route *routes;
    struct http_server *server;
};

static const char *or_null(const char *text)
{
    return *text != '\0' ? text : NULL;
}

static struct http_options http_options(const struct conf *conf)
{
    return (struct http_options){
        .listen = conf->page.listen,
        .workers = (int)conf->page.workers,
        .header_bytes = HEADER_BYTES,
        .body_bytes = BODY_BYTES,
        .body_total_bytes = BODIES_BYTES,
        .request_timeout_ms = REQUEST_MS,
        .idle_timeout_ms = IDLE_MS,
        .connections = (int)conf->page.connections,
        .certificate = or_null(conf->page.certificate),
        .key = or_null(conf->page.key),
    };
}

static int check_conf(const struct conf *conf, const struct http_options *options, struct err *err)
{
    if (conf->page.streams > conf->page.connections - OTHERS) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "[page] streams = %lld leaves too few of connections = %lld for everything "
                       "else: at least %d must be left",
                       (long long)conf->page.streams, (long long)conf->page.connections, OTHERS);
    }
    return http_listen_check(options, "page", strcmp(conf->page.plain, "yes") == 0, err);
}

int ops_page_check(const struct conf *conf, struct ops_page_certificate *out, struct err *err)
{
    struct http_validity validity = {0};
    const struct http_options options = http_options(conf);
    if (check_conf(conf, &options, err) != 0 ||
        (options.certificate != NULL && http_certificate_try(&options, &validity, err) != 0)) {
        return -1;
    }
    *out = (struct ops_page_certificate){validity.from_s, validity.until_s};
    return 0;
}

/* ---- the start ---- */

/* Not of nrc_watch, which is the monitor's own. A register that is away is asked when it is back, by whoever needs it. */
static int try_desk(const struct ops_page *page, struct err *err)
{
    struct sto_conn_options options = page->desk;
    if (options.connect_timeout_ms > CONNECT_MS) {
        options.connect_timeout_ms = CONNECT_MS;
    }
    struct sto_conn *conn = sto_conn_open(&options, err);
    if (conn == NULL && err->kind == ERR_KIND_FATAL && err->code == ERR_CONFIG) {
        return -1;
    }
    sto_conn_close(&conn);
    err_reset(err);
    return 0;
}

static int check_url(void *arg, const char *url, struct err *err)
{
    return ops_address_check_url(arg, url, err);
}

static void fill_shared(struct ops_page *page)
{
    struct reg_shared *shared = reg_mount_shared(page->mount);
    shared->desk = &page->desk;
    shared->sessions = page->sessions;
    shared->page_url = page->conf->page.url;
    shared->check_url = check_url;
    shared->check_url_arg = page->rules;
}

static int open_all(struct ops_page *page, const struct http_options *options, struct err *err)
{
    const struct conf *conf = page->conf;
    const int64_t most =
        options->connections - OTHERS; /* the host may allow fewer than we asked for */
    const struct reg_session_options sessions = {
        .most = (size_t)conf->page.sessions,
        .life_ms = conf->page.session_ms,
        .idle_ms = conf->page.idle_ms,
        .streams_each = STREAMS_EACH,
        .streams = (size_t)(conf->page.streams < most ? conf->page.streams
                            : most > 0                ? most
                                                      : 0),
    };
    page->desk = sto_conn_settings(conf, STO_ROLE_DESK, "nrc page desk");
    page->rules = ops_address_rules_parse(conf->relay.allow, err);
    page->sessions = page->rules != NULL ? reg_sessions_new(&sessions, err) : NULL;
    if (page->sessions == NULL) {
        return -1;
    }
    page->mount = reg_mount_open(conf, "nrc page", err);
    if (page->mount == NULL || try_desk(page, err) != 0) {
        return err_add(err,
                       "while starting the monitor's page ([page] listen), for which the login "
                       "of [register] dsn needs the roles nrc_registry and nrc_desk beside "
                       "nrc_watch");
    }
    fill_shared(page);
    return 0;
}

static int serve(struct ops_page *page, const struct http_options *options, struct err *err)
{
    struct http_app app;
    struct reg_shared *shared = reg_mount_shared(page->mount);
    if (ops_page_app(shared, &app, &page->routes, err) != 0) {
        return -1;
    }
    page->server = http_server_start(options, &app, err);
    if (page->server == NULL) {
        return err_add(err, "while starting the monitor's page, as [page] listen says");
    }
    shared->server = page->server;
    log_info("page", LOG_STR("listen", options->listen),
             LOG_INT("port", http_server_port(page->server)),
             LOG_STR("tls", options->certificate != NULL ? "yes" : "no"));
    return 0;
}

int ops_page_start(const struct conf *conf, struct ops_page **out, struct err *err)
{
    struct http_options options = http_options(conf);
    *out = NULL;
    if (*conf->page.listen == '\0') {
        return 0;
    }
    if (check_conf(conf, &options, err) != 0 ||
        file_limit_fit(PROCESS_FILES + options.workers * (HTTP_WORKER_FILES + DESK_FILES),
                       &options.connections, err) != 0) {
        return -1;
    }
    struct ops_page *page = calloc(1, sizeof(*page));
    if (page == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the page");
    }
    page->conf = conf;
    if (open_all(page, &options, err) != 0 || serve(page, &options, err) != 0) {
        ops_page_stop(&page);
        return -1;
    }
    *out = page;
    return 0;
}

void ops_page_stop(struct ops_page **taken)
{
    struct ops_page *page = *taken;
    *taken = NULL;
    if (page != NULL) {
        http_server_stop(&page->server, DRAIN_MS);
        reg_mount_close(&page->mount);
        reg_sessions_free(&page->sessions);
        ops_address_rules_free(&page->rules);
        free(page->routes);
        free(page);
    }
}

void ops_page_reload(struct ops_page *page)
{
    struct err err = ERR_INIT;
    if (page == NULL) {
        return;
    }
    if (http_server_reload_tls(page->server, &err) != 0) {
        log_warn("reload_failed", LOG_ERR(&err));
    } else {
        log_info("reloaded");
    }
}

void ops_page_metrics(struct ops_page *page, struct metric_out *out)
{
    struct http_counts counts;
    struct reg_session_counts sessions;
    struct reg_auth_counts logins;
    if (page == NULL) {
        return;
    }
    http_server_counts(page->server, &counts);
    reg_session_counts(page->sessions, &sessions);
    reg_auth_counts(&logins);
    metric_put(out, METRIC_PAGE_REQUESTS, NULL, counts.requests);
    metric_put(out, METRIC_PAGE_FAILED, NULL, counts.by_class[5]);
    metric_put(out, METRIC_PAGE_CONNECTIONS, NULL, counts.connections_now);
    metric_put(out, METRIC_PAGE_STREAMS, NULL, counts.streams_now);
    metric_put(out, METRIC_PAGE_SESSIONS, NULL, sessions.now);
    metric_put(out, METRIC_PAGE_SIGN_INS, NULL, sessions.begun);
    metric_put(out, METRIC_PAGE_SIGN_INS_FAILED, NULL, logins.failed);
    metric_put(out, METRIC_PAGE_SIGN_INS_SLOWED, NULL, logins.slowed);
}
