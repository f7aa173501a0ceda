/* SPDX-License-Identifier: Apache-2.0
 * ingest/ack.h - what follows a COMMIT. */
#ifndef INGEST_ACK_H
#define INGEST_ACK_H

#include "ingest/lane.h"

/* Given the built part of the batch is durable, then: counts it, moves the partitions' positions, stores the
 * offsets for the next commit to Kafka, frees the messages. Thread: the lane. */
void ing_ack(struct ing_lane *lane);

#endif
