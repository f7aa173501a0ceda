/* SPDX-License-Identifier: Apache-2.0
 * registry/health.c - the registry's answers to probes (base/http/probe.h). It is ready when the register could be read and
 * written just now, and its migrations are this program's. */
#include <stdatomic.h>

#include "base/http/http.h"
#include "base/http/probe.h"
#include "base/http/server.h"
#include "base/metric.h"
#include "registry/access/auth.h"
#include "registry/handlers.h"
#include "registry/usage.h"
#include "registry/worker.h"
#include "storage/admin/admin.h"
#include "storage/conn/probe.h"

int reg_get_healthz(struct http_request *req, struct err *err)
{
    return http_probe_healthz(req, err);
}

/* Anybody may ask, so the answer has the reason's kind and the log its text. */
int reg_get_readyz(struct http_request *req, struct err *err)
{
    struct http_readiness readiness = {0};
    struct sto_conn *conn = reg_conn(req, err);
    if (conn == NULL || sto_migrate_check(conn, err) != 0 || sto_probe(conn, err) != 0) {
        http_not_ready(&readiness, (unsigned)err->code, "%s", err_sentence(err->code));
    }
    http_probe_readyz(req, &readiness, err);
    return 0;
}

static void put_metrics(void *arg, struct metric_out *out)
{
    struct reg_shared *shared = arg;
    struct reg_auth_counts auth;
    struct reg_usage_counts uses = {0};
    reg_auth_counts(&auth);
    if (shared->usage != NULL) {
        uses = reg_usage_counts(shared->usage);
    }
    metric_put(out, METRIC_LISTENING, NULL, atomic_load(&shared->listening));
    metric_put(out, METRIC_CATALOGUE_CHANGES, NULL, atomic_load(&shared->changes));
    metric_put(out, METRIC_LOGINS, NULL, auth.logins);
    metric_put(out, METRIC_LOGINS_FAILED, NULL, auth.failed);
    metric_put(out, METRIC_LOGINS_SLOWED, NULL, auth.slowed);
    metric_put(out, METRIC_USES, NULL, uses.added);
    metric_put(out, METRIC_USES_LOST, NULL, uses.lost);
}

int reg_get_metrics(struct http_request *req, struct err *err)
{
    struct reg_shared *shared = reg_worker_of(req)->shared;
    const struct http_probe probe = {
        .daemon = "registry", .metrics = put_metrics, .arg = shared, .server = shared->server};
    (void)err;
    http_probe_metrics(req, &probe);
    return 0;
}
