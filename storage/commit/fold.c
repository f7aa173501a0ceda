/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/fold.c - the fold of a batch's versions, in arrival order.
 *
 * An effect must not depend on where batches end. A key with one version in the batch is staged
 * blindly, and the merge's guard says what became of it. A key with several would lose that
 * exactness (versions 5, 3, 7 onto a state of 6: were all three folded to 7, nobody would know that
 * 5 was stale), so its standing in the state is read first, and the fold plays the versions one by
 * one as if each had been a batch.
 *
 * So is the standing of a key with a delete that may be an exempt one's (NRL-2). A delete says
 * nothing but its key, so nobody sees from it whether the rows it deletes were exempt. The register
 * tells: an exempt key has no row. Keys A and B are exempt, C is not; events of one batch, in order,
 * onto a state that has none of them: delete A; delete C, insert C, delete C; delete B. A's and B's
 * deletes find no row and leave none, nor a line of history. C's first finds none either, as it
 * would have in a batch of its own; its second finds the row that the fold has just made, and is
 * recorded. A delete that comes while another lane inserts the key is as if it had come first. */
#include "storage/commit/fold.h"

#include <stdlib.h>

void sto_fold_space_fini(struct sto_fold_space *space)
{
    free(space->items);
    free(space->spare);
    free(space->staged);
    free(space->several);
    free(space->losers);
    free(space->standings);
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
    space->several = calloc(capacity, sizeof(*space->several));
    space->losers = calloc(capacity, sizeof(*space->losers));
    space->standings = calloc(capacity, sizeof(*space->standings));
    if (space->items == NULL || space->spare == NULL || space->staged == NULL ||
        space->several == NULL || space->losers == NULL || space->standings == NULL) {
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
        .several = space->several + at,
        .losers = space->losers + at,
        .standings = space->standings + at,
    };
    sto_keysort(fold->items, fold->spare, section->events, section->count);
    for (size_t i = 0; i < section->count;) {
        size_t versions = versions_from(fold, i);
        if (versions > 1 || section->events[fold->items[i].event].only_if_held) {
            fold->several[fold->several_count] = fold->items[i].event;
            fold->standings[fold->several_count++] = (struct sto_standing){.known = false};
        }
        i += versions;
    }
}

static void stage_alone(struct sto_fold *fold, uint32_t index)
{
    struct sto_event *event = &fold->section->events[index];
    bool has_order = fold->section->table->has_order;
    int64_t order = !has_order          ? event->offset
                    : event->by_arrival ? STO_ORDER_NOTHING
                                        : event->order;
    event->effect = STO_EFFECT_UNDECIDED;
    fold->staged[fold->staged_count++] = (struct sto_staged){.order = order, .event = index};
}

/* Plays the versions onto the standing; the last applied one is staged, none if none applied. */
static void stage_several(struct sto_fold *fold, size_t first, size_t versions,
                          struct sto_standing now)
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
        event->effect = (uint8_t)sto_order_judge(&now, event, has_order, topic_partition);
        if (event->effect == STO_APPLIED) {
            sto_order_advance(&now, event, has_order, topic_partition);
            last = fold->items[i].event;
            any = true;
        }
    }
    if (any) {
        bool whatever = has_order ? now.order == order_before : known;
        fold->staged[fold->staged_count++] =
            (struct sto_staged){.order = whatever ? STO_ORDER_NOTHING : now.order, .event = last};
    }
}

void sto_fold_decide(struct sto_fold *fold)
{
    fold->staged_count = 0;
    fold->search = 0;
    size_t next_several = 0;
    for (size_t i = 0; i < fold->section->count;) {
        if (next_several < fold->several_count &&
            fold->several[next_several] == fold->items[i].event) {
            size_t versions = versions_from(fold, i);
            stage_several(fold, i, versions, fold->standings[next_several++]);
            i += versions;
        } else {
            stage_alone(fold, fold->items[i++].event);
        }
    }
}

/* The staged row of an event. The server answers in the stage's order, so the search goes on
 * where it stopped; a full circle keeps it right even if it did not. */
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

static int lose(struct sto_fold *fold, struct sto_event *event, const struct sto_standing *state)
{
    enum sto_effect effect = sto_order_judge(state, event, fold->section->table->has_order,
                                             topic_partition_of(fold, event));
    if (event->effect != STO_EFFECT_UNDECIDED || effect == STO_APPLIED) {
        return -1; /* an effect that is decided was a folded key's, which had to win */
    }
    event->effect = (uint8_t)effect;
    return 0;
}

int sto_fold_lose(struct sto_fold *fold, int32_t topic_partition, int64_t offset,
                  const struct sto_standing *state)
{
    const struct sto_staged *staged = find_staged(fold, topic_partition, offset);
    return staged != NULL ? lose(fold, &fold->section->events[staged->event], state) : -1;
}

int sto_fold_won(struct sto_fold *fold, int32_t topic_partition, int64_t offset)
{
    struct sto_staged *staged = find_staged(fold, topic_partition, offset);
    if (staged == NULL || staged->won) {
        return -1;
    }
    staged->won = true;
    return 0;
}

void sto_fold_find_losers(struct sto_fold *fold)
{
    fold->losers_count = 0;
    for (size_t i = 0; i < fold->staged_count; i++) {
        if (!fold->staged[i].won) {
            fold->losers[fold->losers_count++] = fold->staged[i].event;
        }
    }
}

int sto_fold_lose_nth(struct sto_fold *fold, size_t i, const struct sto_standing *state)
{
    return lose(fold, &fold->section->events[fold->losers[i]], state);
}

void sto_fold_win(struct sto_fold *fold)
{
    for (size_t i = 0; i < fold->staged_count; i++) {
        struct sto_event *event = &fold->section->events[fold->staged[i].event];
        if (event->effect == STO_EFFECT_UNDECIDED) {
            event->effect = STO_APPLIED;
        }
    }
}
