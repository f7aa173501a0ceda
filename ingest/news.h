/* SPDX-License-Identifier: Apache-2.0
 * ingest/news.h - the lanes' incidents, until the upkeep has written them to the register.
 *
 * Given a register that does not answer, then a lane that writes an incident itself waits for it, and the group
 * waits for the lane. Thread: any puts; only the upkeep, and after its end the main thread, delivers. */
#ifndef INGEST_NEWS_H
#define INGEST_NEWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/catalogue/incident.h"

struct sto_conn;
struct ing_news; /* body in news.c */

MUST_CHECK struct ing_news *ing_news_new(void);
void ing_news_free(struct ing_news **taken);

/* Copied. The same again, before it was delivered, is one. Of more than some thousands the later are dropped, with
 * a line in the log: their causes will be seen again. */
void ing_news_open(struct ing_news *news, const struct sto_incident *incident);

/* The end of those that end in this way, for this engine (NULL) and position (0). */
void ing_news_end(struct ing_news *news, enum sto_closes closes, const char *engine,
                  int32_t position_id);

bool ing_news_waiting(struct ing_news *news);

/* Tells the register all that waits, the oldest first. -1: what is left waits on. */
MUST_CHECK int ing_news_deliver(struct ing_news *news, struct sto_conn *conn, struct err *err);

#endif
