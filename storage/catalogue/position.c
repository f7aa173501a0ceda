/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/position.c - claiming, halting and resuming positions.
 *
 * Each call is one short transaction of one statement: a claim that waits for a batch's row lock holds no
 * other lock, and a claim whose answer is lost is made again, at the cost of an epoch. A former owner that
 * keeps the row locked for too long loses its session. Batches move positions in storage/commit/fence.c. */
#include "storage/catalogue/position.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"

/* Longer than a running engine takes to end a batch, and longer than PostgreSQL lets a dead one stay idle
 * in a transaction. */
enum { NUMBER_BYTES = 24, HOLDER_WAIT_MS = 20000 };

static const char *number(char *out, int64_t v)
{
    snprintf(out, NUMBER_BYTES, "%" PRId64, v);
    return out;
}

static int stale_epoch(struct err *err, int32_t id)
{
    return err_set(err, ERR_KIND_FENCED, ERR_STALE_EPOCH,
                   "position %" PRId32 " is claimed by another engine", id);
}

/* With no row: each row has the number of partitions that the topic had when the row was made, so the
 * topic's oldest row shows which partitions are the first ones. Any other was added later and starts at
 * 0, or events that it had before our claim would be lost in silence. */
static const char claim_sql[] =
    "WITH first AS (SELECT topic_partitions AS count FROM nrc.position WHERE topic = $2"
    "  ORDER BY id LIMIT 1),"
    " start AS (SELECT CASE WHEN $3::int < coalesce((SELECT count FROM first), $6::int)"
    "  THEN $4::bigint ELSE 0 END AS at)"
    " INSERT INTO nrc.position AS p (dataset_id, topic, partition, topic_partitions, next_offset,"
    "  first_offset, epoch, log_start, owner, claimed_at)"
    " SELECT $1::int, $2, $3::int, $6::int, s.at, s.at, 1, $4::bigint, $5, now() FROM start s"
    " ON CONFLICT (topic, partition) WHERE replaced_at IS NULL DO UPDATE"
    "  SET epoch = p.epoch + 1, owner = excluded.owner, claimed_at = excluded.claimed_at"
    "  WHERE p.dataset_id = excluded.dataset_id"
    " RETURNING id, epoch, next_offset, log_start, last_offset, last_ts_ms, last_hash,"
    "  state = 'halted', epoch = 1, coalesce(halt_reason, ''),"
    "  p.partition >= coalesce((SELECT count FROM first), $6::int)";

static void read_position(const PGresult *res, struct sto_position *out)
{
    *out = (struct sto_position){
        .id = sto_text_int(res, 0, 0),
        .epoch = strtoll(PQgetvalue(res, 0, 1), NULL, 10),
        .next_offset = strtoll(PQgetvalue(res, 0, 2), NULL, 10),
        .log_start = strtoll(PQgetvalue(res, 0, 3), NULL, 10),
        .last_offset = strtoll(PQgetvalue(res, 0, 4), NULL, 10),
        .last_ts_ms = strtoll(PQgetvalue(res, 0, 5), NULL, 10),
        /* bigint holds the hash's 64 bits as a signed number. */
        .last_hash = (uint64_t)strtoll(PQgetvalue(res, 0, 6), NULL, 10),
        .halted = PQgetvalue(res, 0, 7)[0] == 't',
        .created = PQgetvalue(res, 0, 8)[0] == 't',
        .added = PQgetvalue(res, 0, 10)[0] == 't',
    };
    snprintf(out->halt_reason, sizeof(out->halt_reason), "%s", PQgetvalue(res, 0, 9));
}

/* ---- a former owner that keeps the row locked ---- */

/* The backend whose transaction has locked the row. By topic and partition: without a claim, its id is not
 * known here. */
static const char holder_sql[] =
    "SELECT l.pid FROM nrc.position p JOIN pg_locks l ON l.locktype = 'transactionid'"
    "  AND l.transactionid = p.xmax AND l.granted"
    " WHERE p.topic = $1 AND p.partition = $2::int AND p.replaced_at IS NULL";

/* Only a session of another engine. */
static const char end_sql[] =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1::int"
    " AND application_name LIKE 'nrc ingest lane %'";

/* The pid, 0: nobody has it; -1. */
static int find_holder(struct sto_conn *conn, const struct sto_claim *claim, struct err *err)
{
    char partition[NUMBER_BYTES];
    const char *const values[] = {claim->topic, number(partition, claim->partition)};
    PGresult *res = sto_exec(conn, holder_sql, values, 2, err);
    if (res == NULL) {
        return -1;
    }
    int pid = PQntuples(res) > 0 ? sto_text_int(res, 0, 0) : 0;
    PQclear(res);
    return pid;
}

/* An engine that is frozen inside a COPY holds its transaction for ever: its socket lives, and the server
 * checks no time-out while it reads from one. The group has given its partition to us, so its session is
 * ended: its batch is rolled back, and comes again to us. To end a session needs the rights of its login,
 * which is ours, not of the role that both took. */
static int end_holder(struct sto_conn *conn, const struct sto_claim *claim, struct err *err)
{
    char text[NUMBER_BYTES];
    const char *const values[] = {text};
    int rc = sto_run(conn, "BEGIN", err);
    int pid = rc == 0 ? find_holder(conn, claim, err) : -1;
    if (pid > 0) {
        number(text, pid);
        rc = sto_run(conn, "SET LOCAL ROLE none", err);
        PGresult *res = rc == 0 ? sto_exec(conn, end_sql, values, 1, err) : NULL;
        rc = res != NULL ? 0 : -1;
        if (res != NULL && PQntuples(res) > 0) {
            log_warn("holder_ended", LOG_STR("topic", claim->topic),
                     LOG_INT("partition", claim->partition), LOG_INT("backend", pid));
        }
        PQclear(res);
    }
    sto_rollback(conn);
    return pid < 0 ? -1 : rc;
}

static PGresult *claim_within(struct sto_conn *conn, const char *const *values, int count,
                              int wait_ms, struct err *err)
{
    char begin[96];
    snprintf(begin, sizeof(begin), "BEGIN; SET LOCAL lock_timeout = %d",
             wait_ms > 0 ? wait_ms : HOLDER_WAIT_MS);
    PGresult *res =
        sto_run(conn, begin, err) == 0 ? sto_exec(conn, claim_sql, values, count, err) : NULL;
    if (res != NULL && sto_run(conn, "COMMIT", err) != 0) {
        PQclear(res);
        res = NULL;
    }
    if (res == NULL) {
        sto_rollback(conn);
    }
    return res;
}

int sto_position_claim(struct sto_conn *conn, const struct sto_claim *claim,
                       struct sto_position *out, struct err *err)
{
    char dataset[NUMBER_BYTES];
    char partition[NUMBER_BYTES];
    char start[NUMBER_BYTES];
    char count[NUMBER_BYTES];
    const char *const values[] = {
        number(dataset, claim->dataset_id), claim->topic, number(partition, claim->partition),
        number(start, claim->log_start),    claim->owner, number(count, claim->partition_count),
    };
    PGresult *res = claim_within(conn, values, COUNT_OF(values), claim->wait_ms, err);
    if (res == NULL) {
        struct err ignored = ERR_INIT;
        if (strcmp(err->sqlstate, "55P03") == 0 && end_holder(conn, claim, &ignored) != 0) {
            log_warn("holder_not_ended", LOG_ERR(&ignored));
        }
        return err_add(err, "claiming partition %" PRId32 " of topic %s", claim->partition,
                       claim->topic);
    }
    bool found = PQntuples(res) == 1;
    if (found) {
        read_position(res, out);
    }
    PQclear(res);
    if (!found) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "partition %" PRId32 " of topic %s is another dataset's", claim->partition,
                       claim->topic);
    }
    return 0;
}

int sto_position_show_life(struct sto_conn *conn, const char *owner, struct err *err)
{
    PGresult *res =
        sto_exec(conn, "SELECT pg_advisory_lock_shared(hashtextextended('nrc.owner/' || $1, 0))",
                 &owner, 1, err);
    if (res == NULL) {
        return err_add(err, "showing that an engine is there");
    }
    PQclear(res);
    return 0;
}

int sto_position_halt(struct sto_conn *conn, int32_t id, int64_t epoch, enum sto_incident_kind kind,
                      const char *reason, struct err *err)
{
    const struct sto_incident_row *row = sto_incident_row(kind);
    char id_text[NUMBER_BYTES];
    char epoch_text[NUMBER_BYTES];
    const char *const values[] = {number(id_text, id), number(epoch_text, epoch), row->token,
                                  reason, sto_closes_token(row->closes)};
    PGresult *res =
        sto_exec(conn,
                 "WITH halted AS (UPDATE nrc.position SET state = 'halted', halt_kind = $3,"
                 " halt_reason = $4 WHERE id = $1::int AND epoch = $2::bigint"
                 " RETURNING id, dataset_id)"
                 " SELECT nrc.see_incident($3, $5, h.dataset_id, h.id, NULL, $4, 1, now())"
                 " FROM halted h",
                 values, COUNT_OF(values), err);
    if (res == NULL) {
        return err_add(err, "halting position %" PRId32, id);
    }
    int found = PQntuples(res);
    PQclear(res);
    return found == 1 ? 0 : stale_epoch(err, id);
}

int sto_position_note_log_start(struct sto_conn *conn, int32_t id, int64_t epoch, int64_t log_start,
                                struct err *err)
{
    char id_text[NUMBER_BYTES];
    char epoch_text[NUMBER_BYTES];
    char start_text[NUMBER_BYTES];
    const char *const values[] = {number(id_text, id), number(epoch_text, epoch),
                                  number(start_text, log_start)};
    PGresult *res = sto_exec(conn,
                             "UPDATE nrc.position SET log_start = $3::bigint"
                             " WHERE id = $1::int AND epoch = $2::bigint RETURNING id",
                             values, 3, err);
    if (res == NULL) {
        return err_add(err, "noting the log start of position %" PRId32, id);
    }
    int found = PQntuples(res);
    PQclear(res);
    return found == 1 ? 0 : stale_epoch(err, id);
}

int sto_position_halted(struct sto_conn *conn, int32_t id, bool *halted, struct err *err)
{
    char id_text[NUMBER_BYTES];
    const char *const values[] = {number(id_text, id)};
    PGresult *res = sto_exec(conn, "SELECT state = 'halted' FROM nrc.position WHERE id = $1::int",
                             values, 1, err);
    if (res == NULL) {
        return -1;
    }
    *halted = PQntuples(res) == 1 && PQgetvalue(res, 0, 0)[0] == 't';
    PQclear(res);
    return 0;
}

int sto_position_read(struct sto_conn *conn, const char *topic, int32_t partition,
                      struct sto_position_state *out, struct err *err)
{
    char partition_text[NUMBER_BYTES];
    const char *const values[] = {topic, number(partition_text, partition)};
    PGresult *res = sto_exec(conn,
                             "SELECT next_offset, state = 'halted', coalesce(halt_kind, '')"
                             " FROM nrc.position WHERE topic = $1 AND partition = $2::int"
                             " AND replaced_at IS NULL",
                             values, COUNT_OF(values), err);
    if (res == NULL) {
        return -1;
    }
    int found = PQntuples(res);
    if (found == 1) {
        *out = (struct sto_position_state){
            .next_offset = strtoll(PQgetvalue(res, 0, 0), NULL, 10),
            .halted = PQgetvalue(res, 0, 1)[0] == 't',
            .halt_kind = STO_INCIDENT_DATASET_FAILED,
        };
        (void)sto_incident_find(PQgetvalue(res, 0, 2), &out->halt_kind);
    }
    PQclear(res);
    return found == 1 ? 0
                      : err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND,
                                "there is no position for partition %" PRId32 " of topic %.250s",
                                partition, topic);
}

int sto_position_resume(struct sto_conn *conn, const char *topic, int32_t partition,
                        const char *accept_gap, int64_t to_offset, struct err *err)
{
    char partition_text[NUMBER_BYTES];
    char offset_text[NUMBER_BYTES];
    const char *const values[] = {topic, number(partition_text, partition), accept_gap,
                                  number(offset_text, to_offset)};
    if (accept_gap != NULL && (accept_gap[0] == '\0' || to_offset < 0)) {
        return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                       "a gap is accepted with a reason, up to an offset of 0 or more");
    }
    PGresult *res =
        sto_exec(conn, "SELECT nrc.resume_position($1, $2::int, $3, $4::bigint)", values, 4, err);
    if (res == NULL) {
        return err_add(err, "resuming partition %" PRId32 " of topic %s", partition, topic);
    }
    PQclear(res);
    return 0;
}
