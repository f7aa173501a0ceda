/* SPDX-License-Identifier: Apache-2.0
 * ops/commands_source.c - commands: the register, agencies, systems and datasets. */
#include "ops/cmd/handlers.h"
#include "ops/commands_priv.h"

/* clang-format off */
static const struct ops_option agency_add[] = {
    {"name", "TEXT", "the agency's name", true, false},
    {"name-ar", "TEXT", "its name in Arabic", false, false},
    {"class", "1|2|3", "state body, state-owned company, or concession holder (NRL-2)", true, false},
    {"division", "TEXT", "the division that coordinates with the Center (NRL-9)", true, false},
    {"head", "TEXT", "the head of that division, who is responsible (NRL-9)", true, false},
    {0},
};

static const struct ops_option agency_declare[] = {
    {"name", "TEXT", "the agency's name", true, false},
    {"name-ar", "TEXT", "its name in Arabic", false, false},
    {"class", "1|2|3", "state body, state-owned company, or concession holder (NRL-2)", true, false},
    {0},
};

#define REASON {"reason", "TEXT", "why, for the audit trail", true, false}

#define ON_DAY {"on", "YYYY-MM-DD", "the day on which it took effect, not a later one (today)", false, false}

static const struct ops_option agency_edit[] = {
    {"name", "TEXT", "another name", false, false},
    {"name-ar", "TEXT", "another name in Arabic", false, false},
    {"class", "1|2|3", "another legal class (NRL-2)", false, false},
    REASON,
    {0},
};

static const struct ops_option agency_head[] = {
    {"head", "TEXT", "the division's new head (the present one)", false, false},
    {"division", "TEXT", "another division (the present one)", false, false},
    {"from", "YYYY-MM-DD", "the first day; the former head's last is the day before (today)", false, false},
    {"ends", "YYYY-MM-DD", "the present head's last day, when no successor is named yet", false, false},
    REASON,
    {0},
};

static const struct ops_option agency_succeed[] = {
    {"instrument", "TEXT", "the law or decision by which it happens", true, false},
    ON_DAY,
    REASON,
    {0},
};

static const struct ops_option source_retire[] = {
    ON_DAY,
    REASON,
    {0},
};

static const struct ops_option system_add[] = {
    {"name", "TEXT", "the system's name", true, false},
    {"name-ar", "TEXT", "its name in Arabic", false, false},
    {"description", "TEXT", "what it does", false, false},
    {0},
};

static const struct ops_option system_edit[] = {
    {"name", "TEXT", "another name", false, false},
    {"name-ar", "TEXT", "another name in Arabic", false, false},
    {"description", "TEXT", "another description", false, false},
    REASON,
    {0},
};

static const struct ops_option dataset_edit[] = {
    {"system", "SYSTEM", "the system that serves it, such as moh.registry", false, false},
    {"title", "TEXT", "the dataset's name for people", false, false},
    {"title-ar", "TEXT", "that name in Arabic", false, false},
    {"description", "TEXT", "what it holds", false, false},
    {"description-ar", "TEXT", "that in Arabic", false, false},
    {"origin", "produced|held", "whether the agency produces the data or holds another's (NRL-1)", false, false},
    {"legal-basis", "TEXT", "the law or decision on which the data is collected", false, false},
    {"cadence", "CADENCE", "continuous, hourly, daily, weekly, monthly, quarterly, yearly or irregular", false, false},
    {"steward", "TEXT", "the person who looks after it, if that one has no account", false, false},
    {"steward-account", "NAME", "the account of the person who looks after it", false, false},
    {"contact", "TEXT", "where to ask: an e-mail address, a number, a page", false, false},
    REASON,
    {0},
};

static const struct ops_option dataset_retire[] = {
    ON_DAY,
    {"successor", "DATASET", "the dataset that takes its place", false, false},
    REASON,
    {0},
};

static const struct ops_option only_reason[] = {
    REASON,
    {0},
};

static const struct ops_option dataset_add[] = {
    {"topic", "TOPIC", "the Kafka topic; without it the dataset has no stream yet", false, false},
    {"key", "FIELD[,FIELD]", "the key fields, in key order", true, true},
    {"key-format", "FORMAT", "format of Kafka keys: auto, text, avro, json, long or int; several fields need avro or json (auto)", false, false},
    {"order", "FIELD", "the field that orders the versions of a key: int, long, date or timestamp", false, false},
    {"event-time", "FIELD", "the field with the time of the event at its source: date or timestamp", false, false},
    {"exempt", NULL, "every event is exempt: counted, not stored (NRL-2)", false, false},
    {"exempt-field", "FIELD", "the field whose value makes a row exempt (NRL-2): string, enum, boolean, int or long", false,
     false},
    {"exempt-value", "VALUE", "a value that makes a row exempt, compared byte by byte; numbers in decimal", false, true},
    {"leaves", "N", "partitions of the state table, 1-256: more than one for many keys; cannot be changed later (1)", false, false},
    {"review-people", "N", "people who must approve a review change of its structure, 0-3 (1)", false, false},
    {"breaking-people", "N", "people who must approve a breaking change, 0-3 (2)", false, false},
    {"breaking-notice", "yes|no", "a breaking change needs a notice beforehand (yes)", false, false},
    {"structure", "FILE", "register this Avro schema as its first structure, both or neither; - is standard input", false, false},
    {0},
};

static const struct ops_option dataset_load[] = {
    {"dry-run", NULL, "read the list and its structures, and change nothing", false, false},
    {"skip-existing", NULL, "pass over datasets that are there already, whatever they are", false, false},
    {0},
};

static const struct ops_option dataset_policy[] = {
    {"review-people", "N", "people who must approve a review change, 0-3", false, false},
    {"breaking-people", "N", "people who must approve a breaking change, 0-3", false, false},
    {"breaking-notice", "yes|no", "a breaking change needs a notice beforehand", false, false},
    {"reason", "TEXT", "why, which is recorded", true, false},
    {0},
};

static const struct ops_option dataset_list[] = {
    {"agency", "CODE", "only of this agency", false, false},
    {0},
};

static const struct ops_option dataset_pause[] = {
    {"why", "TEXT", "why, for the audit trail", true, false},
    {"until", "TIME", "when it goes on by itself: YYYY-MM-DDTHH:MM and a zone, or a day's begin in UTC", false, false},
    {0},
};

static const struct ops_option dataset_resume[] = {
    {"why", "TEXT", "why, for the audit trail", true, false},
    {0},
};

static const struct ops_command rows[] = {
    {"db", "migrate", "create or upgrade the register's tables and roles", "", 0, 0, NULL,
     "Every command needs PostgreSQL 15 and a database with encoding UTF8. The login of this one also needs CREATEROLE and\n"
     "CREATE on the database, with the right to pass it on (WITH GRANT OPTION). It is safe to run it again, and twice at the same time.\n\n"
     "Every other command uses the role of a group that the first migration creates. After the first migration an administrator\n"
     "makes the login a member of the groups that it needs:\n\n"
     "  GRANT nrc_ingest, nrc_registry, nrc_monitor, nrc_reader, nrc_steward, nrc_relay, nrc_watch, nrc_desk TO LOGIN;",
     ops_db_migrate, false},
    {"db", "check", "check that the database has this version's schema and can be a register", "", 0, 0, NULL, NULL, ops_db_check, false},

    {"agency", "add", "add an agency, with its responsible division and head", "CODE", 1, 1, agency_add,
     "CODE is a letter a-z, then up to 30 of a-z, 0-9 and _. The agency's schema in PostgreSQL has this name.\n\n"
     "  nrc agency add moh --name 'Ministry of Health' --name-ar 'وزارة الصحة' --class 1 \\\n"
     "      --division 'إدارة المعلومات' --head 'سالم العربي'",
     ops_agency_add, false},
    {"agency", "declare", "add an agency that names no division and head yet", "CODE", 1, 1, agency_declare,
     "It can be catalogued, with its systems and datasets, and no more: no topic of its is read, and no structure is registered, before\n"
     "nrc agency head makes it active (NRL-9).",
     ops_agency_declare, false},
    {"agency", "list", "list all agencies", "", 0, 0, NULL, NULL, ops_agency_list, false},
    {"agency", "show", "show an agency, its heads, systems and datasets", "CODE", 1, 1, NULL, NULL, ops_agency_show, false},
    {"agency", "edit", "change an agency's name or class", "CODE", 1, 1, agency_edit,
     "What is not given stays; an empty value takes the fact away. nrc audit list --object agency/CODE has every former form.",
     ops_agency_edit, false},
    {"agency", "head", "record a new head or division, or the end of a head's term", "CODE", 1, 1, agency_head,
     "Who answered for the agency on which day stays known (NRL-9). The same first day again corrects the present entry. A declared\n"
     "agency becomes active.\n\n"
     "  nrc agency head moh --head 'د. سلمى الحارثية' --from 2027-03-01 --reason 'Decision 14/2027'",
     ops_agency_head, false},
    {"agency", "succeed", "record that another agency answers from now on", "CODE SUCCESSOR", 2, 2, agency_succeed,
     "The datasets keep their names and tables. From now on the successor's accounts register their structures and file their notices, and\n"
     "the former agency's do not. A merger is one succession for each of the former agencies.",
     ops_agency_succeed, false},
    {"agency", "retire", "record that an agency is no more, and has no successor", "CODE", 1, 1, source_retire,
     "Refused while it answers for datasets that are not retired.", ops_agency_retire, false},

    {"system", "add", "add a data system of an agency", "AGENCY.CODE", 1, 1, system_add,
     "CODE is a letter a-z, then up to 40 of a-z, 0-9 and _. Datasets join a system with nrc dataset edit --system.\n\n"
     "  nrc system add moh.registry --name 'Birth and death registry' --name-ar 'سجل المواليد والوفيات'",
     ops_system_add, false},
    {"system", "list", "list the systems", "", 0, 0, dataset_list, NULL, ops_system_list, false},
    {"system", "show", "show a system and the datasets that it serves", "SYSTEM", 1, 1, NULL, NULL, ops_system_show, false},
    {"system", "edit", "change a system's name or description", "SYSTEM", 1, 1, system_edit,
     "What is not given stays; an empty value takes the fact away.", ops_system_edit, false},
    {"system", "retire", "record that a system is no more", "SYSTEM", 1, 1, source_retire,
     "Refused while it serves datasets that are not retired.", ops_system_retire, false},

    {"dataset", "add", "declare a dataset of an agency", "AGENCY.NAME", 1, 1, dataset_add,
     "The tables are created when the first structure is registered: <agency>.<name>_state, <agency>.<name>_history and the view\n"
     "<agency>.<name>. With --structure that is done at once, as by nrc structure register; if the structure is refused, there is no\n"
     "dataset either. Without --order, Kafka's offsets and timestamps order the versions of a key.\n"
     "\nWith one leaf the state is a plain table, and one lane takes the dataset. Declare some (8) for more than ten million keys or more\n"
     "events than one lane carries. More later would rewrite all rows while the dataset's batches wait, so there is no command for it.\n\n"
     "  nrc dataset add moh.births --topic moh.births --key civil_no --key-format text --order seq --event-time occurred_at \\\n"
     "      --structure births.avsc",
     ops_dataset_add, false},
    {"dataset", "load", "declare many datasets, with their structures", "FILE", 1, 1, dataset_load,
     "FILE is CSV in UTF-8; - is standard input. The first line names the columns: dataset (AGENCY.NAME) and key, and if you like topic,\n"
     "key_format, order, event_time, exempt (yes or no), exempt_field, exempt_values, leaves, and structure, the path of an Avro schema from\n"
     "the list's folder on. They mean what the options of nrc dataset add mean; several names have commas between them. Comma, semicolon\n"
     "or tab stand between columns. Every fault of the list and of its structures is found before the first dataset is added; the first\n"
     "one that the register refuses ends it. With --skip-existing the same list goes on from there.\n\n"
     "  nrc dataset load sources.csv --dry-run",
     ops_dataset_load, false},
    {"dataset", "remove", "remove a dataset that has no events", "AGENCY.NAME", 1, 1, NULL,
     "For a dataset whose key, order or topic is wrong: these cannot be changed. Its tables and positions are dropped. Its structures\n"
     "stay in the registry with their ids, without a dataset; add the dataset again, then register them again or let a producer do it.\n"
     "A running nrc ingest unsubscribes from the topic. Refused, with the counts, if any event was recorded, quarantined or exempt.",
     ops_dataset_remove, false},
    {"dataset", "policy", "say who must agree to changes of a dataset's structure", "DATASET", 1, 1, dataset_policy,
     "What is not given stays. Requests that are filed already keep the policy under which they were filed.", ops_dataset_policy, false},
    {"dataset", "list", "list all datasets", "", 0, 0, dataset_list, NULL, ops_dataset_list, false},
    {"dataset", "show", "show a dataset, its columns and its structures", "DATASET[@GENERATION]", 1, 1, NULL,
     "kept: the newest structure in force has no such field any more, or has it with another type; what is in the column stays. A field\n"
     "whose type changed has a column of each type; the second is named field#2. With a generation: the columns of its view, each with the\n"
     "types from which values are converted where nothing is lost.",
     ops_dataset_show, false},
    {"dataset", "edit", "say what the catalogue of sources has of a dataset", "DATASET", 1, 1, dataset_edit,
     "What is not given stays; an empty value takes the fact away. Key, order and topic cannot be changed.\n\n"
     "  nrc dataset edit moh.births --title 'Births' --title-ar 'المواليد' --origin produced --legal-basis 'Law 36 of 1968' \\\n"
     "      --cadence continuous --contact births@moh.example --reason 'first description'",
     ops_dataset_edit, false},
    {"dataset", "retire", "end a dataset: no more events and structures", "DATASET", 1, 1, dataset_retire,
     "A running nrc ingest unsubscribes from its topic, and no structure can be registered. Its tables and rows stay.",
     ops_dataset_retire, false},
    {"dataset", "reopen", "undo the retirement of a dataset", "DATASET", 1, 1, only_reason, NULL, ops_dataset_reopen, false},
    {"dataset", "pause", "let a dataset's source stand still for a while, as a steward", "DATASET", 1, 1, dataset_pause,
     "Within seconds no engine takes its events; positions stay, and other sources go on. It holds over restarts, until --until or\n"
     "nrc dataset resume. What Kafka's retention deletes meanwhile is lost. nrc position show has the state paused, and why.",
     ops_dataset_pause, false},
    {"dataset", "resume", "let a paused source go on, as a steward", "DATASET", 1, 1, dataset_resume, NULL, ops_dataset_resume, false},
};
/* clang-format on */

const struct ops_command_part ops_commands_of_source = {rows, COUNT_OF(rows)};
