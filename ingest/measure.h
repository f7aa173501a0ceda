/* SPDX-License-Identifier: Apache-2.0
 * ingest/measure.h - what is seen in the events of a batch, for each of its topic partitions: null and missing values by
 * column, failures by rule. storage/commit/measure.h has the rest.
 *
 * Ownership: counters are in the batch's arena, for each topic partition of the batch 8 bytes a column, and 16 bytes for each
 * rule of its dataset; none before the first event that has them. Thread: the lane. */
#ifndef INGEST_MEASURE_H
#define INGEST_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/cell.h"
#include "ingest/datasets.h"
#include "storage/commit/measure.h"

struct ing_measure {
    struct arena *arena;
    uint32_t *nulls; /* by column; NULL: no upsert was counted */
    uint32_t *missing;
    size_t column_count;
    struct sto_rule_count *rules; /* by slot; NULL: no rule was run */
    size_t rule_count;
    struct sto_measure out; /* of ing_measure_end */
};

/* For a new batch. */
void ing_measure_begin(struct ing_measure *measure, struct arena *arena);

/* An upsert that will be recorded, as its writer's plan decoded it. 0, or -1: memory is out. */
MUST_CHECK int ing_measure_upsert(struct ing_measure *measure, const struct ing_dataset *dataset,
                                  const struct ing_writer *writer, const struct cell *cells);

/* What became of the rules of an event, be it kept out or not. Called after its verdict, which gives back what it took from the
 * arena. 0, or -1: memory is out. */
MUST_CHECK int ing_measure_rules(struct ing_measure *measure, const struct ing_dataset *dataset,
                                 const struct ing_writer *writer,
                                 const struct sch_failures *failures);

/* What storage takes; NULL: nothing was seen. Good until the batch's arena is reset. */
const struct sto_measure *ing_measure_end(struct ing_measure *measure);

#endif
