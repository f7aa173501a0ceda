/* SPDX-License-Identifier: Apache-2.0
 * storage/notify/columns_priv.h - the columns of a notification, wherever a query has them, and numbers and
 * places as parameters. */
#ifndef STORAGE_NOTIFY_COLUMNS_PRIV_H
#define STORAGE_NOTIFY_COLUMNS_PRIV_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/jsonw.h"
#include "storage/notify/notification.h"
#include "storage/notify/topic.h"

#define STO_ISO(column)                                                                            \
    "to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

/* One after the other. */
#define STO_NOTIFICATION_COLUMNS                                                                   \
    "guid, " STO_ISO("at") ", type, object, class, " STO_ISO("effective_at") ", data"
enum { STO_NOTIFICATION_COLUMN_COUNT = 7 };

/* first: the column of its guid. *failed turns true when memory is out, and stays so. */
struct sto_notification sto_notification_take(struct arena *arena, const PGresult *res, int row,
                                              int first, bool *failed);

enum { STO_NUMBER_SIZE = 24 };
/* Returns out. */
const char *sto_number_text(char out[STO_NUMBER_SIZE], int64_t v);
int64_t sto_number_at(const PGresult *res, int row, int column);

/* {"n":ordinal,"p":partition,"o":offset}, as functions that record what Kafka took read it. */
void sto_place_put(struct jsonw *w, int64_t ordinal, const struct sto_topic_place *place);

/* One call that records what was published of a claim: sql's parameters are whose it is, the claim, the places, why the rest was
 * not, and how long that waits. Takes the places. *held: the claim was still ours. */
MUST_CHECK int sto_published_record(struct sto_conn *conn, const char *sql, const char *whose,
                                    int64_t claim, struct buf *places,
                                    const struct sto_topic_outcome *outcome, bool *held,
                                    struct err *err);

#endif
