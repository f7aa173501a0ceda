/* SPDX-License-Identifier: Apache-2.0
 * ingest/claim.h - makes partitions the lane's own: many at once, in few round trips.
 *
 * Thread: the lane. Only between batches: a claim moves the epoch that the batch's fence checks. */
#ifndef INGEST_CLAIM_H
#define INGEST_CLAIM_H

#include <stdbool.h>
#include <stddef.h>

struct ing_lane;
struct ing_part;

/* Claims each of the partitions, or says why not and when to try again; those that were claimed before are claimed
 * anew. Sorts `parts`. False: the register does not answer, so all claims are left for later. */
bool ing_claim(struct ing_lane *lane, struct ing_part **parts, size_t count);

/* False: the register does not answer. It answers no other claim either, and each would cost a connect
 * time-out: all are left for later. */
bool ing_claim_register_answers(struct ing_lane *lane);

#endif
