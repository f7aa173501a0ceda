/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/lock_room.h - how many datasets one batch may write, so that the batches of all lanes fit into
 * the server's lock table.
 *
 * A transaction holds a lock on each table and index that it writes, until it ends. The server has room for
 * max_locks_per_transaction × (max_connections + max_prepared_transactions) of them in all; beyond, every
 * session gets 53200. Thread: any. */
#ifndef STORAGE_COMMIT_LOCK_ROOM_H
#define STORAGE_COMMIT_LOCK_ROOM_H

#include <stddef.h>
#include <stdint.h>

/* So many datasets have state tables of so many leaves. */
struct sto_leaves {
    int32_t leaves;
    int64_t datasets;
};

/* What a batch of so many datasets, whose states have so many leaves in all, holds at most. */
int64_t sto_batch_locks(int64_t datasets, int64_t leaves);

/* The room that a server needs for batches that hold so many: registry, monitor, readers and autovacuum have a part
 * of it. */
int64_t sto_lock_room_for(int64_t batch_locks);

/* `by_leaves`: the most leaves first, so the answer holds whichever datasets meet in a batch. At least 1; of
 * datasets beyond those, each counts as one of the usual number of leaves. */
int sto_lock_room(int64_t server_locks, int lanes, const struct sto_leaves *by_leaves,
                  size_t count);

#endif
