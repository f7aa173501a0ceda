/* SPDX-License-Identifier: Apache-2.0
 * ops/manual.c - the manual pages nrc(1) and nrc.conf(5) as scdoc's source, and the sample
 * configuration: from the tables that --help comes from. */
#include <ctype.h>
#include <string.h>

#include "base/conf_print.h"
#include "ops/cmd/handlers.h"
#include "ops/commands.h"
#include "ops/help.h"

/* `len` bytes of text, escaped so that scdoc prints them unchanged. */
static void put_escaped(const char *text, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++) {
        bool begins_item = i == 0 && text[i] == '-';
        if (begins_item || strchr("\\_*`~#|[]", text[i]) != NULL) {
            buf_put_u8(out, '\\');
        }
        buf_put_u8(out, (uint8_t)text[i]);
    }
}

static void put_text(const char *text, struct buf *out)
{
    put_escaped(text, strlen(text), out);
}

static void put_options(const struct ops_option *options, struct buf *out)
{
    for (; options != NULL && options->name != NULL; options++) {
        buf_put_str(out, "*--");
        put_text(options->name, out);
        buf_put_str(out, "*");
        if (options->value != NULL) {
            buf_put_u8(out, ' ');
            put_text(options->value, out);
        }
        buf_put_str(out, "\n\t");
        put_text(options->sentence, out);
        buf_printf(out, "%s%s\n\n", options->required ? " (required)" : "",
                   options->many ? " (repeatable)" : "");
    }
}

/* Lines that begin with spaces are examples; the others are prose. */
static void put_details(const char *details, struct buf *out)
{
    bool is_example = false;
    while (*details != '\0') {
        size_t len = strcspn(details, "\n");
        bool indented = strncmp(details, "  ", 2) == 0;
        if (indented != is_example && len > 0) {
            buf_put_str(out, "```\n");
            is_example = indented;
        }
        if (is_example) {
            buf_put(out, details, len);
        } else {
            put_escaped(details, len, out);
        }
        buf_put_u8(out, '\n');
        details += len + (details[len] == '\n');
    }
    buf_put_str(out, is_example ? "```\n\n" : "\n");
}

static void put_command(const struct ops_command *command, struct buf *out)
{
    buf_printf(out, "## nrc %s%s%s\n\n", command->noun, command->verb != NULL ? " " : "",
               command->verb != NULL ? command->verb : "");
    buf_printf(out, "*nrc %s%s%s*", command->noun, command->verb != NULL ? " " : "",
               command->verb != NULL ? command->verb : "");
    if (*command->arguments != '\0') {
        buf_put_u8(out, ' ');
        put_text(command->arguments, out);
    }
    for (const struct ops_option *o = command->options; o != NULL && o->name != NULL; o++) {
        if (o->required) {
            buf_put_str(out, " --");
            put_text(o->name, out);
            buf_put_u8(out, ' ');
            put_text(o->value, out);
        }
    }
    buf_put_str(out, command->options != NULL ? " \\[OPTIONS\\]\n\n" : "\n\n");
    buf_put_u8(out, (uint8_t)toupper((unsigned char)command->summary[0]));
    put_text(command->summary + 1, out);
    buf_put_str(out, ".\n\n");
    put_options(command->options, out);
    if (command->details != NULL) {
        put_details(command->details, out);
    }
}

void ops_man_nrc(struct buf *out)
{
    const struct ops_command *commands = ops_language()->commands;
    const size_t count = ops_language()->command_count;
    buf_put_str(out, "nrc(1)\n\n"
                     "; Made from the tables in ops/commands_*.c; a test compares.\n\n"
                     "# NAME\n\n"
                     "nrc - change events from Kafka into the national register, exactly once\n\n"
                     "# SYNOPSIS\n\n"
                     "*nrc* \\[OPTIONS\\] NOUN \\[VERB\\] \\[ARGUMENTS\\] \\[OPTIONS\\]\n\n"
                     "# OPTIONS\n\n"
                     "Global options, for every command:\n\n");
    put_options(ops_language()->global_options, out);
    buf_put_str(out, "# COMMANDS\n\n");
    for (size_t i = 0; i < count; i++) {
        put_command(&commands[i], out);
    }
    buf_put_str(out, "# INCIDENTS\n\n```\n");
    ops_put_incident_kinds(out);
    buf_put_str(out, "```\n\n# EXIT STATUS\n\n");
    put_details(ops_conventions(), out);
    buf_put_str(out, "# EXAMPLE\n\n");
    put_details(ops_example(), out);
    buf_put_str(out, "# FILES\n\n/etc/nrc/nrc.conf\n\n# SEE ALSO\n\n*nrc.conf*(5)\n");
}

/* ---- the configuration ---- */

struct page {
    struct buf *out;
    const char *section;
};

static bool begins_section(struct page *page, const struct conf_entry *entry)
{
    bool begins = strcmp(page->section, entry->section) != 0;
    page->section = entry->section;
    return begins;
}

static void put_key(const struct conf_entry *entry, void *arg)
{
    struct page *page = arg;
    if (begins_section(page, entry)) {
        buf_printf(page->out, "# SECTION %s\n\n", entry->section);
    }
    buf_put_str(page->out, "*");
    put_text(entry->key, page->out);
    buf_put_str(page->out, "* = ");
    put_text(entry->takes, page->out);
    buf_put_str(page->out, "\n\t");
    put_text(entry->sentence, page->out);
    if (*entry->initial != '\0') {
        buf_put_str(page->out, " Default: ");
        put_text(entry->initial, page->out);
    }
    buf_put_str(page->out, "\n\n");
}

void ops_man_conf(struct buf *out)
{
    struct page page = {.out = out, .section = ""};
    buf_put_str(out, "nrc.conf(5)\n\n"
                     "; Made from the table in base/conf_rows.c; a test compares.\n\n"
                     "# NAME\n\n"
                     "nrc.conf - the configuration of nrc\n\n"
                     "# DESCRIPTION\n\n");
    put_details(ops_conf_rules(), out);
    conf_each(put_key, &page);
    buf_put_str(out, "# SEE ALSO\n\n*nrc*(1)\n");
}

static void put_sample(const struct conf_entry *entry, void *arg)
{
    struct page *page = arg;
    if (begins_section(page, entry)) {
        buf_printf(page->out, "\n[%s]\n", entry->section);
    }
    buf_printf(page->out, "# %s (%s)\n#%s =%s%s\n", entry->sentence, entry->takes, entry->key,
               *entry->initial != '\0' ? " " : "", entry->initial);
}

void ops_conf_sample(struct buf *out)
{
    struct page page = {.out = out, .section = ""};
    buf_put_str(out, "# nrc.conf - every key with its default; made from the table in "
                     "base/conf_rows.c.\n"
                     "# Copy to /etc/nrc/nrc.conf, readable by the daemons' user alone: a DSN may "
                     "hold a password.\n");
    conf_each(put_sample, &page);
}
