/* SPDX-License-Identifier: Apache-2.0
 * storage/notify/outbox.h - the relay's side of the outbox: fan-out, claims of deliveries, and what became of them.
 *
 * The rules are in storage/migrations/0016_notifications.sql. A delivery is claimed for a time; the claim is lost when that
 * is over, and then another relay may have it. A subscription has one claim at a time, so its order is kept.
 *
 * Each call is a transaction. Errors are the register's; RETRY: try again over a new connection. */
#ifndef STORAGE_NOTIFY_OUTBOX_H
#define STORAGE_NOTIFY_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "storage/notify/about.h"
#include "storage/notify/notification.h"

struct sto_conn;

/* From here on the connection hears of new notifications. */
MUST_CHECK int sto_outbox_listen(struct sto_conn *conn, struct err *err);
/* Whether any came since the last call. Does not wait: poll sto_conn_socket. */
MUST_CHECK int sto_outbox_heard(struct sto_conn *conn, bool *heard, struct err *err);

/* At most `most` new notifications become deliveries. count 0: there was none, or another relay is at it. */
MUST_CHECK int sto_outbox_fan_out(struct sto_conn *conn, int most, int *count, struct err *err);

enum { STO_CLAIM_SECRETS_MAX = 4 };

enum sto_way { STO_WAY_WEBHOOK, STO_WAY_MAIL, STO_WAY_ALERTMANAGER, STO_WAY_NOTIFY };

struct sto_claim {
    int32_t subscription_id;
    const char *subscription; /* its name */
    int64_t claim;
    int64_t notification_id;
    enum sto_way way;
    bool is_failing;                      /* since the last success */
    int attempts;                         /* before this one */
    const char *url;                      /* NULL: of pg_notify */
    char *secrets[STO_CLAIM_SECRETS_MAX]; /* newest first */
    size_t secret_count;
    struct sto_notification notification;
    struct sto_about about;              /* for people: of mail and of an Alertmanager */
    struct sto_told_incident *incidents; /* of an Alertmanager */
    size_t incident_count;
};

struct sto_claims {
    struct sto_claim *list;
    size_t count;
    struct arena arena; /* owns the texts */
};

struct sto_claim_options {
    const char *relay; /* who claims, for people */
    int64_t lease_ms;
    int most;
    int most_failing; /* of subscriptions that fail now */
};

/* `out` is empty before; sto_claims_fini after success. */
MUST_CHECK int sto_outbox_claim(struct sto_conn *conn, const struct sto_claim_options *options,
                                struct sto_claims *out, struct err *err);
/* Wipes the secrets. */
void sto_claims_fini(struct sto_claims *claims);

/* Milliseconds until a delivery is due; -1: nothing waits. */
MUST_CHECK int sto_outbox_next_ms(struct sto_conn *conn, int64_t *ms, struct err *err);

/* rejected: it is not tried again, and the next one is. gone: the subscription ends. */
enum sto_delivered { STO_DELIVERED, STO_DELIVERY_RETRY, STO_DELIVERY_REJECTED, STO_DELIVERY_GONE };

struct sto_outcome {
    int32_t subscription_id;
    int64_t claim;
    int64_t notification_id;
    enum sto_delivered what;
    int status;        /* of HTTP, or of SMTP; 0: none */
    const char *error; /* NULL: none */
    int64_t wait_ms;   /* RETRY: before the next attempt */
    const char
        *say; /* DELIVERED: a text that the transaction tells LISTENers of nrc_events; NULL: none */
};

/* counted: those whose claim still held. give_up_ms: a subscription that fails for so long is disabled, with an incident. */
MUST_CHECK int sto_outbox_record(struct sto_conn *conn, const struct sto_outcome *outcomes,
                                 size_t count, int64_t give_up_ms, int *counted, struct err *err);

/* What takes effect within before_ms and was not acknowledged is told once more. Also ends subscriptions whose account may do
 * nothing any more. */
MUST_CHECK int sto_outbox_tend(struct sto_conn *conn, int64_t before_ms, int *escalated,
                               struct err *err);

/* Of deliveries older than that, at most `most`, the fact remains that they were made; see nrc.condense_deliveries. */
MUST_CHECK int sto_outbox_condense(struct sto_conn *conn, int64_t keep_days, int most, int *count,
                                   struct err *err);

#endif
