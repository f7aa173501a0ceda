/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/monitor.h - `nrc monitor`: each minute every source with a contract is judged, and what is late becomes an
 * incident.
 *
 * Two monitors are one: the second waits for the first to end. A turn that is cut off has recorded what it came to; the next
 * one judges anew. */
#ifndef OPS_MONITOR_MONITOR_H
#define OPS_MONITOR_MONITOR_H

#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"
#include "ops/monitor/freshness.h"

/* Until SIGTERM or SIGINT. FATAL ERR_CONFIG: the settings, or a register that refuses the login. One that is away is waited
 * for. */
MUST_CHECK int ops_monitor_run(const struct conf *conf, struct err *err);

struct ops_finding {
    const char *dataset;
    int64_t last_arrival; /* INT64_MIN: none */
    const struct ops_verdict *verdict;
};

/* One turn. at: as if it were then, and nothing is recorded; INT64_MIN: now, and it is. tell is called for each source;
 * NULL: nobody is told. FATAL ERR_REFUSED: another monitor runs (not with `at`). */
MUST_CHECK int ops_monitor_once(const struct conf *conf, int64_t at,
                                void (*tell)(void *arg, const struct ops_finding *finding),
                                void *arg, struct err *err);

#endif
