/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/rules/test_refusals.c - what is no rule is refused when it is registered, with its place and what was
 * expected; and in bounded time, whatever the text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "schema/parse/parse.h"
#include "schema/rules/cel.h"
#include "schema/rules/type.h"

static const char structure[] =
    "{\"type\":\"record\",\"name\":\"moh.Birth\",\"fields\":[{\"name\":\"weight\",\"type\":"
    "\"long\"},"
    "{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"civil\",\"type\":[\"null\",\"string\"]}]}";

static struct cel_program *compile(const char *text, size_t len, const struct cel_options *options,
                                   struct err *err)
{
    struct arena arena = ARENA_INIT;
    struct sch_schema *schema = sch_parse(structure, strlen(structure), err);
    assert_non_null(schema);
    const struct cel_variable variables[] = {{"this", cel_type_of_avro(&arena, sch_root(schema))},
                                             {"now", cel_type_simple(CEL_TYPE_TIMESTAMP)}};
    const struct cel_scope scope = {.variables = variables, .variable_count = 2, .container = ""};
    struct cel_program *program = cel_compile(text, len, &scope, options, err);
    arena_fini(&arena);
    sch_schema_unref(&schema);
    return program;
}

static const struct {
    const char *rule;
    const char *fault;
} refused[] = {
    {"", "line 1, column 1: the rule ends where a value was expected"},
    {"1 +", "line 1, column 4: the rule ends where a value was expected"},
    {"this.wieght > 0",
     "line 1, column 5: the record moh.Birth has no field wieght; did you mean weight?"},
    {"that.weight > 0", "line 1, column 1: there is no variable that; did you mean this?"},
    {"this.weight > 'a'", "line 1, column 13: the operator > does not take (int, string)"},
    {"this.name + 1", "line 1, column 11: the operator + does not take (string, int)"},
    {"this.weight", "line 1, column 5: the result must be bool; this one is int"},
    {"this.name.contians('x')",
     "line 1, column 10: there is no function contians; did you mean contains?"},
    {"size(this.weight) == 1", "line 1, column 1: size does not take (int)"},
    {"this.weight.x == 1", "line 1, column 12: int has no fields"},
    {"this.weight == null", "line 1, column 13: the operator == does not take (int, null_type)"},
    {"this.name = 'x'", "line 1, column 11: unexpected =; two equals compare: =="},
    {"this.weight > 0 & true", "line 1, column 17: unexpected &; and is written &&"},
    {"'محمد' == this.name\n  && this.weight >> 1",
     "line 2, column 19: unexpected >; expected a value"},
    {"\"unclosed", "line 1, column 1: the text in quotes has no end"},
    {"'\\q' == ''", "line 1, column 2: no such escape behind the backslash"},
    {"'\\ud800' == ''", "line 1, column 2: the escape is no character of Unicode"},
    {"99999999999999999999 > 0",
     "line 1, column 1: 99999999999999999999 is more than an int holds"},
    {"9223372036854775808 > 0", "line 1, column 1: 9223372036854775808 is more than an int holds"},
    {"[1, 2].all(this.x, true)",
     "line 1, column 16: the argument of all is to be the name of a variable"},
    {"has(this)", "line 1, column 5: has() wants the selection of a field: has(a.b)"},
    {"this.weight.all(x, true)", "line 1, column 5: expected a list or a map, this is int"},
    {"moh.Birth{weight: 1} == this",
     "line 1, column 4: moh.Birth{…}: rules make no records, they read those of the event"},
    {"this.?name == 'x'",
     "line 1, column 6: optional selections (.?) are not part of the rules' language"},
    {"if == 1", "line 1, column 1: unexpected if; expected a value (the word is reserved)"},
    {"this.name.matches('(')", "line 1, column 19: the regular expression is wrong at its byte 1: "
                               "missing closing parenthesis"},
    {"this.name.matches('(a)\\\\1')", "line 1, column 19: the regular expression has a "
                                      "back-reference at its byte 3, which RE2 does not know"},
    {"this.name.matches('(?=a)b')", "line 1, column 19: the regular expression has look-around, an "
                                    "atomic group or another (? of its own at its byte 0, "
                                    "which RE2 does not know"},
    {"this.name.matches('a++')", "line 1, column 19: the regular expression has a possessive "
                                 "quantifier at its byte 1, which RE2 does not know"},
};

static void a_refusal_names_its_place(void **state)
{
    (void)state;
    const struct cel_options options = {.regex = CEL_REGEX_RE2, .wants_bool = true};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct err err = ERR_INIT;
        struct cel_program *program =
            compile(refused[i].rule, strlen(refused[i].rule), &options, &err);
        if (program != NULL || strcmp(err.text, refused[i].fault) != 0 ||
            err.code != ERR_BAD_RULE) {
            fail_msg("%s: %s", refused[i].rule, program != NULL ? "taken" : err.text);
        }
    }
}

static void what_only_pcre_knows_is_good_where_it_is_asked_for(void **state)
{
    (void)state;
    const struct cel_options options = {.regex = CEL_REGEX_PCRE, .wants_bool = true};
    struct err err = ERR_INIT;
    const char *rule = "this.name.matches('(?=a)(a)\\\\1++')";
    struct cel_program *program = compile(rule, strlen(rule), &options, &err);
    assert_non_null(program);
    cel_program_free(&program);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* `times` of the text, then the middle, then `times` of the end. */
static char *repeated(const char *begin, const char *middle, const char *end, size_t times)
{
    size_t room = times * (strlen(begin) + strlen(end)) + strlen(middle) + 1;
    char *text = malloc(room);
    char *p = text;
    assert_non_null(text);
    for (size_t i = 0; i < times; i++) {
        p = stpcpy(p, begin);
    }
    p = stpcpy(p, middle);
    for (size_t i = 0; i < times; i++) {
        p = stpcpy(p, end);
    }
    return text;
}

static void hostile_texts_are_refused_soon(void **state)
{
    (void)state;
    static const struct {
        const char *begin, *middle, *end;
        size_t times;
    } texts[] = {{"(", "1", ")", 10000},    {"[", "", "]", 10000},
                 {"!(", "true", ")", 5000}, {"-(", "1", ")", 5000},
                 {"1+", "1", "", 10000},    {"1 ? 1 : ", "1", "", 5000},
                 {"{1:", "1", "}", 10000},  {"a.", "a", "", 10000},
                 {"f(", "1", ")", 10000},   {"[1].map(x, ", "1", ")", 2000},
                 {"a", "", "", 1000000},    {"((((((((((((((((((((((((((((((", "", "", 2000},
                 {"1,", "", "", 30000}};
    const struct cel_options options = {.regex = CEL_REGEX_RE2};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char *text = repeated(texts[i].begin, texts[i].middle, texts[i].end, texts[i].times);
        struct err err = ERR_INIT;
        double before = seconds();
        struct cel_program *program = compile(text, strlen(text), &options, &err);
        if (program != NULL || seconds() - before > 1) {
            fail_msg("%.10s…: %s, %.3f s", text, program != NULL ? "taken" : err.text,
                     seconds() - before);
        }
        free(text);
    }
}

static void long_chains_of_and_are_good(void **state)
{
    (void)state;
    const struct cel_options options = {.regex = CEL_REGEX_RE2, .wants_bool = true};
    struct err err = ERR_INIT;
    char *text = repeated("this.weight>0&&", "true", "", 2000);
    struct cel_program *program = compile(text, strlen(text), &options, &err);
    if (program == NULL) {
        fail_msg("%s", err.text);
    }
    cel_program_free(&program);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_names_its_place),
        cmocka_unit_test(what_only_pcre_knows_is_good_where_it_is_asked_for),
        cmocka_unit_test(hostile_texts_are_refused_soon),
        cmocka_unit_test(long_chains_of_and_are_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
