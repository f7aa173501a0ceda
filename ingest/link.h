/* SPDX-License-Identifier: Apache-2.0
 * ingest/link.h - a lane's connection to the register, and its membership of the group meanwhile.
 *
 * A lane that waits for the register must still serve Kafka, or the group gives its partitions away.
 * Thread: the lane. */
#ifndef INGEST_LINK_H
#define INGEST_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/catalogue/incident.h"

struct ing_lane;

/* Connects when there is no usable connection. */
MUST_CHECK int ing_link_connect(struct ing_lane *lane, struct err *err);
void ing_link_disconnect(struct ing_lane *lane);

/* The lane turns: its watchdog sees it. */
void ing_link_show_life(struct ing_lane *lane);

/* Starts the drain's time when the feed says stop. */
void ing_link_note_stop(struct ing_lane *lane);

/* For whatever goes on for long: shows life and serves Kafka. False: a revoke waits, the drain's
 * time is over, or the client failed. */
bool ing_link_keep_up(struct ing_lane *lane);

/* Pauses between attempts, longer each time, serving Kafka meanwhile. False as ing_link_keep_up. */
bool ing_link_back_off(struct ing_lane *lane);

/* Gives the upkeep an incident to open. The lane does not wait for the register. */
void ing_link_open_incident(struct ing_lane *lane, const struct sto_incident *incident);

/* Gives the upkeep the end of those that close in this way, for this engine (NULL: none) and this
 * position (0: none). */
void ing_link_end_incidents(struct ing_lane *lane, enum sto_closes closes, const char *engine,
                            int32_t position_id);

#endif
