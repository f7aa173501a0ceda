/* SPDX-License-Identifier: Apache-2.0
 * ingest/measure.h - what is seen in the events of a batch, for each of its topic partitions: null and missing values by
 * column, failures by rule. storage/commit/measure.h has the rest.
 *
 * Ownership: counters of columns are in the batch's arena, 8 bytes a column for each topic partition of the batch. Those of
 * rules are kept from batch to batch, 8 to 16 bytes for each rule that failed in one partition's share of a batch; they are
 * not in the arena, as a verdict against an event gives back what it took there. Thread: the lane. */
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
    struct sto_rule_count *rules;
    size_t rule_count;
    size_t rule_capacity;
    struct sto_measure out; /* of ing_measure_end */
};

/* For a new batch; zeroed before the first. */
void ing_measure_begin(struct ing_measure *measure, struct arena *arena);
void ing_measure_fini(struct ing_measure *measure);

/* An upsert that will be recorded, as its writer's plan decoded it. 0, or -1: memory is out. */
MUST_CHECK int ing_measure_upsert(struct ing_measure *measure, const struct ing_dataset *dataset,
                                  const struct ing_writer *writer, const struct cell *cells);

/* An event failed the rule; an id from 1. 0, or -1: memory is out. */
MUST_CHECK int ing_measure_rule(struct ing_measure *measure, int32_t rule_id);

/* What storage takes; NULL: nothing was seen. Good until the batch's arena is reset. */
const struct sto_measure *ing_measure_end(struct ing_measure *measure);

#endif
