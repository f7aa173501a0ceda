/* SPDX-License-Identifier: Apache-2.0
 * ingest/ack.h - the end of an event's way. */
#ifndef INGEST_ACK_H
#define INGEST_ACK_H

#include "ingest/lane.h"

/* The built part of the batch is durable: counts it, moves the partitions' positions, remembers the
 * offsets for Kafka, frees the messages. */
void ing_ack(struct ing_lane *lane);

#endif
