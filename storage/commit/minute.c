/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/minute.c - what the rows of the present minute hold. */
#include "storage/commit/minute.h"

#include <stdlib.h>
#include <string.h>

enum { MINUTE_US = 60 * 1000000 };

/* ---- counts ---- */

void sto_counts_fini(struct sto_counts *counts)
{
    free(counts->items);
    *counts = (struct sto_counts){0};
}

static int reserve(struct sto_counts *counts, size_t count)
{
    if (count > counts->capacity) {
        struct sto_count *grown = realloc(counts->items, count * 2 * sizeof(*grown));
        if (grown == NULL) {
            return -1;
        }
        counts->items = grown;
        counts->capacity = count * 2;
    }
    return 0;
}

int sto_counts_put(struct sto_counts *counts, int32_t key, int64_t n)
{
    if (reserve(counts, counts->count + 1) != 0) {
        return -1;
    }
    counts->items[counts->count++] = (struct sto_count){key, n};
    return 0;
}

static size_t new_keys(const struct sto_counts *to, const struct sto_counts *more)
{
    size_t fresh = 0;
    for (size_t t = 0, m = 0; m < more->count; m++) {
        while (t < to->count && to->items[t].key < more->items[m].key) {
            t++;
        }
        fresh += t == to->count || to->items[t].key != more->items[m].key;
    }
    return fresh;
}

/* From the end, as `to` grows in its place. */
int sto_counts_add(struct sto_counts *to, const struct sto_counts *more)
{
    const size_t count = to->count + new_keys(to, more);
    if (reserve(to, count) != 0) {
        return -1;
    }
    size_t t = to->count;
    size_t m = more->count;
    for (size_t at = count; m > 0; at--) {
        const struct sto_count *next = &more->items[m - 1];
        if (t > 0 && to->items[t - 1].key > next->key) {
            to->items[at - 1] = to->items[--t];
            continue;
        }
        const int64_t was = t > 0 && to->items[t - 1].key == next->key ? to->items[--t].n : 0;
        to->items[at - 1] = (struct sto_count){next->key, was + next->n};
        m--;
    }
    to->count = count;
    return 0;
}

/* ---- minutes ---- */

void sto_minutes_fini(struct sto_minutes *minutes)
{
    for (size_t i = 0; i < minutes->count; i++) {
        sto_counts_fini(&minutes->items[i].keys);
        sto_counts_fini(&minutes->items[i].reasons);
    }
    free(minutes->items);
    *minutes = (struct sto_minutes){0};
}

/* Where it is, or would be. */
static size_t place_of(const struct sto_minutes *minutes, int32_t position_id)
{
    size_t from = 0;
    size_t to = minutes->count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (minutes->items[middle].position_id < position_id) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

struct sto_minute *sto_minute_find(const struct sto_minutes *minutes, int32_t position_id)
{
    const size_t at = place_of(minutes, position_id);
    return at < minutes->count && minutes->items[at].position_id == position_id
               ? &minutes->items[at]
               : NULL;
}

struct sto_minute *sto_minute_made(struct sto_minutes *minutes, int32_t position_id)
{
    const size_t at = place_of(minutes, position_id);
    if (at < minutes->count && minutes->items[at].position_id == position_id) {
        return &minutes->items[at];
    }
    if (minutes->count == minutes->capacity) {
        const size_t capacity = minutes->capacity > 0 ? minutes->capacity * 2 : 16;
        struct sto_minute *grown = realloc(minutes->items, capacity * sizeof(*grown));
        if (grown == NULL) {
            return NULL;
        }
        minutes->items = grown;
        minutes->capacity = capacity;
    }
    struct sto_minute *made = &minutes->items[at];
    memmove(made + 1, made, (minutes->count - at) * sizeof(*made));
    *made = (struct sto_minute){.position_id = position_id};
    minutes->count++;
    return made;
}

static int64_t start_of(int64_t time_us)
{
    return time_us - time_us % MINUTE_US; /* never before 1970 */
}

bool sto_minute_is_known(const struct sto_minute *minute, const struct sto_progress *progress,
                         int64_t recorded_at_us)
{
    return minute->is_ours && minute->epoch == progress->epoch && minute->next == progress->from &&
           minute->start_us == start_of(recorded_at_us);
}

void sto_minute_move(struct sto_minute *minute, const struct sto_progress *progress,
                     int64_t recorded_at_us)
{
    minute->epoch = progress->epoch;
    minute->next = progress->next;
    minute->start_us = start_of(recorded_at_us);
}
