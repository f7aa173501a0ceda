/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/keysort.c - a radix sort over the first eight bytes in which keys differ.
 *
 * Keys of a register share their beginning (a country, a district, leading zeros), so what all of
 * them share is skipped, the next eight bytes become one integer, and a least-significant-digit
 * radix sort orders by it; digits that are the same everywhere cost nothing. Runs that are still
 * equal are sorted again by what follows. Every step is stable and starts in arrival order, so
 * versions of a key stay in the order they arrived.
 *
 * Pure: no SQL, no allocation, no thread. Time is bounded by the bytes of the keys, whatever the
 * keys are: each level of recursion skips at least eight bytes of at most KEYENC_MAX_BYTES. */
#include "storage/commit/keysort.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

enum { DIGITS = 8, VALUES = 256, SMALL = 24 };

/* Eight bytes from `skip`, zeros past the end. */
static uint64_t load_prefix(const struct sto_event *event, size_t skip)
{
    uint64_t v = 0;
    if (event->key_len >= skip + sizeof(v)) {
        memcpy(&v, event->key + skip, sizeof(v));
    } else if (event->key_len > skip) {
        memcpy(&v, event->key + skip, event->key_len - skip);
    }
    return be64toh(v);
}

static int compare_from(const struct sto_event *a, const struct sto_event *b, size_t skip)
{
    size_t shorter = a->key_len < b->key_len ? a->key_len : b->key_len;
    int c = shorter > skip ? memcmp(a->key + skip, b->key + skip, shorter - skip) : 0;
    return c != 0 ? c : (int)a->key_len - (int)b->key_len;
}

int sto_same_key(const struct sto_item *a, const struct sto_item *b, const struct sto_event *events)
{
    const struct sto_event *x = &events[a->event];
    const struct sto_event *y = &events[b->event];
    return a->prefix == b->prefix && x->key_len == y->key_len &&
           memcmp(x->key, y->key, x->key_len) == 0;
}

static void insertion_sort(struct sto_item *items, const struct sto_event *events, size_t count,
                           size_t skip)
{
    for (size_t i = 1; i < count; i++) {
        struct sto_item moving = items[i];
        size_t j = i;
        while (j > 0 &&
               compare_from(&events[items[j - 1].event], &events[moving.event], skip) > 0) {
            items[j] = items[j - 1];
            j--;
        }
        items[j] = moving;
    }
}

/* For a run in which some key ends: bytes decide, then length. */
static void merge_sort(struct sto_item *items, struct sto_item *spare,
                       const struct sto_event *events, size_t count, size_t skip)
{
    if (count <= SMALL) {
        insertion_sort(items, events, count, skip);
        return;
    }
    size_t half = count / 2;
    merge_sort(items, spare, events, half, skip);
    merge_sort(items + half, spare, events, count - half, skip);
    memcpy(spare, items, half * sizeof(*items));
    size_t left = 0;
    size_t right = half;
    for (size_t to = 0; left < half; to++) {
        bool from_right = right < count && compare_from(&events[items[right].event],
                                                        &events[spare[left].event], skip) < 0;
        items[to] = from_right ? items[right++] : spare[left++];
    }
}

/* How many bytes from `skip` all keys of the run share; *all_equal when nothing tells them apart.
 */
static size_t shared_bytes(const struct sto_item *items, const struct sto_event *events,
                           size_t count, size_t skip, bool *all_equal)
{
    const struct sto_event *first = &events[items[0].event];
    size_t shared = first->key_len > skip ? first->key_len - skip : 0;
    *all_equal = true;
    for (size_t i = 1; i < count; i++) {
        const struct sto_event *other = &events[items[i].event];
        size_t len = other->key_len > skip ? other->key_len - skip : 0;
        size_t limit = len < shared ? len : shared;
        if (other->key_len != first->key_len) {
            *all_equal = false;
        }
        if (limit > 0 && memcmp(first->key + skip, other->key + skip, limit) != 0) {
            *all_equal = false;
            size_t same = 0;
            while (first->key[skip + same] == other->key[skip + same]) {
                same++;
            }
            limit = same;
        }
        shared = limit;
    }
    return shared;
}

/* Sorts by prefix alone. */
static void radix_sort(struct sto_item *items, struct sto_item *spare, size_t count)
{
    uint32_t counts[DIGITS][VALUES];
    memset(counts, 0, sizeof(counts));
    for (size_t i = 0; i < count; i++) {
        for (unsigned d = 0; d < DIGITS; d++) {
            counts[d][(items[i].prefix >> (8 * d)) & 0xFF]++;
        }
    }
    struct sto_item *from = items;
    struct sto_item *to = spare;
    for (unsigned d = 0; d < DIGITS; d++) {
        if (counts[d][(from[0].prefix >> (8 * d)) & 0xFF] == count) {
            continue;
        }
        uint32_t at = 0;
        for (unsigned v = 0; v < VALUES; v++) {
            uint32_t here = counts[d][v];
            counts[d][v] = at;
            at += here;
        }
        for (size_t i = 0; i < count; i++) {
            to[counts[d][(from[i].prefix >> (8 * d)) & 0xFF]++] = from[i];
        }
        struct sto_item *swap = from;
        from = to;
        to = swap;
    }
    if (from != items) {
        memcpy(items, from, count * sizeof(*items));
    }
}

static void sort_run(struct sto_item *items, struct sto_item *spare, const struct sto_event *events,
                     size_t count, size_t skip)
{
    if (count <= SMALL) {
        /* Prefixes were set by the level above (or are all 0), and stay equal for equal keys. */
        insertion_sort(items, events, count, skip);
        return;
    }
    bool all_equal;
    skip += shared_bytes(items, events, count, skip, &all_equal);
    if (all_equal) {
        return;
    }
    bool some_end = false;
    for (size_t i = 0; i < count; i++) {
        const struct sto_event *event = &events[items[i].event];
        items[i].prefix = load_prefix(event, skip);
        some_end = some_end || event->key_len < skip + sizeof(items[i].prefix);
    }
    radix_sort(items, spare, count);
    for (size_t first = 0; first < count;) {
        size_t end = first + 1;
        while (end < count && items[end].prefix == items[first].prefix) {
            end++;
        }
        if (end - first > 1 && some_end) {
            merge_sort(items + first, spare, events, end - first, skip);
        } else if (end - first > 1) {
            sort_run(items + first, spare, events, end - first, skip + sizeof(items[0].prefix));
        }
        first = end;
    }
}

void sto_keysort(struct sto_item *items, struct sto_item *spare, const struct sto_event *events,
                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct sto_item){.prefix = 0, .event = (uint32_t)i};
    }
    sort_run(items, spare, events, count, 0);
}
