/* SPDX-License-Identifier: Apache-2.0
 * tests/component/storage/quality/quality_kit.h - the two datasets of tests/component/commit_kit.h, with contracts that name a
 * sequence, and batches that are written by SQL, so that a test decides when each commits. */
#ifndef COMPONENT_QUALITY_KIT_H
#define COMPONENT_QUALITY_KIT_H

#include "commit_kit.h"

#include "storage/quality/control.h"
#include "storage/quality/sequence.h"

/* The contract of dataset 1 (moh.births) names `branch` as its sequence. from: its JSON, or "". */
static inline void contract(struct kit *kit, int version, const char *field, const char *from)
{
    char sql[600];
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.contract (dataset_id, version, version_parts, status, text, sha256, "
             "contract) VALUES (1, '%d', '{%d}', 'active', 'v%d', sha256('v%d'),"
             " jsonb_strip_nulls(jsonb_build_object('sequence_field', nullif('%s', ''),"
             " 'sequence_from', nullif('%s', '')::bigint)))",
             version, version, version, version, field, from);
    raw_run(kit->raw, sql);
}

/* A batch of moh.births partition p (0..), whose events have the numbers of an SQL query; the connection's open transaction is
 * left open. */
static inline void batch_in(PGconn *raw, int p, const char *numbers)
{
    char sql[3000];
    snprintf(
        sql, sizeof(sql),
        "WITH pos AS (SELECT * FROM nrc.position WHERE topic = 'moh.births' AND partition = %d FOR "
        "UPDATE),"
        " n AS (SELECT row_number() OVER () - 1 AS i, v::bigint AS v FROM (%s) q(v)),"
        " h AS (INSERT INTO moh.births_history (_recorded_at, _offset, _topic_partition, _op, "
        "_effect, civil_no, branch, _kafka_ts)"
        "  SELECT now(), pos.next_offset + n.i, pos.id, 'u', 'a', 'c' || n.v, n.v, now() FROM n, "
        "pos),"
        " c AS (SELECT count(*) AS n FROM n),"
        " l AS (INSERT INTO nrc.ledger (recorded_at, position_id, dataset_id, kind, epoch, "
        "from_offset, next_offset, received,"
        "  skipped, applied, duplicate, stale, quarantined, exempt)"
        "  SELECT now(), pos.id, 1, 'stream', pos.epoch, pos.next_offset, pos.next_offset + c.n, "
        "c.n, 0, c.n, 0, 0, 0, 0 FROM pos, c)"
        " UPDATE nrc.position p SET next_offset = pos.next_offset + c.n FROM pos, c WHERE p.id = "
        "pos.id",
        p, numbers);
    raw_run(raw, sql);
}

static inline void batch(struct kit *kit, int p, const char *numbers)
{
    batch_in(kit->raw, p, numbers);
}

static inline void turn(void)
{
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_WATCH);
    assert_ok(sto_sequences_turn(conn, &err), err);
    sto_conn_close(&conn);
}

/* "2-3 7-7", in order. */
static inline const char *gaps(struct kit *kit, bool is_open)
{
    return raw_text(kit->raw, is_open ? "SELECT coalesce(string_agg(from_number || '-' || "
                                        "to_number, ' ' ORDER BY from_number), '')"
                                        " FROM nrc.sequence_gap WHERE closed_at IS NULL"
                                      : "SELECT coalesce(string_agg(from_number || '-' || "
                                        "to_number, ' ' ORDER BY from_number), '')"
                                        " FROM nrc.sequence_gap WHERE closed_at IS NOT NULL");
}

#endif
