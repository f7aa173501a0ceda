/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_engine.c - what the lane does when a commit fails, for each kind of error.
 *
 * The fake register counts each row: whatever the reaction, an event is recorded or quarantined once.
 *
 * Links verdict_kit.c fake_register.c
 * Wraps sto_image_put */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/engine.h"
#include "unit/ingest/fake_register.h"

enum { ACTIVE = 7, PENDING = 9 };

/* So many images find no memory. */
static int images_without_memory;

int __wrap_sto_image_put(struct buf *out, const struct sto_table *table, const struct cell *cells,
                         bool is_delete, int64_t *content, struct err *err);
int __real_sto_image_put(struct buf *out, const struct sto_table *table, const struct cell *cells,
                         bool is_delete, int64_t *content, struct err *err);

int __wrap_sto_image_put(struct buf *out, const struct sto_table *table, const struct cell *cells,
                         bool is_delete, int64_t *content, struct err *err)
{
    if (images_without_memory > 0) {
        images_without_memory--;
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for an event");
    }
    return __real_sto_image_put(out, table, cells, is_delete, content, err);
}

static void a_batch_is_committed_once_and_acknowledged(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    fake_put(lane, 3, 2, ACTIVE);
    fake_deliver(lane);
    assert_int_equal(fake.commit_count, 1);
    assert_rows(1, 3);
    assert_rows(3, 2);
    assert_int_equal(fake.stored[1], 3);
    assert_int_equal(lane->parts[0]->position.next_offset, 3);
    assert_int_equal(lane->parts[0]->position.last_offset, 2);
    assert_int_equal(metric_get(&lane->metrics, METRIC_RECEIVED), 5);
    fake_lane_free(lane);
}

/* ---- RETRY ---- */

static void the_same_batch_comes_again_after_ever_longer_pauses(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    for (int i = 0; i < 6; i++) {
        fake.commits[i] = (struct fake_answer){.kind = ERR_KIND_RETRY, .code = ERR_REGISTER_DOWN};
    }
    fake_deliver(lane);
    assert_int_equal(fake.commit_count, 7);
    int64_t longest_ms = 100;
    for (int i = 1; i <= 6; i++) {
        const int64_t pause_ms = fake.tried_ms[i] - fake.tried_ms[i - 1];
        assert_in_range(pause_ms, longest_ms / 2, longest_ms + 1);
        longest_ms = longest_ms * 2 < 1000 ? longest_ms * 2 : 1000;
        assert_int_equal(fake.sizes[i], 3);
    }
    assert_rows(1, 3);
    assert_int_equal(lane->retry_ms, 0);
    assert_int_equal(metric_get(&lane->metrics, METRIC_RETRIES), 6);
    fake_lane_free(lane);
}

/* Given an event whose verdict finds no memory, then the lane waits and judges all anew: it is no fault of the
 * partition. */
static void an_event_that_found_no_memory_is_judged_again(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    images_without_memory = 1;
    fake_put(lane, 1, 3, ACTIVE);
    fake_deliver(lane);
    assert_rows(1, 3);
    assert_false(fake.halted[1]);
    assert_int_equal(fake.commit_count, 1);
    assert_int_equal(metric_get(&lane->metrics, METRIC_RETRIES), 1);
    fake_lane_free(lane);
}

static void a_retry_gives_way_to_a_revoke(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    fake.commits[0] = (struct fake_answer){.kind = ERR_KIND_RETRY, .code = ERR_REGISTER_DOWN};
    fake.revoke_waits = true;
    fake_deliver(lane);
    assert_abandoned(lane, 1);
    assert_int_equal(fake.commit_count, 1);
    assert_int_equal(fake.row_count, 0);
    fake_lane_free(lane);
}

static void a_statement_timeout_halves_the_batch(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 12, ACTIVE);
    fake.commits[0] = fake.commits[1] = (struct fake_answer){
        .kind = ERR_KIND_RETRY, .code = ERR_REGISTER_TIMEOUT, .sqlstate = "57014"};
    fake_deliver(lane);
    static const size_t sizes[] = {12, 6, 3, 6, 3};
    assert_int_equal(fake.commit_count, COUNT_OF(sizes));
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        assert_int_equal(fake.sizes[i], sizes[i]);
    }
    assert_rows(1, 12);
    fake_lane_free(lane);
}

static void a_missing_leaf_is_made(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    fake.commits[0] = (struct fake_answer){
        .kind = ERR_KIND_RETRY, .code = ERR_REGISTER_REFUSED, .sqlstate = "23514"};
    fake_deliver(lane);
    assert_int_equal(fake.leaves_count, 1);
    assert_int_equal(fake.leaves_months, 1);
    assert_rows(1, 3);
    fake_lane_free(lane);
}

/* At once, and by the columns that there are now. */
static void changed_columns_are_asked_for_again(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    fake.commits[0] = (struct fake_answer){.kind = ERR_KIND_RETRY, .code = ERR_COLUMNS_CHANGED};
    fake.catalogue.is_newer = true;
    fake_deliver(lane);
    assert_int_equal(fake.commit_count, 2);
    assert_int_equal(fake.tried_ms[1], fake.tried_ms[0]);
    assert_int_equal(fake.version_count, 1);
    assert_int_equal(fake.load_count, 1);
    assert_int_equal(ing_feed_version(lane->feed), 2);
    assert_rows(1, 3);
    fake_lane_free(lane);
}

static void an_unknown_structure_is_asked_for_once_a_batch(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 2, ACTIVE);
    fake_put(lane, 1, 3, PENDING);
    fake.catalogue.is_newer = true; /* it came into force meanwhile */
    fake_deliver(lane);
    assert_int_equal(fake.version_count, 1);
    assert_rows(1, 5);
    assert_int_equal(quarantined_rows(ERR_NONE), 5);

    fake_put(lane, 2, 2, 99);
    fake_deliver(lane);
    assert_int_equal(fake.version_count, 2);
    assert_int_equal(quarantined_rows(ERR_UNKNOWN_STRUCTURE), 2);
    fake_lane_free(lane);
}

/* On a new connection the register may be another one, of the same version: one that was restored. */
static void a_snapshot_of_before_the_connection_is_loaded_again(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 1, ACTIVE);
    fake_deliver(lane);
    assert_int_equal(fake.load_count, 0);
    for (int i = 0; i < 3; i++) {
        fake.now_ms++;
        fake.conn_broken = i == 2;
        fake_put(lane, 1, 2, 99);
        fake_deliver(lane);
        assert_int_equal(fake.load_count, i == 2 ? 2 : 1);
    }
    assert_int_equal(quarantined_rows(ERR_UNKNOWN_STRUCTURE), 6);
    fake_lane_free(lane);
}

/* ---- POISON ---- */

static void bisecting_ends_at_the_event_and_refuses_it_alone(void **state)
{
    (void)state;
    for (int64_t bad = 0; bad < 9; bad++) {
        struct ing_lane *lane = fake_lane_new();
        fake_put(lane, 1, 9, ACTIVE);
        fake_put(lane, 3, 2, ACTIVE);
        fake.poison_from = bad;
        fake.poison_to = bad + 1;
        fake_deliver(lane);
        assert_rows(1, 9);
        assert_rows(3, 2);
        assert_int_equal(quarantined_rows(ERR_REGISTER_REFUSED), 1);
        for (size_t i = 0; i < fake.row_count; i++) {
            assert_true(fake.rows[i].reason == ERR_NONE ||
                        (fake.rows[i].position_id == 1 && fake.rows[i].offset == bad));
        }
        assert_false(fake.halted[1]);
        assert_true(fake.commit_count <= 14);
        fake_lane_free(lane);
    }
}

/* Ten are at ease in any batch; of more, at most half. */
static void refusals_that_are_not_credible_halt_the_dataset(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 22, ACTIVE);
    fake_put(lane, 2, 1, ACTIVE);
    fake_put(lane, 3, 3, ACTIVE);
    fake.poison_to = 22;
    fake_deliver(lane);
    assert_int_equal(quarantined_rows(ERR_REGISTER_REFUSED), 13); /* of 26 */
    assert_true(fake.halted[1] && fake.halted[2]);
    assert_false(fake.halted[3]);
    assert_int_equal(lane->parts[0]->state, ING_HALTED);
    assert_int_equal(fake.next_offset[1], 13);
    assert_rows(3, 3);
    fake_lane_free(lane);
}

static void ten_refusals_are_credible_even_if_nothing_else_came(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 10, ACTIVE);
    fake.poison_to = 10;
    fake_deliver(lane);
    assert_rows(1, 10);
    assert_int_equal(quarantined_rows(ERR_REGISTER_REFUSED), 10);
    assert_false(fake.halted[1]);
    fake_lane_free(lane);
}

static void an_event_that_even_the_quarantine_cannot_take_halts_its_dataset(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 4, ACTIVE);
    fake_put(lane, 4, 1, ACTIVE);
    fake.poison_from = 2;
    fake.poison_to = 3;
    fake.refuses_quarantined = true;
    fake_deliver(lane);
    assert_int_equal(fake.commit_count, 6); /* the second refusal alone, not the eleventh */
    assert_true(fake.halted[1]);
    assert_int_equal(fake.next_offset[1], 2);
    assert_rows(4, 1);
    fake_lane_free(lane);
}

/* ---- FENCED ---- */

static void a_fenced_partition_is_dropped_and_the_others_go_on(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    fake_put(lane, 2, 2, ACTIVE);
    fake_put(lane, 3, 1, ACTIVE);
    fake.next_offset[2] = 1; /* somebody else took one */
    fake_deliver(lane);
    assert_int_equal(lane->parts[1]->state, ING_FENCED);
    assert_int_equal(lane->parts[1]->retry_at_ms, fake.now_ms + 45000);
    assert_int_equal(lane->parts[0]->state, ING_FLOWING);
    assert_int_equal(fake.next_offset[2], 1);
    assert_rows(1, 3);
    assert_rows(3, 1);
    assert_int_equal(metric_get(&lane->metrics, METRIC_FENCED), 1);
    fake_lane_free(lane);
}

static void three_fencings_are_news(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake.next_offset[2] = 1000;
    for (int i = 0; i < 3; i++) {
        assert_false(ing_news_waiting(ing_feed_news(lane->feed)));
        lane->parts[1]->state = ING_FLOWING;
        fake_put(lane, 2, 1, ACTIVE);
        fake_deliver(lane);
    }
    assert_true(ing_news_waiting(ing_feed_news(lane->feed)));
    fake_lane_free(lane);
}

static void a_fence_that_names_no_partition_abandons_the_batch(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    fake.commits[0] = (struct fake_answer){.kind = ERR_KIND_FENCED, .code = ERR_STALE_EPOCH};
    fake_deliver(lane);
    assert_abandoned(lane, 1);
    assert_int_equal(fake.row_count, 0);
    fake_lane_free(lane);
}

/* ---- FATAL ---- */

/* What the connection prepared may be of tables that were made anew. */
static void a_dataset_that_fails_is_tried_once_more_on_a_new_connection(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    fake.commits[0] =
        (struct fake_answer){.kind = ERR_KIND_FATAL, .code = ERR_REGISTER_SCHEMA, .progress = 1};
    fake_deliver(lane);
    assert_int_equal(fake.open_count, 2);
    assert_int_equal(fake.version_count, 1);
    assert_rows(1, 3);
    assert_false(fake.halted[1]);
    fake_lane_free(lane);
}

static void a_dataset_that_fails_again_is_halted_and_the_others_go_on(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    fake_put(lane, 2, 1, ACTIVE);
    fake_put(lane, 3, 2, ACTIVE);
    fake.commits[0] = fake.commits[1] =
        (struct fake_answer){.kind = ERR_KIND_FATAL, .code = ERR_REGISTER_SCHEMA, .progress = 1};
    fake_deliver(lane);
    assert_true(fake.halted[1] && fake.halted[2]);
    assert_int_equal(fake.halted_for[1], sto_incident_of_halt(ERR_REGISTER_SCHEMA));
    assert_false(fake.halted[3]);
    assert_int_equal(fake.next_offset[1], 0);
    assert_rows(3, 2);
    fake_lane_free(lane);
}

static void a_halt_that_cannot_be_recorded_is_a_recheck(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    fake.commits[0] = fake.commits[1] =
        (struct fake_answer){.kind = ERR_KIND_FATAL, .code = ERR_REGISTER_SCHEMA, .progress = 1};
    fake.refuses_halts = true;
    fake_deliver(lane);
    assert_true(lane->parts[0]->recheck);
    assert_int_equal(lane->parts[0]->state, ING_FLOWING);
    fake_lane_free(lane);
}

static void what_is_of_no_dataset_ends_the_lane(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    fake_put(lane, 1, 3, ACTIVE);
    fake.commits[0] = (struct fake_answer){.kind = ERR_KIND_FATAL, .code = ERR_BUG};
    assert_int_equal(ing_engine_deliver(lane), -1);
    assert_int_equal(lane->fatal.code, ERR_BUG);
    assert_int_equal(fake.row_count, 0);
    fake_lane_free(lane);
}

/* The environment is wrong, not the events. */
static void a_partition_whose_dataset_is_gone_halts_alone(void **state)
{
    (void)state;
    struct ing_lane *lane = fake_lane_new();
    lane->parts[1]->dataset_id = 99;
    fake_put(lane, 2, 2, ACTIVE);
    fake_put(lane, 1, 3, ACTIVE);
    fake_deliver(lane);
    assert_true(fake.halted[2]);
    assert_false(fake.halted[1]);
    assert_int_equal(fake.next_offset[2], 0);
    assert_rows(1, 3);
    assert_int_equal(quarantined_rows(ERR_NONE), 3);
    fake_lane_free(lane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_is_committed_once_and_acknowledged),
        cmocka_unit_test(the_same_batch_comes_again_after_ever_longer_pauses),
        cmocka_unit_test(an_event_that_found_no_memory_is_judged_again),
        cmocka_unit_test(a_retry_gives_way_to_a_revoke),
        cmocka_unit_test(a_statement_timeout_halves_the_batch),
        cmocka_unit_test(a_missing_leaf_is_made),
        cmocka_unit_test(changed_columns_are_asked_for_again),
        cmocka_unit_test(an_unknown_structure_is_asked_for_once_a_batch),
        cmocka_unit_test(a_snapshot_of_before_the_connection_is_loaded_again),
        cmocka_unit_test(bisecting_ends_at_the_event_and_refuses_it_alone),
        cmocka_unit_test(refusals_that_are_not_credible_halt_the_dataset),
        cmocka_unit_test(ten_refusals_are_credible_even_if_nothing_else_came),
        cmocka_unit_test(an_event_that_even_the_quarantine_cannot_take_halts_its_dataset),
        cmocka_unit_test(a_fenced_partition_is_dropped_and_the_others_go_on),
        cmocka_unit_test(three_fencings_are_news),
        cmocka_unit_test(a_fence_that_names_no_partition_abandons_the_batch),
        cmocka_unit_test(a_dataset_that_fails_is_tried_once_more_on_a_new_connection),
        cmocka_unit_test(a_dataset_that_fails_again_is_halted_and_the_others_go_on),
        cmocka_unit_test(a_halt_that_cannot_be_recorded_is_a_recheck),
        cmocka_unit_test(what_is_of_no_dataset_ends_the_lane),
        cmocka_unit_test(a_partition_whose_dataset_is_gone_halts_alone),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
