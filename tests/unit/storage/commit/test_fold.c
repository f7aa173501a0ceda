/* SPDX-License-Identifier: Apache-2.0
 * The fold against a reference that takes one event at a time: the same effects and the same final
 * state, wherever batches are cut, for both order rules, with deletes that hold by arrival.
 *
 * The reference says the rule of which version is newer in its own words; the merge here does what the
 * SQL of storage/commit/order.h says. Neither calls the C rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "storage/commit/fold.h"

enum { MAX_EVENTS = 120, MAX_KEYS = 12, PARTITIONS = 3, ROUNDS = 6000 };

static uint64_t seed;

static uint32_t rnd(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}

struct row {
    bool there;
    bool deleted;
    int64_t order;
    int64_t offset;
    int64_t ts;
    int32_t tp;
    bool by_arrival; /* deleted so */
    int64_t content;
};

static struct sto_event events[MAX_EVENTS];
static uint8_t keys[MAX_KEYS];
static struct sto_progress progress[PARTITIONS];
static struct sto_fold_space space;

static size_t key_of(const struct sto_event *event)
{
    return (size_t)(event->key - keys);
}

static int32_t tp_of(const struct sto_event *event)
{
    return progress[event->progress].position_id;
}

static void make_history(size_t count, bool has_order)
{
    int64_t next[PARTITIONS];
    uint32_t key_count = 1 + rnd(MAX_KEYS);
    uint32_t orders = 2 + rnd(8);
    for (int p = 0; p < PARTITIONS; p++) {
        progress[p] = (struct sto_progress){.position_id = 70 - p};
        next[p] = rnd(2) * 1000;
    }
    for (size_t i = 0; i < count; i++) {
        struct sto_event *event = &events[i];
        uint32_t p = rnd(PARTITIONS);
        bool tombstone = rnd(5) == 0;
        *event = (struct sto_event){
            .key = &keys[rnd(key_count)],
            .key_len = 1,
            .op = tombstone ? 'd' : 'u',
            .by_arrival = tombstone && rnd(2) == 0,
            .only_if_held = tombstone && rnd(2) == 0,
            .progress = p,
            .offset = next[p]++,
            .kafka_ts_us = rnd(9) == 0 ? STO_NO_TIME : (int64_t)rnd(20) * 1000,
        };
        event->order = has_order ? (int64_t)rnd(orders) - 2 : event->offset;
        event->content = !has_order || (tombstone && !event->by_arrival) ? STO_CONTENT_DELETED
                         : tombstone ? STO_CONTENT_DELETED_BY_ARRIVAL
                                     : 2 + (int64_t)rnd(3);
    }
}

/* Two events in one tick of the order: sent twice, or two updates of which Kafka says the later. */
static enum sto_effect reference_tie(const struct row *row, const struct sto_event *event,
                                     int64_t ts)
{
    bool same = event->op == 'd' ? row->deleted : !row->deleted && event->content == row->content;
    if (same) {
        return STO_DUPLICATE;
    }
    if (row->by_arrival) {
        return STO_STALE; /* only a strictly greater order revives the key */
    }
    bool later = row->tp == tp_of(event) ? event->offset > row->offset : ts >= row->ts;
    return later ? STO_APPLIED : STO_STALE;
}

/* One event after the other, in the words of the design. */
static enum sto_effect reference_take(struct row *row, const struct sto_event *event,
                                      bool has_order)
{
    enum sto_effect effect;
    int64_t keep_order = row->there ? row->order : STO_ORDER_NOTHING;
    int64_t ts = event->kafka_ts_us == STO_NO_TIME ? INT64_MIN : event->kafka_ts_us;
    if (event->only_if_held && !row->there) {
        effect = STO_EXEMPT;
    } else if (has_order && event->by_arrival) {
        effect = STO_APPLIED;
    } else if (!row->there) {
        effect = STO_APPLIED;
    } else if (has_order) {
        effect = event->order > row->order    ? STO_APPLIED
                 : event->order == row->order ? reference_tie(row, event, ts)
                                              : STO_STALE;
    } else if (row->tp == tp_of(event)) {
        effect = event->offset > row->offset ? STO_APPLIED : STO_STALE;
    } else {
        effect = ts >= row->ts ? STO_APPLIED : STO_STALE;
    }
    if (effect == STO_APPLIED) {
        *row = (struct row){.there = true,
                            .deleted = event->op == 'd',
                            .order = has_order && event->by_arrival ? keep_order : event->order,
                            .offset = event->offset,
                            .ts = ts,
                            .tp = tp_of(event),
                            .by_arrival = event->by_arrival,
                            .content = event->content};
    }
    return effect;
}

static struct sto_current current_of(const struct row *row)
{
    return (struct sto_current){
        .known = row->there,
        .order = row->order,
        .offset = row->offset,
        .kafka_ts_pg = row->ts == INT64_MIN ? INT64_MIN : row->ts - STO_PG_EPOCH_US,
        .topic_partition = row->tp,
        .content = row->content,
    };
}

/* INSERT … ON CONFLICT DO UPDATE … WHERE, as storage/commit/order.h writes it. */
static bool merge_row(struct row *row, const struct sto_event *event, int64_t staged_order,
                      bool has_order)
{
    int64_t ts = event->kafka_ts_us == STO_NO_TIME ? INT64_MIN : event->kafka_ts_us;
    bool wins = !row->there;
    if (row->there && has_order) {
        bool later = tp_of(event) == row->tp ? event->offset > row->offset : ts >= row->ts;
        wins = staged_order > row->order || staged_order == INT64_MIN ||
               (staged_order == row->order && event->content != row->content && row->content != 1 &&
                later);
    } else if (row->there) {
        wins = staged_order == INT64_MIN ||
               (tp_of(event) == row->tp ? event->offset > row->offset : ts >= row->ts);
    }
    int64_t order = row->there && !has_order ? event->offset : staged_order;
    if (row->there && has_order && row->order > order) {
        order = row->order;
    }
    if (wins) {
        *row = (struct row){.there = true,
                            .deleted = event->op == 'd',
                            .order = order,
                            .offset = event->offset,
                            .ts = ts,
                            .tp = tp_of(event),
                            .by_arrival = event->by_arrival,
                            .content = event->content};
    }
    return wins;
}

static void run_batch(struct row *rows, size_t first, size_t count, bool has_order)
{
    const struct sto_table table = {.has_order = has_order};
    struct sto_section section = {.table = &table, .events = events + first, .count = count};
    struct sto_fold fold;
    size_t at = rnd(3);
    assert_int_equal(sto_fold_space_reserve(&space, at + count), 0);
    sto_fold_sort(&fold, &space, at, &section, progress);
    for (size_t i = 0; i < fold.lookup_count; i++) {
        const struct row *row = &rows[key_of(&section.events[fold.lookups[i]])];
        if (row->there) {
            fold.current[i] = current_of(row);
        }
    }
    sto_fold_decide(&fold);
    bool lost[MAX_EVENTS] = {false};
    for (size_t i = 0; i < fold.staged_count; i++) {
        const struct sto_event *event = &section.events[fold.staged[i].event];
        lost[i] = !merge_row(&rows[key_of(event)], event, fold.staged[i].order, has_order);
    }
    bool returning = rnd(2) == 0;
    bool backwards = rnd(2) == 0; /* the server answers in any order */
    for (size_t n = 0; n < fold.staged_count; n++) {
        const size_t i = backwards ? fold.staged_count - 1 - n : n;
        const struct sto_event *event = &section.events[fold.staged[i].event];
        struct sto_current state = current_of(&rows[key_of(event)]);
        if (lost[i] && !returning) {
            assert_int_equal(sto_fold_set_unapplied(&fold, tp_of(event), event->offset, &state), 0);
        } else if (!lost[i] && returning) {
            assert_int_equal(sto_fold_mark_applied(&fold, tp_of(event), event->offset), 0);
        }
    }
    if (returning) {
        sto_fold_find_unapplied(&fold);
        for (size_t i = 0; i < fold.unapplied_count; i++) {
            const struct sto_event *event = &section.events[fold.unapplied[i]];
            struct sto_current state = current_of(&rows[key_of(event)]);
            assert_int_equal(sto_fold_set_unapplied_nth(&fold, i, &state), 0);
        }
    }
    sto_fold_apply_rest(&fold);
}

static void assert_same_row(const struct row *a, const struct row *b)
{
    assert_int_equal(a->there, b->there);
    if (a->there) {
        assert_int_equal(a->deleted, b->deleted);
        assert_int_equal(a->order, b->order);
        assert_int_equal(a->offset, b->offset);
        assert_int_equal(a->tp, b->tp);
        assert_int_equal(a->content, b->content);
    }
}

static void batches_do_not_matter(bool has_order)
{
    for (int round = 0; round < ROUNDS; round++) {
        seed = (uint64_t)round * 77 + has_order;
        size_t count = 1 + rnd(MAX_EVENTS);
        uint32_t longest = 1 + rnd(60);
        make_history(count, has_order);
        struct row expected[MAX_KEYS] = {{0}};
        enum sto_effect effects[MAX_EVENTS];
        for (size_t i = 0; i < count; i++) {
            effects[i] = reference_take(&expected[key_of(&events[i])], &events[i], has_order);
        }
        struct row rows[MAX_KEYS] = {{0}};
        for (size_t i = 0; i < count;) {
            size_t batch = 1 + rnd(longest);
            batch = batch < count - i ? batch : count - i;
            run_batch(rows, i, batch, has_order);
            i += batch;
        }
        for (size_t i = 0; i < count; i++) {
            if (events[i].effect != effects[i]) {
                print_error("round %d event %zu\n", round, i);
            }
            assert_int_equal(events[i].effect, effects[i]);
        }
        for (size_t k = 0; k < MAX_KEYS; k++) {
            assert_same_row(&rows[k], &expected[k]);
        }
    }
}

static void batches_do_not_matter_with_a_declared_order(void **state)
{
    (void)state;
    batches_do_not_matter(true);
}

static void batches_do_not_matter_with_kafkas_order(void **state)
{
    (void)state;
    batches_do_not_matter(false);
}

/* Versions 5, 3, 7 onto a state of 6: only 7 is newer, though 5 would have been had the batch begun
 * elsewhere. */
static void several_versions_are_judged_by_the_states_order(void **state)
{
    (void)state;
    const int64_t orders[] = {5, 3, 7};
    progress[0] = (struct sto_progress){.position_id = 1};
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        events[i] = (struct sto_event){
            .key = keys, .key_len = 1, .op = 'u', .order = orders[i], .offset = (int64_t)i};
    }
    struct row rows[1] = {{.there = true, .order = 6, .offset = 100, .tp = 2}};
    run_batch(rows, 0, COUNT_OF(orders), true);
    assert_int_equal(events[0].effect, STO_STALE);
    assert_int_equal(events[1].effect, STO_STALE);
    assert_int_equal(events[2].effect, STO_APPLIED);
    assert_int_equal(rows[0].order, 7);
}

static void a_delete_by_arrival_is_revived_only_by_a_greater_order(void **state)
{
    (void)state;
    progress[0] = (struct sto_progress){.position_id = 1};
    events[0] = (struct sto_event){.key = keys, .key_len = 1, .op = 'c', .order = 9, .content = 5};
    events[1] = (struct sto_event){.key = keys,
                                   .key_len = 1,
                                   .op = 'd',
                                   .by_arrival = true,
                                   .offset = 1,
                                   .content = STO_CONTENT_DELETED_BY_ARRIVAL};
    events[2] = (struct sto_event){
        .key = keys, .key_len = 1, .op = 'u', .order = 9, .offset = 2, .content = 5};
    events[3] = (struct sto_event){
        .key = keys, .key_len = 1, .op = 'u', .order = 10, .offset = 3, .content = 5};
    struct row rows[1] = {{0}};
    run_batch(rows, 0, 3, true);
    assert_true(rows[0].deleted);
    assert_int_equal(rows[0].order, 9);
    assert_int_equal(events[2].effect, STO_STALE);
    run_batch(rows, 3, 1, true);
    assert_false(rows[0].deleted);
    assert_int_equal(rows[0].order, 10);
}

/* An order in whole seconds: what is sent twice is a duplicate, a second update of the same second is
 * none. */
static void two_updates_of_one_order_are_told_from_one_sent_twice(void **state)
{
    (void)state;
    static const struct {
        int64_t order;
        int64_t content;
        enum sto_effect effect;
    } rows[] = {
        {9, 5, STO_APPLIED},
        {9, 5, STO_DUPLICATE},
        {9, 6, STO_APPLIED},
        {9, 6, STO_DUPLICATE},
        {9, 5, STO_APPLIED},
        {8, 7, STO_STALE},
        {9, STO_CONTENT_DELETED, STO_APPLIED},
        {9, STO_CONTENT_DELETED, STO_DUPLICATE},
        {9, 8, STO_APPLIED},
    };
    for (size_t cut = 1; cut <= COUNT_OF(rows); cut++) {
        struct row held[1] = {{0}};
        progress[0] = (struct sto_progress){.position_id = 1};
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            events[i] = (struct sto_event){.key = keys,
                                           .key_len = 1,
                                           .op = rows[i].content == STO_CONTENT_DELETED ? 'd' : 'u',
                                           .order = rows[i].order,
                                           .offset = (int64_t)i,
                                           .content = rows[i].content};
        }
        for (size_t i = 0; i < COUNT_OF(rows); i += cut) {
            run_batch(held, i, cut < COUNT_OF(rows) - i ? cut : COUNT_OF(rows) - i, true);
        }
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            assert_int_equal(events[i].effect, rows[i].effect);
        }
        assert_int_equal(held[0].content, 8);
    }
}

/* From two partitions Kafka's clock decides between two updates of one order. */
static void of_two_partitions_the_later_update_of_one_order_wins(void **state)
{
    (void)state;
    static const struct {
        uint32_t partition;
        int64_t ts_us;
        enum sto_effect effect;
    } rows[] = {{0, 1000, STO_APPLIED},
                {1, 2000, STO_APPLIED},
                {0, 1500, STO_STALE},
                {0, 2000, STO_APPLIED}};
    for (uint32_t p = 0; p < PARTITIONS; p++) {
        progress[p] = (struct sto_progress){.position_id = (int32_t)p + 1};
    }
    for (size_t cut = 1; cut <= COUNT_OF(rows); cut++) {
        struct row held[1] = {{0}};
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            events[i] = (struct sto_event){.key = keys,
                                           .key_len = 1,
                                           .op = 'u',
                                           .order = 3,
                                           .progress = rows[i].partition,
                                           .offset = (int64_t)i,
                                           .kafka_ts_us = rows[i].ts_us,
                                           .content = 10 + (int64_t)i};
        }
        for (size_t i = 0; i < COUNT_OF(rows); i += cut) {
            run_batch(held, i, cut < COUNT_OF(rows) - i ? cut : COUNT_OF(rows) - i, true);
        }
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            assert_int_equal(events[i].effect, rows[i].effect);
        }
        assert_int_equal(held[0].content, 13);
    }
}

/* The scenario of storage/commit/fold.c: keys A and B are exempt, C is not. */
static void nrl_2_a_delete_of_a_key_that_is_not_held_is_exempt(void **state)
{
    (void)state;
    enum { A = 0, C, B };
    static const struct {
        size_t key;
        char op;
        enum sto_effect effect;
    } rows[] = {
        {A, 'd', STO_EXEMPT}, {C, 'd', STO_EXEMPT},  {C, 'u', STO_APPLIED},
        {B, 'd', STO_EXEMPT}, {C, 'd', STO_APPLIED},
    };
    for (int has_order = 0; has_order < 2; has_order++) {
        struct row held[3] = {{0}};
        progress[0] = (struct sto_progress){.position_id = 1};
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            const bool deletes = rows[i].op == 'd';
            events[i] = (struct sto_event){.key = &keys[rows[i].key],
                                           .key_len = 1,
                                           .op = rows[i].op,
                                           .by_arrival = deletes && has_order,
                                           .only_if_held = deletes,
                                           .offset = (int64_t)i};
        }
        run_batch(held, 0, COUNT_OF(rows), has_order);
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            assert_int_equal(events[i].effect, rows[i].effect);
        }
        assert_false(held[A].there || held[B].there);
        assert_true(held[C].there && held[C].deleted);
    }
}

/* A topic grows from 4 to 16 partitions, and the key moves from offset 1,000,000 to offset 3. */
static void a_key_that_moves_to_another_partition_is_not_stale(void **state)
{
    (void)state;
    progress[0] = (struct sto_progress){.position_id = 1};
    progress[1] = (struct sto_progress){.position_id = 2};
    struct row rows[1] = {
        {.there = true, .order = 1000000, .offset = 1000000, .ts = 5000, .tp = 1}};
    events[0] = (struct sto_event){
        .key = keys, .key_len = 1, .op = 'u', .progress = 1, .offset = 3, .kafka_ts_us = 5000};
    run_batch(rows, 0, 1, false);
    assert_int_equal(events[0].effect, STO_APPLIED);
    assert_int_equal(rows[0].offset, 3);
}

/* Another lane wrote the key after the fold had read it. */
static void a_folded_key_that_loses_is_reported(void **state)
{
    (void)state;
    const struct sto_table table = {.has_order = true};
    struct sto_section section = {.table = &table, .events = events, .count = 2};
    struct sto_fold fold;
    progress[0] = (struct sto_progress){.position_id = 1};
    events[0] = (struct sto_event){.key = keys, .key_len = 1, .op = 'u', .order = 1};
    events[1] = (struct sto_event){.key = keys, .key_len = 1, .op = 'u', .order = 2, .offset = 1};
    assert_int_equal(sto_fold_space_reserve(&space, 2), 0);
    sto_fold_sort(&fold, &space, 0, &section, progress);
    sto_fold_decide(&fold);
    assert_int_equal(fold.staged_count, 1);
    const struct sto_current other = {.known = true, .order = 3, .topic_partition = 9};
    assert_int_equal(sto_fold_set_unapplied(&fold, 1, 1, &other), -1);
    assert_int_equal(sto_fold_set_unapplied(&fold, 1, 99, &other), -1);
}

static int free_space(void **state)
{
    (void)state;
    sto_fold_space_fini(&space);
    return 0;
}

int main(void)
{
    for (size_t i = 0; i < MAX_KEYS; i++) {
        keys[i] = (uint8_t)(i * 7);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_do_not_matter_with_a_declared_order),
        cmocka_unit_test(batches_do_not_matter_with_kafkas_order),
        cmocka_unit_test(several_versions_are_judged_by_the_states_order),
        cmocka_unit_test(a_delete_by_arrival_is_revived_only_by_a_greater_order),
        cmocka_unit_test(two_updates_of_one_order_are_told_from_one_sent_twice),
        cmocka_unit_test(of_two_partitions_the_later_update_of_one_order_wins),
        cmocka_unit_test(nrl_2_a_delete_of_a_key_that_is_not_held_is_exempt),
        cmocka_unit_test(a_key_that_moves_to_another_partition_is_not_stale),
        cmocka_unit_test(a_folded_key_that_loses_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, free_space);
}
