/* SPDX-License-Identifier: Apache-2.0
 * ingest/assignment.h - which partitions the lane has, and making each of them its own.
 *
 * Thread: the lane. Only between batches: a claim moves the epoch that the batch's fence checks. */
#ifndef INGEST_ASSIGNMENT_H
#define INGEST_ASSIGNMENT_H

#include "base/attr.h"
#include "ingest/lane.h"

/* What the group waits for an answer to; NONE also while the client, which refused one a moment ago, is
 * left alone. ASSIGN: *list, until the lane serves Kafka. The batch must be delivered before the answer. */
enum ing_rebalance ing_assignment_due(struct ing_lane *lane, const struct ing_assigned **list,
                                      size_t *count);

/* To a revoke: forgets the partitions and gives them back. */
void ing_assignment_revoke(struct ing_lane *lane);

/* To an assignment: takes the list, in place of the former one (-1: FATAL); then claims what it can and hands it to
 * librdkafka. */
MUST_CHECK int ing_assignment_take(struct ing_lane *lane, const struct ing_assigned *list,
                                   size_t count);
void ing_assignment_answer(struct ing_lane *lane);

/* Claims what is assigned and not ours yet, looks after halted and fenced partitions, and hands
 * librdkafka the list when something moved. */
void ing_assignment_serve(struct ing_lane *lane);

/* Some partition waits for ing_assignment_serve, so the batch should be delivered. */
bool ing_assignment_needs_serving(const struct ing_lane *lane);

void ing_assignment_clear(struct ing_lane *lane);

/* Whose item it is: a message by its topic's handle, anything else by the topic's name. NULL: of no
 * partition that the lane has. */
struct ing_part *ing_assignment_find(struct ing_lane *lane, const struct ing_incoming *item);

#endif
