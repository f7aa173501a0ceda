/* SPDX-License-Identifier: Apache-2.0
 * Levels and modes, of subjects, contexts and the registry. */
#include "handler_kit.h"

static void the_registry_is_backward_until_told_otherwise(void **state)
{
    (void)state;
    expect(HTTP_GET, "/config", NULL, "200 {\"compatibilityLevel\":\"BACKWARD\"}");
    expect(HTTP_PUT, "/config", "{\"compatibility\":\"FULL_TRANSITIVE\"}",
           "200 {\"compatibility\":\"FULL_TRANSITIVE\"}");
    expect(HTTP_GET, "/config/", NULL, "200 {\"compatibilityLevel\":\"FULL_TRANSITIVE\"}");
    expect(HTTP_DELETE, "/config", NULL, "200 {\"compatibilityLevel\":\"FULL_TRANSITIVE\"}");
    expect(HTTP_GET, "/config", NULL, "200 {\"compatibilityLevel\":\"BACKWARD\"}");
    expect(HTTP_DELETE, "/config", NULL, "200 {\"compatibilityLevel\":\"BACKWARD\"}");
}

static void a_level_is_set_before_the_subject_exists(void **state)
{
    (void)state;
    expect_error(HTTP_GET, "/config/a", NULL, "404 40408");
    expect(HTTP_PUT, "/config/a", "{\"compatibility\":\"NONE\"}",
           "200 {\"compatibility\":\"NONE\"}");
    expect(HTTP_GET, "/config/a", NULL, "200 {\"compatibilityLevel\":\"NONE\"}");
    expect(HTTP_GET, "/subjects", NULL, "200 []");
    expect(HTTP_DELETE, "/config/a", NULL, "200 {\"compatibilityLevel\":\"NONE\"}");
    expect_error(HTTP_GET, "/config/a", NULL, "404 40408");
    expect_error(HTTP_DELETE, "/config/a", NULL, "404 40401");
}

static void an_unset_level_of_a_subject_that_exists_is_40408_too(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    expect_error(HTTP_GET, "/config/a", NULL, "404 40408");
    expect_error(HTTP_GET, "/mode/a", NULL, "404 40409");
}

static void every_level_is_taken_in_any_case_and_nothing_else(void **state)
{
    (void)state;
    const char *const levels[] = {"none",           "Backward",           "BACKWARD_TRANSITIVE",
                                  "forward",        "FORWARD_TRANSITIVE", "full",
                                  "FULL_TRANSITIVE"};
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        char body[128];
        snprintf(body, sizeof(body), "{\"compatibility\":\"%s\"}", levels[i]);
        assert_memory_equal(kit_call(HTTP_PUT, "/config/a", body), "200 ", 4);
    }
    expect_error(HTTP_PUT, "/config/a", "{\"compatibility\":\"BACKWARDS\"}", "422 42203");
    expect_error(HTTP_PUT, "/config/a", "{\"compatibility\":\"\"}", "422 42203");
    expect_error(HTTP_PUT, "/config/a", "{\"compatibility\":7}", "422 42203");
    expect_error(HTTP_PUT, "/config",
                 "{\"compatibility\":\"FULL_TRANSITIVE_AND_MUCH_LONGER_THAN_ANY\"}", "422 42203");
    expect(HTTP_GET, "/config/a", NULL, "200 {\"compatibilityLevel\":\"FULL_TRANSITIVE\"}");
}

static void a_body_that_is_no_object_is_refused(void **state)
{
    (void)state;
    const char *const bodies[] = {"",
                                  "{",
                                  "[]",
                                  "\"NONE\"",
                                  "{\"compatibility\":\"a\\u0000\"}",
                                  "{\"compatibility\":\"NONE\",\"compatibility\":\"FULL\"}",
                                  "{\"normalize\":\"yes\"}",
                                  "{\"alias\":1}"};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        expect_error(HTTP_PUT, "/config/a", bodies[i], "400 400");
    }
    expect_error(HTTP_PUT, "/mode/a", "[]", "400 400");
}

static void a_subject_follows_its_context_and_the_registry(void **state)
{
    (void)state;
    expect(HTTP_GET, "/config/a?defaultToGlobal=true", NULL,
           "200 {\"compatibilityLevel\":\"BACKWARD\"}");
    kit_call(HTTP_PUT, "/config/:.__GLOBAL:", "{\"compatibility\":\"FULL\"}");
    expect(HTTP_GET, "/config/a?defaultToGlobal=true", NULL,
           "200 {\"compatibilityLevel\":\"FULL\"}");
    expect(HTTP_GET, "/config", NULL, "200 {\"compatibilityLevel\":\"BACKWARD\"}");
    expect(HTTP_GET, "/config?defaultToGlobal=true", NULL, "200 {\"compatibilityLevel\":\"FULL\"}");
    kit_call(HTTP_PUT, "/config/b", "{\"normalize\":true}");
    expect(HTTP_DELETE, "/config/b", NULL,
           "200 {\"compatibilityLevel\":\"FULL\",\"normalize\":true}");
    kit_call(HTTP_PUT, "/config", "{\"compatibility\":\"NONE\",\"normalize\":true}");
    expect(HTTP_GET, "/config/a?defaultToGlobal=true", NULL,
           "200 {\"compatibilityLevel\":\"NONE\",\"normalize\":true}");
    expect(HTTP_GET, "/config/:.c:a?defaultToGlobal=true", NULL,
           "200 {\"compatibilityLevel\":\"FULL\"}");
    kit_call(HTTP_PUT, "/config/:.c:", "{\"compatibility\":\"FORWARD\"}");
    expect(HTTP_GET, "/config/:.c:a?defaultToGlobal=true", NULL,
           "200 {\"compatibilityLevel\":\"FORWARD\"}");
    kit_call(HTTP_PUT, "/config/a", "{\"normalize\":false}");
    expect(HTTP_GET, "/config/a?defaultToGlobal=True", NULL,
           "200 {\"compatibilityLevel\":\"NONE\",\"normalize\":false}");
    expect_error(HTTP_GET, "/config/b?defaultToGlobal=false", NULL, "404 40408");
    /* The default context is the registry. */
    expect(HTTP_GET, "/config/:.:", NULL,
           "200 {\"compatibilityLevel\":\"NONE\",\"normalize\":true}");
}

static void settings_beside_the_level_are_kept_and_given_back(void **state)
{
    (void)state;
    expect(HTTP_PUT, "/config/a",
           "{\"compatibility\":\"FULL\",\"alias\":\"b\",\"unknown\":1,\"validateFields\":true,"
           "\"compatibilityGroup\":\"major\","
           "\"defaultMetadata\":{\"properties\":{\"o\":\"x\"}},\"overrideMetadata\":null}",
           "200 {\"compatibility\":\"FULL\",\"alias\":\"b\",\"validateFields\":true,"
           "\"defaultMetadata\":{\"properties\":{\"o\":\"x\"}},\"compatibilityGroup\":\"major\"}");
    /* What is not named stays; what is null goes. */
    expect(
        HTTP_PUT, "/config/a",
        "{\"alias\":null,\"compatibilityGroup\":null,\"defaultMetadata\":null,\"normalize\":true}",
        "200 {\"compatibility\":\"FULL\",\"normalize\":true,\"validateFields\":true}");
    expect(HTTP_GET, "/config/a", NULL,
           "200 {\"compatibilityLevel\":\"FULL\",\"normalize\":true,\"validateFields\":true}");
    expect(HTTP_PUT, "/config/a", "{\"compatibility\":null}",
           "200 {\"normalize\":true,\"validateFields\":true}");
    expect(HTTP_DELETE, "/config/a", NULL,
           "200 {\"compatibilityLevel\":\"BACKWARD\",\"normalize\":true,\"validateFields\":true}");
}

static void a_subject_with_an_alias_is_read_as_the_aliass_subject(void **state)
{
    (void)state;
    kit_add("real", 1, INT);
    kit_add("old", 1, LONG);
    kit_add(":.c:real", 1, STRING);
    for (int round = 0; round < 2; round++) {
        atomic_store(&kit.shared.listening, round == 1); /* kept from answer to answer, or not */
        expect(HTTP_GET, "/subjects/old/versions/latest/schema", NULL, "200 " LONG);
        kit_call(HTTP_PUT, "/config/old", "{\"alias\":\"real\"}");
        kit_call(HTTP_PUT, "/config/:.c:old", "{\"alias\":\"real\"}");
        for (int i = 0; i < 2; i++) {
            expect(HTTP_GET, "/subjects/old/versions/latest/schema", NULL, "200 " INT);
            expect(HTTP_GET, "/subjects/old/versions/1/schema", NULL, "200 " INT);
            expect(HTTP_GET, "/subjects/old/versions", NULL, "200 [1]");
            expect(HTTP_GET, "/subjects/:.c:old/versions/1/schema", NULL, "200 " STRING);
        }
        /* What changes something names its subject. */
        expect_error(HTTP_DELETE, "/subjects/:.c:old", NULL, "404 40401");
        kit_call(HTTP_PUT, "/config/old", "{\"alias\":null}");
        expect(HTTP_GET, "/subjects/old/versions/1/schema", NULL, "200 " LONG);
    }
}

static void rules_that_hide_values_are_refused_in_a_config_too(void **state)
{
    (void)state;
    const char *const fields[] = {"defaultRuleSet", "overrideRuleSet"};
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        char body[512];
        snprintf(body, sizeof(body),
                 "{\"%s\":{\"domainRules\":[{\"name\":\"hide\",\"kind\":\"TRANSFORM\","
                 "\"mode\":\"WRITEREAD\",\"type\":\"ENCRYPT\",\"tags\":[\"PII\"]}]}}",
                 fields[i]);
        expect_error(HTTP_PUT, "/config/a", body, "422 42210");
    }
    expect_error(HTTP_GET, "/config/a", NULL, "404 40408");
    assert_memory_equal(
        kit_call(HTTP_PUT, "/config/a",
                 "{\"defaultRuleSet\":{\"domainRules\":[{\"name\":\"check\",\"kind\":\"CONDITION\","
                 "\"mode\":\"WRITE\",\"type\":\"CEL\",\"expr\":\"true\"}]}}"),
        "200 ", 4);
}

static void a_name_that_no_subject_may_have_is_refused(void **state)
{
    (void)state;
    const char *const names[] = {"a%01", "a%7f", "a%c2%85", "__GLOBAL", ":.c:__EMPTY"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char target[64];
        snprintf(target, sizeof(target), "/config/%s", names[i]);
        expect_error(HTTP_PUT, target, "{\"compatibility\":\"NONE\"}", "422 42208");
        snprintf(target, sizeof(target), "/mode/%s", names[i]);
        expect_error(HTTP_PUT, target, "{\"mode\":\"READONLY\"}", "422 42208");
    }
    char target[6100] = "/config/";
    memset(target + strlen(target), 'a', 6000);
    expect_error(HTTP_PUT, target, "{\"compatibility\":\"NONE\"}", "422 42208");
    memcpy(target, "/mode/aa", 8);
    expect_error(HTTP_PUT, target, "{\"mode\":\"READONLY\"}", "422 42208");
}

static void a_producer_may_name_the_level_in_force_alone(void **state)
{
    (void)state;
    kit_who = (struct reg_principal){.name = "feed", .roles = REG_PRODUCER, .agency = "moh"};
    expect(HTTP_PUT, "/config/moh.a", "{\"compatibility\":\"backward\",\"unknown\":1}",
           "200 {\"compatibility\":\"BACKWARD\"}");
    expect_error(HTTP_GET, "/config/moh.a", NULL, "404 40408");
    const char *const bodies[] = {"{\"compatibility\":\"FULL\"}", "{}", "{\"compatibility\":null}",
                                  "{\"compatibility\":\"BACKWARD\",\"normalize\":null}"};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        expect_error(HTTP_PUT, "/config/moh.a", bodies[i], "403 403");
    }
    expect_error(HTTP_PUT, "/config/rop.a", "{\"compatibility\":\"BACKWARD\"}", "403 403");
    expect_error(HTTP_PUT, "/config/:.moh.:", "{\"compatibility\":\"BACKWARD\"}", "403 403");
}

static void a_mode_that_only_reads_keeps_the_config(void **state)
{
    (void)state;
    kit_call(HTTP_PUT, "/config/a", "{\"compatibility\":\"FULL\"}");
    expect(HTTP_PUT, "/mode", "{\"mode\":\"READONLY\"}", "200 {\"mode\":\"READONLY\"}");
    expect_error(HTTP_PUT, "/config/a", "{\"compatibility\":\"NONE\"}", "422 42205");
    expect_error(HTTP_PUT, "/config/b", "{\"compatibility\":\"NONE\"}", "422 42205");
    expect_error(HTTP_PUT, "/config", "{\"compatibility\":\"NONE\"}", "422 42205");
    expect_error(HTTP_DELETE, "/config/a", NULL, "422 42205");
    expect(HTTP_GET, "/config/a", NULL, "200 {\"compatibilityLevel\":\"FULL\"}");
    expect(HTTP_DELETE, "/mode", NULL, "200 {\"mode\":\"READONLY\"}");
    expect(HTTP_DELETE, "/config/a", NULL, "200 {\"compatibilityLevel\":\"FULL\"}");
}

/* ---- modes ---- */

static void modes_are_set_and_unset(void **state)
{
    (void)state;
    expect(HTTP_GET, "/mode", NULL, "200 {\"mode\":\"READWRITE\"}");
    expect_error(HTTP_GET, "/mode/a", NULL, "404 40409");
    expect_error(HTTP_DELETE, "/mode/a", NULL, "404 40401");
    expect(HTTP_GET, "/mode/a?defaultToGlobal=true", NULL, "200 {\"mode\":\"READWRITE\"}");
    expect(HTTP_PUT, "/mode", "{\"mode\":\"readonly_override\"}",
           "200 {\"mode\":\"readonly_override\"}");
    expect(HTTP_GET, "/mode", NULL, "200 {\"mode\":\"READONLY_OVERRIDE\"}");
    expect(HTTP_GET, "/mode/a?defaultToGlobal=true", NULL, "200 {\"mode\":\"READONLY_OVERRIDE\"}");
    expect(HTTP_PUT, "/mode/a", "{\"mode\":\"READONLY\"}", "200 {\"mode\":\"READONLY\"}");
    expect(HTTP_GET, "/mode/a", NULL, "200 {\"mode\":\"READONLY_OVERRIDE\"}");
    expect(HTTP_DELETE, "/mode", NULL, "200 {\"mode\":\"READONLY_OVERRIDE\"}");
    expect(HTTP_DELETE, "/mode", NULL, "200 {\"mode\":\"READWRITE\"}");
    expect(HTTP_GET, "/mode/a", NULL, "200 {\"mode\":\"READONLY\"}");
    expect(HTTP_PUT, "/mode/a", "{\"mode\":null}", "200 {}");
    expect_error(HTTP_GET, "/mode/a", NULL, "404 40409");
    kit_call(HTTP_PUT, "/mode/a", "{\"mode\":\"READONLY\"}");
    expect(HTTP_DELETE, "/mode/a", NULL, "200 {\"mode\":\"READONLY\"}");
    expect_error(HTTP_GET, "/mode/a", NULL, "404 40409");
    kit_call(HTTP_PUT, "/mode/a", "{\"mode\":\"READONLY\"}");
    expect(HTTP_PUT, "/mode/a", "{}", "200 {}");
    expect_error(HTTP_GET, "/mode/a", NULL, "404 40409");
}

static void other_words_are_no_modes(void **state)
{
    (void)state;
    const char *const bodies[] = {
        "{\"mode\":\"WRITE\"}", "{\"mode\":\"\"}",
        "{\"mode\":7}",         "{\"mode\":\"FORWARD\"}",
        "{\"mode\":[]}",        "{\"mode\":\"READONLY_OVERRIDE_AND_MUCH_MORE_THAN_THAT\"}"};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        expect_error(HTTP_PUT, "/mode/a", bodies[i], "422 42204");
        expect_error(HTTP_PUT, "/mode", bodies[i], "422 42204");
    }
}

static void import_is_for_what_is_empty(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add(":.ctx:a", 1, INT);
    const char *const names[] = {"/a", "", "/:.ctx:", "/:.ctx:a", "/:.__GLOBAL:"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char target[64];
        snprintf(target, sizeof(target), "/mode%s", names[i]);
        expect_error(HTTP_PUT, target, "{\"mode\":\"IMPORT\"}", "422 42205");
    }
    expect(HTTP_PUT, "/mode/b", "{\"mode\":\"IMPORT\"}", "200 {\"mode\":\"IMPORT\"}");
    expect(HTTP_PUT, "/mode/:.other:", "{\"mode\":\"IMPORT\"}", "200 {\"mode\":\"IMPORT\"}");
    expect(HTTP_PUT, "/mode/a?force=true", "{\"mode\":\"IMPORT\"}", "200 {\"mode\":\"IMPORT\"}");
    expect(HTTP_PUT, "/mode/a", "{\"mode\":\"IMPORT\"}", "200 {\"mode\":\"IMPORT\"}");
    kit_call(HTTP_DELETE, "/mode/a", NULL);
    kit_soft_delete("a", 1);
    expect(HTTP_PUT, "/mode/a", "{\"mode\":\"IMPORT\"}", "200 {\"mode\":\"IMPORT\"}");
    expect(HTTP_GET, "/schemas/ids/1/schema", NULL, "200 " INT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, kit_empty)
    const struct CMUnitTest tests[] = {
        TEST(the_registry_is_backward_until_told_otherwise),
        TEST(a_level_is_set_before_the_subject_exists),
        TEST(an_unset_level_of_a_subject_that_exists_is_40408_too),
        TEST(every_level_is_taken_in_any_case_and_nothing_else),
        TEST(a_body_that_is_no_object_is_refused),
        TEST(a_subject_follows_its_context_and_the_registry),
        TEST(settings_beside_the_level_are_kept_and_given_back),
        TEST(a_subject_with_an_alias_is_read_as_the_aliass_subject),
        TEST(rules_that_hide_values_are_refused_in_a_config_too),
        TEST(a_name_that_no_subject_may_have_is_refused),
        TEST(a_producer_may_name_the_level_in_force_alone),
        TEST(a_mode_that_only_reads_keeps_the_config),
        TEST(modes_are_set_and_unset),
        TEST(other_words_are_no_modes),
        TEST(import_is_for_what_is_empty),
    };
    return cmocka_run_group_tests(tests, kit_start, kit_stop);
}
