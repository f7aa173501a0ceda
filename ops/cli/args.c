/* SPDX-License-Identifier: Apache-2.0
 * ops/cli/args.c - see the header. Every refusal names the nearest thing that would have been
 * understood. */
#include "ops/cli/args.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "ops/cli/command.h"

enum { WORD_MAX = 64 };

static int usage(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

static int usage(struct err *err, const char *fmt, ...)
{
    char text[ERR_TEXT_BYTES];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return err_set(err, ERR_KIND_FATAL, ERR_USAGE, "%s", text);
}

/* ---- the nearest word ---- */

/* A word at a greater distance is not suggested. */
enum { GUESS_MAX = 3 };

static void consider(const char *word, const char *candidate, const char **nearest, size_t *best)
{
    size_t d = candidate != NULL ? nearest_distance(word, candidate) : SIZE_MAX;
    if (d < *best && d <= GUESS_MAX) {
        *best = d;
        *nearest = candidate;
    }
}

static const char *nearest_noun(const struct ops_language *language, const char *word)
{
    const char *nearest = "";
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < language->noun_count; i++) {
        consider(word, language->nouns[i].name, &nearest, &best);
    }
    return nearest;
}

static const char *nearest_verb(const struct ops_args *args, const char *word)
{
    const struct ops_command *commands = args->language->commands;
    const char *nearest = "";
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < args->language->command_count; i++) {
        if (strcmp(commands[i].noun, args->noun) == 0) {
            consider(word, commands[i].verb, &nearest, &best);
        }
    }
    return nearest;
}

static const char *nearest_option(const struct ops_args *args, const char *word)
{
    const struct ops_command *command = args->command;
    const char *nearest = "";
    size_t best = SIZE_MAX;
    for (const struct ops_option *o = args->language->global_options; o->name != NULL; o++) {
        consider(word, o->name, &nearest, &best);
    }
    for (const struct ops_option *o = command != NULL ? command->options : NULL;
         o != NULL && o->name != NULL; o++) {
        consider(word, o->name, &nearest, &best);
    }
    return nearest;
}

/* "did you mean" or, when nothing is near, nothing. */
struct guess {
    char text[WORD_MAX * 2];
};
static struct guess guess_of(const char *dashes, const char *nearest)
{
    struct guess guess = {""};
    if (*nearest != '\0') {
        snprintf(guess.text, sizeof(guess.text), "; did you mean %s%s?", dashes, nearest);
    }
    return guess;
}

/* ---- options ---- */

static const struct ops_option *find_in(const struct ops_option *options, const char *name,
                                        size_t len)
{
    for (; options != NULL && options->name != NULL; options++) {
        if (strncmp(options->name, name, len) == 0 && options->name[len] == '\0') {
            return options;
        }
    }
    return NULL;
}

static int take_value(struct ops_args *args, const struct ops_option *option, const char *value,
                      struct err *err)
{
    if (!option->many && ops_args_has(args, option->name)) {
        return usage(err, "--%s is given twice", option->name);
    }
    if (args->value_count == OPS_VALUES_MAX) {
        return usage(err, "more than %d options", OPS_VALUES_MAX);
    }
    args->names[args->value_count] = option->name;
    args->values[args->value_count++] = value;
    return 0;
}

/* argv[*at] is "--name" or "--name=value"; *at moves over a value of its own. */
static int take_option(struct ops_args *args, int argc, char *const *argv, int *at, struct err *err)
{
    const char *name = argv[*at] + 2;
    const char *equals = strchr(name, '=');
    size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const struct ops_option *option = find_in(args->language->global_options, name, len);
    if (option == NULL && args->command != NULL) {
        option = find_in(args->command->options, name, len);
    }
    if (option == NULL) {
        char word[WORD_MAX];
        snprintf(word, sizeof(word), "%.*s", (int)(len < WORD_MAX ? len : WORD_MAX - 1), name);
        if (args->noun != NULL && args->command == NULL) {
            return usage(err, "--%s must come after the verb: it is an option of a command", word);
        }
        return usage(err, "unknown option --%s%s", word,
                     guess_of("--", nearest_option(args, word)).text);
    }
    if (option->value == NULL) {
        return equals != NULL ? usage(err, "--%s does not take a value", option->name)
                              : take_value(args, option, "", err);
    }
    if (equals != NULL) {
        return take_value(args, option, equals + 1, err);
    }
    if (*at + 1 >= argc) {
        return usage(err, "--%s requires a value: %s", option->name, option->value);
    }
    return take_value(args, option, argv[++*at], err);
}

/* ---- words ---- */

static const struct ops_command *find_command(const struct ops_language *language, const char *noun,
                                              const char *verb)
{
    const struct ops_command *commands = language->commands;
    for (size_t i = 0; i < language->command_count; i++) {
        bool same_verb = verb == NULL
                             ? commands[i].verb == NULL
                             : commands[i].verb != NULL && strcmp(commands[i].verb, verb) == 0;
        if (same_verb && strcmp(commands[i].noun, noun) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static bool is_noun(const struct ops_language *language, const char *word)
{
    for (size_t i = 0; i < language->noun_count; i++) {
        if (strcmp(language->nouns[i].name, word) == 0) {
            return true;
        }
    }
    return false;
}

static int take_word(struct ops_args *args, const char *word, struct err *err)
{
    if (args->noun == NULL) {
        if (strcmp(word, "help") == 0) {
            return ops_args_has(args, "help")
                       ? 0
                       : take_value(args, find_in(args->language->global_options, "help", 4), "",
                                    err);
        }
        if (!is_noun(args->language, word)) {
            return usage(err, "unknown command %.64s%s", word,
                         guess_of("", nearest_noun(args->language, word)).text);
        }
        args->noun = word;
        args->command = find_command(args->language, word, NULL);
        return 0;
    }
    if (args->command == NULL) {
        args->command = find_command(args->language, args->noun, word);
        return args->command != NULL ? 0
                                     : usage(err, "%s has no verb %.64s%s", args->noun, word,
                                             guess_of("", nearest_verb(args, word)).text);
    }
    if (args->argument_count == args->command->most_arguments) {
        return usage(err, "unexpected argument \"%.64s\"", word);
    }
    args->arguments[args->argument_count++] = word;
    return 0;
}

static int check_complete(const struct ops_args *args, struct err *err)
{
    if (args->noun == NULL) {
        return usage(err, "missing command");
    }
    if (args->command == NULL) {
        return usage(err, "missing verb for %s", args->noun);
    }
    if (args->argument_count < args->command->least_arguments) {
        return usage(err, "missing argument: %s", args->command->arguments);
    }
    for (const struct ops_option *o = args->command->options; o != NULL && o->name != NULL; o++) {
        if (o->required && !ops_args_has(args, o->name)) {
            return usage(err, "missing option --%s: %s", o->name, o->sentence);
        }
    }
    return 0;
}

int ops_args_parse(struct ops_args *args, const struct ops_language *language, int argc,
                   char *const *argv, struct err *err)
{
    *args = (struct ops_args){.language = language};
    bool options_ended = false;
    for (int at = 1; at < argc; at++) {
        const char *word = argv[at];
        int rc;
        if (!options_ended && strcmp(word, "--") == 0) {
            options_ended = true;
            continue;
        }
        if (!options_ended && strcmp(word, "-h") == 0) {
            rc = take_value(args, find_in(args->language->global_options, "help", 4), "", err);
        } else if (!options_ended && strncmp(word, "--", 2) == 0) {
            rc = take_option(args, argc, argv, &at, err);
        } else if (!options_ended && word[0] == '-' && word[1] != '\0') {
            rc = usage(err, "%.64s: only long options exist, with two dashes", word);
        } else {
            rc = take_word(args, word, err);
        }
        if (rc != 0) {
            return -1;
        }
    }
    bool asks = ops_args_has(args, "help") || ops_args_has(args, "version");
    return asks ? 0 : check_complete(args, err);
}

/* ---- values ---- */

const char *ops_args_get(const struct ops_args *args, const char *name)
{
    for (size_t i = 0; i < args->value_count; i++) {
        if (strcmp(args->names[i], name) == 0) {
            return args->values[i];
        }
    }
    return NULL;
}

bool ops_args_has(const struct ops_args *args, const char *name)
{
    return ops_args_get(args, name) != NULL;
}

size_t ops_args_values(const struct ops_args *args, const char *name, const char **out)
{
    size_t count = 0;
    for (size_t i = 0; i < args->value_count; i++) {
        if (strcmp(args->names[i], name) == 0) {
            out[count++] = args->values[i];
        }
    }
    return count;
}

int ops_args_list(const struct ops_args *args, const char *name, char **memory, const char **out,
                  int most, struct err *err)
{
    size_t bytes = 1;
    for (size_t i = 0; i < args->value_count; i++) {
        bytes += strcmp(args->names[i], name) == 0 ? strlen(args->values[i]) + 1 : 0;
    }
    *memory = malloc(bytes);
    if (*memory == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the command line");
    }
    int count = 0;
    char *to = *memory;
    for (size_t i = 0; i < args->value_count; i++) {
        if (strcmp(args->names[i], name) != 0) {
            continue;
        }
        char *rest = to;
        to = stpcpy(to, args->values[i]) + 1;
        for (char *item = strsep(&rest, ","); item != NULL; item = strsep(&rest, ",")) {
            if (*item == '\0' || count == most) {
                return *item == '\0' ? usage(err, "--%s contains an empty name", name)
                                     : usage(err, "--%s: more than %d names", name, most);
            }
            out[count++] = item;
        }
    }
    return count;
}

int ops_parse_int(const char *text, const char *name, int64_t least, int64_t most, int64_t *value,
                  struct err *err)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < least || number > most) {
        return usage(err, "%s must be a whole number from %lld to %lld, not \"%.40s\"", name,
                     (long long)least, (long long)most, text);
    }
    *value = number;
    return 0;
}

int ops_args_int(const struct ops_args *args, const char *name, int64_t least, int64_t most,
                 int64_t *value, struct err *err)
{
    const char *text = ops_args_get(args, name);
    char shown[WORD_MAX];
    snprintf(shown, sizeof(shown), "--%s", name);
    return text == NULL ? 0 : ops_parse_int(text, shown, least, most, value, err);
}
