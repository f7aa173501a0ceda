/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/contract.h - contracts of datasets: applied, and read back. Applying is one transaction, with its row of the
 * audit trail and its notification, in the name that sto_conn_act_as gave. Reports: storage/report/report.h. */
#ifndef STORAGE_ADMIN_CONTRACT_H
#define STORAGE_ADMIN_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

struct sto_conn;

enum { STO_CONTRACT_VERSION_SIZE = 48 };

struct sto_contract_spec {
    const char *dataset; /* "moh.births" */
    const char *text;    /* as it was given, UTF-8 */
    const char *
        contract; /* the same as JSON, by sch_contract_json: its version, status, id, key, order, event time are judged */
    const char *why;    /* of the change; NULL: none */
    const char *agency; /* of the account that applies it; NULL: the Center */
    bool try_only;      /* nothing is kept of it */
};

struct sto_contract_applied {
    bool is_changed; /* false: the text is in force already */
    char version[STO_CONTRACT_VERSION_SIZE];
    char was[STO_CONTRACT_VERSION_SIZE]; /* the version before; "": none */
};

/* FATAL ERR_USAGE; ERR_NOT_FOUND: the dataset; ERR_REFUSED: another agency's dataset, a key, order or event time that is not
 * the dataset's, a version that is not above the present one, another id, a status that is not in force. */
MUST_CHECK int sto_contract_apply(struct sto_conn *conn, const struct sto_contract_spec *spec,
                                  struct sto_contract_applied *out, struct err *err);

/* The text of the dataset's newest structure of values that is in force or will be, resolved; what rules are held against. */
MUST_CHECK int sto_contract_structure(struct sto_conn *conn, const char *dataset, struct buf *text,
                                      bool *found, struct err *err);

#endif
