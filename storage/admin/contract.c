/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/contract.c - see the header. Versions and what a contract may not contradict are judged by the functions of
 * nrc_owner (0020_contracts.sql). */
#include "storage/admin/contract.h"

#include <stdio.h>

#include "storage/admin/given_priv.h"
#include "storage/conn/statement.h"

int sto_contract_apply(struct sto_conn *conn, const struct sto_contract_spec *spec,
                       struct sto_contract_applied *out, struct err *err)
{
    const char *const values[] = {spec->dataset,  spec->text,
                                  spec->contract, spec->try_only ? "true" : "false",
                                  spec->why,      spec->agency};
    if (sto_given_text(spec->why, false, "the reason", err) != 0) {
        return -1;
    }
    PGresult *res = sto_exec(conn,
                             "SELECT a->>'outcome' = 'applied', a->>'version', a->>'was'"
                             " FROM nrc.apply_contract($1, $2, $3::jsonb, $4::boolean, $5, $6) a",
                             values, COUNT_OF(values), err);
    if (res == NULL) {
        return -1;
    }
    out->is_changed = *PQgetvalue(res, 0, 0) == 't';
    snprintf(out->version, sizeof(out->version), "%s", PQgetvalue(res, 0, 1));
    snprintf(out->was, sizeof(out->was), "%s", PQgetvalue(res, 0, 2));
    PQclear(res);
    return 0;
}

int sto_contract_structure(struct sto_conn *conn, const char *dataset, struct buf *text,
                           bool *found, struct err *err)
{
    PGresult *res = sto_exec(
        conn,
        "SELECT coalesce(s.resolved_text, s.text) FROM nrc.subject_version v"
        " JOIN nrc.schema s ON s.id = v.schema_id"
        " JOIN nrc.dataset d ON d.id = v.dataset_id JOIN nrc.agency a ON a.id = d.agency_id"
        " WHERE a.code || '.' || d.name = $1 AND v.part = 'value'"
        " AND nrc.structure_state(v) IN ('pending', 'approved', 'active')"
        " ORDER BY v.version DESC LIMIT 1",
        &dataset, 1, err);
    if (res == NULL) {
        return -1;
    }
    *found = PQntuples(res) == 1;
    if (*found) {
        buf_put(text, PQgetvalue(res, 0, 0), (size_t)PQgetlength(res, 0, 0));
    }
    PQclear(res);
    return buf_failed(text)
               ? err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a structure")
               : 0;
}
