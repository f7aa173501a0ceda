/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/parse/test_parse.c - what the parser makes of a schema, and what it refuses and
 * where.
 *
 * The many cases are tests/oracle/schema_oracle.py's; here are the model behind them, the
 * pre-encoded defaults byte by byte, and hostile sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "schema/model/model.h"
#include "schema/parse/parse.h"

static struct sch_schema *parse(const char *text)
{
    struct err err = ERR_INIT;
    struct sch_schema *schema = sch_parse(text, strlen(text), &err);
    if (schema == NULL) {
        fail_msg("refused: %s\n%s", err.text, text);
    }
    return schema;
}

static void refused(const char *text, const char *path)
{
    struct err err = ERR_INIT;
    struct sch_schema *schema = sch_parse(text, strlen(text), &err);
    if (schema != NULL) {
        sch_schema_unref(&schema);
        fail_msg("accepted: %.200s", text);
    }
    assert_int_equal(err.kind, ERR_KIND_FATAL);
    assert_int_equal(err.code, ERR_BAD_SCHEMA);
    assert_string_equal(err.path, path);
    size_t len = strlen(path);
    assert_memory_equal(err.text, len > 0 ? path : "/", len > 0 ? len : 1);
    assert_memory_equal(err.text + (len > 0 ? len : 1), ": ", 2);
}

static const struct sch_type *field_type(const struct sch_schema *schema, size_t i)
{
    return sch_root(schema)->fields[i].type;
}

static void every_node_has_its_own_number_and_named_types_one(void **state)
{
    (void)state;
    struct sch_schema *schema = parse(
        "{\"type\":\"record\",\"name\":\"n.A\",\"fields\":["
        "{\"name\":\"x\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"P\",\"Q\"]}},"
        "{\"name\":\"y\",\"type\":[\"null\",\"E\",{\"type\":\"array\",\"items\":\"A\"}]},"
        "{\"name\":\"z\",\"type\":\"n.E\"},{\"name\":\"w\",\"type\":{\"type\":\"n.E\"}}]}");
    const struct sch_type *root = sch_root(schema);
    const struct sch_type *list = root->fields[1].type->branches[2];
    assert_ptr_equal(root->fields[0].type, root->fields[1].type->branches[1]);
    assert_ptr_equal(root->fields[0].type, root->fields[2].type);
    assert_ptr_equal(root->fields[0].type, root->fields[3].type);
    assert_ptr_equal(list->items, root);
    assert_int_equal(sch_type_count(schema), 5);
    bool seen[5] = {false};
    const struct sch_type *all[] = {root, root->fields[0].type, root->fields[1].type,
                                    root->fields[1].type->branches[0], list};
    for (size_t i = 0; i < 5; i++) {
        assert_in_range(all[i]->number, 0, 4);
        assert_false(seen[all[i]->number]);
        seen[all[i]->number] = true;
    }
    sch_schema_unref(&schema);
}

static void names_are_full_and_namespaces_are_inherited(void **state)
{
    (void)state;
    struct sch_schema *schema = parse(
        "{\"type\":\"record\",\"name\":\"A\",\"namespace\":\"a.b\",\"aliases\":[\"Z\",\"q.Y\"],"
        "\"fields\":[{\"name\":\"f\",\"aliases\":[\"g\",\"h\"],\"type\":"
        "{\"type\":\"record\",\"name\":\"c.B\",\"namespace\":\"not.this\",\"aliases\":[\"X\"],"
        "\"fields\":["
        "{\"name\":\"g\",\"type\":{\"type\":\"fixed\",\"name\":\"F\",\"size\":7}}]}},"
        "{\"name\":\"e\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"namespace\":\"\","
        "\"symbols\":[\"S\",\"T\"],\"default\":\"T\",\"aliases\":[\"D\"]}},"
        "{\"name\":\"e2\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[]}}]}");
    const struct sch_type *root = sch_root(schema);
    assert_string_equal(root->name, "a.b.A");
    assert_int_equal(root->aliases.count, 2);
    assert_string_equal(root->aliases.items[0], "a.b.Z");
    assert_string_equal(root->aliases.items[1], "q.Y");
    assert_int_equal(root->fields[0].aliases.count, 2);
    assert_string_equal(root->fields[0].aliases.items[1], "h");
    const struct sch_type *inner = field_type(schema, 0);
    assert_string_equal(inner->name, "c.B");
    assert_string_equal(inner->aliases.items[0], "c.X");
    assert_string_equal(inner->fields[0].type->name, "c.F");
    assert_int_equal(inner->fields[0].type->size, 7);
    const struct sch_type *e = field_type(schema, 1);
    assert_string_equal(e->name, "E");
    assert_string_equal(e->aliases.items[0], "D");
    assert_int_equal(e->default_symbol, 1);
    assert_string_equal(field_type(schema, 2)->name, "a.b.E");
    assert_int_equal(field_type(schema, 2)->default_symbol, -1);
    assert_ptr_equal(sch_find_field(root, "e"), &root->fields[1]);
    assert_null(sch_find_field(root, "E"));
    assert_null(sch_find_field(e, "e"));
    sch_schema_unref(&schema);
}

static void a_short_reference_prefers_the_namespace_around_it(void **state)
{
    (void)state;
    struct sch_schema *schema =
        parse("{\"type\":\"record\",\"name\":\"A\",\"fields\":["
              "{\"name\":\"outer\",\"type\":{\"type\":\"fixed\",\"name\":\"F\",\"size\":1}},"
              "{\"name\":\"b\",\"type\":{\"type\":\"record\",\"name\":\"n.B\",\"fields\":["
              "{\"name\":\"before\",\"type\":\"F\"},"
              "{\"name\":\"own\",\"type\":{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}},"
              "{\"name\":\"after\",\"type\":\"F\"},{\"name\":\"dotted\",\"type\":\".F\"}]}},"
              "{\"name\":\"last\",\"type\":\"F\"}]}");
    const struct sch_field *inner = field_type(schema, 1)->fields;
    assert_int_equal(inner[0].type->size, 1);
    assert_int_equal(inner[2].type->size, 2);
    assert_int_equal(inner[3].type->size, 1);
    assert_int_equal(field_type(schema, 2)->size, 1);
    sch_schema_unref(&schema);
}

static void logical(const char *type, enum sch_logical expected)
{
    struct sch_schema *schema = parse(type);
    if (sch_root(schema)->logical != expected) {
        fail_msg("logical type %d, not %d: %s", sch_root(schema)->logical, expected, type);
    }
    sch_schema_unref(&schema);
}

static void logical_types_stand_on_their_own_types_only(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *type;
        enum sch_logical logical;
    } rows[] = {
        {"uuid", "string", SCH_UUID},
        {"date", "int", SCH_DATE},
        {"time-millis", "int", SCH_TIME_MILLIS},
        {"time-micros", "long", SCH_TIME_MICROS},
        {"timestamp-millis", "long", SCH_TIMESTAMP_MILLIS},
        {"timestamp-micros", "long", SCH_TIMESTAMP_MICROS},
        {"local-timestamp-millis", "long", SCH_LOCAL_TIMESTAMP_MILLIS},
        {"local-timestamp-micros", "long", SCH_LOCAL_TIMESTAMP_MICROS},
        {"decimal", "bytes", SCH_DECIMAL},
        {"timestamp-nanos", "none of them", SCH_LOGICAL_NONE},
    };
    static const char *const types[] = {"null",  "boolean", "int",   "long",
                                        "float", "double",  "bytes", "string"};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (size_t j = 0; j < COUNT_OF(types); j++) {
            char text[200];
            snprintf(text, sizeof(text),
                     "{\"type\":\"%s\",\"logicalType\":\"%s\",\"precision\":4,\"scale\":2}",
                     types[j], rows[i].name);
            bool fits = strcmp(types[j], rows[i].type) == 0;
            logical(text, fits ? rows[i].logical : SCH_LOGICAL_NONE);
        }
    }
    logical("{\"type\":\"fixed\",\"name\":\"F\",\"size\":12,\"logicalType\":\"duration\"}",
            SCH_DURATION);
    logical("{\"type\":\"fixed\",\"name\":\"F\",\"size\":11,\"logicalType\":\"duration\"}",
            SCH_LOGICAL_NONE);
    logical("{\"type\":\"string\",\"logicalType\":7}", SCH_LOGICAL_NONE);
}

static void decimal(const char *parameters, bool fits)
{
    char text[200];
    snprintf(text, sizeof(text), "{\"type\":\"bytes\",\"logicalType\":\"decimal\"%s}", parameters);
    logical(text, fits ? SCH_DECIMAL : SCH_LOGICAL_NONE);
}

static void a_decimal_that_does_not_fit_is_plain_bytes(void **state)
{
    (void)state;
    decimal(",\"precision\":1", true);
    decimal(",\"precision\":1000,\"scale\":1000", true);
    decimal(",\"precision\":1001", false); /* more than numeric takes */
    decimal("", false);
    decimal(",\"precision\":0", false);
    decimal(",\"precision\":-4", false);
    decimal(",\"precision\":4,\"scale\":5", false);
    decimal(",\"precision\":4,\"scale\":-1", false);
    decimal(",\"precision\":4.0", false);
    decimal(",\"precision\":\"4\"", false);
    decimal(",\"precision\":4,\"scale\":\"2\"", false);
    decimal(",\"precision\":9223372036854775807", false);

    /* Digits that n bytes hold: 127 → 2, 32,767 → 4, 2^63 - 1 → 18, 2^127 - 1 → 38. */
    static const int digits[][2] = {{1, 2}, {2, 4}, {4, 9}, {8, 18}, {16, 38}};
    for (size_t i = 0; i < COUNT_OF(digits); i++) {
        for (int more = 0; more <= 1; more++) {
            char text[200];
            snprintf(text, sizeof(text),
                     "{\"type\":\"fixed\",\"name\":\"F\",\"size\":%d,\"logicalType\":\"decimal\","
                     "\"precision\":%d,\"scale\":1}",
                     digits[i][0], digits[i][1] + more);
            logical(text, more ? SCH_LOGICAL_NONE : SCH_DECIMAL);
        }
    }
    struct sch_schema *schema =
        parse("{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":9,\"scale\":2}");
    assert_int_equal(sch_root(schema)->precision, 9);
    assert_int_equal(sch_root(schema)->scale, 2);
    sch_schema_unref(&schema);
}

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

static void a_union_that_no_default_fits_tells_the_place(void **state)
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
    /* A default that another needs is told where it stands, also while a branch is tried. */
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

static void a_union_may_have_no_branch(void **state)
{
    (void)state;
    static const char *const texts[] = {"{\"type\":\"array\",\"items\":[]}",
                                        "{\"type\":\"map\",\"values\":[]}"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct sch_schema *schema = parse(texts[i]);
        const struct sch_type *items = sch_root(schema)->items;
        struct buf canonical = BUF_INIT;
        char shown[40];
        assert_int_equal(items->kind, SCH_UNION);
        assert_int_equal(items->branch_count, 0);
        assert_string_equal(sch_describe(items, shown, sizeof(shown)), "union of nothing");
        sch_canonical(schema, &canonical);
        assert_string_equal(buf_cstr(&canonical), texts[i]);
        buf_fini(&canonical);
        sch_schema_unref(&schema);
    }
    HAS_DEFAULT("{\"type\":\"array\",\"items\":[]}", "[]", "\x00");
    HAS_DEFAULT("{\"type\":\"map\",\"values\":[]}", "{}", "\x00");
    refused("[\"null\",[]]", "/1");
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

static void a_refusal_names_the_place(void **state)
{
    (void)state;
    refused("{\"type\":\"record\",\"name\":\"T\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},"
            "{\"name\":\"b\",\"type\":[\"null\",{\"type\":\"map\",\"values\":\"Nobody\"}]}]}",
            "/fields/1/type/1/values");
    refused("{\"type\":\"record\",\"name\":\"T\",\"fields\":[{\"name\":\"x\",\"type\":{\"type\":"
            "\"array\","
            "\"items\":{\"type\":\"record\",\"name\":\"U\",\"fields\":[{\"name\":\"y\",\"type\":"
            "\"int\","
            "\"default\":2147483648}]}}}]}",
            "/fields/0/type/items/fields/0/default");
    refused("{\"type\":\"fixed\",\"name\":\"F\",\"size\":0}", "/size");
    refused("{\"type\":\"fixed\",\"name\":\"F\",\"size\":-2}", "/size");
    refused("[\"int\",\"int\"]", "/1");
    refused("\"in\\u0000t\"", "");
    refused("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"],\"default\":\"A\\u0000\"}",
            "/default");
    refused("{\"type\":\"record\",\"name\":\"T\",\"fields\":[{\"name\":\"s\",\"type\":\"string\","
            "\"default\":\"\\u0000\"}]}",
            "/fields/0/default");
    refused("{\"type\":\"int\",\"type\":\"int\"}", "");
    refused("{\"type\":\"int\",\"size\":9223372036854775808}", "");
    refused("\"int\" x", "");
    refused("", "");
}

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

/* n records, each holding the one before it twice, all defaults {}: 2^n bytes for a naive encoder.
 */
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

static void a_schema_lives_until_its_last_reference_goes(void **state)
{
    (void)state;
    struct sch_schema *schema = parse("{\"type\":\"fixed\",\"name\":\"F\",\"size\":3}");
    struct sch_schema *other = sch_schema_ref(schema);
    assert_ptr_equal(other, schema);
    sch_schema_unref(&schema);
    assert_null(schema);
    assert_string_equal(sch_root(other)->name, "F");
    sch_schema_unref(&other);
    sch_schema_unref(&other);
}

static void describes(const char *text, size_t size, const char *expected)
{
    char out[200];
    memset(out, 'x', sizeof(out));
    struct sch_schema *schema = parse(text);
    assert_string_equal(sch_describe(sch_root(schema), out, size), expected);
    assert_int_equal(out[size], 'x');
    sch_schema_unref(&schema);
}

static void types_describe_themselves_within_their_buffer(void **state)
{
    (void)state;
    describes("\"long\"", 100, "long");
    describes("{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}", 100, "timestamp-micros");
    describes("{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":9,\"scale\":2}", 100,
              "decimal(9,2)");
    describes("{\"type\":\"record\",\"name\":\"ncsi.Place\",\"fields\":[]}", 100,
              "record ncsi.Place");
    const char *wide =
        "[\"null\",{\"type\":\"array\",\"items\":\"int\"},{\"type\":\"map\",\"values\":"
        "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[]}}]";
    describes(wide, 100, "union of null, array of int, map of enum E");
    for (size_t size = 1; size < 50; size++) {
        char expected[] = "union of null, array of int, map of enum E";
        expected[size < sizeof(expected) ? size - 1 : sizeof(expected) - 1] = '\0';
        describes(wide, size, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_node_has_its_own_number_and_named_types_one),
        cmocka_unit_test(names_are_full_and_namespaces_are_inherited),
        cmocka_unit_test(a_short_reference_prefers_the_namespace_around_it),
        cmocka_unit_test(logical_types_stand_on_their_own_types_only),
        cmocka_unit_test(a_decimal_that_does_not_fit_is_plain_bytes),
        cmocka_unit_test(defaults_are_encoded_as_avro_binary),
        cmocka_unit_test(a_unions_default_is_of_the_first_branch_that_it_fits),
        cmocka_unit_test(a_union_that_no_default_fits_tells_the_place),
        cmocka_unit_test(a_floats_own_default_may_be_a_number_as_text),
        cmocka_unit_test(branches_that_double_end_in_a_refusal),
        cmocka_unit_test(a_union_may_have_no_branch),
        cmocka_unit_test(a_record_default_takes_what_it_leaves_out_from_its_fields),
        cmocka_unit_test(a_field_without_default_has_none),
        cmocka_unit_test(a_refusal_names_the_place),
        cmocka_unit_test(messages_stay_short_and_whole_when_names_are_long),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(size_is_bounded),
        cmocka_unit_test(a_place_is_cut_at_a_character),
        cmocka_unit_test(defaults_that_double_end_in_a_refusal),
        cmocka_unit_test(defaults_without_bytes_end_in_a_refusal),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(a_record_has_any_number_of_fields_that_the_text_has_room_for),
        cmocka_unit_test(a_text_cut_anywhere_is_refused),
        cmocka_unit_test(a_schema_lives_until_its_last_reference_goes),
        cmocka_unit_test(types_describe_themselves_within_their_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
