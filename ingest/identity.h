/* SPDX-License-Identifier: Apache-2.0
 * ingest/identity.h - which record an event is of: its key, encoded into the event. Pure. */
#ifndef INGEST_IDENTITY_H
#define INGEST_IDENTITY_H

#include "ingest/context.h"

/* An upsert, its cells decoded: the key fields of the value, which the message's key must equal. */
enum ing_verdict ing_identity_of_upsert(const struct ing_context *context);

/* A tombstone: the message's key; its cells are where the next step wants them, see ing_identity_cells. */
enum ing_verdict ing_identity_of_tombstone(const struct ing_context *context);

/* Of a tombstone: one cell for each key field, after those of the columns. */
struct cell *ing_identity_cells(const struct ing_context *context);

#endif
