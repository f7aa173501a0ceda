/* SPDX-License-Identifier: Apache-2.0
 * ops/commands.c - every command, one row each; the parser, --help and ops/doc/commands.md come
 * from here. */
#include "ops/commands.h"
#include "ops/cmd/handlers.h"

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

static const struct ops_option of_agency[] = {
    {"agency", "CODE", "only this agency, and those that it answers for", false, false},
    {0},
};

static const struct ops_option catalogue_export[] = {
    {"format", "FORMAT", "json, csv, html or dcat (json)", false, false},
    {"output", "FILE", "the file to write (standard output)", false, false},
    {"agency", "CODE", "only this agency, and those that it answers for", false, false},
    {"bom", NULL, "csv begins with a byte order mark: Excel reads Arabic wrongly without it", false, false},
    {0},
};

static const struct ops_option catalogue_load[] = {
    {"instrument", "TEXT", "the regulation or decision that has the list", true, false},
    {"dated", "YYYY-MM-DD", "its date", true, false},
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

static const struct ops_option violation_list[] = {
    {"dataset", "DATASET", "only of this dataset", false, false},
    {"limit", "N", "show the newest N (50)", false, false},
    {0},
};

static const struct ops_option structure_show[] = {
    {"text", NULL, "print only the schema text, as it was registered", false, false},
    {0},
};

static const struct ops_option monitor[] = {
    {"once", NULL, "one turn, which is printed", false, false},
    {"at", "TIME", "one turn as if it were then (UTC, YYYY-MM-DDTHH:MM:SSZ); nothing is recorded", false, false},
    {0},
};
static const struct ops_option status[] = {
    {"agency", "CODE", "only what this agency answers for", false, false},
    {"status", "STATUS", "only sources that are this now", false, false},
    {0},
};
static const struct ops_option freshness[] = {
    {"late", NULL, "only those that are late", false, false},
    {0},
};
static const struct ops_option check[] = {
    {"structure", "FILE", "the Avro schema (the container file's own)", false, false},
    {"rule-set", "FILE", "a rule set as Confluent's registry has it: {\"domainRules\": […]}", false, false},
    {"metadata", "FILE", "metadata, for its tags: {\"tags\": {…}}", false, false},
    {"contract", "FILE", "the dataset's contract: its rules of single events are run too", false, false},
    {"limit", "N", "how many refused events are shown (20)", false, false},
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

static const struct ops_option audit_list[] = {
    {"object", "OBJECT", "only of this object, such as dataset/moh.births or notice/12; 'structure/moh.births-value/*': of all beneath it", false, false},
    {"what", "WHAT", "only such changes: notice.filed, or 'notice.*'", false, false},
    {"by", "NAME", "only what this person or account did", false, false},
    {"agency", "CODE", "only of this agency", false, false},
    {"since", "TIME", "only from then on: YYYY-MM-DDTHH:MM with Z or +HH:MM, or a day in UTC", false, false},
    {"until", "TIME", "only before then; a day counts whole", false, false},
    {"before", "ID", "only rows with a lower id: what comes after a list's last row", false, false},
    {"limit", "N", "show the newest N (50)", false, false},
    {0},
};

static const struct ops_option notice_file[] = {
    {"dataset", "DATASET", "what it is about; datasets of one agency", false, true},
    {"system", "SYSTEM", "the system that it is about: every dataset that it serves", false, false},
    {"from", "TIME", "the begin of the window: YYYY-MM-DDTHH:MM with Z or +HH:MM, or a day in UTC", true, false},
    {"until", "TIME", "its end; a day counts whole. Without it: for good", false, false},
    {"reason", "TEXT", "why", true, false},
    {"means", "TEXT", "for a stop: by which means data comes meanwhile (NRL-8)", false, false},
    {0},
};

static const struct ops_option notice_list[] = {
    {"dataset", "DATASET", "only about this dataset", false, false},
    {"all", NULL, "also those that are over or were withdrawn", false, false},
    {"limit", "N", "show the newest N (50)", false, false},
    {0},
};

static const struct ops_option notice_amend[] = {
    {"from", "TIME", "another begin", false, false},
    {"until", "TIME", "another end", false, false},
    {"for-good", NULL, "without an end", false, false},
    {"reason", "TEXT", "another reason of the notice", false, false},
    {"means", "TEXT", "other means", false, false},
    {"why", "TEXT", "why it is amended", true, false},
    {0},
};

static const struct ops_option notice_withdraw[] = {
    {"why", "TEXT", "why it is withdrawn", true, false},
    {0},
};

static const struct ops_option reference_keys[] = {
    {"limit", "N", "show the N oldest (50)", false, false},
    {0},
};
static const struct ops_option reference_check[] = {
    {"full", NULL, "all rows at once besides, against what the turns found", false, false},
    {0},
};

static const struct ops_option holiday_load[] = {
    {"instrument", "TEXT", "by which the announced ones are announced, where the file does not say", false, false},
    {"dated", "DAY", "the date of that instrument: YYYY-MM-DD", false, false},
    {"dry-run", NULL, "say what it would change, and change nothing", false, false},
    {0},
};

static const struct ops_option holiday_announce[] = {
    {"until", "DAY", "its last day (the same day)", false, false},
    {"name", "TEXT", "its name in English", false, false},
    {"name-ar", "TEXT", "its name in Arabic; one of the two is needed", false, false},
    {"instrument", "TEXT", "by which it is announced", true, false},
    {"dated", "DAY", "the date of the instrument: YYYY-MM-DD", true, false},
    {0},
};

static const struct ops_option holiday_list[] = {
    {"year", "YEAR", "only of this year", false, false},
    {"all", NULL, "also those that were withdrawn or replaced", false, false},
    {"limit", "N", "show the latest N (50)", false, false},
    {0},
};

static const struct ops_option holiday_withdraw[] = {
    {"why", "TEXT", "why it is withdrawn", true, false},
    {0},
};

static const struct ops_option subscription_add[] = {
    {"account", "NAME", "the account in whose name it is, and whose rights it has", true, false},
    {"webhook", "URL", "send to this address; [relay] allow must have it", false, false},
    {"mail", "ADDRESS", "send by mail, through [alarm] smtp, in Arabic and English; [relay] allow must have its domain", false, false},
    {"alertmanager", "URL", "send incidents to this Alertmanager; [relay] allow must have it", false, false},
    {"notify", NULL, "send by NOTIFY on the register's channel nrc_events", false, false},
    {"agency", "CODE", "only what is about this agency", false, false},
    {"dataset", "DATASET", "only what is about this dataset", false, false},
    {"class", "CLASS", "only changes of this class: safe, review or breaking", false, true},
    {"type", "TYPE", "only of this type: notice.filed, structure.active, incident.* …", false, true},
    {"secret", "FILE", "a secret of the subscriber's own, whsec_ or whsk_; - is standard input", false, false},
    {"ed25519", NULL, "sign with a pair of keys, and print the public one", false, false},
    {0},
};

static const struct ops_option subscription_list[] = {
    {"account", "NAME", "only of this account", false, false},
    {0},
};

static const struct ops_option subscription_show[] = {
    {"missed", NULL, "only deliveries that failed or were skipped", false, false},
    {"limit", "N", "show the newest N deliveries (50)", false, false},
    {0},
};

static const struct ops_option subscription_disable[] = {
    {"reason", "TEXT", "the reason, which is recorded", true, false},
    {0},
};

static const struct ops_option subscription_enable[] = {
    {"replay", NULL, "also deliver what failed or was skipped", false, false},
    {0},
};

static const struct ops_option subscription_replay[] = {
    {"since", "TIME", "only what was told since: YYYY-MM-DDTHH:MM with Z or +HH:MM, or a day in UTC", false, false},
    {"delivered", NULL, "also what was delivered, with the ids that it had", false, false},
    {0},
};

static const struct ops_option subscription_rotate[] = {
    {"keep-old", "HOURS", "how long the old secret signs beside the new one, 0-720 (24)", false, false},
    {"secret", "FILE", "a secret of the subscriber's own, whsec_ or whsk_; - is standard input", false, false},
    {"ed25519", NULL, "sign with a pair of keys, and print the public one", false, false},
    {0},
};

static const struct ops_option notification_list[] = {
    {"dataset", "DATASET", "only about this dataset", false, false},
    {"unacknowledged", NULL, "only what asks for an acknowledgement and has none", false, false},
    {"limit", "N", "show the newest N (50)", false, false},
    {0},
};

static const struct ops_option notification_ack[] = {
    {"account", "NAME", "the account whose person has read it (you, a person at the Center)", false, false},
    {0},
};

static const struct ops_option position_resume[] = {
    {"accept-gap", "REASON", "resume behind a gap; the ledger keeps this reason", false, false},
    {"to", "OFFSET", "with --accept-gap: the offset to resume at (the log start offset, or the next readable one)", false,
     false},
    {"timeout", "SECONDS", "with --accept-gap: how long to look for the next readable offset (600)", false, false},
    {0},
};

static const struct ops_option measure[] = {
    {"since", "TIME", "only from then on: YYYY-MM-DDTHH:MM with Z or +HH:MM, or a day in UTC", false, false},
    {"until", "TIME", "only before then; a day counts whole", false, false},
    {"by", "SPAN", "minute, hour or day, in UTC (hour)", false, false},
    {0},
};

static const struct ops_option quality[] = {
    {"since", "TIME", "only from then on: YYYY-MM-DDTHH:MM with Z or +HH:MM, or a day in UTC (thirty days, today among them)", false, false},
    {"until", "TIME", "only before then; a day counts whole (now)", false, false},
    {"by", "SPAN", "total, or day: a row for each day in UTC, at most 100, of one dataset (total)", false, false},
    {"explain", NULL, "show each part with its counts, rules and versions; duplicates in the register are counted, which may take long",
     false, false},
    {0},
};

static const struct ops_option gaps[] = {
    {"all", NULL, "also those that were closed", false, false},
    {"limit", "N", "show N (50)", false, false},
    {0},
};

static const struct ops_option control_add[] = {
    {"from", "TIME", "the period's begin: YYYY-MM-DDTHH:MM with Z or +HH:MM, or a day in UTC", true, false},
    {"until", "TIME", "its end, which is not of it; a day counts whole", true, false},
    {"events", "N", "how many events were sent", false, false},
    {"keys", "N", "how many distinct keys they had", false, false},
    {"checksum", "HEX", "the checksum of these keys (ops/doc/completeness.md)", false, false},
    {"keys-file", "FILE", "the keys, one a line, or sha256: and their SHA-256; - is standard input", false, false},
    {"statement-id", "ID", "the agency's own name for the statement", false, false},
    {"grace", "SECONDS", "how long behind the period's end, or behind now, events may still come (3600)", false, false},
    {0},
};

static const struct ops_option control_list[] = {
    {"dataset", "DATASET", "only of this dataset", false, false},
    {"state", "STATE", "only those: open, equal, different or contradicted", false, false},
    {"refused", NULL, "messages on the topics <agency>.control that could not be taken", false, false},
    {"agency", "CODE", "with --refused: only on the topic of this agency", false, false},
    {"limit", "N", "show the newest N (50)", false, false},
    {0},
};

static const struct ops_option control_show[] = {
    {"differing-keys", NULL, "also the keys that differ, the first thousand on each side (role nrc_steward)", false, false},
    {0},
};

static const struct ops_option position_probe[] = {
    {"from", "OFFSET", "the offset to try (the partition's next offset)", false, false},
    {"timeout", "SECONDS", "how long to look for the next readable offset (600)", false, false},
    {0},
};

static const struct ops_option event_show[] = {
    {"partition", "N", "the partition of the dataset's topic", false, false},
    {"offset", "N", "the event's offset there", false, false},
    {"key", "TEXT", "for this key, as a steward; of several fields, one --key for each, in key order", false, true},
    {0},
};

#define QUARANTINE_WHICH                                                                           \
    {"dataset", "DATASET", "only of this dataset", false, false},                                      \
    {"reason", "REASON", "only events with this reason: truncated, bad_text, missing_key …", false, false}, \
    {"rule", "RULE", "only those that broke this rule", false, false},                                 \
    {"path", "PATH", "only those whose fault is at this field", false, false},                         \
    {"assigned-to", "PERSON", "only those assigned to this person", false, false}

static const struct ops_option quarantine_list[] = {
    QUARANTINE_WHICH,
    {"status", "STATUS", "only open, replay, replayed, discarded or superseded ones", false, false},
    {"limit", "N", "show the newest N (50)", false, false},
    {0},
};

#define QUARANTINE_CHANGE                                                                          \
    QUARANTINE_WHICH,                                                                              \
    {"before", "TIME", "only those recorded before this time", false, false},                          \
    {"all", NULL, "of every dataset and for every reason", false, false},                              \
    {"why", "TEXT", "the reason, which is recorded", true, false},                                     \
    {"dry-run", NULL, "say how many it would be, and change nothing", false, false}

static const struct ops_option dataset_pause[] = {
    {"why", "TEXT", "why, for the audit trail", true, false},
    {"until", "TIME", "when it goes on by itself: YYYY-MM-DDTHH:MM and a zone, or a day's begin in UTC", false, false},
    {0},
};

static const struct ops_option dataset_resume[] = {
    {"why", "TEXT", "why, for the audit trail", true, false},
    {0},
};

static const struct ops_option quarantine_change[] = {
    QUARANTINE_CHANGE,
    {0},
};

static const struct ops_option quarantine_assign[] = {
    QUARANTINE_CHANGE,
    {"to", "PERSON", "who is to work on them", false, false},
    {"to-nobody", NULL, "nobody is to work on them any more", false, false},
    {0},
};

static const struct ops_option incident_list[] = {
    {"all", NULL, "closed incidents too", false, false},
    {"dataset", "DATASET", "only of this dataset", false, false},
    {"state", "STATE", "only open, acknowledged or closed ones", false, false},
    {"kind", "KIND", "only of this kind: `nrc incident kinds`", false, false},
    {"assigned-to", "ACCOUNT", "only those that this account works on", false, false},
    {"limit", "N", "show the N last seen (50)", false, false},
    {0},
};

static const struct ops_option incident_ack[] = {
    {"account", "NAME", "in the name of this account (in that of the login)", false, false},
    {"reason", "TEXT", "what is known or done so far, which is recorded", false, false},
    {0},
};

static const struct ops_option incident_assign[] = {
    {"to", "ACCOUNT", "who is to work on it", false, false},
    {"to-nobody", NULL, "nobody is to work on it any more", false, false},
    {"account", "NAME", "in the name of this account (in that of the login)", false, false},
    {"reason", "TEXT", "the reason, which is recorded", false, false},
    {0},
};

static const struct ops_option incident_comment[] = {
    {"account", "NAME", "in the name of this account (in that of the login)", false, false},
    {0},
};

static const struct ops_option incident_handover[] = {
    {"since", "TIME", "since when: YYYY-MM-DDTHH:MM with Z or +HH:MM, or a day in UTC (eight hours ago)", false, false},
    {0},
};

static const struct ops_option contact_list[] = {
    {"agency", "CODE", "only this agency's list", false, false},
    {0},
};

static const struct ops_option contact_add[] = {
    {"subscription", "NAME", "the channel: `nrc subscription add`", false, false},
    {"email", "ADDRESS", "or a mailbox, which becomes a subscription that wants nothing by itself", false, false},
    {"account", "NAME", "the account in whose name the mailbox is told", false, false},
    {"agency", "CODE", "on this agency's list (the Center's)", false, false},
    {"name-ar", "TEXT", "the name in Arabic", false, false},
    {"days", "DAYS", "days of the week: sun-thu, or sat,mon (every day)", false, false},
    {"hours", "HH:MM-HH:MM", "hours in the Center's zone; over midnight they belong to the day on which they begin (all day)", false, false},
    {"holidays", NULL, "also on public holidays", false, false},
    {"always", NULL, "also called when nobody's hours are now", false, false},
    {"head", NULL, "the head of the agency's division, who is told at once of what is urgent, and not called in turn", false, false},
    {0},
};

static const struct ops_option contact_remove[] = {
    {"reason", "TEXT", "the reason, which is recorded", true, false},
    {0},
};

static const struct ops_option contact_move[] = {
    {"to", "PLACE", "its new place in its list, from 1", true, false},
    {0},
};

static const struct ops_option outage_list[] = {
    {"all", NULL, "those that are over or were withdrawn, too", false, false},
    {"limit", "N", "show the newest N (50)", false, false},
    {0},
};

static const struct ops_option outage_announce[] = {
    {"from", "TIME", "when it begins: YYYY-MM-DDTHH:MM with Z or +HH:MM", true, false},
    {"until", "TIME", "when it ends", true, false},
    {"reason", "TEXT", "the reason, which agencies are told", true, false},
    {"reason-ar", "TEXT", "the same in Arabic", false, false},
    {0},
};

static const struct ops_option outage_withdraw[] = {
    {"reason", "TEXT", "the reason, which is recorded", true, false},
    {0},
};

static const struct ops_option incident_close[] = {
    {"reason", "TEXT", "the reason, which is recorded", true, false},
    {0},
};

static const struct ops_option account_add[] = {
    {"person", "TEXT", "the person's full name; for a service, the responsible person", true, false},
    {"person-ar", "TEXT", "the name in Arabic", false, false},
    {"role", "ROLE", "producer, steward, operator, auditor or beneficiary", true, true},
    {"decision", "TEXT", "number and year of the written decision that authorises it (SMP)", true, false},
    {"agency", "CODE", "the agency it acts for (the Center). A producer needs one, a steward has none", false, false},
    {"scope", "PREFIX", "it may change only subjects with this prefix", false, false},
    {"expires", "YYYY-MM-DD", "the last valid day, in UTC (in a year)", false, false},
    {"service", NULL, "the account of a program, not of a person", false, false},
    {0},
};

static const struct ops_option account_disable[] = {
    {"reason", "TEXT", "the reason, which is recorded", true, false},
    {0},
};

static const struct ops_option account_rotate[] = {
    {"keep-old", "HOURS", "how long the old secret stays valid, 0-2160 (0)", false, false},
    {0},
};

static const struct ops_option account_review[] = {
    {"expires", "YYYY-MM-DD", "with NAME: the new last valid day", false, false},
    {"overdue", NULL, "list the accounts not reviewed for a year", false, false},
    {0},
};

static const struct ops_option account_delegate[] = {
    {"to", "NAME", "the account that receives the roles", true, false},
    {"from", "YYYY-MM-DD", "the first day, in UTC", true, false},
    {"until", "YYYY-MM-DD", "the last day", true, false},
    {"reason", "TEXT", "the reason: leave, illness, a mission", true, false},
    {"role", "ROLE", "only this role (all roles of NAME)", false, true},
    {0},
};

static const struct ops_command commands[] = {
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

    {"notice", "file", "announce a stop, a change or additional collection", "KIND", 1, 1, notice_file,
     "KIND is stop, modification, update, restructure or additional_collection, as the law has them. Announce before the window begins:\n"
     "the time between is its lead time, and a notice that comes after the begin is marked late. The duty to supply goes on (NRL-8).\n\n"
     "  nrc notice file stop --dataset moh.births --from 2026-12-31T22:00+02:00 --until 2027-01-01T04:00+02:00 --reason 'new servers' \\\n"
     "      --means 'a file each hour'",
     ops_notice_file, false},
    {"notice", "list", "list notices that are announced or in force, latest begin first", "", 0, 0, notice_list,
     "lead_hours is the time from the announcement to the begin. An amendment to an earlier begin counts from the amendment.",
     ops_notice_list, false},
    {"notice", "show", "show a notice and every form that it had", "ID", 1, 1, NULL, NULL, ops_notice_show, false},
    {"notice", "amend", "change a notice's window, reason or means", "ID", 1, 1, notice_amend,
     "What is not given stays. The kind and the datasets stay: withdraw the notice and file another. Its former forms are kept.",
     ops_notice_amend, false},
    {"notice", "withdraw", "withdraw a notice", "ID", 1, 1, notice_withdraw, NULL, ops_notice_withdraw, false},

    {"reference", "list", "list the references of contracts in force, with counts", "[DATASET]", 0, 1, NULL,
     "rows: those that refer to something, at the last look at all of them (whole_at). within_grace: those whose row in the other dataset is\n"
     "not there, and may still come. violations: those older than the contract's grace period; oldest: since when. A reference that is\n"
     "not_checked has a reason and no counts. may_be_exempt: the other dataset has rows that the register does not keep (NRL-2), so a row\n"
     "that is missing may be one of these.",
     ops_reference_list, false},
    {"reference", "keys", "list the rows whose row in the other dataset is not there", "DATASET NAME", 2, 2, reference_keys,
     "Oldest first. The keys are an agency's data: the login needs the group nrc_steward.", ops_reference_keys, false},
    {"reference", "check", "look at a dataset's references now", "DATASET", 1, 1, reference_check,
     "Does now what nrc monitor does each minute, and does it to the end. With --full all rows of both datasets are compared at once, and\n"
     "what the turns had not found, or had too much of, is counted and put right: without events meanwhile it is nothing. For a large dataset\n"
     "that takes long, and a change of its columns has to wait.\n\n"
     "  nrc reference check mol.contracts --full",
     ops_reference_check, false},
    {"holiday", "load", "load public holidays from CSV or iCalendar", "FILE", 1, 1, holiday_load,
     "CSV has a first line with date and kind (announced or estimated), and end_date, name_en, name_ar, instrument and instrument_date as far\n"
     "as they are known. iCalendar has events of whole days; STATUS:TENTATIVE, or a name that ends in (estimated), is an estimate. A holiday\n"
     "replaces what is in force under its name within two days of it: an announcement an estimate, a later announcement an earlier one.\n"
     "An estimate replaces no announcement. The same file again changes nothing. FILE - is standard input.\n\n"
     "  nrc holiday load 2027.csv --instrument 'Royal Decree 56/2027' --dated 2027-01-10 --dry-run",
     ops_holiday_load, false},
    {"holiday", "list", "list public holidays, latest first", "", 0, 0, holiday_list, NULL, ops_holiday_list, false},
    {"holiday", "announce", "announce one holiday", "DAY", 1, 1, holiday_announce,
     "It replaces the estimate of its name that is within two days of it. What was late on that day is taken back with the next judgement.\n\n"
     "  nrc holiday announce 2027-03-09 --until 2027-03-11 --name 'Eid al-Fitr' --name-ar 'عيد الفطر' \\\n"
     "      --instrument 'Ministerial statement 4/2027' --dated 2027-03-08",
     ops_holiday_announce, false},
    {"holiday", "withdraw", "withdraw a holiday, which stays on record", "ID", 1, 1, holiday_withdraw, NULL, ops_holiday_withdraw, false},

    {"catalogue", "export", "print or write the catalogue of sources", "", 0, 0, catalogue_export,
     "csv has a row for each dataset (RFC 4180). html is a page to print, in Arabic and English. dcat is DCAT 3 in JSON-LD by the profile\n"
     "DCAT-AP 3, with IRIs under [registry] public_url.\n\n"
     "  nrc catalogue export --format html --output sources.html",
     ops_catalogue_export, false},
    {"catalogue", "gaps", "list what the catalogue of sources lacks", "", 0, 0, of_agency,
     "undeclared: on the regulation's list, and declared by nobody. class_differs: listed with another class. no_structure, no_data: a\n"
     "dataset without them. data_without_structure: events of no registered structure, in the quarantine. no_head: an agency for which\n"
     "nobody answers. steward_gone: the steward's account is disabled or has expired. facts_missing: what was not said.",
     ops_catalogue_gaps, false},
    {"catalogue", "load", "load the regulation's list of sources", "FILE", 1, 1, catalogue_load,
     "FILE is CSV in UTF-8; - is standard input. The first line names the columns: agency (a code, or a name in either language), name,\n"
     "name_ar or both, and if you like class, note, and dataset (its name here). Comma, semicolon or tab stand between them. The list takes\n"
     "the place of the former one of the same instrument, which is kept.\n\n"
     "  nrc catalogue load sources.csv --instrument 'Decision 7/2026' --dated 2026-05-01",
     ops_catalogue_load, false},
    {"catalogue", "lists", "list the loaded lists of sources", "", 0, 0, NULL, NULL, ops_catalogue_lists, false},
    {"subscription", "add", "add a subscription, and print its secret if it has one", "NAME", 1, 1, subscription_add,
     "What passes every filter that is given is sent, in order, until it is disabled. Problems and violations of other agencies go to the\n"
     "Center's accounts alone. Webhooks are CloudEvents, signed as Standard Webhooks has it: the secret is made here and printed only once;\n"
     "with --ed25519 there is no secret to hand over. A mail is for a person; what a mail server says is not there ends the subscription.\n"
     "An Alertmanager is told when incidents begin and end, with the same labels, so that it resolves them; of several, add each.\n\n"
     "  nrc subscription add statistics --account huda --webhook https://stats.example/nrc --class review,breaking --type 'notice.*'\n"
     "  nrc subscription add ops --account huda --mail duty@center.example --type 'incident.*'\n"
     "  nrc subscription add alerts --account huda --alertmanager https://am.example:9093",
     ops_subscription_add, false},
    {"subscription", "list", "list all subscriptions, disabled ones too", "", 0, 0, subscription_list, NULL, ops_subscription_list, false},
    {"subscription", "show", "show a subscription and its deliveries", "NAME", 1, 1, subscription_show, NULL, ops_subscription_show, false},
    {"subscription", "test", "send a test message", "NAME", 1, 1, NULL,
     "A relay sends it in its turn, once. What became of it: nrc subscription show.", ops_subscription_test, false},
    {"subscription", "disable", "send nothing more", "NAME", 1, 1, subscription_disable,
     "What comes from now on, and what waits, is skipped: a replay delivers it.", ops_subscription_disable, false},
    {"subscription", "enable", "send again", "NAME", 1, 1, subscription_enable, NULL, ops_subscription_enable, false},
    {"subscription", "replay", "deliver again what failed or was skipped", "NAME", 1, 1, subscription_replay,
     "In the order it was told in. A message has the id that it had, so that a receiver knows one that it has.", ops_subscription_replay,
     false},
    {"subscription", "rotate", "make a new secret, and print it", "NAME", 1, 1, subscription_rotate,
     "Meanwhile each message has a signature by either, so that the receiver can switch at any moment.", ops_subscription_rotate, false},

    {"notification", "list", "list what was told, newest first", "", 0, 0, notification_list, NULL, ops_notification_list, false},
    {"notification", "show", "show what was told, to whom, and who acknowledged it", "ID|GUID", 1, 1, NULL, NULL, ops_notification_show,
     false},
    {"notification", "ack", "acknowledge a notification", "ID|GUID", 1, 1, notification_ack,
     "It is recorded who knew, and when. A change that nobody acknowledges is escalated before it takes effect.", ops_notification_ack,
     false},
    {"notification", "topics", "list the Kafka topics on which notifications and rejects are published", "", 0, 0, NULL,
     "A topic begins when a relay with that [relay] topic starts; one of rejects, for its agency, with the first of them. What waits is\n"
     "published in its order, by whichever relay.",
     ops_notification_topics, false},

    {"ingest", NULL, "store events from Kafka in the register", "", 0, 0, NULL,
     "Runs until SIGTERM, SIGINT or SIGHUP, then finishes the batches in progress and exits 0. To share the load start more engines,\n"
     "also on other machines: Kafka assigns the partitions among the engines of one kafka.group. Logs to standard error. Answers\n"
     "/healthz, /readyz and /metrics on [ingest] listen.",
     ops_ingest, true},
    {"registry", NULL, "serve the schema registry over HTTP, until stopped", "", 0, 0, NULL,
     "Implements Confluent's Schema Registry API on [registry] listen. All state is in the register: start as many as you like, there is\n"
     "no leader. Clients authenticate with an account (`nrc account add`); /healthz, /readyz and /metrics need none. On SIGTERM or SIGINT\n"
     "it answers the requests in progress and exits 0. On SIGHUP it reloads its certificate.",
     ops_registry, true},
    {"relay", NULL, "tell subscribers what changed, until stopped", "", 0, 0, NULL,
     "Sends what the register has to tell to the subscriptions that want it: at least once, in order for each, with ids that stay the\n"
     "same. Start as many as you like. On SIGTERM or SIGINT it waits for what is in flight and exits 0. Nothing is called that [relay]\n"
     "allow does not have. Answers /healthz, /readyz and /metrics on [relay] listen.",
     ops_relay, true},
    {"monitor", NULL, "judge each minute how fresh every source is, until stopped", "", 0, 0, monitor,
     "Each source with a contract is held against its cadence and latency, on its calendar: working week, hours, public holidays. What\n"
     "is late is an incident, which its agency's coordinator is told of; a notice of stop suspends it. A sign of life is a message on the\n"
     "topic <agency>.control, whatever is in it. Start as many as you like: one works, the others wait for it to end. With --once the exit\n"
     "code is 1 when a source is late. Answers /healthz, /readyz and /metrics on [monitor] listen.\n\n"
     "  nrc monitor --at 2026-12-06T08:00:00Z",
     ops_monitor, true},
    {"status", NULL, "show what each source is now, the worst first", "[DATASET]", 0, 1, status,
     "What waits in its partitions, its freshness, halts, announced stops and open incidents, taken together by nrc monitor into one word:\n"
     "ok, quiet, suspended, catching_up, paused, not_watched, unknown, behind (the Center's fault), late (see the sentence), rewound,\n"
     "stalled, stopped, lost, halted; each is worse than the one before. With DATASET: its sentence, what to do, what its coordinator is\n"
     "to be told, and its partitions. What is not known is never 0.",
     ops_status, false},
    {"freshness", NULL, "show how fresh each source is, as the monitor found it", "[DATASET]", 0, 1, freshness,
     "state is fresh, quiet, late, suspended by a notice, catching_up after one, or unknown; not_promised where no contract says how often\n"
     "data comes, not_judged where no monitor has been. Nothing that is not known is ever fresh. judged_at says how old the answer is.",
     ops_freshness, false},
    {"check", NULL, "try data against a structure and its rules, with no server", "SAMPLE", 1, 1, check,
     "SAMPLE is JSON lines, an Avro container file (codec null, deflate or zstandard), or one event as it is sent; - is standard input. It\n"
     "is decoded and checked by the code of the engine: what is refused here would be quarantined there. JSON may be as Avro's JSON\n"
     "encoding has it, or plain: a union's value without its tag, times in ISO 8601, decimals as text. The keys and orders of events are\n"
     "not looked at. What a compressed block may become is bounded by [check] block_bytes and block_ratio.\n\n"
     "The rules are those in the structure itself (confluent:rules), those of --rule-set, as the registry takes them, and those of\n"
     "--contract. The exit code is 1 when an event would be refused, and 130 after Ctrl-C, when the answer is of what was looked at.\n\n"
     "  nrc check --structure births.avsc --contract births.yaml sample.jsonl",
     ops_check, false},
    {"lag", NULL, "show the consumer lag of each topic partition", "[TOPIC]", 0, 1, NULL,
     "next_offset comes from the register, - if no engine has claimed the partition yet; log_end comes from Kafka; lag is the difference.\n"
     "A value that Kafka does not tell is ?, and null in JSON; a broker that does not answer hides only its own partitions.\n"
     "What is thought of it rests on the looks of the last hour, one a minute, that nrc monitor keeps:\n"
     "verdict: ok (nothing waits, it is within [monitor] commit_ms, or it gets less), warn (behind, and not catching up), stall (an engine\n"
     "has the partition and does not move), stop (no engine has it), rewind (the position went back), lost (the log no longer has what was to\n"
     "be taken next), unknown. waits: how long the oldest event that is not taken has waited; > when it waited already an hour ago.\n"
     "caught up in: at this pace; never when it does not get less. lost in: until Kafka deletes the oldest of them.", ops_lag, false},

    {"position", "show", "show the next offset of each topic partition", "[TOPIC]", 0, 1, NULL, NULL, ops_position_show, false},
    {"position", "probe", "check that the next offset can be read; if not, find the next readable one", "TOPIC PARTITION", 2, 2,
     position_probe,
     "For a partition that halted as unreadable: shows how many offsets --accept-gap would skip. Reads with the settings of [kafka] and\n"
     "changes nothing. It ends as soon as it knows, after SECONDS at the latest: what Kafka did not answer by then is unknown, not\n"
     "unreadable. Exit 1: the offset cannot be read. If several bad batches are close together, the search may step over good ones\n"
     "between them: check these with --from.",
     ops_position_probe, false},
    {"position", "resume", "resume a topic partition that halted", "TOPIC PARTITION", 2, 2, position_resume,
     "A partition halts when reading on would lose or repeat events: the log start offset is above the position, the topic was\n"
     "re-created, or an offset was unreadable for [ingest] stuck_halt_ms. Without --accept-gap the same offset is tried again. With it,\n"
     "the ledger records the gap and the partition resumes behind it; events in the gap are not in the register.",
     ops_position_resume, false},

    {"event", "show", "show what became of one event", "DATASET", 1, 1, event_show,
     "became: applied, duplicate, stale or quarantined; or of an offset: unclaimed (no engine has taken the partition), awaited (not taken\n"
     "yet), not_taken (before the first that was), left_out (a gap that was accepted), not_kept (no record, or exempt by NRL-2). It shows no\n"
     "value of the event. --key shows the version in the register, and what is in the quarantine for the key where that is one text.",
     ops_event_show, false},
    {"quarantine", "list", "list quarantined events, newest first", "", 0, 0, quarantine_list, NULL, ops_quarantine_list, false},
    {"quarantine", "groups", "count quarantined events by what is wrong with them", "", 0, 0, quarantine_list,
     "The most frequent cause first: dataset, reason, rule and field. withheld: of them without a payload (NRL-2).", ops_quarantine_groups, false},
    {"quarantine", "show", "show a quarantined event: reason, key, headers and payload", "ID", 1, 1, NULL, NULL, ops_quarantine_show, false},
    {"quarantine", "assign", "give quarantined events to a person, as a steward", "[ID]...", 0, 8, quarantine_assign, NULL, ops_quarantine_assign, false},
    {"quarantine", "replay", "have quarantined events judged and recorded again, as a steward", "[ID]...", 0, 8, quarantine_change,
     "An engine does it within seconds, in the order in which they came, through the same door as the first time: an event that was corrected\n"
     "by a structure, a contract or a rule is recorded, with its own offset and time, and is stale if a newer version of its key came\n"
     "meanwhile. What is refused again stays open with its new reason. One without a payload (NRL-2) cannot be replayed. Doing it twice\n"
     "records nothing twice. --dry-run judges the first 1,000 by the code of the engine, and says what would become of each.", ops_quarantine_replay, false},
    {"quarantine", "discard", "put quarantined events aside that are not to be recorded, as a steward", "[ID]...", 0, 8, quarantine_change,
     "They are kept, and counted as quarantined.", ops_quarantine_discard, false},
    {"quarantine", "reopen", "take back that quarantined events were discarded or superseded, or are to be replayed", "[ID]...", 0, 8, quarantine_change, NULL,
     ops_quarantine_reopen, false},

    {"measure", NULL, "show what was measured in a dataset's stream, window by window", "DATASET", 1, 1, measure,
     "An event counts when it was recorded, by the register's clock; replay: it waited in the quarantine. p50 to max: how late events were,\n"
     "in seconds from their own time until they could be read, at most 12.3 % off; negative: by their own time they come from the future.\n"
     "With --json also reasons, what became of each rule (count: events that failed it), null and missing values by field, and each leg of the way: occurred, captured (the\n"
     "producer's timestamp), arrived (the broker's), available. Minutes are kept for [ingest] measure_days.", ops_measure, false},

    {"quality", NULL, "show how good each source was in a period, in nine dimensions", "[DATASET]", 0, 1, quality,
     "A score is 0 to 100, cut off, never rounded up: 100 is all of them. A dimension's score is that of its worst part. -: nothing of it\n"
     "was measured; *: some part was not, and --explain says why; !: a promise of the contract was not kept. Periods are whole hours.\n"
     "With --json always every part: what was counted, which rules of which versions, or why nothing was. ops/doc/quality.md has the\n"
     "meaning of each.", ops_quality, false},
    {"gaps", NULL, "list numbers that are missing in the agencies' own sequences, the oldest first", "[DATASET]", 0, 1, gaps,
     "A contract names a field that the source counts up without holes (sequenceField). A gap is as old as the first event behind it; it is\n"
     "closed when its numbers come, and one that is filled in part goes on with its age. quarantined: how many of its numbers are known to be\n"
     "of quarantined events, where the number is the whole key; of others nobody can tell. An exempt event (NRL-2) leaves a gap that stays.\n"
     "From too_many_from on there were more than 10,000 gaps, and none is kept.\n\n"
     "  nrc gaps moh.births --all",
     ops_gaps, false},

    {"control", "add", "state how many events, how many keys or which checksum was sent for a period", "DATASET", 1, 1, control_add,
     "The period is one of the dataset's event time; where it has none, of Kafka's timestamps. Statements stay; of one period the newest\n"
     "counts, and one with another number is contradicted by it. The same statement again changes nothing.\n\n"
     "  nrc control add moh.births --from 2027-01-01 --until 2027-01-31 --events 7215 --keys 7214 --statement-id 2027-01",
     ops_control_add, false},
    {"control", "list", "list control totals, newest first", "", 0, 0, control_list,
     "open: period or grace is not over. equal, different: as last judged; late events are counted for five weeks. contradicted: a newer\n"
     "statement of the same period says something else. received: recorded and quarantined events. Of what --refused lists the newest\n"
     "thousand of an agency are kept, with place and reason, and without what they say.",
     ops_control_list, false},
    {"control", "show", "show a control total, and what differs", "ID", 1, 1, control_show,
     "lone_digest: where one key alone differs, its SHA-256. exempt_at_most: so many events of the time were exempt, and none of them is\n"
     "counted (NRL-2). untimed: recorded events without event time, which are of no period.",
     ops_control_show, false},

    {"ledger", "verify", "check the ledger against the positions and the tables", "", 0, 0, NULL,
     "Checks that offset ranges are contiguous, that received = applied + duplicate + stale + quarantined + exempt, that the tables\n"
     "hold what the ledger counts, and that the counters of nrc measure are its sums. Exit 1: lists the faults.\n"
     "With --json: {\"balanced\":…,\"faults\":[…],\"totals\":[…]}.",
     ops_ledger_verify, false},

    {"violation", "list", "list violations, newest first", "", 0, 0, violation_list,
     "unannounced_change: a breaking change without a notice. unannounced_collection: new data without a notice of additional collection.\n"
     "unregistered_data: events of a structure that the dataset does not have; the incident says more.",
     ops_violation_list, false},
    {"incident", "list", "list open incidents, last seen first", "", 0, 0, incident_list,
     "Each cause is one incident; count is how often it was seen. It closes by itself when the cause is gone. If the cause returns within\n"
     "a day, the same incident reopens, and the cause must then stay away longer.", ops_incident_list, false},
    {"incident", "show", "show an incident: what it means, what to do, when it closes, and its history", "ID", 1, 1, NULL, NULL,
     ops_incident_show, false},
    {"incident", "ack", "acknowledge an incident: somebody knows, and it is not escalated", "ID", 1, 1, incident_ack,
     "One that is closed and opens again within a day is acknowledged by nobody again.",
     ops_incident_ack, false},
    {"incident", "assign", "give an incident to somebody", "ID", 1, 1, incident_assign, NULL, ops_incident_assign, false},
    {"incident", "comment", "write what was found into an incident's history", "ID TEXT", 2, 2, incident_comment,
     "Also of one that is closed. The agency of its dataset reads it too.",
     ops_incident_comment, false},
    {"incident", "close", "close an incident by hand, as a steward", "ID", 1, 1, incident_close,
     "For an incident whose end no engine can see, or that ended in another way. If the cause continues, it reopens. The incident of a\n"
     "halted partition is closed by `nrc position resume`, not by this command.",
     ops_incident_close, false},
    {"incident", "handover", "what the next shift must know: what opened, closed, is open, and was written", "", 0, 0, incident_handover, NULL,
     ops_incident_handover, false},
    {"incident", "kinds", "list all kinds: when they open, when they close, what to do", "", 0, 0, NULL, NULL, ops_incident_kinds, false},

    {"alarm", "test", "tell those whom [alarm] names that this is a test", "", 0, 0, NULL,
     "By the way that nrc monitor takes when the register is full or away, so that nothing can be handed to a relay: through [alarm] smtp and\n"
     "straight to the Alertmanagers. Says of each what became of it. Exit status 1: not all were told.",
     ops_alarm_test, false},

    {"contact", "list", "list who is called, in order, and whose hours are now", "", 0, 0, contact_list, NULL, ops_contact_list, false},
    {"contact", "add", "add a person, last in the list", "NAME", 1, 1, contact_add,
     "A problem that nobody acknowledges is told to one person after the other, of those whose hours are now (`ops/doc/incidents.md`).\n\n"
     "  nrc contact add 'Salem Al-Arabi' --subscription salem-phone --days sun-thu --hours 07:30-14:30\n"
     "  nrc contact add 'The night' --subscription night-desk --always",
     ops_contact_add, false},
    {"contact", "move", "give a person another place in the list", "ID", 1, 1, contact_move, NULL, ops_contact_move, false},
    {"contact", "remove", "remove a person from the list", "ID", 1, 1, contact_remove, NULL, ops_contact_remove, false},
    {"outage", "announce", "announce that the Center will take no data, to every agency", "", 0, 0, outage_announce,
     "Every agency's subscription is told at once, when it begins and when it ends. One that nobody planned is told by itself, when something\n"
     "urgent of an engine or the register has lasted for ten minutes.\n\n"
     "  nrc outage announce --from 2026-12-04T20:00+04:00 --until 2026-12-05T02:00+04:00 --reason 'new disks' --reason-ar 'أقراص جديدة'",
     ops_outage_announce, false},
    {"outage", "list", "list outages that are announced or in force", "", 0, 0, outage_list, NULL, ops_outage_list, false},
    {"outage", "withdraw", "withdraw an announced outage, or end it before its time", "ID", 1, 1, outage_withdraw, NULL, ops_outage_withdraw, false},

    {"account", "add", "add an account, and print its secret", "NAME", 1, 1, account_add,
     "NAME is a letter a-z, then up to 62 of a-z, 0-9, '.', '_' and '-'. The secret is generated here and printed only once: the register\n"
     "keeps its hash. Clients send both with Basic authentication, or as the Bearer token NAME.SECRET.\n\n"
     "  nrc account add moh-births --service --person 'Salem Al-Arabi' --person-ar 'سالم العربي' --role producer --agency moh \\\n"
     "      --decision 'No. 12 of 2026'",
     ops_account_add, false},
    {"account", "list", "list all accounts, disabled ones too", "", 0, 0, NULL, NULL, ops_account_list, false},
    {"account", "show", "show an account: person, decision, delegations, and its history", "NAME", 1, 1, NULL, NULL,
     ops_account_show, false},
    {"account", "disable", "disable an account for good", "NAME", 1, 1, account_disable,
     "Accounts are disabled, never deleted, so that every act stays attributable (NRL-18). A disabled account cannot be enabled again,\n"
     "its name cannot be used again, and its delegations end. Running registries refuse it at once.",
     ops_account_disable, false},
    {"account", "rotate", "generate and print a new secret", "NAME", 1, 1, account_rotate,
     "With --keep-old both secrets are valid for a while, so that clients can switch without downtime:\n\n"
     "  nrc account rotate moh-births --keep-old 48",
     ops_account_rotate, false},
    {"account", "review", "record that an account was reviewed today, or list overdue ones", "[NAME]", 0, 1, account_review,
     "Every account is reviewed once a year: is it still needed, by the same person, for the same work (SMP)?\n\n"
     "  nrc account review --overdue\n"
     "  nrc account review moh-births --expires 2027-12-31",
     ops_account_review, false},
    {"account", "delegate", "delegate an account's roles to another during an absence", "NAME", 1, 1, account_delegate,
     "Both accounts belong to the same agency, or both to the Center. The delegate logs in under its own name and is responsible itself.\n\n"
     "  nrc account delegate salem --to huda --from 2026-08-01 --until 2026-08-31 --reason 'annual leave'",
     ops_account_delegate, false},

    {"audit", "list", "list changes of agencies, datasets, structures, levels, modes and notices, newest first", "", 0, 0, audit_list,
     "Each row is written with the change that it records, and no role of the database may alter or delete one. by is the account, or the\n"
     "user of the machine that ran a command; db_login is what PostgreSQL knows. nrc account show has the trail of an account.\n"
     "The registry answers the same at /nrc/v1/audit; there an agency's account reads what is about its own agency alone.",
     ops_audit_list, false},
    {"audit", "show", "show a change, with what was there before and after", "ID", 1, 1, NULL, NULL, ops_audit_show, false},

    {"config", "show", "show the configuration in effect, with secrets masked", "", 0, 0, NULL,
     "Defaults, then the file, then the environment (NRC_INGEST_LANES sets lanes in [ingest]), then systemd's credentials\n"
     "(nrc_register.dsn).", ops_config_show, false},
    {"config", "keys", "list all keys: type, range, default, meaning", "", 0, 0, NULL, NULL, ops_config_keys, false},

    {"doctor", NULL, "check everything that nrc needs on this host, and say what to do", "[TOPIC]", 0, 1, NULL,
     "Looks at the configuration, this host, the register and Kafka, and changes nothing. Each finding is ok, warn, fail, or unknown where\n"
     "it could not be checked, and says what to do: in Arabic where the locale is, with --json in both languages. Exit 0: all is ok;\n"
     "1: something warns or is unknown; 2: something fails. With TOPIC, of the topics this one alone.",
     ops_doctor, false},

    {"completion", "bash", "print the script for bash", "", 0, 0, NULL,
     "The package installs it. Elsewhere, in ~/.bashrc:\n\n"
     "  source <(nrc completion bash)",
     ops_completion_bash, false},
    {"completion", "zsh", "print the script for zsh", "", 0, 0, NULL,
     "The package installs it. Elsewhere, in ~/.zshrc, after compinit:\n\n"
     "  source <(nrc completion zsh)",
     ops_completion_zsh, false},
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
