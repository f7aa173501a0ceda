/* SPDX-License-Identifier: Apache-2.0
 * ingest/engine.h - from a batch of messages to rows that last, and what to do when that fails. */
#ifndef INGEST_ENGINE_H
#define INGEST_ENGINE_H

#include "base/attr.h"
#include "ingest/lane.h"

/* Delivers all that the lane's batch holds. 0: the batch is empty: each event is committed, or was
 * abandoned with its partition marked for a recheck. -1: FATAL, lane->fatal says why. */
MUST_CHECK int ing_engine_deliver(struct ing_lane *lane);

#endif
