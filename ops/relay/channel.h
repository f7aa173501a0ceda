/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/channel.h - one delivery as its subscriber gets it: composed for the way that the subscription has, and given to the
 * sender.
 *
 * Thread: the relay's. */
#ifndef OPS_RELAY_CHANNEL_H
#define OPS_RELAY_CHANNEL_H

#include "base/attr.h"
#include "base/err.h"

struct buf;
struct conf;
struct ops_address_rules;
struct ops_channel; /* body in channel.c */
struct ops_sender;
struct sto_claim;

/* All are borrowed until free. FATAL ERR_CONFIG: a mail server or a sender that is none; ERR_NO_MEMORY. */
MUST_CHECK struct ops_channel *ops_channel_new(const struct conf *conf,
                                               const struct ops_address_rules *rules,
                                               struct ops_sender *sender, struct err *err);
void ops_channel_free(struct ops_channel **taken);

/* Of a claim whose way is not NOTIFY; tag comes back with the sender's result. FATAL or RETRY, in words for people: nothing was
 * sent. */
MUST_CHECK int ops_channel_send(struct ops_channel *channel, const struct sto_claim *claim,
                                void *tag, struct err *err);

/* The event as programs read it, borrowed until the next call. FATAL ERR_NO_MEMORY. */
MUST_CHECK int ops_channel_event(struct ops_channel *channel, const struct sto_claim *claim,
                                 struct buf **out, struct err *err);

#endif
