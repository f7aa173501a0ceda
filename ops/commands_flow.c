/* SPDX-License-Identifier: Apache-2.0
 * ops/commands_flow.c - commands: the daemons, and events on their way. */
#include "ops/cmd/handlers.h"
#include "ops/commands_priv.h"

/* clang-format off */
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

static const struct ops_option position_resume[] = {
    {"accept-gap", "REASON", "resume behind a gap; the ledger keeps this reason", false, false},
    {"to", "OFFSET", "with --accept-gap: the offset to resume at (the log start offset, or the next readable one)", false,
     false},
    {"timeout", "SECONDS", "with --accept-gap: how long to look for the next readable offset (600)", false, false},
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

static const struct ops_command rows[] = {
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
};
/* clang-format on */

const struct ops_command_part ops_commands_of_flow = {rows, COUNT_OF(rows)};
