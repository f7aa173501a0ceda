/* SPDX-License-Identifier: Apache-2.0
 * ingest/measure.c - see the header.
 *
 * Called for each event, so it only adds: a field that the writer has is null or not; which fields it does not have was found
 * when it was compiled (ingest/datasets.c). */
#include "ingest/measure.h"

void ing_measure_begin(struct ing_measure *measure, struct arena *arena)
{
    *measure = (struct ing_measure){.arena = arena};
}

static int make_room(struct ing_measure *measure, size_t column_count)
{
    measure->nulls = arena_calloc(measure->arena, column_count * 2, sizeof(*measure->nulls));
    if (measure->nulls == NULL) {
        return -1;
    }
    measure->missing = measure->nulls + column_count;
    measure->column_count = column_count;
    return 0;
}

int ing_measure_upsert(struct ing_measure *measure, const struct ing_dataset *dataset,
                       const struct ing_writer *writer, const struct cell *cells)
{
    if (UNLIKELY(measure->nulls == NULL) &&
        make_room(measure, dataset->row->table.column_count) != 0) {
        return -1;
    }
    const int32_t *column_of = writer->structure->column_of;
    for (size_t i = 0; i < writer->structure->field_count; i++) {
        measure->nulls[column_of[i]] += cells[column_of[i]].type == CELL_NULL;
    }
    for (size_t i = 0; i < writer->missing_count; i++) {
        measure->missing[writer->missing[i]]++;
    }
    return 0;
}

static int make_rules(struct ing_measure *measure, const struct ing_dataset *dataset)
{
    measure->rules = arena_calloc(measure->arena, dataset->rule_count, sizeof(*measure->rules));
    if (measure->rules == NULL) {
        return -1;
    }
    measure->rule_count = dataset->rule_count;
    for (size_t i = 0; i < dataset->rule_count; i++) {
        measure->rules[i].rule_id = dataset->rule_ids[i];
    }
    return 0;
}

int ing_measure_rules(struct ing_measure *measure, const struct ing_dataset *dataset,
                      const struct ing_writer *writer, const struct sch_failures *failures)
{
    if (!failures->has_run || writer->rule_count == 0) {
        return 0;
    }
    if (UNLIKELY(measure->rules == NULL) && make_rules(measure, dataset) != 0) {
        return -1;
    }
    for (size_t i = 0; i < writer->rule_count; i++) {
        measure->rules[writer->rule_slots[i]].evaluated++;
    }
    for (size_t i = 0; i < failures->skipped_count; i++) {
        struct sto_rule_count *rule = &measure->rules[writer->rule_slots[failures->skipped[i]]];
        rule->evaluated--;
        rule->skipped++;
    }
    for (size_t i = 0; i < failures->rule_count; i++) {
        measure->rules[writer->rule_slots[failures->rules[i]]].failed++;
    }
    return 0;
}

const struct sto_measure *ing_measure_end(struct ing_measure *measure)
{
    measure->out = (struct sto_measure){
        .nulls = measure->nulls,
        .missing = measure->missing,
        .column_count = measure->column_count,
        .rules = measure->rules,
        .rule_count = measure->rule_count,
    };
    return measure->column_count > 0 || measure->rule_count > 0 ? &measure->out : NULL;
}
