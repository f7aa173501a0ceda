/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/base/test_cell.c - cells as JSON: nothing rounded, nothing that jsonb would refuse. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cell.h"

static void expect(const struct cell *cell, enum column_type type, const char *json)
{
    struct buf out = BUF_INIT;
    cell_print_json(&out, cell, type);
    assert_false(buf_failed(&out));
    assert_string_equal(buf_cstr(&out), json);
    buf_fini(&out);
}

static void expect_i64(int64_t value, enum column_type type, const char *json)
{
    struct cell cell = {.type = CELL_I64, .i = value};
    expect(&cell, type, json);
}

static void expect_f64(double value, const char *json)
{
    struct cell cell = {.type = CELL_F64, .d = value};
    expect(&cell, COLUMN_DOUBLE, json);
}

static void expect_bytes(const char *bytes, size_t len, enum column_type type, const char *json)
{
    struct cell cell = {.type = CELL_BYTES, .len = (uint32_t)len, .p = (const uint8_t *)bytes};
    expect(&cell, type, json);
}

static void expect_decimal(const char *bytes, size_t len, uint16_t scale, const char *json)
{
    struct cell cell = {
        .type = CELL_DECIMAL, .scale = scale, .len = (uint32_t)len, .p = (const uint8_t *)bytes};
    expect(&cell, COLUMN_NUMERIC, json);
}

static void types_have_names(void **state)
{
    (void)state;
    for (int i = COLUMN_TEXT; i <= COLUMN_JSONB; i++) {
        enum column_type type;
        assert_true(column_type_parse(column_type_name((enum column_type)i), &type));
        assert_int_equal(type, i);
    }
    enum column_type type;
    assert_false(column_type_parse("money", &type));
    assert_string_equal(column_type_name(COLUMN_TIMESTAMPTZ), "timestamptz");
    assert_string_equal(column_type_name(COLUMN_DOUBLE), "double precision");
}

static void whole_numbers_are_exact(void **state)
{
    (void)state;
    expect_i64(INT64_MIN, COLUMN_BIGINT, "-9223372036854775808");
    expect_i64(INT64_MAX, COLUMN_BIGINT, "9223372036854775807");
    expect_i64(0, COLUMN_BIGINT, "0");
}

static void doubles_read_back_and_are_short(void **state)
{
    (void)state;
    expect_f64(0.1, "0.1");
    expect_f64(-2.5, "-2.5");
    expect_f64(1e22, "1e+22");
    expect_f64(0.1 + 0.2, "0.30000000000000004");
    expect_f64(NAN, "\"NaN\"");
    expect_f64(INFINITY, "\"Infinity\"");
    expect_f64(-INFINITY, "\"-Infinity\"");
    const double edges[] = {5e-324, 1.7976931348623157e308, 2.2250738585072014e-308, 1.0 / 3,
                            9007199254740993.0};
    for (size_t i = 0; i < COUNT_OF(edges); i++) {
        struct buf out = BUF_INIT;
        struct cell cell = {.type = CELL_F64, .d = edges[i]};
        cell_print_json(&out, &cell, COLUMN_DOUBLE);
        assert_true(strtod(buf_cstr(&out), NULL) == edges[i]);
        buf_fini(&out);
    }
}

static void decimals_keep_every_digit(void **state)
{
    (void)state;
    expect_decimal("\0", 1, 0, "0");
    expect_decimal("\0", 1, 2, "0.00");
    expect_decimal("\x05", 1, 2, "0.05");
    expect_decimal("\xfb", 1, 2, "-0.05");
    expect_decimal("\x7f", 1, 0, "127");
    expect_decimal("\x80", 1, 0, "-128");
    expect_decimal("\x80", 1, 3, "-0.128");
    expect_decimal("\x80\0\0\0", 4, 1, "-214748364.8");
    expect_decimal("\x80\0\0\0\0\0\0\0", 8, 0, "-9223372036854775808");
    expect_decimal("\x3b\x9a\xca\x00", 4, 0, "1000000000");
    expect_decimal("\x00\x00\x3b\x9a\xca\x00", 6, 9, "1.000000000");
    expect_decimal("\x05\x6b\xc7\x5e\x2d\x63\x10\x00\x00", 9, 0, "100000000000000000000");
    expect_decimal("\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16, 38,
                   "1.70141183460469231731687303715884105727");
    char big[100];
    memset(big, 0, sizeof(big));
    big[0] = 1; /* 2^792 */
    expect_decimal(big, sizeof(big), 0,
                   "2604693137843693075812442105750491327009671219654651625154788207720327046022"
                   "5125279380594534654508948214569963255598595491753131461403769845169359579417"
                   "3048675592092949766193689963995543430235340975195942808070389909794845213924"
                   "26918608896");
}

static void bytes_are_base64_and_text_is_quoted(void **state)
{
    (void)state;
    expect_bytes("", 0, COLUMN_BYTEA, "\"\"");
    expect_bytes("\0", 1, COLUMN_BYTEA, "\"AA==\"");
    expect_bytes("\xff\xee", 2, COLUMN_BYTEA, "\"/+4=\"");
    expect_bytes("abc", 3, COLUMN_BYTEA, "\"YWJj\"");
    expect_bytes("abcd", 4, COLUMN_BYTEA, "\"YWJjZA==\"");
    expect_bytes("a\"\\\n\x01/سا", 10, COLUMN_TEXT, "\"a\\\"\\\\\\n\\u0001/سا\"");
}

static void dates_and_times_are_iso_8601_or_what_postgresql_reads(void **state)
{
    (void)state;
    expect_i64(0, COLUMN_DATE, "\"1970-01-01\"");
    expect_i64(-1, COLUMN_DATE, "\"1969-12-31\"");
    expect_i64(11016, COLUMN_DATE, "\"2000-02-29\"");
    expect_i64(-719162, COLUMN_DATE, "\"0001-01-01\"");
    expect_i64(-719163, COLUMN_DATE, "\"0001-12-31 BC\"");
    expect_i64(-719529, COLUMN_DATE, "\"0002-12-31 BC\"");
    expect_i64(2932897, COLUMN_DATE, "\"10000-01-01\"");
    expect_i64(CELL_DATE_MAX_DAYS, COLUMN_DATE, "\"5874897-12-31\"");
    expect_i64(0, COLUMN_TIME, "\"00:00:00\"");
    expect_i64(CELL_TIME_MAX_US - 1, COLUMN_TIME, "\"23:59:59.999999\"");
    expect_i64(CELL_TIME_MAX_US, COLUMN_TIME, "\"24:00:00\"");
    expect_i64(3661500000, COLUMN_TIME, "\"01:01:01.500\"");
    expect_i64(-1, COLUMN_TIMESTAMPTZ, "\"1969-12-31T23:59:59.999999Z\"");
    expect_i64(1700000000000000, COLUMN_TIMESTAMPTZ, "\"2023-11-14T22:13:20Z\"");
    expect_i64(1700000000123000, COLUMN_TIMESTAMP, "\"2023-11-14T22:13:20.123\"");
    expect_i64(CELL_TIMESTAMP_MIN_US, COLUMN_TIMESTAMP, "\"4714-11-24T00:00:00 BC\"");
}

static void the_rest_is_itself(void **state)
{
    (void)state;
    struct cell yes = {.type = CELL_BOOL, .i = 1};
    struct cell no = {.type = CELL_BOOL, .i = 0};
    struct cell null = {.type = CELL_NULL};
    expect(&yes, COLUMN_BOOLEAN, "true");
    expect(&no, COLUMN_BOOLEAN, "false");
    expect(&null, COLUMN_TEXT, "null");
    uint8_t bytes[16] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0, 1, 2, 3, 4, 5, 6, 0xff};
    struct cell uuid = {.type = CELL_UUID, .len = 16, .p = bytes};
    expect(&uuid, COLUMN_UUID, "\"01234567-89ab-cdef-0001-0203040506ff\"");
}

static void a_tape_is_one_value(void **state)
{
    (void)state;
    const struct cell tape[] = {
        {.type = CELL_OBJECT, .len = 10},
        {.type = CELL_KEY, .len = 1, .p = (const uint8_t *)"a"},
        {.type = CELL_ARRAY, .len = 4},
        {.type = CELL_I64, .column_type = COLUMN_DATE, .i = 0},
        {.type = CELL_NULL},
        {.type = CELL_ARRAY, .len = 0},
        {.type = CELL_OBJECT, .len = 0},
        {.type = CELL_KEY, .len = 1, .p = (const uint8_t *)"\""},
        {.type = CELL_OBJECT, .len = 2},
        {.type = CELL_KEY, .len = 0, .p = (const uint8_t *)""},
        {.type = CELL_BYTES, .column_type = COLUMN_BYTEA, .len = 1, .p = (const uint8_t *)"\xff"},
    };
    struct cell nested = {.type = CELL_NESTED, .len = COUNT_OF(tape), .tape = tape};
    expect(&nested, COLUMN_JSONB, "{\"a\":[\"1970-01-01\",null,[],{}],\"\\\"\":{\"\":\"/w==\"}}");
    struct cell alone = {.type = CELL_NESTED, .len = 1, .tape = &tape[3]};
    expect(&alone, COLUMN_JSONB, "\"1970-01-01\"");
}

static void depth_costs_no_stack(void **state)
{
    (void)state;
    enum { DEEP = 128 };
    struct cell tape[DEEP];
    for (uint32_t i = 0; i < DEEP; i++) {
        tape[i] = (struct cell){.type = CELL_ARRAY, .len = DEEP - 1 - i};
    }
    struct cell nested = {.type = CELL_NESTED, .len = DEEP, .tape = tape};
    struct buf out = BUF_INIT;
    cell_print_json(&out, &nested, COLUMN_JSONB);
    assert_false(buf_failed(&out));
    assert_int_equal(out.len, 2 * DEEP);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_have_names),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(doubles_read_back_and_are_short),
        cmocka_unit_test(decimals_keep_every_digit),
        cmocka_unit_test(bytes_are_base64_and_text_is_quoted),
        cmocka_unit_test(dates_and_times_are_iso_8601_or_what_postgresql_reads),
        cmocka_unit_test(the_rest_is_itself),
        cmocka_unit_test(a_tape_is_one_value),
        cmocka_unit_test(depth_costs_no_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
