/* SPDX-License-Identifier: Apache-2.0
 * ops/cli/args.h - the command line, parsed by the tables of ops/commands_*.c.
 *
 * `--name value`, `--name=value` and flags `--name`; everything after `--` is an argument, and
 * so is `-`. The global options may stand anywhere. What is borrowed from argv stays borrowed. */
#ifndef OPS_CLI_ARGS_H
#define OPS_CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct ops_command;
struct ops_language;

struct ops_option {
    const char *name;  /* without "--"; NULL ends a list */
    const char *value; /* its value's name, in capitals; NULL: a flag */
    const char *sentence;
    bool required;
    bool many; /* may be given again */
};

enum { OPS_VALUES_MAX = 128, OPS_ARGUMENTS_MAX = 8 };

struct ops_args {
    const struct ops_language *language; /* that was parsed by */
    const struct ops_command *command; /* NULL: none named, which only --help and --version allow */
    const char *noun;                  /* as given; NULL: none */
    const char *arguments[OPS_ARGUMENTS_MAX];
    int argument_count;
    const char *names[OPS_VALUES_MAX];  /* options given, in their order */
    const char *values[OPS_VALUES_MAX]; /* "" for a flag */
    size_t value_count;
};

/* FATAL ERR_USAGE; the text says how to correct it. After a failure too, command and noun
 * are those recognised so far. */
MUST_CHECK int ops_args_parse(struct ops_args *args, const struct ops_language *language, int argc,
                              char *const *argv, struct err *err);

bool ops_args_has(const struct ops_args *args, const char *name);
const char *ops_args_get(const struct ops_args *args, const char *name); /* NULL: not given */
/* Every value of a repeated option, whole: a comma in one is part of it. out: room for OPS_VALUES_MAX. Returns how many. */
size_t ops_args_values(const struct ops_args *args, const char *name, const char **out);
/* Every value of a repeated option, commas splitting it too: text is a copy in *memory for the
 * caller to free. Returns how many, at most `most`; -1: ERR_USAGE. */
MUST_CHECK int ops_args_list(const struct ops_args *args, const char *name, char **memory,
                             const char **out, int most, struct err *err);
/* A whole number within the range; *value is left alone when the option is not given. */
MUST_CHECK int ops_args_int(const struct ops_args *args, const char *name, int64_t least,
                            int64_t most, int64_t *value, struct err *err);
/* The same of an argument, called `name` in messages. */
MUST_CHECK int ops_parse_int(const char *text, const char *name, int64_t least, int64_t most,
                             int64_t *value, struct err *err);

#endif
