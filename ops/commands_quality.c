/* SPDX-License-Identifier: Apache-2.0
 * ops/commands_quality.c - commands: what is counted and proved. */
#include "ops/cmd/handlers.h"
#include "ops/commands_priv.h"

/* clang-format off */
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

static const struct ops_command rows[] = {
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
};
/* clang-format on */

const struct ops_command_part ops_commands_of_quality = {rows, COUNT_OF(rows)};
