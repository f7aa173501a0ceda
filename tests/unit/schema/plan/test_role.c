/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/plan/test_role.c - which fields of a structure can play the roles that a dataset's
 * declaration gives them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "schema/parse/parse.h"
#include "schema/plan/role.h"

#define FIELD(name, type)    "{\"name\":\"" name "\",\"type\":" type "}"
#define LOGICAL(type, logic) "{\"type\":\"" type "\",\"logicalType\":\"" logic "\"}"
#define DECIMAL              "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":5}"
#define FIXED                "{\"type\":\"fixed\",\"name\":\"X\",\"size\":4}"
#define ENUM                 "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}"
#define ARRAY                "{\"type\":\"array\",\"items\":\"int\"}"

static struct sch_schema *parse(const char *text)
{
    struct err err = ERR_INIT;
    struct sch_schema *schema = sch_parse(text, strlen(text), &err);
    if (schema == NULL) {
        fail_msg("%s: %s", text, err.text);
    }
    return schema;
}

/* The roles against a record whose one field f has the type. */
static int check(const struct sch_roles *roles, const char *type, struct err *err)
{
    char text[512];
    snprintf(text, sizeof(text),
             "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" FIELD("f", "%s") "]}", type);
    struct sch_schema *schema = parse(text);
    err_reset(err);
    int rc = sch_roles_check(roles, sch_root(schema), err);
    sch_schema_unref(&schema);
    return rc;
}

static void check_types(const struct sch_roles *roles, const char *const *types,
                        const char *refusal)
{
    struct err err = ERR_INIT;
    for (size_t i = 0; types[i] != NULL; i++) {
        int rc = check(roles, types[i], &err);
        if (refusal == NULL) {
            if (rc != 0) {
                fail_msg("%s is refused: %s", types[i], err.text);
            }
            continue;
        }
        if (rc == 0) {
            fail_msg("%s is allowed", types[i]);
        }
        assert_int_equal(err.kind, ERR_KIND_FATAL);
        assert_int_equal(err.code, ERR_INCOMPATIBLE);
        assert_string_equal(err.path, "/f");
        if (strstr(err.text, refusal) == NULL) {
            fail_msg("%s: %s", types[i], err.text);
        }
    }
}

#define TYPES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *const names[] = {"f"};

static void a_key_field_has_a_type_of_keys(void **state)
{
    (void)state;
    const struct sch_roles roles = {
        .dataset = "moh.births", .key_fields = names, .key_field_count = 1};
    check_types(&roles,
                TYPES("\"string\"", "\"int\"", "\"long\"", "\"bytes\"", FIXED, ENUM,
                      LOGICAL("string", "uuid"), LOGICAL("int", "date"), "[\"null\",\"string\"]"),
                NULL);
    check_types(
        &roles,
        TYPES("\"double\"", "\"float\"", "\"boolean\"", DECIMAL, ARRAY, "[\"int\",\"string\"]",
              LOGICAL("long", "timestamp-micros")),
        "f, the key field of moh.births, must be string, enum, int, long, uuid, date, fixed or "
        "bytes, not ");
}

static void an_order_field_is_a_number_or_a_time(void **state)
{
    (void)state;
    const struct sch_roles roles = {.dataset = "moh.births", .order_field = "f"};
    check_types(&roles,
                TYPES("\"int\"", "\"long\"", LOGICAL("int", "date"),
                      LOGICAL("long", "timestamp-millis"), LOGICAL("long", "timestamp-micros"),
                      "[\"null\",\"long\"]"),
                NULL);
    check_types(&roles,
                TYPES("\"string\"", "\"double\"", LOGICAL("int", "time-millis"),
                      LOGICAL("long", "local-timestamp-micros"), DECIMAL),
                "f, the order field of moh.births, must be int, long, date or a timestamp, not ");
}

static void an_event_time_field_is_a_time(void **state)
{
    (void)state;
    const struct sch_roles roles = {.dataset = "moh.births", .event_time_field = "f"};
    check_types(&roles,
                TYPES(LOGICAL("int", "date"), LOGICAL("long", "timestamp-millis"),
                      LOGICAL("long", "timestamp-micros"), "[" LOGICAL("int", "date") ",\"null\"]"),
                NULL);
    check_types(&roles, TYPES("\"long\"", "\"string\"", LOGICAL("long", "time-micros")),
                "f, the event-time field of moh.births, must be date or a timestamp, not ");
}

static void a_field_that_exempts_has_one_notation(void **state)
{
    (void)state;
    const struct sch_roles roles = {.dataset = "moh.births", .exempt_field = "f"};
    check_types(
        &roles,
        TYPES("\"string\"", ENUM, "\"boolean\"", "\"int\"", "\"long\"", "[\"null\",\"string\"]"),
        NULL);
    check_types(
        &roles, TYPES("\"double\"", "\"bytes\"", LOGICAL("string", "uuid"), LOGICAL("int", "date")),
        "f, the field that exempts rows of moh.births, must be string, enum, boolean, int or long, "
        "not ");
}

static void check_value(const char *type, const char *value, bool occurs)
{
    struct err err = ERR_INIT;
    const char *const values[] = {value};
    const struct sch_roles roles = {.dataset = "moh.births",
                                    .exempt_field = "f",
                                    .exempt_values = values,
                                    .exempt_value_count = 1};
    int rc = check(&roles, type, &err);
    if ((rc == 0) != occurs) {
        fail_msg("%s of %s: %d %s", value, type, rc, err.text);
    }
    if (rc != 0) {
        assert_non_null(
            strstr(err.text, "the value that exempts rows of moh.births, cannot occur in f"));
        assert_string_equal(err.path, "/f");
    }
}

static void a_value_that_exempts_can_occur(void **state)
{
    (void)state;
    check_value("\"string\"", "", true);
    check_value("\"string\"", "anything", true);
    check_value(ENUM, "B", true);
    check_value(ENUM, "b", false);
    check_value("[\"null\"," ENUM "]", "A", true);
    check_value("\"boolean\"", "true", true);
    check_value("\"boolean\"", "True", false);
    check_value("\"int\"", "-7", true);
    check_value("\"int\"", "2147483648", false);
    check_value("\"long\"", "2147483648", true);
    check_value("\"long\"", "9223372036854775808", false);
    check_value("\"long\"", "007", false);
    check_value("\"long\"", "+7", false);
    check_value("\"long\"", " 7", false);
    check_value("\"long\"", "", false);
}

static void a_field_with_a_role_is_in_the_structure(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    const struct sch_roles roles = {.dataset = "moh.births", .order_field = "seq"};
    assert_int_equal(check(&roles, "\"long\"", &err), -1);
    assert_string_equal(err.text, "the structure has no field seq, the order field of moh.births");
    assert_string_equal(err.path, "/seq");
}

static void without_roles_every_structure_fits(void **state)
{
    (void)state;
    const struct sch_roles roles = {.dataset = "moh.births"};
    check_types(&roles, TYPES("\"double\"", ARRAY, "\"null\""), NULL);
}

/* The columns that a key structure makes for the key fields b and a; NULL: refused. */
static const char *key_columns(const char *key, size_t count, struct column *columns,
                               struct err *err)
{
    static const char *const key_fields[] = {"b", "a"};
    const struct sch_roles roles = {
        .dataset = "moh.births", .key_fields = key_fields, .key_field_count = count};
    struct sch_schema *schema = parse(key);
    err_reset(err);
    int rc = sch_roles_key_columns(&roles, sch_root(schema), columns, err);
    sch_schema_unref(&schema);
    assert_true(rc == 0 || (err->kind == ERR_KIND_FATAL && err->code == ERR_INCOMPATIBLE));
    return rc == 0 ? NULL : err->text;
}

static void a_key_structure_makes_columns_in_key_order(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct column columns[2] = {{.name = NULL}};
    assert_null(key_columns(
        "{\"type\":\"record\",\"name\":\"K\",\"fields\":[" FIELD("a", "\"string\"") "," FIELD(
            "b", "[\"null\"," LOGICAL("int", "date") "]") "]}",
        2, columns, &err));
    assert_string_equal(columns[0].name, "b");
    assert_string_equal(columns[0].field, "b");
    assert_int_equal(columns[0].type, COLUMN_DATE);
    assert_string_equal(columns[1].name, "a");
    assert_int_equal(columns[1].type, COLUMN_TEXT);

    assert_null(key_columns("\"long\"", 1, columns, &err));
    assert_string_equal(columns[0].name, "b");
    assert_int_equal(columns[0].type, COLUMN_BIGINT);
}

static void a_key_structure_without_the_key_is_refused(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct column columns[2] = {{.name = NULL}};
    assert_string_equal(
        key_columns("{\"type\":\"record\",\"name\":\"K\",\"fields\":[" FIELD("b", "\"int\"") "]}",
                    2, columns, &err),
        "the key structure has no field a, a key field of moh.births");
    assert_string_equal(key_columns("\"double\"", 1, columns, &err),
                        "double cannot be the key field b of moh.births");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_field_has_a_type_of_keys),
        cmocka_unit_test(an_order_field_is_a_number_or_a_time),
        cmocka_unit_test(an_event_time_field_is_a_time),
        cmocka_unit_test(a_field_that_exempts_has_one_notation),
        cmocka_unit_test(a_value_that_exempts_can_occur),
        cmocka_unit_test(a_field_with_a_role_is_in_the_structure),
        cmocka_unit_test(without_roles_every_structure_fits),
        cmocka_unit_test(a_key_structure_makes_columns_in_key_order),
        cmocka_unit_test(a_key_structure_without_the_key_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
