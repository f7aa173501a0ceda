/* SPDX-License-Identifier: Apache-2.0
 * ops/commands_account.c - commands: accounts, the audit trail, and this host. */
#include "ops/cmd/handlers.h"
#include "ops/commands_priv.h"

/* clang-format off */
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

static const struct ops_command rows[] = {
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

const struct ops_command_part ops_commands_of_account = {rows, COUNT_OF(rows)};
