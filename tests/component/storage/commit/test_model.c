/* SPDX-License-Identifier: Apache-2.0
 * component/storage/commit/test_model.c - random batches leave what a plain model has: state, history with effects,
 * quarantine, ledger, positions.
 *
 * Four datasets of two partitions each, two with a declared order. A batch has some of the partitions, with
 * few events or many, of keys that repeat or do not (then the merges go with the fence), now and then too
 * wide for one parameter. Each batch the writer gets other limits, so that one section goes every way: one
 * merge or several, history as a parameter or COPYed. Some batches are refused by the fence first.
 * NRC_TEST_SEED repeats a run. */
#include "commit_world.h"

#include "base/clock.h"

static uint64_t seed;

static uint32_t rnd(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}

/* ---- a batch ---- */

static struct sto_progress *progress_of(int place)
{
    return &w.progress[w.index[place]];
}

static int64_t take_offset(int place)
{
    struct sto_progress *progress = progress_of(place);
    progress->received++;
    progress->last_offset = progress->next;
    progress->last_ts_ms = progress->next + 3;
    progress->last_hash = (uint64_t)progress->next * 7;
    return progress->next++;
}

/* Fields of every width that storage/commit/rows.c moves in its own way. */
static struct model_value random_value(bool wide)
{
    static const uint32_t letters[] = {4, 12, 28, 40};
    const uint32_t text = rnd(COUNT_OF(letters));
    return (struct model_value){.text = text,
                                .letters = wide ? WIDE_LETTERS - 4 * rnd(700) : letters[text],
                                .n = (int64_t)rnd(3) - 1};
}

static struct model_event random_event(int dataset, bool wide)
{
    const bool has_order = shapes[dataset].has_order;
    const char op = "cuuurd"[rnd(6)];
    struct model_event event = {
        .key = w.repeats ? rnd(KEYS) : w.next_key++ % KEYS,
        .op = op,
        .by_arrival = op == 'd' && has_order && rnd(2) == 0,
        .only_if_held = op == 'd' && w.repeats && rnd(3) == 0,
        .order = w.number / 3 + (int64_t)rnd(12) - 5,
        .kafka_ts_us = rnd(30) == 0 ? STO_NO_TIME : FIRST_US + 1000 * (w.number + (int64_t)rnd(20)),
        .value = random_value(wide),
    };
    if (rnd(8) == 0 && w.last[dataset].op != 0 && w.repeats) {
        event = w.last[dataset];
    }
    return event;
}

static struct sto_event product_event(int dataset, const struct model_event *event)
{
    const struct sto_table *table = &w.tables[dataset];
    char civil_no[16];
    snprintf(civil_no, sizeof(civil_no), "K-%u", event->key / 3);
    const struct cell n = event->value.n == MODEL_NO_N
                              ? (struct cell){.type = CELL_NULL}
                              : (struct cell){.type = CELL_I64, .i = event->value.n};
    const struct cell body = kit_text(text_of(&event->value));
    const struct cell as_tail[] = {
        kit_text(civil_no), {.type = CELL_I64, .i = event->key % 3}, body, n};
    const struct cell as_head[] = {body, n, {.type = CELL_I64, .i = event->key}};
    struct sto_event made = kit_event(
        &w.kit->arena, table, table->columns == tail_columns ? as_tail : as_head, event->op);
    made.by_arrival = event->by_arrival;
    made.content = event->by_arrival ? STO_CONTENT_DELETED_BY_ARRIVAL : made.content;
    made.only_if_held = event->only_if_held;
    made.kafka_ts_us = event->kafka_ts_us;
    made.event_time_us = event->order % 4 == 0 ? STO_NO_TIME : FIRST_US + event->order;
    made.offset = event->offset;
    made.order = event->order;
    return made;
}

static void record(int dataset, const struct model_event *event, enum sto_effect effect)
{
    static const char letters[] = {[STO_APPLIED] = 'a', [STO_DUPLICATE] = 'd', [STO_STALE] = 's'};
    const size_t count = w.history_count[dataset]++;
    w.history[dataset] = realloc(w.history[dataset], (count + 1) * sizeof(*w.history[dataset]));
    assert_non_null(w.history[dataset]);
    w.history[dataset][count] = (struct record){.event = *event,
                                                .order = event->order,
                                                .has_order = !event->by_arrival,
                                                .effect = letters[effect]};
}

static void add_event(int dataset, int place, bool wide)
{
    struct sto_section *section = &w.sections[dataset];
    struct sto_progress *progress = progress_of(place);
    struct model_event event = random_event(dataset, wide);
    event.position = progress->position_id;
    event.offset = take_offset(place);
    if (!shapes[dataset].has_order) {
        event.order = event.offset;
    }
    w.last[dataset] = event;
    const enum sto_effect effect =
        model_take(&w.rows[dataset][event.key], &event, shapes[dataset].has_order);
    w.effects[dataset][section->count] = (uint8_t)effect;
    section->events[section->count] = product_event(dataset, &event);
    section->events[section->count++].progress = w.index[place];
    progress->applied += effect == STO_APPLIED;
    progress->duplicate += effect == STO_DUPLICATE;
    progress->stale += effect == STO_STALE;
    progress->exempt_total += effect == STO_EXEMPT;
    if (effect != STO_EXEMPT) {
        record(dataset, &event, effect);
    }
}

static void add_quarantined(int dataset, int place)
{
    static const uint8_t key[] = "a key";
    struct sto_quarantined *bad = &w.bad[w.batch.quarantined_count++];
    *bad = (struct sto_quarantined){
        .dataset_id = w.tables[dataset].dataset_id,
        .progress = w.index[place],
        .offset = take_offset(place),
        .kafka_ts_us = FIRST_US,
        .reason = rnd(2) == 0 ? ERR_TRUNCATED : ERR_KEY_TOO_LONG,
        .detail = "x",
        .key = rnd(2) == 0 ? NULL : key,
        .key_len = sizeof(key) - 1,
        .payload = key,
        .payload_len = rnd(sizeof(key)),
    };
    progress_of(place)->quarantined++;
    buf_printf(&w.quarantine[place], "%" PRId64 "|%s|%s|%zu\n", bad->offset, err_token(bad->reason),
               bad->key != NULL ? "a key" : "-", bad->payload_len);
}

static void skip_offsets(int place)
{
    progress_of(place)->next += 2;
    progress_of(place)->skipped += 2;
}

/* What one offset holds. */
static void add_one(int dataset, int place, bool wide)
{
    const uint32_t what = rnd(40);
    if (what == 0 && w.batch.quarantined_count < BAD) {
        add_quarantined(dataset, place);
    } else if (what == 1) {
        (void)take_offset(place);
        progress_of(place)->exempt++;
        progress_of(place)->exempt_total++;
    } else if (what == 2) {
        skip_offsets(place);
    } else {
        add_event(dataset, place, wide);
    }
}

static void fill_section(int dataset)
{
    const bool wide = rnd(60) == 0;
    static const uint32_t sizes[] = {1, 4, 4, 12, EVENTS};
    const uint32_t count = wide ? WIDE_EVENTS : rnd(sizes[rnd(COUNT_OF(sizes))]);
    for (uint32_t i = 0; i < count; i++) {
        const int place = dataset * PARTITIONS + (int)rnd(PARTITIONS);
        if (w.has[place]) {
            add_one(dataset, place, wide);
        }
    }
}

static void begin(int number)
{
    arena_reset(&w.kit->arena);
    w.number = number;
    w.repeats = rnd(3) > 0;
    w.next_key = rnd(KEYS);
    w.batch =
        (struct sto_batch){.sections = w.sections, .quarantined = w.bad, .progress = w.progress};
    const int surely = (int)rnd(PLACES);
    for (int p = 0; p < PLACES; p++) {
        w.has[p] = p == surely || rnd(4) > 0;
        if (w.has[p]) {
            w.index[p] = (uint32_t)w.batch.progress_count++;
            struct sto_progress *progress = progress_of(p);
            *progress = w.places[p];
            progress->from = progress->next;
            progress->last_ts_ms = 0;
            progress->last_hash = 0;
            if (rnd(8) == 0) {
                skip_offsets(p); /* and it may be all that it has */
            }
        }
    }
    w.batch.section_count = DATASETS;
    for (int d = 0; d < DATASETS; d++) {
        w.sections[d] = (struct sto_section){.table = &w.tables[d], .events = w.events[d]};
        fill_section(d);
    }
}

static void note_places(void)
{
    for (int p = 0; p < PLACES; p++) {
        if (!w.has[p]) {
            continue;
        }
        const struct sto_progress *now = progress_of(p);
        buf_printf(&w.ledger[p], "%d|stream|%lld|%lld|%lld|%lld|%lld|%lld|%lld|%lld|%lld|%lld\n",
                   now->dataset_id, (long long)now->epoch, (long long)now->from,
                   (long long)now->next, (long long)now->received, (long long)now->skipped,
                   (long long)now->applied, (long long)now->duplicate, (long long)now->stale,
                   (long long)now->quarantined, (long long)now->exempt_total);
        w.places[p].next = now->next;
        if (now->last_offset >= 0) {
            w.places[p].last_ts_ms = now->last_ts_ms;
            w.places[p].last_hash = now->last_hash;
        }
    }
}

/* Another epoch: nothing is written, and the batch is as good as before. */
static void commit_with_another_epoch(void)
{
    struct err err = ERR_INIT;
    struct sto_progress *one = &w.progress[rnd((uint32_t)w.batch.progress_count)];
    one->epoch++;
    assert_err(sto_commit(w.kit->writer, &w.batch, &err), err, ERR_KIND_FENCED, ERR_STALE_EPOCH);
    one->epoch--;
}

static void commit(void)
{
    static const size_t rows_max[] = {0, 1, 6, 2000};
    static const size_t chunks[] = {1, 2, 5, 4000};
    if (rnd(30) == 0) {
        kit_open_conn(w.kit, NULL);
    }
    sto_writer_set_rows_max(w.kit->writer, rows_max[rnd(COUNT_OF(rows_max))]);
    sto_writer_set_chunk_rows(w.kit->writer, chunks[rnd(COUNT_OF(chunks))]);
    if (rnd(12) == 0) {
        commit_with_another_epoch();
    }
    struct err err = ERR_INIT;
    assert_ok(sto_commit(w.kit->writer, &w.batch, &err), err);
    for (int d = 0; d < DATASETS; d++) {
        for (size_t i = 0; i < w.sections[d].count; i++) {
            if (w.events[d][i].effect != w.effects[d][i]) {
                fail_msg("batch %d, %s, event %zu: effect %d, not %d", w.number, shapes[d].name, i,
                         w.events[d][i].effect, w.effects[d][i]);
            }
        }
    }
}

static void random_batches_leave_what_one_event_at_a_time_would(void **state)
{
    const char *given = getenv("NRC_TEST_SEED");
    seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)clock_mono_us();
    print_message("NRC_TEST_SEED=%" PRIu64 "\n", seed);
    declare(*state);
    for (int b = 0; b < BATCHES; b++) {
        begin(b);
        note_places();
        commit();
        assert_position((int)rnd(PLACES));
        if (b % 40 == 39) {
            assert_state();
        }
    }
    assert_state();
    for (int d = 0; d < DATASETS; d++) {
        assert_table(d, "history", w.history[d], w.history_count[d]);
        free(w.history[d]);
    }
    for (int p = 0; p < PLACES; p++) {
        assert_position(p);
        assert_place(p);
        buf_fini(&w.ledger[p]);
        buf_fini(&w.quarantine[p]);
    }
    kit_assert_no_ledger_faults();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COMMIT_TEST_AS(random_batches_leave_what_one_event_at_a_time_would, kit_setup, "every way"),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
