/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/publish.h - notifications on the Kafka topic of [relay] topic, one batch after the other: claimed, sent, waited for,
 * and recorded once Kafka has taken them.
 *
 * It has a turn in the relay's loop and never waits, so a broker that is away delays no webhook. A batch that is not taken
 * within [relay] timeout_ms is given up together with its client (ingest/kafka/publisher.h), and what of it was not taken is
 * sent again after a pause: at most a minute, and then one message alone, until that was taken. Nothing is passed over.
 *
 * Thread: the relay's. A NULL publishes nothing: every call takes it. */
#ifndef OPS_RELAY_PUBLISH_H
#define OPS_RELAY_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct conf;
struct sto_conn;
struct ops_publish; /* body in publish.c */

/* *out NULL: no topic is configured. conf and relay, the caller's name, are borrowed until free. FATAL ERR_CONFIG,
 * ERR_NO_MEMORY. */
MUST_CHECK int ops_publish_new(const struct conf *conf, const char *relay, struct ops_publish **out,
                               struct err *err);
void ops_publish_free(struct ops_publish **taken);

/* On each new connection: the topic's structure is in the registry. FATAL: the register does not let this topic be used so. */
MUST_CHECK int ops_publish_open(struct ops_publish *publish, struct sto_conn *conn,
                                struct err *err);

/* Something may wait. */
void ops_publish_hint(struct ops_publish *publish);

/* Records what has ended; claims and sends the next batch, unless the relay is stopping. Errors are the register's. */
MUST_CHECK int ops_publish_work(struct ops_publish *publish, struct sto_conn *conn,
                                bool is_stopping, struct err *err);

/* Takes Kafka's reports. Does not wait: poll the descriptor, -1 when there is none. */
void ops_publish_turn(struct ops_publish *publish);
int ops_publish_fd(const struct ops_publish *publish);

bool ops_publish_is_idle(const struct ops_publish *publish);   /* nothing in flight or to record */
bool ops_publish_has_news(const struct ops_publish *publish);  /* something to record or to claim */
uint64_t ops_publish_count(const struct ops_publish *publish); /* taken by Kafka */

#endif
