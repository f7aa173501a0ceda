/* SPDX-License-Identifier: Apache-2.0
 * Structures of datasets: what is one structure, and which columns it gets. */
#include "structure_kit.h"

#include "base/attr.h"
#include "storage/catalogue/catalogue.h"

static void the_first_structure_makes_the_tables(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," F("name", "\"string\""))), err);
    assert_int_equal(got.version, 1);
    assert_true(got.schema_id >= 1);
    assert_string_equal(columns(), BASE_COLUMNS ",name text");
    assert_string_equal(view(),
                        "civil_no text,seq bigint,occurred_at timestamp with time zone,name text");
}

static void the_same_text_again_is_the_same_structure(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE)), err);
    struct reg_registered first = got;
    assert_ok(value("moh.births", RECORD(BASE "," F_NULL("weight", "\"double\""))), err);
    assert_int_equal(got.version, 2);
    assert_ok(value("moh.births", RECORD(BASE)), err);
    assert_int_equal(got.version, first.version);
    assert_int_equal(got.schema_id, first.schema_id);
    assert_string_equal(columns(), BASE_COLUMNS ",weight double precision");
}

/* Two producers, one of them not yet upgraded: what it registers at its start is known, so it is
 * not judged anew. */
static void an_older_structure_registered_again_is_not_judged_as_new(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," F("weight", "\"int\""))), err);
    assert_ok(value("moh.births", RECORD(BASE "," F("weight", "\"long\""))), err);
    assert_ok(value("moh.births", RECORD(BASE "," F("weight", "\"int\""))), err);
    assert_int_equal(got.version, 1);
}

static void white_space_is_no_difference_and_text_is(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," F_DEFAULT("note", "\"string\"", "\"a b\""))),
              err);
    int32_t id = got.schema_id;
    assert_ok(value("moh.births", " {\n \"type\" :\t\"record\",\"name\":\"Birth\",\"fields\":[" BASE
                                  "," F_DEFAULT("note", "\"string\"", "\"a b\"") "] }\r\n"),
              err);
    assert_int_equal(got.schema_id, id);
    assert_ok(value("moh.births", RECORD(BASE "," F_DEFAULT("note", "\"string\"", "\"ab\""))), err);
    assert_int_not_equal(got.schema_id, id);
    /* A quote that is escaped does not end the text in which spaces count. */
    assert_ok(value("moh.births", RECORD(BASE "," F_DEFAULT("note", "\"string\"", "\"a\\\" b\""))),
              err);
    id = got.schema_id;
    assert_ok(value("moh.births", RECORD(BASE "," F_DEFAULT("note", "\"string\"", "\"a\\\"b\""))),
              err);
    assert_int_not_equal(got.schema_id, id);
}

/* Identity is Avro's own printing: the order of the words that Avro knows and the long form of a
 * plain type are no difference. */
static void two_spellings_of_a_schema_are_one(void **state)
{
    (void)state;
    assert_ok(key("moh.births", "\"string\""), err);
    int32_t id = got.schema_id;
    assert_ok(key("moh.births", "{\"type\":\"string\"}"), err);
    assert_int_equal(got.schema_id, id);
    assert_ok(value("moh.births", RECORD(BASE)), err);
    id = got.schema_id;
    assert_ok(value("moh.births",
                    "{\"fields\":[{\"type\":{\"type\":\"string\"},\"name\":\"civil_no\"}"
                    "," F("seq", "\"long\"") "," F(
                        "occurred_at", MICROS) "],"
                                               "\"name\":\"Birth\",\"type\":\"record\"}"),
              err);
    assert_int_equal(got.schema_id, id);
}

static void the_level_of_the_subject_holds_for_the_command_too(void **state)
{
    (void)state;
    raw_run(raw, "INSERT INTO nrc.registry_config (subject, level) VALUES ('moh.births-value', "
                 "'FORWARD')");
    assert_ok(value("moh.births", RECORD(BASE "," F("place", "\"string\""))), err);
    /* The tables could take it; who reads with the version before could not. */
    refused(value("moh.births", RECORD(BASE)), ERR_INCOMPATIBLE, "", "place");
    assert_string_equal(columns(), BASE_COLUMNS ",place text");
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.subject_version"), 1);
    raw_run(raw, "UPDATE nrc.registry_config SET level = 'BACKWARD' WHERE subject <> ''");
    assert_ok(value("moh.births", RECORD(BASE)), err);
}

static void a_mode_that_only_reads_holds_for_the_command_too(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE)), err);
    raw_run(raw, "INSERT INTO nrc.registry_mode (subject, mode) VALUES ('', 'READONLY')");
    assert_ok(value("moh.births", RECORD(BASE)), err); /* known */
    refused(value("moh.births", RECORD(BASE "," F_NULL("place", "\"string\""))), ERR_NOT_PERMITTED,
            "", "read-only");
}

static void a_new_optional_field_is_a_new_column(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE)), err);
    assert_ok(value("moh.births", RECORD(F_NULL("weight", "\"double\"") "," BASE)), err);
    assert_int_equal(got.version, 2);
    assert_string_equal(columns(), BASE_COLUMNS ",weight double precision");
    assert_ok(value("moh.births", RECORD(BASE "," F_DEFAULT("place", "\"string\"", "\"طرابلس\""))),
              err);
    assert_string_equal(columns(), BASE_COLUMNS ",weight double precision,place text");
}

/* Nobody said it in the events before, so nothing is said there: null. */
static void a_new_field_that_old_events_do_not_have_is_a_new_column(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE)), err);
    assert_ok(value("moh.births", RECORD(BASE "," F("place", "\"string\""))), err);
    assert_string_equal(columns(), BASE_COLUMNS ",place text");
    assert_string_equal(fields(1), "{1,2,3}");
    assert_string_equal(fields(2), "{1,2,3,4}");
}

static void a_removed_field_keeps_its_column(void **state)
{
    (void)state;
    assert_ok(
        value("moh.births", RECORD(BASE "," F("place", "\"string\"") "," F("weight", "\"int\""))),
        err);
    assert_ok(value("moh.births", RECORD(BASE)), err);
    assert_int_equal(got.version, 2);
    assert_string_equal(columns(), BASE_COLUMNS ",place text,weight bigint");
    /* And it may come back, in its own type alone. */
    refused(value("moh.births", RECORD(BASE "," F_NULL("place", "\"int\""))), ERR_INCOMPATIBLE,
            "/place", "text");
    assert_ok(value("moh.births", RECORD(BASE "," F_DEFAULT("place", "\"string\"", "\"\""))), err);
}

/* Rows of the earlier name have the newest one, and the earlier structure's events go on filling the
 * column. */
static void a_field_renamed_by_an_alias_is_one_column_under_its_newest_name(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," F("place", "\"string\""))), err);
    raw_run(raw,
            "INSERT INTO moh.births_state (civil_no, place, _op, _order, _recorded_at,"
            " _topic_partition, _offset, _content) VALUES ('1', 'صلالة', 'u', 1, now(), 1, 1, 2)");
    assert_ok(value("moh.births", RECORD("{\"name\":\"town\",\"type\":\"string\","
                                         "\"aliases\":[\"place\"]}," BASE)),
              err);
    assert_int_equal(got.version, 2);
    assert_string_equal(columns(), BASE_COLUMNS ",town text");
    assert_string_equal(raw_text(raw, "SELECT town FROM moh.births"), "صلالة");
    assert_string_equal(fields(1), "{1,2,3,4}");
    assert_string_equal(fields(2), "{4,1,2,3}");
}

/* A role of the dataset is bound to its field's name. */
static void a_key_field_is_not_renamed_by_an_alias(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE)), err);
    refused(value("moh.births", RECORD("{\"name\":\"national_no\",\"type\":\"string\","
                                       "\"aliases\":[\"civil_no\"]}," F("seq", "\"long\"") "," F(
                                           "occurred_at", MICROS))),
            ERR_INCOMPATIBLE, "/civil_no", "no field civil_no");
}

/* v1 has a, v2 renames it to b, v1 is deleted softly and registered again: its events went to b, and
 * so they do from now on. */
static void a_structure_that_comes_back_has_the_columns_that_it_had(void **state)
{
    (void)state;
    assert_ok(value("moh.births", RECORD(BASE "," F("a", "\"int\""))), err);
    int32_t first = got.schema_id;
    assert_ok(value("moh.births", RECORD(BASE ",{\"name\":\"b\",\"type\":\"int\","
                                              "\"aliases\":[\"a\"]}")),
              err);
    raw_run(raw, "UPDATE nrc.subject_version SET deleted_at = now() WHERE version = 1");
    assert_ok(value("moh.births", RECORD(BASE "," F("a", "\"int\""))), err);
    assert_int_equal(got.schema_id, first);
    assert_int_equal(got.version, 3);
    assert_string_equal(columns(), BASE_COLUMNS ",b bigint");
    assert_string_equal(fields(3), "{1,2,3,4}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_structure_makes_the_tables),
        TEST(the_same_text_again_is_the_same_structure),
        TEST(an_older_structure_registered_again_is_not_judged_as_new),
        TEST(white_space_is_no_difference_and_text_is),
        TEST(two_spellings_of_a_schema_are_one),
        TEST(the_level_of_the_subject_holds_for_the_command_too),
        TEST(a_mode_that_only_reads_holds_for_the_command_too),
        TEST(a_new_optional_field_is_a_new_column),
        TEST(a_new_field_that_old_events_do_not_have_is_a_new_column),
        TEST(a_removed_field_keeps_its_column),
        TEST(a_field_renamed_by_an_alias_is_one_column_under_its_newest_name),
        TEST(a_key_field_is_not_renamed_by_an_alias),
        TEST(a_structure_that_comes_back_has_the_columns_that_it_had),
    };
    return cmocka_run_group_tests_name("structure", tests, NULL, NULL);
}
