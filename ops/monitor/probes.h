/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/probes.h - what the monitor answers to probes (base/http/probe.h): its turns, and the series of the last one
 * that succeeded, for as long as they are news.
 *
 * Thread: the monitor's writes; the server's reads. */
#ifndef OPS_MONITOR_PROBES_H
#define OPS_MONITOR_PROBES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/http/probe.h"

struct buf;
struct conf;
struct metric_out;
struct ops_page;

struct ops_monitor_probes; /* body in probes.c */

/* No [monitor] listen: nobody can ask. page: whose metrics are told, too; borrowed until the stop; NULL: there is none. FATAL ERR_CONFIG, ERR_IO, ERR_NO_MEMORY. */
MUST_CHECK struct ops_monitor_probes *
ops_monitor_probes_start(const struct conf *conf, struct ops_page *page, struct err *err);
void ops_monitor_probes_stop(struct ops_monitor_probes **taken);

/* A turn ended well. series: taken, and left empty; NULL: another monitor watches. */
void ops_monitor_probes_turned(struct ops_monitor_probes *probes, int64_t took_ms,
                               struct buf *series);
/* It failed, for this reason. */
void ops_monitor_probes_failed(struct ops_monitor_probes *probes, enum err_code code);
/* A source could not be judged, or a task failed; the turn goes on. */
void ops_monitor_probes_part_failed(struct ops_monitor_probes *probes);

/* What /metrics says of it, beside what it says of every daemon. Any thread. */
void ops_monitor_probes_put(struct ops_monitor_probes *probes, struct metric_out *out);

struct ops_monitor_health {
    int64_t now_ms;
    int64_t started_ms;
    int64_t turned_ms;     /* the last turn that ended well; 0: none has */
    enum err_code failing; /* of the last turn; ERR_NONE: it ended well */
    int64_t every_ms;      /* [monitor] every_ms */
    int64_t kafka_ms;      /* [monitor] kafka_timeout_ms */
};
enum ops_monitor_unready {
    OPS_MONITOR_FAILING = 1,
    OPS_MONITOR_LATE = 2,
    OPS_MONITOR_STARTING = 4
};
/* Pure. One that waits for another monitor to end is ready. */
void ops_monitor_judge(const struct ops_monitor_health *health, struct http_readiness *out);

/* How long a turn may take, with the pause before it. */
int64_t ops_monitor_late_ms(int64_t every_ms, int64_t kafka_ms);

#endif
