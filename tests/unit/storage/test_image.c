/* SPDX-License-Identifier: Apache-2.0
 * Images of rows, byte by byte. That PostgreSQL reads them as meant: component/test_values.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "storage/batch.h"
#include "storage/numeric.h"

static void assert_numeric(const uint8_t *bytes, uint32_t len, uint16_t scale,
                           const uint16_t *words, size_t count)
{
    struct buf out = BUF_INIT;
    sto_numeric_put(&out, bytes, len, scale);
    assert_false(buf_failed(&out));
    assert_int_equal(out.len, 2 * count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal((unsigned)out.data[2 * i] << 8 | out.data[2 * i + 1], words[i]);
    }
    buf_fini(&out);
}

/* ndigits, weight, sign, dscale, digits */
#define ASSERT_NUMERIC(bytes, scale, ...)                                                          \
    do {                                                                                           \
        const uint16_t words[] = {__VA_ARGS__};                                                    \
        assert_numeric((const uint8_t *)(bytes), sizeof(bytes) - 1, scale, words,                  \
                       COUNT_OF(words));                                                           \
    } while (0)

static void decimals_are_base_10000_digits(void **state)
{
    (void)state;
    ASSERT_NUMERIC("", 2, 0, 0, 0, 2);
    ASSERT_NUMERIC("\x00", 0, 0, 0, 0, 0);
    ASSERT_NUMERIC("\x01", 0, 1, 0, 0, 0, 1);
    ASSERT_NUMERIC("\xFF", 0, 1, 0, 0x4000, 0, 1);
    ASSERT_NUMERIC("\xFF", 2, 1, 0xFFFF, 0x4000, 2, 100); /* -0.01 */
    ASSERT_NUMERIC("\x30\x39", 2, 2, 0, 0, 2, 123, 4500); /* 123.45 */
    ASSERT_NUMERIC("\x27\x10", 0, 1, 1, 0, 0, 1);         /* 10000: trailing zeros go */
    ASSERT_NUMERIC("\x01", 8, 1, 0xFFFE, 0, 8, 1);        /* 0.00000001 */
    ASSERT_NUMERIC("\x80", 0, 1, 0, 0x4000, 0, 128);      /* the least of one byte */
    ASSERT_NUMERIC("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05", 0, 1, 0, 0, 0, 5);
    ASSERT_NUMERIC("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFB", 0, 1, 0, 0x4000, 0, 5);
    /* -2^63, whose magnitude is no int64 */
    ASSERT_NUMERIC("\x80\x00\x00\x00\x00\x00\x00\x00", 0, 5, 4, 0x4000, 0, 922, 3372, 368, 5477,
                   5808);
    /* 2^64 */
    ASSERT_NUMERIC("\x01\x00\x00\x00\x00\x00\x00\x00\x00", 0, 5, 4, 0, 0, 1844, 6744, 737, 955,
                   1616);
}

static void a_decimal_longer_than_any_column_fails_the_buffer(void **state)
{
    (void)state;
    uint8_t bytes[STO_NUMERIC_MAX_BYTES + 1];
    memset(bytes, 0x7F, sizeof(bytes));
    struct buf out = BUF_INIT;
    sto_numeric_put(&out, bytes + 1, STO_NUMERIC_MAX_BYTES, 3);
    assert_false(buf_failed(&out));
    sto_numeric_put(&out, bytes, sizeof(bytes), 0);
    assert_true(buf_failed(&out));
    buf_fini(&out);
}

static const struct column columns[] = {
    {.name = "a", .type = COLUMN_TEXT},    {.name = "b", .type = COLUMN_BIGINT},
    {.name = "c", .type = COLUMN_BOOLEAN}, {.name = "d", .type = COLUMN_DATE},
    {.name = "e", .type = COLUMN_DOUBLE},
};
static const uint16_t keys[] = {1};
static const struct sto_table table = {
    .columns = columns, .column_count = COUNT_OF(columns), .key_columns = keys, .key_count = 1};
static const struct cell row[] = {
    {.type = CELL_BYTES, .p = (const uint8_t *)"hi", .len = 2},
    {.type = CELL_I64, .i = -2},
    {.type = CELL_BOOL, .i = 1},
    {.type = CELL_I64, .i = 10957}, /* 2000-01-01 */
    {.type = CELL_NULL},
};

static void a_row_is_its_fields_in_column_order(void **state)
{
    (void)state;
    static const uint8_t expected[] = "\0\0\0\2hi"
                                      "\0\0\0\10\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE"
                                      "\0\0\0\1\1"
                                      "\0\0\0\4\0\0\0\0"
                                      "\xFF\xFF\xFF\xFF";
    struct buf out = BUF_INIT;
    sto_image_put(&out, &table, row, false);
    assert_int_equal(out.len, sizeof(expected) - 1);
    assert_memory_equal(out.data, expected, out.len);
    buf_fini(&out);
}

static void a_delete_keeps_its_key_alone(void **state)
{
    (void)state;
    static const uint8_t expected[] = "\xFF\xFF\xFF\xFF"
                                      "\0\0\0\10\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE"
                                      "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
    struct buf out = BUF_INIT;
    sto_image_put(&out, &table, row, true);
    assert_int_equal(out.len, sizeof(expected) - 1);
    assert_memory_equal(out.data, expected, out.len);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_base_10000_digits),
        cmocka_unit_test(a_decimal_longer_than_any_column_fails_the_buffer),
        cmocka_unit_test(a_row_is_its_fields_in_column_order),
        cmocka_unit_test(a_delete_keeps_its_key_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
