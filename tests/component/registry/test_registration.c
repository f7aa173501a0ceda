/* SPDX-License-Identifier: Apache-2.0
 * component/registry/test_registration.c - registering, looking up and comparing schemas over HTTP's handlers. */
#include "registration_kit.h"

#include "cut_proxy.h"

#include "base/attr.h"
#include "storage/admin/admin.h"

#define F(name, type)        "{\"name\":\"" name "\",\"type\":" type "}"
#define F_ZERO(name)         "{\"name\":\"" name "\",\"type\":\"int\",\"default\":0}"
#define RECORD(name, fields) "{\"type\":\"record\",\"name\":\"" name "\",\"fields\":[" fields "]}"
#define A                    F("a", "\"int\"")
#define REGISTER(subject)    "/subjects/" subject "/versions"
#define COMPARE(subject)     "/compatibility/subjects/" subject "/versions"

static PGconn *raw;
static struct client client;

static int begin(void **state)
{
    (void)state;
    register_reset();
    raw = raw_open();
    clients_begin();
    client_open(&client);
    return 0;
}

static int end(void **state)
{
    (void)state;
    client_close(&client);
    PQfinish(raw);
    return 0;
}

/* Before each test. */
static int empty(void **state)
{
    (void)state;
    raw_run(raw, "DELETE FROM nrc.subject_version; DELETE FROM nrc.schema;"
                 " DELETE FROM nrc.registry_config; DELETE FROM nrc.registry_mode;"
                 " ALTER SEQUENCE nrc.schema_id_seq RESTART");
    who = (struct reg_principal){.name = "salim", .roles = REG_STEWARD};
    return 0;
}

static const char *post(const char *target, const char *schema)
{
    return post_schema(&client, target, schema, "");
}

static const char *post_with(const char *target, const char *schema, const char *more)
{
    return post_schema(&client, target, schema, more);
}

static void level(const char *subject, const char *name)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.registry_config (subject, level) VALUES ('%s', '%s')"
             " ON CONFLICT (subject) DO UPDATE SET level = excluded.level",
             subject, name);
    raw_run(raw, sql);
}

static void mode(const char *subject, const char *name)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.registry_mode (subject, mode) VALUES ('%s', '%s')"
             " ON CONFLICT (subject) DO UPDATE SET mode = excluded.mode",
             subject, name);
    raw_run(raw, sql);
}

/* "1:1 2:2": version:id of a subject, the soft-deleted with a minus. */
static const char *versions(const char *subject)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "SELECT coalesce(string_agg(CASE WHEN deleted_at IS NULL THEN '' ELSE '-' END ||"
             " version || ':' || schema_id, ' ' ORDER BY version), '') FROM nrc.subject_version"
             " WHERE subject = '%s'",
             subject);
    return raw_text(raw, sql);
}

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
    raw_run(raw, "UPDATE nrc.subject_version SET state = 'pending' WHERE version = 2");
    assert_error(post(REGISTER("s"), one), "422 42205", "waits for approval");
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

/* ---- what is refused ---- */

static void what_is_no_request_is_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "{",
        "[]",
        "null",
        "7",
        "{\"schema\":7}",
        "{\"schema\":\"\\\"int\\\"\",\"references\":{}}",
        "{\"schema\":\"\\\"int\\\"\",\"version\":\"x\"}",
        "{\"schema\":\"\\\"int\\\"\",\"id\":3000000000}",
        "{\"schema\":\"\\\"int\\\"\",\"metadata\":[]}",
        ("{\"schema\":\"\\\"int\\\"\",\"metadata\":{\"properties\":"
         "{\"a\":1}}}")};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        assert_error(post_as(&client, REGISTER("s"), bodies[i], strlen(bodies[i]), NULL), "400 400",
                     "");
        assert_error(post_as(&client, "/subjects/s", bodies[i], strlen(bodies[i]), NULL), "400 400",
                     "");
        assert_error(post_as(&client, COMPARE("s"), bodies[i], strlen(bodies[i]), NULL), "400 400",
                     "");
    }
    assert_string_equal(versions("s"), "");
}

/* Structures that Java's Avro takes are taken (NRL-6). */
static void what_avro_takes_is_a_schema(void **state)
{
    (void)state;
    static const char *const taken[] = {
        "[]",
        "{\"type\":\"array\",\"items\":[]}",
        RECORD("U", F("u", "[]")),
        RECORD("D", "{\"name\":\"d\",\"type\":[\"null\",\"string\"],\"default\":\"none\"}"),
        RECORD("N", "{\"name\":\"n\",\"type\":\"double\",\"default\":\"NaN\"}"),
        RECORD("قيد", F("الرقم", "\"int\"")),
        RECORD("A", "{\"name\":\"a\",\"type\":\"int\",\"aliases\":[\"a-b\"]}"),
    };
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        char target[80];
        char answer[80];
        snprintf(target, sizeof(target), "/subjects/taken-%zu/versions", i);
        snprintf(answer, sizeof(answer), "200 {\"id\":%zu}", i + 1);
        assert_answer(post(target, taken[i]), answer);
        assert_answer(post(target, taken[i]), answer);
        const char *printed = raw_text(raw, "SELECT text FROM nrc.schema ORDER BY id DESC LIMIT 1");
        assert_string_equal(printed, taken[i]);
    }
    /* What nobody can write everybody can read. */
    assert_answer(post_with("/compatibility/subjects/taken-1/versions/latest",
                            "{\"type\":\"array\",\"items\":\"int\"}", ""),
                  "200 {\"is_compatible\":true}");
}

static void what_is_no_schema_is_refused(void **state)
{
    (void)state;
    static const char *const schemas[] = {
        "nonsense",
        "{\"type\":\"nothing\"}",
        "{\"type\":\"string\"",
        RECORD("R", "{\"name\":\"a-b\",\"type\":\"int\"}"),
        RECORD("R", "{\"name\":\"a\",\"type\":\"int\",\"default\":\"x\"}"),
    };
    for (size_t i = 0; i < COUNT_OF(schemas); i++) {
        assert_error(post(REGISTER("s"), schemas[i]), "422 42201", "");
        assert_error(post("/subjects/s", schemas[i]), "422 42201", "");
        assert_error(post(COMPARE("s"), schemas[i]), "422 42201", "");
        assert_has(post(COMPARE("s") "?verbose=true", schemas[i]),
                   "200 {\"is_compatible\":false,\"messages\":[\"");
    }
    assert_error(post(REGISTER("s"), " "), "422 42201", "Empty schema");
    assert_error(post(COMPARE("s"), ""), "422 42201", "Empty schema");
    assert_error(post("/subjects/s", ""), "404 40401", "");
    assert_error(post_with(REGISTER("s"), "\"int\"", ",\"schemaType\":\"PROTOBUF\""), "422 42201",
                 "PROTOBUF");
    assert_error(post_with("/subjects/s", "\"int\"", ",\"schemaType\":\"XML\""), "422 42201",
                 "XML");
    assert_int_equal(id_of(post_with(REGISTER("s"), "\"int\"",
                                     ",\"schemaType\":\"AVRO\",\"unheard\":{\"of\":[]}")),
                     1);
}

static void a_schema_that_is_too_large_is_refused(void **state)
{
    (void)state;
    size_t size = 1024 * 1024 + 1;
    char *text = malloc(size + 1);
    memset(text, ' ', size);
    memcpy(text, "\"int\"", 5);
    text[size] = '\0';
    assert_error(post(REGISTER("s"), text), "422 42209", "");
    text[size - 1] = '\0';
    assert_int_equal(id_of(post(REGISTER("s"), text)), 1);
    free(text);
}

static void names_that_no_subject_may_have_are_refused(void **state)
{
    (void)state;
    static const char *const targets[] = {REGISTER("__GLOBAL"), REGISTER("__EMPTY"),
                                          REGISTER("a%01b"), REGISTER("a%7Fb"),
                                          REGISTER(":.ctx:__GLOBAL")};
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        assert_error(post(targets[i], "\"int\""), "422 42208", "");
    }
    static char target[4096];
    snprintf(target, sizeof(target), "/subjects/%03000d/versions", 7);
    assert_error(post(target, "\"int\""), "422 42208", "");
    assert_int_equal(id_of(post(REGISTER("a%2Fb%20c"), "\"int\"")), 1);
    assert_string_equal(versions("a/b c"), "1:1");
}

static void only_who_may_write_registers(void **state)
{
    (void)state;
    who = (struct reg_principal){.name = "aya", .roles = REG_AUDITOR};
    assert_error(post(REGISTER("moh.x"), "\"int\""), "403 403", "");
    who = (struct reg_principal){.name = "aya", .roles = REG_PRODUCER, .agency = "moh"};
    assert_error(post(REGISTER("ncsi.x"), "\"int\""), "403 403", "");
    assert_int_equal(id_of(post(REGISTER("moh.x"), "\"int\"")), 1);
    assert_error(post(REGISTER("moh.x") "?force=true", "\"string\""), "403 403", "steward");
    who = (struct reg_principal){.name = "aya", .roles = REG_AUDITOR};
    assert_has(post("/subjects/moh.x", "\"int\""), "\"id\":1");
}

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
    assert_has(answer, "{compatibility: 'BACKWARD'}");
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
    assert_int_equal(id_of(post_with(REGISTER("s"), "\"long\"", ",\"version\":4")), drawn);
    assert_error(post_with(REGISTER("s"), "\"double\"", ",\"version\":9"), "422 42201",
                 "one more than previous");
}

/* ---- references ---- */

#define REFS(...)       ",\"references\":[" __VA_ARGS__ "]"
#define REF(name, s, v) "{\"name\":\"" name "\",\"subject\":\"" s "\",\"version\":" v "}"

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
    raw_run(raw, "UPDATE nrc.subject_version SET state = 'pending' WHERE version = 2");
    assert_error(post("/subjects/s", "\"string\""), "404 40403", "");
    assert_error(post(REGISTER("s"), "\"string\""), "422 42205", "version 2 of s");
    assert_error(post(COMPARE("s") "/2", "\"string\""), "404 40402", "");
    level("", "BACKWARD");
    assert_answer(post(COMPARE("s") "/latest", "\"long\""), "200 {\"is_compatible\":true}");
    assert_int_equal(id_of(post(REGISTER("s"), "\"long\"")), 3);
    assert_string_equal(versions("s"), "1:1 2:2 3:3");
}

/* ---- NRL-4 ---- */

#define RULE(where, fields) ",\"ruleSet\":{\"" where "\":[{\"name\":\"r\"," fields "}]}"

static void NRL_4_rules_that_hide_values_are_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {
        RULE("domainRules", "\"type\":\"ENCRYPT\",\"kind\":\"TRANSFORM\",\"mode\":\"WRITEREAD\""),
        RULE("domainRules", "\"type\":\"encrypt\",\"kind\":\"CONDITION\",\"mode\":\"READ\""),
        RULE("domainRules", "\"type\":\"ENCRYPT\",\"disabled\":true"),
        RULE("encodingRules", "\"type\":\"ENCRYPT_PAYLOAD\",\"mode\":\"READ\""),
        RULE("migrationRules", "\"type\":\"MASK\",\"mode\":\"UPGRADE\""),
        RULE("domainRules", "\"type\":\"CEL_FIELD\",\"kind\":\"TRANSFORM\",\"mode\":\"WRITE\""),
        RULE("domainRules", "\"type\":\"CEL\""), /* a rule that does not say transforms both ways */
    };
    static const char *const allowed[] = {
        RULE("domainRules", "\"type\":\"CEL\",\"kind\":\"CONDITION\",\"mode\":\"WRITE\""),
        RULE("domainRules", "\"type\":\"CEL_FIELD\",\"kind\":\"TRANSFORM\",\"mode\":\"READ\""),
        RULE("migrationRules", "\"type\":\"JSONATA\",\"mode\":\"UPGRADE\""),
        ",\"ruleSet\":{}",
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_error(post_with(REGISTER("s"), "\"int\"", refused[i]), "422 42210", "NRL-4");
    }
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), 0);
    for (size_t i = 0; i < COUNT_OF(allowed); i++) {
        assert_int_equal(id_of(post_with(REGISTER("s"), "\"int\"", allowed[i])), (int)i + 1);
    }
}

static void a_malformed_rule_set_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        ",\"ruleSet\":[]",
        ",\"ruleSet\":{\"domainRules\":{}}",
        ",\"ruleSet\":{\"domainRules\":[7]}",
        ",\"ruleSet\":{\"domainRules\":[{\"type\":\"CEL\"}]}",
        ",\"ruleSet\":{\"domainRules\":[{\"name\":\"a b\",\"type\":\"CEL\"}]}",
        RULE("domainRules", "\"kind\":\"CONDITION\""),
        RULE("domainRules", "\"type\":\"CEL\",\"kind\":\"OTHER\""),
        RULE("domainRules", "\"type\":\"CEL\",\"mode\":\"UPGRADE\""),
        RULE("migrationRules", "\"type\":\"CEL\",\"mode\":\"WRITE\""),
        RULE("domainRules", "\"type\":\"CEL\",\"kind\":\"CONDITION\",\"tags\":[1]"),
        (",\"ruleSet\":{\"domainRules\":[{\"name\":\"r\",\"type\":\"CEL\",\"kind\":\"CONDITION\"},"
         "{\"name\":\"r\",\"type\":\"CEL\",\"kind\":\"CONDITION\"}]}"),
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_error(post_with(REGISTER("s"), "\"int\"", bad[i]), "422 42210", "");
    }
}

#define TEST(f) cmocka_unit_test_setup(f, empty)

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
        TEST(what_is_no_request_is_refused),
        TEST(what_avro_takes_is_a_schema),
        TEST(what_is_no_schema_is_refused),
        TEST(a_schema_that_is_too_large_is_refused),
        TEST(names_that_no_subject_may_have_are_refused),
        TEST(only_who_may_write_registers),
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
        TEST(a_schema_that_comes_back_gets_a_new_version),
        TEST(a_schema_that_was_deleted_for_good_gets_a_new_id),
        TEST(a_pending_version_is_not_there),
        TEST(NRL_4_rules_that_hide_values_are_refused),
        TEST(a_malformed_rule_set_is_refused),
        TEST(what_is_known_is_no_change),
        TEST(a_commit_that_was_not_answered_is_a_change),
        TEST(a_known_schema_is_found_over_a_new_connection),
    };
    return cmocka_run_group_tests_name("register", tests, begin, end);
}
