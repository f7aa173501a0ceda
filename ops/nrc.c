/* SPDX-License-Identifier: Apache-2.0
 * ops/nrc.c - the one binary: finds the command, loads the configuration, runs it, reports its error.
 *
 * Errors end here: one line on standard error, and with --json an object on standard output. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/journal.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/signals.h"
#include "ops/cli/command.h"
#include "ops/cli/progress.h"
#include "ops/cli/table.h"
#include "ops/cmd/handlers.h"
#include "ops/commands.h"
#include "ops/help.h"

enum { EXIT_USAGE = 2 };

static const char default_config[] = "/etc/nrc/nrc.conf";

static const char *config_path(const struct ops_args *args)
{
    const char *path = ops_args_get(args, "config");
    if (path == NULL) {
        path = getenv("NRC_CONFIG");
    }
    if (path != NULL && *path != '\0') {
        return path;
    }
    /* One that cannot be read is an error, not an absence. */
    return access(default_config, F_OK) == 0 || errno == EACCES ? default_config : NULL;
}

static void print_error_json(const struct err *err, struct ops_reasons *reasons)
{
    struct buf out = BUF_INIT;
    struct err ignored = ERR_INIT;
    struct jsonw w = jsonw_to(&out);
    jsonw_open(&w, '{');
    jsonw_key(&w, "error");
    jsonw_open(&w, '{');
    jsonw_key(&w, "kind");
    jsonw_str(&w, err_kind_name(err->kind));
    jsonw_key(&w, "code");
    jsonw_str(&w, err_token(err->code));
    jsonw_key(&w, "message");
    jsonw_str(&w, err->text);
    jsonw_key(&w, "path");
    jsonw_str(&w, *err->path != '\0' ? err->path : NULL);
    if (reasons->json.len > 0) {
        jsonw_key(&w, "reasons");
        jsonw_raw(&w, buf_cstr(&reasons->json));
    }
    jsonw_close(&w, '}');
    jsonw_close(&w, '}');
    buf_put_u8(&out, '\n');
    (void)!ops_print(&out, &ignored);
    buf_fini(&out);
}

/* "nrc: /address/city: the cause (code)" and, for an invalid command line, which --help to read. */
static int report_error(const struct ops_args *args, const struct err *err,
                        struct ops_reasons *reasons)
{
    /* A schema's fault says its place in the text itself. */
    bool says_path = *err->path == '\0' || strncmp(err->text, err->path, strlen(err->path)) == 0;
    struct buf line = BUF_INIT;
    ops_put_safe(says_path ? "" : err->path, false, &line);
    buf_put_str(&line, says_path ? "" : ": ");
    ops_put_safe(err->text, false, &line);
    /* "<3>" is how a line on standard error tells the journal its priority. */
    fprintf(stderr, "%snrc: %s (%s)\n", journal_is_open() ? "<3>" : "", buf_cstr(&line),
            err_token(err->code));
    buf_fini(&line);
    if (reasons->lines.len > 0) {
        fputs(buf_cstr(&reasons->lines), stderr);
    }
    if (ops_args_has(args, "json")) {
        print_error_json(err, reasons);
    }
    if (err->code != ERR_USAGE) {
        return EXIT_FAILURE;
    }
    const struct ops_command *command = args->command;
    fprintf(stderr, "See `nrc%s%s%s%s --help`.\n", args->noun != NULL ? " " : "",
            args->noun != NULL ? args->noun : "",
            command != NULL && command->verb != NULL ? " " : "",
            command != NULL && command->verb != NULL ? command->verb : "");
    return EXIT_USAGE;
}

static int print_help(const struct ops_args *args, struct err *err)
{
    struct buf out = BUF_INIT;
    if (args->command != NULL) {
        ops_help_command(args->command, &out);
    } else if (args->noun != NULL) {
        ops_help_noun(args->noun, &out);
    } else {
        ops_help(&out);
    }
    int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}

/* A command's answer is its output; only a daemon logs its progress. */
static void set_log_level(const struct ops_args *args, const struct conf *conf)
{
    enum log_level level = LOG_INFO;
    bool daemon = args->command->is_daemon;
    if (!log_level_parse(conf->log.level, &level) || (!daemon && level > LOG_DEBUG)) {
        level = daemon ? LOG_INFO : LOG_ERROR;
    }
    log_set_level(level);
}

static int run(const struct ops_args *args, struct ops_reasons *reasons, struct err *err)
{
    struct err conf_err = ERR_INIT;
    struct conf *conf = conf_load(config_path(args), &conf_err);
    if (conf == NULL && args->command->run != ops_doctor) {
        *err = conf_err;
        return -1;
    }
    if (conf != NULL) {
        set_log_level(args, conf);
    }
    const struct ops_context context = {
        .args = args,
        .conf = conf,
        .conf_err = conf == NULL ? &conf_err : NULL,
        .json = ops_args_has(args, "json"),
        .terminal = isatty(STDOUT_FILENO) == 1,
        .reasons = reasons,
    };
    int answer = args->command->run(&context, err);
    conf_free(&conf);
    return answer;
}

int main(int argc, char **argv)
{
    struct ops_args args;
    struct err err = ERR_INIT;
    struct ops_reasons reasons = {BUF_INIT, BUF_INIT};
    int answer = -1;
    if (ops_args_parse(&args, ops_language(), argc, argv, &err) != 0) {
        return report_error(&args, &err, &reasons);
    }
    if (args.command != NULL && args.command->is_daemon) {
        signals_block();
        notify_open();
        (void)journal_open(NULL);
    }
    if (ops_args_has(&args, "help")) {
        answer = print_help(&args, &err);
    } else if (ops_args_has(&args, "version")) {
        struct buf out = BUF_INIT;
        buf_put_str(&out, "nrc " NRC_VERSION "\n");
        answer = ops_print(&out, &err);
        buf_fini(&out);
    } else if (args.command != NULL) { /* as ops_args_parse sees to it */
        answer = run(&args, &reasons, &err);
    }
    int status = OPS_INTERRUPTED;
    if (ops_interrupted()) {
        fputs("nrc: interrupted\n", stderr);
    } else {
        status = answer >= 0 ? answer : report_error(&args, &err, &reasons);
    }
    buf_fini(&reasons.lines);
    buf_fini(&reasons.json);
    return status;
}
