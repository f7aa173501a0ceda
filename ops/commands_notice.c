/* SPDX-License-Identifier: Apache-2.0
 * ops/commands_notice.c - commands: notices, references, holidays, and the catalogue of sources. */
#include "ops/cmd/handlers.h"
#include "ops/commands_priv.h"

/* clang-format off */
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

static const struct ops_command rows[] = {
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
};
/* clang-format on */

const struct ops_command_part ops_commands_of_notice = {rows, COUNT_OF(rows)};
