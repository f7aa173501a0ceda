/* SPDX-License-Identifier: Apache-2.0
 * ops/cli/progress.h - how far a long command is, told on standard error; and its end by Ctrl-C.
 *
 * On a terminal one line with a bar, drawn anew; elsewhere a line now and then, so that a log stays short. Nothing with --json or
 * --quiet, and nothing of a command that takes no time. A name is the last of its line: written from right to left, it turns
 * no number.
 *
 *     struct ops_progress progress;
 *     ops_progress_begin(&progress, context, "checking stored rows", "rows");
 *     while (… && !ops_interrupted()) {
 *         ops_progress_step(&progress, done, total);
 *     }
 *     ops_progress_end(&progress);
 *
 * Thread: the command's. */
#ifndef OPS_CLI_PROGRESS_H
#define OPS_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ops/cli/command.h"

struct ops_progress {
    FILE *out;      /* NULL: nothing is told */
    bool is_bar;    /* a terminal's line; else lines */
    size_t columns; /* of the terminal */
    int64_t (*now_ms)(void);
    const char *what; /* "checking stored rows" */
    const char *unit; /* "rows"; NULL: its counts say nothing to a person, as bytes do not */
    const char *
        name; /* of what is being worked on, or NULL; the caller's, for as long as it stands here */
    uint64_t done;
    uint64_t total; /* 0: not known */
    int64_t began_ms;
    int64_t told_ms;
    bool is_drawn; /* a bar stands on the terminal */
};

/* what and unit are borrowed until the end. From here on SIGINT is taken as ops_interrupted() says. */
void ops_progress_begin(struct ops_progress *progress, const struct ops_context *context,
                        const char *what, const char *unit);

/* So much of it is done; total 0: nobody knows of how much. Cheap: call it for every row. */
void ops_progress_step(struct ops_progress *progress, uint64_t done, uint64_t total);

/* Takes the bar away; before the command's answer, and before an error's text. SIGINT ends the program again. */
void ops_progress_end(struct ops_progress *progress);

/* Whether SIGINT has come since the last begin: the command stops at its next row, and says what it has or fails. Either way the
 * program's exit code is OPS_INTERRUPTED. Another SIGINT ends it at once. */
bool ops_interrupted(void);

/* A wait for the register (sto_conn_options): tells how far it is, and gives up on SIGINT. arg: the ops_progress. */
int ops_progress_wait(void *arg);

#endif
