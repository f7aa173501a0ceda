/* SPDX-License-Identifier: Apache-2.0
 * unit/schema/encode/test_encode.c - a JSON document as Avro, in the wire frame. tests/e2e/test_topic.py compares with fastavro. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "schema/encode/encode.h"

#define RECORD(fields)    "{\"type\":\"record\",\"name\":\"r\",\"fields\":[" fields "]}"
#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"

static const char schema[] = RECORD(FIELD("n", "[\"null\",\"string\"]") "," FIELD(
    "t",
    "{\"type\":\"long\",\"logicalType\":"
    "\"timestamp-micros\"}") "," FIELD("a",
                                       "{\"type\":\"array\",\"items\":"
                                       "\"string\"}") "," FIELD("b",
                                                                "\"boolean"
                                                                "\"") "," FIELD("i",
                                                                                "[\"int\","
                                                                                "\"null\"]") "," FIELD("in",
                                                                                                       "{\"type\":\"record\",\"name\":\"in\",\"fields\":[" FIELD(
                                                                                                           "l",
                                                                                                           "\"long\"") "]}"));

struct room {
    struct sch_encoder *encoder;
    struct buf out;
    struct err err;
};

static int build(void **state)
{
    struct room *room = calloc(1, sizeof(*room));
    room->err = (struct err)ERR_INIT;
    room->encoder = sch_encoder_new(schema, strlen(schema), &room->err);
    assert_non_null(room->encoder);
    *state = room;
    return 0;
}

static int done(void **state)
{
    struct room *room = *state;
    sch_encoder_free(&room->encoder);
    buf_fini(&room->out);
    free(room);
    return 0;
}

static void members_are_written_in_the_structures_order_and_others_left_out(void **state)
{
    struct room *room = *state;
    static const uint8_t bytes[] = {
        0,    0x01, 0x02, 0x03, 0x04,         /* the frame: id 0x01020304 */
        2,    4,    0xd8, 0xb9,               /* n: the second branch, 2 bytes of Arabic */
        2,                                    /* t: one microsecond */
        4,    2,    'x',  4,    'y',  'z', 0, /* a */
        1,                                    /* b */
        0,    0x03,                           /* i: the first branch, -2 */
        0x80, 0x80, 0x80, 0x80, 0x10          /* in.l: 2^31 */
    };
    assert_int_equal(sch_encode(room->encoder, 0x01020304,
                                "{\"left\":{\"out\":1},\"in\":{\"l\":2147483648},\"i\":-2,"
                                "\"b\":true,\"a\":[\"x\",\"yz\"],"
                                "\"t\":\"1970-01-01T00:00:00.000001Z\",\"n\":\"\xd8\xb9\"}",
                                &room->out, &room->err),
                     0);
    assert_int_equal(room->out.len, sizeof(bytes));
    assert_memory_equal(room->out.data, bytes, sizeof(bytes));
}

static void what_is_absent_is_null_empty_or_false(void **state)
{
    struct room *room = *state;
    static const uint8_t bytes[] = {'#', 0, 0, 0, 0, 7, 0, 0, 0, 0, 2, 0};
    buf_put_str(&room->out, "#"); /* it is appended */
    assert_int_equal(
        sch_encode(room->encoder, 7, "{\"t\":0,\"in\":{\"l\":0}}", &room->out, &room->err), 0);
    assert_int_equal(room->out.len, sizeof(bytes));
    assert_memory_equal(room->out.data, bytes, sizeof(bytes));
}

static void a_document_of_another_form_is_refused_with_its_path(void **state)
{
    struct room *room = *state;
    static const struct {
        const char *json;
        const char *path;
    } cases[] = {
        {"", ""},
        {"[]", ""},
        {"{\"t\":0}", "/in"},
        {"{\"in\":{\"l\":0}}", "/t"},
        {"{\"t\":null,\"in\":{\"l\":0}}", "/t"},
        {"{\"t\":\"infinity\",\"in\":{\"l\":0}}", "/t"},
        {"{\"t\":1.5,\"in\":{\"l\":0}}", "/t"},
        {"{\"t\":0,\"in\":{}}", "/in/l"},
        {"{\"t\":0,\"n\":1,\"in\":{\"l\":0}}", "/n"},
        {"{\"t\":0,\"a\":\"x\",\"in\":{\"l\":0}}", "/a"},
        {"{\"t\":0,\"a\":[null],\"in\":{\"l\":0}}", "/a"},
        {"{\"t\":0,\"b\":0,\"in\":{\"l\":0}}", "/b"},
        {"{\"t\":0,\"i\":2147483648,\"in\":{\"l\":0}}", "/i"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        err_reset(&room->err);
        assert_int_equal(sch_encode(room->encoder, 1, cases[i].json, &room->out, &room->err), -1);
        assert_int_equal(room->err.code, ERR_BUG);
        assert_string_equal(room->err.path, cases[i].path);
        assert_int_equal(room->out.len, 0);
    }
}

static void a_long_document_is_written_whole(void **state)
{
    struct room *room = *state;
    struct buf json = BUF_INIT;
    buf_put_str(&json, "{\"t\":0,\"in\":{\"l\":0},\"a\":[");
    for (int i = 0; i < 5000; i++) {
        buf_printf(&json, "%s\"item %05d\"", i > 0 ? "," : "", i);
    }
    buf_put_str(&json, "]}");
    assert_int_equal(sch_encode(room->encoder, 1, buf_cstr(&json), &room->out, &room->err), 0);
    assert_true(room->out.len > (size_t)5000 * 11);
    assert_memory_equal(room->out.data + room->out.len - 3 - 11 - 1, "\x14item 04999", 11);
    buf_fini(&json);
}

static void a_structure_that_is_none_or_has_other_types_is_refused(void **state)
{
    struct room *room = *state;
    static const char floats[] = RECORD(FIELD("f", "\"double\""));
    assert_null(sch_encoder_new("{\"type\":\"rec", 12, &room->err));
    assert_int_equal(room->err.code, ERR_BAD_SCHEMA);
    struct sch_encoder *encoder = sch_encoder_new(floats, strlen(floats), &room->err);
    assert_int_equal(sch_encode(encoder, 1, "{\"f\":1.5}", &room->out, &room->err), -1);
    assert_int_equal(room->err.code, ERR_BUG);
    sch_encoder_free(&encoder);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, build, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(members_are_written_in_the_structures_order_and_others_left_out),
        TEST(what_is_absent_is_null_empty_or_false),
        TEST(a_document_of_another_form_is_refused_with_its_path),
        TEST(a_long_document_is_written_whole),
        TEST(a_structure_that_is_none_or_has_other_types_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
