/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/position.h - the position of each topic partition, and its owner.
 *
 * Each call is its own short transaction. */
#ifndef STORAGE_CATALOGUE_POSITION_H
#define STORAGE_CATALOGUE_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/catalogue/incident.h"

struct sto_conn;

struct sto_position {
    int32_t id; /* _topic_partition of the rows */
    int64_t epoch;
    int64_t next_offset;
    int64_t log_start;   /* as last seen */
    int64_t last_offset; /* of the last record received, -1: none yet */
    int64_t last_ts_ms;  /* its Kafka timestamp */
    uint64_t last_hash;  /* XXH3 of its key and value */
    bool halted;
    bool created; /* this claim made the row */
    bool added;   /* the topic did not have the partition when it was first seen */
    char halt_reason[ERR_TEXT_BYTES];
};

struct sto_claim {
    int32_t dataset_id;
    const char *topic;
    int32_t partition;
    int32_t partition_count; /* of the topic, now */
    int64_t log_start;
    const char *owner; /* shown to operators */
    int wait_ms;       /* sto_position_claim alone: for a former owner's transaction; 0: 20 s */
};

/* epoch = epoch + 1, for ever fencing the former owner. With no row, one is made: at log_start
 * for a partition that the topic had when it was first seen; at 0 for one added since (so a log
 * that starts above 0 is a gap). A halted position is claimed too, and says so. FATAL
 * ERR_CONFIG: the partition is another dataset's. RETRY ERR_REGISTER_TIMEOUT: its row was locked for
 * wait_ms; if by another engine, that one's session has been ended. */
MUST_CHECK int sto_position_claim(struct sto_conn *conn, const struct sto_claim *claim,
                                  struct sto_position *out, struct err *err);

/* Many, each partition once, in one transaction. out[i] is of claims[i]; its id is 0 when the partition is another
 * dataset's. RETRY ERR_REGISTER_TIMEOUT, SQLSTATE 55P03: a row was locked for wait_ms; nothing is claimed. */
MUST_CHECK int sto_positions_claim(struct sto_conn *conn, const struct sto_claim *claims,
                                   size_t count, int wait_ms, struct sto_position *out,
                                   struct err *err);

/* Of which topics there is a position: known[i] of topics[i]. */
MUST_CHECK int sto_positions_known(struct sto_conn *conn, const char *const *topics, size_t count,
                                   bool *known, struct err *err);

/* As long as the connection lives, the owner's positions are shown as those of an engine that is there: two engines of one name
 * may both say so. */
MUST_CHECK int sto_position_show_life(struct sto_conn *conn, const char *owner, struct err *err);

/* Marks the position halted and opens an incident, in one transaction, if the epoch is still
 * ours; FENCED otherwise. */
MUST_CHECK int sto_position_halt(struct sto_conn *conn, int32_t id, int64_t epoch,
                                 enum sto_incident_kind kind, const char *reason, struct err *err);

/* The log starts as last seen, for the check that none falls. FENCED when an epoch is not ours: the others are
 * noted. */
struct sto_log_start {
    int32_t position_id;
    int64_t epoch;
    int64_t log_start;
};
MUST_CHECK int sto_positions_note_log_starts(struct sto_conn *conn,
                                             const struct sto_log_start *starts, size_t count,
                                             struct err *err);

/* *halted: whether the position is still halted. One that is gone, with a dataset that was removed, is not:
 * the next claim of the partition shows whose it is. */
MUST_CHECK int sto_position_halted(struct sto_conn *conn, int32_t id, bool *halted,
                                   struct err *err);

/* For a steward's decision about it. FATAL ERR_NOT_FOUND. */
struct sto_position_state {
    int64_t next_offset;
    bool halted;
    enum sto_incident_kind halt_kind; /* when halted */
};
MUST_CHECK int sto_position_read(struct sto_conn *conn, const char *topic, int32_t partition,
                                 struct sto_position_state *out, struct err *err);

/* A steward's decision. accept_gap NULL: try again from next_offset. Otherwise it is the reason: moves to
 * `to_offset` with a ledger row of kind `gap` for the range, and forgets the last record (a re-created
 * topic starts again: to_offset may be below next_offset). The epoch rises. FATAL ERR_NOT_FOUND; FATAL ERR_REFUSED when it is not halted, or is halted as unreadable and
 * to_offset is below next_offset. */
MUST_CHECK int sto_position_resume(struct sto_conn *conn, const char *topic, int32_t partition,
                                   const char *accept_gap, int64_t to_offset, struct err *err);

#endif
