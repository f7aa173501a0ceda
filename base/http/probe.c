/* SPDX-License-Identifier: Apache-2.0
 * base/http/probe.c - see the header. */
#include "base/http/probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/http/http.h"
#include "base/http/server.h"
#include "base/log.h"
#include "base/metric.h"

/* Of a server for probes alone: several that ask each second, and one that never ends its request. */
enum {
    HEADER_BYTES = 8192,
    BODY_BYTES = 1024,
    CONNECTIONS = 32,
    REQUEST_MS = 5000,
    IDLE_MS = 60 * 1000,
    DRAIN_MS = 200
};

static const char text_plain[] = "text/plain; charset=utf-8";

/* ---- answers ---- */

void http_not_ready(struct http_readiness *readiness, unsigned reason, const char *fmt, ...)
{
    size_t len = strlen(readiness->text);
    va_list args;
    if (len > 0 && len + 1 < sizeof(readiness->text)) {
        readiness->text[len++] = '\n';
        readiness->text[len] = '\0';
    }
    va_start(args, fmt);
    /* The analyser loses the va_list, as in schema/compat/fault.c.
     * NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    vsnprintf(readiness->text + len, sizeof(readiness->text) - len, fmt, args);
    va_end(args);
    readiness->reasons |= reason;
}

int http_probe_healthz(struct http_request *req, struct err *err)
{
    (void)err;
    buf_put_str(http_out(req), "ok\n");
    http_ok(req, 200, text_plain);
    return 0;
}

/* Once for each new set of reasons: probes come every second, from several places. */
static void log_readiness(const struct http_readiness *readiness, const struct err *cause)
{
    static atomic_uint logged;
    if (atomic_exchange(&logged, readiness->reasons) == readiness->reasons) {
        return;
    }
    if (readiness->reasons == 0) {
        log_info("ready");
    } else if (cause != NULL) {
        log_warn("not_ready", LOG_ERR(cause));
    } else {
        log_warn("not_ready", LOG_STR("why", readiness->text));
    }
}

/* 503 whatever the reason: load balancers look at nothing else. */
void http_probe_readyz(struct http_request *req, const struct http_readiness *readiness,
                       const struct err *cause)
{
    const bool ready = readiness->reasons == 0;
    log_readiness(readiness, cause);
    if (ready) {
        buf_put_str(http_out(req), "ready\n");
    }
    for (const char *line = readiness->text; !ready && *line != '\0';) {
        size_t len = strcspn(line, "\n");
        buf_printf(http_out(req), "not ready: %.*s\n", (int)len, line);
        line += len + (line[len] == '\n');
    }
    http_ok(req, ready ? 200 : 503, text_plain);
}

static void put_server(struct metric_out *out, const struct http_server *server)
{
    struct http_counts counts;
    if (server == NULL) {
        return;
    }
    http_server_counts(server, &counts);
    metric_put(out, METRIC_HTTP_REQUESTS, NULL, counts.requests);
    metric_put(out, METRIC_HTTP_REFUSED, NULL, counts.refused);
    metric_put(out, METRIC_HTTP_CONNECTIONS, NULL, counts.connections_now);
    for (int class = 2; class <= 5; class ++) {
        metric_put(out, (enum metric)(METRIC_HTTP_2XX + class - 2), NULL, counts.by_class[class]);
    }
}

void http_probe_metrics(struct http_request *req, const struct http_probe *probe)
{
    struct metric_out out = {.buf = http_out(req)};
    const char *const build[] = {probe->daemon, NRC_VERSION};
    metric_put(&out, METRIC_BUILD, build, 1);
    if (probe->ready != NULL) {
        struct http_readiness readiness = {0};
        probe->ready(probe->arg, &readiness);
        metric_put(&out, METRIC_READY, NULL, readiness.reasons == 0);
    }
    metric_put_process(&out);
    put_server(&out, atomic_load(&probe->server));
    probe->metrics(probe->arg, &out);
    http_ok(req, 200, "text/plain; version=0.0.4; charset=utf-8");
}

/* ---- the server of a daemon without an API ---- */

static int get_readyz(struct http_request *req, struct err *err)
{
    const struct http_probe *probe = http_worker(req);
    struct http_readiness readiness = {0};
    (void)err;
    probe->ready(probe->arg, &readiness);
    http_probe_readyz(req, &readiness, NULL);
    return 0;
}

static int get_metrics(struct http_request *req, struct err *err)
{
    (void)err;
    http_probe_metrics(req, http_worker(req));
    return 0;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/healthz", 0, http_probe_healthz, "The process answers."},
    {HTTP_GET, "/readyz", 0, get_readyz, "It does its work."},
    {HTTP_GET, "/metrics", 0, get_metrics, "Prometheus' text format."},
};

static void fail(struct http_request *req, const struct err *err)
{
    buf_printf(http_out(req), "%s\n", err_sentence(err->code));
    http_ok(req, err_http_status(err->code), text_plain);
}

static void *worker_open(void *arg, int worker, struct err *err)
{
    (void)worker;
    (void)err;
    return arg;
}

int http_probe_start(struct http_probe *probe, const char *listen, struct err *err)
{
    const struct http_options options = {
        .listen = listen,
        .workers = 1,
        .header_bytes = HEADER_BYTES,
        .body_bytes = BODY_BYTES,
        .body_total_bytes = 2 * (size_t)BODY_BYTES,
        .request_timeout_ms = REQUEST_MS,
        .idle_timeout_ms = IDLE_MS,
        .connections = CONNECTIONS,
    };
    const struct http_app app = {.routes = routes,
                                 .route_count = COUNT_OF(routes),
                                 .fail = fail,
                                 .worker_open = worker_open,
                                 .arg = probe};
    if (*listen == '\0') {
        return 0;
    }
    struct http_server *server = http_server_start(&options, &app, err);
    if (server == NULL) {
        err_add(err, "while starting to listen for probes, as [%s] listen says", probe->daemon);
        return -1;
    }
    atomic_store(&probe->server, server);
    log_info("probes", LOG_STR("listen", listen), LOG_INT("port", http_server_port(server)));
    return 0;
}

void http_probe_stop(struct http_probe *probe)
{
    struct http_server *server = atomic_exchange(&probe->server, NULL);
    http_server_stop(&server, DRAIN_MS);
}
