/* SPDX-License-Identifier: Apache-2.0
 * Registering and looking up over HTTP: what is one schema, and which id it gets. */
#include "cut_proxy.h"

#include "posting_kit.h"

#include "base/attr.h"
#include "storage/admin/admin.h"

/* ---- what is told of it ---- */

/* Whether the request has changed something, by what its handler said. */
static bool has_changed(struct client *of, const char *schema, const char *answer)
{
    of->worker.changed = false;
    assert_answer(post_schema(of, REGISTER("s"), schema, ""), answer);
    return of->worker.changed;
}

static void what_is_known_is_no_change(void **state)
{
    (void)state;
    assert_true(has_changed(&client, RECORD("R", A), "200 {\"id\":1}"));
    assert_false(has_changed(&client, RECORD("R", A), "200 {\"id\":1}"));
    assert_false(has_changed(&client, " " RECORD("R", A), "200 {\"id\":1}"));
}

/* Given a COMMIT that is done and never answered, then the same request finds what it has stored
 * over another connection, therefore it has changed something (NRL-15). */
static void a_commit_that_was_not_answered_is_a_change(void **state)
{
    (void)state;
    struct cut_proxy proxy;
    struct client far;
    cut_proxy_start(&proxy, raw);
    shared.conn.dsn = proxy.dsn;
    client_open(&far);
    assert_true(has_changed(&far, RECORD("R", A), "200 {\"id\":1}"));
    cut_proxy_arm(&proxy, CUT_REPLY);
    assert_true(has_changed(&far, RECORD("R", A "," F_ZERO("b")), "200 {\"id\":2}"));
    assert_int_equal(atomic_load(&proxy.armed), CUT_NOTHING);
    assert_false(has_changed(&far, RECORD("R", A "," F_ZERO("b")), "200 {\"id\":2}"));
    client_close(&far);
    cut_proxy_stop(&proxy);
    shared.conn.dsn = register_dsn();
    assert_string_equal(versions("s"), "1:1 2:2");
}

/* Given a body that is known and a connection that died, then another one is opened. */
static void a_known_schema_is_found_over_a_new_connection(void **state)
{
    (void)state;
    assert_true(has_changed(&client, RECORD("R", A), "200 {\"id\":1}"));
    raw_run(raw, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                 " WHERE application_name = 'nrc test'");
    assert_false(has_changed(&client, RECORD("R", A), "200 {\"id\":1}"));
}

/* ---- identity ---- */

static void a_schema_gets_an_id_and_keeps_it(void **state)
{
    (void)state;
    assert_answer(post(REGISTER("s"), RECORD("R", A)), "200 {\"id\":1}");
    assert_answer(post(REGISTER("s"), RECORD("R", A)), "200 {\"id\":1}");
    assert_answer(post(REGISTER("t"), RECORD("R", A)), "200 {\"id\":1}");
    assert_answer(post(REGISTER("t"), RECORD("R", A "," F_ZERO("b"))), "200 {\"id\":2}");
    assert_answer(post(REGISTER("s"), RECORD("R", A "," F_ZERO("b"))), "200 {\"id\":2}");
    assert_string_equal(versions("s"), "1:1 2:2");
    assert_string_equal(versions("t"), "1:1 2:2");
}

static void two_spellings_are_one_schema(void **state)
{
    (void)state;
    int id = id_of(post(REGISTER("s"), "\"string\""));
    assert_int_equal(id, 1);
    assert_int_equal(id_of(post(REGISTER("s"), " { \"type\" : \"string\" } ")), id);
    assert_int_equal(id_of(post(REGISTER("s"), "{\"type\":\"string\",\"x\":1}")), 2);
    assert_string_equal(raw_text(raw, "SELECT text FROM nrc.schema WHERE id = 1"), "\"string\"");
}

static void what_is_given_back_names_everything(void **state)
{
    (void)state;
    post_with(REGISTER("s"), "\"string\"",
              ",\"metadata\":{\"properties\":{\"b\":\"2\",\"a\":\"1\"}}");
    const char *guid = raw_text(raw, "SELECT guid FROM nrc.schema");
    char want[512];
    snprintf(want, sizeof(want),
             "200 "
             "{\"subject\":\"s\",\"version\":1,\"id\":1,\"guid\":\"%.36s\",\"schemaType\":\"AVRO\","
             "\"metadata\":"
             "{\"properties\": {\"a\": \"1\", \"b\": \"2\"}},\"schema\":\"\\\"string\\\"\"}",
             guid);
    const char *sought = "{\"schema\":\"\\\"string\\\"\"}";
    assert_answer(post_as(&client, "/subjects/s", sought, strlen(sought),
                          "Confluent-Accept-Unknown-Properties"),
                  want);
    assert_answer(post("/subjects/s", "\"string\""),
                  "200 {\"subject\":\"s\",\"version\":1,\"id\":1,\"metadata\":{\"properties\": "
                  "{\"a\": \"1\", \"b\": \"2\"}},\"schema\":\"\\\"string\\\"\"}");
    /* The GUID that is answered without reading it back is the one that is stored. */
    const char *body = "{\"schema\":\"\\\"string\\\"\",\"metadata\":{}}";
    const char *answer =
        post_as(&client, REGISTER("s"), body, strlen(body), "Confluent-Accept-Unknown-Properties");
    guid = raw_text(raw, "SELECT guid FROM nrc.schema WHERE id = 2");
    snprintf(
        want, sizeof(want),
        "200 {\"id\":2,\"version\":2,\"guid\":\"%.36s\",\"schemaType\":\"AVRO\",\"metadata\":{},"
        "\"schema\":\"\\\"string\\\"\"}",
        guid);
    assert_answer(answer, want);
}

static void what_is_not_there_is_told_apart(void **state)
{
    (void)state;
    assert_error(post("/subjects/s", "\"string\""), "404 40401", "Subject 's' not found.");
    post(REGISTER("s"), "\"int\"");
    assert_error(post("/subjects/s", "\"string\""), "404 40403", "Schema not found");
    raw_run(raw, "UPDATE nrc.subject_version SET deleted_at = now()");
    assert_error(post("/subjects/s", "\"int\""), "404 40401", "'s'");
    assert_has(post("/subjects/s?deleted=true", "\"int\""), "\"version\":1");
    assert_error(post("/subjects/s?deleted=true", "\"string\""), "404 40403", "");
}

static void metadata_and_rules_are_part_of_a_schema(void **state)
{
    (void)state;
    static const char props[] =
        ",\"metadata\":{\"properties\":{\"k\":\"v\"},\"sensitive\":[\"k\"]}";
    static const char rules[] =
        ",\"ruleSet\":{\"domainRules\":[{\"name\":\"r\",\"kind\":\"CONDITION\",\"mode\":\"WRITE\","
        "\"type\":\"CEL\",\"expr\":\"true\"}]}";
    assert_int_equal(id_of(post(REGISTER("s"), "\"string\"")), 1);
    assert_int_equal(id_of(post_with(REGISTER("s"), "\"string\"", props)), 2);
    assert_int_equal(id_of(post_with(REGISTER("s"), "\"string\"", rules)), 3); /* props stay */
    assert_int_equal(id_of(post_with(REGISTER("t"), "\"string\"", ",\"metadata\":null")), 1);
    assert_int_equal(id_of(post_with(REGISTER("t"), "\"string\"", ",\"metadata\":{}")), 4);
    assert_string_equal(raw_text(raw, "SELECT metadata -> 'properties' ->> 'k' FROM nrc.schema"
                                      " WHERE id = 3"),
                        "v");
    /* Left out, they are those of the version before: so it is known. */
    assert_int_equal(id_of(post(REGISTER("u"), "\"int\"")), 5);
    level("u", "NONE");
    assert_int_equal(id_of(post_with(REGISTER("u"), "\"string\"", props)), 2);
    assert_int_equal(id_of(post(REGISTER("u"), "\"string\"")), 2);
    assert_has(post("/subjects/u", "\"string\""), "\"id\":2");
}

static void normalizing_is_asked_for_or_configured(void **state)
{
    (void)state;
    static const char one[] = "{\"type\":\"string\",\"y\":1,\"x\":2}";
    static const char two[] = "{\"type\":\"string\",\"x\":2,\"y\":1}";
    assert_int_equal(id_of(post(REGISTER("s"), one)), 1);
    assert_error(post("/subjects/t?normalize=true", one), "404 40401", "");
    assert_int_equal(id_of(post(REGISTER("t") "?normalize=true", one)), 2);
    assert_string_equal(raw_text(raw, "SELECT text FROM nrc.schema WHERE id = 2"), two);
    assert_has(post("/subjects/t?normalize=true", one), "\"id\":2");
    raw_run(raw, "INSERT INTO nrc.registry_config (subject, settings) VALUES ('u', '{\"normalize\":"
                 "true}')");
    assert_int_equal(id_of(post(REGISTER("u"), one)), 2);
    assert_has(post("/subjects/u", one), "\"id\":2");
}

/* Whatever the settings say: two orders of attributes are two texts of one schema. */
static void the_order_of_attributes_makes_no_other_version(void **state)
{
    (void)state;
    static const char one[] = "{\"type\":\"string\",\"y\":1,\"x\":2}";
    static const char two[] = "{\"type\":\"string\",\"x\":2,\"y\":1}";
    assert_int_equal(id_of(post(REGISTER("s"), one)), 1);
    assert_has(post("/subjects/s", two), "\"id\":1");
    assert_int_equal(id_of(post(REGISTER("s"), two)), 1);
    assert_int_equal(id_of(post(REGISTER("s") "?normalize=true", two)), 1);
    assert_has(post("/subjects/s?normalize=true", two), "\"id\":1");
    /* The newest of those that mean the same; where one is printed so, that one. */
    mode("s", "IMPORT");
    assert_int_equal(id_of(post_with(REGISTER("s"), two, ",\"id\":9,\"version\":2")), 9);
    mode("s", "READWRITE");
    assert_has(post("/subjects/s", one), "\"id\":1");
    assert_has(post("/subjects/s", two), "\"id\":9");
    assert_int_equal(id_of(post(REGISTER("s"), one)), 1);
    assert_int_equal(id_of(post(REGISTER("s"), two)), 9);
    raw_run(raw, "UPDATE nrc.subject_version SET deleted_at = now() WHERE version = 1");
    assert_has(post("/subjects/s", one), "\"id\":9");
    assert_has(post("/subjects/s?deleted=true", one), "\"id\":1");
    raw_run(raw, "UPDATE nrc.subject_version SET decision = 'pending', active_from = NULL"
                 " WHERE version = 2");
    assert_error(post(REGISTER("s"), one), "422 42205", "waiting for approval");
}

static void what_a_schema_says_makes_another_version(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}",
        "{\"type\":\"record\",\"name\":\"R\",\"doc\":\"d\",\"fields\":[{\"name\":\"a\",\"type\":"
        "\"int\"}"
        "]}",
        "{\"type\":\"record\",\"name\":\"R\",\"aliases\":[\"S\"],\"fields\":[{\"name\":\"a\","
        "\"type\":"
        "\"int\"}]}",
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\","
        "\"default\":"
        "1}]}",
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\","
        "\"default\":"
        "2}]}",
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\",\"x\":1}]"
        "}",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_error(post("/subjects/s", texts[i]), i == 0 ? "404 40401" : "404 40403", "");
        assert_int_equal(id_of(post(REGISTER("s"), texts[i])), (int)i + 1);
    }
}

/* ---- deleting and coming back ---- */

static void a_schema_that_comes_back_gets_a_new_version(void **state)
{
    (void)state;
    assert_int_equal(id_of(post(REGISTER("s"), "\"int\"")), 1);
    assert_int_equal(id_of(post(REGISTER("s"), "\"long\"")), 2);
    raw_run(raw, "UPDATE nrc.subject_version SET deleted_at = now() WHERE version = 1");
    assert_int_equal(id_of(post(REGISTER("s"), "\"int\"")), -1); /* 409: int cannot read long */
    level("s", "NONE");
    assert_int_equal(id_of(post(REGISTER("s"), "\"int\"")), 1);
    assert_string_equal(versions("s"), "2:2 3:1");
    /* One that is referred to stays. */
    post(REGISTER("a"), RECORD("A", A));
    post_with(REGISTER("b"), RECORD("B", F("a", "\"A\"")), REFS(REF("A", "a", "1")));
    raw_run(raw, "UPDATE nrc.subject_version SET deleted_at = now() WHERE subject = 'a'");
    assert_int_equal(id_of(post(REGISTER("a"), RECORD("A", A))), 3);
    assert_string_equal(versions("a"), "-1:3 2:3");
}

static void a_schema_that_was_deleted_for_good_gets_a_new_id(void **state)
{
    (void)state;
    assert_int_equal(id_of(post(REGISTER("s"), "\"int\"")), 1);
    raw_run(raw, "SELECT nrc.delete_subject('s', false); SELECT nrc.delete_subject('s', true)");
    assert_int_equal(id_of(post(REGISTER("s"), "\"int\"")), 2);
    assert_string_equal(versions("s"), "1:2");
}

static void a_pending_version_is_not_there(void **state)
{
    (void)state;
    level("", "NONE");
    assert_int_equal(id_of(post(REGISTER("s"), "\"int\"")), 1);
    assert_int_equal(id_of(post(REGISTER("s"), "\"string\"")), 2);
    raw_run(raw, "UPDATE nrc.subject_version SET decision = 'pending', active_from = NULL"
                 " WHERE version = 2");
    assert_error(post("/subjects/s", "\"string\""), "404 40403", "");
    assert_error(post(REGISTER("s"), "\"string\""), "422 42205", "version 2 of s");
    assert_error(post(COMPARE("s") "/2", "\"string\""), "404 40402", "");
    level("", "BACKWARD");
    assert_answer(post(COMPARE("s") "/latest", "\"long\""), "200 {\"is_compatible\":true}");
    assert_int_equal(id_of(post(REGISTER("s"), "\"long\"")), 3);
    assert_string_equal(versions("s"), "1:1 2:2 3:3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_schema_gets_an_id_and_keeps_it),
        TEST(two_spellings_are_one_schema),
        TEST(what_is_given_back_names_everything),
        TEST(what_is_not_there_is_told_apart),
        TEST(metadata_and_rules_are_part_of_a_schema),
        TEST(normalizing_is_asked_for_or_configured),
        TEST(the_order_of_attributes_makes_no_other_version),
        TEST(what_a_schema_says_makes_another_version),
        TEST(a_schema_that_comes_back_gets_a_new_version),
        TEST(a_schema_that_was_deleted_for_good_gets_a_new_id),
        TEST(a_pending_version_is_not_there),
        TEST(what_is_known_is_no_change),
        TEST(a_commit_that_was_not_answered_is_a_change),
        TEST(a_known_schema_is_found_over_a_new_connection),
    };
    return cmocka_run_group_tests_name("register", tests, begin, end);
}
