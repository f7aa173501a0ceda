/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/incident.h - what people do with an incident (0036_incident_work.sql). Each call is one transaction, with its row of
 * the audit trail in the name that sto_conn_act_as gave. What opens and ends incidents: storage/catalogue/incident.h.
 *
 * agency: of the account that does it, for which others' incidents are not there; NULL: the Center. account: in whose name it is
 * done; NULL: in that of sto_conn_act_as. FATAL ERR_NOT_FOUND, ERR_USAGE; ERR_REFUSED: it is closed, or done already. */
#ifndef STORAGE_ADMIN_INCIDENT_H
#define STORAGE_ADMIN_INCIDENT_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

/* why may be NULL. */
MUST_CHECK int sto_incident_acknowledge(struct sto_conn *conn, int64_t id, const char *why,
                                        const char *agency, const char *account, struct err *err);
/* to: an account; NULL: nobody. why may be NULL. */
MUST_CHECK int sto_incident_assign(struct sto_conn *conn, int64_t id, const char *to,
                                   const char *why, const char *account, struct err *err);
/* Up to 4,000 bytes. */
MUST_CHECK int sto_incident_comment(struct sto_conn *conn, int64_t id, const char *text,
                                    const char *agency, const char *account, struct err *err);

#endif
