/* SPDX-License-Identifier: Apache-2.0
 * storage/report/incident.h - which incidents are listed. */
#ifndef STORAGE_REPORT_INCIDENT_H
#define STORAGE_REPORT_INCIDENT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/report/report.h"

struct sto_conn;

/* A NULL does not filter. Without is_over, those that are closed are listed only if their state or a change is asked for. */
struct sto_incident_filter {
    const char *dataset;
    bool is_over;
    const char *state; /* open, acknowledged, closed */
    const char *kind;
    const char *assigned_to;
    const char *reader;  /* an agency, which has its own alone; NULL: the Center */
    const char *changed; /* a cursor: those that have changed since, and some from shortly before */
    const char *limit;
};

/* which: STO_REPORT_INCIDENTS, STO_REPORT_INCIDENT_ROWS. FATAL ERR_USAGE: no such state, or no cursor. */
MUST_CHECK struct sto_grid *sto_incident_rows(struct sto_conn *conn, enum sto_report which,
                                              const struct sto_incident_filter *filter,
                                              struct err *err);

#endif
