/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/notice.h - notices: what an agency announces before it does it (NRL-7). Each call is one transaction,
 * with its row of the audit trail, in the name that sto_conn_act_as gave. agency: of the account that does it; NULL: the
 * Center. Reports of notices: storage/report/report.h. */
#ifndef STORAGE_ADMIN_NOTICE_H
#define STORAGE_ADMIN_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

/* Times: YYYY-MM-DDTHH:MM[:SS] with Z or +HH:MM; or YYYY-MM-DD, the whole day in UTC. */
struct sto_notice_spec {
    const char *kind; /* stop, modification, update, restructure, additional_collection */
    const char *const *datasets;
    size_t dataset_count;
    const char *system; /* every dataset that it serves; NULL: only those named */
    const char *from;
    const char *until; /* NULL: for good */
    const char *reason;
    const char *means; /* by which data comes meanwhile (NRL-8); NULL: not a stop */
};
/* FATAL ERR_USAGE; ERR_NOT_FOUND: a dataset or the system; ERR_REFUSED: the window, another agency's dataset, a stop without means. */
MUST_CHECK int sto_notice_file(struct sto_conn *conn, const struct sto_notice_spec *spec,
                               const char *agency, int64_t *id, struct err *err);

/* What is NULL stays as it is. */
struct sto_notice_change {
    const char *from;
    const char *until;
    bool for_good; /* has no end any more */
    const char *reason;
    const char *means;
};
/* why: of the change. FATAL ERR_USAGE; ERR_NOT_FOUND; ERR_REFUSED: withdrawn, another agency's, or nothing would change. */
MUST_CHECK int sto_notice_amend(struct sto_conn *conn, int64_t id,
                                const struct sto_notice_change *change, const char *why,
                                const char *agency, struct err *err);
MUST_CHECK int sto_notice_withdraw(struct sto_conn *conn, int64_t id, const char *why,
                                   const char *agency, struct err *err);

#endif
