/* SPDX-License-Identifier: Apache-2.0
 * ingest/parked.h - records parked events: those in the quarantine that came before their structure was in force.
 *
 * Whichever engine sees first that the time has come records them, in the order in which they came, with the topic,
 * partition and offset that they had. What was stored meanwhile stays: an older version of its key is stale.
 *
 * Thread: the upkeep's. */
#ifndef INGEST_PARKED_H
#define INGEST_PARKED_H

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"
#include "ingest/datasets.h"
#include "ingest/message.h"

struct ing_parked;
struct sto_parked;

/* NULL: FATAL ERR_NO_MEMORY. */
MUST_CHECK struct ing_parked *ing_parked_new(const struct conf *conf, struct err *err);
void ing_parked_free(struct ing_parked **taken);

/* At most once a second, for a fraction of one. Failures are logged and tried again: they must not end the engine.
 * conn: the upkeep's, which asks whether there are any. datasets: of the register as it stands now. */
void ing_parked_serve(struct ing_parked *parked, struct sto_conn *conn,
                      struct ing_datasets *datasets);

/* As it came from Kafka, but for the clock; it borrows the event's bytes. */
struct ing_message ing_parked_message(const struct sto_parked *event);

#endif
