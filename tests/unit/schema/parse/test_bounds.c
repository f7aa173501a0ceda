/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/parse/test_bounds.c - hostile sizes: text, nesting, memory, defaults that double,
 * and messages about long names. */
#include "base/buf.h"
#include "base/utf8.h"
#include "parse_help.h"

static void messages_stay_short_and_whole_when_names_are_long(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    buf_put_str(&text, "{\"type\":\"record\",\"name\":\"");
    for (int i = 0; i < 1000; i++) {
        buf_put_str(
            &text, i == 0
                       ? "-"
                       : "\xd8\xb3"); /* after one byte, so that a plain cut would split a letter */
    }
    buf_put_str(&text, "\",\"fields\":[]}");
    struct err err = ERR_INIT;
    assert_null(sch_parse(buf_cstr(&text), text.len, &err));
    assert_non_null(strstr(err.text, "\xd8\xb3\xe2\x80\xa6\" is not a name"));
    assert_true(strlen(err.text) < 250);
    buf_fini(&text);
}

/* `open` n times, the middle, `close` n times. */
static void nested(struct buf *text, int n, const char *open, const char *middle, const char *close)
{
    buf_reset(text);
    for (int i = 0; i < n; i++) {
        buf_put_str(text, open);
    }
    buf_put_str(text, middle);
    for (int i = 0; i < n; i++) {
        buf_put_str(text, close);
    }
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT;
    nested(&text, SCH_MAX_DEPTH, "{\"type\":\"array\",\"items\":", "\"int\"", "}");
    struct sch_schema *schema = parse(buf_cstr(&text));
    assert_int_equal(sch_type_count(schema), SCH_MAX_DEPTH + 1);
    sch_schema_unref(&schema);

    static const int depths[] = {SCH_MAX_DEPTH + 1, 2000, 100000};
    for (size_t i = 0; i < COUNT_OF(depths); i++) {
        nested(&text, depths[i] < 30000 ? depths[i] : 30000,
               "{\"type\":\"array\",\"items\":", "\"int\"", "}");
        assert_null(sch_parse(buf_cstr(&text), text.len, &err));
        assert_int_equal(err.code, ERR_BAD_SCHEMA);
        assert_non_null(strstr(err.text, "nested deeper"));
        nested(&text, depths[i], "[", "", "]");
        assert_null(sch_parse(buf_cstr(&text), text.len, &err));
        assert_int_equal(err.code, ERR_BAD_SCHEMA);
    }
    /* Brackets in strings are text. */
    buf_reset(&text);
    buf_put_str(&text, "{\"type\":\"int\",\"doc\":\"\\\"");
    for (int i = 0; i < 2000; i++) {
        buf_put_str(&text, "[{");
    }
    buf_put_str(&text, "\"}");
    schema = parse(buf_cstr(&text));
    sch_schema_unref(&schema);
    buf_fini(&text);
}

static void size_is_bounded(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char *text = malloc(SCH_MAX_TEXT_BYTES + 1);
    assert_non_null(text);
    memset(text, ' ', SCH_MAX_TEXT_BYTES + 1); /* not a C string */
    static const char word[] = {'"', 'i', 'n', 't', '"'};
    memcpy(text, word, sizeof(word));
    struct sch_schema *schema = sch_parse(text, SCH_MAX_TEXT_BYTES, &err);
    assert_non_null(schema);
    sch_schema_unref(&schema);
    assert_null(sch_parse(text, SCH_MAX_TEXT_BYTES + 1, &err));
    assert_int_equal(err.code, ERR_BAD_SCHEMA);
    free(text);
}

/* Keys of 30 characters of two bytes each, one inside the other. */
static void a_place_is_cut_at_a_character(void **state)
{
    (void)state;
    enum { NESTED = 4 };
    struct buf text = BUF_INIT;
    struct err err = ERR_INIT;
    buf_put_str(&text, "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"m\",\"type\":");
    for (int i = 0; i < NESTED; i++) {
        buf_put_str(&text, "{\"type\":\"map\",\"values\":");
    }
    buf_put_str(&text, "\"int\"}}}},\"default\":");
    for (int i = 0; i < NESTED; i++) {
        buf_put_str(&text, "{\"");
        for (int k = 0; k < 30; k++) {
            buf_put_str(&text, "\xd8\xb9");
        }
        buf_put_str(&text, "\":");
    }
    buf_put_str(&text, "\"x\"}}}}}]}");
    assert_null(sch_parse(buf_cstr(&text), text.len, &err));
    assert_int_equal(err.code, ERR_BAD_SCHEMA);
    assert_true(strlen(err.path) > 190);
    assert_true(utf8_is_text((const uint8_t *)err.path, strlen(err.path)));
    buf_fini(&text);
}

/* A record that is nested 30 times, each time tried as two branches, with a fault at its end. */
static void branches_that_double_end_in_a_refusal(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT;
    buf_put_str(&text,
                "{\"type\":\"record\",\"name\":\"T\",\"fields\":[{\"name\":\"x\",\"type\":"
                "{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"name\":\"f\",\"type\":[\"int\","
                "{\"type\":\"record\",\"name\":\"B\",\"fields\":[{\"name\":\"f\",\"type\":[\"int\","
                "\"A\",\"B\"]}]},\"A\"]}]},\"default\":");
    for (int i = 0; i < 30; i++) {
        buf_put_str(&text, "{\"f\":");
    }
    buf_put_str(&text, "true");
    for (int i = 0; i < 30; i++) {
        buf_put_u8(&text, '}');
    }
    buf_put_str(&text, "}]}");
    assert_null(sch_parse(buf_cstr(&text), text.len, &err));
    assert_int_equal(err.code, ERR_BAD_SCHEMA);
    assert_non_null(strstr(err.text, "the defaults are too large"));
    buf_fini(&text);
}

/* n records, each holding the one before it twice, all defaults {}: 2^n bytes for a naive encoder.
 */
static void defaults_that_double_end_in_a_refusal(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT;
    buf_put_str(&text, "[{\"type\":\"record\",\"name\":\"R0\",\"fields\":"
                       "[{\"name\":\"a\",\"type\":\"int\",\"default\":1}]}");
    for (int i = 1; i < 60; i++) {
        buf_printf(&text,
                   ",{\"type\":\"record\",\"name\":\"R%d\",\"fields\":["
                   "{\"name\":\"a\",\"type\":\"R%d\",\"default\":{}},"
                   "{\"name\":\"b\",\"type\":\"R%d\",\"default\":{}}]}",
                   i, i - 1, i - 1);
    }
    buf_put_u8(&text, ']');
    assert_null(sch_parse(buf_cstr(&text), text.len, &err));
    assert_int_equal(err.code, ERR_BAD_SCHEMA);
    assert_non_null(strstr(err.text, "the defaults are too large"));
    buf_fini(&text);
}

/* 700 null fields with defaults, 100,000 times {}: no bytes, much work. */
static void defaults_without_bytes_end_in_a_refusal(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT;
    buf_put_str(&text,
                "{\"type\":\"record\",\"name\":\"T\",\"fields\":[{\"name\":\"x\",\"type\":"
                "{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"R\",\"fields\":[");
    for (int i = 0; i < 700; i++) {
        buf_printf(&text, "%s{\"name\":\"f%d\",\"type\":\"null\",\"default\":null}",
                   i > 0 ? "," : "", i);
    }
    buf_put_str(&text, "]}},\"default\":[{}");
    for (int i = 0; i < 100000; i++) {
        buf_put_str(&text, ",{}");
    }
    buf_put_str(&text, "]}]}");
    assert_null(sch_parse(buf_cstr(&text), text.len, &err));
    assert_non_null(strstr(err.text, "the defaults are too large"));
    buf_fini(&text);
}

/* Short aliases in a long namespace: 4 bytes of text each, 500 bytes of memory. */
static void memory_is_bounded(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT;
    buf_put_str(&text, "{\"type\":\"record\",\"name\":\"A\",\"fields\":[],\"namespace\":\"");
    for (int i = 0; i < 500; i++) {
        buf_put_u8(&text, 'n');
    }
    buf_put_str(&text, "\",\"aliases\":[\"B\"");
    for (int i = 0; i < 250000; i++) {
        buf_put_str(&text, ",\"B\"");
    }
    buf_put_str(&text, "]}");
    assert_true(text.len < SCH_MAX_TEXT_BYTES);
    assert_null(sch_parse(buf_cstr(&text), text.len, &err));
    assert_int_equal(err.code, ERR_BAD_SCHEMA);
    assert_non_null(strstr(err.text, "MiB of memory"));
    buf_fini(&text);
}

static void a_record_has_any_number_of_fields_that_the_text_has_room_for(void **state)
{
    (void)state;
    enum { MANY = 30000 };
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT;
    buf_put_str(&text, "{\"type\":\"record\",\"name\":\"T\",\"fields\":[");
    for (int i = 0; i < MANY; i++) {
        buf_printf(&text, "%s{\"name\":\"f%d\",\"type\":\"int\"}", i > 0 ? "," : "", i);
    }
    buf_put_str(&text, "]}");
    assert_true(text.len < SCH_MAX_TEXT_BYTES);
    struct sch_schema *schema = sch_parse(buf_cstr(&text), text.len, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(sch_root(schema)->field_count, MANY);
    sch_schema_unref(&schema);
    buf_fini(&text);
}

static void a_text_cut_anywhere_is_refused(void **state)
{
    (void)state;
    static const char text[] = "{\"type\":\"record\",\"name\":\"n.A\",\"aliases\":[\"B\"],"
                               "\"fields\":[{\"name\":\"x\",\"default\":[\"\\u0041\"],"
                               "\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":"
                               "\"y\",\"type\":[\"null\",\"A\"]}]}";
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        struct err err = ERR_INIT;
        char *cut = malloc(len + 1); /* so that a read behind the end is seen */
        assert_non_null(cut);
        memcpy(cut, text, len);
        assert_null(sch_parse(cut, len, &err));
        assert_int_equal(err.code, ERR_BAD_SCHEMA);
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_stay_short_and_whole_when_names_are_long),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(size_is_bounded),
        cmocka_unit_test(a_place_is_cut_at_a_character),
        cmocka_unit_test(branches_that_double_end_in_a_refusal),
        cmocka_unit_test(defaults_that_double_end_in_a_refusal),
        cmocka_unit_test(defaults_without_bytes_end_in_a_refusal),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(a_record_has_any_number_of_fields_that_the_text_has_room_for),
        cmocka_unit_test(a_text_cut_anywhere_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
