/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/plan/test_columns.c - the mapping of types to columns, and the names that columns
 * cannot have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "schema/parse/parse.h"
#include "schema/plan/columns.h"

static void check(const char *text, enum column_type type, int precision, int scale, bool nullable)
{
    struct err err = ERR_INIT;
    struct sch_schema *schema = sch_parse(text, strlen(text), &err);
    if (schema == NULL) {
        fail_msg("refused: %s", err.text);
    }
    struct column column = {.name = "kept", .precision = -7, .scale = -7};
    bool admits_null = !nullable;
    sch_column_of(sch_root(schema), &column, &admits_null);
    if (column.type != type || admits_null != nullable || column.precision != precision ||
        column.scale != scale) {
        fail_msg("%s: type %d, (%d,%d), nullable %d", text, column.type, column.precision,
                 column.scale, admits_null);
    }
    assert_string_equal(column.name, "kept");
    sch_schema_unref(&schema);
}

#define ENUM                "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}"
#define RECORD              "{\"type\":\"record\",\"name\":\"R\",\"fields\":[]}"
#define ARRAY               "{\"type\":\"array\",\"items\":\"int\"}"
#define MAP                 "{\"type\":\"map\",\"values\":\"int\"}"
#define FIXED               "{\"type\":\"fixed\",\"name\":\"F\",\"size\":12"
#define DECIMAL             ",\"logicalType\":\"decimal\",\"precision\":12,\"scale\":3}"
#define LOGICAL(type, name) "{\"type\":\"" type "\",\"logicalType\":\"" name "\"}"

static const struct {
    const char *type;
    enum column_type column;
    int precision;
    int scale;
} rows[] = {
    {"\"string\"", COLUMN_TEXT, 0, 0},
    {"\"int\"", COLUMN_BIGINT, 0, 0},
    {"\"long\"", COLUMN_BIGINT, 0, 0},
    {"\"float\"", COLUMN_DOUBLE, 0, 0},
    {"\"double\"", COLUMN_DOUBLE, 0, 0},
    {"\"boolean\"", COLUMN_BOOLEAN, 0, 0},
    {"\"bytes\"", COLUMN_BYTEA, 0, 0},
    {FIXED "}", COLUMN_BYTEA, 0, 0},
    {FIXED ",\"logicalType\":\"duration\"}", COLUMN_BYTEA, 0, 0},
    {FIXED DECIMAL, COLUMN_NUMERIC, 12, 3},
    {"{\"type\":\"bytes\"" DECIMAL, COLUMN_NUMERIC, 12, 3},
    {"{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":1000}", COLUMN_NUMERIC, 1000,
     0},
    {"{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":1001}", COLUMN_BYTEA, 0, 0},
    {LOGICAL("string", "uuid"), COLUMN_UUID, 0, 0},
    {LOGICAL("int", "date"), COLUMN_DATE, 0, 0},
    {LOGICAL("int", "time-millis"), COLUMN_TIME, 0, 0},
    {LOGICAL("long", "time-micros"), COLUMN_TIME, 0, 0},
    {LOGICAL("long", "timestamp-millis"), COLUMN_TIMESTAMPTZ, 0, 0},
    {LOGICAL("long", "timestamp-micros"), COLUMN_TIMESTAMPTZ, 0, 0},
    {LOGICAL("long", "local-timestamp-millis"), COLUMN_TIMESTAMP, 0, 0},
    {LOGICAL("long", "local-timestamp-micros"), COLUMN_TIMESTAMP, 0, 0},
    {LOGICAL("long", "date"), COLUMN_BIGINT, 0, 0},
    {ENUM, COLUMN_TEXT, 0, 0},
    {RECORD, COLUMN_JSONB, 0, 0},
    {ARRAY, COLUMN_JSONB, 0, 0},
    {MAP, COLUMN_JSONB, 0, 0},
};

static void each_type_has_its_column_and_an_optional_one_the_same_nullable(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[300];
        check(rows[i].type, rows[i].column, rows[i].precision, rows[i].scale, false);
        snprintf(text, sizeof(text), "[\"null\",%s]", rows[i].type);
        check(text, rows[i].column, rows[i].precision, rows[i].scale, true);
        snprintf(text, sizeof(text), "[%s,\"null\"]", rows[i].type);
        check(text, rows[i].column, rows[i].precision, rows[i].scale, true);
    }
}

static void wide_unions_and_null_are_jsonb(void **state)
{
    (void)state;
    check("\"null\"", COLUMN_JSONB, 0, 0, true);
    check("[\"null\"]", COLUMN_JSONB, 0, 0, true);
    check("[\"int\"]", COLUMN_JSONB, 0, 0, false);
    check("[\"int\",\"string\"]", COLUMN_JSONB, 0, 0, false);
    check("[\"int\",\"null\",\"string\"]", COLUMN_JSONB, 0, 0, true);
    check("[{\"type\":\"bytes\"" DECIMAL ",\"int\"]", COLUMN_JSONB, 0, 0, false);
}

#define LETTERS_10 "abcdefghij"
#define LETTERS_60 LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10
#define ALEF_10    "ابجدهوزحطي" /* two bytes each */
#define ALEF_30    ALEF_10 ALEF_10 ALEF_10

/* The digits are those of `printf %s NAME | sha256sum`: rows stand under these names for ever. */
static void a_field_has_one_column_name_for_ever(void **state)
{
    static const struct {
        const char *field;
        const char *column;
    } cases[] = {
        {"civil_no", "civil_no"},
        {"_", "_"},
        {"_id", "_id"},
        {"_ordinal", "_ordinal"},
        {"_nrc", "_nrc"},
        {"_NRC_x", "_NRC_x"},
        {"select", "select"},
        {"XMIN", "XMIN"},
        {"الرقم_المدني", "الرقم_المدني"},
        {LETTERS_60 "abc", LETTERS_60 "abc"},
        {ALEF_30 "ا", ALEF_30 "ا"},
        {ALEF_30 "اa", ALEF_30 "اa"},
        /* longer than 63 bytes: cut at 54 */
        {LETTERS_60 "abcd", LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 "abcd_@"},
        {LETTERS_60 "abce", LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 "abcd_@"},
        {ALEF_30 "اب", ALEF_10 ALEF_10 "ابجدهوز_@"},
        /* the 54th byte is the first of a letter's two */
        {"a" ALEF_30 "اب", "a" ALEF_10 ALEF_10 "ابجدهو_@"},
        /* and one of three, one of four */
        {"ab" LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 "한국어한국어",
         "ab" LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 "_@"},
        {LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 "a𐎠𐎡𐎢𐎣",
         LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 "a_@"},
        /* of PostgreSQL's, of the register's */
        {"xmin", "xmin_@"},
        {"ctid", "ctid_@"},
        {"tableoid", "tableoid_@"},
        {"_op", "_op_@"},
        {"_order", "_order_@"},
        {"_event_time", "_event_time_@"},
        {"_recorded_at", "_recorded_at_@"},
        {"_schema_id", "_schema_id_@"},
        {"_topic_partition", "_topic_partition_@"},
        {"_offset", "_offset_@"},
        {"_kafka_ts", "_kafka_ts_@"},
        {"_effect", "_effect_@"},
        {"_content", "_content_@"},
        {"_unchanged", "_unchanged_@"},
        /* as ours begin */
        {"_nrc_", "f_nrc__@"},
        {"_nrc_s", "f_nrc_s_@"},
        {"_nrc_" LETTERS_60, "f_nrc_" LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 "abcdefgh_@"},
        {"_nrc_" ALEF_30, "f_nrc_" ALEF_10 ALEF_10 "ابجد_@"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char column[SCH_COLUMN_NAME_BYTES];
        char again[SCH_COLUMN_NAME_BYTES];
        const char *want = cases[i].column;
        size_t fixed = strcspn(want, "@");
        sch_column_name(cases[i].field, column);
        if (want[fixed] == '@' ? strncmp(column, want, fixed) != 0 || strlen(column) != fixed + 8
                               : strcmp(column, want) != 0) {
            fail_msg("%s: %s, not %s", cases[i].field, column, want);
        }
        assert_true(strlen(column) <= COLUMN_NAME_MAX_BYTES);
        assert_true(utf8_is_text((const uint8_t *)column, strlen(column)));
        assert_true(column_name_is_free(column));
        sch_column_name(column, again); /* it is one already */
        assert_string_equal(again, column);
        for (size_t j = 0; j < i; j++) {
            sch_column_name(cases[j].field, again);
            assert_string_not_equal(again, column);
        }
    }
    static const char *const names[][2] = {{"xmin", "xmin_eafb2f50"},
                                           {"_op", "_op_3a320505"},
                                           {"_nrc_s", "f_nrc_s_a1486480"},
                                           {ALEF_30 "اب", ALEF_10 ALEF_10 "ابجدهوز_1bb6ef35"}};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char column[SCH_COLUMN_NAME_BYTES];
        sch_column_name(names[i][0], column);
        assert_string_equal(column, names[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_has_its_column_and_an_optional_one_the_same_nullable),
        cmocka_unit_test(wide_unions_and_null_are_jsonb),
        cmocka_unit_test(a_field_has_one_column_name_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
