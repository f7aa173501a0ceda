/* SPDX-License-Identifier: Apache-2.0
 * ops/cli/command.h - a command: one row of a table in ops/commands_*.c, which feeds the parser,
 * --help and ops/doc/commands.md; and the context in which its handler runs. */
#ifndef OPS_CLI_COMMAND_H
#define OPS_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "ops/cli/args.h"
#include "storage/conn/conn.h"
#include "storage/report/report.h"

struct ops_progress;

/* A handler's results other than -1, an error: the exit code. */
enum ops_answer {
    OPS_YES = 0,
    OPS_NO = 1,
    OPS_WORSE = 2,
    OPS_INTERRUPTED = 128 + 2 /* as shells say SIGINT */
};

/* The reasons of a refusal that has more than one. */
struct ops_reasons {
    struct buf lines; /* for people */
    struct buf json;  /* an array of texts */
};

struct ops_context {
    const struct ops_args *args;
    const struct conf *conf;
    const struct err
        *conf_err; /* NULL; of a command that takes a context without a conf: why there is none */
    bool json;
    bool terminal; /* output goes to a person's screen */
    struct ops_reasons *reasons;
};

struct ops_command {
    const char *noun;
    const char *verb; /* NULL: the noun alone is the command */
    const char *summary;
    const char *arguments; /* "DATASET FILE", "" */
    int least_arguments;
    int most_arguments;
    const struct ops_option *options; /* ends with a name NULL; may be NULL */
    const char *details;              /* more for --help, or NULL */
    int (*run)(const struct ops_context *context, struct err *err);
    bool is_daemon; /* runs until a signal ends it, and logs its progress */
};

struct ops_noun {
    const char *name;
    const char *summary;
};

/* Everything that a command line may contain. */
struct ops_language {
    const struct ops_command *commands;
    size_t command_count;
    const struct ops_noun *nouns;
    size_t noun_count;
    const struct ops_option *global_options;
};

/* A connection to the register in that role. */
MUST_CHECK struct sto_conn *ops_connect(const struct ops_context *context, enum sto_role role,
                                        struct err *err);

/* The same without the configured time-outs, for work that may take hours: progress, which has begun and is borrowed until the
 * connection is closed, tells how far it is, and SIGINT gives it up. */
MUST_CHECK struct sto_conn *ops_connect_patient(const struct ops_context *context,
                                                enum sto_role role, struct ops_progress *progress,
                                                struct err *err);

/* Writes to standard output; -1 with ERR_IO when it cannot. Empties the buffer. */
MUST_CHECK int ops_print(struct buf *out, struct err *err);
/* A line for people, or a JSON object given as text. */
MUST_CHECK int ops_say(const struct ops_context *context, const char *line, const char *json,
                       struct err *err);

/* One report, connection and all: a table, or a JSON array; of a single row each field on its
 * line, or one object. Takes the grid. */
MUST_CHECK int ops_print_grid(const struct ops_context *context, struct sto_grid **taken,
                              struct err *err);
/* --limit N (50), and as the last parameter of a report: one more, which tells whether there are more. */
struct ops_limit {
    int64_t rows;
    char text[24];
};
MUST_CHECK int ops_limit_read(const struct ops_args *args, struct ops_limit *out, struct err *err);
/* Rows that were read with that limit; if there are more, standard error says so. Takes the grid. */
MUST_CHECK int ops_print_newest(const struct ops_context *context, struct sto_grid **taken,
                                const struct ops_limit *limit, struct err *err);
/* A report's newest rows, printed as by ops_print_newest. ERR_NOT_FOUND: there are none, and
 * --dataset names no dataset. Takes the connection; NULL: err is set. */
MUST_CHECK int ops_list_newest(const struct ops_context *context, struct sto_conn **taken,
                               enum sto_report report, const char *const *params, size_t count,
                               const struct ops_limit *limit, struct err *err);
MUST_CHECK int ops_print_record(const struct ops_context *context, struct sto_grid **taken,
                                struct err *err);

/* After an empty list: ERR_NOT_FOUND when the report, asked for the
 * name alone, has no row. what: "dataset". */
MUST_CHECK int ops_check_there(struct sto_conn *conn, enum sto_report report, const char *what,
                               const char *name, struct err *err);

#endif
