/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/test_columns.c - the mapping of types to columns, and the names that columns
 * cannot have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "schema/columns.h"

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

static bool taken(const char *name)
{
    struct err err = ERR_INIT;
    if (sch_check_column_name(name, &err) == 0) {
        return true;
    }
    assert_int_equal(err.kind, ERR_KIND_FATAL);
    assert_int_equal(err.code, ERR_BAD_SCHEMA);
    return false;
}

static void columns_keep_clear_of_the_registers_and_the_servers_names(void **state)
{
    (void)state;
    static const char *const good[] = {"a",   "civil_no", "_",   "__op",  "_1",  "_Op",
                                       "_id", "op",       "oid", "order", "XMIN"};
    static const char *const bad[] = {
        "",
        "_op",
        "_order",
        "_event_time",
        "_recorded_at",
        "_schema_id",
        "_topic_partition",
        "_offset",
        "_effect",
        "_kafka_ts",
        "_other",
        "xmin",
        "xmax",
        "cmin",
        "cmax",
        "ctid",
        "tableoid",
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(taken(good[i]));
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(taken(bad[i]));
    }
    char name[65];
    memset(name, 'n', sizeof(name));
    name[64] = '\0';
    assert_false(taken(name));
    name[63] = '\0';
    assert_true(taken(name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_has_its_column_and_an_optional_one_the_same_nullable),
        cmocka_unit_test(wide_unions_and_null_are_jsonb),
        cmocka_unit_test(columns_keep_clear_of_the_registers_and_the_servers_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
