/* SPDX-License-Identifier: Apache-2.0
 * storage/report/sources.h - the catalogue of sources (NRL-5) as one snapshot: agencies, their systems, their datasets. */
#ifndef STORAGE_REPORT_SOURCES_H
#define STORAGE_REPORT_SOURCES_H

#include "base/attr.h"
#include "base/err.h"
#include "storage/report/report.h"

struct sto_conn;

/* Each by name; division, head and since are those of the agency that answers now. A row of systems or datasets has the code of its agency in the first column; a dataset that belongs to a
 * system has the system's full name. heads, key and structures are JSON. */
struct sto_sources {
    /* code, name, name_ar, class, state, division, head, since, answered_by, retired_on, retired_reason, successor,
     * instrument, heads */
    struct sto_grid *agencies;
    /* agency, system, name, name_ar, description, retired_on */
    struct sto_grid *systems;
    /* agency, system, dataset, title, title_ar, description, description_ar, origin, legal_basis, cadence, steward,
     * steward_ar, steward_account, contact, topic, key, state, declared_on, retired_on, retired_reason, successor,
     * structures, versions */
    struct sto_grid *datasets;
};

/* agency NULL: all; else that one and those that it answers for, ERR_NOT_FOUND when there is none. On failure too, `out` is
 * to be finished. */
MUST_CHECK int sto_sources_read(struct sto_conn *conn, const char *agency, struct sto_sources *out,
                                struct err *err);
void sto_sources_fini(struct sto_sources *sources);

#endif
