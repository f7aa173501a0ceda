/* SPDX-License-Identifier: Apache-2.0
 * unit/storage/commit/test_minute.c - counts that add up, and when a row's content is known. */
#include "storage/commit/minute.h"

#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { KEYS = 40 };

/* Random sums, against an array with a place for each key. */
static void counts_are_added_key_by_key(void **state)
{
    (void)state;
    unsigned seed = 7;
    struct sto_counts sum = {0};
    int64_t model[KEYS] = {0};
    for (int turn = 0; turn < 300; turn++) {
        struct sto_counts more = {0};
        for (int32_t key = 0; key < KEYS; key++) {
            if (rand_r(&seed) % 8 == 0) {
                const int64_t n = 1 + rand_r(&seed) % 100;
                assert_int_equal(sto_counts_put(&more, key - KEYS / 2, n), 0);
                model[key] += n;
            }
        }
        assert_int_equal(sto_counts_add(&sum, &more), 0);
        sto_counts_fini(&more);
        size_t at = 0;
        for (int32_t key = 0; key < KEYS; key++) {
            if (model[key] > 0) {
                assert_true(at < sum.count);
                assert_int_equal(sum.items[at].key, key - KEYS / 2);
                assert_int_equal(sum.items[at].n, model[key]);
                at++;
            }
        }
        assert_int_equal(sum.count, at);
    }
    sto_counts_fini(&sum);
}

static void minutes_are_found_by_their_position(void **state)
{
    (void)state;
    struct sto_minutes minutes = {0};
    for (int32_t i = 0; i < 100; i++) {
        const int32_t id = i * 37 % 101;
        assert_null(sto_minute_find(&minutes, id));
        struct sto_minute *made = sto_minute_made(&minutes, id);
        assert_non_null(made);
        assert_false(made->is_ours);
        made->next = id;
    }
    for (int32_t i = 0; i < 100; i++) {
        const int32_t id = i * 37 % 101;
        assert_int_equal(sto_minute_find(&minutes, id)->next, id);
        assert_ptr_equal(sto_minute_made(&minutes, id), sto_minute_find(&minutes, id));
    }
    assert_int_equal(minutes.count, 100);
    sto_minutes_fini(&minutes);
}

/* By whom and when a batch comes that begins at `from`. */
static bool is_known(const struct sto_minute *minute, int64_t epoch, int64_t from,
                     int64_t recorded_at_us)
{
    const struct sto_progress progress = {.epoch = epoch, .from = from, .next = from + 1};
    return sto_minute_is_known(minute, &progress, recorded_at_us);
}

static void a_row_is_known_to_who_left_its_position_there_in_that_minute(void **state)
{
    (void)state;
    const int64_t noon_us = INT64_C(1700049600000000);
    struct sto_minute minute = {.is_ours = true};
    const struct sto_progress progress = {.epoch = 3, .from = 5, .next = 9};
    sto_minute_move(&minute, &progress, noon_us + 1);
    assert_true(is_known(&minute, 3, 9, noon_us));
    assert_true(is_known(&minute, 3, 9, noon_us + 59999999));
    assert_false(is_known(&minute, 3, 9, noon_us + 60000000)); /* the next one */
    assert_false(is_known(&minute, 3, 9, noon_us - 1));        /* a clock that was set back */
    assert_false(is_known(&minute, 4, 9, noon_us));            /* claimed anew */
    assert_false(is_known(&minute, 3, 5, noon_us));            /* the batch was rolled back */
    assert_false(is_known(&minute, 3, 10, noon_us));
    minute.is_ours = false;
    assert_false(is_known(&minute, 3, 9, noon_us));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_added_key_by_key),
        cmocka_unit_test(minutes_are_found_by_their_position),
        cmocka_unit_test(a_row_is_known_to_who_left_its_position_there_in_that_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
