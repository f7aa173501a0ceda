/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/probes.h - what the relay answers to probes (base/http/probe.h).
 *
 * Thread: the relay's writes; the server's reads. */
#ifndef OPS_RELAY_PROBES_H
#define OPS_RELAY_PROBES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/http/probe.h"
#include "base/metric.h"

struct conf;

struct ops_relay_probes {
    struct http_probe probe;
    struct metric_set metrics;
    _Atomic int64_t turned_ms; /* monotonic */
    _Atomic int64_t turned_at_us;
    _Atomic bool connected;
    _Atomic bool stopping;
};

/* No [relay] listen: nothing is started. FATAL ERR_CONFIG, ERR_IO. Borrowed until the stop. */
MUST_CHECK int ops_relay_probes_start(struct ops_relay_probes *probes, const struct conf *conf,
                                      struct err *err);
void ops_relay_probes_stop(struct ops_relay_probes *probes);

/* Each time that the relay looks for work. */
void ops_relay_probes_turned(struct ops_relay_probes *probes, bool connected, bool stopping);

struct ops_relay_health {
    int64_t now_ms;
    int64_t turned_ms;
    bool connected;
    bool stopping;
};
enum ops_relay_unready {
    OPS_RELAY_STOPPING = 1,
    OPS_RELAY_AWAY = 2, /* the register */
    OPS_RELAY_SILENT = 4
};
/* Pure. A receiver that fails is no reason: it has its pauses, and in the end an incident. */
void ops_relay_judge(const struct ops_relay_health *health, struct http_readiness *out);

#endif
