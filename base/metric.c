/* SPDX-License-Identifier: Apache-2.0
 * base/metric.c - see the header. */
#include "base/metric.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/utf8.h"

enum { LABEL_BYTES = 256 }; /* of a longer value the rest is cut */

static const struct metric_row all_rows[METRIC_COUNT] = {
#define X(id, name, kind, unit, daemons, labels, help)                                             \
    [id] = {name, METRIC_KIND_##kind, unit, daemons, labels, help},
    METRIC_TABLE(X)
#undef X
};

const struct metric_row *metric_rows(void)
{
    return all_rows;
}

/* ---- histograms ---- */

#define MS     UINT64_C(1000)
#define SECOND UINT64_C(1000000)

static const struct bound {
    uint64_t us;
    const char *text; /* in seconds */
} bounds[METRIC_BOUNDS] = {
    {5 * MS, "0.005"},   {10 * MS, "0.01"},     {25 * MS, "0.025"},      {50 * MS, "0.05"},
    {100 * MS, "0.1"},   {250 * MS, "0.25"},    {500 * MS, "0.5"},       {SECOND, "1"},
    {2500 * MS, "2.5"},  {5 * SECOND, "5"},     {10 * SECOND, "10"},     {30 * SECOND, "30"},
    {60 * SECOND, "60"}, {300 * SECOND, "300"}, {3600 * SECOND, "3600"}, {86400 * SECOND, "86400"},
};

/* The first that is not below; METRIC_BOUNDS: beyond all. */
static size_t bucket_of(uint64_t us)
{
    size_t i = 0;
    while (i < METRIC_BOUNDS && us > bounds[i].us) {
        i++;
    }
    return i;
}

static void add(_Atomic uint64_t *to, uint64_t n)
{
    atomic_store_explicit(to, atomic_load_explicit(to, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

void metric_observe(struct metric_histogram *histogram, uint64_t us, uint64_t count)
{
    add(&histogram->buckets[bucket_of(us)], count);
    add(&histogram->sum_us, us * count);
}

/* ---- printing ---- */

static void put_help(struct metric_out *out, const struct metric_row *row)
{
    static const char *const kinds[] = {[METRIC_KIND_COUNTER] = "counter",
                                        [METRIC_KIND_GAUGE] = "gauge",
                                        [METRIC_KIND_HISTOGRAM] = "histogram"};
    if (out->name == NULL || strcmp(out->name, row->name) != 0) {
        out->name = row->name;
        buf_printf(out->buf, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name,
                   kinds[row->kind]);
    }
}

static void put_escaped(struct buf *buf, const char *value)
{
    char text[LABEL_BYTES + 1];
    snprintf(text, sizeof(text), "%s", value);
    utf8_mend(text); /* it also drops a character that was cut */
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\n') {
            buf_put_str(buf, "\\n");
            continue;
        }
        if (*p == '"' || *p == '\\') {
            buf_put_u8(buf, '\\');
        }
        buf_put_u8(buf, (uint8_t)*p);
    }
}

/* "topic,partition" and two values: topic="…",partition="…" */
static void put_given(struct buf *buf, const char *names, const char *const *values)
{
    for (size_t i = 0; *names != '\0'; i++) {
        size_t len = strcspn(names, ",");
        buf_printf(buf, "%s%.*s=\"", i > 0 ? "," : "", (int)len, names);
        put_escaped(buf, values[i]);
        buf_put_u8(buf, '"');
        names += len + (names[len] == ',');
    }
}

static void put_name(struct metric_out *out, const struct metric_row *row,
                     const char *const *values)
{
    put_help(out, row);
    buf_put_str(out->buf, row->name);
    if (*row->labels == '\0') {
        return;
    }
    buf_put_u8(out->buf, '{');
    if (values == NULL) {
        buf_put_str(out->buf, row->labels);
    } else {
        put_given(out->buf, row->labels, values);
    }
    buf_put_u8(out->buf, '}');
}

void metric_put(struct metric_out *out, enum metric m, const char *const *values, uint64_t number)
{
    put_name(out, &all_rows[m], values);
    buf_printf(out->buf, " %" PRIu64 "\n", number);
}

void metric_put_real(struct metric_out *out, enum metric m, const char *const *values,
                     double number)
{
    if (!isnan(number)) {
        put_name(out, &all_rows[m], values);
        buf_printf(out->buf, " %.15g\n", number);
    }
}

void metric_put_histogram(struct metric_out *out, enum metric m,
                          const struct metric_histogram *first, size_t stride, size_t count)
{
    const struct metric_row *row = &all_rows[m];
    uint64_t below = 0;
    uint64_t sum_us = 0;
    put_help(out, row);
    for (size_t b = 0; b <= METRIC_BOUNDS; b++) {
        const char *le = b < METRIC_BOUNDS ? bounds[b].text : "+Inf";
        for (size_t i = 0; i < count; i++) {
            const struct metric_histogram *h = (const void *)((const char *)first + i * stride);
            below += atomic_load_explicit(&h->buckets[b], memory_order_relaxed);
            sum_us += b == 0 ? atomic_load_explicit(&h->sum_us, memory_order_relaxed) : 0;
        }
        buf_printf(out->buf, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", row->name, le, below);
    }
    buf_printf(out->buf, "%s_sum %" PRIu64 ".%06" PRIu64 "\n%s_count %" PRIu64 "\n", row->name,
               sum_us / SECOND, sum_us % SECOND, row->name, below);
}
