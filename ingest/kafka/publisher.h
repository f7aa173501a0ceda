/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/publisher.h - a Kafka client that sends, and reports what became of each message.
 *
 * Messages of one key are in one partition, and there in the order in which they were sent: the client is idempotent, waits for
 * every replica in sync (acks=all), and gives no message up by itself. Given a message that it gave up while later ones of its
 * key go on, then the order would be lost; therefore the caller has the clock. When its time is over it frees the client: what
 * was in flight may have been taken, and what is sent anew by another client may be there twice, but in order.
 *
 * Thread: the caller's, for all of it; the client has threads of its own, which call nothing of ours. */
#ifndef INGEST_KAFKA_PUBLISHER_H
#define INGEST_KAFKA_PUBLISHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct conf;
struct ing_publisher; /* body in publisher.c */

enum { ING_PUBLISHER_MOST = 1000 }; /* messages without a report, at once */

struct ing_header {
    const char *name;
    const char *value;
};

struct ing_message {
    const char *topic;
    const char *key;
    const void *value;
    size_t value_len;
    const struct ing_header *headers;
    size_t header_count;
    size_t tag; /* comes back with the report */
};

struct ing_report {
    size_t tag;
    bool is_taken;
    int32_t partition; /* is_taken: where it is */
    int64_t offset;
    const char *why; /* else: a sentence, for the call */
};

/* The settings of [kafka], and over them those that keep the promises above. Connects by itself, and logs nothing. FATAL
 * ERR_CONFIG, ERR_NO_MEMORY. */
MUST_CHECK struct ing_publisher *ing_publisher_new(const struct conf *conf, struct err *err);
/* Drops what has no report. */
void ing_publisher_free(struct ing_publisher **taken);

/* Copies everything; does not wait. RETRY ERR_KAFKA: the client takes no more, or never will. */
MUST_CHECK int ing_publisher_send(struct ing_publisher *publisher,
                                  const struct ing_message *message, struct err *err);

/* Calls `tell` for each message whose end is known. Does not wait: poll the descriptor. */
void ing_publisher_poll(struct ing_publisher *publisher,
                        void (*tell)(const struct ing_report *report, void *arg), void *arg);
int ing_publisher_fd(const struct ing_publisher *publisher);

/* What the client last complained of: brokers that are away, a login that is refused; "": nothing. */
const char *ing_publisher_trouble(const struct ing_publisher *publisher);

#endif
