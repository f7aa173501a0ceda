/* SPDX-License-Identifier: Apache-2.0
 * ingest/halt.h - stopping one partition until a steward decides.
 *
 * Thread: the lane. */
#ifndef INGEST_HALT_H
#define INGEST_HALT_H

#include "storage/catalogue/incident.h"

struct ing_lane;
struct ing_part;

/* Halts the partition, with an incident. Its events must not be in the batch. When the register
 * cannot record it now, the partition is claimed, and so judged, again. */
void ing_halt(struct ing_lane *lane, struct ing_part *part, enum sto_incident_kind kind,
              const char *reason);

#endif
