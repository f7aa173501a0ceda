/* SPDX-License-Identifier: Apache-2.0
 * ingest/turns.c - see the header. */
#include "ingest/turns.h"

#include <stdlib.h>

#include "ingest/partition.h"

enum {
    LOOK_MS = 1000,
    LITTLE = 1000, /* records: fewer are no backlog */
    BATCHES = 8    /* so many are drained before a turn would end */
};

static bool is_far_behind(const struct ing_part *part)
{
    return ing_part_backlog(part) > LITTLE;
}

/* Who has waited longest; among those that had no turn yet, whose last record is oldest. */
static int by_waiting(const void *a, const void *b)
{
    const struct ing_part *x = *(struct ing_part *const *)a;
    const struct ing_part *y = *(struct ing_part *const *)b;
    if (x->turn_ms != y->turn_ms) {
        return x->turn_ms < y->turn_ms ? -1 : 1;
    }
    return (x->position.last_ts_ms > y->position.last_ts_ms) -
           (x->position.last_ts_ms < y->position.last_ts_ms);
}

static bool set_waits(struct ing_part *part, bool waits)
{
    const bool moved = part->waits != waits;
    part->resumes = part->resumes || (part->waits && !waits);
    part->waits = waits;
    return moved;
}

static bool end_all(struct ing_turns *turns, struct ing_part *const *parts, size_t count)
{
    bool moved = false;
    for (size_t i = 0; i < count && turns->any_waits; i++) {
        moved = set_waits(parts[i], false) || moved;
    }
    turns->any_waits = false;
    return moved;
}

/* Those whose turn it is have nothing left. */
static bool is_over(struct ing_part *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!parts[i]->waits && is_far_behind(parts[i])) {
            return false;
        }
    }
    return true;
}

static bool begin_turn(struct ing_turns *turns, struct ing_part **behind, size_t count,
                       int64_t now_ms)
{
    bool moved = false;
    qsort(behind, count, sizeof(*behind), by_waiting);
    for (size_t i = 0; i < count; i++) {
        const bool waits = i >= ING_TURN_PARTS;
        moved = set_waits(behind[i], waits) || moved;
        behind[i]->turn_ms = waits ? behind[i]->turn_ms : now_ms;
    }
    turns->any_waits = true;
    turns->until_ms = now_ms + ING_TURN_MS;
    return moved;
}

bool ing_turns_take(struct ing_turns *turns, struct ing_part *const *parts, size_t count,
                    int64_t batch_rows, int64_t now_ms)
{
    if (count <= ING_TURN_PARTS) {
        return end_all(turns, parts, count);
    }
    if (now_ms < turns->until_ms && !(turns->any_waits && is_over(parts, count))) {
        return false;
    }
    struct ing_part **behind = calloc(count, sizeof(*behind));
    size_t behind_count = 0;
    int64_t backlog = 0;
    bool moved = false;
    if (behind == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (is_far_behind(parts[i])) {
            behind[behind_count++] = parts[i];
            backlog += ing_part_backlog(parts[i]);
        } else { /* or it waited, and was halted meanwhile, or given to another engine */
            moved = set_waits(parts[i], false) || moved;
        }
    }
    if (behind_count > ING_TURN_PARTS && backlog > batch_rows * BATCHES) {
        moved = begin_turn(turns, behind, behind_count, now_ms) || moved;
    } else {
        moved = end_all(turns, parts, count) || moved;
        turns->until_ms = now_ms + LOOK_MS;
    }
    free(behind);
    return moved;
}
