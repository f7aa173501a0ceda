/* SPDX-License-Identifier: Apache-2.0
 * Registering over HTTP: what is refused. */
#include "posting_kit.h"

#include "base/attr.h"

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

/* A config that was stored by other means than PUT, which refuses it. */
static void NRL_4_holds_for_what_settings_bring(void **state)
{
    (void)state;
    raw_run(raw,
            "INSERT INTO nrc.registry_config (subject, settings) VALUES ('', '{\"overrideRuleSet\":"
            "{\"domainRules\":[{\"name\":\"hide\",\"type\":\"ENCRYPT\"}]}}')");
    assert_error(post(REGISTER("s"), "\"int\""), "422 42210",
                 "in the overrideRuleSet of the config of the registry: rule \\\"hide\\\"");
    assert_error(post_with(REGISTER("s"), "\"int\"", ",\"ruleSet\":{}"), "422 42210", "NRL-4");
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), 0);
    raw_run(raw, "UPDATE nrc.registry_config SET settings = '{\"defaultRuleSet\":"
                 "{\"encodingRules\":[{\"name\":\"hide\",\"type\":\"MASK\",\"mode\":\"READ\"}]}}'");
    assert_error(post(REGISTER("s"), "\"int\""), "422 42210",
                 "in the defaultRuleSet of the config of the registry: rule");
    raw_run(raw, "UPDATE nrc.registry_config SET subject = ':.__GLOBAL:'");
    assert_error(post(REGISTER("s"), "\"int\""), "422 42210", "the config of :.__GLOBAL:");
    raw_run(raw, "DELETE FROM nrc.registry_config");
    assert_int_equal(id_of(post(REGISTER("s"), "\"int\"")), 1);
}

#define CONDITION(fields) RULE("domainRules", "\"type\":\"CEL\",\"kind\":\"CONDITION\"," fields)

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
        ",\"ruleSet\":{\"domainRules\":[{\"name\":\"\",\"type\":\"CEL\",\"kind\":\"CONDITION\"}]}",
        ",\"ruleSet\":{\"domainRules\":[{\"name\":\"1a\",\"type\":\"CEL\",\"kind\":\"CONDITION\"}]"
        "}",
        ",\"ruleSet\":{\"domainRules\":[{\"name\":\"-a\",\"type\":\"CEL\",\"kind\":\"CONDITION\"}]"
        "}",
        ",\"ruleSet\":{\"domainRules\":[{\"name\":\"a.b\",\"type\":\"CEL\",\"kind\":\"CONDITION\"}]"
        "}",
        CONDITION("\"mode\":\"WRITE\",\"onFailure\":\"NONE,ERROR\""),
        CONDITION("\"mode\":\"READ\",\"onSuccess\":\"NONE,ERROR\""),
        CONDITION("\"mode\":\"WRITEREAD\",\"onFailure\":\",ERROR\""),
        CONDITION("\"mode\":\"WRITEREAD\",\"onFailure\":\"NONE,\""),
        CONDITION("\"onFailure\":\"NONE,ERROR,DLQ\""),
        RULE("migrationRules", "\"type\":\"X\",\"mode\":\"UPGRADE\",\"onFailure\":\"NONE,ERROR\""),
        (",\"ruleSet\":{\"domainRules\":[{\"name\":\"r\",\"type\":\"CEL\",\"kind\":\"CONDITION\"},"
         "{\"name\":\"r\",\"type\":\"CEL\",\"kind\":\"CONDITION\"}]}"),
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_error(post_with(REGISTER("s"), "\"int\"", bad[i]), "422 42210", "");
    }
    static const char *const good[] = {
        CONDITION("\"onFailure\":\"NONE,ERROR\""),
        CONDITION("\"mode\":\"WRITEREAD\",\"onSuccess\":\"NONE,NONE\",\"onFailure\":\"DLQ,ERROR\""),
        RULE("migrationRules", "\"type\":\"X\",\"mode\":\"UPDOWN\",\"onFailure\":\"NONE,ERROR\""),
        ",\"ruleSet\":{\"domainRules\":[{\"name\":\"اسم\",\"type\":\"CEL\",\"kind\":\"CONDITION\"}]"
        "}",
        ",\"ruleSet\":{\"domainRules\":[{\"name\":\"_a-1\",\"type\":\"CEL\",\"kind\":\"CONDITION\"}"
        "]}",
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_int_equal(id_of(post_with(REGISTER("s"), "\"int\"", good[i])), (int)i + 1);
    }
}

static void a_rule_has_a_name_of_at_most_256(void **state)
{
    (void)state;
    char name[258];
    char more[512];
    memset(name, 'n', sizeof(name));
    for (int len = 256; len <= 257; len++) {
        snprintf(more, sizeof(more),
                 ",\"ruleSet\":{\"domainRules\":[{\"name\":\"%.*s\",\"type\":\"CEL\",\"kind\":"
                 "\"CONDITION\"}]}",
                 len, name);
        const char *answer = post_with(REGISTER("s"), "\"int\"", more);
        if (len == 256) {
            assert_int_equal(id_of(answer), 1);
        } else {
            assert_error(answer, "422 42210", "at most 256 bytes");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_request_is_refused),
        TEST(what_avro_takes_is_a_schema),
        TEST(what_is_no_schema_is_refused),
        TEST(a_schema_that_is_too_large_is_refused),
        TEST(names_that_no_subject_may_have_are_refused),
        TEST(only_who_may_write_registers),
        TEST(NRL_4_rules_that_hide_values_are_refused),
        TEST(NRL_4_holds_for_what_settings_bring),
        TEST(a_malformed_rule_set_is_refused),
        TEST(a_rule_has_a_name_of_at_most_256),
    };
    return cmocka_run_group_tests_name("register", tests, begin, end);
}
