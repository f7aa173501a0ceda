/* SPDX-License-Identifier: Apache-2.0
 * Subjects, versions and schemas by id: what clients read. */
#include "handler_kit.h"

static void constant_answers_are_confluents(void **state)
{
    (void)state;
    expect(HTTP_GET, "/", NULL, "200 {}");
    expect(HTTP_POST, "/", "{\"a\":\"b\"}", "200 {}");
    expect(HTTP_GET, "/schemas/types", NULL, "200 [\"AVRO\"]");
    expect(HTTP_GET, "/v1/metadata/id", NULL,
           "200 {\"scope\":{\"path\":[],\"clusters\":{\"kafka-cluster\":\"nrc\","
           "\"schema-registry-cluster\":\"nrc\"}}}");
    expect(HTTP_GET, "/v1/metadata/version", NULL,
           "200 {\"version\":\"0.1.0\",\"commitId\":\"unknown\"}");
}

static void associations_are_not_there_for_any_verb(void **state)
{
    (void)state;
    const enum http_method verbs[] = {HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_DELETE};
    const char *const paths[] = {"/associations", "/associations/subjects/a",
                                 "/associations/resources/x/y", "/associations:batchGet"};
    for (size_t v = 0; v < COUNT_OF(verbs); v++) {
        for (size_t p = 0; p < COUNT_OF(paths); p++) {
            assert_memory_equal(kit_call(verbs[v], paths[p], "{}"), "404 ", 4);
        }
    }
}

/* ---- lists ---- */

static void subjects_are_sorted_and_filtered(void **state)
{
    (void)state;
    kit_add("b-value", 1, INT);
    kit_add("B-value", 1, INT);
    kit_add("a-value", 1, INT);
    kit_add("a-value", 2, LONG);
    kit_add("gone", 1, INT);
    kit_add("half", 1, INT);
    kit_add("half", 2, LONG);
    kit_add(":.ctx:a-value", 1, INT);
    kit_soft_delete("gone", 1);
    kit_soft_delete("half", 1);
    expect(HTTP_GET, "/subjects", NULL,
           "200 [\":.ctx:a-value\",\"B-value\",\"a-value\",\"b-value\",\"half\"]");
    expect(HTTP_GET, "/subjects?deleted=true", NULL,
           "200 [\":.ctx:a-value\",\"B-value\",\"a-value\",\"b-value\",\"gone\",\"half\"]");
    expect(HTTP_GET, "/subjects?deletedOnly=True&deleted=true", NULL, "200 [\"gone\"]");
    expect(HTTP_GET, "/subjects?subjectPrefix=a", NULL, "200 [\"a-value\"]");
    expect(HTTP_GET, "/subjects?subjectPrefix=:*:a", NULL, "200 [\":.ctx:a-value\",\"a-value\"]");
    expect(HTTP_GET, "/subjects?subjectPrefix=:.ctx:", NULL, "200 [\":.ctx:a-value\"]");
    expect(HTTP_GET, "/subjects?subjectPrefix=%25", NULL, "200 []");
    expect(HTTP_GET, "/subjects?offset=1&limit=2", NULL, "200 [\"B-value\",\"a-value\"]");
    expect(HTTP_GET, "/subjects?limit=0&offset=4", NULL, "200 [\"half\"]");
}

static void a_page_that_is_no_number_is_refused(void **state)
{
    (void)state;
    expect_error(HTTP_GET, "/subjects?limit=x", NULL, "400 400");
    expect_error(HTTP_GET, "/subjects?limit=2147483648", NULL, "400 400");
    expect_error(HTTP_GET, "/subjects?offset=-1", NULL, "400 400");
    expect_error(HTTP_GET, "/subjects/a/versions?offset=1.5", NULL, "400 400");
    expect_error(HTTP_GET, "/schemas?limit=%20", NULL, "400 400");
    expect_error(HTTP_GET, "/subjects?subjectPrefix=%ff", NULL, "400 400");
}

static void versions_are_ascending_and_filtered(void **state)
{
    (void)state;
    kit_add("a", 3, STRING);
    kit_add("a", 1, INT);
    kit_add("a", 2, LONG);
    kit_soft_delete("a", 2);
    expect(HTTP_GET, "/subjects/a/versions", NULL, "200 [1,3]");
    expect(HTTP_GET, "/subjects/a/versions/", NULL, "200 [1,3]");
    expect(HTTP_GET, "/subjects/a/versions?deleted=true", NULL, "200 [1,2,3]");
    expect(HTTP_GET, "/subjects/a/versions?deletedOnly=true", NULL, "200 [2]");
    expect(HTTP_GET, "/subjects/a/versions?deleted=true&offset=1&limit=1", NULL, "200 [2]");
    expect_error(HTTP_GET, "/subjects/b/versions", NULL, "404 40401");
    expect_error(HTTP_GET, "/subjects/%ff/versions", NULL, "400 400");
}

static void versions_of_a_deleted_subject_show_only_when_asked_for(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_soft_delete("a", 1);
    expect_error(HTTP_GET, "/subjects/a/versions", NULL, "404 40401");
    expect(HTTP_GET, "/subjects/a/versions?deleted=true", NULL, "200 [1]");
    expect(HTTP_GET, "/subjects/a/versions?deletedOnly=true", NULL, "200 [1]");
}

static void schemas_list_whole_versions(void **state)
{
    (void)state;
    kit_add("b", 1, INT);
    kit_add("a", 2, INT);
    kit_add("a", 1, LONG);
    kit_add("a", 3, STRING);
    kit_soft_delete("a", 3);
    kit_soft_delete("b", 1);
    raw_run(
        kit.raw,
        "UPDATE nrc.schema SET guid = ('0000000' || id || '-0000-4000-8000-000000000000')::uuid");
#define ROW(subject, version, id, text)                                                            \
    "{\"subject\":\"" subject "\",\"version\":" version ",\"id\":" id ",\"guid\":\"0000000" id     \
    "-0000-4000-8000-000000000000\",\"schemaType\":\"AVRO\",\"schema\":" text
#define A1 ROW("a", "1", "2", LONG_JSON "}")
#define A2 ROW("a", "2", "1", INT_JSON "}")
#define A3 ROW("a", "3", "3", "\"\\\"string\\\"\",\"deleted\":true}")
#define B1 ROW("b", "1", "1", INT_JSON ",\"deleted\":true}")
    expect(HTTP_GET, "/schemas", NULL, "200 [" A1 "," A2 "]");
    expect(HTTP_GET, "/schemas?deleted=true", NULL, "200 [" A1 "," A2 "," A3 "," B1 "]");
    expect(HTTP_GET, "/schemas?latestOnly=true", NULL, "200 [" A2 "]");
    expect(HTTP_GET, "/schemas?latestOnly=true&deleted=true", NULL, "200 [" A3 "," B1 "]");
    expect(HTTP_GET, "/schemas?subjectPrefix=b&deleted=true", NULL, "200 [" B1 "]");
    expect(HTTP_GET, "/schemas?offset=1&limit=1&deleted=true", NULL, "200 [" A2 "]");
}

static void contexts_in_use_are_listed(void **state)
{
    (void)state;
    expect(HTTP_GET, "/contexts", NULL, "200 [\".\"]");
    kit_add(":.prod:a", 1, INT);
    kit_add(":.dev:a", 1, INT);
    kit_add("x:.y:z", 1, INT);
    expect(HTTP_GET, "/contexts", NULL, "200 [\".\",\".dev\",\".prod\"]");
    expect(HTTP_GET, "/contexts?contextPrefix=.p", NULL, "200 [\".prod\"]");
    expect(HTTP_GET, "/contexts?offset=1&limit=1", NULL, "200 [\".dev\"]");
}

static void a_context_qualifies_the_name(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add(":.ctx:a", 1, LONG);
    expect(HTTP_GET, "/subjects/a/versions/1/schema", NULL, "200 " INT);
    expect(HTTP_GET, "/subjects/:.:a/versions/1/schema", NULL, "200 " INT);
    expect(HTTP_GET, "/subjects/:.ctx:a/versions/1/schema", NULL, "200 " LONG);
    expect(HTTP_GET, "/subjects/%3A.ctx%3Aa/versions/1/schema", NULL, "200 " LONG);
    expect_error(HTTP_GET, "/subjects/:.other:a/versions/1/schema", NULL, "404 40401");
}

/* ---- one version ---- */

static void a_version_is_a_number_or_latest(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("a", 2, LONG);
    kit_add("a", 3, STRING);
    kit_soft_delete("a", 3);
    expect(HTTP_GET, "/subjects/a/versions/1/schema", NULL, "200 " INT);
    expect(HTTP_GET, "/subjects/a/versions/latest/schema", NULL, "200 " LONG);
    expect(HTTP_GET, "/subjects/a/versions/LaTest/schema?deleted=true", NULL, "200 " LONG);
    expect(HTTP_GET, "/subjects/a/versions/-1/schema", NULL, "200 " LONG);
    expect_error(HTTP_GET, "/subjects/a/versions/2147483647", NULL, "404 40402");
    expect_error(HTTP_GET, "/subjects/b/versions/1", NULL, "404 40401");
    expect_error(HTTP_GET, "/subjects/b/versions/latest", NULL, "404 40401");
    const char *const bad[] = {
        "0", "-2", "2147483648", "-2147483649", "99999999999999999999", "earliest", "1a", "+"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char target[128];
        snprintf(target, sizeof(target), "/subjects/a/versions/%s", bad[i]);
        expect_error(HTTP_GET, target, NULL, "422 42202");
        expect_error(HTTP_DELETE, target, NULL, "422 42202");
    }
}

static void a_deleted_version_shows_only_when_asked_for(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("a", 2, LONG);
    kit_soft_delete("a", 2);
    expect_error(HTTP_GET, "/subjects/a/versions/2", NULL, "404 40402");
    expect(HTTP_GET, "/subjects/a/versions/2/schema?deleted=true", NULL, "200 " LONG);
    kit_soft_delete("a", 1);
    expect_error(HTTP_GET, "/subjects/a/versions/latest", NULL, "404 40401");
    expect_error(HTTP_GET, "/subjects/a/versions/latest?deleted=true", NULL, "404 40402");
}

static void a_version_has_all_it_was_registered_with(void **state)
{
    (void)state;
    kit_add("base", 1, INT);
    kit_add("a", 1, LONG);
    raw_run(kit.raw, "UPDATE nrc.schema SET guid = '00000000-0000-4000-8000-000000000002',"
                     " resolved_text = '\"resolved\"', metadata = '{\"properties\":{}}',"
                     " rule_set = '{\"domainRules\":[]}' WHERE id = 2;"
                     " INSERT INTO nrc.schema_reference VALUES (2, 1, 'b', 'base', 1)");
#define REST                                                                                       \
    "\"references\":[{\"name\" : \"b\", \"subject\" : \"base\", \"version\" : 1}],"                \
    "\"metadata\":{\"properties\": {}},\"ruleSet\":{\"domainRules\": []},\"schema\":"
#define GUID_2 "\"guid\":\"00000000-0000-4000-8000-000000000002\",\"schemaType\":\"AVRO\","
    expect(HTTP_GET, "/subjects/a/versions/1", NULL,
           "200 {\"subject\":\"a\",\"version\":1,\"id\":2," GUID_2 REST LONG_JSON "}");
    expect(HTTP_GET, "/subjects/a/versions/1?format=resolved", NULL,
           "200 {\"subject\":\"a\",\"version\":1,\"id\":2," GUID_2 REST "\"\\\"resolved\\\"\"}");
    expect(HTTP_GET, "/subjects/a/versions/1/schema?format=resolved", NULL, "200 \"resolved\"");
    expect(HTTP_GET, "/subjects/base/versions/1/schema?format=resolved", NULL, "200 " INT);
    expect(HTTP_GET, "/schemas/ids/2", NULL, "200 {\"id\":2," GUID_2 REST LONG_JSON "}");
    expect(HTTP_GET, "/schemas/ids/2?format=resolved&fetchMaxId=true", NULL,
           "200 {\"id\":2," GUID_2 REST "\"\\\"resolved\\\"\",\"maxId\":2}");
    expect(HTTP_GET, "/schemas/guids/00000000-0000-4000-8000-000000000002", NULL,
           "200 {\"id\":2," GUID_2 REST LONG_JSON "}");
}

static void referrers_are_those_that_live(void **state)
{
    (void)state;
    kit_add("base", 1, INT);
    kit_add("a", 1, LONG);
    kit_add("b", 1, STRING);
    raw_run(
        kit.raw,
        "INSERT INTO nrc.schema_reference VALUES (3, 1, 'b', 'base', 1), (2, 1, 'b', 'base', 1)");
    expect(HTTP_GET, "/subjects/base/versions/1/referencedby", NULL, "200 [2,3]");
    expect(HTTP_GET, "/subjects/base/versions/latest/referencedby?offset=1", NULL, "200 [3]");
    kit_soft_delete("a", 1);
    expect(HTTP_GET, "/subjects/base/versions/1/referencedby", NULL, "200 [3]");
    expect(HTTP_GET, "/subjects/base/versions/1/referencedby?deleted=true", NULL, "200 [2,3]");
    kit_soft_delete("base", 1);
    expect(HTTP_GET, "/subjects/base/versions/1/referencedby", NULL, "200 [3]");
    expect(HTTP_GET, "/subjects/b/versions/1/referencedby", NULL, "200 []");
    expect_error(HTTP_GET, "/subjects/base/versions/2/referencedby", NULL, "404 40402");
    expect_error(HTTP_GET, "/subjects/none/versions/1/referencedby", NULL, "404 40401");
}

static void metadata_finds_the_latest_that_has_it(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("a", 2, LONG);
    kit_add("a", 3, STRING);
    raw_run(kit.raw,
            "UPDATE nrc.schema SET guid = '00000000-0000-4000-8000-000000000001', metadata ="
            " '{\"properties\":{\"owner\":\"x\",\"tier\":\"1\"}}' WHERE id = 1;"
            "UPDATE nrc.schema SET metadata = '{\"properties\":{\"owner\":\"x\"}}' WHERE id = 2");
    assert_non_null(strstr(kit_call(HTTP_GET, "/subjects/a/metadata?key=owner&value=x", NULL),
                           "\"version\":2,"));
    assert_non_null(strstr(kit_call(HTTP_GET, "/subjects/a/metadata", NULL), "\"version\":2,"));
    expect(HTTP_GET, "/subjects/a/metadata?key=owner&value=x&key=tier&value=1", NULL,
           "200 {\"subject\":\"a\",\"version\":1,\"id\":1,"
           "\"guid\":\"00000000-0000-4000-8000-000000000001\",\"schemaType\":\"AVRO\",\"metadata\":"
           "{\"properties\":"
           " {\"tier\": \"1\", \"owner\": \"x\"}},\"schema\":" INT_JSON "}");
    expect_error(HTTP_GET, "/subjects/a/metadata?key=owner&value=y", NULL, "404 40403");
    expect_error(HTTP_GET, "/subjects/b/metadata?key=owner&value=x", NULL, "404 40401");
    kit_soft_delete("a", 2);
    assert_non_null(strstr(kit_call(HTTP_GET, "/subjects/a/metadata?key=owner&value=x", NULL),
                           "\"version\":1,"));
    assert_non_null(
        strstr(kit_call(HTTP_GET, "/subjects/a/metadata?key=owner&value=x&deleted=true", NULL),
               "\"version\":2,"));
}

/* ---- by id and by GUID ---- */

static void an_id_resolves_while_anything_has_it(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("b", 4, INT);
    kit_add(":.ctx:c", 1, INT);
    raw_run(kit.raw, "UPDATE nrc.schema SET guid = '00000000-0000-4000-8000-000000000001'");
#define G1                                                                                         \
    "\"id\":1,\"guid\":\"00000000-0000-4000-8000-000000000001\",\"schemaType\":\"AVRO\","          \
    "\"schema\":" INT_JSON "}"
    expect(HTTP_GET, "/schemas/ids/1", NULL, "200 {" G1);
    expect(HTTP_GET, "/schemas/ids/1?subject=b", NULL, "200 {\"subject\":\"b\",\"version\":4," G1);
    expect(HTTP_GET, "/schemas/ids/1?subject=none", NULL,
           "200 {\"subject\":\"a\",\"version\":1," G1);
    expect_error(HTTP_GET, "/schemas/ids/1?subject=:.ctx:none", NULL, "404 40403");
    expect(HTTP_GET, "/schemas/ids/1?subject=:.ctx:", NULL,
           "200 {\"subject\":\":.ctx:c\",\"version\":1," G1);
    expect(HTTP_GET, "/schemas/ids/1/schema", NULL, "200 " INT);
    expect(HTTP_GET, "/schemas/ids/1/subjects", NULL, "200 [\":.ctx:c\",\"a\",\"b\"]");
    expect(HTTP_GET, "/schemas/ids/1/subjects?subject=:.ctx:", NULL, "200 [\":.ctx:c\"]");
    expect(HTTP_GET, "/schemas/ids/1/versions?offset=1", NULL,
           "200 [{\"subject\":\"a\",\"version\":1},{\"subject\":\"b\",\"version\":4}]");
    kit_soft_delete("a", 1);
    kit_soft_delete("b", 4);
    kit_soft_delete(":.ctx:c", 1);
    expect(HTTP_GET, "/schemas/ids/1", NULL, "200 {" G1);
    expect(HTTP_GET, "/schemas/ids/1/schema", NULL, "200 " INT);
    expect(HTTP_GET, "/schemas/ids/1/subjects", NULL, "200 []");
    expect(HTTP_GET, "/schemas/ids/1/subjects?deleted=true&limit=1&offset=1", NULL, "200 [\"a\"]");
    expect(HTTP_GET, "/schemas/ids/1/versions", NULL, "200 []");
    expect(HTTP_GET, "/schemas/guids/00000000-0000-4000-8000-000000000001", NULL, "200 {" G1);
}

static void an_unknown_id_is_40403_and_no_number_is_no_path(void **state)
{
    (void)state;
    const char *const below[] = {"", "/schema", "/subjects", "/versions"};
    for (size_t i = 0; i < COUNT_OF(below); i++) {
        char target[128];
        snprintf(target, sizeof(target), "/schemas/ids/7%s", below[i]);
        expect_error(HTTP_GET, target, NULL, "404 40403");
        snprintf(target, sizeof(target), "/schemas/ids/abc%s", below[i]);
        expect_error(HTTP_GET, target, NULL, "404 404");
        snprintf(target, sizeof(target), "/schemas/ids/2147483648%s", below[i]);
        expect_error(HTTP_GET, target, NULL, "404 404");
    }
    expect_error(HTTP_GET, "/schemas/ids/-1", NULL, "404 40403");
}

static void a_guid_names_ids_in_contexts(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add(":.ctx:a", 1, INT);
    raw_run(kit.raw, "UPDATE nrc.schema SET guid = 'abcdef00-0000-4000-8000-000000000001'");
    expect(HTTP_GET, "/schemas/guids/abcdef00-0000-4000-8000-000000000001/ids", NULL,
           "200 [{\"context\":\".\",\"id\":1},{\"context\":\".ctx\",\"id\":1}]");
    expect(HTTP_GET, "/schemas/guids/00000000-0000-4000-8000-000000000009/ids", NULL, "200 []");
    expect(HTTP_GET, "/schemas/guids/no-guid/ids", NULL, "200 []");
    expect_error(HTTP_GET, "/schemas/guids/00000000-0000-4000-8000-000000000009", NULL,
                 "404 40403");
    expect_error(HTTP_GET, "/schemas/guids/no-guid", NULL, "404 40403");
}

static void pending_versions_are_invisible(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("a", 2, LONG);
    kit_add("p", 1, LONG);
    raw_run(kit.raw,
            "UPDATE nrc.schema SET guid = '00000000-0000-4000-8000-000000000002',"
            " metadata = '{\"properties\":{\"k\":\"v\"}}' WHERE id = 2;"
            " INSERT INTO nrc.schema_reference VALUES (2, 1, 'x', 'a', 1);"
            " UPDATE nrc.subject_version SET decision = 'pending', active_from = NULL"
            " WHERE schema_id = 2;"
            " INSERT INTO nrc.subject_version (subject, version, schema_id, part, decision,"
            " active_from) VALUES (':.c:p', 1, 2, 'none', 'pending', NULL)");
    expect(HTTP_GET, "/subjects?deleted=true", NULL, "200 [\"a\"]");
    expect(HTTP_GET, "/subjects/a/versions?deleted=true", NULL, "200 [1]");
    expect_error(HTTP_GET, "/subjects/p/versions?deleted=true", NULL, "404 40401");
    expect(HTTP_GET, "/subjects/a/versions/latest/schema", NULL, "200 " INT);
    expect_error(HTTP_GET, "/subjects/a/versions/2?deleted=true", NULL, "404 40402");
    expect_error(HTTP_GET, "/subjects/a/metadata?key=k&value=v", NULL, "404 40403");
    expect(HTTP_GET, "/subjects/a/versions/1/referencedby?deleted=true", NULL, "200 []");
    expect_error(HTTP_GET, "/schemas/ids/2", NULL, "404 40403");
    expect_error(HTTP_GET, "/schemas/guids/00000000-0000-4000-8000-000000000002", NULL,
                 "404 40403");
    expect(HTTP_GET, "/schemas/guids/00000000-0000-4000-8000-000000000002/ids", NULL, "200 []");
    expect(HTTP_GET, "/contexts", NULL, "200 [\".\"]");
    assert_null(strstr(kit_call(HTTP_GET, "/schemas?deleted=true", NULL), "long"));
    expect_error(HTTP_DELETE, "/subjects/a/versions/2", NULL, "404 40402");
    expect_error(HTTP_DELETE, "/subjects/p", NULL, "404 40401");
    expect(HTTP_DELETE, "/subjects/a", NULL, "200 [1]");
    assert_int_equal(raw_int(kit.raw, "SELECT count(*) FROM nrc.subject_version"
                                      " WHERE decision = 'pending' AND deleted_at IS NULL"),
                     3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, kit_empty)
    const struct CMUnitTest tests[] = {
        TEST(constant_answers_are_confluents),
        TEST(associations_are_not_there_for_any_verb),
        TEST(subjects_are_sorted_and_filtered),
        TEST(a_page_that_is_no_number_is_refused),
        TEST(versions_are_ascending_and_filtered),
        TEST(versions_of_a_deleted_subject_show_only_when_asked_for),
        TEST(schemas_list_whole_versions),
        TEST(contexts_in_use_are_listed),
        TEST(a_context_qualifies_the_name),
        TEST(a_version_is_a_number_or_latest),
        TEST(a_deleted_version_shows_only_when_asked_for),
        TEST(a_version_has_all_it_was_registered_with),
        TEST(referrers_are_those_that_live),
        TEST(metadata_finds_the_latest_that_has_it),
        TEST(an_id_resolves_while_anything_has_it),
        TEST(an_unknown_id_is_40403_and_no_number_is_no_path),
        TEST(a_guid_names_ids_in_contexts),
        TEST(pending_versions_are_invisible),
    };
    return cmocka_run_group_tests(tests, kit_start, kit_stop);
}
