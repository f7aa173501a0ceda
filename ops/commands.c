/* SPDX-License-Identifier: Apache-2.0
 * ops/commands.c - every command, one row each; the parser, --help and ops/doc/commands.md come
 * from here. */
#include "ops/commands.h"
#include "ops/cmd/handlers.h"

/* clang-format off */
static const struct ops_option global_options[] = {
    {"config", "FILE", "the configuration; else NRC_CONFIG names it, else /etc/nrc/nrc.conf if it is there", false, false},
    {"json", NULL, "print JSON, for programs", false, false},
    {"help", NULL, "what the command does and takes", false, false},
    {"version", NULL, "the version", false, false},
    {0},
};

static const struct ops_noun nouns[] = {
    {"db", "the register's tables and roles"},
    {"agency", "who owes data, and who answers for it"},
    {"dataset", "kinds of records: keys, order, topic"},
    {"structure", "versions of a dataset's Avro schema"},
    {"ingest", "take events from Kafka into the register, until told to stop"},
    {"registry", "serve structures to Kafka clients over HTTP, until told to stop"},
    {"lag", "how far each topic partition is behind"},
    {"position", "where each topic partition stands; opening one that halted"},
    {"quarantine", "events that could not be stored, kept whole with the reason"},
    {"ledger", "the proof that nothing was lost or doubled"},
    {"incident", "what is wrong, since when, and when it was over"},
    {"account", "people and services that may ask the registry, and for what"},
    {"config", "the configuration in force, and what each key means"},
};

static const struct ops_option agency_add[] = {
    {"name", "TEXT", "the agency's name", true, false},
    {"name-ar", "TEXT", "its name in Arabic", false, false},
    {"class", "1|2|3", "state body, state-owned company, or concession holder (NRL-2)", true, false},
    {"division", "TEXT", "the division that coordinates with the Center (NRL-9)", true, false},
    {"head", "TEXT", "the head of that division, who answers (NRL-9)", true, false},
    {0},
};

static const struct ops_option dataset_add[] = {
    {"topic", "TOPIC", "the Kafka topic; without it the dataset is declared with no stream yet", false, false},
    {"key", "FIELD[,FIELD]", "the key fields, in key order", true, true},
    {"key-format", "FORMAT", "of Kafka keys: auto (the default), text, avro, json, long or int; several fields need avro or json", false, false},
    {"order", "FIELD", "the field by which the newest version of a key is told: int, long, date or timestamp", false, false},
    {"event-time", "FIELD", "when the event happened, as its source says: date or timestamp", false, false},
    {"exempt", NULL, "every event is exempt: counted, kept nowhere (NRL-2)", false, false},
    {"exempt-field", "FIELD", "rows are exempt by this field's value (NRL-2): string, enum, boolean, int or long", false,
     false},
    {"exempt-value", "VALUE", "a value that exempts a row, byte by byte as written; numbers in decimal", false, true},
    {"leaves", "N", "partitions of the state table, 1-256; fixed from then on (8)", false, false},
    {0},
};

static const struct ops_option dataset_list[] = {
    {"agency", "CODE", "only this agency's", false, false},
    {0},
};

static const struct ops_option structure_register[] = {
    {"key", NULL, "the structure of the Kafka key, not of the value", false, false},
    {0},
};

static const struct ops_option structure_show[] = {
    {"text", NULL, "only the structure's text, as it was registered", false, false},
    {0},
};

static const struct ops_option position_resume[] = {
    {"accept-gap", "REASON", "go on behind a hole, which the ledger keeps with this reason", false, false},
    {"to", "OFFSET", "with --accept-gap: where to go on (the log's start as Kafka has it now; behind what cannot be read)", false,
     false},
    {0},
};

static const struct ops_option position_probe[] = {
    {"from", "OFFSET", "this one (the next to take)", false, false},
    {0},
};

static const struct ops_option quarantine_list[] = {
    {"dataset", "DATASET", "only this dataset's", false, false},
    {"reason", "REASON", "only this reason: truncated, bad_text, missing_key …", false, false},
    {"limit", "N", "the newest N (50)", false, false},
    {0},
};

static const struct ops_option incident_list[] = {
    {"all", NULL, "closed ones too", false, false},
    {"dataset", "DATASET", "only this dataset's", false, false},
    {"limit", "N", "the last N (50)", false, false},
    {0},
};

static const struct ops_option incident_close[] = {
    {"reason", "TEXT", "why, for the record", true, false},
    {0},
};

static const struct ops_option account_add[] = {
    {"person", "TEXT", "the person's full name; of a service, who answers for it", true, false},
    {"person-ar", "TEXT", "the name in Arabic", false, false},
    {"role", "ROLE", "producer, steward, operator, auditor or beneficiary", true, true},
    {"decision", "TEXT", "the written decision that authorises it: its number and year (SMP)", true, false},
    {"agency", "CODE", "the agency it acts for; without it the Center. A producer has one, a steward none", false, false},
    {"scope", "PREFIX", "it may change only subjects that begin so", false, false},
    {"expires", "YYYY-MM-DD", "its last day, in UTC (in a year)", false, false},
    {"service", NULL, "a program's account, not a person's own", false, false},
    {0},
};

static const struct ops_option account_disable[] = {
    {"reason", "TEXT", "why, for the record", true, false},
    {0},
};

static const struct ops_option account_rotate[] = {
    {"keep-old", "HOURS", "how long the secret before it stays valid, 0-2160 (0)", false, false},
    {0},
};

static const struct ops_option account_review[] = {
    {"expires", "YYYY-MM-DD", "with NAME: its new last day", false, false},
    {"overdue", NULL, "list the accounts that nobody has reviewed in a year", false, false},
    {0},
};

static const struct ops_option account_delegate[] = {
    {"to", "NAME", "the account that stands in", true, false},
    {"from", "YYYY-MM-DD", "the first day, in UTC", true, false},
    {"until", "YYYY-MM-DD", "the last day", true, false},
    {"reason", "TEXT", "why: leave, illness, a mission", true, false},
    {"role", "ROLE", "only this role (every role that NAME has itself)", false, true},
    {0},
};

static const struct ops_command commands[] = {
    {"db", "migrate", "bring the database to this version's tables and roles", "", 0, 0, NULL,
     "The server is PostgreSQL 15 and the database's encoding UTF8; no command works with another. The login needs CREATEROLE and\n"
     "CREATE on the database; the other commands do not. Safe to run again, and by two at once.\n\n"
     "The other commands, nrc ingest and nrc registry each take the role of a group that the first migration makes. After it an\n"
     "administrator makes their login a member, of those groups that it is to act for:\n\n"
     "  GRANT nrc_ingest, nrc_registry, nrc_monitor, nrc_reader, nrc_steward TO LOGIN;",
     ops_db_migrate, false},
    {"db", "check", "whether the database is of this version, and can be a register at all", "", 0, 0, NULL, NULL, ops_db_check, false},

    {"agency", "add", "add an agency, with the division and the head that answer for it", "CODE", 1, 1, agency_add,
     "CODE is a small letter, then up to 30 of a-z, 0-9 and _; it names the agency's schema in PostgreSQL.\n\n"
     "  nrc agency add moh --name 'Ministry of Health' --name-ar 'وزارة الصحة' --class 1 \\\n"
     "      --division 'إدارة المعلومات' --head 'سالم العربي'",
     ops_agency_add, false},
    {"agency", "list", "every agency", "", 0, 0, NULL, NULL, ops_agency_list, false},
    {"agency", "show", "one agency and its datasets", "CODE", 1, 1, NULL, NULL, ops_agency_show, false},

    {"dataset", "add", "declare a dataset of an agency", "AGENCY.NAME", 1, 1, dataset_add,
     "Its tables are made when its first structure is registered: <agency>.<name>_state, <agency>.<name>_history and the view\n"
     "<agency>.<name>. Without --order the newest version of a key is what Kafka's offsets and timestamps say.\n\n"
     "  nrc dataset add moh.births --topic moh.births --key civil_no --key-format text --order seq --event-time occurred_at",
     ops_dataset_add, false},
    {"dataset", "remove", "take away a dataset that never took an event", "AGENCY.NAME", 1, 1, NULL,
     "For one whose key, order or topic was declared wrong: none of these can be changed. Its tables and positions go. Its structures\n"
     "stay in the registry with their ids, of no dataset; add the dataset anew and register them again, or let a producer do it. A\n"
     "running nrc ingest lets go of its topic. Refused, with the counts, once anything was recorded, quarantined or exempt.",
     ops_dataset_remove, false},
    {"dataset", "list", "every dataset", "", 0, 0, dataset_list, NULL, ops_dataset_list, false},
    {"dataset", "show", "one dataset, its columns and structures", "DATASET", 1, 1, NULL, NULL, ops_dataset_show, false},

    {"structure", "register", "register an Avro schema for a dataset", "DATASET FILE", 2, 2, structure_register,
     "FILE - is standard input. Every structure in force must stay readable: a new field needs a default or admits null, and no field\n"
     "changes its column's type. The same text again gives the same schema id and version.\n\n"
     "  nrc structure register moh.births births.avsc",
     ops_structure_register, false},
    {"structure", "list", "the structures of a dataset or subject, or all", "[DATASET|SUBJECT]", 0, 1, NULL,
     "A subject is what Kafka clients register under; one that is no dataset's stands without one. state: active, pending, retired, or\n"
     "deleted for one that was soft-deleted.",
     ops_structure_list, false},
    {"structure", "show", "one structure, and where it is used", "SCHEMA-ID|DATASET|SUBJECT", 1, 1, structure_show,
     "Of a dataset the newest version of its value, of a subject the newest.", ops_structure_show, false},

    {"ingest", NULL, "take events from Kafka into the register", "", 0, 0, NULL,
     "Runs until SIGTERM, SIGINT or SIGHUP, then ends the batches under way and exits 0. Start more, on other machines too, to share\n"
     "the work: engines of one kafka.group divide the partitions among them. Logs one line for each thing that happens on standard error.",
     ops_ingest, true},
    {"registry", NULL, "serve structures to Kafka clients over HTTP, until told to stop", "", 0, 0, NULL,
     "Speaks what Confluent's clients speak, on [registry] listen. All it knows is in the register: start as many as you like, there is\n"
     "no leader. Clients log in with an account (`nrc account add`). /healthz, /readyz and /metrics ask for none. SIGTERM or SIGINT:\n"
     "requests under way are answered, then it exits 0. SIGHUP: it reads its certificate again.",
     ops_registry, true},
    {"lag", NULL, "how many events each topic partition has left to take", "[TOPIC]", 0, 1, NULL,
     "next_offset is the register's, - where no engine has taken the partition yet; log_end is Kafka's; lag is between them. What no\n"
     "broker tells is shown as ?, and is null in JSON; one silent broker does not hide what the others tell.", ops_lag, false},

    {"position", "show", "where each topic partition stands", "[TOPIC]", 0, 1, NULL, NULL, ops_position_show, false},
    {"position", "probe", "whether Kafka's next offset can be read, and if not, where reading goes on", "TOPIC PARTITION", 2, 2,
     position_probe,
     "For a partition that halted as unreadable: how much --accept-gap would leave out. It reads with the settings of [kafka] and changes\n"
     "nothing. Exit 1: it cannot be read. Of several bad batches close to each other, good ones between them may be stepped over:\n"
     "ask of one of them with --from.",
     ops_position_probe, false},
    {"position", "resume", "open a topic partition that halted", "TOPIC PARTITION", 2, 2, position_resume,
     "A partition halts when going on would lose or repeat events: the log starts above the position, the topic was re-created, or an\n"
     "offset could not be read for [ingest] stuck_halt_ms. Without --accept-gap it is tried again from where it stands. With it, the\n"
     "hole is recorded in the ledger and the partition goes on behind it; what was in the hole is not in the register.",
     ops_position_resume, false},

    {"quarantine", "list", "quarantined events, newest first", "", 0, 0, quarantine_list, NULL, ops_quarantine_list, false},
    {"quarantine", "show", "one quarantined event: reason, key, headers and payload", "ID", 1, 1, NULL, NULL, ops_quarantine_show, false},

    {"ledger", "verify", "check the ledger against itself, the positions and the tables", "", 0, 0, NULL,
     "Ranges are contiguous, received = applied + duplicate + stale + quarantined + exempt, and what the ledger counts is what\n"
     "the tables hold. Exit 1 names what is not so. With --json: {\"balanced\":…,\"faults\":[…],\"totals\":[…]}.",
     ops_ledger_verify, false},

    {"incident", "list", "open incidents, the one that was seen last first", "", 0, 0, incident_list,
     "Each cause is one incident, however often it is seen: count says how often. It closes by itself when the cause is gone; one that\n"
     "comes back within a day is the same one, open again, and must then stay away longer.", ops_incident_list, false},
    {"incident", "show", "one incident: what it means, what to do, when it closes, and its history", "ID", 1, 1, NULL, NULL,
     ops_incident_show, false},
    {"incident", "close", "close an incident by a steward's word", "ID", 1, 1, incident_close,
     "For those that no engine can see the end of, or whose end came in another way. One whose cause goes on opens again. That of a\n"
     "halted partition is closed by `nrc position resume`, not by this.",
     ops_incident_close, false},
    {"incident", "kinds", "every kind: when it opens, when it closes, what to do", "", 0, 0, NULL, NULL, ops_incident_kinds, false},

    {"account", "add", "add an account, and print its secret", "NAME", 1, 1, account_add,
     "NAME is a small letter, then up to 62 of a-z, 0-9, '.', '_' and '-'. The secret is made here and printed this once: only its\n"
     "hash is kept. Clients give both as Basic authentication, or as a Bearer token NAME.SECRET.\n\n"
     "  nrc account add moh-births --service --person 'Salem Al-Arabi' --person-ar 'سالم العربي' --role producer --agency moh \\\n"
     "      --decision 'No. 12 of 2026'",
     ops_account_add, false},
    {"account", "list", "every account, disabled ones too", "", 0, 0, NULL, NULL, ops_account_list, false},
    {"account", "show", "one account: who, by which decision, delegations, and all that was done to it", "NAME", 1, 1, NULL, NULL,
     ops_account_show, false},
    {"account", "disable", "end an account for good", "NAME", 1, 1, account_disable,
     "Accounts are disabled, never deleted: who did what stays answerable after they leave (NRL-18). A disabled account is not\n"
     "enabled again, its name is not given again, and what it lent to others ends. Registries that run refuse it at once.",
     ops_account_disable, false},
    {"account", "rotate", "make and print a new secret", "NAME", 1, 1, account_rotate,
     "With --keep-old both secrets are valid for a while, so that clients can change over without a gap:\n\n"
     "  nrc account rotate moh-births --keep-old 48",
     ops_account_rotate, false},
    {"account", "review", "say that an account was reviewed today, or list those that were not", "[NAME]", 0, 1, account_review,
     "Every account is reviewed once a year: is it still needed, by the same person, for the same work (SMP)?\n\n"
     "  nrc account review --overdue\n"
     "  nrc account review moh-births --expires 2027-12-31",
     ops_account_review, false},
    {"account", "delegate", "lend an account's roles to another for an absence", "NAME", 1, 1, account_delegate,
     "Both belong to the same agency, or both to the Center. The delegate logs in under its own name; what it does is its own act.\n\n"
     "  nrc account delegate salem --to huda --from 2026-08-01 --until 2026-08-31 --reason 'annual leave'",
     ops_account_delegate, false},

    {"config", "show", "the configuration in force, secrets starred", "", 0, 0, NULL,
     "Defaults, then the file, then the environment: key lanes of [ingest] is NRC_INGEST_LANES.", ops_config_show, false},
    {"config", "keys", "every key: type, range, default, meaning", "", 0, 0, NULL, NULL, ops_config_keys, false},
};
/* clang-format on */

const struct ops_language *ops_language(void)
{
    static const struct ops_language language = {
        .commands = commands,
        .command_count = COUNT_OF(commands),
        .nouns = nouns,
        .noun_count = COUNT_OF(nouns),
        .global_options = global_options,
    };
    return &language;
}
