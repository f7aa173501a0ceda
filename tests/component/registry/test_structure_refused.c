/* SPDX-License-Identifier: Apache-2.0
 * Structures of datasets: what is refused, and which types fit. */
#include "structure_kit.h"

#include "base/attr.h"
#include "storage/catalogue/catalogue.h"

/* A field that was left out for a while comes back with another type. To its producers that is a safe change; to whoever
 * reads the dataset it is none, and nobody would be asked. */
static void a_type_that_changes_unasked_is_refused(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," F("weight", "\"int\""))), err);
    assert_ok(value("moh.births", RECORD(BASE)), err);
    refused(value("moh.births", RECORD(BASE "," F_NULL("weight", "\"string\""))), ERR_INCOMPATIBLE,
            "/weight", "bigint");
    assert_ok(value("moh.births", RECORD(BASE "," F_NULL("weight", "\"long\""))), err);
    assert_string_equal(columns(), BASE_COLUMNS ",weight bigint");
}

static void fields_with_a_role_keep_their_type(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *path;
        const char *says;
    } rows[] = {
        {RECORD(F("civil_no", "\"long\"") "," F("seq", "\"long\"") "," F("occurred_at", MICROS)),
         "/civil_no", "is the key field of moh.births"},
        {RECORD(F("civil_no",
                  "\"string\"") "," F("seq", LOGICAL("int", "date")) "," F("occurred_at", MICROS)),
         "/seq", "is the order field of moh.births, and bigint"},
        {RECORD(F("civil_no", "\"string\"") "," F("seq", "\"long\"") "," F("occurred_at",
                                                                           LOGICAL("int", "date"))),
         "/occurred_at", "is the event-time field of moh.births"},
    };
    assert_ok(value("moh.births", RECORD(BASE)), err);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        refused(value("moh.births", rows[i].text), ERR_INCOMPATIBLE, rows[i].path, rows[i].says);
    }
    assert_ok(value("moh.secret", RECORD(F("civil_no", "\"string\"") "," F("kind", "\"string\""))),
              err);
    refused(value("moh.secret", RECORD(F("civil_no", "\"string\"") "," F("kind", "\"bytes\""))),
            ERR_INCOMPATIBLE, "/kind", "is the exempt field of moh.secret");
    assert_string_equal(columns(), BASE_COLUMNS);
}

static void a_decimal_may_gain_digits_before_the_point(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," F("fee", DECIMAL("6", "2")))), err);
    assert_string_equal(
        raw_text(raw, "SELECT precision FROM nrc.dataset_column WHERE name = 'fee'"), "6");
    assert_ok(value("moh.births", RECORD(BASE "," F("fee", DECIMAL("9", "2")))), err);
    assert_string_equal(
        raw_text(raw, "SELECT precision FROM nrc.dataset_column WHERE name = 'fee'"), "9");
}

static void the_fields_that_a_dataset_names_must_be_there_and_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *path;
        const char *says;
    } rows[] = {
        {RECORD(F("seq", "\"long\"") "," F("occurred_at", MICROS)), "/civil_no",
         "no field civil_no, the key field"},
        {RECORD(F("civil_no", "\"double\"") "," F("seq", "\"long\"") "," F("occurred_at", MICROS)),
         "/civil_no", "must be string"},
        {RECORD(F("civil_no", "\"null\"") "," F("seq", "\"long\"") "," F("occurred_at", MICROS)),
         "/civil_no", "must be string"},
        {RECORD(F("civil_no", DECIMAL("5", "0")) "," F("seq", "\"long\"") "," F("occurred_at",
                                                                                MICROS)),
         "/civil_no", "must be string"},
        {RECORD(F("civil_no", "\"string\"") "," F("occurred_at", MICROS)), "/seq",
         "no field seq, the order field"},
        {RECORD(
             F("civil_no", "\"string\"") "," F("seq", "\"string\"") "," F("occurred_at", MICROS)),
         "/seq", "must be int, long, date or a timestamp"},
        {RECORD(F("civil_no", "\"string\"") "," F("seq", LOGICAL("long", "time-micros")) "," F(
             "occurred_at", MICROS)),
         "/seq", "must be int, long"},
        {RECORD(F("civil_no", "\"string\"") "," F("seq", "\"long\"")), "/occurred_at",
         "event-time field"},
        {RECORD(
             F("civil_no", "\"string\"") "," F("seq", "\"long\"") "," F("occurred_at", "\"long\"")),
         "/occurred_at", "must be date or a timestamp"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        refused(value("moh.births", rows[i].text), ERR_INCOMPATIBLE, rows[i].path, rows[i].says);
    }
    refused(value("moh.secret", RECORD(F("civil_no", "\"string\""))), ERR_INCOMPATIBLE, "/kind",
            "exempts");
    assert_string_equal(columns(), "");
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), 0);
}

/* Registers a structure for a dataset of its own whose rows are exempt by kind = `exempt`. */
static int exempting(size_t number, const char *type, const char *exempt)
{
    static const char *const keys[] = {"civil_no"};
    char name[32];
    char full_name[48];
    char text[512];
    int32_t id;
    snprintf(name, sizeof(name), "cases%zu", number);
    snprintf(full_name, sizeof(full_name), "moh.%s", name);
    snprintf(text, sizeof(text),
             RECORD(F("civil_no", "\"string\"") ",{\"name\":\"kind\",\"type\":%s}"), type);
    const struct sto_dataset_spec spec = {.agency = "moh",
                                          .name = name,
                                          .key_fields = keys,
                                          .key_field_count = 1,
                                          .key_format = "text",
                                          .exempt_field = "kind",
                                          .exempt_values = &exempt,
                                          .exempt_value_count = 1,
                                          .leaves = 1};
    assert_ok(sto_dataset_add(conn, &spec, &id, &err), err);
    return value(full_name, text);
}

static void nrl_2_only_types_that_can_tell_exempt_rows_are_taken(void **state)
{
    (void)state;
#define ENUM "{\"type\":\"enum\",\"name\":\"Kind\",\"symbols\":[\"OPEN\",\"SECRET\"]}"
    static const struct {
        const char *type;
        const char *exempt;
        const char *says; /* NULL: taken */
    } rows[] = {
        {"\"string\"", "سري", NULL},
        {"[\"null\",\"string\"]", "سري", NULL},
        {ENUM, "SECRET", NULL},
        {"\"boolean\"", "true", NULL},
        {"\"boolean\"", "false", NULL},
        {"\"int\"", "-2147483648", NULL},
        {"\"long\"", "-9223372036854775808", NULL},
        {ENUM, "secret", "cannot occur"},
        {"\"boolean\"", "True", "cannot occur"},
        {"\"int\"", "2147483648", "cannot occur"},
        {"\"int\"", "07", "cannot occur"},
        {"\"int\"", "+7", "cannot occur"},
        {"\"int\"", " 7", "cannot occur"},
        {"\"long\"", "9223372036854775808", "cannot occur"},
        {"\"long\"", "", "cannot occur"},
        {LOGICAL("string", "uuid"), "00000000-0000-0000-0000-000000000001", "must be string"},
        {LOGICAL("int", "date"), "2026-01-01", "must be string"},
        {LOGICAL("long", "time-micros"), "1", "must be string"},
        {MICROS, "1", "must be string"},
        {DECIMAL("9", "2"), "1.50", "must be string"},
        {"\"double\"", "1.5", "must be string"},
        {"\"float\"", "1.5", "must be string"},
        {"\"bytes\"", "secret", "must be string"},
        {"[\"null\",\"string\",\"long\"]", "secret", "must be string"},
        {"{\"type\":\"array\",\"items\":\"string\"}", "secret", "must be string"},
    };
#undef ENUM
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int rc = exempting(i, rows[i].type, rows[i].exempt);
        if (rows[i].says == NULL) {
            assert_ok(rc, err);
        } else {
            refused(rc, ERR_INCOMPATIBLE, "/kind", rows[i].says);
        }
    }
}

static void each_fitting_type_is_taken(void **state)
{
    (void)state;
    static const char *const orders[] = {"\"int\"",
                                         "\"long\"",
                                         "[\"null\",\"long\"]",
                                         LOGICAL("int", "date"),
                                         MICROS,
                                         LOGICAL("long", "timestamp-millis")};
    char text[1024];
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        done(NULL);
        declared(NULL);
        snprintf(text, sizeof(text),
                 RECORD(F("civil_no",
                          "[\"null\",\"string\"]") "," F("seq", "%s") "," F("occurred_at", "%s")),
                 orders[i],
                 i % 2 == 0 ? LOGICAL("int", "date")
                            : "[" LOGICAL("long", "timestamp-millis") ",\"null\"]");
        assert_ok(value("moh.births", text), err);
    }
}

static void a_key_structure_must_fit_the_key_fields(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE)), err);
    assert_ok(key("moh.births", "\"string\""), err);
    assert_int_equal(got.version, 1);
    assert_ok(key("moh.births", "{\"type\":\"record\",\"name\":\"K\",\"fields\":[" F(
                                    "civil_no", "\"string\"") "]}"),
              err);
    assert_int_equal(got.version, 2);
    refused(key("moh.births",
                "{\"type\":\"record\",\"name\":\"K\",\"fields\":[" F("civil", "\"string\"") "]}"),
            ERR_INCOMPATIBLE, err.path, "civil");
    assert_int_equal(key("moh.births", "\"double\""), -1);
    assert_int_equal(err.code, ERR_INCOMPATIBLE);
    assert_string_equal(columns(), BASE_COLUMNS);
}

/* Clients register the key first; what it is judged by then is the dataset's declaration. */
static void a_key_structure_may_come_before_the_value(void **state)
{
    (void)state;
    refused(key("moh.visits", "\"string\""), ERR_INCOMPATIBLE, err.path, "");
    refused(key("moh.visits",
                "{\"type\":\"record\",\"name\":\"K\",\"fields\":[" F("clinic", "\"int\"") "]}"),
            ERR_INCOMPATIBLE, err.path, "day");
    refused(key("moh.visits", "{\"type\":\"record\",\"name\":\"K\",\"fields\":[" F(
                                  "clinic", "\"float\"") "," F("day", "\"int\"") "]}"),
            ERR_INCOMPATIBLE, err.path, "clinic");
    assert_ok(key("moh.visits", "{\"type\":\"record\",\"name\":\"K\",\"fields\":[" F(
                                    "day", LOGICAL("int", "date")) "," F("clinic", "\"int\"") "]}"),
              err);
    /* The value must then agree with it. */
    assert_int_equal(
        value("moh.visits", "{\"type\":\"record\",\"name\":\"V\",\"fields\":[" F(
                                "clinic", "\"string\"") "," F("day", LOGICAL("int", "date")) "]}"),
        -1);
    assert_int_equal(err.code, ERR_INCOMPATIBLE);
    assert_ok(
        value("moh.visits", "{\"type\":\"record\",\"name\":\"V\",\"fields\":[" F(
                                "clinic", "\"int\"") "," F("day", LOGICAL("int", "date")) "]}"),
        err);
}

static void what_is_no_schema_or_no_record_is_refused(void **state)
{
    (void)state;
    refused(value("moh.births", "{"), ERR_BAD_SCHEMA, err.path, "");
    refused(value("moh.births", "\"string\""), ERR_BAD_SCHEMA, "", "must be a record");
    refused(value("moh.nothing", RECORD(BASE)), ERR_NOT_FOUND, "", "moh.nothing");
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), 0);
}

static void a_retired_structure_need_not_stay_readable(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE)), err);
    raw_run(raw, "UPDATE nrc.subject_version SET retired_from = now()");
    assert_ok(value("moh.births", RECORD(BASE "," F("place", "\"string\""))), err);
    assert_string_equal(columns(), BASE_COLUMNS ",place text");
}

static void a_register_cannot_be_changed_by_a_monitor(void **state)
{
    (void)state;
    sto_conn_close(&conn);
    conn = sto_open(STO_ROLE_MONITOR);
    assert_int_equal(value("moh.births", RECORD(BASE)), -1);
    assert_string_equal(err.sqlstate, "42501");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_type_that_changes_unasked_is_refused),
        TEST(fields_with_a_role_keep_their_type),
        TEST(a_decimal_may_gain_digits_before_the_point),
        TEST(the_fields_that_a_dataset_names_must_be_there_and_fit),
        TEST(nrl_2_only_types_that_can_tell_exempt_rows_are_taken),
        TEST(each_fitting_type_is_taken),
        TEST(a_key_structure_must_fit_the_key_fields),
        TEST(a_key_structure_may_come_before_the_value),
        TEST(what_is_no_schema_or_no_record_is_refused),
        TEST(a_retired_structure_need_not_stay_readable),
        TEST(a_register_cannot_be_changed_by_a_monitor),
    };
    return cmocka_run_group_tests_name("structure", tests, NULL, NULL);
}
