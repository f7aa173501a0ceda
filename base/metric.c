/* SPDX-License-Identifier: Apache-2.0
 * base/metric.c - the engine's rows, and the printer of all rows. */
#include "base/metric.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

static const struct metric_row rows_of_engine[METRIC_COUNT] = {
#define X(id, name, unit, sentence) [id] = {name, METRIC_KIND_COUNTER, unit, sentence, NULL},
    METRIC_TABLE(X)
#undef X
};

const struct metric_row *metric_rows(void)
{
    return rows_of_engine;
}

void metric_print(struct buf *out, const char *prefix, const struct metric_row *rows,
                  const uint64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct metric_row *row = &rows[i];
        bool is_counter = row->kind == METRIC_KIND_COUNTER;
        const char *suffix = is_counter ? "_total" : "";
        if (i == 0 || strcmp(rows[i - 1].name, row->name) != 0) {
            buf_printf(out, "# HELP %s%s%s %s\n# TYPE %s%s%s %s\n", prefix, row->name, suffix,
                       row->sentence, prefix, row->name, suffix, is_counter ? "counter" : "gauge");
        }
        buf_printf(out, "%s%s%s", prefix, row->name, suffix);
        if (row->labels != NULL) {
            buf_printf(out, "{%s}", row->labels);
        }
        buf_printf(out, " %llu\n", (unsigned long long)values[i]);
    }
}
