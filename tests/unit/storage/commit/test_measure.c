/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/storage/commit/test_measure.c - which bucket a lateness falls into. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "storage/commit/batch.h"
#include "storage/commit/measure.h"

#define YEAR_US (INT64_C(31556952) * 1000000)

static unsigned bucket_of(int64_t late_us)
{
    return sto_lateness_bucket(INT64_C(1700000000000000), INT64_C(1700000000000000) + late_us);
}

static void what_is_not_known_is_never_zero(void **state)
{
    (void)state;
    assert_int_equal(sto_lateness_bucket(STO_NO_TIME, 5), STO_LATE_UNKNOWN);
    assert_int_equal(sto_lateness_bucket(5, STO_NO_TIME), STO_LATE_UNKNOWN);
    assert_int_equal(sto_lateness_bucket(STO_NO_TIME, STO_NO_TIME), STO_LATE_UNKNOWN);
    assert_int_equal(bucket_of(0), STO_LATE_UNDER);
    assert_int_equal(bucket_of(1023), STO_LATE_UNDER);
    assert_int_equal(bucket_of(1024), STO_LATE_FIRST);
}

static void a_clock_that_is_ahead_has_its_own_bucket(void **state)
{
    (void)state;
    assert_int_equal(bucket_of(-1), STO_LATE_NEGATIVE);
    assert_int_equal(bucket_of(-50 * YEAR_US), STO_LATE_NEGATIVE);
    assert_int_equal(sto_lateness_bucket(INT64_MAX, INT64_MIN + 1), STO_LATE_NEGATIVE);
}

static void what_is_beyond_all_buckets_is_counted(void **state)
{
    (void)state;
    assert_true(bucket_of(10 * YEAR_US) < STO_LATE_OVER);
    assert_int_equal(bucket_of((INT64_C(1) << 49) - 1), STO_LATE_OVER - 1);
    assert_int_equal(bucket_of(INT64_C(1) << 49), STO_LATE_OVER);
    assert_int_equal(sto_lateness_bucket(INT64_MIN + 1, INT64_MAX), STO_LATE_OVER);
    assert_true(STO_LATENESS_BUCKETS <= 130);
}

/* late³ against 2^(30 + n): the bound is an octave's n-th third, without a rounding. */
static void each_bucket_is_a_third_of_an_octave(void **state)
{
    (void)state;
    unsigned last = STO_LATE_FIRST;
    for (int64_t late_us = 1024; late_us < 2000000; late_us++) {
        const unsigned bucket = bucket_of(late_us);
        const unsigned __int128 cube =
            (unsigned __int128)((uint64_t)late_us * (uint64_t)late_us) * (uint64_t)late_us;
        const unsigned __int128 from = (unsigned __int128)1 << (30 + bucket - STO_LATE_FIRST);
        assert_true(bucket == last || bucket == last + 1);
        assert_true(cube >= from && cube < from * 2);
        last = bucket;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_known_is_never_zero),
        cmocka_unit_test(a_clock_that_is_ahead_has_its_own_bucket),
        cmocka_unit_test(what_is_beyond_all_buckets_is_counted),
        cmocka_unit_test(each_bucket_is_a_third_of_an_octave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
