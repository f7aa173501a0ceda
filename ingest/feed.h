/* SPDX-License-Identifier: Apache-2.0
 * ingest/feed.h - what the threads of one process share: the newest snapshot of the catalogue, the
 * incidents to be recorded, and whether the process stops. */
#ifndef INGEST_FEED_H
#define INGEST_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "ingest/datasets.h"
#include "ingest/news.h"

struct ing_feed; /* body in feed.c; any thread */

MUST_CHECK struct ing_feed *ing_feed_new(void);
void ing_feed_free(struct ing_feed **taken);

/* The snapshot in force, referenced for the caller, and its generation; NULL before the first. */
struct ing_datasets *ing_feed_current(struct ing_feed *feed, int64_t *generation);

/* The catalogue's version of the snapshot, -1 before the first; and the number of changes of the snapshot.
 * A register restored from a backup repeats versions, so only the generation tells a change. No lock. */
int64_t ing_feed_version(const struct ing_feed *feed);
int64_t ing_feed_generation(const struct ing_feed *feed);

/* The lanes' incidents; owned by the feed. */
struct ing_news *ing_feed_news(struct ing_feed *feed);

/* Takes the snapshot, unless a newer one is there already. */
void ing_feed_publish(struct ing_feed *feed, struct ing_datasets **taken);

/* Takes it, whatever is there. */
void ing_feed_replace(struct ing_feed *feed, struct ing_datasets **taken);

void ing_feed_stop(struct ing_feed *feed);
bool ing_feed_stopping(const struct ing_feed *feed);

#endif
