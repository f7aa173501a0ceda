/* SPDX-License-Identifier: Apache-2.0
 * base/http/counts.c - the server's counters as metrics. */
#include "base/http/server.h"
#include "base/metric.h"

#define ANSWERS(class)                                                                             \
    {                                                                                              \
        "answers", METRIC_KIND_COUNTER, "answers", "Answers, by the class of their status.", class \
    }

static const struct metric_row rows[] = {
    {"requests", METRIC_KIND_COUNTER, "requests", "Requests that were read.", NULL},
    {"refused", METRIC_KIND_COUNTER, "requests", "Requests refused before they were read whole.",
     NULL},
    {"connections", METRIC_KIND_GAUGE, "connections", "Clients connected now.", NULL},
    ANSWERS("class=\"2xx\""),
    ANSWERS("class=\"3xx\""),
    ANSWERS("class=\"4xx\""),
    ANSWERS("class=\"5xx\""),
};

void http_counts_print(struct buf *out, const char *prefix, const struct http_counts *counts)
{
    const uint64_t *by_class = counts->by_class;
    const uint64_t values[] = {counts->requests, counts->refused, counts->connections_now,
                               by_class[2],      by_class[3],     by_class[4],
                               by_class[5]};
    _Static_assert(COUNT_OF(values) == COUNT_OF(rows), "one value a row");
    metric_print(out, prefix, rows, values, COUNT_OF(rows));
}
