/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/subscription.h - who is told of what: subscriptions, and acknowledgements of what was told. Each call is one
 * transaction, with its row of the audit trail, in the name that sto_conn_act_as gave. account: whose subscriptions are
 * there for the caller; NULL: the Center, all of them. Errors: FATAL ERR_USAGE; ERR_NOT_FOUND; ERR_EXISTS; ERR_REFUSED.
 * Whether a URL may be called is judged before (ops/tell/address.h). Reports: storage/report/report.h. */
#ifndef STORAGE_ADMIN_SUBSCRIPTION_H
#define STORAGE_ADMIN_SUBSCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct sto_conn;

enum { STO_WEBHOOK_SECRET_SIZE = 128, STO_GUID_SIZE = 40, STO_KEEP_HOURS_MAX = 720 };

struct sto_subscription_spec {
    const char *name;
    const char *account; /* in whose name it is, and with whose rights */
    const char *kind;    /* webhook, mailto, alertmanager, pg_notify */
    const char *url;     /* of all but pg_notify; mailto:… of mail */
    const char *agency;  /* NULL: of every agency; likewise below */
    const char *dataset;
    const char *const *classes; /* safe, review, breaking */
    size_t class_count;
    const char *const *types; /* notice.filed, structure.* */
    size_t type_count;
    const char *secret; /* one of the subscriber's, checked by sign_key_read; NULL: one is made */
};
/* secret: "" unless it is a webhook; for the caller to wipe. */
MUST_CHECK int sto_subscription_add(struct sto_conn *conn, const struct sto_subscription_spec *spec,
                                    char secret[STO_WEBHOOK_SECRET_SIZE], struct err *err);

MUST_CHECK int sto_subscription_disable(struct sto_conn *conn, const char *name, const char *why,
                                        const char *account, struct err *err);
/* replay: what failed or was skipped is delivered now. count: how many. */
MUST_CHECK int sto_subscription_enable(struct sto_conn *conn, const char *name, bool replay,
                                       const char *account, int *count, struct err *err);
/* since: a time or a day, as of notices; NULL: from the first on. also_delivered: those, too. */
MUST_CHECK int sto_subscription_replay(struct sto_conn *conn, const char *name, const char *since,
                                       bool also_delivered, const char *account, int *count,
                                       struct err *err);
/* own NULL: one is made. The old secret signs beside the new one for keep_hours. */
MUST_CHECK int sto_subscription_rotate(struct sto_conn *conn, const char *name, int keep_hours,
                                       const char *own, const char *account,
                                       char secret[STO_WEBHOOK_SECRET_SIZE], struct err *err);
/* guid: of the message, which is tried once. */
MUST_CHECK int sto_subscription_test(struct sto_conn *conn, const char *name, const char *account,
                                     char guid[STO_GUID_SIZE], struct err *err);

/* ref: a notification's guid or number. account: who has read it; NULL: the person of sto_conn_act_as. */
MUST_CHECK int sto_notification_acknowledge(struct sto_conn *conn, const char *ref,
                                            const char *account, char guid[STO_GUID_SIZE],
                                            struct err *err);

#endif
