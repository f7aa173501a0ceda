/* SPDX-License-Identifier: Apache-2.0
 * base/http/probe.h - what every daemon answers to those that watch it:
 *
 *   /healthz  the process answers. Nothing of Kafka or the register is looked at: to start it anew mends neither
 *   /readyz   200 while it does its work, else 503 and a line for each reason
 *   /metrics  base/metric.h
 *
 * A daemon without an HTTP API of its own starts a server for these three alone; one with an API has them among its routes,
 * and answers by the functions below. All three need no login: they have no personal value, and [.] listen is a loopback
 * address unless somebody chose another.
 *
 * `ready` and `metrics` run in the server's thread, beside the daemon's: they read what its threads have published, and wait
 * for nothing. */
#ifndef BASE_HTTP_PROBE_H
#define BASE_HTTP_PROBE_H

#include <stdatomic.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct http_request;
struct http_server;
struct metric_out;

enum { HTTP_READINESS_BYTES = 1024 };
struct http_readiness {
    unsigned reasons;                /* bits of the daemon's own; 0: ready */
    char text[HTTP_READINESS_BYTES]; /* a line for each, without an end of line behind the last */
};

/* One more reason; PRINTF_LIKE. */
void http_not_ready(struct http_readiness *readiness, unsigned reason, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

struct http_probe {
    const char *daemon;                                   /* "ingest" */
    void (*ready)(void *arg, struct http_readiness *out); /* zeroed */
    void (*metrics)(void *arg, struct metric_out *out);
    void *arg;
    struct http_server *_Atomic server; /* of http_probe_start; for its own counts */
};

/* listen "": none is wanted, and none is started. FATAL ERR_CONFIG, ERR_IO. probe is borrowed until the stop. */
MUST_CHECK int http_probe_start(struct http_probe *probe, const char *listen, struct err *err);
void http_probe_stop(struct http_probe *probe);

/* Answers, for a server with other routes. cause: for the log; NULL: the lines are all there is. */
int http_probe_healthz(struct http_request *req, struct err *err);
void http_probe_readyz(struct http_request *req, const struct http_readiness *readiness,
                       const struct err *cause);
void http_probe_metrics(struct http_request *req, const struct http_probe *probe);

#endif
