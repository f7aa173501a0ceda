/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/claim.c - taking positions from whoever had them.
 *
 * Many claims are one transaction of one statement, which locks the rows as a fence does (storage/commit/fence.c):
 * by topic and partition, so that the two wait for each other and never in a circle. A claim whose answer is lost is
 * made again, at the cost of an epoch. A former owner that keeps a row locked for too long loses its session. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "storage/catalogue/position.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"

/* Longer than a running engine takes to end a batch, and longer than PostgreSQL lets a dead one stay idle
 * in a transaction. */
enum { HOLDER_WAIT_MS = 20000 };

/* With no row: each row has the number of partitions that the topic had when the row was made, so the
 * topic's oldest row shows which partitions are the first ones. Any other was added later and starts at
 * 0, or events that it had before our claim would be lost in silence. */
static const char claim_sql[] =
    "WITH asked AS MATERIALIZED (SELECT * FROM jsonb_to_recordset($1::jsonb)"
    "  AS a (ord int, dataset int, topic text, partition int, log_start bigint, count int, owner "
    "text)),"
    " first AS MATERIALIZED (SELECT DISTINCT ON (p.topic) p.topic, p.topic_partitions AS count"
    "  FROM nrc.position p WHERE p.topic IN (SELECT topic FROM asked) ORDER BY p.topic, p.id),"
    " made AS (INSERT INTO nrc.position AS p (dataset_id, topic, partition, topic_partitions,"
    "   next_offset, first_offset, epoch, log_start, owner, claimed_at)"
    "  SELECT a.dataset, a.topic, a.partition, a.count, s.at, s.at, 1, a.log_start, a.owner, now()"
    "  FROM asked a LEFT JOIN first f ON f.topic = a.topic, LATERAL (SELECT"
    "   CASE WHEN a.partition < coalesce(f.count, a.count) THEN a.log_start ELSE 0 END AS at) s"
    "  ORDER BY a.topic, a.partition"
    "  ON CONFLICT (topic, partition) WHERE replaced_at IS NULL DO UPDATE"
    "   SET epoch = p.epoch + 1, owner = excluded.owner, claimed_at = excluded.claimed_at"
    "   WHERE p.dataset_id = excluded.dataset_id RETURNING p.*)"
    " SELECT a.ord, m.id, m.epoch, m.next_offset, m.log_start, m.last_offset, m.last_ts_ms,"
    "  m.last_hash, m.state = 'halted', m.epoch = 1, m.partition >= coalesce(f.count, a.count),"
    "  coalesce(m.halt_reason, '')"
    " FROM made m JOIN asked a ON a.topic = m.topic AND a.partition = m.partition"
    " LEFT JOIN first f ON f.topic = m.topic";

static int64_t wide(const PGresult *res, int row, int column)
{
    return strtoll(PQgetvalue(res, row, column), NULL, 10);
}

static void read_position(const PGresult *res, int row, struct sto_position *out)
{
    *out = (struct sto_position){
        .id = sto_text_int(res, row, 1),
        .epoch = wide(res, row, 2),
        .next_offset = wide(res, row, 3),
        .log_start = wide(res, row, 4),
        .last_offset = wide(res, row, 5),
        .last_ts_ms = wide(res, row, 6),
        .last_hash = (uint64_t)wide(res, row, 7), /* bigint holds its 64 bits as a signed number */
        .halted = PQgetvalue(res, row, 8)[0] == 't',
        .created = PQgetvalue(res, row, 9)[0] == 't',
        .added = PQgetvalue(res, row, 10)[0] == 't',
    };
    snprintf(out->halt_reason, sizeof(out->halt_reason), "%s", PQgetvalue(res, row, 11));
}

static void put_claims(struct buf *json, const struct sto_claim *claims, size_t count)
{
    struct jsonw w = jsonw_to(json);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        jsonw_open(&w, '{');
        jsonw_number(&w, "ord", (int64_t)i);
        jsonw_number(&w, "dataset", claims[i].dataset_id);
        jsonw_text(&w, "topic", claims[i].topic);
        jsonw_number(&w, "partition", claims[i].partition);
        jsonw_number(&w, "log_start", claims[i].log_start);
        jsonw_number(&w, "count", claims[i].partition_count);
        jsonw_text(&w, "owner", claims[i].owner);
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
}

static PGresult *claim_within(struct sto_conn *conn, const char *claims, int wait_ms,
                              struct err *err)
{
    char begin[96];
    snprintf(begin, sizeof(begin), "BEGIN; SET LOCAL lock_timeout = %d", wait_ms);
    PGresult *res =
        sto_run(conn, begin, err) == 0 ? sto_exec(conn, claim_sql, &claims, 1, err) : NULL;
    if (res != NULL && sto_run(conn, "COMMIT", err) != 0) {
        PQclear(res);
        res = NULL;
    }
    if (res == NULL) {
        sto_rollback(conn);
    }
    return res;
}

int sto_positions_claim(struct sto_conn *conn, const struct sto_claim *claims, size_t count,
                        int wait_ms, struct sto_position *out, struct err *err)
{
    struct buf json = BUF_INIT;
    put_claims(&json, claims, count);
    const char *text = buf_cstr(&json);
    PGresult *res = NULL;
    if (buf_failed(&json)) {
        (void)!err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for claims");
    } else {
        res = claim_within(conn, text, wait_ms, err);
    }
    buf_fini(&json);
    if (res == NULL) {
        return err_add(err, "claiming %zu partitions", count);
    }
    memset(out, 0, count * sizeof(*out));
    for (int row = 0; row < PQntuples(res); row++) {
        read_position(res, row, &out[sto_text_int(res, row, 0)]);
    }
    PQclear(res);
    return 0;
}

/* ---- one, from a former owner that may keep its row locked ---- */

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
    char partition[16];
    const char *const values[] = {claim->topic, partition};
    snprintf(partition, sizeof(partition), "%" PRId32, claim->partition);
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
    char text[16];
    const char *const values[] = {text};
    int rc = sto_run(conn, "BEGIN", err);
    int pid = rc == 0 ? find_holder(conn, claim, err) : -1;
    if (pid > 0) {
        snprintf(text, sizeof(text), "%d", pid);
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

int sto_position_claim(struct sto_conn *conn, const struct sto_claim *claim,
                       struct sto_position *out, struct err *err)
{
    const int wait_ms = claim->wait_ms > 0 ? claim->wait_ms : HOLDER_WAIT_MS;
    if (sto_positions_claim(conn, claim, 1, wait_ms, out, err) != 0) {
        struct err ignored = ERR_INIT;
        if (strcmp(err->sqlstate, "55P03") == 0 && end_holder(conn, claim, &ignored) != 0) {
            log_warn("holder_not_ended", LOG_ERR(&ignored));
        }
        return err_add(err, "partition %" PRId32 " of topic %s", claim->partition, claim->topic);
    }
    return out->id != 0 ? 0
                        : err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                                  "partition %" PRId32 " of topic %s is another dataset's",
                                  claim->partition, claim->topic);
}
