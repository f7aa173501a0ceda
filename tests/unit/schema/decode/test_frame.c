/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/decode/test_frame.c - frames and the headers that stand for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schema/decode/frame.h"

static const uint8_t guid_header[17] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};

static void expect_refused(const void *bytes, size_t len, const uint8_t *header, size_t header_len,
                           enum err_code code)
{
    struct sch_frame frame;
    struct err err = ERR_INIT;
    assert_int_equal(sch_frame_read(bytes, len, header, header_len, &frame, &err), -1);
    assert_int_equal(err.kind, ERR_KIND_POISON);
    assert_int_equal(err.code, code);
}

static void a_frame_has_an_id_and_the_rest(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0, 0x7F, 0xFF, 0xFF, 0xFE, 'a', 'b'};
    struct sch_frame frame;
    struct err err = ERR_INIT;
    assert_int_equal(sch_frame_read(bytes, sizeof(bytes), NULL, 0, &frame, &err), 0);
    assert_false(frame.by_guid);
    assert_int_equal(frame.schema_id, 0x7FFFFFFE);
    assert_ptr_equal(frame.bytes, bytes + 5);
    assert_int_equal(frame.len, 2);
    assert_int_equal(sch_frame_read(bytes, 5, NULL, 0, &frame, &err), 0);
    assert_int_equal(frame.len, 0);
}

static void a_frame_cut_short_is_refused(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0, 0, 0, 0, 1};
    for (size_t len = 1; len < sizeof(bytes); len++) {
        expect_refused(bytes, len, NULL, 0, ERR_BAD_FRAME);
    }
    expect_refused(bytes, 0, NULL, 0, ERR_EMPTY_VALUE);
    expect_refused(NULL, 0, NULL, 0, ERR_EMPTY_VALUE);
}

static void ids_of_zero_or_below_are_refused(void **state)
{
    (void)state;
    expect_refused("\0\0\0\0\0x", 6, NULL, 0, ERR_BAD_FRAME);
    expect_refused("\0\x80\0\0\0x", 6, NULL, 0, ERR_BAD_FRAME);
    expect_refused("\0\xff\xff\xff\xffx", 6, NULL, 0, ERR_BAD_FRAME);
}

static void an_unknown_magic_byte_is_refused(void **state)
{
    (void)state;
    for (int magic = 1; magic < 256; magic++) {
        const uint8_t bytes[] = {(uint8_t)magic, 0, 0, 0, 1, 'x'};
        expect_refused(bytes, sizeof(bytes), NULL, 0, ERR_BAD_FRAME);
    }
}

static void a_guid_header_leaves_the_whole_value(void **state)
{
    (void)state;
    struct sch_frame frame;
    struct err err = ERR_INIT;
    const uint8_t bytes[] = {0, 0, 0, 0, 0};
    assert_int_equal(sch_frame_read(bytes, sizeof(bytes), guid_header, 17, &frame, &err), 0);
    assert_true(frame.by_guid);
    assert_memory_equal(frame.guid, guid_header + 1, 16);
    assert_ptr_equal(frame.bytes, bytes);
    assert_int_equal(frame.len, 5);
    assert_int_equal(sch_frame_read(NULL, 0, guid_header, 17, &frame, &err), 0);
    assert_int_equal(frame.len, 0);
}

static void a_malformed_guid_header_is_refused(void **state)
{
    (void)state;
    uint8_t header[18];
    memcpy(header, guid_header, 17);
    for (size_t len = 0; len <= 18; len++) {
        if (len != 17) {
            expect_refused("x", 1, header, len, ERR_BAD_FRAME);
        }
    }
    header[0] = 0;
    expect_refused("x", 1, header, 17, ERR_BAD_FRAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_has_an_id_and_the_rest),
        cmocka_unit_test(a_frame_cut_short_is_refused),
        cmocka_unit_test(ids_of_zero_or_below_are_refused),
        cmocka_unit_test(an_unknown_magic_byte_is_refused),
        cmocka_unit_test(a_guid_header_leaves_the_whole_value),
        cmocka_unit_test(a_malformed_guid_header_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
