/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/deliver.h - deliveries between their claim and their record: sent, waited for, and what became of them kept until
 * the register has it.
 *
 * A subscription has one claim at a time, so nothing here keeps an order. An outcome that could not be recorded, because the
 * register is away, is kept and recorded later: if its claim is over by then, another relay has sent the message once more.
 *
 * Thread: the relay's. */
#ifndef OPS_RELAY_DELIVER_H
#define OPS_RELAY_DELIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct conf;
struct ops_address_rules;
struct sto_claims;
struct sto_conn;
struct ops_deliver; /* body in deliver.c */

/* Both are borrowed until free. FATAL ERR_CONFIG, ERR_NO_MEMORY. */
MUST_CHECK struct ops_deliver *
ops_deliver_new(const struct conf *conf, const struct ops_address_rules *rules, struct err *err);
void ops_deliver_free(struct ops_deliver **taken);

/* How many more may be claimed; and of subscriptions that fail.
 *
 * A receiver that accepts connections and never answers holds one for as long as timeout_ms. A thousand of them that die at
 * once look sound until then, and would keep the others waiting. So what has been in flight for a second no longer counts
 * against in_flight, up to three times as many; and those that are known to fail have a quarter of it. */
void ops_deliver_room(struct ops_deliver *deliver, int *most, int *most_failing);

/* Sends each; at most as many as there is room for. */
void ops_deliver_start(struct ops_deliver *deliver, const struct sto_claims *claims);

/* Takes what has ended. Does not wait: poll ops_deliver_fd. */
void ops_deliver_turn(struct ops_deliver *deliver);
int ops_deliver_fd(const struct ops_deliver *deliver);

bool ops_deliver_is_idle(
    const struct ops_deliver *deliver); /* nothing in flight, nothing to record */
bool ops_deliver_has_news(const struct ops_deliver *deliver); /* something to record */

/* The register knows what has ended. On failure it is kept for the next call. */
MUST_CHECK int ops_deliver_record(struct ops_deliver *deliver, struct sto_conn *conn,
                                  struct err *err);

struct ops_deliver_counts {
    uint64_t delivered;
    uint64_t failed; /* attempts */
};
struct ops_deliver_counts ops_deliver_counts(const struct ops_deliver *deliver);

/* The pause before the next attempt: three times as long each time, at most a sixth of give_up_ms; a fifth more or less by
 * chance (0 to UINT32_MAX), so that those that failed together do not come back together. */
int64_t ops_deliver_pause_ms(const struct conf *conf, int attempts_before, uint32_t chance);

#endif
