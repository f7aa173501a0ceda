/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"

static void what_is_put_is_kept_across_growth(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    for (int i = 0; i < 100000; i++) {
        buf_put_u8(&buf, (uint8_t)(i * 7));
    }
    assert_int_equal(buf.len, 100000);
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(buf.data[i], (uint8_t)(i * 7));
    }
    buf_fini(&buf);
    assert_null(buf.data);
}

static void numbers_are_in_network_order(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_put_be16(&buf, 0x0102);
    buf_put_be32(&buf, 0x03040506);
    buf_put_be64(&buf, UINT64_C(0x0708090a0b0c0d0e));
    assert_int_equal(buf.len, 14);
    for (size_t i = 0; i < buf.len; i++) {
        assert_int_equal(buf.data[i], i + 1);
    }
    buf_fini(&buf);
}

static void formatted_text_of_any_length_is_appended(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_printf(&buf, "%s-%d", "a", 1);
    buf_printf(&buf, "%0*d", 1000, 7);
    assert_int_equal(buf.len, 1003);
    assert_int_equal(strncmp(buf_cstr(&buf), "a-1000", 6), 0);
    assert_int_equal(buf_cstr(&buf)[1002], '7');
    buf_fini(&buf);
}

static void an_empty_buffer_is_an_empty_text(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    assert_string_equal(buf_cstr(&buf), "");
    buf_put(&buf, NULL, 0);
    assert_int_equal(buf.len, 0);
    assert_false(buf_failed(&buf));
    buf_fini(&buf);
}

static void the_closing_nul_is_not_counted(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_put_str(&buf, "ab");
    assert_string_equal(buf_cstr(&buf), "ab");
    buf_put_str(&buf, "cd");
    assert_string_equal(buf_cstr(&buf), "abcd");
    buf_fini(&buf);
}

static void failure_sticks_until_the_reset(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_put_str(&buf, "ab");
    assert_null(buf_reserve(&buf, SIZE_MAX - 1));
    assert_true(buf_failed(&buf));
    buf_put_str(&buf, "cd");
    buf_printf(&buf, "%d", 1);
    assert_null(buf_reserve(&buf, 1));
    assert_int_equal(buf.len, 2);
    assert_string_equal(buf_cstr(&buf), "");
    buf_reset(&buf);
    buf_put_str(&buf, "ef");
    assert_string_equal(buf_cstr(&buf), "ef");
    buf_fini(&buf);
}

static void a_reset_keeps_the_memory(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    assert_non_null(buf_reserve(&buf, 5000));
    uint8_t *data = buf.data;
    buf_reset(&buf);
    assert_non_null(buf_reserve(&buf, 5000));
    assert_ptr_equal(buf.data, data);
    buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_kept_across_growth),
        cmocka_unit_test(numbers_are_in_network_order),
        cmocka_unit_test(formatted_text_of_any_length_is_appended),
        cmocka_unit_test(an_empty_buffer_is_an_empty_text),
        cmocka_unit_test(the_closing_nul_is_not_counted),
        cmocka_unit_test(failure_sticks_until_the_reset),
        cmocka_unit_test(a_reset_keeps_the_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
