/* SPDX-License-Identifier: Apache-2.0
 * storage/incident.h - something wrong that opens, has an owner, and closes. */
#ifndef STORAGE_INCIDENT_H
#define STORAGE_INCIDENT_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

struct sto_incident {
    const char *kind;    /* "topic_missing", "unknown_structure" … */
    int32_t dataset_id;  /* 0: none */
    int32_t position_id; /* 0: none */
    const char *detail;  /* carries no value of an event */
};

/* Opens it unless one of the same kind, dataset and position is open; where there is no position,
 * also when two ask at once. Inside a transaction it waits for another that opens the same. */
MUST_CHECK int sto_incident_open(struct sto_conn *conn, const struct sto_incident *incident,
                                 struct err *err);

#endif
