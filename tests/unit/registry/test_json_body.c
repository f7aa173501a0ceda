/* SPDX-License-Identifier: Apache-2.0
 * unit/registry/test_json_body.c - what a request's JSON becomes, and what makes two of them the
 * same schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "registry/identity.h"
#include "registry/json_body.h"
#include "registry/rule_set.h"

static struct arena arena;
static struct reg_body body;
static struct err err;

static int finish(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static int parse(const char *text)
{
    err_reset(&err);
    return reg_body_parse(text, strlen(text), &arena, &body, &err);
}

static void parsed(const char *text)
{
    if (parse(text) != 0) {
        fail_msg("%s: %s", text, err.text);
    }
}

static void what_is_absent_null_or_blank_is_the_same(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{}",
        ("{\"schema\":null,\"schemaType\":null,\"references\":null,\"metadata\":null,"
         "\"ruleSet\":null,\"version\":null,\"id\":null}"),
        "{\"schema\":\" \\n\\t\",\"schemaType\":\"\",\"unknown\":{\"a\":[1]}}",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        parsed(bodies[i]);
        assert_null(body.schema);
        assert_string_equal(body.type, "AVRO");
        assert_int_equal(body.reference_count, 0);
        assert_null(body.metadata);
        assert_null(body.rule_set);
        assert_int_equal(body.version, 0);
        assert_int_equal(body.id, -1);
    }
}

static void everything_is_read(void **state)
{
    (void)state;
    parsed("{\"schema\":\"\\\"int\\\"\",\"version\":-1,\"id\":0,\"references\":[{\"name\":\"A\","
           "\"subject\":\"a\",\"version\":-1},{\"version\":2,\"subject\":\"b\",\"name\":\"B\"}]}");
    assert_string_equal(body.schema, "\"int\"");
    assert_int_equal(body.schema_len, 5);
    assert_int_equal(body.version, -1);
    assert_int_equal(body.id, 0);
    assert_int_equal(body.reference_count, 2);
    assert_string_equal(body.references[0].name, "A");
    assert_int_equal(body.references[0].version, -1);
    assert_string_equal(body.references[1].subject, "b");
    assert_int_equal(body.references[1].version, 2);
}

static void numbers_may_be_digits_in_a_text_and_no_other_word(void **state)
{
    (void)state;
    parsed("{\"version\":\"1\",\"id\":\"2147483647\"}");
    assert_int_equal(body.version, 1);
    assert_int_equal(body.id, INT32_MAX);
    parsed("{\"version\":\"-1\"}");
    assert_int_equal(body.version, -1);
    static const char *const words[] = {
        "\"\"",           "\"-\"",  "\"1 \"",       "\"1.0\"",         "\"one\"",
        "\"2147483648\"", "\"-2\"", "\"1\\u0000\"", "\"99999999999\"", "1.0",
        "true",           "[1]",    "2147483648",
    };
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        char text[64];
        snprintf(text, sizeof(text), "{\"id\":%s}", words[i]);
        assert_int_equal(parse(text), -1);
        assert_int_equal(err.code, ERR_BAD_REQUEST);
    }
}

static void a_key_stands_once(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"schema\":\"1\",\"schema\":\"2\"}"), -1);
    assert_int_equal(err.code, ERR_BAD_REQUEST);
    assert_int_equal(parse("{\"metadata\":{\"properties\":{\"a\":\"1\",\"a\":\"2\"}}}"), -1);
    assert_int_equal(err.code, ERR_BAD_REQUEST);
}

static void a_nul_may_stand_in_the_schema_alone(void **state)
{
    (void)state;
    parsed("{\"schema\":\"\\\"int\\\"\\u0000x\"}");
    assert_int_equal(body.schema_len, 7);
    static const char *const bad[] = {
        "{\"schemaType\":\"AVRO\\u0000\"}",
        "{\"references\":[{\"name\":\"A\\u0000\",\"subject\":\"a\",\"version\":1}]}",
        "{\"metadata\":{\"properties\":{\"a\":\"\\u0000\"}}}",
        "{\"metadata\":{\"sensitive\":[\"\\u0000\"]}}",
        "{\"metadata\":{\"properties\":{\"a\\u0000\":\"\"}}}",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(parse(bad[i]), -1);
        assert_int_equal(err.code, ERR_BAD_REQUEST);
    }
    assert_int_equal(
        parse("{\"ruleSet\":{\"domainRules\":[{\"name\":\"r\",\"type\":\"\\u0000\"}]}}"), -1);
    assert_int_equal(err.code, ERR_BAD_RULE_SET);
}

static void tags_that_would_not_be_written_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{\"schema\":\"1\",\"schemaTagsToAdd\":[{\"schemaEntity\":{\"entityPath\":\"R\","
        "\"entityType\":\"sr_record\"},\"tags\":[\"PII\"]}]}",
        "{\"schemaTagsToRemove\":[1]}",
        "{\"schemaTagsToAdd\":{}}",
        "{\"propagateSchemaTags\":true}",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        err_reset(&err);
        assert_int_equal(parse(bad[i]), -1);
        assert_int_equal(err.code, ERR_BAD_SCHEMA);
        assert_non_null(strstr(err.text, "confluent:tags"));
    }
    parsed("{\"schemaTagsToAdd\":[],\"schemaTagsToRemove\":null,\"propagateSchemaTags\":false}");
}

static void metadata_has_one_form(void **state)
{
    (void)state;
    parsed("{\"metadata\":{\"sensitive\":[\"b\",\"a\",\"b\"],\"other\":1,\"tags\":{\"y\":[\"2\","
           "\"1\"],"
           "\"x\":[]},\"properties\":{\"b\":\"2\",\"a\":\"ب\"}}}");
    assert_string_equal(body.metadata,
                        "{\"properties\":{\"a\":\"ب\",\"b\":\"2\"},\"sensitive\":[\"a\",\"b\"],"
                        "\"tags\":{\"x\":[],\"y\":[\"1\",\"2\"]}}");
    const char *again;
    assert_int_equal(reg_metadata_reform(body.metadata, &arena, &again, &err), 0);
    assert_string_equal(again, body.metadata);
    assert_string_equal(reg_metadata_property(body.metadata, "a", &arena), "ب");
    assert_null(reg_metadata_property(body.metadata, "c", &arena));
    assert_null(reg_metadata_property(NULL, "c", &arena));
    parsed("{\"metadata\":{\"properties\":{},\"tags\":null}}");
    assert_string_equal(body.metadata, "{}");
}

static void a_rule_set_has_one_form_with_its_defaults(void **state)
{
    (void)state;
    parsed(
        "{\"ruleSet\":{\"migrationRules\":[],\"domainRules\":[{\"type\":\"CEL\",\"name\":\"r\","
        "\"params\":{\"b\":\"1\",\"a\":null},\"tags\":[\"z\",\"y\"],\"what\":1,\"doc\":null}]}}");
    assert_string_equal(body.rule_set,
                        "{\"domainRules\":[{\"disabled\":false,\"kind\":\"TRANSFORM\",\"mode\":"
                        "\"WRITEREAD\",\"name\":\"r\",\"params\":{\"b\":\"1\"},\"tags\":[\"y\","
                        "\"z\"],\"type\":\"CEL\"}]}");
    const char *again;
    assert_int_equal(reg_rule_set_reform(body.rule_set, &arena, &again, &err), 0);
    assert_string_equal(again, body.rule_set);
    assert_int_equal(reg_rule_set_check(body.rule_set, &err), -1);
    assert_int_equal(reg_rule_set_check(NULL, &err), 0);
    assert_int_equal(reg_rule_set_check("{}", &err), 0);
}

static void deep_json_is_refused_not_followed(void **state)
{
    (void)state;
    static char text[100001];
    memset(text, '[', 100000);
    assert_int_equal(parse(text), -1);
    assert_int_equal(err.code, ERR_BAD_REQUEST);
}

/* ---- identity ---- */

static void identify(const struct reg_identity *identity, uint8_t out[SHA256_BYTES])
{
    assert_int_equal(reg_identify(identity, out, &err), 0);
}

static void a_schema_alone_has_the_hash_of_its_text(void **state)
{
    (void)state;
    uint8_t got[SHA256_BYTES];
    uint8_t want[SHA256_BYTES];
    identify(&(struct reg_identity){.text = "\"int\"", .text_len = 5}, got);
    assert_int_equal(sha256_bytes("\"int\"", 5, want), 0);
    assert_memory_equal(got, want, SHA256_BYTES);
}

static void every_part_tells_schemas_apart(void **state)
{
    (void)state;
    struct sto_reference ab[] = {{"A", "a", 1}, {"B", "b", 1}};
    struct sto_reference ba[] = {{"B", "b", 1}, {"A", "a", 1}};
    struct sto_reference other_name[] = {{"X", "a", 1}};
    struct sto_reference other_subject[] = {{"A", "x", 1}};
    struct sto_reference other_version[] = {{"A", "a", 11}};
    struct sto_reference shifted[] = {{"Aa", "", 1}};
    const struct reg_identity all[] = {
        {.text = "\"int\"", .text_len = 5},
        {.text = "\"int\"", .text_len = 5, .metadata = "{}"},
        {.text = "\"int\"", .text_len = 5, .rule_set = "{}"},
        {.text = "\"int\"", .text_len = 5, .metadata = "{}", .rule_set = "{}"},
        {.text = "\"int\"", .text_len = 5, .references = ab, .reference_count = 1},
        {.text = "\"int\"", .text_len = 5, .references = ab, .reference_count = 2},
        {.text = "\"int\"", .text_len = 5, .references = ba, .reference_count = 2},
        {.text = "\"int\"", .text_len = 5, .references = other_name, .reference_count = 1},
        {.text = "\"int\"", .text_len = 5, .references = other_subject, .reference_count = 1},
        {.text = "\"int\"", .text_len = 5, .references = other_version, .reference_count = 1},
        {.text = "\"int\"", .text_len = 5, .references = shifted, .reference_count = 1},
        {.text = "\"int\"m{}", .text_len = 8},
    };
    uint8_t hashes[COUNT_OF(all)][SHA256_BYTES];
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        identify(&all[i], hashes[i]);
        for (size_t k = 0; k < i; k++) {
            assert_memory_not_equal(hashes[i], hashes[k], SHA256_BYTES);
        }
    }
}

static void a_guid_says_its_version_and_variant(void **state)
{
    (void)state;
    uint8_t sha256[SHA256_BYTES];
    char guid[REG_GUID_BYTES];
    memset(sha256, 0xff, sizeof(sha256));
    reg_guid_of(sha256, guid);
    assert_string_equal(guid, "ffffffff-ffff-8fff-bfff-ffffffffffff");
    memset(sha256, 0, sizeof(sha256));
    reg_guid_of(sha256, guid);
    assert_string_equal(guid, "00000000-0000-8000-8000-000000000000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_absent_null_or_blank_is_the_same),
        cmocka_unit_test(everything_is_read),
        cmocka_unit_test(numbers_may_be_digits_in_a_text_and_no_other_word),
        cmocka_unit_test(a_key_stands_once),
        cmocka_unit_test(a_nul_may_stand_in_the_schema_alone),
        cmocka_unit_test(tags_that_would_not_be_written_are_refused),
        cmocka_unit_test(metadata_has_one_form),
        cmocka_unit_test(a_rule_set_has_one_form_with_its_defaults),
        cmocka_unit_test(deep_json_is_refused_not_followed),
        cmocka_unit_test(a_schema_alone_has_the_hash_of_its_text),
        cmocka_unit_test(every_part_tells_schemas_apart),
        cmocka_unit_test(a_guid_says_its_version_and_variant),
    };
    return cmocka_run_group_tests_name("register_body", tests, NULL, finish);
}
