/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/diff/test_misfit.c - stored values under newer types. A row's outcome is "" when the value fits,
 * else the misfit's id and the place inside the field. */
#include <stdlib.h>

#include "../compat/compat_help.h"
#include "schema/diff/misfit.h"

struct row {
    const char *older;
    const char *newer;
    const char *text; /* ' for ", where the type is nested; NULL: null */
    const char *wanted;
};

#define DECIMAL(p, s)       "{'type':'bytes','logicalType':'decimal','precision':" #p ",'scale':" #s "}"
#define FIXED(name, size)   "{'type':'fixed','name':'" name "','size':" #size "}"
#define ENUM(symbols)       "{'type':'enum','name':'E','symbols':[" symbols "]}"
#define ENUM_OR(symbols)    "{'type':'enum','name':'E','symbols':[" symbols "],'default':'A'}"
#define RECORD(fields)      "{'type':'record','name':'R','fields':[" fields "]}"
#define FIELD(name, type)   "{'name':'" name "','type':" type "}"
#define ARRAY(type)         "{'type':'array','items':" type "}"
#define MAP(type)           "{'type':'map','values':" type "}"
#define LOGICAL(kind, what) "{'type':'" kind "','logicalType':'" what "'}"
#define OPTIONAL(type)      "['null'," type "]"
#define UUID                LOGICAL("string", "uuid")
#define DATE                LOGICAL("int", "date")
#define MILLIS              LOGICAL("long", "timestamp-millis")
#define MICROS              LOGICAL("long", "timestamp-micros")
#define LOCAL               LOGICAL("long", "local-timestamp-micros")

static const struct row rows[] = {
    /* null */
    {OPTIONAL("'int'"), "'int'", NULL, "null"},
    {OPTIONAL("'int'"), "'int'", "7", ""},
    {OPTIONAL("'int'"), OPTIONAL("'string'"), NULL, ""},
    {OPTIONAL("'int'"), "['string','null']", "7", ""},
    /* integers */
    {"'long'", "'int'", "2147483647", ""},
    {"'long'", "'int'", "2147483648", "out-of-range"},
    {"'long'", "'int'", "-2147483648", ""},
    {"'long'", "'int'", "-2147483649", "out-of-range"},
    {"'double'", "'long'", "9.223372036854775807e18", ""},
    {"'double'", "'long'", "9.223372036854775808e18", "out-of-range"},
    {"'double'", "'long'", "-9.223372036854775808e+18", ""},
    {"'double'", "'long'", "1e300", "out-of-range"},
    {"'double'", "'long'", "1.5", "loses-digits"},
    {"'double'", "'int'", "1e2", ""},
    {"'double'", "'int'", "-0", ""},
    {"'double'", "'int'", "1e-5", "loses-digits"},
    {"'double'", "'int'", "NaN", "not-of-type"},
    {"'string'", "'int'", "12", ""},
    {"'string'", "'int'", "12.0", ""},
    {"'string'", "'int'", "", "not-of-type"},
    {"'string'", "'int'", " 12", "not-of-type"},
    {"'string'", "'int'", "١٢", "not-of-type"},
    {"'string'", "'int'", "0x12", "not-of-type"},
    {"'string'", "'int'", "1e", "not-of-type"},
    {"'string'", "'long'", "99999999999999999999999", "out-of-range"},
    {DECIMAL(6, 2), "'int'", "12.00", ""},
    {DECIMAL(6, 2), "'int'", "12.50", "loses-digits"},
    {"'boolean'", "'int'", "t", "no-conversion"},
    {MICROS, "'long'", "2026-01-01 00:00:00+00", "no-conversion"},
    /* float and double */
    {"'long'", "'double'", "9007199254740992", ""},
    {"'long'", "'double'", "9007199254740993", "loses-digits"},
    {"'long'", "'double'", "9223372036854775807", "loses-digits"},
    {"'int'", "'float'", "16777216", ""},
    {"'int'", "'float'", "16777217", "loses-digits"},
    {"'double'", "'float'", "0.5", ""},
    {"'double'", "'float'", "0.1", "loses-digits"},
    {"'double'", "'float'", "1e300", "out-of-range"},
    {"'double'", "'float'", "-Infinity", ""},
    {"'double'", "'float'", "NaN", ""},
    {"'float'", "'double'", "0.1", ""},
    {DECIMAL(30, 4), "'double'", "12345678901.2345", ""},
    {DECIMAL(30, 4), "'double'", "1234567890123.2345", "loses-digits"},
    {"'string'", "'double'", "3,5", "not-of-type"},
    /* decimals */
    {DECIMAL(9, 2), DECIMAL(5, 2), "123.45", ""},
    {DECIMAL(9, 2), DECIMAL(5, 2), "1234.50", "out-of-range"},
    {DECIMAL(9, 2), DECIMAL(9, 1), "123.40", ""},
    {DECIMAL(9, 2), DECIMAL(9, 1), "123.45", "loses-digits"},
    {"'long'", DECIMAL(4, 2), "99", ""},
    {"'long'", DECIMAL(4, 2), "100", "out-of-range"},
    {"'double'", DECIMAL(4, 4), "1e-4", ""},
    {"'double'", DECIMAL(4, 4), "1e-5", "loses-digits"},
    {"'string'", DECIMAL(4, 2), "12.5 rials", "not-of-type"},
    {"'string'", DECIMAL(4, 2), "0.00", ""},
    /* text and symbols */
    {"'long'", "'string'", "7", ""},
    {DECIMAL(4, 2), "'string'", "7.10", ""},
    {"'bytes'", "'string'", "\\x73d8b3", ""},
    {"'bytes'", "'string'", "\\xff", "not-of-type"},
    {"'bytes'", "'string'", "\\x6100", "not-of-type"},
    {"'bytes'", "'string'", "\\x", ""},
    {"'string'", "'bytes'", "x", ""},
    {"'string'", FIXED("F", 1), "x", "no-conversion"},
    {"'bytes'", FIXED("F", 2), "\\x0102", ""},
    {"'bytes'", FIXED("F", 2), "\\x01", "wrong-size"},
    {FIXED("F", 2), FIXED("F", 3), "\\x0102", "wrong-size"},
    {FIXED("F", 2), "'bytes'", "\\x0102", ""},
    {ENUM("'A','B'"), ENUM("'A'"), "B", "unknown-symbol"},
    {ENUM("'A','B'"), ENUM("'A'"), "A", ""},
    {ENUM("'A','B'"), ENUM_OR("'A'"), "B", ""},
    {OPTIONAL(ENUM("'A','B'")), ENUM_OR("'A'"), NULL, "null"},
    {OPTIONAL(ENUM("'A','B'")), "[" ENUM("'A'") ",'null']", "B", "unknown-symbol"},
    {"'string'", ENUM_OR("'A'"), "B", "unknown-symbol"},
    {"'string'", ENUM("'A'"), "A", ""},
    {"'int'", ENUM("'A'"), "1", "no-conversion"},
    {"'string'", "'boolean'", "true", ""},
    {"'string'", "'boolean'", "نعم", "not-of-type"},
    {"'int'", "'boolean'", "1", "no-conversion"},
    {"'string'", UUID, "00112233-4455-6677-8899-AABBccddeeff", ""},
    {"'string'", UUID, "00112233445566778899aabbccddeeff", "not-of-type"},
    {UUID, "'string'", "00112233-4455-6677-8899-aabbccddeeff", ""},
    {"'int'", UUID, "1", "no-conversion"},
    /* dates and times */
    {"'string'", DATE, "2024-02-29", ""},
    {"'string'", DATE, "2023-02-29", "not-of-type"},
    {"'string'", DATE, "29/02/2024", "not-of-type"},
    {"'string'", DATE, "2024-13-01", "not-of-type"},
    {"'string'", MICROS, "2024-02-29T10:00:00Z", ""},
    {"'string'", MICROS, "2024-02-29T10:00:00", "not-of-type"},
    {"'string'", MICROS, "2024-02-29T10:00:00.1234567Z", "loses-digits"},
    {"'string'", MILLIS, "2024-02-29T10:00:00.123000Z", ""},
    {"'string'", LOCAL, "2024-02-29 10:00:00", ""},
    {"'string'", MICROS, "2024-02-29T24:00:00Z", "not-of-type"},
    {MICROS, MILLIS, "2024-02-29 10:00:00.123+00", ""},
    {MICROS, MILLIS, "2024-02-29 10:00:00.1234+00", "loses-digits"},
    {MILLIS, MICROS, "10000-02-29 10:00:00.12+00", ""},
    {MICROS, LOCAL, "2024-02-29 10:00:00+00", "no-conversion"},
    {MICROS, DATE, "2024-02-29 10:00:00+00", "no-conversion"},
    {"'int'", DATE, "7", "no-conversion"},
    /* nested */
    {RECORD(FIELD("a", "'long'")), RECORD(FIELD("a", "'int'")), "{'a': 7}", ""},
    {RECORD(FIELD("a", "'long'")), RECORD(FIELD("a", "'int'")), "{'a': 3000000000}",
     "out-of-range .a"},
    {RECORD(FIELD("a", OPTIONAL("'int'"))), RECORD(FIELD("a", "'int'")), "{'a': null}", "null .a"},
    {RECORD(FIELD("a", "'int'")), RECORD(FIELD("b", "'int'")), "{'a': 1}", "missing .b"},
    {RECORD(FIELD("a", "'int'")), RECORD("{'name':'b','type':'int','default':1}"), "{'a': 1}", ""},
    {RECORD(FIELD("a", "'int'")), RECORD(FIELD("b", ENUM_OR("'A'"))), "{'a': 1}", "missing .b"},
    {RECORD(FIELD("a", "'string'")), RECORD("{'name':'b','type':'int','aliases':['a']}"),
     "{'a': 'x'}", "not-of-type .b"},
    {RECORD(FIELD("a", "'int'")), RECORD(FIELD("a", "'int'")), "{}", "not-of-type .a"},
    {RECORD(FIELD("z", "'string'") "," FIELD("a", ENUM("'A','B'"))),
     RECORD(FIELD("a", ENUM("'A'"))), "{'z': 'x\\'}],{', 'a': 'B'}", "unknown-symbol .a"},
    {RECORD(FIELD("a", "'string'")), RECORD(FIELD("a", UUID)), "{'a': 'x\\\\n'}", "not-of-type .a"},
    {ARRAY("'long'"), ARRAY("'int'"), "[1, 2, 3000000000]", "out-of-range []"},
    {ARRAY("'long'"), ARRAY("'int'"), "[]", ""},
    {MAP("'long'"), MAP("'int'"), "{'x': 1, 'y': 3000000000}", "out-of-range {}"},
    {ARRAY(DECIMAL(40, 2)), ARRAY(DECIMAL(38, 2)), "[123456789012345678901234567890123456.78]", ""},
    {ARRAY(DECIMAL(40, 2)), ARRAY(DECIMAL(37, 2)), "[123456789012345678901234567890123456.78]",
     "out-of-range []"},
    {ARRAY("'bytes'"), ARRAY(FIXED("F", 2)), "['AQI=']", ""},
    {ARRAY("'bytes'"), ARRAY(FIXED("F", 2)), "['AQID']", "wrong-size []"},
    {ARRAY("'double'"), ARRAY("'float'"), "['NaN', 0.1]", "loses-digits []"},
    {ARRAY("'int'"), MAP("'int'"), "[]", "no-conversion"},
    {ARRAY("'int'"), "'string'", "[]", "no-conversion"},
    {"'string'", ARRAY("'int'"), "[1]", "no-conversion"},
    /* unions of several types */
    {"['null','string','long']", "['null','string','int']", "{'long': 3000000000}", "out-of-range"},
    {"['null','string','long']", "['null','string','int']", "{'long': 3}", ""},
    {"['null','string','long']", "['string','int']", NULL, "null"},
    {"['null','string','long']", OPTIONAL("'string'"), "{'string': 'x'}", ""},
    {"['null','string','long']", OPTIONAL("'boolean'"), "{'long': 7}", "no-conversion"},
    {"['string','long']", "'long'", "{'string': 'x'}", "not-of-type"},
    {"['string','long']", "'long'", "7", "not-of-type"},
    {"'string'", "['int','null']", "\"7\"", "not-of-type"},
    {"['string'," ARRAY("'long'") "]", "['string'," ARRAY("'int'") "]", "{'array': [3000000000]}",
     "out-of-range <array>[]"},
    {ARRAY(OPTIONAL("'int'")), ARRAY("'int'"), "[1, null]", "null []"},
    {ARRAY("['string','long']"), ARRAY("'string'"), "[{'string': 'a'}, {'long': 1}]", ""},
    /* what is no JSON of its type */
    {ARRAY("'int'"), ARRAY("'int'"), "{", "not-of-type"},
    {ARRAY("'int'"), ARRAY("'int'"), "", "not-of-type"},
    {RECORD(FIELD("a", "'int'")), RECORD(FIELD("a", "'int'")), "{'a", "not-of-type .a"},
    {RECORD(FIELD("a", "'int'")), RECORD(FIELD("a", "'int'")), "{'a':", "not-of-type .a"},
};

static const char *outcome(const struct row *row, const char *text, struct buf *out)
{
    struct buf path = BUF_INIT;
    struct sch_schema *older = parse(row->older);
    struct sch_schema *newer = parse(row->newer);
    enum sch_misfit misfit = sch_misfit_of(sch_root(older), sch_root(newer), text,
                                           text != NULL ? strlen(text) : 0, &path);
    if (misfit != SCH_FITS) {
        buf_put_str(out, sch_misfit_row(misfit)->id);
        buf_printf(out, "%s%s", path.len > 0 ? " " : "", buf_cstr(&path));
    } else {
        assert_int_equal(path.len, 0);
    }
    buf_fini(&path);
    sch_schema_unref(&older);
    sch_schema_unref(&newer);
    return buf_cstr(out);
}

static void each_value_fits_or_says_why_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf got = BUF_INIT;
        char text[200];
        snprintf(text, sizeof(text), "%s", rows[i].text != NULL ? rows[i].text : "");
        for (char *c = text; *c != '\0'; c++) {
            *c = *c == '\'' ? '"' : *c;
        }
        outcome(&rows[i], rows[i].text != NULL ? text : NULL, &got);
        if (strcmp(buf_cstr(&got), rows[i].wanted) != 0) {
            fail_msg("%s\nto %s\nvalue %s\n got    \"%s\"\n wanted \"%s\"", rows[i].older,
                     rows[i].newer, rows[i].text, buf_cstr(&got), rows[i].wanted);
        }
        buf_fini(&got);
    }
}

/* The bytes end where the text does: cut anywhere, nothing is read behind it. */
static void text_that_is_cut_is_never_read_beyond(void **state)
{
    (void)state;
    static const char whole[] = "{\"a\": {\"long\": [1, {\"b\": \"\\u0001\\\"x\"}]}, \"c\": null}";
    struct sch_schema *type = parse(
        RECORD(FIELD("a", "['string','long'," MAP("'int'") "]") "," FIELD("c", OPTIONAL("'int'"))));
    for (size_t len = 0; len < sizeof(whole); len++) {
        char *text = malloc(len + 1);
        assert_non_null(text);
        char *cut = text + 1; /* malloc'ed to the byte */
        memcpy(cut, whole, len);
        struct buf path = BUF_INIT;
        sch_misfit_of(sch_root(type), sch_root(type), cut, len, &path);
        buf_fini(&path);
        free(text);
    }
    sch_schema_unref(&type);
}

static void a_value_deeper_than_any_event_ends(void **state)
{
    (void)state;
    struct sch_schema *type = parse("{'type':'record','name':'N','fields':[{'name':'n','type':"
                                    "['null','N']}]}");
    struct buf text = BUF_INIT;
    struct buf path = BUF_INIT;
    for (int i = 0; i < 100000; i++) {
        buf_put_str(&text, "{\"n\":");
    }
    assert_int_equal(
        sch_misfit_of(sch_root(type), sch_root(type), buf_cstr(&text), text.len, &path),
        SCH_MISFIT_TYPE);
    buf_fini(&text);
    buf_fini(&path);
    sch_schema_unref(&type);
}

static void suspects_are_the_fields_that_changed_and_those_that_no_row_has(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sch_suspect *suspects;
    size_t count;
    struct sch_schema *older =
        parse(RECORD(FIELD("same", "'int'") "," FIELD("wide", "'long'") "," FIELD(
            "gone", "'int'") "," FIELD("old", "'string'") "," FIELD("list", ARRAY("'long'"))));
    struct sch_schema *newer =
        parse(RECORD(FIELD("new", "'int'") "," FIELD("same", "'int'") "," FIELD(
            "wide", "'int'") ","
                             "{'name':'other','type':'int','default':1}"
                             ","
                             "{'name':'fresh','type':'int','aliases':['old']}"
                             "," FIELD("list", ARRAY("'int'"))));
    assert_int_equal(sch_suspects(older, newer, &suspects, &count, &err), 0);
    assert_int_equal(count, 4);
    assert_string_equal(suspects[0].newer->name, "new");
    assert_true(suspects[0].older == SCH_NO_FIELD);
    assert_string_equal(suspects[1].newer->name, "wide");
    assert_int_equal(suspects[1].older, 1);
    assert_string_equal(suspects[2].newer->name, "fresh");
    assert_int_equal(suspects[2].older, 3);
    assert_string_equal(suspects[3].newer->name, "list");
    free(suspects);
    assert_int_equal(sch_suspects(older, older, &suspects, &count, &err), 0);
    assert_int_equal(count, 0);
    free(suspects);
    sch_schema_unref(&older);
    sch_schema_unref(&newer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_fits_or_says_why_not),
        cmocka_unit_test(text_that_is_cut_is_never_read_beyond),
        cmocka_unit_test(a_value_deeper_than_any_event_ends),
        cmocka_unit_test(suspects_are_the_fields_that_changed_and_those_that_no_row_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
