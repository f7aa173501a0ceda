/* SPDX-License-Identifier: Apache-2.0
 * base/metric.c - the names behind the counters. */
#include "base/metric.h"

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
