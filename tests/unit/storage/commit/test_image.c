/* SPDX-License-Identifier: Apache-2.0
 * Images of rows, byte by byte. That PostgreSQL reads them as meant: component/storage/commit/test_values.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "storage/commit/batch.h"
#include "storage/commit/numeric.h"

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
    struct err err = ERR_INIT;
    int64_t content;
    struct buf out = BUF_INIT;
    assert_int_equal(sto_image_put(&out, &table, row, false, &content, &err), 0);
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
    struct err err = ERR_INIT;
    int64_t content;
    struct buf out = BUF_INIT;
    assert_int_equal(sto_image_put(&out, &table, row, true, &content, &err), 0);
    assert_int_equal(content, STO_CONTENT_DELETED);
    assert_int_equal(out.len, sizeof(expected) - 1);
    assert_memory_equal(out.data, expected, out.len);
    buf_fini(&out);
}

/* The source did not send the value: stored as null it would say that there is none. */
static void a_value_that_nobody_filled_in_is_never_stored(void **state)
{
    (void)state;
    struct cell unfilled[COUNT_OF(columns)];
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    int64_t content;
    memcpy(unfilled, row, sizeof(row));
    unfilled[2] = (struct cell){.type = CELL_UNCHANGED};
    assert_int_equal(sto_image_put(&out, &table, unfilled, false, &content, &err), -1);
    assert_int_equal(err.kind, ERR_KIND_FATAL);
    assert_int_equal(err.code, ERR_BUG);
    buf_fini(&out);
}

/* ---- content ---- */

static int64_t content_of(const struct column *of, size_t count, const struct cell *cells)
{
    const struct sto_table ordered = {.columns = of,
                                      .column_count = count,
                                      .key_columns = keys,
                                      .key_count = 1,
                                      .has_order = true};
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    int64_t content = 0;
    assert_int_equal(sto_image_put(&out, &ordered, cells, false, &content, &err), 0);
    buf_fini(&out);
    return content;
}

static void equal_rows_have_equal_content_and_others_have_not(void **state)
{
    (void)state;
    int64_t content = content_of(columns, COUNT_OF(columns), row);
    assert_true(content != STO_CONTENT_DELETED && content != STO_CONTENT_DELETED_BY_ARRIVAL);
    assert_int_equal(content_of(columns, COUNT_OF(columns), row), content);
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        struct cell other[COUNT_OF(columns)];
        memcpy(other, row, sizeof(row));
        other[i] = row[i].type == CELL_NULL ? (struct cell){.type = CELL_F64, .d = 0}
                                            : (struct cell){.type = CELL_NULL};
        assert_int_not_equal(content_of(columns, COUNT_OF(columns), other), content);
    }
    struct cell shifted[COUNT_OF(columns)];
    memcpy(shifted, row, sizeof(row));
    shifted[0].len = 1;
    assert_int_not_equal(content_of(columns, COUNT_OF(columns), shifted), content);
}

/* A structure with more fields is registered between two deliveries of one event. */
static void columns_that_are_added_change_no_content(void **state)
{
    (void)state;
    assert_int_equal(content_of(columns, COUNT_OF(columns) - 1, row),
                     content_of(columns, COUNT_OF(columns), row));
}

/* {"b": 2, "a": [1, "x"]}, and its members the other way round; as a client's hash table has it. */
static void the_order_of_members_is_no_content(void **state)
{
    (void)state;
#define KEY_CELL(k)                                                                                \
    {                                                                                              \
        .type = CELL_KEY, .p = (const uint8_t *)(k), .len = 1                                      \
    }
#define TEXT_CELL(t)                                                                               \
    {                                                                                              \
        .type = CELL_BYTES, .p = (const uint8_t *)(t), .len = 1                                    \
    }
#define INT_CELL(v)                                                                                \
    {                                                                                              \
        .type = CELL_I64, .column_type = COLUMN_BIGINT, .i = (v)                                   \
    }
    static const struct cell one[] = {
        {.type = CELL_OBJECT, .len = 6}, KEY_CELL("b"), INT_CELL(2),   KEY_CELL("a"),
        {.type = CELL_ARRAY, .len = 2},  INT_CELL(1),   TEXT_CELL("x")};
    static const struct cell turned[] = {{.type = CELL_OBJECT, .len = 6},
                                         KEY_CELL("a"),
                                         {.type = CELL_ARRAY, .len = 2},
                                         INT_CELL(1),
                                         TEXT_CELL("x"),
                                         KEY_CELL("b"),
                                         INT_CELL(2)};
    static const struct cell swapped[] = {
        {.type = CELL_OBJECT, .len = 6}, KEY_CELL("b"),  INT_CELL(2), KEY_CELL("a"),
        {.type = CELL_ARRAY, .len = 2},  TEXT_CELL("x"), INT_CELL(1)};
    static const struct column nested[] = {{.name = "j", .type = COLUMN_JSONB},
                                           {.name = "k", .type = COLUMN_BIGINT},
                                           {.name = "l", .type = COLUMN_JSONB}};
    const struct cell *const tapes[] = {one, turned, swapped};
    int64_t contents[COUNT_OF(tapes)];
    for (size_t i = 0; i < COUNT_OF(tapes); i++) {
        const struct cell cells[] = {{.type = CELL_NESTED, .tape = tapes[i], .len = 7},
                                     {.type = CELL_I64, .i = 5},
                                     {.type = CELL_NULL}};
        contents[i] = content_of(nested, COUNT_OF(nested), cells);
        assert_int_equal(content_of(nested, 2, cells), contents[i]);
    }
    assert_int_equal(contents[0], contents[1]);
    assert_int_not_equal(contents[0], contents[2]);
    /* The value in another column. */
    const struct cell moved[] = {{.type = CELL_NULL},
                                 {.type = CELL_I64, .i = 5},
                                 {.type = CELL_NESTED, .tape = one, .len = 7}};
    assert_int_not_equal(content_of(nested, COUNT_OF(nested), moved), contents[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_base_10000_digits),
        cmocka_unit_test(a_decimal_longer_than_any_column_fails_the_buffer),
        cmocka_unit_test(a_row_is_its_fields_in_column_order),
        cmocka_unit_test(a_delete_keeps_its_key_alone),
        cmocka_unit_test(a_value_that_nobody_filled_in_is_never_stored),
        cmocka_unit_test(equal_rows_have_equal_content_and_others_have_not),
        cmocka_unit_test(columns_that_are_added_change_no_content),
        cmocka_unit_test(the_order_of_members_is_no_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
