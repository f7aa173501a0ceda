/* SPDX-License-Identifier: Apache-2.0
 * base/metric.c - the names behind the counters, and what /metrics shows. */
#include "base/metric.h"

#include <string.h>

#include "base/buf.h"

struct metric_row {
    const char *name;
    const char *unit;
    const char *sentence;
};

static const struct metric_row rows[METRIC_COUNT] = {
#define X(id, name, unit, sentence) [id] = {name, unit, sentence},
    METRIC_TABLE(X)
#undef X
};

const char *metric_name(enum metric m)
{
    return rows[m].name;
}

const char *metric_unit(enum metric m)
{
    return rows[m].unit;
}

const char *metric_sentence(enum metric m)
{
    return rows[m].sentence;
}

void metric_put(struct buf *out, const struct metric_sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct metric_sample *sample = &samples[i];
        if (i == 0 || strcmp(samples[i - 1].name, sample->name) != 0) {
            buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", sample->name, sample->sentence,
                       sample->name, sample->type);
        }
        buf_put_str(out, sample->name);
        if (sample->labels != NULL) {
            buf_printf(out, "{%s}", sample->labels);
        }
        buf_printf(out, " %llu\n", (unsigned long long)sample->value);
    }
}
