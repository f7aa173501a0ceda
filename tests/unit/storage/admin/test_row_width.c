/* SPDX-License-Identifier: Apache-2.0
 * unit/storage/admin/test_row_width.c - the sum by which a structure is too wide; what a server says of it
 * is component/storage/admin/test_row_width.c's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/attr.h"
#include "storage/admin/columns.h"

/* 23 and two bytes of bits, 64 of ours, and a gap. */
enum { AROUND = 32 + 64 + 8 };

static void each_type_takes_what_it_can_keep_in_a_row(void **state)
{
    static const struct {
        struct column column;
        size_t bytes; /* rounded to 8 */
    } cases[] = {
        {{.type = COLUMN_BIGINT}, 8},
        {{.type = COLUMN_DOUBLE}, 8},
        {{.type = COLUMN_TIME}, 8},
        {{.type = COLUMN_TIMESTAMPTZ}, 8},
        {{.type = COLUMN_TIMESTAMP}, 8},
        {{.type = COLUMN_DATE}, 8},
        {{.type = COLUMN_BOOLEAN}, 0},
        {{.type = COLUMN_UUID}, 16},
        {{.type = COLUMN_TEXT}, 24},
        {{.type = COLUMN_BYTEA}, 24},
        {{.type = COLUMN_JSONB}, 24},
        /* 999.99 is 1 + 2 + 2 × 2 */
        {{.type = COLUMN_NUMERIC, .precision = 5, .scale = 2}, 8},
        {{.type = COLUMN_NUMERIC, .precision = 17}, 16},
        {{.type = COLUMN_NUMERIC, .precision = 20, .scale = 10}, 16},
        {{.type = COLUMN_NUMERIC, .precision = 38, .scale = 9}, 24},
        {{.type = COLUMN_NUMERIC, .precision = 1000, .scale = 1000}, 24},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(sto_columns_row_bytes(&cases[i].column, 1), AROUND + cases[i].bytes);
    }
}

static void gaps_are_counted(void **state)
{
    static const struct column columns[] = {{.type = COLUMN_BOOLEAN}, {.type = COLUMN_BIGINT},
                                            {.type = COLUMN_BOOLEAN}, {.type = COLUMN_DATE},
                                            {.type = COLUMN_BIGINT},  {.type = COLUMN_UUID}};
    (void)state;
    assert_int_equal(sto_columns_row_bytes(columns, COUNT_OF(columns)),
                     AROUND + 8 + 8 + 4 + 4 + 8 + 16);
}

static void what_is_too_wide_is_refused_with_the_sum(void **state)
{
    static struct column columns[1500];
    static const struct {
        enum column_type type;
        size_t most;
        const char *says; /* of one more */
    } cases[] = {
        {COLUMN_BIGINT, 992, "993 fields can need 8168 bytes"},
        {COLUMN_TEXT, 334, "335 fields can need 8184 bytes"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err = ERR_INIT;
        for (size_t c = 0; c < COUNT_OF(columns); c++) {
            columns[c] = (struct column){.name = "c", .type = cases[i].type};
        }
        assert_int_equal(sto_columns_check(columns, cases[i].most, &err), 0);
        assert_int_equal(sto_columns_check(columns, cases[i].most + 1, &err), -1);
        assert_int_equal(err.code, ERR_BAD_SCHEMA);
        assert_non_null(strstr(err.text, cases[i].says));
        assert_non_null(strstr(err.text, "8160"));
        assert_non_null(strstr(err.text, "record"));
        assert_true(strlen(err.text) < ERR_TEXT_BYTES - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_takes_what_it_can_keep_in_a_row),
        cmocka_unit_test(gaps_are_counted),
        cmocka_unit_test(what_is_too_wide_is_refused_with_the_sum),
    };
    return cmocka_run_group_tests_name("row_width", tests, NULL, NULL);
}
