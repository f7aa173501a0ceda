/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/fold.c - the fold of a batch's versions, in arrival order.
 *
 * An effect must not depend on where batches end. A key with one version in the batch is staged without
 * a look at the state, and the merge's guard decides its effect. For a key with several versions that is
 * not exact: given a state of 6 and versions 5, 3, 7, if only 7 is staged, then nothing shows that 5 was
 * stale. Therefore its current version is read first, and the fold applies the versions one by one, as if
 * each were a batch.
 *
 * The current version is also read for a parked event, which may be older than what the guard can see
 * (storage/commit/order.h), and for a key with a delete that may be an exempt one's (NRL-2). A delete
 * has nothing but its key, so the event does not show whether the deleted rows were exempt. The register
 * does: an exempt key has no row. Given keys A and B that are exempt, C that is not, a state without
 * rows, and in one batch: delete A; delete C, insert C, delete C; delete B. Then the deletes of A and B
 * find no row, and leave neither a row nor history. So does C's first, as in a batch of its own; its
 * second finds the row that the fold has just made, and is recorded. A delete that comes while another
 * lane inserts the key counts as if it had come first. */
#include "storage/commit/fold.h"

#include <stdlib.h>

void sto_fold_space_fini(struct sto_fold_space *space)
{
    free(space->items);
    free(space->spare);
    free(space->staged);
    free(space->lookups);
    free(space->unapplied);
    free(space->current);
    *space = (struct sto_fold_space){0};
}

int sto_fold_space_reserve(struct sto_fold_space *space, size_t events)
{
    if (events <= space->capacity) {
        return 0;
    }
    size_t capacity = space->capacity > 0 ? space->capacity : 1024;
    while (capacity < events && capacity <= UINT32_MAX / 2) {
        capacity *= 2;
    }
    sto_fold_space_fini(space);
    if (capacity < events) {
        return -1;
    }
    space->items = calloc(capacity, sizeof(*space->items));
    space->spare = calloc(capacity, sizeof(*space->spare));
    space->staged = calloc(capacity, sizeof(*space->staged));
    space->lookups = calloc(capacity, sizeof(*space->lookups));
    space->unapplied = calloc(capacity, sizeof(*space->unapplied));
    space->current = calloc(capacity, sizeof(*space->current));
    if (space->items == NULL || space->spare == NULL || space->staged == NULL ||
        space->lookups == NULL || space->unapplied == NULL || space->current == NULL) {
        sto_fold_space_fini(space);
        return -1;
    }
    space->capacity = capacity;
    return 0;
}

static int32_t topic_partition_of(const struct sto_fold *fold, const struct sto_event *event)
{
    return fold->progress[event->progress].position_id;
}

static size_t versions_from(const struct sto_fold *fold, size_t first)
{
    size_t end = first + 1;
    while (end < fold->section->count &&
           sto_same_key(&fold->items[first], &fold->items[end], fold->section->events)) {
        end++;
    }
    return end - first;
}

void sto_fold_sort(struct sto_fold *fold, struct sto_fold_space *space, size_t at,
                   struct sto_section *section, const struct sto_progress *progress)
{
    *fold = (struct sto_fold){
        .section = section,
        .progress = progress,
        .items = space->items + at,
        .spare = space->spare + at,
        .staged = space->staged + at,
        .lookups = space->lookups + at,
        .unapplied = space->unapplied + at,
        .current = space->current + at,
    };
    sto_keysort(fold->items, fold->spare, section->events, section->count);
    for (size_t i = 0; i < section->count;) {
        size_t versions = versions_from(fold, i);
        const struct sto_event *first = &section->events[fold->items[i].event];
        if (versions > 1 || first->only_if_held || first->is_parked) {
            fold->lookups[fold->lookup_count] = fold->items[i].event;
            fold->current[fold->lookup_count++] = (struct sto_current){.known = false};
        }
        i += versions;
    }
}

static void stage_single(struct sto_fold *fold, uint32_t index)
{
    struct sto_event *event = &fold->section->events[index];
    bool has_order = fold->section->table->has_order;
    int64_t order = !has_order          ? event->offset
                    : event->by_arrival ? STO_ORDER_NOTHING
                                        : event->order;
    event->effect = STO_EFFECT_UNDECIDED;
    fold->staged[fold->staged_count++] = (struct sto_staged){.order = order, .event = index};
}

/* Applies the versions one by one to the current one; the last that applies is staged. */
static void stage_versions(struct sto_fold *fold, size_t first, size_t versions,
                           struct sto_current now)
{
    bool has_order = fold->section->table->has_order;
    const bool known = now.known;
    const int64_t order_before = known ? now.order : STO_ORDER_NOTHING;
    bool any = false;
    uint32_t last = 0;
    for (size_t i = first; i < first + versions; i++) {
        struct sto_event *event = &fold->section->events[fold->items[i].event];
        int32_t topic_partition = topic_partition_of(fold, event);
        if (event->only_if_held && !now.known) {
            event->effect = STO_EXEMPT;
            continue;
        }
        event->effect = (uint8_t)sto_order_effect(&now, event, has_order, topic_partition);
        if (event->effect == STO_APPLIED) {
            sto_order_advance(&now, event, has_order, topic_partition);
            last = fold->items[i].event;
            any = true;
        }
    }
    if (any) {
        bool any_row = has_order ? now.order == order_before : known;
        fold->staged[fold->staged_count++] =
            (struct sto_staged){.order = any_row ? STO_ORDER_NOTHING : now.order, .event = last};
    }
}

void sto_fold_decide(struct sto_fold *fold)
{
    fold->staged_count = 0;
    fold->search = 0;
    size_t next_lookup = 0;
    for (size_t i = 0; i < fold->section->count;) {
        if (next_lookup < fold->lookup_count &&
            fold->lookups[next_lookup] == fold->items[i].event) {
            size_t versions = versions_from(fold, i);
            stage_versions(fold, i, versions, fold->current[next_lookup++]);
            i += versions;
        } else {
            stage_single(fold, fold->items[i++].event);
        }
    }
}

/* The staged row of an event. The server answers in the stage's order, so the search begins where the last
 * one ended; it goes round once, so any other order is right too. */
static struct sto_staged *find_staged(struct sto_fold *fold, int32_t topic_partition,
                                      int64_t offset)
{
    for (size_t n = 0; n < fold->staged_count; n++) {
        struct sto_staged *staged = &fold->staged[fold->search];
        fold->search = fold->search + 1 < fold->staged_count ? fold->search + 1 : 0;
        const struct sto_event *event = &fold->section->events[staged->event];
        if (event->offset == offset && topic_partition_of(fold, event) == topic_partition) {
            return staged;
        }
    }
    return NULL;
}

static int set_unapplied(struct sto_fold *fold, struct sto_event *event,
                         const struct sto_current *state)
{
    enum sto_effect effect = sto_order_effect(state, event, fold->section->table->has_order,
                                              topic_partition_of(fold, event));
    if (event->effect != STO_EFFECT_UNDECIDED || effect == STO_APPLIED) {
        return -1; /* an effect is decided only for a folded key, which had to be applied */
    }
    event->effect = (uint8_t)effect;
    return 0;
}

int sto_fold_set_unapplied(struct sto_fold *fold, int32_t topic_partition, int64_t offset,
                           const struct sto_current *state)
{
    const struct sto_staged *staged = find_staged(fold, topic_partition, offset);
    return staged != NULL ? set_unapplied(fold, &fold->section->events[staged->event], state) : -1;
}

int sto_fold_mark_applied(struct sto_fold *fold, int32_t topic_partition, int64_t offset)
{
    struct sto_staged *staged = find_staged(fold, topic_partition, offset);
    if (staged == NULL || staged->applied_by_merge) {
        return -1;
    }
    staged->applied_by_merge = true;
    return 0;
}

void sto_fold_find_unapplied(struct sto_fold *fold)
{
    fold->unapplied_count = 0;
    for (size_t i = 0; i < fold->staged_count; i++) {
        if (!fold->staged[i].applied_by_merge) {
            fold->unapplied[fold->unapplied_count++] = fold->staged[i].event;
        }
    }
}

int sto_fold_set_unapplied_nth(struct sto_fold *fold, size_t i, const struct sto_current *state)
{
    return set_unapplied(fold, &fold->section->events[fold->unapplied[i]], state);
}

void sto_fold_apply_rest(struct sto_fold *fold)
{
    for (size_t i = 0; i < fold->staged_count; i++) {
        struct sto_event *event = &fold->section->events[fold->staged[i].event];
        if (event->effect == STO_EFFECT_UNDECIDED) {
            event->effect = STO_APPLIED;
        }
    }
}
