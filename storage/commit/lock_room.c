/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/lock_room.c - see the header. */
#include "storage/commit/lock_room.h"

/* Counted in pg_locks (tests/component/storage/commit/test_locks.c). Of a dataset: each leaf of the state and its
 * key; both tables, the state's key and the month's leaf, and two to spare for an administrator's indexes. Of the
 * batch itself: positions, ledger, quarantine, counters, signs, and their indexes. */
enum { OF_LEAF = 2, OF_DATASET = 6, OF_BATCH = 40, USUAL_LEAVES = 8 };

/* Of the server's room; the rest is for others. */
enum { BATCHES_PART = 3, PARTS = 4 };

static int64_t cost_of(int32_t leaves)
{
    return (int64_t)OF_LEAF * leaves + OF_DATASET;
}

int64_t sto_batch_locks(int64_t datasets, int64_t leaves)
{
    return OF_DATASET * datasets + OF_LEAF * leaves + OF_BATCH;
}

int64_t sto_lock_room_for(int64_t batch_locks)
{
    return (batch_locks * PARTS + BATCHES_PART - 1) / BATCHES_PART;
}

int sto_lock_room(int64_t server_locks, int lanes, const struct sto_leaves *by_leaves, size_t count)
{
    int64_t room = server_locks / PARTS * BATCHES_PART / (lanes > 0 ? lanes : 1) - OF_BATCH;
    int64_t sections = 0;
    for (size_t i = 0; i < count && room > 0; i++) {
        const int64_t fit = room / cost_of(by_leaves[i].leaves);
        if (fit < by_leaves[i].datasets) {
            sections += fit;
            room = 0;
        } else {
            sections += by_leaves[i].datasets;
            room -= by_leaves[i].datasets * cost_of(by_leaves[i].leaves);
        }
    }
    sections += room > 0 ? room / cost_of(USUAL_LEAVES) : 0;
    return sections < 1 ? 1 : sections < INT32_MAX ? (int)sections : INT32_MAX;
}
