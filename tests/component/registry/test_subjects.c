/* SPDX-License-Identifier: Apache-2.0
 * Subjects, versions and schemas by id: what clients read, and what deleting leaves. */
#include "handler_kit.h"

#include <pthread.h>

#include "base/clock.h"

#define INT    "\"int\""
#define LONG   "\"long\""
#define STRING "\"string\""
#define BYTES  "\"bytes\""

/* As it stands in an answer. */
#define INT_JSON  "\"\\\"int\\\"\""
#define LONG_JSON "\"\\\"long\\\"\""

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
    raw_run(kit.raw, "UPDATE nrc.schema SET guid = '00000000-0000-4000-8000-000000000002',"
                     " metadata = '{\"properties\":{\"k\":\"v\"}}' WHERE id = 2;"
                     " INSERT INTO nrc.schema_reference VALUES (2, 1, 'x', 'a', 1);"
                     " UPDATE nrc.subject_version SET state = 'pending' WHERE schema_id = 2;"
                     " INSERT INTO nrc.subject_version (subject, version, schema_id, part, state)"
                     " VALUES (':.c:p', 1, 2, 'none', 'pending')");
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
                                      " WHERE state = 'pending' AND deleted_at IS NULL"),
                     3);
}

/* ---- deleting ---- */

static void a_subject_is_deleted_softly_then_for_good(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("a", 2, LONG);
    expect_error(HTTP_DELETE, "/subjects/none", NULL, "404 40401");
    expect_error(HTTP_DELETE, "/subjects/none?permanent=true", NULL, "404 40401");
    expect_error(HTTP_DELETE, "/subjects/a?permanent=true", NULL, "404 40405");
    kit_soft_delete("a", 1);
    expect_error(HTTP_DELETE, "/subjects/a?permanent=true", NULL, "404 40405");
    expect(HTTP_DELETE, "/subjects/a", NULL, "200 [2]");
    expect_error(HTTP_DELETE, "/subjects/a", NULL, "404 40404");
    expect(HTTP_GET, "/subjects", NULL, "200 []");
    expect(HTTP_GET, "/schemas/ids/1/schema", NULL, "200 " INT);
    expect(HTTP_DELETE, "/subjects/a?permanent=true", NULL, "200 [1,2]");
    expect_error(HTTP_DELETE, "/subjects/a?permanent=true", NULL, "404 40401");
    expect(HTTP_GET, "/subjects?deleted=true", NULL, "200 []");
    expect_error(HTTP_GET, "/schemas/ids/1", NULL, "404 40403");
}

static void a_version_is_deleted_softly_then_for_good(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("a", 2, LONG);
    expect_error(HTTP_DELETE, "/subjects/none/versions/1", NULL, "404 40401");
    expect_error(HTTP_DELETE, "/subjects/a/versions/3", NULL, "404 40402");
    expect_error(HTTP_DELETE, "/subjects/a/versions/2?permanent=true", NULL, "404 40407");
    expect(HTTP_DELETE, "/subjects/a/versions/latest", NULL, "200 2");
    expect_error(HTTP_DELETE, "/subjects/a/versions/2", NULL, "404 40406");
    expect(HTTP_GET, "/subjects/a/versions", NULL, "200 [1]");
    expect(HTTP_DELETE, "/subjects/a/versions/2?permanent=true", NULL, "200 2");
    expect_error(HTTP_DELETE, "/subjects/a/versions/2?permanent=true", NULL, "404 40402");
    expect_error(HTTP_GET, "/schemas/ids/2", NULL, "404 40403");
    expect(HTTP_GET, "/subjects/a/versions?deleted=true", NULL, "200 [1]");
    expect(HTTP_DELETE, "/subjects/a/versions/-1", NULL, "200 1");
    expect_error(HTTP_DELETE, "/subjects/a/versions/latest", NULL, "404 40402");
}

static void what_is_referred_to_is_not_deleted(void **state)
{
    (void)state;
    kit_add("base", 1, INT);
    kit_add("user", 1, LONG);
    raw_run(kit.raw, "INSERT INTO nrc.schema_reference VALUES (2, 1, 'b', 'base', 1)");
    expect_error(HTTP_DELETE, "/subjects/base/versions/1", NULL, "422 42206");
    expect_error(HTTP_DELETE, "/subjects/base", NULL, "422 42206");
    expect(HTTP_DELETE, "/subjects/user", NULL, "200 [1]");
    /* A soft-deleted referrer blocks neither a soft delete nor one for good. One that waits for
     * approval will be in use, and blocks what could not be taken back. */
    expect(HTTP_DELETE, "/subjects/base/versions/1", NULL, "200 1");
    raw_run(kit.raw, "INSERT INTO nrc.subject_version (subject, version, schema_id, part, state)"
                     " VALUES ('waits', 1, 2, 'none', 'pending')");
    expect_error(HTTP_DELETE, "/subjects/base/versions/1?permanent=true", NULL, "422 42206");
    expect_error(HTTP_DELETE, "/subjects/base?permanent=true", NULL, "422 42206");
    raw_run(kit.raw, "DELETE FROM nrc.subject_version WHERE subject = 'waits'");
    expect(HTTP_DELETE, "/subjects/base/versions/1?permanent=true", NULL, "200 1");
    expect(HTTP_GET, "/schemas/ids/2/schema", NULL, "200 " LONG);
    expect(HTTP_DELETE, "/subjects/user?permanent=true", NULL, "200 [1]");
}

/* To the letter: programs look for these words. */
static void what_refuses_a_deletion_is_said_in_confluents_words(void **state)
{
    (void)state;
    kit_add("base", 1, INT);
    kit_add("user", 1, LONG);
    kit_add(":.c:a", 1, INT);
    kit_add(":.c:a", 2, LONG);
    raw_run(kit.raw, "INSERT INTO nrc.schema_reference VALUES (2, 1, 'b', 'base', 1)");
    kit_soft_delete(":.c:a", 2);
    static const struct {
        const char *target;
        const char *want;
    } rows[] = {
        {"/subjects/none", "404 {\"error_code\":40401,\"message\":\"Subject 'none' not found.\"}"},
        {"/subjects/base/versions/9",
         "404 {\"error_code\":40402,\"message\":\"Version 9 not found.\"}"},
        {"/subjects/base?permanent=true",
         "422 {\"error_code\":42206,\"message\":\"One or more references exist to the schema "
         "{magic=1,keytype=SCHEMA,subject=base,version=1}.\"}"},
        {"/subjects/:.c:a?permanent=true", "404 {\"error_code\":40405,\"message\":\"Subject "
                                           "':.c:a' was not deleted first before being "
                                           "permanently deleted\"}"},
        {"/subjects/:.c:a/versions/2",
         "404 {\"error_code\":40406,\"message\":\"Subject ':.c:a' Version 2 was soft deleted.Set "
         "permanent=true to delete permanently\"}"},
        {"/subjects/:.c:a/versions/1?permanent=true",
         "404 {\"error_code\":40407,\"message\":\"Subject ':.c:a' Version 1 was not deleted first "
         "before being permanently deleted\"}"},
        {"/subjects/:.c:a", "200 [1]"},
        {"/subjects/:.c:a",
         "404 {\"error_code\":40404,\"message\":\"Subject ':.c:a' was soft deleted.Set "
         "permanent=true to delete permanently\"}"},
        {"/subjects/:.c:a?permanent=true", "200 [1,2]"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect(HTTP_DELETE, rows[i].target, NULL, rows[i].want);
    }
}

static void a_subjects_own_references_do_not_keep_it(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("a", 2, LONG);
    raw_run(kit.raw, "INSERT INTO nrc.schema_reference VALUES (2, 1, 'b', 'a', 1)");
    expect_error(HTTP_DELETE, "/subjects/a/versions/1", NULL, "422 42206");
    expect(HTTP_DELETE, "/subjects/a", NULL, "200 [1,2]");
    expect(HTTP_DELETE, "/subjects/a?permanent=true", NULL, "200 [1,2]");
    assert_int_equal(raw_int(kit.raw, "SELECT count(*) FROM nrc.schema_reference"), 0);
}

static void the_last_user_takes_the_id_away(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("b", 1, INT);
    expect(HTTP_DELETE, "/subjects/a", NULL, "200 [1]");
    expect(HTTP_DELETE, "/subjects/a?permanent=true", NULL, "200 [1]");
    expect(HTTP_GET, "/schemas/ids/1/schema", NULL, "200 " INT);
    kit_call(HTTP_DELETE, "/subjects/b", NULL);
    kit_call(HTTP_DELETE, "/subjects/b?permanent=true", NULL);
    expect_error(HTTP_GET, "/schemas/ids/1", NULL, "404 40403");
    assert_int_equal(raw_int(kit.raw, "SELECT count(*) FROM nrc.schema"), 0);
    assert_int_equal(kit_add("b", 1, INT), 2);
}

static void a_structure_of_a_dataset_is_never_deleted_for_good(void **state)
{
    (void)state;
    kit_add("moh.births-value", 1, INT);
    kit_add("moh.births-value", 2, LONG);
    raw_run(kit.raw, "INSERT INTO nrc.agency (code, name, legal_class) VALUES ('moh', 'Health', 1)"
                     " ON CONFLICT DO NOTHING;"
                     " INSERT INTO nrc.dataset (agency_id, name, topic, key_fields, key_format)"
                     " SELECT id, 'births', 'moh.births', '{id}', 'auto' FROM nrc.agency"
                     " ON CONFLICT DO NOTHING;"
                     " UPDATE nrc.subject_version SET part = 'value', field_columns = '{}', "
                     "dataset_id = (SELECT id FROM nrc.dataset)"
                     " WHERE version = 1");
    expect(HTTP_DELETE, "/subjects/moh.births-value/versions/1", NULL, "200 1");
    assert_string_equal(
        raw_text(kit.raw, "SELECT state FROM nrc.subject_version WHERE version = 1"), "active");
    expect_error(HTTP_DELETE, "/subjects/moh.births-value/versions/1?permanent=true", NULL,
                 "422 42205");
    assert_non_null(strstr(kit.answer, "holds events of this structure"));
    expect(HTTP_DELETE, "/subjects/moh.births-value", NULL, "200 [2]");
    expect_error(HTTP_DELETE, "/subjects/moh.births-value?permanent=true", NULL, "422 42205");
    expect(HTTP_GET, "/schemas/ids/2/schema", NULL, "200 " LONG);
    expect(HTTP_DELETE, "/subjects/moh.births-value/versions/2?permanent=true", NULL, "200 2");
    expect(HTTP_GET, "/schemas/ids/1/schema", NULL, "200 " INT);
}

static void a_mode_that_only_reads_refuses_deletion(void **state)
{
    (void)state;
    const char *const names[] = {"a", "", ":.__GLOBAL:"};
    const char *const modes[] = {"READONLY", "READONLY_OVERRIDE"};
    kit_add("a", 1, INT);
    kit_add(":.ctx:a", 1, INT);
    for (size_t i = 0; i < COUNT_OF(names) * COUNT_OF(modes); i++) {
        char sql[256];
        snprintf(sql, sizeof(sql),
                 "DELETE FROM nrc.registry_mode; INSERT INTO nrc.registry_mode VALUES ('%s', '%s')",
                 names[i / 2], modes[i % 2]);
        raw_run(kit.raw, sql);
        expect_error(HTTP_DELETE, "/subjects/a", NULL, "422 42205");
        expect_error(HTTP_DELETE, "/subjects/a/versions/1", NULL, "422 42205");
    }
    raw_run(kit.raw, "DELETE FROM nrc.registry_mode;"
                     "INSERT INTO nrc.registry_mode VALUES (':.ctx:', 'READONLY')");
    expect_error(HTTP_DELETE, "/subjects/:.ctx:a", NULL, "422 42205");
    expect(HTTP_DELETE, "/subjects/a", NULL, "200 [1]");
    /* The nearest word counts. */
    raw_run(kit.raw, "INSERT INTO nrc.registry_mode VALUES (':.ctx:a', 'READWRITE')");
    expect(HTTP_DELETE, "/subjects/:.ctx:a", NULL, "200 [1]");
}

static void the_settings_of_a_subject_go_with_its_last_version(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("a", 2, LONG);
    raw_run(kit.raw, "INSERT INTO nrc.registry_config VALUES ('a', 'FULL'), ('', 'NONE');"
                     "INSERT INTO nrc.registry_mode VALUES ('a', 'READWRITE')");
    kit_call(HTTP_DELETE, "/subjects/a", NULL);
    expect(HTTP_DELETE, "/subjects/a/versions/1?permanent=true", NULL, "200 1");
    expect(HTTP_GET, "/config/a", NULL, "200 {\"compatibilityLevel\":\"FULL\"}");
    expect(HTTP_DELETE, "/subjects/a/versions/2?permanent=true", NULL, "200 2");
    expect_error(HTTP_GET, "/config/a", NULL, "404 40408");
    expect_error(HTTP_GET, "/mode/a", NULL, "404 40409");
    expect(HTTP_GET, "/config", NULL, "200 {\"compatibilityLevel\":\"NONE\"}");
}

static void deleting_waits_for_whoever_registers(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    raw_run(kit.raw, "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('a', 0))");
    sto_conn_close(&kit.worker.conn);
    kit.shared.conn.statement_timeout_ms = 200;
    expect_error(HTTP_DELETE, "/subjects/a", NULL, "500 50002");
    expect_error(HTTP_DELETE, "/subjects/a/versions/1", NULL, "500 50002");
    kit.shared.conn.statement_timeout_ms = 0;
    sto_conn_close(&kit.worker.conn);
    raw_run(kit.raw, "COMMIT");
    expect(HTTP_DELETE, "/subjects/a", NULL, "200 [1]");
}

static void *delete_for_good(void *arg)
{
    (void)arg;
    kit_call(HTTP_DELETE, "/subjects/a?permanent=true", NULL);
    return NULL;
}

/* As registration under another subject does, from the moment it holds the catalogue. */
static void a_schema_taken_up_meanwhile_stays(void **state)
{
    (void)state;
    pthread_t thread;
    PGconn *other = raw_open();
    kit_add("a", 1, INT);
    kit_soft_delete("a", 1);
    raw_run(other, "BEGIN; SELECT nrc.lock_catalogue(); SELECT FROM nrc.schema WHERE id = 1");
    assert_int_equal(pthread_create(&thread, NULL, delete_for_good, NULL), 0);
    int64_t started_ms = clock_mono_ms();
    while (raw_int(kit.raw, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 0) {
        assert_true(clock_mono_ms() - started_ms < 60000); /* each question is a round trip */
    }
    assert_string_equal(raw_sqlstate(other, "INSERT INTO nrc.subject_version"
                                            " (subject, version, schema_id, part)"
                                            " VALUES ('b', 1, 1, 'none')"),
                        "");
    raw_run(other, "COMMIT");
    pthread_join(thread, NULL);
    assert_string_equal(kit.answer, "200 [1]");
    expect(HTTP_GET, "/schemas/ids/1/schema", NULL, "200 " INT);
    expect(HTTP_GET, "/subjects?deleted=true", NULL, "200 [\"b\"]");
    PQfinish(other);
}

/* ---- the cache ---- */

static void cached_answers_hold_for_their_generation_alone(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    atomic_store(&kit.shared.listening, true);
    char first[512];
    snprintf(first, sizeof(first), "%s", kit_call(HTTP_GET, "/schemas/ids/1", NULL));
    assert_memory_equal(first, "200 ", 4);
    kit_call(HTTP_GET, "/subjects/a/versions/1", NULL);
    kit_call(HTTP_GET, "/subjects/a/versions/latest", NULL);
    assert_int_equal(reg_cache_count(kit.worker.cache), 3); /* and that "a" has no alias */
    raw_run(kit.raw, "UPDATE nrc.schema SET text = 'other'");
    expect(HTTP_GET, "/schemas/ids/1", NULL, first);
    assert_non_null(strstr(kit_call(HTTP_GET, "/subjects/a/versions/1", NULL), "int"));
    /* What the answer depends on beside the path is never mixed up with the plain one. */
    expect(HTTP_GET, "/schemas/ids/1/schema", NULL, "200 other");
    assert_non_null(strstr(kit_call(HTTP_GET, "/schemas/ids/1?fetchMaxId=true", NULL), "other"));
    assert_non_null(strstr(kit_call(HTTP_GET, "/schemas/ids/1?subject=a", NULL), "other"));
    assert_non_null(strstr(kit_call(HTTP_GET, "/schemas/ids/1?format=resolved", NULL), "other"));
    assert_non_null(strstr(kit_call(HTTP_GET, "/subjects/a/versions/latest", NULL), "other"));
    assert_non_null(
        strstr(kit_call(HTTP_GET, "/subjects/a/versions/1?deleted=true", NULL), "other"));
    expect(HTTP_GET, "/schemas/ids/1", NULL, first);
    atomic_fetch_add(&kit.shared.changes, 1);
    assert_non_null(strstr(kit_call(HTTP_GET, "/schemas/ids/1", NULL), "other"));
}

static void nothing_is_cached_while_nobody_listens(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_call(HTTP_GET, "/schemas/ids/1", NULL);
    raw_run(kit.raw, "UPDATE nrc.schema SET text = 'other'");
    assert_non_null(strstr(kit_call(HTTP_GET, "/schemas/ids/1", NULL), "other"));
}

static void a_missing_id_is_not_cached(void **state)
{
    (void)state;
    atomic_store(&kit.shared.listening, true);
    expect_error(HTTP_GET, "/schemas/ids/1", NULL, "404 40403");
    expect_error(HTTP_GET, "/subjects/a/versions/1", NULL, "404 40401");
    kit_add("a", 1, INT);
    assert_memory_equal(kit_call(HTTP_GET, "/schemas/ids/1", NULL), "200 ", 4);
    assert_memory_equal(kit_call(HTTP_GET, "/subjects/a/versions/1", NULL), "200 ", 4);
}

static void our_own_deletion_is_seen_at_once(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("a", 2, LONG);
    atomic_store(&kit.shared.listening, true);
    kit_call(HTTP_GET, "/subjects/a/versions/1", NULL);
    kit_call(HTTP_GET, "/schemas/ids/1", NULL);
    expect(HTTP_DELETE, "/subjects/a/versions/1", NULL, "200 1");
    expect_error(HTTP_GET, "/subjects/a/versions/1", NULL, "404 40402");
    expect(HTTP_DELETE, "/subjects/a/versions/1?permanent=true", NULL, "200 1");
    expect_error(HTTP_GET, "/schemas/ids/1", NULL, "404 40403");
    kit_call(HTTP_GET, "/subjects/a/versions/2", NULL);
    expect(HTTP_DELETE, "/subjects/a", NULL, "200 [2]");
    expect_error(HTTP_GET, "/subjects/a/versions/2", NULL, "404 40401");
}

/* ---- property ---- */

enum { STEPS = 400, SUBJECTS = 2, TEXTS = 5, IDS_MAX = STEPS + 1 };

/* By SQL: the version that registering would make. */
static int put_version(int subject, int text)
{
    char name[16];
    char body[32];
    char sql[256];
    snprintf(name, sizeof(name), "s%d", subject);
    snprintf(body, sizeof(body), "\"text-%d\"", text);
    snprintf(sql, sizeof(sql),
             "SELECT count(*) FROM nrc.subject_version v JOIN nrc.schema s ON s.id = v.schema_id"
             " WHERE v.subject = '%s' AND s.text = '%s' AND v.deleted_at IS NULL",
             name, body);
    if (raw_int(kit.raw, sql) > 0) {
        return 0;
    }
    snprintf(sql, sizeof(sql),
             "SELECT coalesce(max(version), 0) + 1 FROM nrc.subject_version WHERE subject = '%s'",
             name);
    return kit_add(name, (int)raw_int(kit.raw, sql), body);
}

static void check_ids(char text_of[IDS_MAX][32], int last_id)
{
    for (int id = 1; id <= last_id; id++) {
        char target[64];
        char sql[128];
        snprintf(target, sizeof(target), "/schemas/ids/%d/schema", id);
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM nrc.subject_version WHERE schema_id = %d",
                 id);
        if (raw_int(kit.raw, sql) == 0) {
            expect_error(HTTP_GET, target, NULL, "404 40403");
            continue;
        }
        char want[64];
        snprintf(want, sizeof(want), "200 %s", text_of[id]);
        expect(HTTP_GET, target, NULL, want);
    }
}

static void ids_of_what_is_not_deleted_for_good_keep_their_text(void **state)
{
    (void)state;
    static char text_of[IDS_MAX][32];
    int last_id = 0;
    unsigned seed = 20260301;
    atomic_store(&kit.shared.listening, true);
    for (int step = 0; step < STEPS; step++) {
        int subject = rand_r(&seed) % SUBJECTS;
        int text = rand_r(&seed) % TEXTS;
        const char *permanent = rand_r(&seed) % 2 == 0 ? "?permanent=true" : "";
        char target[64];
        switch (rand_r(&seed) % 3) {
        case 0:
            snprintf(target, sizeof(target), "/subjects/s%d%s", subject, permanent);
            kit_call(HTTP_DELETE, target, NULL);
            break;
        case 1:
            snprintf(target, sizeof(target), "/subjects/s%d/versions/%d%s", subject, 1 + text,
                     permanent);
            kit_call(HTTP_DELETE, target, NULL);
            break;
        default: {
            int id = put_version(subject, text);
            atomic_fetch_add(&kit.shared.changes, 1);
            assert_true(id < IDS_MAX);
            if (id > last_id) { /* an id is never given again */
                snprintf(text_of[id], sizeof(text_of[id]), "\"text-%d\"", text);
                last_id = id;
            }
        }
        }
        if (step % 4 == 0) {
            check_ids(text_of, last_id);
        }
    }
    assert_true(last_id > TEXTS); /* some were deleted for good, and came back */
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
        TEST(a_subject_is_deleted_softly_then_for_good),
        TEST(a_version_is_deleted_softly_then_for_good),
        TEST(what_is_referred_to_is_not_deleted),
        TEST(what_refuses_a_deletion_is_said_in_confluents_words),
        TEST(a_subjects_own_references_do_not_keep_it),
        TEST(the_last_user_takes_the_id_away),
        TEST(a_structure_of_a_dataset_is_never_deleted_for_good),
        TEST(a_mode_that_only_reads_refuses_deletion),
        TEST(the_settings_of_a_subject_go_with_its_last_version),
        TEST(deleting_waits_for_whoever_registers),
        TEST(a_schema_taken_up_meanwhile_stays),
        TEST(cached_answers_hold_for_their_generation_alone),
        TEST(nothing_is_cached_while_nobody_listens),
        TEST(a_missing_id_is_not_cached),
        TEST(our_own_deletion_is_seen_at_once),
        TEST(ids_of_what_is_not_deleted_for_good_keep_their_text),
    };
    return cmocka_run_group_tests(tests, kit_start, kit_stop);
}
