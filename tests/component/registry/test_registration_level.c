/* SPDX-License-Identifier: Apache-2.0
 * Registering and comparing over HTTP: levels, modes, references. */
#include "posting_kit.h"

#include "base/attr.h"

/* ---- levels ---- */

static void every_reason_is_told(void **state)
{
    (void)state;
    post(REGISTER("s"), RECORD("R", A));
    const char *answer =
        post(REGISTER("s"),
             RECORD("R", F("a", "\"string\"") "," F("b", "\"int\"") "," F("c", "\"int\"")));
    assert_error(answer, "409 409",
                 "Schema being registered is incompatible with an earlier schema for subject "
                 "\\\"s\\\", details: [");
    assert_has(answer, "/fields/0/type");
    assert_has(answer, "/fields/1");
    assert_has(answer, "/fields/2");
    assert_has(answer, "{oldSchemaVersion: 1}");
    assert_has(answer, "{validateFields: 'false', compatibility: 'BACKWARD'}");
    assert_string_equal(versions("s"), "1:1");
    assert_answer(post(REGISTER("s") "?force=true", RECORD("R", F("a", "\"string\""))),
                  "200 {\"id\":2}");
}

static void a_known_schema_is_200_whatever_the_level(void **state)
{
    (void)state;
    level("", "NONE");
    assert_int_equal(id_of(post(REGISTER("s"), "\"int\"")), 1);
    assert_int_equal(id_of(post(REGISTER("s"), "\"string\"")), 2);
    level("", "FULL_TRANSITIVE");
    assert_int_equal(id_of(post(REGISTER("s"), "\"int\"")), 1);
    assert_error(post(REGISTER("s"), "\"boolean\""), "409 409", "");
    mode("s", "READONLY");
    assert_int_equal(id_of(post(REGISTER("s"), "\"int\"")), 1);
}

static void the_level_in_force_decides(void **state)
{
    (void)state;
    static const char one[] = RECORD("R", A);
    static const char two[] = RECORD("R", A "," F_ZERO("b"));
    static const char gone[] = RECORD("R", F_ZERO("c"));
    static const char three[] = RECORD("R", A "," F_ZERO("b") "," F_ZERO("c"));
    post(REGISTER("s"), one);
    post(REGISTER("s"), two);
    /* Without a: the version before has b alone as default. */
    assert_answer(post(COMPARE("s"), gone), "200 {\"is_compatible\":true}");
    level("s", "FORWARD");
    assert_answer(post(COMPARE("s"), gone), "200 {\"is_compatible\":false}");
    assert_answer(post(COMPARE("s"), three), "200 {\"is_compatible\":true}");
    level("s", "FULL");
    assert_answer(post(COMPARE("s"), gone), "200 {\"is_compatible\":false}");
    level("s", "NONE");
    assert_answer(post(COMPARE("s"), "\"int\""), "200 {\"is_compatible\":true}");
    level("", "FORWARD");
    raw_run(raw, "DELETE FROM nrc.registry_config WHERE subject = 's'");
    assert_answer(post(COMPARE("s"), gone), "200 {\"is_compatible\":false}");
}

static void latest_is_the_latest_alone_and_versions_go_by_the_level(void **state)
{
    (void)state;
    level("s", "NONE");
    post(REGISTER("s"), "\"string\"");
    post(REGISTER("s"), "\"int\"");
    level("s", "BACKWARD_TRANSITIVE");
    assert_answer(post(COMPARE("s") "/latest", "\"long\""), "200 {\"is_compatible\":true}");
    assert_answer(post(COMPARE("s") "/LATEST", "\"long\""), "200 {\"is_compatible\":true}");
    assert_answer(post(COMPARE("s") "/-1", "\"long\""), "200 {\"is_compatible\":true}");
    assert_answer(post(COMPARE("s") "/1", "\"long\""), "200 {\"is_compatible\":false}");
    assert_answer(post(COMPARE("s"), "\"long\""), "200 {\"is_compatible\":false}");
    assert_error(post(REGISTER("s"), "\"long\""), "409 409", "{oldSchemaVersion: 1}");
    assert_has(post(COMPARE("s") "?verbose=true", "\"long\""), "\"messages\":[\"");
    assert_answer(post(COMPARE("s") "/latest?verbose=true", "\"long\""),
                  "200 {\"is_compatible\":true,\"messages\":[]}");
}

static void what_is_compared_with_must_be_there_but_the_latest(void **state)
{
    (void)state;
    assert_answer(post(COMPARE("s") "/latest", "\"int\""), "200 {\"is_compatible\":true}");
    assert_answer(post(COMPARE("s"), "\"int\""), "200 {\"is_compatible\":true}");
    assert_error(post(COMPARE("s") "/1", "\"int\""), "404 40402", "Version 1 not found.");
    assert_error(post(COMPARE("s") "/0", "\"int\""), "422 42202", "");
    assert_error(post(COMPARE("s") "/x", "\"int\""), "422 42202", "");
    post(REGISTER("s"), "\"int\"");
    raw_run(raw, "UPDATE nrc.subject_version SET deleted_at = now()");
    assert_error(post(COMPARE("s") "/1", "\"int\""), "404 40402", "");
    assert_answer(post(COMPARE("s"), "\"string\""), "200 {\"is_compatible\":true}");
}

static void versions_of_another_compatibility_group_do_not_count(void **state)
{
    (void)state;
    raw_run(raw, "INSERT INTO nrc.registry_config (subject, settings) VALUES ('s',"
                 " '{\"compatibilityGroup\":\"major\"}')");
    assert_int_equal(id_of(post_with(REGISTER("s"), "\"int\"",
                                     ",\"metadata\":{\"properties\":{\"major\":\"1\"}}")),
                     1);
    assert_error(post(REGISTER("s"), "\"string\""), "409 409", "");
    assert_int_equal(id_of(post_with(REGISTER("s"), "\"string\"",
                                     ",\"metadata\":{\"properties\":{\"major\":\"2\"}}")),
                     2);
    assert_int_equal(id_of(post_with(REGISTER("s"), "\"long\"",
                                     ",\"metadata\":{\"properties\":{\"major\":\"1\"}}")),
                     3);
}

/* ---- modes, ids and versions that are brought along ---- */

static void modes_say_who_may_register(void **state)
{
    (void)state;
    mode("", "READONLY");
    assert_error(post(REGISTER("s"), "\"int\""), "422 42205", "read-only");
    mode("s", "READWRITE");
    assert_int_equal(id_of(post(REGISTER("s"), "\"int\"")), 1);
    mode("s", "READONLY_OVERRIDE");
    assert_error(post(REGISTER("s"), "\"long\""), "422 42205", "read-only");
    mode("s", "IMPORT");
    assert_error(post(REGISTER("s"), "\"long\""), "422 42205", "read-write");
    mode("s", "READWRITE");
    assert_error(post_with(REGISTER("s"), "\"long\"", ",\"id\":7,\"version\":3"), "422 42205",
                 "import");
}

static void ids_and_versions_are_taken_in_import_mode(void **state)
{
    (void)state;
    mode("s", "IMPORT");
    assert_answer(post_with(REGISTER("s"), "\"int\"", ",\"id\":70,\"version\":3"),
                  "200 {\"id\":70}");
    assert_answer(post_with(REGISTER("s"), "\"int\"", ",\"id\":70,\"version\":3"),
                  "200 {\"id\":70}");
    /* Whatever the level says, and versions in any order. */
    assert_answer(post_with(REGISTER("s"), "\"string\"", ",\"id\":40,\"version\":1"),
                  "200 {\"id\":40}");
    assert_string_equal(versions("s"), "1:40 3:70");
    assert_error(post_with(REGISTER("s"), "\"long\"", ",\"id\":70,\"version\":4"), "422 42205",
                 "Overwrite new schema with id 70 in context  is not permitted.");
    mode(":.c:", "IMPORT");
    assert_error(post_with(REGISTER(":.c:s"), "\"long\"", ",\"id\":70,\"version\":4"), "422 42205",
                 "Overwrite new schema with id 70 in context :.c: is not permitted.");
    assert_error(post_with(REGISTER("s"), "\"int\"", ",\"id\":71,\"version\":4"), "422 42207",
                 "Schema already registered with id 70 instead of input id 71");
    assert_error(post_with(REGISTER("s"), "\"long\"", ",\"id\":72,\"version\":3"), "422 42205",
                 "version 3");
    assert_string_equal(versions("s"), "1:40 3:70");
    /* What is drawn afterwards is no id that was brought. */
    int drawn = id_of(post(REGISTER("t"), "\"long\""));
    assert_true(drawn > 70);
    mode("s", "READWRITE");
    assert_int_equal(id_of(post_with(REGISTER("s"), "\"long\"", ",\"version\":4")), drawn + 1);
    assert_has(post("/subjects/s", "\"long\""),
               "\"metadata\":{\"properties\": {\"confluent:version\": \"4\"}}");
    assert_error(post_with(REGISTER("s"), "\"double\"", ",\"version\":9"), "422 42201",
                 "one more than previous");
}

/* ---- references ---- */

static void references_are_followed_and_kept(void **state)
{
    (void)state;
    static const char full[] =
        RECORD("C", F("b", RECORD("B", F("a", RECORD("A", A)))) "," F("a", "\"A\""));
    assert_int_equal(id_of(post(REGISTER("a"), RECORD("A", A))), 1);
    assert_int_equal(
        id_of(post_with(REGISTER("b"), RECORD("B", F("a", "\"A\"")), REFS(REF("A", "a", "1")))), 2);
    static const char refs[] = REFS(REF("B", "b", "-1") "," REF("A", "a", "1"));
    static const char text[] = RECORD("C", F("b", "\"B\"") "," F("a", "\"A\""));
    assert_int_equal(id_of(post_with(REGISTER("c"), text, refs)), 3);
    assert_string_equal(raw_text(raw, "SELECT text FROM nrc.schema WHERE id = 3"), text);
    assert_string_equal(raw_text(raw, "SELECT resolved_text FROM nrc.schema WHERE id = 3"), full);
    assert_string_equal(raw_text(raw, "SELECT string_agg(ordinal || name || subject || version, ' '"
                                      " ORDER BY ordinal) FROM nrc.schema_reference WHERE "
                                      "schema_id = 3"),
                        "1Bb1 2Aa1");
    assert_has(post_with("/subjects/c", text, refs),
               "\"references\":[{\"name\" : \"B\", \"subject\" : \"b\", \"version\" : 1}");
    assert_has(post_with("/subjects/c?format=resolved", text, refs), "\\\"name\\\":\\\"B\\\"");
    /* A client that writes them out means the same. */
    assert_has(post("/subjects/c", full), "\"id\":3");
    assert_int_equal(id_of(post(REGISTER("c"), full)), 3);
    assert_answer(post_with(COMPARE("c"), text, refs), "200 {\"is_compatible\":true}");
    /* Other references are another schema. */
    assert_int_equal(id_of(post(REGISTER("a2"), RECORD("A", A))), 1);
    assert_int_equal(
        id_of(post_with(REGISTER("b"), RECORD("B", F("a", "\"A\"")), REFS(REF("A", "a2", "1")))),
        4);
}

static void references_that_lead_nowhere_are_refused(void **state)
{
    (void)state;
    static const char text[] = RECORD("B", F("a", "\"A\""));
    assert_error(post(REGISTER("b"), text), "422 42201", "A");
    assert_error(post_with(REGISTER("b"), text, REFS(REF("A", "a", "1"))), "422 42201",
                 "No schema reference found for subject \\\"a\\\" and version 1");
    assert_error(post_with(REGISTER("b"), text, REFS(REF("A", "a", "-1"))), "422 42201", "a");
    assert_error(post_with(REGISTER("b"), text, REFS("{\"name\":\"A\"}")), "422 42201",
                 "name, subject and version");
    assert_int_equal(id_of(post(REGISTER("a"), RECORD("A", A))), 1);
    assert_error(post_with(REGISTER("b"), text, REFS(REF("A", "a", "2"))), "422 42201", "2");
    raw_run(raw, "UPDATE nrc.subject_version SET deleted_at = now()");
    assert_error(post_with(REGISTER("b"), text, REFS(REF("A", "a", "1"))), "422 42201", "");
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), 1);
}

static void a_chain_of_references_is_bounded(void **state)
{
    (void)state;
    char target[64];
    char schema[160];
    char refs[128];
    int refused_at = 0;
    for (int i = 0; i < 70 && refused_at == 0; i++) {
        snprintf(target, sizeof(target), "/subjects/n%d/versions", i);
        if (i == 0) {
            snprintf(schema, sizeof(schema), "{\"type\":\"fixed\",\"name\":\"N0\",\"size\":1}");
            refs[0] = '\0';
        } else {
            snprintf(schema, sizeof(schema),
                     "{\"type\":\"enum\",\"name\":\"N%d\",\"symbols\":[\"X\"]}", i);
            snprintf(refs, sizeof(refs),
                     ",\"references\":[{\"name\":\"N%d\",\"subject\":\"n%d\",\"version\":1}]",
                     i - 1, i - 1);
        }
        if (id_of(post_with(target, schema, refs)) < 0) {
            refused_at = i;
        }
    }
    assert_int_equal(refused_at, 65);
    assert_error(client.answer, "422 42201", "deeper than 64");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_reason_is_told),
        TEST(a_known_schema_is_200_whatever_the_level),
        TEST(the_level_in_force_decides),
        TEST(latest_is_the_latest_alone_and_versions_go_by_the_level),
        TEST(what_is_compared_with_must_be_there_but_the_latest),
        TEST(versions_of_another_compatibility_group_do_not_count),
        TEST(modes_say_who_may_register),
        TEST(ids_and_versions_are_taken_in_import_mode),
        TEST(references_are_followed_and_kept),
        TEST(references_that_lead_nowhere_are_refused),
        TEST(a_chain_of_references_is_bounded),
    };
    return cmocka_run_group_tests_name("register", tests, begin, end);
}
