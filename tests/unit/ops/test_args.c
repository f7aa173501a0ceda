/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ops/cli/args.h"
#include "ops/cli/command.h"
#include "ops/commands.h"

static struct ops_args args;
static struct err err;

static int parse(const char *const *words)
{
    const char *argv[32] = {"nrc"};
    int argc = 1;
    for (; words[argc - 1] != NULL; argc++) {
        argv[argc] = words[argc - 1];
    }
    err_reset(&err);
    return ops_args_parse(&args, ops_language(), argc, (char *const *)argv, &err);
}

#define WORDS(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define PARSES(...) assert_int_equal(parse(WORDS(__VA_ARGS__)), 0)

static void refused(const char *const *words, const char *says)
{
    assert_int_equal(parse(words), -1);
    assert_int_equal(err.code, ERR_USAGE);
    if (strstr(err.text, says) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", err.text, says);
    }
}

static void noun_verb_arguments_and_options(void **state)
{
    (void)state;
    PARSES("dataset", "add", "moh.births", "--topic", "t", "--key=a,b", "--exempt");
    assert_string_equal(args.command->noun, "dataset");
    assert_string_equal(args.command->verb, "add");
    assert_int_equal(args.argument_count, 1);
    assert_string_equal(args.arguments[0], "moh.births");
    assert_string_equal(ops_args_get(&args, "topic"), "t");
    assert_true(ops_args_has(&args, "exempt"));
    assert_false(ops_args_has(&args, "order"));
    assert_null(ops_args_get(&args, "order"));
}

static void a_noun_may_be_a_command(void **state)
{
    (void)state;
    PARSES("lag");
    assert_string_equal(args.command->noun, "lag");
    PARSES("lag", "moh.births", "--json");
    assert_string_equal(args.arguments[0], "moh.births");
}

static void global_options_stand_anywhere(void **state)
{
    (void)state;
    PARSES("--json", "agency", "--config", "f", "list");
    assert_true(ops_args_has(&args, "json"));
    assert_string_equal(ops_args_get(&args, "config"), "f");
    PARSES("agency", "list", "--json");
    assert_true(ops_args_has(&args, "json"));
}

static void a_dash_and_what_follows_two_dashes_are_arguments(void **state)
{
    (void)state;
    PARSES("structure", "register", "moh.births", "-");
    assert_string_equal(args.arguments[1], "-");
    PARSES("structure", "register", "--", "--key", "-x");
    assert_string_equal(args.arguments[0], "--key");
    assert_false(ops_args_has(&args, "key"));
}

static void a_value_may_begin_with_dashes_or_be_empty(void **state)
{
    (void)state;
    PARSES("position", "resume", "t", "0", "--accept-gap", "--lost");
    assert_string_equal(ops_args_get(&args, "accept-gap"), "--lost");
    PARSES("position", "resume", "t", "0", "--accept-gap=");
    assert_string_equal(ops_args_get(&args, "accept-gap"), "");
}

static void what_is_misspelt_gets_a_hint(void **state)
{
    (void)state;
    refused(WORDS("datset"), "did you mean dataset?");
    refused(WORDS("dataset", "lst"), "did you mean list?");
    refused(WORDS("dataset", "add", "a.b", "--topik", "x"), "did you mean --topic?");
    refused(WORDS("agency", "list", "--jsn"), "did you mean --json?");
    refused(WORDS("agency", "list", "-j"), "two dashes");
}

static void what_is_like_nothing_gets_no_guess(void **state)
{
    (void)state;
    const char *const *const far[] = {WORDS("frobnicate"), WORDS("dataset", "frobnicate"),
                                      WORDS("dataset", "list", "--frobnicate"),
                                      WORDS("lag", "--frobnicate")};
    for (size_t i = 0; i < COUNT_OF(far); i++) {
        refused(far[i], "frobnicate");
        assert_null(strstr(err.text, "did you mean"));
    }
}

static void help_is_a_word_too(void **state)
{
    (void)state;
    PARSES("help");
    assert_true(ops_args_has(&args, "help"));
    PARSES("help", "dataset", "add");
    assert_true(ops_args_has(&args, "help"));
    assert_string_equal(args.command->verb, "add");
    refused(WORDS("help", "datset"), "did you mean dataset?");
}

static void what_is_missing_or_too_much_is_named(void **state)
{
    (void)state;
    refused(WORDS(NULL), "missing command");
    refused(WORDS("agency"), "missing verb");
    refused(WORDS("dataset", "show"), "DATASET");
    refused(WORDS("lag", "a", "b"), "unexpected argument");
    refused(WORDS("dataset", "add", "a.b", "--key", "k", "--topic"), "TOPIC");
    refused(WORDS("dataset", "add", "a.b", "--key", "k", "--topic", "a", "--topic", "b"), "twice");
    refused(WORDS("dataset", "add", "a.b", "--key", "k", "--exempt=yes"), "does not take a value");
    refused(WORDS("dataset", "--topic", "x", "add", "a.b"), "after the verb");
}

/* NRL-9: no agency without its division and the division's head. */
static void an_agency_needs_division_and_head(void **state)
{
    (void)state;
    refused(WORDS("agency", "add", "moh", "--name", "n", "--class", "1", "--head", "h"),
            "--division");
    refused(WORDS("agency", "add", "moh", "--name", "n", "--class", "1", "--division", "d"),
            "--head");
    PARSES("agency", "add", "moh", "--name", "n", "--class", "1", "--division", "d", "--head", "h");
}

static void help_needs_nothing_else(void **state)
{
    (void)state;
    PARSES("--help");
    PARSES("-h");
    PARSES("agency", "--help");
    PARSES("agency", "add", "--help");
    PARSES("--version");
    refused(WORDS("agency", "ad", "--help"), "did you mean add?");
}

static void lists_are_commas_or_repetition(void **state)
{
    (void)state;
    const char *out[8];
    char *memory = NULL;
    PARSES("dataset", "add", "a.b", "--key", "a,b", "--key=c");
    assert_int_equal(ops_args_list(&args, "key", &memory, out, 8, &err), 3);
    assert_string_equal(out[0], "a");
    assert_string_equal(out[1], "b");
    assert_string_equal(out[2], "c");
    free(memory);
    assert_int_equal(ops_args_list(&args, "key", &memory, out, 2, &err), -1);
    free(memory);
    PARSES("dataset", "add", "a.b", "--key", "a,,b");
    assert_int_equal(ops_args_list(&args, "key", &memory, out, 8, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    free(memory);
}

static void numbers_are_whole_and_in_range(void **state)
{
    (void)state;
    int64_t v = 5;
    PARSES("quarantine", "list");
    assert_int_equal(ops_args_int(&args, "limit", 1, 10, &v, &err), 0);
    assert_int_equal(v, 5);
    PARSES("quarantine", "list", "--limit", "7");
    assert_int_equal(ops_args_int(&args, "limit", 1, 10, &v, &err), 0);
    assert_int_equal(v, 7);
    static const char *const bad[] = {"0", "11", "x", "7x", "", "99999999999999999999"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        PARSES("quarantine", "list", "--limit", bad[i]);
        assert_int_equal(ops_args_int(&args, "limit", 1, 10, &v, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_int_equal(v, 7);
    }
}

static void more_options_than_there_is_room_for_are_refused(void **state)
{
    (void)state;
    const char *argv[OPS_VALUES_MAX + 8] = {"nrc", "dataset", "add", "a.b"};
    int argc = 4;
    for (int i = 0; i <= OPS_VALUES_MAX; i++) {
        argv[argc++] = "--key=k";
    }
    assert_int_equal(ops_args_parse(&args, ops_language(), argc, (char *const *)argv, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
}

static void the_table_is_sound(void **state)
{
    (void)state;
    const struct ops_command *commands = ops_language()->commands;
    const size_t count = ops_language()->command_count;
    for (size_t i = 0; i < count; i++) {
        assert_non_null(commands[i].run);
        assert_true(commands[i].most_arguments <= OPS_ARGUMENTS_MAX);
        assert_true(commands[i].least_arguments <= commands[i].most_arguments);
        for (const struct ops_option *o = commands[i].options; o != NULL && o->name != NULL; o++) {
            for (const struct ops_option *g = ops_language()->global_options; g->name != NULL;
                 g++) {
                assert_string_not_equal(o->name, g->name);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noun_verb_arguments_and_options),
        cmocka_unit_test(a_noun_may_be_a_command),
        cmocka_unit_test(global_options_stand_anywhere),
        cmocka_unit_test(a_dash_and_what_follows_two_dashes_are_arguments),
        cmocka_unit_test(a_value_may_begin_with_dashes_or_be_empty),
        cmocka_unit_test(what_is_misspelt_gets_a_hint),
        cmocka_unit_test(what_is_like_nothing_gets_no_guess),
        cmocka_unit_test(help_is_a_word_too),
        cmocka_unit_test(what_is_missing_or_too_much_is_named),
        cmocka_unit_test(an_agency_needs_division_and_head),
        cmocka_unit_test(help_needs_nothing_else),
        cmocka_unit_test(lists_are_commas_or_repetition),
        cmocka_unit_test(numbers_are_whole_and_in_range),
        cmocka_unit_test(more_options_than_there_is_room_for_are_refused),
        cmocka_unit_test(the_table_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
