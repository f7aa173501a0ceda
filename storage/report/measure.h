/* SPDX-License-Identifier: Apache-2.0
 * storage/report/measure.h - what was measured in a dataset's stream, window by window. */
#ifndef STORAGE_REPORT_MEASURE_H
#define STORAGE_REPORT_MEASURE_H

#include "base/attr.h"
#include "base/err.h"
#include "storage/report/report.h"

struct sto_conn;

struct sto_measure_filter {
    const char *dataset; /* its full name */
    const char *since;   /* times as sto_given_time reads them */
    const char *until;   /* NULL: now */
    const char *by;      /* minute, hour, day: in UTC; NULL: hour */
};

/* Oldest first; a window in which nothing came has no row, and events of each kind (stream, replay: those that waited, import)
 * have a row of their own: at, kind, received, applied, duplicate, stale, quarantined, exempt, deletes, p50, p95, p99, max (of
 * occurred → available, in seconds; NULL: not known of any), late_unknown, late_negative; then JSON: reasons {reason: count},
 * rules [{rule, origin, version,
 * action, count}], fields {field: {null, missing}}, legs {captured, arrived, available, carried, whole: see
 * storage/commit/measure.h}. Usage errors name the option; FATAL ERR_NOT_FOUND: no such dataset. */
MUST_CHECK struct sto_grid *sto_measures(struct sto_conn *conn,
                                         const struct sto_measure_filter *filter, struct err *err);

#endif
