/* SPDX-License-Identifier: Apache-2.0
 * storage/notify/reject.h - the relay's side of the agencies' topics of rejects: what the quarantine has that is new, what waits
 * for an agency, and what Kafka took.
 *
 * The rules are in storage/migrations/0023_rejects.sql. Each agency's topic has a claim of its own, for a time, as
 * storage/notify/topic.h says of one. What comes from here carries no value of an event.
 *
 * Each call is a transaction. Errors are the register's; RETRY: try again over a new connection. */
#ifndef STORAGE_NOTIFY_REJECT_H
#define STORAGE_NOTIFY_REJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "storage/notify/topic.h"

struct sto_conn;

/* The structure is registered, under the subject of each topic that there is. */
MUST_CHECK int sto_reject_open(struct sto_conn *conn, struct sto_topic_structure *out,
                               struct err *err);

/* Of the quarantine's new rows, at most `most` (and as many that became rejects later) wait for their agency's topic from now
 * on. count 0: there was none, or another relay is at it. */
MUST_CHECK int sto_reject_queue(struct sto_conn *conn, int most, int *count, struct err *err);

struct sto_reject {
    int64_t ordinal;
    const char *guid; /* goes out as the event's id, the same at each attempt */
    const char *at;   /* 2026-03-01T09:30:00.123456Z */
    const char
        *dataset; /* the message's key: of a partition of Kafka, the rejects keep their order */
    const char *reason;   /* a token of base/err_table.h */
    const char *rule;     /* NULL: it is no rule's */
    const char *path;     /* redacted */
    const char *event;    /* a JSON object: where it is */
    const char *failures; /* a JSON array: every rule that it does not hold */
};

struct sto_reject_claim {
    int32_t agency_id;
    const char *topic;
    int64_t claim;
    int attempts; /* that failed before this one */
    struct sto_reject *list;
    size_t count;       /* 0: no agency is due, or other relays have them */
    struct arena arena; /* owns the texts */
};

struct sto_reject_options {
    const char *relay; /* who claims, for people */
    int64_t lease_ms;
    int most;
    bool also_failing; /* an agency whose last attempt failed, too */
};

/* Of one agency that is due; after a failure one message. `out` is empty before; sto_reject_claim_fini after success. */
MUST_CHECK int sto_reject_claim_next(struct sto_conn *conn,
                                     const struct sto_reject_options *options,
                                     struct sto_reject_claim *out, struct err *err);
void sto_reject_claim_fini(struct sto_reject_claim *claim);

/* held: whether the claim still was the caller's; if not, nothing was recorded. */
MUST_CHECK int sto_reject_record(struct sto_conn *conn, const struct sto_reject_claim *claim,
                                 const struct sto_topic_outcome *outcome, bool *held,
                                 struct err *err);

/* Forgets at most `most` of those that were published more than keep_days ago. */
MUST_CHECK int sto_reject_condense(struct sto_conn *conn, int64_t keep_days, int most,
                                   struct err *err);

#endif
