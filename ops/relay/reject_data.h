/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/reject_data.h - a reject as its agency reads it: a CloudEvent of type nrc.event.rejected, whose `data` is made of
 * this JSON:
 *
 *   {"reason":…,"meaning":…,"rule":…,"path":…,"rejected_at":…,"event":{"dataset":…,"topic":…,"offset":…,…},
 *    "failures":[{"rule":…,"kind":…,"path":…,"reason":…,"expects":…}]} */
#ifndef OPS_RELAY_REJECT_DATA_H
#define OPS_RELAY_REJECT_DATA_H

#include "base/buf.h"

struct ops_envelope;
struct sto_reject;

/* public_url: the registry's. `out` must not move. */
void ops_reject_fill(const struct sto_reject *reject, const char *public_url,
                     struct ops_envelope *out);
void ops_reject_put_data(const struct sto_reject *reject, struct buf *out);

#endif
