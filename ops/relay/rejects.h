/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/rejects.h - the agencies' topics of rejects ([relay] rejects), several agencies at once: claimed, sent, waited for, and
 * recorded once Kafka has taken them.
 *
 * An agency has one batch at a time, so its order is kept; and each batch has a client of its own, so a topic that is missing, slow
 * or forbidden ends no other agency's batch. There are OPS_REJECT_LANES clients at most, made when they are needed. Agencies
 * whose last attempt failed have a quarter of them: a topic that never answers holds a client for timeout_ms each time. After a
 * failure one message is tried alone. Nothing is passed over.
 *
 * Thread: the relay's. A NULL publishes nothing: every call takes it. */
#ifndef OPS_RELAY_REJECTS_H
#define OPS_RELAY_REJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct conf;
struct sto_conn;
struct ops_rejects; /* body in rejects.c */

enum { OPS_REJECT_LANES = 8 };

/* *out NULL: [relay] rejects is no. conf and relay, the caller's name, are borrowed until free. FATAL ERR_CONFIG,
 * ERR_NO_MEMORY. */
MUST_CHECK int ops_rejects_new(const struct conf *conf, const char *relay, struct ops_rejects **out,
                               struct err *err);
void ops_rejects_free(struct ops_rejects **taken);

/* On each new connection: the structure of rejects is in the registry. */
MUST_CHECK int ops_rejects_open(struct ops_rejects *rejects, struct sto_conn *conn,
                                struct err *err);

/* What is new in the quarantine waits for its topic. more: there may be another call's worth. */
MUST_CHECK int ops_rejects_queue(struct ops_rejects *rejects, struct sto_conn *conn, bool *more,
                                 struct err *err);
/* Forgets what was published long ago. */
MUST_CHECK int ops_rejects_tend(struct ops_rejects *rejects, struct sto_conn *conn,
                                struct err *err);

/* Records what has ended; claims and sends batches, unless the relay is stopping. Errors are the register's. */
MUST_CHECK int ops_rejects_work(struct ops_rejects *rejects, struct sto_conn *conn,
                                bool is_stopping, struct err *err);

/* Takes Kafka's reports. Does not wait: poll the descriptors; -1 where there is none. */
void ops_rejects_turn(struct ops_rejects *rejects);
int ops_rejects_fd(const struct ops_rejects *rejects, size_t lane);

bool ops_rejects_is_idle(const struct ops_rejects *rejects);   /* nothing in flight or to record */
bool ops_rejects_has_news(const struct ops_rejects *rejects);  /* something to record or to claim */
uint64_t ops_rejects_count(const struct ops_rejects *rejects); /* taken by Kafka */

#endif
