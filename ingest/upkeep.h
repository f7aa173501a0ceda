/* SPDX-License-Identifier: Apache-2.0
 * ingest/upkeep.h - what the engine keeps up beside its lanes, in a thread of its own.
 *
 * It keeps the feed's snapshot of the catalogue fresh, makes the months' leaves ahead, and tends incidents. So
 * no event's way has to ask whether one of these is due. A FATAL error stops the feed, and with it the lanes. */
#ifndef INGEST_UPKEEP_H
#define INGEST_UPKEEP_H

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"
#include "ingest/feed.h"

/* How far ahead leaves are made: each hour, and when an event meets a month without one. */
enum { ING_LEAVES_AHEAD_MONTHS = 1 };

struct ing_upkeep; /* body in upkeep.c */

/* FATAL ERR_NO_MEMORY, ERR_IO. conf and feed are borrowed until the end. */
MUST_CHECK struct ing_upkeep *ing_upkeep_start(const struct conf *conf, struct ing_feed *feed,
                                               struct err *err);

/* After the lanes: joins the thread, delivers their last incidents, and frees. -1: the upkeep itself had
 * met something FATAL, then *err is that (err may be NULL: nobody asks). */
int ing_upkeep_end(struct ing_upkeep **taken, struct err *err);

#endif
