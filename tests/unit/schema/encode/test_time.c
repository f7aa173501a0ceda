/* SPDX-License-Identifier: Apache-2.0
 * unit/schema/encode/test_time.c - times of RFC 3339 as microseconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attr.h"
#include "schema/encode/time_priv.h"

static void a_time_is_microseconds_whatever_its_zone(void **state)
{
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.000001Z", 1},
        {"1969-12-31T23:59:59.5Z", -500000},
        {"1970-01-01T04:00:00+04:00", 0},
        {"1969-12-31T19:30:00-04:30", 0},
        {"2026-03-01T09:30:00.123456Z", INT64_C(1772357400123456)},
        {"2024-02-29T00:00:00+00:00", INT64_C(1709164800000000)},
        {"9999-12-31T23:59:59.999999Z", INT64_C(253402300799999999)},
        {"0001-01-01T00:00:00Z", INT64_C(-62135596800000000)},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t us = -1;
        assert_true(sch_time_read(cases[i].text, &us));
        assert_int_equal(us, cases[i].us);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "infinity",
        "2026",
        "2026-03-01",
        "2026-03-01T09:30:00",
        "2026-03-01 09:30:00Z",
        "2026-3-01T09:30:00Z",
        "2026-02-30T09:30:00Z",
        "2025-02-29T09:30:00Z",
        "2026-13-01T09:30:00Z",
        "2026-03-00T09:30:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T09:60:00Z",
        "2026-03-01T09:30:60Z",
        "2026-03-01T09:30:00.Z",
        "2026-03-01T09:30:00.1234567Z",
        "2026-03-01T09:30:00z",
        "2026-03-01T09:30:00ZZ",
        "2026-03-01T09:30:00+4:00",
        "2026-03-01T09:30:00+24:00",
        "2026-03-01T09:30:00+04:60",
        "2026-03-01T09:30:00+04",
        "-026-03-01T09:30:00Z",
        "\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa6-03-01T09:30:00Z",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t us;
        if (sch_time_read(cases[i], &us)) {
            fail_msg("%s is read", cases[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_microseconds_whatever_its_zone),
        cmocka_unit_test(what_is_no_time_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
