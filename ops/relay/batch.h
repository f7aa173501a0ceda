/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/batch.h - one batch of messages on its way to Kafka, with a client of its own: sent, waited for, and what was taken.
 *
 * It never waits. A batch that is not taken within [relay] timeout_ms is given up together with its client
 * (ingest/kafka/publisher.h): what of it was not taken is the caller's to send again. A message is a CloudEvent as the Kafka
 * protocol binding has it in binary mode: its attributes are headers.
 *
 * States: idle; in flight, from ops_batch_begin on; ended, until ops_batch_reset.
 *
 * Thread: the relay's. */
#ifndef OPS_RELAY_BATCH_H
#define OPS_RELAY_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "storage/notify/topic.h"

struct conf;
struct ops_envelope;
struct ops_batch; /* body in batch.c */

enum { OPS_BATCH_MOST = 500 };

/* conf is borrowed until free. Bad settings are told here. FATAL ERR_CONFIG, ERR_NO_MEMORY. */
MUST_CHECK struct ops_batch *ops_batch_new(const struct conf *conf, struct err *err);
void ops_batch_free(struct ops_batch **taken);

/* Of `count` messages, at most OPS_BATCH_MOST. From idle. */
void ops_batch_begin(struct ops_batch *batch, size_t count);

struct ops_outgoing {
    const char *topic;
    const char *key;
    const struct ops_envelope *envelope;
    int32_t schema_id; /* of the value */
    const struct buf *value;
};
/* Message `i` of the batch; everything is copied. */
MUST_CHECK int ops_batch_send(struct ops_batch *batch, size_t i, const struct ops_outgoing *out,
                              struct err *err);
/* Nothing more is sent, for this reason. */
void ops_batch_fail(struct ops_batch *batch, const char *why);

/* Takes Kafka's reports. Poll the descriptor, -1 when there is none. */
void ops_batch_turn(struct ops_batch *batch);
int ops_batch_fd(const struct ops_batch *batch);

bool ops_batch_is_idle(const struct ops_batch *batch);
bool ops_batch_is_ended(const struct ops_batch *batch);

/* Of one that is ended. The places of the first messages, without a hole, are borrowed until reset; why is NULL if all were
 * taken. The pause is for a topic whose last attempts_before attempts failed: at most a minute. */
struct sto_topic_outcome ops_batch_outcome(const struct ops_batch *batch, int attempts_before);
void ops_batch_reset(struct ops_batch *batch);

#endif
