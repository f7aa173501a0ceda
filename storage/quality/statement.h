/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/statement.h - what agencies state on their topics <agency>.control, taken in one transaction with the position
 * behind it (0029_statements.sql).
 *
 *   sto_statements_begin … sto_statement_take or sto_statement_refuse for each message … sto_statements_move for each partition …
 *   sto_statements_commit
 *
 * A statement that cannot be taken leaves the transaction as it was. Instants are microseconds since 1970-01-01 UTC. Role
 * nrc_watch. Thread: the monitor's. Errors are RETRY and FATAL, as a statement of SQL fails; then the caller rolls back. */
#ifndef STORAGE_QUALITY_STATEMENT_H
#define STORAGE_QUALITY_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/sha256.h"
#include "storage/quality/control.h"

struct sto_conn;

#define STO_NO_TIME INT64_MIN

/* ---- the structure ---- */

/* Our structure is in the registry, if it was not yet; *schema_id: of its newest version. */
MUST_CHECK int sto_statement_open(struct sto_conn *conn, int32_t *schema_id, struct err *err);

/* The text of one of its versions, in the arena: by its id, or, where that is 0, by its GUID. *text NULL: it is none of ours. */
MUST_CHECK int sto_statement_structure(struct sto_conn *conn, int32_t schema_id,
                                       const uint8_t guid[16], struct arena *arena,
                                       const char **text, struct err *err);

/* ---- topics ---- */

struct sto_statement_source {
    const char *agency;    /* its topic is <agency>.control */
    const char *speaks_as; /* the agency for whose datasets it is heard */
};
/* By agency, in the arena. */
MUST_CHECK int sto_statement_sources(struct sto_conn *conn, struct arena *arena,
                                     struct sto_statement_source **out, size_t *count,
                                     struct err *err);

struct sto_statement_position {
    int32_t partition;
    int64_t next_offset;
    int64_t last_offset; /* of the record before; -1: none is known */
    uint8_t last_digest[SHA256_BYTES];
    int64_t end_seen_us; /* there was nothing behind it then; STO_NO_TIME: never */
};
/* By partition, in the arena. */
MUST_CHECK int sto_statement_positions(struct sto_conn *conn, const char *agency,
                                       struct arena *arena, struct sto_statement_position **out,
                                       size_t *count, struct err *err);

/* ---- one transaction ---- */

/* What is stated is recorded as the topic's. */
MUST_CHECK int sto_statements_begin(struct sto_conn *conn, const char *agency, struct err *err);

struct sto_statement {
    const struct sto_statement_source *source;
    int64_t appended_us; /* when it came, as near as is known */
    bool is_heartbeat;
    /* A control total is all of it. A heartbeat: dataset (NULL: all), from, events (NULL: not counted). */
    struct sto_control_spec spec;
    const char *counted_at;       /* of a heartbeat that counts: a time as in spec */
    uint8_t digest[SHA256_BYTES]; /* of the message's value; of a control total with an id */
};

enum sto_taken { STO_TAKEN, STO_TAKEN_BEFORE, STO_NOT_TAKEN };

/* STO_NOT_TAKEN: *why says what is wrong with it, and quotes nothing of it but the name of a dataset that is there. */
MUST_CHECK int sto_statement_take(struct sto_conn *conn, const struct sto_statement *statement,
                                  enum sto_taken *out, struct err *why, struct err *err);

struct sto_refused {
    int32_t partition;
    int64_t from_offset;
    int64_t next_offset;
    int64_t sent_us; /* STO_NO_TIME: not known */
    const char *reason;
    const char *detail; /* cut at 400 bytes; no value of the message */
};
MUST_CHECK int sto_statement_refuse(struct sto_conn *conn, const char *agency,
                                    const struct sto_refused *refused, struct err *err);

struct sto_statement_move {
    struct sto_statement_position to; /* without end_seen_us */
    int64_t from_offset;              /* -1: there is no position yet */
    bool is_end;                      /* nothing is behind it */
    int64_t taken;
    int64_t repeated;
    int64_t refused;
};
/* Refusals are an incident of the topic. RETRY: another session has moved it. */
MUST_CHECK int sto_statements_move(struct sto_conn *conn, const char *agency,
                                   const struct sto_statement_move *move, struct err *err);
MUST_CHECK int sto_statements_commit(struct sto_conn *conn, struct err *err);
void sto_statements_rollback(struct sto_conn *conn);

#endif
