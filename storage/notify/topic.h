/* SPDX-License-Identifier: Apache-2.0
 * storage/notify/topic.h - the relay's side of a Kafka topic on which notifications are published: what waits, who publishes it,
 * and what Kafka took.
 *
 * The rules are in storage/migrations/0016_notifications.sql. One relay at a time has the claim, for a time; when that is over
 * another may have it. The position moves by sto_topic_record alone, so what a relay that is killed had in flight goes out
 * once more, with the same ids.
 *
 * Each call is a transaction. Errors are the register's; RETRY: try again over a new connection. */
#ifndef STORAGE_NOTIFY_TOPIC_H
#define STORAGE_NOTIFY_TOPIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "storage/notify/notification.h"

struct sto_conn;

struct sto_topic_structure {
    int32_t schema_id; /* in our registry */
    char *text;        /* of the Avro schema; to be freed */
};

/* A topic that the register does not know begins now; its structure is registered. readers: everyone, center. FATAL ERR_REFUSED:
 * a name that is not ours, or other readers than it was opened for. */
MUST_CHECK int sto_topic_open(struct sto_conn *conn, const char *topic, const char *readers,
                              struct sto_topic_structure *out, struct err *err);

struct sto_topic_message {
    int64_t ordinal;
    const char *key; /* of the message in Kafka: those of one key keep their order */
    struct sto_notification notification;
};

struct sto_topic_claim {
    int64_t claim;
    int attempts; /* that failed before this one */
    struct sto_topic_message *list;
    size_t count;       /* 0: nothing is due, or another relay has it */
    struct arena arena; /* owns the texts */
};

/* At most `most`; after a failure one. `out` is empty before; sto_topic_claim_fini after success. */
MUST_CHECK int sto_topic_claim_next(struct sto_conn *conn, const char *topic, const char *relay,
                                    int64_t lease_ms, int most, struct sto_topic_claim *out,
                                    struct err *err);
void sto_topic_claim_fini(struct sto_topic_claim *claim);

/* Where Kafka has a message. */
struct sto_topic_place {
    int32_t partition;
    int64_t offset;
};

struct sto_topic_outcome {
    const struct sto_topic_place *taken; /* of the first messages of the claim, in its order */
    size_t taken_count;
    const char *why; /* the next one was not taken; NULL: all were */
    int64_t wait_ms; /* with `why`: before the next attempt */
};

/* held: whether the claim still was the caller's; if not, nothing was recorded. */
MUST_CHECK int sto_topic_record(struct sto_conn *conn, const char *topic,
                                const struct sto_topic_claim *claim,
                                const struct sto_topic_outcome *outcome, bool *held,
                                struct err *err);

#endif
