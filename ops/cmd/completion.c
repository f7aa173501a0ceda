/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/completion.c - nrc completion: what a shell needs to complete nrc's command lines, from the tables of commands.
 *
 * The scripts know nouns, verbs, options, and values that are a choice or a file. They ask no server: a key pressed in a
 * shell is no reason for a query that may hang. Both shells' scripts have the same data: what may follow, by the words
 * before it. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "ops/cli/command.h"
#include "ops/cmd/handlers.h"

/* Of a word before the cursor, in both shells: an option that takes a value, the noun, or the verb. */
#define TAKE_WORD                                                                                  \
    "            [[ -n $(_nrc_value \"$noun\" \"$verb\" \"$word\") ]] && skip=yes option=$word\n"  \
    "            ;;\n"                                                                             \
    "        *)\n"                                                                                 \
    "            if [[ -z $noun ]]; then\n"                                                        \
    "                noun=$word\n"                                                                 \
    "            elif [[ -z $verb && -n $(_nrc_verbs \"$noun\") ]]; then\n"                        \
    "                verb=$word\n"                                                                 \
    "            fi\n"                                                                             \
    "            ;;\n"                                                                             \
    "        esac\n"                                                                               \
    "    done\n"

static const char bash_body[] =
    "_nrc() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} option= noun= verb= skip= word i\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ -n $skip ]]; then\n"
    "            # --option=value is three words here, or --option value two.\n"
    "            [[ $word == '=' ]] && continue\n"
    "            skip=\n"
    "            continue\n"
    "        fi\n"
    "        case $word in\n"
    "        -*)\n" TAKE_WORD "    local offered=\n"
    "    if [[ -n $skip ]]; then\n"
    "        [[ $cur == '=' ]] && cur=\n"
    "        offered=$(_nrc_value \"$noun\" \"$verb\" \"$option\")\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        offered=\"$(_nrc_options \"$noun\" \"$verb\") $(_nrc_options '' '')\"\n"
    "    elif [[ -z $noun ]]; then\n"
    "        offered=$(_nrc_nouns)\n"
    "    elif [[ -z $verb && -n $(_nrc_verbs \"$noun\") ]]; then\n"
    "        offered=$(_nrc_verbs \"$noun\")\n"
    "    else\n"
    "        offered=$(_nrc_argument \"$noun\" \"$verb\")\n"
    "    fi\n"
    "    case $offered in\n"
    "    FILE)\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
    "        ;;\n"
    "    TEXT) ;;\n"
    "    *) mapfile -t COMPREPLY < <(compgen -W \"$offered\" -- \"$cur\") ;;\n"
    "    esac\n"
    "}\n"
    "complete -F _nrc nrc\n";

static const char zsh_body[] =
    "_nrc() {\n"
    "    local option noun verb skip word value\n"
    "    local -a offered\n"
    "    integer i\n"
    "    for ((i = 2; i < CURRENT; i++)); do\n"
    "        word=${(Q)words[i]}\n"
    "        if [[ -n $skip ]]; then\n"
    "            skip=\n"
    "            continue\n"
    "        fi\n"
    "        case $word in\n"
    "        --*=*) ;;\n"
    "        -*)\n" TAKE_WORD "    word=${words[CURRENT]}\n"
    "    if [[ -z $skip && $word == --*=* ]]; then\n"
    "        skip=yes option=${word%%=*}\n"
    "        compset -P '*='\n"
    "    fi\n"
    "    if [[ -n $skip ]]; then\n"
    "        value=$(_nrc_value \"$noun\" \"$verb\" \"$option\")\n"
    "    elif [[ $word == -* ]]; then\n"
    "        offered=(\"${(@f)$(_nrc_options \"$noun\" \"$verb\")}\" \"${(@f)$(_nrc_options '' "
    "'')}\")\n"
    "        _describe -o option offered\n"
    "        return\n"
    "    elif [[ -z $noun ]]; then\n"
    "        offered=(\"${(@f)$(_nrc_nouns)}\")\n"
    "        _describe noun offered\n"
    "        return\n"
    "    elif [[ -z $verb && -n $(_nrc_verbs \"$noun\") ]]; then\n"
    "        offered=(\"${(@f)$(_nrc_verbs \"$noun\")}\")\n"
    "        _describe verb offered\n"
    "        return\n"
    "    else\n"
    "        value=$(_nrc_argument \"$noun\" \"$verb\")\n"
    "    fi\n"
    "    case $value in\n"
    "    FILE) _files ;;\n"
    "    TEXT | '') ;;\n"
    "    *) compadd -- ${=value} ;;\n"
    "    esac\n"
    "}\n"
    "if [[ $funcstack[1] == _nrc ]]; then\n"
    "    _nrc \"$@\"\n"
    "else\n"
    "    compdef _nrc nrc\n"
    "fi\n";

struct script {
    const struct ops_language *language;
    bool has_sentences; /* zsh shows them beside the words */
    struct buf *out;
};

/* ---- the words ---- */

/* In single quotes; zsh splits a word from its sentence at the first colon. */
static void put_quoted(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            buf_put_str(out, "'\\''");
        } else {
            buf_put_u8(out, (uint8_t)*text);
        }
    }
}

static void put_word(const struct script *s, bool is_first, const char *dashes, const char *word,
                     const char *sentence)
{
    if (s->has_sentences) {
        buf_printf(s->out, "%s%s%s:", is_first ? "" : "\n", dashes, word);
        put_quoted(s->out, sentence);
    } else {
        buf_printf(s->out, "%s%s%s", is_first ? "" : " ", dashes, word);
    }
}

static void begin(const struct script *s, const char *function, int parameters)
{
    static const char *const words[] = {"", "\"$1\"", "\"$1 $2\"", "\"$1 $2 $3\""};
    buf_printf(s->out, "%s() {\n    case %s in\n", function, words[parameters]);
}

static void end(const struct script *s)
{
    buf_put_str(s->out, "    esac\n}\n");
}

static void put_nouns(const struct script *s)
{
    buf_put_str(s->out, "_nrc_nouns() {\n    printf '%s\\n' '");
    for (size_t i = 0; i < s->language->noun_count; i++) {
        put_word(s, i == 0, "", s->language->nouns[i].name, s->language->nouns[i].summary);
    }
    buf_put_str(s->out, "'\n}\n");
}

static void put_verbs(const struct script *s)
{
    begin(s, "_nrc_verbs", 1);
    for (size_t n = 0; n < s->language->noun_count; n++) {
        const char *noun = s->language->nouns[n].name;
        bool any = false;
        for (size_t i = 0; i < s->language->command_count; i++) {
            const struct ops_command *command = &s->language->commands[i];
            if (strcmp(command->noun, noun) != 0 || command->verb == NULL) {
                continue;
            }
            if (!any) {
                buf_printf(s->out, "    '%s') printf '%%s\\n' '", noun);
            }
            put_word(s, !any, "", command->verb, command->summary);
            any = true;
        }
        buf_put_str(s->out, any ? "' ;;\n" : "");
    }
    end(s);
}

static void put_options_of(const struct script *s, const char *noun, const char *verb,
                           const struct ops_option *options)
{
    if (options == NULL || options->name == NULL) {
        return;
    }
    buf_printf(s->out, "    '%s %s') printf '%%s\\n' '", noun, verb != NULL ? verb : "");
    for (const struct ops_option *o = options; o->name != NULL; o++) {
        put_word(s, o == options, "--", o->name, o->sentence);
    }
    buf_put_str(s->out, "' ;;\n");
}

static void put_options(const struct script *s)
{
    begin(s, "_nrc_options", 2);
    put_options_of(s, "", NULL, s->language->global_options);
    for (size_t i = 0; i < s->language->command_count; i++) {
        const struct ops_command *command = &s->language->commands[i];
        put_options_of(s, command->noun, command->verb, command->options);
    }
    end(s);
}

/* ---- values ---- */

/* A choice is written with bars, in small letters and digits: "1|2|3", but not "ID|GUID". */
static bool is_choice(const char *value)
{
    for (const char *p = value; *p != '\0'; p++) {
        if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '|' && *p != '-' &&
            *p != '_') {
            return false;
        }
    }
    return strchr(value, '|') != NULL;
}

/* FILE, the words of a choice, or TEXT: anything. */
static void put_value(const struct script *s, const char *value)
{
    if (strcmp(value, "FILE") == 0 || !is_choice(value)) {
        buf_put_str(s->out, strcmp(value, "FILE") == 0 ? "FILE" : "TEXT");
        return;
    }
    for (const char *p = value; *p != '\0'; p++) {
        buf_put_u8(s->out, *p == '|' ? ' ' : (uint8_t)*p);
    }
}

/* words: a pattern for noun and verb, in which a quote is open. */
static void put_values_of(const struct script *s, const char *words,
                          const struct ops_option *options)
{
    for (const struct ops_option *o = options; o != NULL && o->name != NULL; o++) {
        if (o->value != NULL) {
            buf_printf(s->out, "    %s --%s') echo '", words, o->name);
            put_value(s, o->value);
            buf_put_str(s->out, "' ;;\n");
        }
    }
}

static void put_values(const struct script *s)
{
    begin(s, "_nrc_value", 3);
    put_values_of(s, "*'", s->language->global_options);
    for (size_t i = 0; i < s->language->command_count; i++) {
        const struct ops_command *command = &s->language->commands[i];
        char words[96];
        snprintf(words, sizeof(words), "'%s %s", command->noun,
                 command->verb != NULL ? command->verb : "");
        put_values_of(s, words, command->options);
    }
    end(s);
}

/* A command that takes a file is offered files, whichever of its arguments that is. */
static void put_arguments(const struct script *s)
{
    begin(s, "_nrc_argument", 2);
    for (size_t i = 0; i < s->language->command_count; i++) {
        const struct ops_command *command = &s->language->commands[i];
        bool takes_file = strstr(command->arguments, "FILE") != NULL ||
                          strstr(command->arguments, "SAMPLE") != NULL;
        if (takes_file || is_choice(command->arguments)) {
            buf_printf(s->out, "    '%s %s') echo '", command->noun,
                       command->verb != NULL ? command->verb : "");
            put_value(s, takes_file ? "FILE" : command->arguments);
            buf_put_str(s->out, "' ;;\n");
        }
    }
    buf_put_str(s->out, "    *) echo TEXT ;;\n");
    end(s);
}

static int print_script(const struct ops_context *context, bool is_zsh, struct err *err)
{
    struct buf out = BUF_INIT;
    const struct script s = {context->args->language, is_zsh, &out};
    buf_printf(&out, "%s# Made by `nrc completion %s` from the tables of its commands.\n",
               is_zsh ? "#compdef nrc\n" : "# shellcheck shell=bash\n", is_zsh ? "zsh" : "bash");
    put_nouns(&s);
    put_verbs(&s);
    put_options(&s);
    put_values(&s);
    put_arguments(&s);
    buf_put_str(&out, is_zsh ? zsh_body : bash_body);
    int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}

int ops_completion_bash(const struct ops_context *context, struct err *err)
{
    return print_script(context, false, err);
}

int ops_completion_zsh(const struct ops_context *context, struct err *err)
{
    return print_script(context, true, err);
}
