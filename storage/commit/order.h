/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/order.h - which of two versions of a key is newer: the one rule, said in C and in SQL
 * side by side.
 *
 * With a declared order, newer is the greater order, and less is stale. Equal orders with equal
 * content are a duplicate: the event was sent twice. Equal orders with different contents are two
 * updates within one tick of the order (a timestamp in whole seconds), and the later arrival is newer,
 * by the rule of datasets without a declared order. A delete with no order of its own (by_arrival)
 * always applies and keeps the order that the key had, or STO_ORDER_NOTHING where there was no row;
 * only a strictly greater order revives the key.
 *
 * Without a declared order, order is what Kafka offers: from the same topic partition the greater offset wins;
 * from another one the greater or equal Kafka timestamp does. (A topic grows from 4 to 16
 * partitions, and key K moves from offset 1,000,000 to offset 3: offsets of two partitions cannot
 * be compared.)
 *
 * C compares an event with the key's current version: the state's row, or what the batch has made of it so
 * far. SQL compares a staged row with the state's row. STO_ORDER_NOTHING in the row means "applies to
 * any row":
 *   - a delete by arrival, when no earlier version in the batch advanced the order; GREATEST then
 *     keeps the row's. When one did, the row carries the order that the fold reached. That is
 *     exact, because the fold began at the state's own order, read under a row lock: an advanced
 *     order is greater than the row's.
 *   - without a declared order, what the fold made of a row that it read and locked. Kafka's rule is
 *     no total order: onto P1 offset 10 at 9:00, P1 offset 11 at 8:00 is newer, and onto that P2 at
 *     8:30 is; but P2 at 8:30 is not newer than what the row still says. The row is there and ours,
 *     so it is never inserted with that order. */
#ifndef STORAGE_COMMIT_ORDER_H
#define STORAGE_COMMIT_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/commit/batch.h"

/* The WHERE of ON CONFLICT DO UPDATE, and what _order becomes; s is the state's row. */
#define STO_ORDER_MIN_SQL "'-9223372036854775808'::int8"
#define STO_LATER_SQL                                                                              \
    "CASE WHEN EXCLUDED._topic_partition = s._topic_partition"                                     \
    " THEN EXCLUDED._offset > s._offset ELSE EXCLUDED._kafka_ts >= s._kafka_ts END"

/* 1 is STO_CONTENT_DELETED_BY_ARRIVAL. */
#define STO_GUARD_DECLARED_SQL                                                                     \
    "EXCLUDED._order > s._order OR EXCLUDED._order = " STO_ORDER_MIN_SQL                           \
    " OR (EXCLUDED._order = s._order AND EXCLUDED._content <> s._content AND s._content <> 1"      \
    " AND " STO_LATER_SQL ")"
#define STO_SET_DECLARED_SQL "GREATEST(EXCLUDED._order, s._order)"

#define STO_GUARD_KAFKA_SQL "EXCLUDED._order = " STO_ORDER_MIN_SQL " OR " STO_LATER_SQL
#define STO_SET_KAFKA_SQL   "EXCLUDED._offset"

/* The current version of a key, before an event. Times as PostgreSQL keeps them (microseconds since
 * 2000-01-01). */
struct sto_current {
    bool known;              /* the key has a version */
    int32_t topic_partition; /* position id */
    int64_t order;
    int64_t offset;
    int64_t kafka_ts_pg;
    int64_t content;
};

#define STO_PG_EPOCH_US INT64_C(946684800000000) /* 2000-01-01 since 1970-01-01 */

/* Microseconds since 1970 as timestamptz. A producer can send any int64 as a Kafka timestamp. Times
 * before the register's first day are kept as that day, or one bad clock would stop the partition (no
 * int64 is after its last day). No timestamp is -infinity. */
static inline int64_t sto_pg_time(int64_t us)
{
    if (us == STO_NO_TIME) {
        return INT64_MIN;
    }
    return (us < CELL_TIMESTAMP_MIN_US ? CELL_TIMESTAMP_MIN_US : us) - STO_PG_EPOCH_US;
}

/* By Kafka's order: within one topic partition by offset, between two by time. */
static inline bool sto_is_later(const struct sto_current *now, const struct sto_event *event,
                                int32_t topic_partition)
{
    return topic_partition == now->topic_partition
               ? event->offset > now->offset
               : sto_pg_time(event->kafka_ts_us) >= now->kafka_ts_pg;
}

static inline enum sto_effect sto_order_effect_if_equal(const struct sto_current *now,
                                                        const struct sto_event *event,
                                                        int32_t topic_partition)
{
    const bool both_delete =
        event->content == STO_CONTENT_DELETED && now->content == STO_CONTENT_DELETED_BY_ARRIVAL;
    if (event->content == now->content || both_delete) {
        return STO_DUPLICATE;
    }
    return now->content != STO_CONTENT_DELETED_BY_ARRIVAL &&
                   sto_is_later(now, event, topic_partition)
               ? STO_APPLIED
               : STO_STALE;
}

static inline enum sto_effect sto_order_effect(const struct sto_current *now,
                                               const struct sto_event *event, bool has_order,
                                               int32_t topic_partition)
{
    if (!now->known) {
        return STO_APPLIED;
    }
    /* Given a parked event, and a delete by arrival that came after it and is recorded already, then the delete does not
     * know an order that it could keep. */
    if (event->is_parked && now->content == STO_CONTENT_DELETED_BY_ARRIVAL &&
        topic_partition == now->topic_partition && event->offset < now->offset) {
        return STO_STALE;
    }
    if (!has_order) {
        const bool same = topic_partition == now->topic_partition && event->offset == now->offset;
        return same                                        ? STO_DUPLICATE
               : sto_is_later(now, event, topic_partition) ? STO_APPLIED
                                                           : STO_STALE;
    }
    if (event->by_arrival || event->order > now->order) {
        return STO_APPLIED;
    }
    return event->order == now->order ? sto_order_effect_if_equal(now, event, topic_partition)
                                      : STO_STALE;
}

/* The current version after an applied event. */
static inline void sto_order_advance(struct sto_current *now, const struct sto_event *event,
                                     bool has_order, int32_t topic_partition)
{
    if (!has_order) {
        now->order = event->offset;
    } else if (!event->by_arrival) {
        now->order = event->order;
    } else if (!now->known) {
        now->order = STO_ORDER_NOTHING;
    }
    now->known = true;
    now->topic_partition = topic_partition;
    now->offset = event->offset;
    now->kafka_ts_pg = sto_pg_time(event->kafka_ts_us);
    now->content = event->content;
}

#endif
