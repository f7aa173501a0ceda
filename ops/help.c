/* SPDX-License-Identifier: Apache-2.0
 * ops/help.c - see the header. */
#include "ops/help.h"

#include <stdio.h>
#include <string.h>

#include "base/conf_print.h"
#include "ops/cmd/handlers.h"
#include "ops/commands.h"

enum { COLUMN = 26 };

static const char example[] =
    "A first stream, from nothing:\n"
    "\n"
    "  export NRC_REGISTER_DSN='host=/run/postgresql dbname=register' "
    "NRC_KAFKA_BOOTSTRAP=localhost:9092\n"
    "  nrc db migrate                                    # then the GRANT that it prints\n"
    "  nrc agency add moh --name 'Ministry of Health' --class 1 --division Records --head 'Salem "
    "Al-Arabi'\n"
    "  nrc dataset add moh.births --topic moh.births --key civil_no --key-format text --order seq "
    "\\\n"
    "      --structure births.avsc                       # prints the schema id that producers "
    "send\n"
    "  nrc ingest &                                      # until SIGTERM\n"
    "  nrc lag && nrc quarantine list && nrc ledger verify\n";

static const char conventions[] =
    "Exit status: 0 success or yes, 1 failure or no, 2 invalid command line, 130 interrupted.\n"
    "An error is one line on standard error, with its code in brackets. With --json it is also on\n"
    "standard output:\n"
    "{\"error\":{\"kind\":…,\"code\":…,\"message\":…,\"path\":…}}.\n"
    "A long command shows on standard error how far it is: a bar on a terminal, elsewhere a line\n"
    "now and then, nothing with --json or --quiet. Ctrl-C ends it at its next step.\n";

static const char conf_rules[] =
    "An INI file: [section], then key = value. A line that begins with a space continues the "
    "value.\n"
    "The file is that of `--config`, else of `NRC_CONFIG`, else `/etc/nrc/nrc.conf`.\n"
    "`NRC_SECTION_KEY` in the environment overrides a key (`NRC_INGEST_LANES=4`). Milliseconds "
    "take\n"
    "the units `ms`, `s`, `m` and `h`, bytes `k`, `M` and `G`. Over both go the files that "
    "systemd's "
    "LoadCredential= hands over: the\n"
    "content of `$CREDENTIALS_DIRECTORY/nrc_register.dsn` is dsn in [register].\n\n"
    "Any other key of [kafka] is a librdkafka property (`sasl.username = …`,\n"
    "`NRC_KAFKA_SASL_USERNAME`). Those that exactly-once delivery depends on are refused.\n";

const char *ops_example(void)
{
    return example;
}

const char *ops_conventions(void)
{
    return conventions;
}

const char *ops_conf_rules(void)
{
    return conf_rules;
}

static void put_options(const struct ops_option *options, struct buf *out)
{
    for (; options != NULL && options->name != NULL; options++) {
        char left[64];
        snprintf(left, sizeof(left), "--%s%s%s", options->name, options->value != NULL ? " " : "",
                 options->value != NULL ? options->value : "");
        buf_printf(out, "  %-*s %s%s%s\n", COLUMN, left, options->sentence,
                   options->required ? " (required)" : "", options->many ? " (repeatable)" : "");
    }
}

static void put_usage(const struct ops_command *command, struct buf *out)
{
    buf_printf(out, "nrc %s", command->noun);
    if (command->verb != NULL) {
        buf_printf(out, " %s", command->verb);
    }
    if (*command->arguments != '\0') {
        buf_printf(out, " %s", command->arguments);
    }
    for (const struct ops_option *o = command->options; o != NULL && o->name != NULL; o++) {
        if (o->required) {
            buf_printf(out, " --%s %s", o->name, o->value);
        }
    }
    if (command->options != NULL) {
        buf_put_str(out, " [OPTIONS]");
    }
}

void ops_help(struct buf *out)
{
    const struct ops_noun *nouns = ops_language()->nouns;
    const size_t count = ops_language()->noun_count;
    buf_put_str(out, "nrc - change events from Kafka into the national register, exactly once\n\n"
                     "usage: nrc [OPTIONS] NOUN [VERB] [ARGUMENTS] [OPTIONS]\n\n");
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "  %-*s %s\n", COLUMN / 2, nouns[i].name, nouns[i].summary);
    }
    buf_put_str(
        out, "\n`nrc NOUN --help` lists its verbs, `nrc NOUN VERB --help` explains a command.\n\n");
    put_options(ops_language()->global_options, out);
    buf_printf(out, "\n%s\n%s", example, conventions);
}

void ops_help_noun(const char *noun, struct buf *out)
{
    const struct ops_noun *nouns = ops_language()->nouns;
    for (size_t i = 0; i < ops_language()->noun_count; i++) {
        if (strcmp(nouns[i].name, noun) == 0) {
            buf_printf(out, "nrc %s - %s\n\n", noun, nouns[i].summary);
        }
    }
    const struct ops_command *commands = ops_language()->commands;
    for (size_t i = 0; i < ops_language()->command_count; i++) {
        if (strcmp(commands[i].noun, noun) == 0) {
            char left[64];
            snprintf(left, sizeof(left), "%s %s", commands[i].verb != NULL ? commands[i].verb : "",
                     commands[i].arguments);
            buf_printf(out, "  %-*s %s\n", COLUMN, left, commands[i].summary);
        }
    }
    buf_printf(out, "\n`nrc %s VERB --help` explains a command.\n", noun);
}

void ops_help_command(const struct ops_command *command, struct buf *out)
{
    buf_put_str(out, "usage: ");
    put_usage(command, out);
    buf_printf(out, "\n\n%s.\n", command->summary);
    if (command->options != NULL) {
        buf_put_u8(out, '\n');
        put_options(command->options, out);
    }
    if (command->details != NULL) {
        buf_printf(out, "\n%s\n", command->details);
    }
    buf_put_str(out, "\nGlobal options:\n");
    put_options(ops_language()->global_options, out);
}

void ops_doc_commands(struct buf *out)
{
    const struct ops_noun *nouns = ops_language()->nouns;
    const size_t noun_count = ops_language()->noun_count;
    const struct ops_command *commands = ops_language()->commands;
    const size_t count = ops_language()->command_count;
    buf_printf(out,
               "# Commands\n\nMade from the tables in `ops/commands_*.c`; a test "
               "compares.\n\n%s\n```\n%s```\n\n"
               "Global options:\n\n```\n",
               conventions, example);
    put_options(ops_language()->global_options, out);
    buf_put_str(out, "```\n");
    for (size_t n = 0; n < noun_count; n++) {
        buf_printf(out, "\n## nrc %s\n\n%c%s.\n", nouns[n].name, nouns[n].summary[0] - 'a' + 'A',
                   nouns[n].summary + 1);
        for (size_t i = 0; i < count; i++) {
            if (strcmp(commands[i].noun, nouns[n].name) != 0) {
                continue;
            }
            buf_put_str(out, "\n```\n");
            put_usage(&commands[i], out);
            buf_printf(out, "\n\n  %s\n", commands[i].summary);
            if (commands[i].options != NULL) {
                buf_put_u8(out, '\n');
                put_options(commands[i].options, out);
            }
            if (commands[i].details != NULL) {
                buf_printf(out, "\n%s\n", commands[i].details);
            }
            buf_put_str(out, "```\n");
        }
    }
}

void ops_doc_configuration(struct buf *out)
{
    buf_printf(out,
               "# Configuration\n\nMade from the table in `base/conf_rows.c`; a test compares.\n\n"
               "%s\n"
               "```\nkey                           value                        default     "
               "meaning\n",
               conf_rules);
    conf_describe(out);
    buf_put_str(out, "```\n");
}

void ops_doc_changes(struct buf *out)
{
    buf_put_str(out, "# What changes between structures\n\nMade from the table in "
                     "`schema/diff/change_table.h`; a test compares.\n\n"
                     "`nrc structure diff` compares two structures field by field. Each finding "
                     "has one of these "
                     "rules, whose names\n"
                     "stay, and the path of its field: `addr.street`, `tags[]` the items of an "
                     "array, `names{}` the "
                     "values of a map,\n"
                     "`what<Married>` a branch of a union of several types, `.` the whole "
                     "structure. *safe* harms "
                     "nobody, *review* is\n"
                     "for a steward to decide, *breaking* changes what is recorded for those who "
                     "read it. A field "
                     "that was not there\n"
                     "before is marked `collects_more` beside its class (NRL-7, additional "
                     "collection). Whatever "
                     "happens to a key or\n"
                     "order field is breaking, but its documentation may change. Titles are shown "
                     "where a field has "
                     "the attributes\n"
                     "`title` and `title_ar`.\n\n"
                     "| class | rule | what happened | بالعربية |\n| --- | --- | --- | --- |\n");
    ops_put_change_rules(out);
}

void ops_doc_doctor(struct buf *out)
{
    buf_put_str(
        out, "# nrc doctor\n\nMade from the table in `ops/cmd/doctor_table.h`; a test compares.\n\n"
             "`nrc doctor` checks what nrc needs on this host, of the register and of Kafka, and "
             "changes nothing. Each finding\n"
             "is *ok*, *warn*, *fail*, or *unknown*: what could not be checked is never taken for "
             "well. Its sentence says what to\n"
             "do; in Arabic where the locale is Arabic, and with `--json` in both languages. Exit "
             "0: all is ok; 1: something warns\n"
             "or is unknown; 2: something fails. Run it with a daemon's configuration and "
             "credentials, as its user:\n\n"
             "```\nsystemd-run --pipe --uid=nrc-ingest -p "
             "LoadCredential=nrc:/etc/nrc/credentials/ingest nrc doctor\n```\n\n"
             "`nrc doctor TOPIC` looks at one topic alone. Of many topics with one fault there is "
             "one finding, which names the\n"
             "first and counts the others; 20 are tried by a fetch. Kafka tells nobody its "
             "brokers' clocks, so these are not\n"
             "compared.\n");
    ops_put_doctor_checks(out);
}
