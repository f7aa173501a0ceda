/* SPDX-License-Identifier: Apache-2.0
 * ops/commands.c - every command, one row each in commands_*.c; the parser, --help and ops/doc/commands.md come
 * from here. */
#include "ops/commands.h"

#include <assert.h>
#include <string.h>

#include "ops/commands_priv.h"

/* clang-format off */
static const struct ops_option global_options[] = {
    {"config", "FILE", "configuration file (NRC_CONFIG, else /etc/nrc/nrc.conf if it exists)", false, false},
    {"json", NULL, "print JSON", false, false},
    {"quiet", NULL, "say nothing of how far a long command is", false, false},
    {"help", NULL, "show this help", false, false},
    {"version", NULL, "show the version", false, false},
    {0},
};

static const struct ops_noun nouns[] = {
    {"db", "the register's tables and roles"},
    {"agency", "public bodies that publish data, and who is responsible"},
    {"system", "data systems of agencies, each of which serves datasets"},
    {"dataset", "kinds of records: keys, order, topic"},
    {"structure", "versions of a dataset's Avro schema"},
    {"check", "try data against a structure and its rules, with no server"},
    {"contract", "what an agency promises of a dataset: people, purpose, quality, service (ODCS)"},
    {"notice", "what an agency announces before it stops, changes or collects more (NRL-7)"},
    {"reference", "whether the values that a contract says another dataset has are there"},
    {"holiday", "public holidays, on which no source is late: announced, or estimated until they are"},
    {"catalogue", "the catalogue of sources: export, the regulation's list, what is missing (NRL-5, NRL-6)"},
    {"subscription", "who is told of changes and problems, and by which way"},
    {"notification", "what was told, to whom, and who acknowledged it (NRL-18)"},
    {"ingest", "store events from Kafka in the register, until stopped"},
    {"registry", "serve the schema registry over HTTP, until stopped"},
    {"relay", "tell subscribers what changed, until stopped"},
    {"monitor", "judge each minute how fresh every source is, until stopped"},
    {"status", "what each source is now, in one word and one sentence; the worst first"},
    {"freshness", "which sources are late, since when, and where the fault is"},
    {"lag", "consumer lag of each topic partition"},
    {"position", "next offset of each topic partition; resuming one that halted"},
    {"event", "what became of one event"},
    {"quarantine", "events that could not be stored, with the reason"},
    {"quality", "how good each source was, in nine dimensions"},
    {"measure", "what was measured in a dataset's stream: verdicts, nulls, lateness"},
    {"gaps", "numbers that are missing in the agencies' own sequences"},
    {"control", "control totals: what an agency says that it sent, and what is here"},
    {"ledger", "the proof that nothing was lost or doubled"},
    {"violation", "what the law asked to be told beforehand, and nobody told (NRL-7)"},
    {"incident", "problems: what is wrong, since when, what to do"},
    {"alarm", "who is told when the register is full or away"},
    {"contact", "who is called when nobody acknowledges a problem, in order and in whose hours"},
    {"outage", "the Center's own outages, of which every agency is told"},
    {"account", "people and services that may use the registry, and their roles"},
    {"audit", "who changed what, when and why (NRL-18)"},
    {"config", "the configuration in effect, and the meaning of each key"},
    {"doctor", "check everything that nrc needs on this host, and say what to do"},
    {"completion", "completion of nrc's command lines by a shell"},
};
/* clang-format on */

/* As help and documents have them. */
static const struct ops_command_part *const parts[] = {
    &ops_commands_of_source,       &ops_commands_of_structure, &ops_commands_of_notice,
    &ops_commands_of_notification, &ops_commands_of_flow,      &ops_commands_of_quality,
    &ops_commands_of_incident,     &ops_commands_of_account,
};

enum { COMMANDS_MAX = 256 };

static size_t put_all(struct ops_command *out)
{
    size_t count = 0;
    for (size_t p = 0; p < COUNT_OF(parts); p++) {
        assert(count + parts[p]->count <= COMMANDS_MAX);
        memcpy(out + count, parts[p]->rows, parts[p]->count * sizeof(*out));
        count += parts[p]->count;
    }
    return count;
}

/* Thread: first by main, before it starts another. */
const struct ops_language *ops_language(void)
{
    static struct ops_command commands[COMMANDS_MAX];
    static struct ops_language language = {
        .commands = commands,
        .nouns = nouns,
        .noun_count = COUNT_OF(nouns),
        .global_options = global_options,
    };
    if (language.command_count == 0) {
        language.command_count = put_all(commands);
    }
    return &language;
}
