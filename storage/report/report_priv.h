/* SPDX-License-Identifier: Apache-2.0
 * storage/report/report_priv.h - the table of reports; private to storage/report. */
#ifndef STORAGE_REPORT_REPORT_PRIV_H
#define STORAGE_REPORT_REPORT_PRIV_H

#include "storage/report/report.h"

struct sto_report_row {
    const char *sql;
    size_t param_count;
};

/* By enum sto_report. Column names and kinds are those of the query's result. */
extern const struct sto_report_row sto_report_table[STO_REPORT_COUNT];

#endif
