/* SPDX-License-Identifier: Apache-2.0
 * ops/commands_notification.c - commands: subscriptions and notifications. */
#include "ops/cmd/handlers.h"
#include "ops/commands_priv.h"

/* clang-format off */
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

static const struct ops_command rows[] = {
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
};
/* clang-format on */

const struct ops_command_part ops_commands_of_notification = {rows, COUNT_OF(rows)};
