/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/doctor_size.h - the facts of nrc doctor that the formulae of ops/doc/sizing.md are about. */
#ifndef OPS_CMD_DOCTOR_SIZE_H
#define OPS_CMD_DOCTOR_SIZE_H

#include <stdint.h>

/* Texts are the facts' arena's. Sizes of tables are what PostgreSQL has last counted. */
struct doctor_size {
    int64_t connections_max; /* max_connections */
    int64_t connections_free;
    int64_t connections_needed;
    /* Each slot, of a connection or a prepared transaction, has room for max_locks_per_transaction. */
    int64_t lock_slots;
    int64_t locks;
    int64_t tables;
    int64_t lanes;
    int64_t datasets;    /* that have tables */
    int64_t small;       /* of these, such whose state has one leaf */
    int64_t leaves;      /* of all states together */
    int64_t state_bytes; /* of the leaves and their keys */
    int64_t shared_buffers;
    int64_t max_wal_size;
    int64_t checkpoint_s; /* checkpoint_timeout */
    int64_t wal_bytes;    /* written in wal_s */
    int64_t wal_s;
    const char *wal_level;
    const char *archive_failed; /* the WAL file at which archive_command fails; NULL: it does not */
    /* Of the replication slots that nobody reads and nothing bounds, the one that keeps the most WAL; NULL: none. */
    const char *slot;
    int64_t slot_bytes;
};

#endif
