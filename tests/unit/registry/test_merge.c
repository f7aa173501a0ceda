/* SPDX-License-Identifier: Apache-2.0
 * unit/registry/test_merge.c - what a default, a version's own and an override make together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "registry/merge.h"

static struct arena arena;
static struct err err;

static int finish(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

struct merge_case {
    const char *what;
    struct reg_layers layers;
    const char *want; /* NULL: nothing */
};

typedef int merger(const struct reg_layers *layers, struct arena *arena, const char **out,
                   struct err *err);

static void assert_text(const char *what, const char *got, const char *want)
{
    if (got == NULL || want == NULL ? got != want : strcmp(got, want) != 0) {
        fail_msg("%s:\n  got  %s\n  want %s", what, got != NULL ? got : "(none)",
                 want != NULL ? want : "(none)");
    }
}

static void assert_all(const struct merge_case *cases, size_t count, merger *merge)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = "?";
        const char *again = "?";
        if (merge(&cases[i].layers, &arena, &got, &err) != 0) {
            fail_msg("%s: %s", cases[i].what, err.text);
        }
        assert_text(cases[i].what, got, cases[i].want);
        /* What is merged once stays what it is: a version takes over the one before it. */
        const struct reg_layers once_more = {cases[i].layers.fallback, got,
                                             cases[i].layers.override};
        assert_int_equal(merge(&once_more, &arena, &again, &err), 0);
        assert_text(cases[i].what, again, got);
    }
}

/* ---- metadata ---- */

#define PROPERTIES(text) "{\"properties\":{" text "}}"
#define TAGS(text)       "{\"tags\":{" text "}}"
#define SENSITIVE(text)  "{\"sensitive\":[" text "]}"

static void metadata_is_merged_by_key(void **state)
{
    (void)state;
    static const struct merge_case cases[] = {
        {"no layer is none", {NULL, NULL, NULL}, NULL},
        {"an empty layer is not none", {NULL, "{}", NULL}, "{}"},
        {"a default alone", {PROPERTIES("\"a\":\"1\""), NULL, NULL}, PROPERTIES("\"a\":\"1\"")},
        {"an override alone", {NULL, NULL, PROPERTIES("\"a\":\"1\"")}, PROPERTIES("\"a\":\"1\"")},
        {"empty ones take nothing away",
         {"{}", "{\"properties\":{\"a\":\"1\"},\"sensitive\":[\"a\"]}", "{\"tags\":{}}"},
         "{\"properties\":{\"a\":\"1\"},\"sensitive\":[\"a\"]}"},
        {"the own before the default, the override before both",
         {PROPERTIES("\"a\":\"d\",\"b\":\"d\",\"c\":\"d\""), PROPERTIES("\"b\":\"o\",\"c\":\"o\""),
          PROPERTIES("\"c\":\"v\"")},
         PROPERTIES("\"a\":\"d\",\"b\":\"o\",\"c\":\"v\"")},
        {"other keys stay beside",
         {PROPERTIES("\"z\":\"1\""), PROPERTIES("\"m\":\"2\""), PROPERTIES("\"a\":\"3\"")},
         PROPERTIES("\"a\":\"3\",\"m\":\"2\",\"z\":\"1\"")},
        {"an empty value is a value",
         {PROPERTIES("\"a\":\"d\""), PROPERTIES("\"a\":\"\""), NULL},
         PROPERTIES("\"a\":\"\"")},
        {"the tags of a path are replaced, not united",
         {TAGS("\"**.id\":[\"PII\",\"KEY\"],\"**.x\":[\"A\"]"), TAGS("\"**.id\":[\"PRIVATE\"]"),
          NULL},
         TAGS("\"**.id\":[\"PRIVATE\"],\"**.x\":[\"A\"]")},
        {"an override may take a path's tags away",
         {NULL, TAGS("\"**.id\":[\"PII\"]"), TAGS("\"**.id\":[]")},
         TAGS("\"**.id\":[]")},
        {"what is sensitive once is so in all, each once and in order",
         {SENSITIVE("\"b\",\"c\""), SENSITIVE("\"c\",\"a\""), SENSITIVE("\"d\"")},
         SENSITIVE("\"a\",\"b\",\"c\",\"d\"")},
        {"Arabic keys",
         {PROPERTIES("\"الجهة\":\"أ\""), PROPERTIES("\"الجهة\":\"ب\""), NULL},
         PROPERTIES("\"الجهة\":\"ب\"")},
    };
    assert_all(cases, COUNT_OF(cases), reg_merge_metadata);
}

/* ---- rules ---- */

/* As they come, and in their one form. */
#define RULE(name, expr)                                                                           \
    "{\"name\":\"" name "\",\"kind\":\"CONDITION\",\"type\":\"CEL\",\"expr\":\"" expr "\"}"
#define FORM(name, expr)                                                                           \
    "{\"disabled\":false,\"expr\":\"" expr "\",\"kind\":\"CONDITION\",\"mode\":\"WRITEREAD\","     \
    "\"name\":\"" name "\",\"type\":\"CEL\"}"
#define UP(name)                                                                                   \
    "{\"name\":\"" name "\",\"kind\":\"TRANSFORM\",\"mode\":\"UPGRADE\",\"type\":\"JSONATA\"}"
#define UP_FORM(name)                                                                              \
    "{\"disabled\":false,\"kind\":\"TRANSFORM\",\"mode\":\"UPGRADE\",\"name\":\"" name             \
    "\",\"type\":\"JSONATA\"}"
#define DOMAIN(rules) "{\"domainRules\":[" rules "]}"

static void rules_are_merged_by_name_list_by_list(void **state)
{
    (void)state;
    static const struct merge_case cases[] = {
        {"no layer is none", {NULL, NULL, NULL}, NULL},
        {"an empty set is not none", {NULL, NULL, "{}"}, "{}"},
        {"the own in its order",
         {NULL, DOMAIN(RULE("b", "1") "," RULE("a", "2")), NULL},
         DOMAIN(FORM("b", "1") "," FORM("a", "2"))},
        {"default, own, override one behind the other",
         {DOMAIN(RULE("z", "d")), DOMAIN(RULE("m", "o")), DOMAIN(RULE("a", "v"))},
         DOMAIN(FORM("z", "d") "," FORM("m", "o") "," FORM("a", "v"))},
        {"of one name the upper one, in the upper one's place",
         {DOMAIN(RULE("a", "d") "," RULE("b", "d")), DOMAIN(RULE("a", "o")), NULL},
         DOMAIN(FORM("b", "d") "," FORM("a", "o"))},
        {"an override before both",
         {DOMAIN(RULE("a", "d")), DOMAIN(RULE("a", "o") "," RULE("b", "o")),
          DOMAIN(RULE("a", "v"))},
         DOMAIN(FORM("b", "o") "," FORM("a", "v"))},
        {"the same rules in another order take that order",
         {NULL, DOMAIN(RULE("hi", "1") "," RULE("bye", "2")),
          DOMAIN(RULE("bye", "2") "," RULE("hi", "1"))},
         DOMAIN(FORM("bye", "2") "," FORM("hi", "1"))},
        {"an empty list takes nothing away",
         {DOMAIN(RULE("a", "d")), "{\"domainRules\":[],\"migrationRules\":[]}", NULL},
         DOMAIN(FORM("a", "d"))},
        {"names are told apart by case",
         {DOMAIN(RULE("a", "d")), DOMAIN(RULE("A", "o")), NULL},
         DOMAIN(FORM("a", "d") "," FORM("A", "o"))},
        {"each list for itself",
         {"{\"migrationRules\":[" UP("up") "],\"domainRules\":[" RULE("a", "d") "]}",
          DOMAIN(RULE("b", "o")), "{\"encodingRules\":[" RULE("e", "v") "]}"},
         "{\"domainRules\":[" FORM("a", "d") "," FORM("b", "o") "],\"encodingRules\":[" FORM(
             "e", "v") "],\"migrationRules\":[" UP_FORM("up") "]}"},
        {"enableAt of the uppermost that says it",
         {"{\"enableAt\":\"CLIENT\"}", "{\"enableAt\":\"SERVER\"}", "{}"},
         "{\"enableAt\":\"SERVER\"}"},
    };
    assert_all(cases, COUNT_OF(cases), reg_merge_rule_sets);
}

static void a_name_in_two_lists_of_the_merged_set_is_refused(void **state)
{
    (void)state;
    const struct reg_layers layers = {.fallback = DOMAIN(RULE("a", "d")),
                                      .own = "{\"encodingRules\":[" RULE("a", "o") "]}"};
    const char *out;
    assert_int_equal(reg_merge_rule_sets(&layers, &arena, &out, &err), -1);
    assert_int_equal(err.code, ERR_BAD_RULE_SET);
    assert_non_null(strstr(err.text, "rule \"a\" is there twice"));
}

static void each_layer_is_left_what_it_brought(void **state)
{
    (void)state;
    const struct reg_layers layers = {
        DOMAIN(RULE("a", "d") "," RULE("b", "d") "," RULE("c", "d")),
        DOMAIN(RULE("b", "o") "," RULE("o", "o")),
        DOMAIN(RULE("c", "v") "," RULE("o", "v")),
    };
    struct reg_layers parts;
    assert_int_equal(reg_merge_split(&layers, &arena, &parts, &err), 0);
    assert_text("default", parts.fallback, DOMAIN(FORM("a", "d")));
    assert_text("own", parts.own, DOMAIN(FORM("b", "o")));
    assert_text("override", parts.override, DOMAIN(FORM("c", "v") "," FORM("o", "v")));
    const struct reg_layers no_own = {layers.fallback, NULL, layers.override};
    assert_int_equal(reg_merge_split(&no_own, &arena, &parts, &err), 0);
    assert_text("default", parts.fallback, DOMAIN(FORM("a", "d") "," FORM("b", "d")));
    assert_null(parts.own);
}

/* ---- confluent:version ---- */

static void a_version_is_put_and_taken_away(void **state)
{
    (void)state;
    static const struct {
        const char *metadata;
        const char *number;
        const char *want;
    } cases[] = {
        {NULL, "1", PROPERTIES("\"confluent:version\":\"1\"")},
        {"{}", "2", PROPERTIES("\"confluent:version\":\"2\"")},
        {PROPERTIES("\"confluent:version\":\"2\",\"b\":\"x\""), "3",
         PROPERTIES("\"b\":\"x\",\"confluent:version\":\"3\"")},
        {PROPERTIES("\"confluent:version\":\"2\",\"b\":\"x\""), NULL, PROPERTIES("\"b\":\"x\"")},
        {PROPERTIES("\"confluent:version\":\"2\""), NULL, "{}"},
        {SENSITIVE("\"a\""), NULL, SENSITIVE("\"a\"")},
        {NULL, NULL, "{}"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *got;
        assert_int_equal(
            reg_version_property_set(cases[i].metadata, cases[i].number, &arena, &got, &err), 0);
        assert_text(cases[i].want, got, cases[i].want);
        const char *number = reg_version_property(got, &arena);
        assert_text(cases[i].want, number, cases[i].number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(metadata_is_merged_by_key, finish),
        cmocka_unit_test_teardown(rules_are_merged_by_name_list_by_list, finish),
        cmocka_unit_test_teardown(a_name_in_two_lists_of_the_merged_set_is_refused, finish),
        cmocka_unit_test_teardown(each_layer_is_left_what_it_brought, finish),
        cmocka_unit_test_teardown(a_version_is_put_and_taken_away, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
