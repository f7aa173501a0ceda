/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_build.c - whatever made a batch be built anew, the same rows come out as if its slots
 * had come so in the first place.
 *
 * Links verdict_kit.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ingest/batch.h"
#include "unit/ingest/verdict_kit.h"

enum { PARTS = 3, ARENA_BYTES = 1 << 16, NONE = -1 };

#define PENDING "\0\0\0\0\011\004ab\002\012\000\000"
#define CUT     "\0\0\0\0\007\004a"

static struct ing_part parts[PARTS];
static struct sto_dataset rows[2][2];
static struct ing_datasets *older, *newer; /* in the newer one, structure 9 is active */

/* One slot: of which partition, where, and what. */
struct given {
    int part;
    int64_t offset;
    int64_t skipped;
    const char *value; /* NULL: a tombstone */
    size_t value_len;
    bool is_end;
};

/* Good events, holes, a tombstone, bytes that are cut, an end, a structure that is pending. */
static const struct given slots[] = {
    {0, 10, 0, VALUE(GOOD), false},    {1, 5, 2, VALUE(GOOD), false}, {2, 0, 0, VALUE(GOOD), false},
    {0, 11, 0, NULL, 0, false},        {1, 6, 0, VALUE(CUT), false},  {2, 4, 3, NULL, 0, true},
    {0, 12, 0, VALUE(PENDING), false}, {1, 7, 0, VALUE(GOOD), false}, {2, 4, 0, VALUE(GOOD), false},
    {0, 15, 2, VALUE(GOOD), false},
};

/* Each good event fails the first one, which keeps none out. */
#define RULE(name, expr)                                                                           \
    "{\"name\":\"" name                                                                            \
    "\",\"kind\":\"CONDITION\",\"type\":\"CEL\",\"mode\":\"WRITE\",\"expr\":\"" expr               \
    "\",\"onFailure\":\"NONE\"}"
#define RULE_SET                                                                                   \
    "{\"domainRules\":[" RULE("never", "message.seq > 100") "," RULE("always", "true") "]}"

enum { NEVER_ID = 41, ALWAYS_ID };
static int32_t rule_ids[] = {NEVER_ID, ALWAYS_ID};
static uint32_t rule_slots[] = {0, 1};

/* As the register would number them. */
static void number_rules(struct ing_datasets *datasets)
{
    for (size_t d = 0; d < 2; d++) {
        struct ing_dataset *dataset = (struct ing_dataset *)ing_datasets_at(datasets, d);
        dataset->rule_ids = rule_ids;
        dataset->rule_count = COUNT_OF(rule_ids);
        for (size_t w = 0; w < dataset->writer_count; w++) {
            dataset->writers[w].rule_slots = rule_slots;
            dataset->writers[w].rule_count = COUNT_OF(rule_slots);
        }
    }
}

static int set_up(void **state)
{
    (void)state;
    static char topics[2][16] = {"a.r", "a.other"};
    for (int i = 0; i < PARTS; i++) {
        parts[i] = (struct ing_part){.topic = topics[i / 2],
                                     .partition = i,
                                     .dataset_id = i / 2 + 1,
                                     .state = ING_FLOWING,
                                     .position = {.id = i + 1, .epoch = 1},
                                     .progress = ING_NO_PROGRESS};
    }
    struct options options = {.has_order = true, .both_alike = true, .rule_set = RULE_SET};
    older = kit_datasets(&options, rows[0]);
    options.is_newer = true;
    newer = kit_datasets(&options, rows[1]);
    number_rules(older);
    number_rules(newer);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ing_datasets_unref(&older);
    ing_datasets_unref(&newer);
    return 0;
}

static void put(struct ing_batch *batch, const struct given *given)
{
    if (given->is_end) {
        ing_batch_add_end(batch, &parts[given->part], given->offset, given->skipped);
        return;
    }
    struct ing_message message = message_of("ab", given->value, given->value_len);
    message.offset = given->offset;
    ing_batch_add(batch, &parts[given->part], &message, given->skipped);
}

/* Those of slots[from .. to) that are not of the partition `without`. */
static struct ing_batch *batch_of(size_t from, size_t to, int without,
                                  struct ing_datasets *datasets)
{
    struct ing_batch *batch = calloc(1, sizeof(*batch));
    assert_non_null(batch);
    ing_batch_init(batch, ARENA_BYTES);
    ing_batch_use(batch, datasets);
    for (size_t i = from; i < to; i++) {
        if (slots[i].part != without) {
            put(batch, &slots[i]);
        }
    }
    return batch;
}

static void batch_free(struct ing_batch *batch)
{
    ing_batch_fini(batch);
    free(batch);
}

static void put_number(struct buf *out, int64_t number)
{
    buf_put_be32(out, (uint32_t)((uint64_t)number >> 32));
    buf_put_be32(out, (uint32_t)number);
}

static void put_bytes(struct buf *out, const void *bytes, size_t len)
{
    put_number(out, bytes != NULL ? (int64_t)len : -1);
    buf_put(out, bytes, bytes != NULL ? len : 0);
}

static void put_event(struct buf *out, const struct sto_event *event)
{
    put_bytes(out, event->image, event->image_len);
    put_bytes(out, event->key, event->key_len);
    put_number(out, event->op);
    put_number(out, event->by_arrival);
    put_number(out, event->progress);
    put_number(out, event->schema_id);
    put_number(out, event->order);
    put_number(out, event->content);
    put_number(out, event->event_time_us);
    put_number(out, event->offset);
    put_number(out, event->kafka_ts_us);
}

static void put_measure(struct buf *out, const struct sto_measure *measure)
{
    put_number(out, measure != NULL);
    for (size_t i = 0; measure != NULL && i < measure->column_count; i++) {
        put_number(out, measure->nulls[i]);
        put_number(out, measure->missing[i]);
    }
    for (size_t i = 0; measure != NULL && i < measure->rule_count; i++) {
        put_number(out, measure->rules[i].rule_id);
        put_number(out, measure->rules[i].failed);
        put_number(out, measure->rules[i].evaluated);
    }
}

static void put_progress(struct buf *out, const struct sto_progress *progress)
{
    put_bytes(out, progress->topic, strlen(progress->topic));
    put_number(out, progress->partition);
    put_number(out, progress->from);
    put_number(out, progress->next);
    put_number(out, progress->received);
    put_number(out, progress->skipped);
    put_number(out, progress->last_offset);
    put_number(out, (int64_t)progress->last_hash);
}

/* All that goes to the register but the row of `offset` in partition 0 (NONE: all). */
static struct buf written(struct ing_batch *batch, int64_t but)
{
    struct buf out = BUF_INIT;
    ing_build_seal(&batch->build, batch->slots);
    const struct sto_batch *sealed = &batch->build.out;
    for (size_t s = 0; s < sealed->section_count; s++) {
        put_number(&out, sealed->sections[s].table->dataset_id);
        for (size_t i = 0; i < sealed->sections[s].count; i++) {
            const struct sto_event *event = &sealed->sections[s].events[i];
            if (event->offset != but) {
                put_event(&out, event);
            }
        }
    }
    for (size_t i = 0; i < sealed->quarantined_count; i++) {
        const struct sto_quarantined *row = &sealed->quarantined[i];
        if (row->offset != but) {
            put_number(&out, row->dataset_id);
            put_number(&out, row->progress);
            put_number(&out, row->offset);
            put_number(&out, row->schema_id);
            put_number(&out, (int64_t)row->reason);
            put_bytes(&out, row->path, strlen(row->path));
            put_bytes(&out, row->payload, row->payload_len);
        }
    }
    for (size_t i = 0; i < sealed->progress_count; i++) {
        put_progress(&out, &sealed->progress[i]);
        if (but == NONE) { /* a row less is counted less */
            put_measure(&out, sealed->progress[i].measure);
        }
    }
    assert_false(buf_failed(&out));
    return out;
}

static void assert_same(struct buf *a, struct buf *b)
{
    assert_true(a->len > 0 && a->len == b->len);
    assert_memory_equal(a->data, b->data, a->len);
    buf_fini(a);
    buf_fini(b);
}

/* A partition counts its progress in one batch at a time: so `expected` is built, read and freed first. */
static struct buf expected(size_t from, size_t to, int without, struct ing_datasets *datasets,
                           bool final)
{
    struct ing_batch *batch = batch_of(from, to, without, datasets);
    if (final) {
        ing_batch_rebuild(batch, batch->count, datasets, true);
    }
    struct buf out = written(batch, NONE);
    batch_free(batch);
    return out;
}

static void built_anew_the_same_rows_come_out(void **state)
{
    (void)state;
    struct buf want = expected(0, COUNT_OF(slots), NONE, older, false);
    struct ing_batch *batch = batch_of(0, COUNT_OF(slots), NONE, older);
    for (int i = 0; i < 3; i++) {
        ing_batch_rebuild(batch, batch->count, older, false);
    }
    assert_true(batch->build.asks);
    struct buf got = written(batch, NONE);
    assert_int_equal(batch->build.out.section_count, 2);
    assert_same(&want, &got);
    batch_free(batch);
}

static void a_smaller_limit_takes_the_first_slots_and_no_other(void **state)
{
    (void)state;
    for (size_t limit = 1; limit <= COUNT_OF(slots); limit++) {
        struct buf want = expected(0, limit, NONE, older, false);
        struct ing_batch *batch = batch_of(0, COUNT_OF(slots), NONE, older);
        ing_batch_rebuild(batch, limit, older, false);
        assert_int_equal(batch->build.count, limit);
        struct buf got = written(batch, NONE);
        assert_same(&want, &got);
        batch_free(batch);
    }
}

static void what_was_committed_is_not_in_the_rest(void **state)
{
    (void)state;
    for (size_t done = 1; done < COUNT_OF(slots); done++) {
        struct buf want = expected(done, COUNT_OF(slots), NONE, older, false);
        struct ing_batch *batch = batch_of(0, COUNT_OF(slots), NONE, older);
        ing_batch_drop_first(batch, done);
        assert_int_equal(batch->build.count, 0);
        ing_batch_rebuild(batch, batch->count, older, false);
        struct buf got = written(batch, NONE);
        assert_same(&want, &got);
        batch_free(batch);
    }
}

static void a_lost_partition_leaves_nothing(void **state)
{
    (void)state;
    for (int lost = 0; lost < PARTS; lost++) {
        struct buf want = expected(0, COUNT_OF(slots), lost, older, false);
        struct ing_batch *batch = batch_of(0, COUNT_OF(slots), NONE, older);
        ing_batch_drop_part(batch, &parts[lost]);
        assert_int_equal(parts[lost].progress, ING_NO_PROGRESS);
        ing_batch_rebuild(batch, batch->count, older, false);
        struct buf got = written(batch, NONE);
        assert_same(&want, &got);
        batch_free(batch);
    }
}

/* Only by the newer catalogue is structure 9 in force; before the register was asked nothing is said. */
static void a_new_catalogue_judges_all_slots_again(void **state)
{
    (void)state;
    struct buf want = expected(0, COUNT_OF(slots), NONE, newer, false);
    struct ing_batch *batch = batch_of(0, COUNT_OF(slots), NONE, older);
    assert_true(batch->build.asks);
    ing_batch_rebuild(batch, batch->count, newer, true);
    assert_false(batch->build.asks);
    struct buf got = written(batch, NONE);
    assert_int_equal(batch->build.out.quarantined_count, 1);
    assert_same(&want, &got);

    ing_batch_rebuild(batch, batch->count, older, true);
    assert_int_equal(batch->build.quarantined_count, 2);
    assert_int_equal(batch->build.quarantined[1].reason, ERR_NOT_YET_ACTIVE);
    batch_free(batch);
}

/* Of the rule that fails; both are run on each event. */
static uint32_t failures_of(const struct ing_batch *batch, int part)
{
    const struct sto_measure *measure = batch->build.out.progress[parts[part].progress].measure;
    assert_int_equal(measure->rule_count, 2);
    assert_int_equal(measure->rules[0].rule_id, NEVER_ID);
    assert_int_equal(measure->rules[1].rule_id, ALWAYS_ID);
    assert_int_equal(measure->rules[1].failed, 0);
    assert_int_equal(measure->rules[1].evaluated, measure->rules[0].evaluated);
    assert_int_equal(measure->rules[0].failed, measure->rules[0].evaluated);
    return measure->rules[0].failed;
}

/* Bisecting builds a batch anew, some of it several times. */
static void a_rule_that_fails_is_counted_once_however_often_the_batch_is_built(void **state)
{
    (void)state;
    struct ing_batch *batch = batch_of(0, COUNT_OF(slots), NONE, older);
    for (size_t limit = 1; limit <= COUNT_OF(slots); limit++) {
        ing_batch_rebuild(batch, limit, older, false);
    }
    ing_build_seal(&batch->build, batch->slots);
    assert_int_equal(failures_of(batch, 0), 2); /* a tombstone and what cannot be read fail none */
    assert_int_equal(failures_of(batch, 1), 2);
    assert_int_equal(failures_of(batch, 2), 2);
    batch_free(batch);
}

static void a_refused_event_goes_to_the_quarantine_and_the_others_stay(void **state)
{
    (void)state;
    enum { REFUSED = 9 }; /* the slot; its offset is 15 */
    struct ing_batch *batch = batch_of(0, COUNT_OF(slots), NONE, older);
    struct buf want = written(batch, 15);
    const size_t quarantined = batch->build.out.quarantined_count;
    struct err *refusal = calloc(1, sizeof(*refusal));
    assert_non_null(refusal);
    err_set(refusal, ERR_KIND_POISON, ERR_REGISTER_REFUSED, "SQLSTATE 22P02: no");
    batch->slots[REFUSED].refused = refusal;
    ing_batch_rebuild(batch, batch->count, older, false);
    struct buf got = written(batch, 15);
    assert_same(&want, &got);
    assert_int_equal(batch->build.out.quarantined_count, quarantined + 1);
    const struct sto_quarantined *row = &batch->build.out.quarantined[quarantined];
    assert_int_equal(row->offset, 15);
    assert_int_equal(row->reason, ERR_REGISTER_REFUSED);
    assert_int_equal(row->schema_id, 7);
    assert_int_equal(row->dataset_id, parts[slots[REFUSED].part].dataset_id);
    assert_string_equal(row->detail, "SQLSTATE 22P02: no");
    assert_memory_equal(row->payload, GOOD, sizeof(GOOD) - 1);
    assert_null(row->rule);
    assert_int_equal(failures_of(batch, 0), 2); /* its rules were run before PostgreSQL was asked */
    batch_free(batch);
}

/* NRL-2: an event that may be an exempt one leaves that it came, and the reason's own sentence. */
static void nrl_2_of_what_may_be_exempt_the_quarantine_keeps_nothing(void **state)
{
    (void)state;
    static struct sto_dataset exempt_rows[2];
    const struct options options = {.has_order = true, .both_alike = true, .exempt_field = "note"};
    struct ing_datasets *exempt = kit_datasets(&options, exempt_rows);
    struct ing_batch *batch = batch_of(4, 5, NONE, exempt);
    ing_batch_rebuild(batch, batch->count, exempt, true);
    struct buf out = written(batch, NONE);
    const struct sto_quarantined *row = &batch->build.out.quarantined[0];
    assert_int_equal(batch->build.out.quarantined_count, 1);
    assert_true(row->withheld);
    assert_string_equal(row->detail, err_sentence(row->reason));
    assert_string_equal(row->path, "");
    assert_true(row->key == NULL && row->payload == NULL && row->headers == NULL);
    assert_int_equal(row->key_len + row->payload_len + row->headers_len, 0);
    buf_fini(&out);
    batch_free(batch);
    ing_datasets_unref(&exempt);
}

/* Of an end alone the register learns how far the log goes, and of no record. */
static void an_end_alone_has_no_last_record(void **state)
{
    (void)state;
    struct ing_batch *batch = batch_of(5, 6, NONE, older);
    struct buf out = written(batch, NONE);
    const struct sto_progress *progress = &batch->build.out.progress[0];
    assert_int_equal(batch->build.out.progress_count, 1);
    assert_int_equal(progress->next, 4);
    assert_int_equal(progress->last_offset, -1);
    assert_int_equal(progress->last_ts_ms, -1);
    assert_int_equal(progress->last_hash, 0);
    buf_fini(&out);
    batch_free(batch);
}

/* A batch is as old as its first event. */
static void a_batchs_age_is_its_first_events(void **state)
{
    (void)state;
    struct ing_batch *batch = batch_of(0, 1, NONE, older);
    assert_true(batch->started_ms > 1);
    batch->started_ms = 1;
    put(batch, &slots[1]);
    assert_int_equal(batch->started_ms, 1);
    batch_free(batch);
}

static void each_offset_is_accounted_for(void **state)
{
    (void)state;
    struct ing_batch *batch = batch_of(0, COUNT_OF(slots), NONE, older);
    ing_batch_rebuild(batch, batch->count, older, true);
    struct buf out = written(batch, NONE);
    const struct sto_batch *sealed = &batch->build.out;
    int64_t received = 0;
    size_t in_sections = 0;
    for (size_t i = 0; i < sealed->progress_count; i++) {
        const struct sto_progress *progress = &sealed->progress[i];
        assert_int_equal(progress->next - progress->from, progress->received + progress->skipped);
        received += progress->received;
        assert_int_equal(progress->exempt, 0);
    }
    /* The last record of a partition is remembered by its hash; an end is no record. */
    assert_int_equal(sealed->progress[0].last_offset, 15);
    assert_true(sealed->progress[0].last_hash == ing_message_hash(&batch->slots[9].message));
    assert_int_equal(sealed->progress[2].last_offset, 4);
    assert_true(sealed->progress[2].last_hash == ing_message_hash(&batch->slots[8].message));
    for (size_t s = 0; s < sealed->section_count; s++) {
        in_sections += sealed->sections[s].count;
    }
    assert_int_equal(received, in_sections + sealed->quarantined_count);
    buf_fini(&out);
    batch_free(batch);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(built_anew_the_same_rows_come_out),
        TEST(a_smaller_limit_takes_the_first_slots_and_no_other),
        TEST(what_was_committed_is_not_in_the_rest),
        TEST(a_lost_partition_leaves_nothing),
        TEST(a_new_catalogue_judges_all_slots_again),
        TEST(a_rule_that_fails_is_counted_once_however_often_the_batch_is_built),
        TEST(a_refused_event_goes_to_the_quarantine_and_the_others_stay),
        TEST(nrl_2_of_what_may_be_exempt_the_quarantine_keeps_nothing),
        TEST(an_end_alone_has_no_last_record),
        TEST(a_batchs_age_is_its_first_events),
        TEST(each_offset_is_accounted_for),
    };
    return cmocka_run_group_tests_name("build", tests, NULL, NULL);
}
