/* SPDX-License-Identifier: Apache-2.0
 * storage/report/report_priv.h - the tables of reports, one of each subject (sql_*.c); private to storage/report. */
#ifndef STORAGE_REPORT_REPORT_PRIV_H
#define STORAGE_REPORT_REPORT_PRIV_H

#include "storage/report/report.h"

/* Column names and kinds are those of the query's result. A NULL parameter means "all". --json prints the column
 * names, so they never change. */
struct sto_report_row {
    enum sto_report report;
    const char *sql;
    size_t param_count;
};

struct sto_report_part {
    const struct sto_report_row *rows;
    size_t count;
};

extern const struct sto_report_part sto_reports_of_catalogue;
extern const struct sto_report_part sto_reports_of_structure;
extern const struct sto_report_part sto_reports_of_record;
extern const struct sto_report_part sto_reports_of_incident;
extern const struct sto_report_part sto_reports_of_quality;
extern const struct sto_report_part sto_reports_of_account;
extern const struct sto_report_part sto_reports_of_notification;
extern const struct sto_report_part sto_reports_of_monitor;

#endif
