/* SPDX-License-Identifier: Apache-2.0
 * base/metric.h - counters, one row each: name, unit, sentence.
 *
 * A set belongs to one thread, which alone adds to it; any thread may read it. */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* X(id, name, unit, sentence) */
#define METRIC_TABLE(X)                                                                            \
    X(METRIC_RECEIVED, "received", "events", "messages taken from Kafka into a committed batch")   \
    X(METRIC_APPLIED, "applied", "events", "became the newest version of their key")               \
    X(METRIC_DUPLICATE, "duplicate", "events", "had the order the register already had")           \
    X(METRIC_STALE, "stale", "events", "were older than what the register had")                    \
    X(METRIC_QUARANTINED, "quarantined", "events", "could not be stored, kept with the reason")    \
    X(METRIC_EXEMPT, "exempt", "events", "counted and kept nowhere (NRL-2)")                       \
    X(METRIC_SKIPPED, "skipped", "offsets", "held no record (aborted, control, compacted)")        \
    X(METRIC_BATCHES, "batches", "batches", "transactions committed")                              \
    X(METRIC_RETRIES, "retries", "batches", "attempts that were rolled back and tried again")      \
    X(METRIC_IN_DOUBT, "in_doubt", "batches", "commits whose answer was lost")                     \
    X(METRIC_FENCED, "fenced", "partitions", "positions found in another engine's hands")          \
    X(METRIC_HALTED, "halted", "partitions", "stopped until a steward decides")                    \
    X(METRIC_REREAD, "reread", "holes", "holes in the offsets that were read again")               \
    X(METRIC_COMMIT_US, "commit_us", "us", "time spent in the batches' transactions")

enum metric {
#define X(id, name, unit, sentence) id,
    METRIC_TABLE(X)
#undef X
        METRIC_COUNT
};

struct metric_set {
    _Atomic uint64_t values[METRIC_COUNT];
};

const char *metric_name(enum metric m);
const char *metric_unit(enum metric m);
const char *metric_sentence(enum metric m);

static inline void metric_add(struct metric_set *set, enum metric m, uint64_t n)
{
    uint64_t old = atomic_load_explicit(&set->values[m], memory_order_relaxed);
    atomic_store_explicit(&set->values[m], old + n, memory_order_relaxed);
}

static inline uint64_t metric_get(const struct metric_set *set, enum metric m)
{
    return atomic_load_explicit(&set->values[m], memory_order_relaxed);
}

/* One value that a program shows at /metrics. */
struct metric_sample {
    const char *name;     /* whole: nrc_registry_requests_total */
    const char *type;     /* "counter", "gauge" */
    const char *sentence; /* with its full stop */
    const char *labels;   /* class="2xx"; NULL: none */
    uint64_t value;
};
/* Prometheus' text format 0.0.4. Samples of one name stand together. */
void metric_put(struct buf *out, const struct metric_sample *samples, size_t count);

#endif
