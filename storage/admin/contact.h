/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/contact.h - the lists of people who are called when nobody acknowledges an incident, and the outages that the Center
 * announces (0036_incident_work.sql). Each call is one transaction, with its row of the audit trail in the name that
 * sto_conn_act_as gave. FATAL ERR_USAGE, ERR_NOT_FOUND, ERR_REFUSED. */
#ifndef STORAGE_ADMIN_CONTACT_H
#define STORAGE_ADMIN_CONTACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

/* A channel is a subscription; or a mailbox, which becomes one in the name of the account. */
struct sto_contact_spec {
    const char *name;
    const char *name_ar;      /* NULL: none */
    const char *agency;       /* NULL: the Center's list */
    const char *subscription; /* NULL: email and account are given */
    const char *email;
    const char *account;
    const char *days;  /* "sun-thu", "sat,mon"; NULL: every day */
    const char *hours; /* "07:30-14:30", of the Center's zone, or over midnight; NULL: all day */
    bool is_on_holidays;
    bool is_always;
    bool is_head; /* of the agency's division */
};

/* The new one is the last of its list. */
MUST_CHECK int sto_contact_add(struct sto_conn *conn, const struct sto_contact_spec *spec,
                               int64_t *id, struct err *err);
MUST_CHECK int sto_contact_remove(struct sto_conn *conn, int64_t id, const char *why,
                                  struct err *err);
/* to: its new place in the list, from 1. */
MUST_CHECK int sto_contact_move(struct sto_conn *conn, int64_t id, int64_t to, struct err *err);

/* Times: as storage/admin/notice.h. */
MUST_CHECK int sto_outage_announce(struct sto_conn *conn, const char *from, const char *until,
                                   const char *reason, const char *reason_ar, int64_t *id,
                                   struct err *err);
MUST_CHECK int sto_outage_withdraw(struct sto_conn *conn, int64_t id, const char *why,
                                   struct err *err);

#endif
