/* SPDX-License-Identifier: Apache-2.0
 * storage/incident.c - see the header. */
#include "storage/incident.h"

#include <stdio.h>

#include "storage/conn_priv.h"

/* Looked for first, so that one that is open costs no number of the sequence; the index decides
 * where two ask at once. */
static const char open_sql[] =
    "INSERT INTO nrc.incident (kind, dataset_id, position_id, detail)"
    " SELECT $1::text, $2::int, $3::int, $4::text WHERE NOT EXISTS (SELECT FROM nrc.incident i"
    " WHERE i.kind = $1 AND i.dataset_id IS NOT DISTINCT FROM $2::int"
    " AND i.position_id IS NOT DISTINCT FROM $3::int AND i.closed_at IS NULL)"
    " ON CONFLICT DO NOTHING";

int sto_incident_open(struct sto_conn *conn, const struct sto_incident *incident, struct err *err)
{
    char dataset[16];
    char position[16];
    snprintf(dataset, sizeof(dataset), "%d", incident->dataset_id);
    snprintf(position, sizeof(position), "%d", incident->position_id);
    const char *values[] = {
        incident->kind,
        incident->dataset_id != 0 ? dataset : NULL,
        incident->position_id != 0 ? position : NULL,
        incident->detail,
    };
    PGresult *result = sto_exec(conn, open_sql, values, 4, err);
    if (result == NULL) {
        return err_add(err, "opening an incident of kind %s", incident->kind);
    }
    PQclear(result);
    return 0;
}
