/* SPDX-License-Identifier: Apache-2.0
 * registry/health.c - honest answers to "are you well?".
 *
 *   /healthz  the process answers
 *   /readyz   the register can be read and written, and its migrations are this program's
 *   /metrics  Prometheus' text format 0.0.4 */
#include <stdatomic.h>

#include "base/buf.h"
#include "base/http/http.h"
#include "base/http/server.h"
#include "base/log.h"
#include "registry/access/auth.h"
#include "registry/handlers.h"
#include "registry/worker.h"
#include "storage/admin/admin.h"
#include "storage/conn/probe.h"

int reg_get_healthz(struct http_request *req, struct err *err)
{
    (void)err;
    buf_put_str(http_out(req), "ok\n");
    http_ok(req, 200, "text/plain; charset=utf-8");
    return 0;
}

/* Once for each new reason: probes come every second, from several places. Anybody may ask, so the
 * answer has the reason's kind and the log its text. */
static void log_readiness(const struct err *err)
{
    static _Atomic int logged = ERR_NONE;
    int code = err != NULL ? (int)err->code : ERR_NONE;
    if (atomic_exchange(&logged, code) == code) {
        return;
    }
    if (err != NULL) {
        log_warn("not_ready", LOG_ERR(err));
    } else {
        log_info("ready");
    }
}

/* 503 rather than the error's own status: what balances load looks at nothing else. */
int reg_get_readyz(struct http_request *req, struct err *err)
{
    struct sto_conn *conn = reg_conn(req, err);
    if (conn == NULL || sto_migrate_check(conn, err) != 0 || sto_probe(conn, err) != 0) {
        log_readiness(err);
        buf_printf(http_out(req), "not ready: %s\n", err_sentence(err->code));
        http_ok(req, 503, "text/plain; charset=utf-8");
        return 0;
    }
    log_readiness(NULL);
    buf_put_str(http_out(req), "ready\n");
    http_ok(req, 200, "text/plain; charset=utf-8");
    return 0;
}

static void put_metric(struct buf *out, const char *name, const char *type, const char *help,
                       uint64_t value)
{
    buf_printf(out, "# HELP nrc_registry_%s %s\n# TYPE nrc_registry_%s %s\n", name, help, name,
               type);
    buf_printf(out, "nrc_registry_%s %llu\n", name, (unsigned long long)value);
}

static void put_classes(struct buf *out, const struct http_counts *counts)
{
    buf_put_str(out, "# HELP nrc_registry_answers_total Answers, by the class of their status.\n"
                     "# TYPE nrc_registry_answers_total counter\n");
    for (int i = 2; i < 6; i++) {
        buf_printf(out, "nrc_registry_answers_total{class=\"%dxx\"} %llu\n", i,
                   (unsigned long long)counts->by_class[i]);
    }
}

int reg_get_metrics(struct http_request *req, struct err *err)
{
    (void)err;
    struct reg_shared *shared = reg_worker_of(req)->shared;
    struct http_counts counts = {0};
    if (shared->server != NULL) {
        http_server_counts(shared->server, &counts);
    }
    struct buf *out = http_out(req);
    put_metric(out, "requests_total", "counter", "Requests that were read.", counts.requests);
    put_metric(out, "refused_total", "counter", "Requests refused before they were read whole.",
               counts.refused);
    put_metric(out, "connections", "gauge", "Clients connected now.", counts.connections_now);
    put_metric(out, "listening", "gauge", "1 while changes of the catalogue are heard.",
               atomic_load(&shared->listening));
    put_metric(out, "catalogue_changes_total", "counter", "Changes of the catalogue heard.",
               atomic_load(&shared->changes));
    struct reg_auth_counts logins;
    reg_auth_counts(&logins);
    put_metric(out, "logins_total", "counter", "Secrets found right by scrypt.", logins.logins);
    put_metric(out, "logins_failed_total", "counter", "Logins refused.", logins.failed);
    put_metric(out, "logins_slowed_total", "counter", "Logins told to wait.", logins.slowed);
    put_classes(out, &counts);
    http_ok(req, 200, "text/plain; version=0.0.4; charset=utf-8");
    return 0;
}
