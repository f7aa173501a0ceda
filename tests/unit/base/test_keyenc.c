/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "base/keyenc.h"

static struct cell number(int64_t i)
{
    return (struct cell){.type = CELL_I64, .i = i};
}

static struct cell bytes(const char *p, size_t len)
{
    return (struct cell){.type = CELL_BYTES, .p = (const uint8_t *)p, .len = (uint32_t)len};
}

#define TEXT(s) bytes(s, sizeof(s) - 1)

/* The sign of the comparison of two keys of one or two fields, as a B-tree has it. */
static int order(const struct cell *a, const struct cell *b, const enum column_type *types,
                 size_t n)
{
    struct buf x = BUF_INIT;
    struct buf y = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        keyenc_put(&x, &a[i], types[i], i + 1 == n);
        keyenc_put(&y, &b[i], types[i], i + 1 == n);
    }
    size_t least = x.len < y.len ? x.len : y.len;
    int c = memcmp(x.data != NULL ? x.data : (const uint8_t *)"",
                   y.data != NULL ? y.data : (const uint8_t *)"", least);
    c = c != 0 ? c : (x.len > y.len) - (x.len < y.len);
    buf_fini(&x);
    buf_fini(&y);
    return (c > 0) - (c < 0);
}

/* Every pair of an ascending list compares as the list does. */
static void ascends(const struct cell *cells, size_t count, enum column_type type)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            assert_int_equal(order(&cells[i], &cells[j], &type, 1), (i > j) - (i < j));
        }
    }
}

static void integers_and_dates_ascend(void **state)
{
    (void)state;
    const struct cell cells[] = {number(INT64_MIN), number(INT64_MIN + 1),
                                 number(-256),      number(-255),
                                 number(-1),        number(0),
                                 number(1),         number(255),
                                 number(256),       number(INT64_MAX)};
    ascends(cells, COUNT_OF(cells), COLUMN_BIGINT);
    ascends(cells, COUNT_OF(cells), COLUMN_DATE);
}

static void text_ascends_as_collate_c_does(void **state)
{
    (void)state;
    const struct cell cells[] = {TEXT(""),
                                 TEXT("A"),
                                 TEXT("Z"),
                                 TEXT("a"),
                                 TEXT("a "),
                                 TEXT("aa"),
                                 TEXT("b"),
                                 TEXT("é"),
                                 TEXT("ا"),
                                 TEXT("ب"),
                                 TEXT("\xF0\x9F\x98\x80")};
    ascends(cells, COUNT_OF(cells), COLUMN_TEXT);
}

static void bytes_ascend_with_zeros_in_them(void **state)
{
    (void)state;
    const struct cell cells[] = {TEXT(""),        TEXT("\0"),       TEXT("\0\0"), TEXT("\0\1"),
                                 TEXT("\0\xFF"),  TEXT("\0\xFF\0"), TEXT("\1"),   TEXT("a"),
                                 TEXT("a\0"),     TEXT("a\0b"),     TEXT("ab"),   TEXT("\xFF"),
                                 TEXT("\xFF\xFF")};
    ascends(cells, COUNT_OF(cells), COLUMN_BYTEA);

    /* As the first of two fields: the second must not run into it. */
    static const enum column_type types[] = {COLUMN_BYTEA, COLUMN_BYTEA};
    for (size_t i = 0; i < COUNT_OF(cells); i++) {
        for (size_t j = 0; j < COUNT_OF(cells); j++) {
            for (size_t k = 0; k < COUNT_OF(cells); k++) {
                struct cell a[] = {cells[i], cells[k]};
                struct cell b[] = {cells[j], cells[COUNT_OF(cells) - 1 - k]};
                int second = (k > COUNT_OF(cells) - 1 - k) - (k < COUNT_OF(cells) - 1 - k);
                int first = (i > j) - (i < j);
                assert_int_equal(order(a, b, types, 2), first != 0 ? first : second);
            }
        }
    }
}

static void uuids_ascend(void **state)
{
    (void)state;
    const struct cell cells[] = {
        TEXT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), TEXT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"),
        TEXT("\x7F\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), TEXT("\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        TEXT("\xFF\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")};
    ascends(cells, COUNT_OF(cells), COLUMN_UUID);
}

static void fields_compare_in_their_order(void **state)
{
    (void)state;
    static const enum column_type types[] = {COLUMN_TEXT, COLUMN_BIGINT};
    struct cell a[] = {TEXT("a"), number(9)};
    struct cell ab[] = {TEXT("ab"), number(-9)};
    struct cell b[] = {TEXT("a"), number(-9)};
    assert_int_equal(order(a, ab, types, 2), -1);
    assert_int_equal(order(a, b, types, 2), 1);
    assert_int_equal(order(a, a, types, 2), 0);
}

/* What equal values may have different bytes for, or PostgreSQL another order, cannot be a key. */
static void only_types_equal_in_their_bytes_are_keys(void **state)
{
    (void)state;
    for (int type = COLUMN_TEXT; type <= COLUMN_JSONB; type++) {
        bool expected = type == COLUMN_TEXT || type == COLUMN_BIGINT || type == COLUMN_DATE ||
                        type == COLUMN_UUID || type == COLUMN_BYTEA;
        assert_int_equal(keyenc_allows((enum column_type)type), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_and_dates_ascend),
        cmocka_unit_test(text_ascends_as_collate_c_does),
        cmocka_unit_test(bytes_ascend_with_zeros_in_them),
        cmocka_unit_test(uuids_ascend),
        cmocka_unit_test(fields_compare_in_their_order),
        cmocka_unit_test(only_types_equal_in_their_bytes_are_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
