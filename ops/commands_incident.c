/* SPDX-License-Identifier: Apache-2.0
 * ops/commands_incident.c - commands: problems, and who is called. */
#include "ops/cmd/handlers.h"
#include "ops/commands_priv.h"

/* clang-format off */
static const struct ops_option violation_list[] = {
    {"dataset", "DATASET", "only of this dataset", false, false},
    {"limit", "N", "show the newest N (50)", false, false},
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

static const struct ops_command rows[] = {
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
};
/* clang-format on */

const struct ops_command_part ops_commands_of_incident = {rows, COUNT_OF(rows)};
