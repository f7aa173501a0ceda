/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/parse/test_parse.c - the model of a schema, and the place of what is refused.
 *
 * tests/oracle/schema_oracle.py has the many cases. */
#include "base/buf.h"
#include "parse_help.h"

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
    refused("[\"null\",[]]", "/1");
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
        cmocka_unit_test(a_union_may_have_no_branch),
        cmocka_unit_test(a_refusal_names_the_place),
        cmocka_unit_test(a_schema_lives_until_its_last_reference_goes),
        cmocka_unit_test(types_describe_themselves_within_their_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
