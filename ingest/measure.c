/* SPDX-License-Identifier: Apache-2.0
 * ingest/measure.c - see the header.
 *
 * Called for each event, so it only adds: a field that the writer has is null or not; which fields it does not have was found
 * when it was compiled (ingest/datasets.c). */
#include "ingest/measure.h"

#include <stdlib.h>

enum { RULES_FIRST = 8 };

void ing_measure_begin(struct ing_measure *measure, struct arena *arena)
{
    *measure = (struct ing_measure){
        .arena = arena, .rules = measure->rules, .rule_capacity = measure->rule_capacity};
}

void ing_measure_fini(struct ing_measure *measure)
{
    free(measure->rules);
    *measure = (struct ing_measure){0};
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

static int grow_rules(struct ing_measure *measure)
{
    size_t capacity = measure->rule_capacity > 0 ? measure->rule_capacity * 2 : RULES_FIRST;
    struct sto_rule_count *grown = realloc(measure->rules, capacity * sizeof(*grown));
    if (grown == NULL) {
        return -1;
    }
    measure->rules = grown;
    measure->rule_capacity = capacity;
    return 0;
}

int ing_measure_rule(struct ing_measure *measure, int32_t rule_id)
{
    size_t i = 0;
    while (i < measure->rule_count && measure->rules[i].rule_id != rule_id) {
        i++;
    }
    if (i == measure->rule_count) {
        if (i == measure->rule_capacity && grow_rules(measure) != 0) {
            return -1;
        }
        measure->rules[measure->rule_count++] = (struct sto_rule_count){.rule_id = rule_id};
    }
    measure->rules[i].count++;
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
