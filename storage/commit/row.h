/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/row.h - an event as a row of the state or of history: its image, then its provenance.
 *
 * The provenance is one fixed run of bytes for each table, so a row costs two copies and a few
 * stores. */
#ifndef STORAGE_COMMIT_ROW_H
#define STORAGE_COMMIT_ROW_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "storage/commit/batch.h"
#include "storage/commit/order.h"
#include "storage/conn/copy.h"

/* The columns that follow the business columns, in the order in which they are written here. */
#define STO_PROVENANCE_SQL                                                                         \
    "_op, _order, _event_time, _schema_id, _topic_partition, _offset, _kafka_ts"
#define STO_STATE_COLUMNS_SQL   STO_PROVENANCE_SQL ", _content"
#define STO_HISTORY_COLUMNS_SQL STO_PROVENANCE_SQL ", _recorded_at, _effect"
/* The same as STO_STATE_COLUMNS_SQL, each by itself. */
#define STO_STATE_COLUMN_NAMES                                                                     \
    "_op", "_order", "_event_time", "_schema_id", "_topic_partition", "_offset", "_kafka_ts",      \
        "_content"
enum { STO_STATE_COLUMNS = 8, STO_HISTORY_COLUMNS = 9, STO_PROVENANCE_MAX_BYTES = 96 };

static inline uint8_t *sto_row_1(uint8_t *to, uint8_t v)
{
    const uint32_t len = htobe32(1);
    memcpy(to, &len, sizeof(len));
    to[4] = v;
    return to + 5;
}

static inline uint8_t *sto_row_4(uint8_t *to, int32_t v)
{
    const uint32_t words[2] = {htobe32(4), htobe32((uint32_t)v)};
    memcpy(to, words, sizeof(words));
    return to + sizeof(words);
}

static inline uint8_t *sto_row_8(uint8_t *to, int64_t v)
{
    const uint32_t len = htobe32(8);
    const uint64_t be = htobe64((uint64_t)v);
    memcpy(to, &len, sizeof(len));
    memcpy(to + sizeof(len), &be, sizeof(be));
    return to + sizeof(len) + sizeof(be);
}

static inline uint8_t *sto_row_null(uint8_t *to)
{
    memset(to, 0xFF, 4);
    return to + 4;
}

/* STO_PROVENANCE_SQL, which both tables share. `order`: NULL is SQL's null. */
static inline uint8_t *sto_row_provenance(uint8_t *to, const struct sto_event *event,
                                          const int64_t *order, int32_t topic_partition)
{
    to = sto_row_1(to, (uint8_t)event->op);
    to = order != NULL ? sto_row_8(to, *order) : sto_row_null(to);
    to = event->event_time_us != STO_NO_TIME ? sto_row_8(to, sto_pg_time(event->event_time_us))
                                             : sto_row_null(to);
    to = event->schema_id != 0 ? sto_row_4(to, event->schema_id) : sto_row_null(to);
    to = sto_row_4(to, topic_partition);
    to = sto_row_8(to, event->offset);
    return sto_row_8(to, sto_pg_time(event->kafka_ts_us));
}

#endif
