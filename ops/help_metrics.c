/* SPDX-License-Identifier: Apache-2.0
 * ops/help_metrics.c - ops/doc/metrics.md. */
#include <string.h>

#include "base/buf.h"
#include "base/metric.h"
#include "ops/help.h"

static const char head[] =
    "# Metrics and health\n\n"
    "Made from the table in `base/metric_table.h`; a test compares.\n\n"
    "Every daemon answers three questions over HTTP, without a login:\n\n"
    "| path | answer |\n| --- | --- |\n"
    "| `/healthz` | 200: the process answers. It looks at nothing else, for a new start mends "
    "neither Kafka nor the register |\n"
    "| `/readyz` | 200 `ready`, or 503 and a line `not ready: …` for each reason |\n"
    "| `/metrics` | Prometheus' text format 0.0.4 |\n\n"
    "`nrc registry` has them beside its API. `nrc ingest`, `nrc relay` and `nrc monitor` listen "
    "where `[ingest] listen`,\n"
    "`[relay] listen` and `[monitor] listen` say, and by default nowhere: several engines run on "
    "one machine, so a fixed port\n"
    "would keep the second from starting, and what needs no login is opened by a person who says "
    "to whom. Use a loopback\n"
    "address or one of the management network. An address that is taken is an error at the start. "
    "What is told has no value\n"
    "of a record, no key and no person: names of datasets and topics, numbers and times.\n\n"
    "## When a daemon is not ready\n\n"
    "| daemon | reasons |\n| --- | --- |\n"
    "| ingest | the register takes no commit for 5 s; events wait in a lane and none of its "
    "positions moves for `[ingest] stuck_halt_ms`; a lane shows no life for 30 s; nobody watches "
    "the lanes for 10 s; it ends |\n"
    "| registry | the register could not be read and written just now, or its migrations are not "
    "this program's |\n"
    "| relay | it is not connected to the register; it has not looked for work for 30 s; it ends "
    "|\n"
    "| monitor | the last turn failed; none has ended well for two turns, two times `[monitor] "
    "kafka_timeout_ms` and 30 s; the first one has not ended |\n\n"
    "No probe asks Kafka or, but for the registry's, the register: the daemon's threads publish "
    "what they know. A single source\n"
    "that cannot be read makes no engine unready (it is halted, with its incident), nor does a "
    "Kafka that is away, nor a topic\n"
    "that is quiet. A monitor that waits for another to end is ready.\n\n"
    "## What is not known\n\n"
    "A number that is not known has no series: it is neither 0 nor `NaN`, which would make each "
    "sum `NaN`. So alerts ask for\n"
    "absence too. The monitor writes the series of sources anew with each turn, and leaves them "
    "out once they are older than a\n"
    "turn may be. After a start of the monitor there is none until its first turn has ended; what "
    "it says then is of the\n"
    "register and of Kafka, and begins at no 0.\n\n"
    "## How many series\n\n"
    "An engine, a registry or a relay has fewer than 100, however many datasets there are: no "
    "label has a value out of an event.\n"
    "Series of each dataset and each partition come from the monitor alone, so that engines that "
    "come and go leave none behind:\n"
    "at most five for each of `[monitor] metric_sources` datasets and three for each of `[monitor] "
    "metric_partitions` partitions, the\n"
    "oldest first. How many are left out is a metric itself, `nrc_monitor_left_out_sources` and "
    "`nrc_monitor_left_out_partitions`;\n"
    "counts of all (`nrc_monitor_sources`, `nrc_monitor_unknown_lag_partitions`) include them. "
    "Datasets without a contract have\n"
    "series of their partitions only; retired ones, too, until their positions are replaced.\n\n"
    "## With Prometheus and Grafana\n\n"
    "`ops/deploy/prometheus/scrape.yml` is the piece of `prometheus.yml`, "
    "`ops/deploy/prometheus/nrc.rules.yml` has the alerts,\n"
    "and `ops/deploy/grafana/nrc.json` is a dashboard. What to do about each alert is in "
    "`runbook.md`.\n\n"
    "## The metrics\n\n"
    "Durations and ages are histograms with these upper bounds in seconds: 0.005, 0.01, 0.025, "
    "0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,\n"
    "10, 30, 60, 300, 3600, 86400.\n\n"
    "| name | kind | unit | daemon | labels | what it is |\n| --- | --- | --- | --- | --- | --- "
    "|\n";

/* class="2xx" of the first row of a name, and the values alone of those that follow it. */
static size_t put_labels(struct buf *out, size_t first)
{
    const struct metric_row *rows = metric_rows();
    size_t next = first;
    if (*rows[first].labels != '\0') {
        buf_printf(out, "`%s`", rows[first].labels);
    }
    for (next++; next < METRIC_COUNT && strcmp(rows[next].name, rows[first].name) == 0; next++) {
        buf_printf(out, ", `%s`", strchr(rows[next].labels, '"'));
    }
    return next;
}

void ops_doc_metrics(struct buf *out)
{
    static const char *const kinds[] = {[METRIC_KIND_COUNTER] = "counter",
                                        [METRIC_KIND_GAUGE] = "gauge",
                                        [METRIC_KIND_HISTOGRAM] = "histogram"};
    buf_put_str(out, head);
    for (size_t i = 0; i < METRIC_COUNT;) {
        const struct metric_row *row = &metric_rows()[i];
        buf_printf(out, "| `%s` | %s | %s | %s | ", row->name, kinds[row->kind], row->unit,
                   row->daemons);
        i = put_labels(out, i);
        buf_printf(out, " | %s |\n", row->help);
    }
}
