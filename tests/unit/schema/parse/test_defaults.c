/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/parse/test_defaults.c - field defaults, encoded byte by byte. */
#include "base/buf.h"
#include "parse_help.h"

static void has_default(const char *type, const char *json, const char *bytes, size_t len)
{
    struct buf text = BUF_INIT;
    buf_printf(&text,
               "{\"type\":\"record\",\"name\":\"T\",\"fields\":[{\"name\":\"x\",\"type\":%s,"
               "\"default\":%s}]}",
               type, json);
    struct sch_schema *schema = parse(buf_cstr(&text));
    const struct sch_field *field = &sch_root(schema)->fields[0];
    assert_non_null(field->default_bytes);
    if (field->default_len != len || memcmp(field->default_bytes, bytes, len) != 0) {
        fail_msg("other bytes for the default %s of %s", json, type);
    }
    sch_schema_unref(&schema);
    buf_fini(&text);
}

#define HAS_DEFAULT(type, json, bytes) has_default(type, json, bytes, sizeof(bytes) - 1)

static void defaults_are_encoded_as_avro_binary(void **state)
{
    (void)state;
    HAS_DEFAULT("\"bytes\"", "\"\\u0000\"", "\2\0");
    HAS_DEFAULT("\"null\"", "null", "");
    HAS_DEFAULT("\"boolean\"", "true", "\x01");
    HAS_DEFAULT("\"int\"", "-65", "\x81\x01");
    HAS_DEFAULT("\"int\"", "2147483647", "\xfe\xff\xff\xff\x0f");
    HAS_DEFAULT("\"long\"", "-9223372036854775808", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    HAS_DEFAULT("\"float\"", "1", "\x00\x00\x80\x3f");
    HAS_DEFAULT("\"double\"", "-2", "\x00\x00\x00\x00\x00\x00\x00\xc0");
    HAS_DEFAULT("\"bytes\"", "\"\\u00ff\\u0001a\"",
                "\x06\xff\x01"
                "a");
    HAS_DEFAULT("\"string\"", "\"\\u00ff\"", "\x04\xc3\xbf");
    HAS_DEFAULT("{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}", "\"\\u0080b\"",
                "\x80"
                "b");
    HAS_DEFAULT("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}", "\"B\"", "\x02");
    HAS_DEFAULT("{\"type\":\"array\",\"items\":\"int\"}", "[]", "\x00");
    HAS_DEFAULT("{\"type\":\"array\",\"items\":\"int\"}", "[1,2]", "\x04\x02\x04\x00");
    HAS_DEFAULT("{\"type\":\"map\",\"values\":\"int\"}", "{\"k\":3}", "\x02\x02k\x06\x00");
    HAS_DEFAULT("[\"null\",\"int\"]", "null", "\x00");
    HAS_DEFAULT("[\"int\",\"null\"]", "5", "\x00\x0a");
}

/* Structures are not refused for what Avro 1.12 takes (NRL-6). */
static void a_unions_default_is_of_the_first_branch_that_it_fits(void **state)
{
    (void)state;
    HAS_DEFAULT("[\"int\",\"null\"]", "null", "\x02");
    HAS_DEFAULT("[\"null\",\"string\"]", "\"none\"", "\x02\x08none");
    HAS_DEFAULT("[\"int\",\"long\"]", "2147483648", "\x02\x80\x80\x80\x80\x10");
    HAS_DEFAULT("[\"int\",\"double\"]", "1.5", "\x02\x00\x00\x00\x00\x00\x00\xf8\x3f");
    HAS_DEFAULT("[\"bytes\",\"string\"]", "\"\\u0100\"", "\x02\x04\xc4\x80");
    HAS_DEFAULT("[{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]},\"string\"]", "\"B\"",
                "\x02\x02"
                "B");
    HAS_DEFAULT("[{\"type\":\"map\",\"values\":\"int\"},{\"type\":\"record\",\"name\":\"R\","
                "\"fields\":[{\"name\":\"a\",\"type\":\"string\"}]}]",
                "{\"a\":\"x\"}", "\x02\x02x");
    /* What a branch wrote before it did not fit is taken back, at every depth. */
    HAS_DEFAULT("{\"type\":\"array\",\"items\":[{\"type\":\"array\",\"items\":[\"null\",\"int\"]},"
                "{\"type\":\"map\",\"values\":[\"int\",\"string\"]},\"string\"]}",
                "[[1,null],{\"k\":\"v\"},\"x\"]",
                "\x06\x00\x04\x02\x02\x00\x00\x02\x02\x02k\x02\x02v\x00\x04\x02x\x00");
}

static void a_default_that_fits_no_branch_has_its_path(void **state)
{
    (void)state;
    static const char start[] = "{\"type\":\"record\",\"name\":\"T\",\"fields\":[{\"name\":\"x\",";
    char text[400];
    snprintf(text, sizeof(text), "%s\"type\":[\"null\",\"int\"],\"default\":true}]}", start);
    refused(text, "/fields/0/default");
    snprintf(
        text, sizeof(text),
        "%s\"type\":[\"null\",{\"type\":\"array\",\"items\":\"int\"}],\"default\":[1,\"2\"]}]}",
        start);
    refused(text, "/fields/0/default/1");
    snprintf(text, sizeof(text), "%s\"type\":[],\"default\":null}]}", start);
    refused(text, "/fields/0/default");
    /* The path of a default that another needs is its own place, also while a branch is tried. */
    snprintf(
        text, sizeof(text),
        "%s\"default\":{},\"type\":[{\"type\":\"record\",\"name\":\"S\",\"fields\":[{\"name\":"
        "\"q\",\"type\":\"int\",\"default\":\"7\"}]},{\"type\":\"map\",\"values\":\"int\"}]}]}",
        start);
    refused(text, "/fields/0/type/0/fields/0/default");
}

static void a_floats_own_default_may_be_a_number_as_text(void **state)
{
    (void)state;
    HAS_DEFAULT("\"double\"", "\"NaN\"", "\x00\x00\x00\x00\x00\x00\xf8\x7f");
    HAS_DEFAULT("\"double\"", "\"-Infinity\"", "\x00\x00\x00\x00\x00\x00\xf0\xff");
    HAS_DEFAULT("\"float\"", "\"Infinity\"", "\x00\x00\x80\x7f");
    HAS_DEFAULT("\"float\"", "\" -0x1.8P1f\"", "\x00\x00\x40\xc0");
    static const char *const bad[] = {"INF", "nan", "", "1x", "0x1", "1e39"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char text[200];
        snprintf(
            text, sizeof(text),
            "{\"type\":\"record\",\"name\":\"T\",\"fields\":[{\"name\":\"x\",\"type\":\"float\","
            "\"default\":\"%s\"}]}",
            bad[i]);
        refused(text, "/fields/0/default");
    }
    refused("{\"type\":\"record\",\"name\":\"T\",\"fields\":[{\"name\":\"x\",\"type\":{\"type\":"
            "\"array\",\"items\":\"double\"},\"default\":[\"NaN\"]}]}",
            "/fields/0/default/0");
}

static void arrays_and_maps_of_no_type_have_empty_defaults(void **state)
{
    (void)state;
    HAS_DEFAULT("{\"type\":\"array\",\"items\":[]}", "[]", "\x00");
    HAS_DEFAULT("{\"type\":\"map\",\"values\":[]}", "{}", "\x00");
}

static void a_record_default_takes_what_it_leaves_out_from_its_fields(void **state)
{
    (void)state;
    HAS_DEFAULT(
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":["
        "{\"name\":\"a\",\"type\":\"int\",\"default\":1},{\"name\":\"b\",\"type\":\"string\"},"
        "{\"name\":\"c\",\"type\":[\"null\",\"R\"],\"default\":null}]}",
        "{\"b\":\"z\",\"not_a_field\":[]}", "\x02\x02z\x00");
    /* A field whose own default is encoded only later: the inner record is met before its fields'
     * defaults are. */
    HAS_DEFAULT(
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"default\":{},\"type\":"
        "{\"type\":\"record\",\"name\":\"S\",\"fields\":[{\"name\":\"q\",\"type\":\"int\","
        "\"default\":7}]}}]}",
        "{}", "\x0e");
    refused("{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"name\":\"x\",\"type\":"
            "{\"type\":\"array\",\"items\":\"A\"},\"default\":[{}]}]}",
            "/fields/0/default");
}

static void a_field_without_default_has_none(void **state)
{
    (void)state;
    struct sch_schema *schema = parse("{\"type\":\"record\",\"name\":\"T\",\"fields\":[{\"name\":"
                                      "\"x\",\"type\":[\"null\",\"int\"]}]}");
    assert_null(sch_root(schema)->fields[0].default_bytes);
    sch_schema_unref(&schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_encoded_as_avro_binary),
        cmocka_unit_test(a_unions_default_is_of_the_first_branch_that_it_fits),
        cmocka_unit_test(a_default_that_fits_no_branch_has_its_path),
        cmocka_unit_test(a_floats_own_default_may_be_a_number_as_text),
        cmocka_unit_test(arrays_and_maps_of_no_type_have_empty_defaults),
        cmocka_unit_test(a_record_default_takes_what_it_leaves_out_from_its_fields),
        cmocka_unit_test(a_field_without_default_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
