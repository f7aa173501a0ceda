/* SPDX-License-Identifier: Apache-2.0
 * component/commit_model.h - a key's version after one event, and the event's effect: the rules of order in the words of
 * the design, event by event. No batches, no fold, and no content hash: values are compared. */
#ifndef COMPONENT_COMMIT_MODEL_H
#define COMPONENT_COMMIT_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/commit/batch.h"

/* What the business columns say: text number `text`, of so many letters, and n. */
struct model_value {
    uint32_t text;
    uint32_t letters;
    int64_t n; /* MODEL_NO_N: null */
};
enum { MODEL_NO_N = -1 };

struct model_event {
    uint32_t key;
    char op;
    bool by_arrival; /* a delete with no order of its own, where the dataset has one */
    bool only_if_held;
    int32_t position;
    int64_t order; /* the offset where none is declared */
    int64_t offset;
    int64_t kafka_ts_us;
    struct model_value value;
};

struct model_row {
    bool there;
    int64_t order;
    struct model_event last; /* what it was made by */
};

static inline bool model_is_same_value(const struct model_value *a, const struct model_value *b)
{
    return a->text == b->text && a->letters == b->letters && a->n == b->n;
}

/* By Kafka's order. */
static inline bool model_is_later(const struct model_row *row, const struct model_event *event)
{
    return row->last.position == event->position ? event->offset > row->last.offset
                                                 : event->kafka_ts_us >= row->last.kafka_ts_us;
}

/* The row has the event's declared order. */
static inline enum sto_effect model_effect_of_tie(const struct model_row *row,
                                                  const struct model_event *event)
{
    const bool deletes = event->op == 'd';
    const bool deleted = row->last.op == 'd';
    if (deletes == deleted && (deletes || model_is_same_value(&event->value, &row->last.value))) {
        return STO_DUPLICATE;
    }
    return !row->last.by_arrival && model_is_later(row, event) ? STO_APPLIED : STO_STALE;
}

static inline enum sto_effect model_effect(const struct model_row *row,
                                           const struct model_event *event, bool has_order)
{
    if (!row->there) {
        return event->only_if_held ? STO_EXEMPT : STO_APPLIED;
    }
    if (!has_order) {
        return model_is_later(row, event) ? STO_APPLIED : STO_STALE;
    }
    if (event->by_arrival || event->order > row->order) {
        return STO_APPLIED;
    }
    return event->order == row->order ? model_effect_of_tie(row, event) : STO_STALE;
}

static inline enum sto_effect model_take(struct model_row *row, const struct model_event *event,
                                         bool has_order)
{
    const enum sto_effect effect = model_effect(row, event, has_order);
    if (effect == STO_APPLIED) {
        const int64_t kept = row->there ? row->order : INT64_MIN;
        *row = (struct model_row){
            .there = true, .order = event->by_arrival ? kept : event->order, .last = *event};
    }
    return effect;
}

#endif
