/* SPDX-License-Identifier: Apache-2.0
 * ops/commands_structure.c - commands: structures and contracts. */
#include "ops/cmd/handlers.h"
#include "ops/commands_priv.h"

/* clang-format off */
static const struct ops_option contract_check[] = {
    {"structure", "FILE", "an Avro schema that the rules are held against", false, false},
    {0},
};

static const struct ops_option contract_apply[] = {
    {"dry-run", NULL, "only say what would come of it", false, false},
    {"why", "TEXT", "why it is applied, for the audit trail", false, false},
    {0},
};

static const struct ops_option contract_show[] = {
    {"text", NULL, "print the text alone, as it was given", false, false},
    {0},
};

static const struct ops_option contract_list[] = {
    {"dataset", "DATASET", "only this dataset's", false, false},
    {"all", NULL, "every version, not the newest of each dataset", false, false},
    {"limit", "N", "show the newest N (50)", false, false},
    {0},
};

static const struct ops_option contract_template[] = {
    {"output", "FILE", "write it there; a file that exists is left alone", false, false},
    {"text", NULL, "the template's own text, which is merged into contracts, not the blank one", false, false},
    {0},
};

static const struct ops_option structure_register[] = {
    {"key", NULL, "register the structure of the Kafka key, not of the value", false, false},
    {"reason", "TEXT", "why it changes: people decide on it, whatever the compatibility level says", false, false},
    {"from", "TIME", "when it is to take effect: YYYY-MM-DDTHH:MM with Z or +HH:MM, or a day in UTC (at once)", false, false},
    {"notice", "ID", "the notice of the change (NRL-7)", false, false},
    {"accept", "RULE@PATH=REASON", "explain a finding of the difference to those who decide", false, true},
    {0},
};

static const struct ops_option structure_requests[] = {
    {"all", NULL, "also those that are decided", false, false},
    {"limit", "N", "show the newest N (50)", false, false},
    {0},
};

static const struct ops_option structure_approve[] = {
    {"reason", "TEXT", "why, which is recorded", true, false},
    {"from", "TIME", "another time at which it takes effect", false, false},
    {"notice", "ID", "another notice of the change", false, false},
    {0},
};

static const struct ops_option structure_reject[] = {
    {"reason", "TEXT", "why, which is recorded and told to the agency", true, false},
    {0},
};

static const struct ops_option structure_retire[] = {
    {"reason", "TEXT", "why, which is recorded", true, false},
    {"from", "TIME", "when it is retired (at once)", false, false},
    {0},
};

static const struct ops_option structure_show[] = {
    {"text", NULL, "print only the schema text, as it was registered", false, false},
    {0},
};

static const struct ops_option structure_diff[] = {
    {"from", "VERSION|FILE", "the older structure (the version before --to)", false, false},
    {"to", "VERSION|FILE", "the newer structure (the newest version)", false, false},
    {"key", NULL, "compare structures of the Kafka key, not of the value", false, false},
    {"key-field", "FIELD", "without DATASET: a field of its key", false, true},
    {"order", "FIELD", "without DATASET: its order field", false, false},
    {"fail-on", "CLASS", "the least class that makes the exit code: review, breaking (the default) or never", false, false},
    {"accept", "RULE@PATH=REASON", "this finding does not count, for this reason", false, true},
    {"junit", NULL, "print JUnit XML, a test case for each finding", false, false},
    {"stored", NULL, "check which stored rows would not read or convert", false, false},
    {"since", "TIME", "with --stored: only rows recorded since then", false, false},
    {"sample", "N", "with --stored: only N rows, from all over the tables", false, false},
    {0},
};

static const struct ops_command rows[] = {
    {"structure", "register", "register an Avro schema for a dataset", "DATASET FILE", 2, 2, structure_register,
     "FILE - is standard input. The structure must be compatible by the subject's compatibility level: with BACKWARD, the default, a new\n"
     "field needs a default value. The same schema again gives the same id and version.\n\n"
     "The difference to the structure in force has a class (nrc structure diff). A safe change is active at once. A review or breaking one\n"
     "is filed as a request, as the dataset's policy says; without --reason the command then fails, as a Kafka client's registration does.\n"
     "A field that changes its type begins a generation of the dataset: its view is made anew when the structure takes effect, and the\n"
     "former one stays as <agency>.<name>_g<number>. Fields of the key, the order, the event time and of exempt rows keep their type.\n\n"
     "  nrc structure register moh.births births.avsc --reason 'law 12 of 2026' --from 2027-01-01",
     ops_structure_register, false},
    {"structure", "list", "list the structures of a dataset or subject, or all", "[DATASET|SUBJECT]", 0, 1, NULL,
     "Kafka clients register under a subject. A subject without a dataset has - in that column. state: pending, rejected, approved (its\n"
     "time has not come), active, retired, or deleted (soft-deleted).",
     ops_structure_list, false},
    {"structure", "show", "show a structure, and where it is used", "SCHEMA-ID|DATASET|SUBJECT", 1, 1, structure_show,
     "For a dataset: the newest structure of its value. For a subject: its newest version.", ops_structure_show, false},
    {"structure", "diff", "show what changed between two structures, field by field", "[DATASET]", 0, 1, structure_diff,
     "Each finding has a rule, a path, and a class: safe, review (a steward decides) or breaking (nrc structure rules lists them).\n"
     "\"collects more\" marks data that was not asked for before (NRL-7). All digits are a version, anything else is a file; - is standard\n"
     "input. With two files no register is asked, so that an agency can run it where it builds. The exit code is 1 when the worst class is\n"
     "review and 2 when it is breaking, as far as --fail-on lets it count; else 0.\n\n"
     "With DATASET it also says what was made from each field: views, functions whose body PostgreSQL keeps parsed, triggers, policies and\n"
     "publications; who asked for the older structure (nrc structure users); and which subscriptions are told. Functions whose body is a string are not known.\n\n"
     "With --stored it reads the dataset's history, and counts by field the values that would be lost or not read under the newer\n"
     "structure, with the keys of the first ten rows and no other value. It needs the role nrc_steward, and the audit trail has it. The\n"
     "exit code stays that of the findings.\n\n"
     "  nrc structure diff moh.births --to births.avsc\n"
     "  nrc structure diff --from old.avsc --to new.avsc --key-field civil_no --order seq --junit",
     ops_structure_diff, false},
    {"structure", "users", "list who asked the registry for a structure in the last 90 days", "SCHEMA-ID|DATASET|SUBJECT", 1, 1, NULL,
     "For a dataset: the newest structure of its value. days: on how many of them; count: of requests that got the structure or its id.\n"
     "Clients keep what they got, so the count says little of what they read. Registries add what they counted every few seconds.",
     ops_structure_users, false},
    {"structure", "rules", "list the rules of structure diff, each with its class", "", 0, 0, NULL, NULL, ops_structure_rules, false},

    {"structure", "requests", "list structures that wait for approval", "[DATASET]", 0, 1, structure_requests,
     "approvals is how many people have approved it so far, people how many must.", ops_structure_requests, false},
    {"structure", "request", "show a request, and who decided what", "REQUEST", 1, 1, NULL,
     "With --json its difference to the structure before, too; nrc structure diff prints that for people.", ops_structure_request, false},
    {"structure", "approve", "approve a request", "REQUEST", 1, 1, structure_approve,
     "Nobody approves what they filed themselves, under another account of theirs or by delegation, or twice. A breaking change needs a\n"
     "notice whose window is still to come, and takes effect in it. When the last approval is there, the dataset's tables get the new\n"
     "columns; the structure takes effect at its time, by the register's clock.",
     ops_structure_approve, false},
    {"structure", "reject", "reject a request, or take back one's own", "REQUEST", 1, 1, structure_reject, NULL, ops_structure_reject,
     false},
    {"structure", "retire", "end the use of a structure", "DATASET VERSION", 2, 2, structure_retire,
     "From then on events with it are quarantined. It can still be read. The last structure in force cannot be retired.",
     ops_structure_retire, false},

    {"contract", "check", "check a contract in a file, with no server", "FILE", 1, 1, contract_check,
     "FILE is a contract of the Open Data Contract Standard 3.1 or 3.2, in YAML or JSON; - is standard input. Every error is printed, each\n"
     "as FILE:LINE:COLUMN: PATH: MESSAGE, and every warning: what the register does not run, and what other tools would read in another\n"
     "way. With --json the contract follows as it is understood, its template merged in. The exit code is 1 when it has errors.\n\n"
     "With --structure each rule of single events is compiled as the engine will do it, and one that does not fit is an error.\n\n"
     "  nrc contract check births.yaml --structure births.avsc",
     ops_contract_check, false},
    {"contract", "apply", "put a contract in force", "FILE", 1, 1, contract_apply,
     "The contract is checked as by nrc contract check, and held against its dataset: its rules fit the newest structure, its key, its\n"
     "order and its event time are the dataset's. A text that is in force changes nothing; another text needs a higher version. The text is kept as it is, and so is every\n"
     "former version. A contract with status retired ends what was promised.\n\n"
     "  nrc contract apply births.yaml --dry-run",
     ops_contract_apply, false},
    {"contract", "show", "show a dataset's contract", "DATASET [VERSION]", 1, 2, contract_show,
     "With --text the text comes back byte for byte. With --json the text and the contract as it is understood are members.",
     ops_contract_show, false},
    {"contract", "list", "list contracts, newest first", "", 0, 0, contract_list, NULL, ops_contract_list, false},
    {"contract", "template", "print a blank contract to fill in, or the names of the Center's templates", "[NAME]", 0, 1, contract_template,
     "NAME is a template's, with or without its version: register, register@1. A contract that builds on one says so by the custom property\n"
     "template. What the contract says wins, field by field; what it leaves out is the template's.\n\n"
     "  nrc contract template register --output births.yaml",
     ops_contract_template, false},
};
/* clang-format on */

const struct ops_command_part ops_commands_of_structure = {rows, COUNT_OF(rows)};
