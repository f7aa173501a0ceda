/* SPDX-License-Identifier: Apache-2.0
 * base/metric.h - metrics: one row each, and one printer for every table of rows.
 *
 * A row names one number. The log takes its name and the number; Prometheus takes all of it. The rows of
 * the engine's counters are here; other tables stand beside their counters.
 * A set belongs to one thread, which alone adds to it; any thread may read it. */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum metric_kind { METRIC_KIND_COUNTER, METRIC_KIND_GAUGE };

struct metric_row {
    const char *name; /* "received"; the printer adds prefix and "_total" */
    enum metric_kind kind;
    const char *unit; /* "events", "us"; "" when the name says it */
    const char *sentence;
    const char *labels; /* "class=\"2xx\""; NULL: none. Rows of one name stand together. */
};

/* Prometheus' text format 0.0.4: values[i] is rows[i]'s number. prefix: "nrc_registry_". */
void metric_print(struct buf *out, const char *prefix, const struct metric_row *rows,
                  const uint64_t *values, size_t count);

/* -- the engine's. X(id, name, unit, sentence) */
#define METRIC_TABLE(X)                                                                            \
    X(METRIC_RECEIVED, "received", "events", "Messages taken from Kafka into a committed batch.")  \
    X(METRIC_APPLIED, "applied", "events", "Events that became the newest version of their key.")  \
    X(METRIC_DUPLICATE, "duplicate", "events", "Events whose order the register already had.")     \
    X(METRIC_STALE, "stale", "events", "Events older than the version in the register.")           \
    X(METRIC_QUARANTINED, "quarantined", "events", "Events kept in quarantine with a reason.")     \
    X(METRIC_EXEMPT, "exempt", "events", "Events counted and not stored (NRL-2).")                 \
    X(METRIC_SKIPPED, "skipped", "offsets", "Offsets without a record (aborted or compacted).")    \
    X(METRIC_BATCHES, "batches", "batches", "Transactions committed.")                             \
    X(METRIC_RETRIES, "retries", "batches", "Transactions rolled back and tried again.")           \
    X(METRIC_IN_DOUBT, "in_doubt", "batches", "Commits whose answer was lost.")                    \
    X(METRIC_FENCED, "fenced", "partitions", "Partitions found claimed by another engine.")        \
    X(METRIC_HALTED, "halted", "partitions", "Partitions halted until a steward decides.")         \
    X(METRIC_REREAD, "reread", "holes", "Holes in the offsets that were read again.")              \
    X(METRIC_COMMIT_US, "commit_us", "us", "Time spent in transactions.")

enum metric {
#define X(id, name, unit, sentence) id,
    METRIC_TABLE(X)
#undef X
        METRIC_COUNT
};

struct metric_set {
    _Atomic uint64_t values[METRIC_COUNT];
};

const struct metric_row *metric_rows(void); /* METRIC_COUNT of them, by enum metric */

static inline void metric_add(struct metric_set *set, enum metric m, uint64_t n)
{
    uint64_t old = atomic_load_explicit(&set->values[m], memory_order_relaxed);
    atomic_store_explicit(&set->values[m], old + n, memory_order_relaxed);
}

static inline uint64_t metric_get(const struct metric_set *set, enum metric m)
{
    return atomic_load_explicit(&set->values[m], memory_order_relaxed);
}

#endif
