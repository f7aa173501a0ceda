/* SPDX-License-Identifier: Apache-2.0
 * base/metric.h - what daemons count and measure, and the printer of it in Prometheus' text format 0.0.4.
 *
 * A metric is a row of base/metric_table.h. A set and a histogram belong to one thread, which alone adds to them; any thread
 * may read them. */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/metric_table.h"

struct buf;

enum metric_kind { METRIC_KIND_COUNTER, METRIC_KIND_GAUGE, METRIC_KIND_HISTOGRAM };

struct metric_row {
    const char *name;
    enum metric_kind kind;
    const char *unit; /* "seconds", "events"; "": a word or a number without one */
    const char *daemons;
    const char *labels; /* "": none; class="2xx": this one series; "topic,partition": names alone */
    const char *help;
};

enum metric {
#define X(id, name, kind, unit, daemons, labels, help) id,
    METRIC_TABLE(X)
#undef X
        METRIC_COUNT
};

const struct metric_row *metric_rows(void); /* METRIC_COUNT of them, by enum metric */

/* ---- numbers that threads share ---- */

/* By enum metric; rows of other daemons stay 0. */
struct metric_set {
    _Atomic uint64_t values[METRIC_COUNT];
};

static inline uint64_t metric_get(const struct metric_set *set, enum metric m)
{
    return atomic_load_explicit(&set->values[m], memory_order_relaxed);
}

static inline void metric_set_to(struct metric_set *set, enum metric m, uint64_t n)
{
    atomic_store_explicit(&set->values[m], n, memory_order_relaxed);
}

static inline void metric_add(struct metric_set *set, enum metric m, uint64_t n)
{
    metric_set_to(set, m, metric_get(set, m) + n);
}

/* Buckets are the same for all: from 5 ms to a day. */
enum { METRIC_BOUNDS = 16 };
struct metric_histogram {
    _Atomic uint64_t buckets[METRIC_BOUNDS + 1]; /* not added up; the last: beyond all bounds */
    _Atomic uint64_t sum_us;
};

/* `count` values that are all `us`. */
void metric_observe(struct metric_histogram *histogram, uint64_t us, uint64_t count);

/* ---- printing ---- */

/* Rows of one name must be put one after the other: name, help and type are written before the first. */
struct metric_out {
    struct buf *buf;
    const char *name; /* of the last row; NULL: none yet */
};

/* values: one for each label of the row whose labels are names alone; NULL: it has none. They are escaped, and may be of any
 * bytes: what is no UTF-8 would have the whole answer refused. */
void metric_put(struct metric_out *out, enum metric m, const char *const *values, uint64_t number);
/* NAN: not known, and nothing is put. */
void metric_put_real(struct metric_out *out, enum metric m, const char *const *values,
                     double number);
/* The sum of several threads' histograms, `stride` bytes apart. */
void metric_put_histogram(struct metric_out *out, enum metric m,
                          const struct metric_histogram *first, size_t stride, size_t count);
/* base/metric_process.c: start, processor time, memory and files of this process; what the kernel does not tell is left
 * out. */
void metric_put_process(struct metric_out *out);

#endif
