/* SPDX-License-Identifier: Apache-2.0
 * registry/health.c - the endpoints of probes.
 *
 *   /healthz  the process answers
 *   /readyz   the register can be read and written, and its migrations are this program's
 *   /metrics  Prometheus' text format 0.0.4 */
#include <stdatomic.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/http/http.h"
#include "base/http/server.h"
#include "base/log.h"
#include "base/metric.h"
#include "registry/access/auth.h"
#include "registry/handlers.h"
#include "registry/usage.h"
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

/* 503 rather than the error's own status: load balancers look at nothing else. */
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

/* X(name, kind, sentence, value) */
#define METRICS(X)                                                                                 \
    X("listening", GAUGE, "1 while changes of the catalogue are heard.",                           \
      atomic_load(&shared->listening))                                                             \
    X("catalogue_changes", COUNTER, "Changes of the catalogue heard.",                             \
      atomic_load(&shared->changes))                                                               \
    X("logins", COUNTER, "Secrets found right by scrypt.", auth.logins)                            \
    X("logins_failed", COUNTER, "Logins refused.", auth.failed)                                    \
    X("logins_slowed", COUNTER, "Logins told to wait.", auth.slowed)                               \
    X("structure_uses", COUNTER, "Requests for structures that the register counted.", uses.added) \
    X("structure_uses_lost", COUNTER, "Requests for structures that were not counted.", uses.lost)

int reg_get_metrics(struct http_request *req, struct err *err)
{
    (void)err;
    struct reg_shared *shared = reg_worker_of(req)->shared;
    struct http_counts http = {0};
    struct reg_auth_counts auth;
    struct reg_usage_counts uses = {0};
    if (shared->server != NULL) {
        http_server_counts(shared->server, &http);
    }
    reg_auth_counts(&auth);
    if (shared->usage != NULL) {
        uses = reg_usage_counts(shared->usage);
    }
    static const struct metric_row rows[] = {
#define X(name, kind, sentence, value) {name, METRIC_KIND_##kind, "", sentence, NULL},
        METRICS(X)
#undef X
    };
    const uint64_t values[] = {
#define X(name, kind, sentence, value) value,
        METRICS(X)
#undef X
    };
    http_counts_print(http_out(req), "nrc_registry_", &http);
    metric_print(http_out(req), "nrc_registry_", rows, values, COUNT_OF(rows));
    http_ok(req, 200, "text/plain; version=0.0.4; charset=utf-8");
    return 0;
}
